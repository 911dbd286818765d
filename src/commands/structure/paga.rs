//! `paga`: how strongly groups of cells are connected.

use crate::command::params::{Data, GroupKey};
use crate::command::references;
use crate::command::spec::{GROUPS, Need, Sometimes, Want, When};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::groups::groups;
use crate::commands::inputs::neighbor_graph::{GRAPH, NeighborGraph};
use crate::data::Graph;
use crate::data::{Dataset, Known, Place, Promise, SlotName, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::graph::stress;
use crate::kernels::methods::paga::{self, PagaError, paga};
use crate::params;
use crate::plan::{Fault, Private, Promised};
use ndarray::{Array2, Ix2};
use std::sync::Arc;

params! {
    Paga {
        /// The dataset.
        adata: Data,
        /// Column of obs with the groups.
        #[also("groups", "groupby")]
        by: GroupKey = "leiden",
        use NeighborGraph as on,
    }
}

/// What goes by an abstracted graph needs.
pub(in crate::commands) const PAGA: Need = Need {
    want: Want::Slot(Place::Uns, Key::Is("paga")),
    what: "a graph of groups",
    made_by: "paga",
};

/// What a layout with init=paga needs.
pub(in crate::commands) const START: Need = Need {
    want: Want::If(&Sometimes {
        when: When::Is("init", &["paga"]),
        want: Want::Slot(Place::Uns, Key::Is("paga")),
        with: &[],
    }),
    ..PAGA
};

impl Command for Paga {
    const SPEC: Spec = Spec {
        name: "paga",
        summary: "Compute PAGA: the connectivity of groups in the neighbor graph.",
        keywords: "trajectory lineage abstraction topology",
        about: "Connectivity is the number of edges between two groups divided by the number expected\nby chance, at most 1. `paga_plot` draws it, `umap init=paga` starts from it.",
        reads: &[GRAPH, GROUPS],
        writes: &[
            Write::Slot(Place::Uns, Key::Is("paga")),
            Write::Slot(Place::Uns, Key::Around("", "by", "_sizes")),
        ],
        without: &[
            (
                "use_rna_velocity",
                "the graph is undirected; velocities are not used",
            ),
            (
                "model",
                "connectivities are those of version 1.2, the later model",
            ),
        ],
        like: &["sc.tl.paga"],
        examples: &["paga adata", "paga adata by=cell_type"],
        cite: &[&references::PAGA],
        method: "The connectivity of the groups in {by} was estimated with PAGA <PAGA>.",
        holds: "the neighbor graph",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let by = self.by.0;
        // `neighbors` leaves both under one name.
        let distances = self.on.key().replace("connectivities", "distances");
        let needs = (
            scene.value(&data, Place::Obsp, &distances)?,
            groups(scene, &data, &by)?,
        );
        let origin = scene.origin();
        let named = by.clone();
        let [paga, sizes] = scene.step(needs, [Promise::Uns; 2], move |(graph, groups), ticker| {
            let Some(graph) = graph.graph() else {
                return Err(Diagnostic::error(
                    code::UNEXPECTED_CONTENT,
                    "obsp.distances is not a graph",
                )
                .into());
            };
            let n = groups.levels.len();
            let found =
                paga(graph.view(), &groups.codes, n, ticker).map_err(|error| match error {
                    PagaError::Stopped(stopped) => stopped.into(),
                    error => Fault::Reported(
                        Diagnostic::error(code::UNUSABLE_GRAPH, error.to_string()).at(&origin),
                    ),
                })?;
            let sizes = found.sizes.iter().map(|&size| size as i64).collect();
            Ok([
                Value::Uns(Arc::new(record(&found, &named))),
                Value::Uns(Arc::new(Uns::Steps(sizes))),
            ])
        });
        let from = [
            SlotName::new(Place::Obsp, distances),
            SlotName::new(Place::Obs, by.clone()),
        ];
        scene.put(&mut data, Place::Uns, "paga", paga, &from);
        let key = format!("{by}_sizes");
        scene.put(&mut data, Place::Uns, &key, sizes, &from);
        Ok(Reply::Dataset(
            data,
            vec![SlotName::new(Place::Uns, "paga")],
        ))
    }
}

/// As scanpy stores it, with places to draw the groups at.
fn record(found: &paga::Paga, by: &str) -> Uns {
    let n = found.sizes.len();
    let mut tree = sprs::TriMatI::new((n, n));
    let mut edges = Vec::new();
    for &(i, j, weight) in &found.tree {
        tree.add_triplet(i as usize, j as usize, weight as f32);
    }
    for (&weight, (i, j)) in found.connectivities.iter().filter(|(_, (i, j))| i < j) {
        edges.push((i, j, weight));
    }
    let places = stress::layout(stress::path_lengths(n, &edges).view());
    let connectivities: Graph = found.connectivities.map(|&weight| weight as f32);
    Uns::map()
        .with("connectivities", Uns::Graph(Arc::new(connectivities)))
        .with("connectivities_tree", Uns::Graph(Arc::new(tree.to_csr())))
        .with("groups", by)
        .with("pos", Uns::Array(places.into_dyn()))
}

/// An abstracted graph as it was stored.
pub(in crate::commands) struct Stored {
    /// (i, j, weight) with i < j.
    pub edges: Vec<(u32, u32, f64)>,
    pub tree: Vec<(u32, u32, f64)>,
    pub groups: String,
    /// Groups × 2.
    pub places: Array2<f64>,
}

impl Stored {
    /// `None` if it is of another form. Places are made where there are none.
    pub fn read(uns: &Uns) -> Option<Self> {
        let edges = |key: &str| match uns.get(key) {
            Some(Uns::Graph(graph)) => {
                let edges = graph
                    .iter()
                    .map(|(&weight, (i, j))| (i.min(j), i.max(j), f64::from(weight)));
                let mut edges: Vec<_> = edges.filter(|edge| edge.0 != edge.1).collect();
                edges.sort_by_key(|edge| (edge.0, edge.1));
                edges.dedup_by_key(|edge| (edge.0, edge.1));
                Some((graph.rows(), edges))
            }
            _ => None,
        };
        let (n, found) = edges("connectivities")?;
        let groups = match uns.get("groups") {
            Some(Uns::Text(text)) => text.clone(),
            _ => return None,
        };
        let stored = match uns.get("pos") {
            Some(Uns::Array(array)) => array.clone().into_dimensionality::<Ix2>().ok(),
            Some(Uns::Array32(array)) => {
                let array = array.mapv(f64::from);
                array.into_dimensionality::<Ix2>().ok()
            }
            _ => None,
        };
        let places = stored
            .filter(|places| places.dim() == (n, 2))
            .unwrap_or_else(|| stress::layout(stress::path_lengths(n, &found).view()));
        Some(Stored {
            tree: edges("connectivities_tree").map_or_else(Vec::new, |(_, tree)| tree),
            edges: found,
            groups,
            places,
        })
    }
}

/// The column that the abstracted graph goes by: as its record says, or as the step that will
/// make it was asked. That of clusters where there is no graph.
///
/// # Errors
/// The record does not say.
pub(in crate::commands) fn grouped_by(scene: &Scene, data: &Dataset) -> Outcome<String> {
    let name = SlotName::new(Place::Uns, "paga");
    let found = match scene.known_record(data, &name.key)? {
        Known::Value(record) => match record.get("groups") {
            Some(Uns::Text(text)) => Some(text.clone()),
            _ => None,
        },
        Known::Promised => data.made_by_groups(&name),
        Known::Absent if data.slot(&name).is_none() => Some("leiden".to_owned()),
        Known::Absent => None,
    };
    found.ok_or_else(|| {
        Diagnostic::error(
            code::UNEXPECTED_CONTENT,
            "uns.paga does not record its groups",
        )
        .label(scene.args.span, "needs the groups")
        .help("rerun `paga`")
        .in_source(scene.source)
    })
}

/// Where cells start that are laid out by their groups: cells × 2.
pub(in crate::commands) fn start(
    scene: &Scene,
    data: &Dataset,
    seed: u64,
) -> Outcome<Promised<Array2<f32>>> {
    let by = grouped_by(scene, data)?;
    let needs = (
        scene.value(data, Place::Uns, "paga")?,
        groups(scene, data, &by)?,
    );
    Ok(
        scene.step(needs, Private::new(), move |(stored, groups), _| {
            let Some(stored) = stored.uns().and_then(|uns| Stored::read(uns)) else {
                return Err(Diagnostic::error(
                    code::UNEXPECTED_CONTENT,
                    "uns.paga has an unexpected form",
                )
                .help("rerun `paga`")
                .into());
            };
            let places = stored.places.view();
            Ok(paga::start(places, &stored.edges, &groups.codes, seed))
        }),
    )
}

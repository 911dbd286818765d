//! `leiden`: clusters on the neighbour graph.

use crate::command::params::{Count, Data, Many, NewName, NotNegative, Whole};
use crate::command::spec::{Need, Want};
use crate::command::value::number_text;
use crate::command::{Command, Group, Key, Reply, Scene, Spec, Write};
use crate::data::{Column, ColumnType, Names, Place, Promise, SlotName, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::leiden::{Clustering, LeidenError, LeidenParams, leiden};
use crate::params;
use crate::plan::Fault;
use std::sync::Arc;

params! {
    Leiden {
        /// The dataset to cluster.
        adata: Data,
        /// Resolution: higher gives more, smaller clusters. A list clusters once for each.
        res: Many<NotNegative> = [1.0],
        /// Column of obs to write; for several resolutions <key>_<resolution>.
        key: NewName = "leiden",
        /// Iterations at most; until nothing improves, if left out.
        iterations: Option<Count>,
        /// Where the random order of cells starts; the session's seed, if left out.
        seed: Option<Whole>,
    }
}

/// What clustering commands need.
pub(super) const GRAPH: Need = Need {
    want: Want::Slot(Place::Obsp, Key::Is("connectivities")),
    what: "a neighbour graph",
    made_by: "neighbors",
};

impl Command for Leiden {
    const SPEC: Spec = Spec {
        name: "leiden",
        group: Group::Structure,
        summary: "Group cells into clusters on the neighbour graph.",
        about: "Maximises modularity; every cluster is connected; cluster 0 is the largest.",
        reads: &[GRAPH],
        writes: &[
            Write::Slot(Place::Obs, Key::Param("key")),
            Write::Slot(Place::Uns, Key::Param("key")),
        ],
        aliases: &[
            ("resolution", "res"),
            ("key_added", "key"),
            ("n_iterations", "iterations"),
            ("random_state", "seed"),
        ],
        like: &["sc.tl.leiden", "FindClusters"],
        examples: &["leiden adata res=0.6", "leiden adata res=[0.4, 0.8]"],
        cite: &["Traag, Waltman & van Eck, Sci. Rep. 9, 5233 (2019)"],
        holds: "the neighbour graph",
        tells: &["res"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let resolutions: Vec<f64> = self.res.0.iter().map(|res| res.0).collect();
        let mut data = (*self.adata.0).clone();
        let graph = scene.value(&data, Place::Obsp, "connectivities")?;
        let params = LeidenParams {
            resolutions: resolutions.clone(),
            n_iterations: self.iterations.map(|n| n.0),
            refine: true,
            seed: self.seed.map_or(scene.settings.seed, |seed| seed.0 as u64),
        };
        let mut promises = vec![Promise::Column(ColumnType::Category); resolutions.len()];
        promises.extend(resolutions.iter().map(|_| Promise::Uns));
        let values = scene.whole(vec![graph], &promises, move |needs, ticker| {
            let Some(graph) = needs[0].graph() else {
                return Err(Diagnostic::error("E301", "obsp.connectivities is no graph").into());
            };
            let found = leiden(graph.view(), &params, ticker).map_err(fault)?;
            let columns = found
                .iter()
                .map(|found| Value::Column(Arc::new(labels(found))));
            let uns = found
                .iter()
                .map(|found| Value::Uns(Arc::new(uns(found, params.seed))));
            Ok(columns.chain(uns).collect())
        });
        let from = [SlotName::new(Place::Obsp, "connectivities")];
        let mut written = Vec::new();
        for (i, res) in resolutions.iter().enumerate() {
            let key = match resolutions.len() {
                1 => self.key.0.clone(),
                _ => format!("{}_{}", self.key.0, number_text(*res)),
            };
            scene.put(&mut data, Place::Obs, &key, values[i].clone(), &from);
            scene.put(
                &mut data,
                Place::Uns,
                &key,
                values[resolutions.len() + i].clone(),
                &from,
            );
            written.push(format!("obs.{key}"));
        }
        Ok(Reply::Dataset(data, written.join(", ")))
    }
}

fn labels(found: &Clustering) -> Column {
    let levels: Names = (0..found.n_clusters)
        .map(|cluster| cluster.to_string())
        .collect();
    Column::category(
        found.labels.iter().map(|&label| label as i32).collect(),
        levels,
    )
}

fn uns(found: &Clustering, seed: u64) -> Uns {
    let params = Uns::map()
        .with("resolution", found.resolution)
        .with("random_state", seed as i64)
        .with("n_iterations", found.iterations);
    Uns::map()
        .with("params", params)
        .with("modularity", found.modularity)
}

fn fault(error: LeidenError) -> Fault {
    match error {
        LeidenError::Stopped(stopped) => stopped.into(),
        error => Fault::Said(
            Diagnostic::error("E304", error.to_string())
                .help("run `neighbors` to make the graph anew"),
        ),
    }
}

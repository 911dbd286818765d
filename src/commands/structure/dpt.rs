//! `dpt`: order cells by their distance from a root cell.

use crate::command::params::{CellArg, Count, Data, Flag, Integer, NotNegative};
use crate::command::references;
use crate::command::spec::{Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::neighbor_graph::{GRAPH, NeighborGraph};
use crate::data::{
    Column, ColumnType, Dataset, Names, NumberType, Place, Promise, SlotName, Uns, Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::graph::components::connected_components;
use crate::kernels::methods::dpt::{Branches, BranchingParams, Space, Weights, branches};
use crate::params;
use crate::plan::{Fault, Private, Promised};
use ndarray::{Array2, s};
use std::sync::Arc;

params! {
    Dpt {
        /// The dataset.
        adata: Data,
        /// Root cell: a number or name; (CD34) is the cell with the highest value, (leiden == "3") the outermost cell of the cluster. By default uns.iroot.
        #[also("iroot", "root_cells")]
        root: Option<CellArg>,
        /// Number of diffusion components, counting the trivial first one.
        n_dcs: Count = 10,
        /// Weight the leading components as published; Scanpy gives those above 0.9994 less weight, which distorts the order of long trajectories.
        exact: Flag = false,
        /// Number of branchings to detect, written to obs.dpt_groups.
        n_branchings: Integer = 0,
        /// Minimum size of a group to split, as a fraction of the cells or, if 1 or more, in cells.
        min_group_size: NotNegative = 0.01,
        use NeighborGraph as on,
    }
}

/// What goes by diffusion components needs.
const DIFFMAP: Need = Need {
    want: Want::Slot(Place::Obsm, Key::Is("X_diffmap")),
    what: "a diffusion map",
    made_by: "diffmap",
};

impl Command for Dpt {
    const SPEC: Spec = Spec {
        name: "dpt",
        summary: "Compute diffusion pseudotime: order cells along a trajectory from a root cell.",
        keywords: "trajectory pseudotime lineage differentiation",
        about: "From 0 at the root to 1 at the furthest cell; infinite for cells that cannot be reached.\nWith n_branchings, cells are split at branching points; run time grows with the square of the number of cells.",
        reads: &[GRAPH, DIFFMAP],
        writes: &[
            Write::Slot(Place::Obs, Key::Is("dpt_pseudotime")),
            Write::Slot(Place::Uns, Key::Is("iroot")),
            Write::Slot(Place::Obs, Key::Pattern("dpt_groups")),
            Write::Slot(Place::Obs, Key::Pattern("dpt_order")),
            Write::Slot(Place::Obs, Key::Pattern("dpt_order_indices")),
            Write::Slot(Place::Uns, Key::Pattern("dpt_changepoints")),
            Write::Slot(Place::Uns, Key::Pattern("dpt_grouptips")),
        ],
        without: &[(
            "allow_kendall_tau_shift",
            "branchings are found with the default setting",
        )],
        like: &["sc.tl.dpt"],
        examples: &[
            "dpt adata root=0",
            "dpt adata root=(CD14)",
            "dpt adata root=(cell_type == \"B\") n_branchings=1",
        ],
        cite: &[&references::DPT],
        method: "Cells were ordered by diffusion pseudotime (DPT)[root| from the root cell {root}] with {n_dcs} diffusion components <DPT>.",
        holds: "diffusion components and some distances per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let space = self.space(scene, &data)?;
        let root = root(scene, &data, self.root.as_ref(), space.clone())?;
        let from = [SlotName::new(Place::Obsm, "X_diffmap")];
        let promises = [Promise::Column(ColumnType::Number), Promise::Uns];
        let needs = (space.clone(), root.clone());
        let [times, iroot] = scene.step(needs, promises, |(space, root), _| {
            let times = Column::numbers(space.pseudotime(*root), NumberType::F32);
            Ok([
                Value::Column(Arc::new(times)),
                Value::Uns(Arc::new(Uns::Integer(*root as i64))),
            ])
        });
        scene.put(
            &mut data,
            Place::Obs,
            "dpt_pseudotime",
            times.measured(),
            &from,
        );
        scene.put(&mut data, Place::Uns, "iroot", iroot, &from);
        let mut written = vec![SlotName::new(Place::Obs, "dpt_pseudotime")];
        if self.n_branchings.0 > 0 {
            self.groups(scene, &mut data, (space, root), &from);
            written.push(SlotName::new(Place::Obs, "dpt_groups"));
        }
        Ok(Reply::Dataset(data, written))
    }
}

impl Dpt {
    /// The cells as points whose distances are those of pseudotime.
    fn space(&self, scene: &Scene, data: &Dataset) -> Outcome<Promised<Space>> {
        let needs = (
            scene.value(data, Place::Obsm, "X_diffmap")?,
            scene.value(data, Place::Uns, "diffmap_evals")?,
            scene.value(data, Place::Obsp, &self.on.key())?,
        );
        let wanted = self.n_dcs.0;
        let weights = if self.exact.0 {
            Weights::Published
        } else {
            Weights::Scanpy
        };
        Ok(
            scene.step(needs, Private::new(), move |(vectors, evals, graph), _| {
                let evals: Option<Vec<f64>> = match evals.uns().map(|uns| &**uns) {
                    Some(Uns::Array(array)) => Some(array.iter().copied().collect()),
                    Some(Uns::Array32(array)) => {
                        Some(array.iter().map(|&x| f64::from(x)).collect())
                    }
                    _ => None,
                };
                let (Some(vectors), Some(evals), Some(graph)) =
                    (vectors.dense(), evals, graph.graph())
                else {
                    return Err(Diagnostic::error(
                        code::UNEXPECTED_CONTENT,
                        "obsm.X_diffmap and uns.diffmap_evals are not a diffusion map",
                    )
                    .help("rerun `diffmap`")
                    .into());
                };
                let width = wanted.min(vectors.ncols()).min(evals.len());
                let component = connected_components(graph.view()).0;
                let vectors = vectors.slice(s![.., ..width]);
                Ok(Space::new(vectors, &evals[..width], component, weights))
            }),
        )
    }

    fn groups(
        &self,
        scene: &Scene,
        data: &mut Dataset,
        needs: (Promised<Space>, Promised<usize>),
        from: &[SlotName],
    ) {
        let (n_branchings, share) = (self.n_branchings.0, self.min_group_size.0);
        let promises = [
            Promise::Column(ColumnType::Category),
            Promise::Column(ColumnType::Number),
            Promise::Column(ColumnType::Number),
            Promise::Uns,
            Promise::Uns,
        ];
        let values = scene.step(needs, promises, move |(space, root), ticker| {
            let min_group_size = match share {
                share if share >= 1.0 => share as usize,
                share => (share * space.n_cells() as f64) as usize,
            };
            let params = BranchingParams {
                n_branchings,
                min_group_size,
            };
            let found = branches(&space, *root, &params, ticker)?;
            Ok(described(&found, &space.pseudotime(*root)))
        });
        let keys = [
            (Place::Obs, "dpt_groups"),
            (Place::Obs, "dpt_order"),
            (Place::Obs, "dpt_order_indices"),
            (Place::Uns, "dpt_changepoints"),
            (Place::Uns, "dpt_grouptips"),
        ];
        for ((place, key), value) in keys.into_iter().zip(values) {
            scene.put(data, place, key, value, from);
        }
    }
}

/// Groups, the order of cells by group and time, where groups begin in it, and their ends.
fn described(found: &Branches, times: &[f64]) -> [Value; 5] {
    let levels: Names = (0..found.count).map(|group| group.to_string()).collect();
    let codes: Vec<i32> = found
        .segment
        .iter()
        .map(|&segment| i32::try_from(segment).unwrap_or(-1))
        .collect();
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by(|&a, &b| {
        let by_time = || times[a].total_cmp(&times[b]);
        found.segment[a].cmp(&found.segment[b]).then_with(by_time)
    });
    let mut place = vec![0.0; order.len()];
    order
        .iter()
        .enumerate()
        .for_each(|(at, &cell)| place[cell] = at as f64);
    let changes =
        (1..order.len()).filter(|&at| found.segment[order[at]] != found.segment[order[at - 1]]);
    let changes: Vec<i64> = changes.map(|at| at as i64).collect();
    let tips = Array2::from_shape_fn((found.tips.len(), 2), |(group, end)| {
        let mut tips = found.tips[group];
        tips.sort_by(|&a, &b| times[a].total_cmp(&times[b]));
        tips[end] as f64
    });
    let numbers = |values| Value::Column(Arc::new(Column::numbers(values, NumberType::I64)));
    [
        Value::Column(Arc::new(Column::category(codes, levels))),
        numbers(place),
        numbers(order.iter().map(|&cell| cell as f64).collect()),
        Value::Uns(Arc::new(Uns::Steps(changes))),
        Value::Uns(Arc::new(Uns::Array(tips.into_dyn()))),
    ]
}

/// The position of the root cell.
fn root(
    scene: &Scene,
    data: &Dataset,
    given: Option<&CellArg>,
    space: Promised<Space>,
) -> Outcome<Promised<usize>> {
    let mut decides = None;
    match given {
        Some(CellArg::Named(name)) => {
            let known = scene.known_cells(data)?;
            if known.is_some_and(|names| names.position(name).is_none()) {
                return Err(scene.error(
                    "root",
                    code::NO_SUCH_GENE_OR_CELL,
                    format!("no cell `{name}`"),
                    "does not exist",
                ));
            }
            decides = Some(scene.cell_names(data).lazy().clone());
        }
        Some(CellArg::Where(column)) => decides = Some(column.value.clone()),
        Some(CellArg::Position(at)) if *at >= data.cells.at_most() => {
            let headline = format!("no cell {at} of {}", data.cells.at_most());
            return Err(scene
                .error("root", code::NO_SUCH_GENE_OR_CELL, headline, "is too large")
                .help("cells are counted from 0"));
        }
        Some(CellArg::Position(_)) => {}
        None => match data.uns.get("iroot") {
            Some(slot) if data.cells.parent().is_none() => decides = Some(slot.value.clone()),
            _ => return Err(rootless(scene)),
        },
    }
    let given = given.cloned();
    let origin = scene.origin();
    Ok(scene.step(
        (space, decides),
        Private::new(),
        move |(space, decides), _| {
            let said = |text: &str| {
                Fault::Reported(Diagnostic::error(code::NO_SUCH_GENE_OR_CELL, text).at(&origin))
            };
            let found = cell_of(given.as_ref(), decides.as_ref(), &space);
            match found.filter(|&cell| cell < space.n_cells()) {
                Some(cell) => Ok(cell),
                None => Err(said("no remaining cell can be the root")),
            }
        },
    ))
}

/// The position that was given, or that names, a column or `uns.iroot` tell.
fn cell_of(given: Option<&CellArg>, decides: Option<&Value>, space: &Space) -> Option<usize> {
    match (given, decides) {
        (Some(CellArg::Position(at)), _) => Some(*at),
        (Some(CellArg::Named(name)), Some(names)) => names.names()?.position(name),
        (Some(CellArg::Where(_)), Some(column)) => decided(column.column()?, space),
        (_, Some(stored)) => match &**stored.uns()? {
            Uns::Integer(at) => usize::try_from(*at).ok(),
            Uns::Number(at) => Some(*at as usize),
            _ => None,
        },
        _ => None,
    }
}

fn rootless(scene: &Scene) -> Box<Diagnostic> {
    Diagnostic::error(code::MISSING_PARAMETER, "`root` is missing: pseudotime needs a starting cell")
        .label(scene.args.span, "needs a root cell")
        .in_source(scene.source)
        .help("root=(CD34) for the cell with most of a gene, root=(leiden == \"3\") for a cluster, root=0 or root=\"AAACATTG-1\" for a cell")
}

/// The cell where a number is largest; of those where a boolean is true the outermost.
fn decided(column: &Column, space: &Space) -> Option<usize> {
    match column {
        Column::Number(numbers) => {
            let known = numbers
                .values
                .iter()
                .enumerate()
                .filter(|(_, x)| !x.is_nan());
            let mut best: Option<(usize, f64)> = None;
            for (cell, &x) in known {
                if best.is_none_or(|(_, most)| x > most) {
                    best = Some((cell, x));
                }
            }
            best.map(|(cell, _)| cell)
        }
        other => {
            let truths = other.to_booleans()?;
            let cells: Vec<usize> = (0..truths.len()).filter(|&cell| truths[cell]).collect();
            space.outermost(&cells)
        }
    }
}

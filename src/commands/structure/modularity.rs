//! `modularity`: how well groups separate a graph of cells, as one number.

use crate::command::params::{Data, GroupKey, Many, NotNegative};
use crate::command::references;
use crate::command::{Command, Reply, Scene, Spec, Val};
use crate::commands::inputs::groups::each_of_all;
use crate::commands::inputs::neighbor_graph::{GRAPH, NeighborGraph};
use crate::data::{Column, Names, NumberType, Place, Promise, Table, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::modularity::modularity;
use crate::params;
use std::sync::Arc;

params! {
    Modularity {
        /// The dataset.
        adata: Data,
        /// Column of obs with the groups, or several of them to compare.
        #[also("labels", "groupby")]
        by: Many<GroupKey> = ["leiden"],
        use NeighborGraph as on,
        /// Weight of the connections that are expected by chance; 1 is the usual modularity.
        #[also("resolution")]
        res: NotNegative = 1.0,
    }
}

impl Command for Modularity {
    const SPEC: Spec = Spec {
        name: "modularity",
        summary: "Compute the modularity of groups on the neighbor graph.",
        keywords: "cluster quality validation graph partition Newman Girvan",
        about: "The fraction of edge weight within groups, minus what is expected by chance. It is at most 1, and\nabout 0 for random groups. The table has one row per column of `by`.",
        reads: &[GRAPH],
        without: &[
            ("is_directed", "graphs of neighbors are symmetric"),
            ("mode", "it is always calculated"),
        ],
        like: &["sc.metrics.modularity", "igraph::modularity"],
        examples: &[
            "compute (modularity adata by=cell_type)",
            "leiden adata res=[0.4, 0.8]; compute (modularity adata by=[`leiden_0.4`, `leiden_0.8`])",
        ],
        cite: &[&references::NEWMAN_2004],
        method: "The modularity of the groups in {by} was computed on the neighbor graph <NEWMAN_2004>.",
        holds: "the neighbor graph, and one label per cell",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = &self.adata.0;
        let keys = self.by.texts();
        let needs = (
            scene.value(data, Place::Obsp, &self.on.key())?,
            each_of_all(scene, data, &keys)?,
        );
        let (key, res) = (self.on.key(), self.res.0);
        let table = scene.step(needs, Promise::Table, move |(graph, groups), _| {
            let Some(graph) = graph.graph() else {
                return Err(Diagnostic::error(
                    code::UNEXPECTED_CONTENT,
                    format!("obsp.{key} is not a graph"),
                )
                .into());
            };
            let found = groups.iter();
            let found = found.map(|groups| modularity(graph.view(), &groups.codes, res));
            let sizes = groups.iter().map(|groups| groups.levels.len() as f64);
            let names: Names = keys.iter().map(String::as_str).collect();
            let table = Table::new()
                .with("groups_of", Column::Text(names))
                .with("groups", Column::numbers(sizes.collect(), NumberType::I64))
                .with(
                    "modularity",
                    Column::numbers(found.collect(), NumberType::F64),
                );
            Ok(Value::Table(Arc::new(table)))
        });
        Ok(Reply::Value(Val::Table(table)))
    }
}

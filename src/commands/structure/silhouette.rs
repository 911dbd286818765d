//! `silhouette`: how well cells lie in their groups, to choose between clusterings.

use crate::command::params::{Data, Flag, GraphKey, GroupKey, Many, ObsmKey};
use crate::command::references;
use crate::command::spec::{Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::groups::{Groups, groups};
use crate::commands::inputs::neighbor_graph::CONNECTIVITIES;
use crate::commands::inputs::representation::{numeric, representation};
use crate::data::Graph;
use crate::data::{Column, ColumnType, Names, NumberType, Place, Promise, SlotName, Table, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::modularity::modularity;
use crate::kernels::methods::silhouette::{mean_silhouette, silhouettes, simplified_silhouettes};
use crate::kernels::stats::sums::NO_GROUP;
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::Fault;
use crate::source::Origin;
use std::sync::Arc;

/// Cells up to which all pairs are compared unasked.
const FEW_CELLS: usize = 20_000;

params! {
    Silhouette {
        /// The dataset.
        adata: Data,
        /// Column of obs with the groups, or several of them to compare.
        #[also("groupby", "labels")]
        by: Many<GroupKey>,
        /// Representation in obsm to compute distances in.
        #[also("use_rep")]
        on: ObsmKey = "X_pca",
        /// Use group centers instead of all cells; by default true beyond 20,000 cells.
        simplified: Option<Flag>,
        /// The graph in obsp to compute modularity on.
        graph: Option<GraphKey>,
    }
}

impl Command for Silhouette {
    const SPEC: Spec = Spec {
        name: "silhouette",
        summary: "Compute silhouette scores of groups.",
        keywords: "cluster quality validation",
        about: "Scores range from -1 to 1; each clustering gets a column. For several clusterings, the table has one\nrow each, with its modularity on the neighbor graph, to help choose a resolution.",
        reads: &[Need {
            want: Want::Slot(Place::Obsm, Key::Param("on")),
            what: "principal components",
            made_by: "pca",
        }],
        writes: &[
            Write::Slot(Place::Obs, Key::Pattern("silhouette")),
            Write::Slot(Place::Obs, Key::Pattern("silhouette_<by>")),
        ],
        like: &["sklearn.metrics.silhouette_score", "approxSilhouette"],
        examples: &[
            "silhouette adata by=cell_type",
            "leiden adata res=[0.4, 0.8]; silhouette adata by=[`leiden_0.4`, `leiden_0.8`]",
        ],
        cite: &[&references::ROUSSEEUW_1987],
        method: "Silhouette widths of the groups in {by} were computed from {on} <ROUSSEEUW_1987>.",
        holds: "the representation, and one number per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let keys = self.by.texts();
        let rep = representation(scene, &data, &self.on.0, "on")?;
        let clusterings = keys.iter().map(|key| groups(scene, &data, key));
        let clusterings = clusterings.collect::<Outcome<Vec<_>>>()?;
        let graph = self.graph.as_deref().unwrap_or(CONNECTIVITIES).to_owned();
        let graph = data.obsp.contains_key(&graph).then_some(graph);
        let graph = graph.map(|graph| scene.value(&data, Place::Obsp, &graph));
        let needs = (rep, clusterings, graph.transpose()?);
        let simplified = self.simplified.map(|flag| flag.0);
        let columns = vec![Promise::Column(ColumnType::Number); keys.len()];
        let promises = (columns, Promise::Table);
        let named = keys.clone();
        let origin = scene.origin();
        let (columns, table) = scene.step(needs, promises, move |needs, cx| {
            cx.remark(of_one_group(&needs.1, &named, &origin)?);
            measured(needs, &named, simplified, (&origin, cx))
        });
        let mut written = Vec::new();
        for (key, value) in keys.iter().zip(columns) {
            let column = match keys.len() {
                1 => "silhouette".to_owned(),
                _ => format!("silhouette_{key}"),
            };
            let from = [
                SlotName::new(Place::Obsm, self.on.0.clone()),
                SlotName::new(Place::Obs, key.clone()),
            ];
            scene.put(&mut data, Place::Obs, &column, value.measured(), &from);
            written.push(SlotName::new(Place::Obs, column));
        }
        Ok(Reply::Table(data, table, written))
    }
}

/// One group leaves nothing to compare with: refused, and told where other clusterings were asked for.
fn of_one_group(
    clusterings: &[Arc<Groups>],
    keys: &[String],
    origin: &Origin,
) -> Result<Option<Box<Diagnostic>>, Fault> {
    let mut both = clusterings.iter().zip(keys);
    let Some((groups, key)) = both.find(|(groups, _)| groups.levels.len() < 2) else {
        return Ok(None);
    };
    let headline = match groups.levels.len() {
        0 => format!("obs.{key} has no groups"),
        _ => format!("obs.{key} has only one group, so no silhouette"),
    };
    if let [_] = keys {
        let error = Diagnostic::error(code::TOO_FEW_GROUPS, headline).at(origin);
        return Err(error
            .help("measure a column with at least two groups")
            .into());
    }
    Ok(Some(Diagnostic::note(headline)))
}

fn measured(
    (rep, clusterings, graph): (Value, Vec<Arc<Groups>>, Option<Value>),
    keys: &[String],
    simplified: Option<bool>,
    (origin, ticker): (&Origin, &Ticker),
) -> Result<(Vec<Value>, Value), Fault> {
    let rows = numeric(&rep, origin)?;
    let graph = graph.as_ref().and_then(Value::graph);
    let of = if simplified.unwrap_or(rows.nrows() > FEW_CELLS) {
        simplified_silhouettes
    } else {
        silhouettes
    };
    let mut found = Vec::new();
    for groups in &clusterings {
        if groups.levels.len() < 2 {
            found.push(vec![f32::NAN; rows.nrows()]);
            continue;
        }
        found.push(of(rows.view(), &groups.codes, groups.levels.len(), ticker)?);
    }
    let table = match (&clusterings[..], &found[..]) {
        ([groups], [values]) => by_group(groups, values, graph.map(|graph| &**graph)),
        _ => by_clustering(keys, &clusterings, &found, graph.map(|graph| &**graph)),
    };
    let columns = found.iter().map(|values| {
        let values = values.iter().map(|&x| f64::from(x)).collect();
        Value::Column(Arc::new(Column::numbers(values, NumberType::F32)))
    });
    Ok((columns.collect(), Value::of(table)))
}

/// A line for each group, the mean of all above.
fn by_group(groups: &Groups, values: &[f32], graph: Option<&Graph>) -> Table {
    let of_group = |group: usize| -> Vec<f32> {
        let cells = values.iter().zip(&*groups.codes);
        cells
            .filter(|(_, code)| **code as usize == group)
            .map(|(&value, _)| value)
            .collect()
    };
    let levels = groups.levels.len();
    let means = (0..levels).map(|group| mean_silhouette(&of_group(group)));
    let sizes = groups.sizes().iter().map(|&n| n as f64).collect();
    let mut title = format!("mean silhouette {:.3}", mean_silhouette(values));
    if let Some(modularity) = graph.and_then(|graph| of_graph(graph, groups)) {
        title += &format!(", modularity {modularity:.3}");
    }
    Table::new()
        .with("group", Column::Text((*groups.levels).clone()))
        .with("cells", Column::numbers(sizes, NumberType::I64))
        .with(
            "silhouette",
            Column::numbers(means.collect(), NumberType::F64),
        )
        .titled(title)
}

/// A line for each clustering.
fn by_clustering(
    keys: &[String],
    clusterings: &[Arc<Groups>],
    found: &[Vec<f32>],
    graph: Option<&Graph>,
) -> Table {
    let numbers = |values: Vec<f64>| Column::numbers(values, NumberType::F64);
    let counts = clusterings.iter().map(|groups| {
        let used = groups.sizes().into_iter().filter(|&n| n > 0);
        used.count() as f64
    });
    let table = Table::new()
        .with("clustering", Column::Text(keys.iter().collect::<Names>()))
        .with("groups", Column::numbers(counts.collect(), NumberType::I64))
        .with(
            "silhouette",
            numbers(found.iter().map(|values| mean_silhouette(values)).collect()),
        );
    match graph {
        Some(graph) => {
            let of = |groups: &Arc<Groups>| of_graph(graph, groups).unwrap_or(f64::NAN);
            table.with("modularity", numbers(clusterings.iter().map(of).collect()))
        }
        None => table,
    }
}

/// At resolution 1; nothing where cells have no group or the graph is of other cells.
fn of_graph(graph: &Graph, groups: &Groups) -> Option<f64> {
    let whole = graph.rows() == groups.codes.len() && !groups.codes.contains(&NO_GROUP);
    whole.then(|| modularity(graph.view(), &groups.codes, 1.0))
}

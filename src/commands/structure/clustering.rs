//! What `leiden` and `louvain` have in common: clusters on a graph, at one or several resolutions,
//! of all cells or within some groups.

use crate::command::params::{Count, Flag, Integer, Many, NewName, NotNegative, Pairs};
use crate::command::value::number_text;
use crate::command::{Key, Reply, Scene, Val, Write};
use crate::commands::inputs::groups::{Groups, groups_with};
use crate::commands::inputs::neighbor_graph::NeighborGraph;
use crate::data::{
    Column, ColumnType, Dataset, Lazy, Names, Place, Promise, Selection, SlotName, Uns, Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::leiden::{Clustering, LeidenError, LeidenParams, leiden};
use crate::params;
use crate::plan::{Fault, Promised, subgraph};

params! {
    /// How the best clusters are looked for, and among which cells.
    Search {
        /// Maximum number of iterations; by default until nothing improves.
        #[also("n_iterations")]
        iterations: Option<Count>,
        /// Random seed; by default the session's seed.
        #[also("random_state")]
        seed: Option<Integer>,
        /// Cluster within some groups only: {leiden: ["0", "3"]}.
        #[also("restrict_to")]
        restrict: Option<Pairs>,
        use NeighborGraph as on,
        /// Use edge weights; if false, all edges count the same.
        #[also("use_weights")]
        weights: Flag = true,
    }
}

/// What clustering leaves behind.
pub const CLUSTERS: [Write; 4] = [
    Write::Slot(Place::Obs, Key::Param("key")),
    Write::Slot(Place::Obs, Key::Pattern("<key>_<resolution>")),
    Write::Slot(Place::Uns, Key::Param("key")),
    Write::Slot(Place::Uns, Key::Pattern("<key>_<resolution>")),
];

/// What was asked for.
pub struct Asked {
    /// Clusters are refined, and so connected: the Leiden algorithm.
    pub refine: bool,
    /// The key that means <key>_R within some groups, as in scanpy.
    pub usual_key: &'static str,
    pub res: Many<NotNegative>,
    pub key: NewName,
    pub search: Search,
}

/// How it is done.
struct How {
    params: LeidenParams,
    /// The graph in obsp.
    graph: String,
    /// Column of obs to write.
    key: String,
    /// The column and the groups in it to cluster within.
    restrict: Option<(String, Vec<String>)>,
    /// Whether links count as the graph has them, or all the same.
    weights: bool,
}

impl Asked {
    fn how(self, scene: &Scene) -> Outcome<How> {
        let restrict = restriction(scene, &self.search.restrict)?;
        Ok(How {
            params: LeidenParams {
                resolutions: self.res.0.iter().map(|res| res.0).collect(),
                n_iterations: self.search.iterations.as_ref().map(|n| n.0),
                refine: self.refine,
                seed: scene.seed(&self.search.seed),
            },
            graph: self.search.on.key(),
            key: match restrict {
                Some(_) if *self.key == *self.usual_key => format!("{}_R", self.usual_key),
                _ => self.key.0,
            },
            restrict,
            weights: self.search.weights.0,
        })
    }
}

/// Plans one clustering for each resolution.
pub fn cluster(scene: &mut Scene, data: &Dataset, asked: Asked) -> Outcome<Reply> {
    let how = asked.how(scene)?;
    let mut data = data.clone();
    let graph = scene.value(&data, Place::Obsp, &how.graph)?;
    let mut from = vec![SlotName::new(Place::Obsp, how.graph.clone())];
    let mut groups = None;
    if let Some((column, chosen)) = &how.restrict {
        let named = scene.named_groups(&data, column, "restrict", chosen.clone())?;
        groups = Some(groups_with(scene, &data, column, vec![named])?);
        from.push(SlotName::new(Place::Obs, column.clone()));
    }
    let resolutions = how.params.resolutions.clone();
    let keys: Vec<String> = resolutions
        .iter()
        .map(|&res| match resolutions.len() {
            1 => how.key.clone(),
            _ => format!("{}_{}", how.key, number_text(res)),
        })
        .collect();
    let values = found(scene, (graph, groups), how);
    // The graph of about 15 neighbors in another order, and the graphs of its levels.
    let cells = data.cells.at_most();
    scene.holds(&values, 400 * cells, 4 * cells * resolutions.len());
    let mut written = Vec::new();
    for (key, [column, record]) in keys.iter().zip(values) {
        scene.put(&mut data, Place::Obs, key, column, &from);
        scene.put(&mut data, Place::Uns, key, record, &from);
        written.push(SlotName::new(Place::Obs, key.clone()));
    }
    Ok(Reply::Dataset(data, written))
}

/// A column and what uns keeps of it, for each resolution.
fn found(scene: &Scene, needs: (Lazy, Option<Promised<Groups>>), how: How) -> Vec<[Lazy; 2]> {
    let each = [Promise::Column(ColumnType::Category), Promise::Uns];
    let promises = vec![each; how.params.resolutions.len()];
    scene.step(needs, promises, move |(graph, groups), ticker| {
        let Some(graph) = graph.graph() else {
            let headline = format!("obsp.{} is not a graph", how.graph);
            return Err(Diagnostic::error(code::UNEXPECTED_CONTENT, headline).into());
        };
        let even = (!how.weights).then(|| graph.map(|_| 1.0));
        let graph = even.as_ref().unwrap_or(graph);
        let within = match (&how.restrict, groups) {
            (Some((_, chosen)), Some(groups)) => Some(Within::new(&groups, chosen)),
            _ => None,
        };
        let clusterings = match &within {
            Some(within) => leiden(subgraph(graph, &within.cells).view(), &how.params, ticker),
            None => leiden(graph.view(), &how.params, ticker),
        };
        let clusterings = clusterings.map_err(fault)?;
        let column = |found: &Clustering| match &within {
            Some(within) => within.renamed(found),
            None => labels(found),
        };
        let both = |found| [Value::of(column(found)), Value::of(uns(found, &how.params))];
        Ok(clusterings.iter().map(both).collect())
    })
}

/// The groups to cluster within: `{leiden: ["0", "3"]}`.
fn restriction(scene: &Scene, given: &Option<Pairs>) -> Outcome<Option<(String, Vec<String>)>> {
    let Some(Pairs(fields)) = given else {
        return Ok(None);
    };
    let texts = |value: &Val| match value {
        Val::Text(text) => Some(text.clone()),
        Val::Number(number) => Some(number_text(*number)),
        _ => None,
    };
    let chosen = match &fields[..] {
        [(column, Val::List(items))] => {
            let chosen: Option<Vec<String>> = items.iter().map(texts).collect();
            chosen.map(|chosen| (column.clone(), chosen))
        }
        [(column, one)] => texts(one).map(|one| (column.clone(), vec![one])),
        _ => None,
    };
    match chosen {
        Some((column, chosen)) if !chosen.is_empty() => Ok(Some((column, chosen))),
        _ => Err(scene
            .error(
                "restrict",
                code::INVALID_VALUE,
                "`restrict` needs a column and groups in it",
                "is something else",
            )
            .help("restrict={leiden: [\"0\", \"3\"]}")),
    }
}

/// Cells of the chosen groups, and how their clusters are called.
struct Within {
    cells: Selection,
    /// `0-3`.
    prefix: String,
    /// The names of all others as they are.
    before: Vec<String>,
}

impl Within {
    fn new(groups: &Groups, chosen: &[String]) -> Self {
        let wanted: Vec<bool> = groups
            .levels
            .iter()
            .map(|level| chosen.iter().any(|name| name == level))
            .collect();
        let is_in = |code: u32| wanted.get(code as usize).copied().unwrap_or(false);
        Within {
            cells: (0..)
                .zip(&*groups.codes)
                .filter(|(_, code)| is_in(**code))
                .map(|(i, _)| i)
                .collect(),
            prefix: chosen.join("-"),
            before: groups
                .codes
                .iter()
                .map(|&code| {
                    if (code as usize) < groups.levels.len() {
                        groups.levels.get(code as usize).to_owned()
                    } else {
                        String::new()
                    }
                })
                .collect(),
        }
    }

    /// `0-3,1` for the cells that were clustered, scanpy's way; the others keep their groups.
    fn renamed(&self, found: &Clustering) -> Column {
        let mut names = self.before.clone();
        for (&cell, label) in self.cells.iter().zip(&found.labels) {
            names[cell as usize] = format!("{},{label}", self.prefix);
        }
        Column::Category(Column::Text(names.iter().collect()).to_category())
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

/// As scanpy records it: -1 iterations are as many as there is something to improve.
fn uns(found: &Clustering, params: &LeidenParams) -> Uns {
    let iterations = params.n_iterations.map_or(-1, |n| n as i64);
    let params = Uns::map()
        .with("resolution", found.resolution)
        .with("random_state", params.seed as i64)
        .with("n_iterations", iterations);
    Uns::map()
        .with("params", params)
        .with("modularity", found.modularity)
}

fn fault(error: LeidenError) -> Fault {
    match error {
        LeidenError::Stopped(stopped) => stopped.into(),
        error => Fault::Reported(
            Diagnostic::error(code::UNUSABLE_GRAPH, error.to_string()).help("rerun `neighbors`"),
        ),
    }
}

//! `dendrogram`: which groups are like each other.

use crate::command::params::{Count, Data, GroupKey, Many, NewName, ObsmKey};
use crate::command::references;
use crate::command::spec::{GROUPS, Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::comparing::combined::combined;
use crate::commands::inputs::groups::{Groups, fit, groups};
use crate::commands::inputs::representation::{self, numeric, representation};
use crate::data::{Names, Place, Promise, SlotName, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::dendrogram::{self as kernel, dendrogram, group_means};
use crate::plan::Private;
use crate::{params, words};
use ndarray::{Array1, Array2, s};
use std::sync::Arc;

words! {
    /// How alike the means of two groups are.
    Correlation {
        /// of the means
        Pearson = "pearson",
        /// of their ranks
        Spearman = "spearman",
        /// Kendall's tau, corrected for ties
        Kendall = "kendall",
    }
}

words! {
    /// The distance between two merged groups.
    Linkage {
        /// of their farthest members
        Complete = "complete",
        /// of their members on average
        Average = "average",
        /// of their nearest members
        Single = "single",
    }
}

params! {
    Dendrogram {
        /// The dataset.
        adata: Data,
        /// Column of obs with the groups, or several for their combinations.
        #[also("groupby")]
        by: Many<GroupKey> = ["leiden"],
        /// Representation in obsm to average by group; X for all genes.
        #[also("use_rep")]
        on: ObsmKey = "X_pca",
        /// Number of components to use; by default all.
        #[also("n_pcs")]
        pcs: Option<Count>,
        /// Correlation between group means.
        #[also("cor_method")]
        correlation: Correlation = Correlation::Pearson,
        /// Linkage method.
        #[also("linkage_method")]
        linkage: Linkage = Linkage::Complete,
        /// Name of the result in uns; by default dendrogram_<by>.
        #[also("key_added")]
        key: Option<NewName>,
    }
}

impl Command for Dendrogram {
    const SPEC: Spec = Spec {
        name: "dendrogram",
        summary: "Cluster groups hierarchically by the correlation of their means.",
        keywords: "hierarchical clustering tree",
        about: "Distances are 1 minus the correlation. `dendrogram_plot` draws the result.",
        reads: &[
            Need {
                want: Want::Slot(Place::Obsm, Key::Param("on")),
                what: "principal components",
                made_by: "pca",
            },
            GROUPS,
        ],
        writes: &[Write::Slot(
            Place::Uns,
            Key::Around("dendrogram_", "by", ""),
        )],
        without: &[
            (
                "var_names",
                "on=X compares all genes; to use some of them, filter_genes in another dataset",
            ),
            (
                "optimal_ordering",
                "leaves are in merge order; groups= of a figure changes it",
            ),
        ],
        like: &["sc.tl.dendrogram", "BuildClusterTree"],
        examples: &[
            "dendrogram adata by=cell_type",
            "dendrogram adata by=cell_type on=X linkage=average",
            "dendrogram adata by=cell_type pcs=10 correlation=spearman",
            "dendrogram adata by=[cell_type, batch]",
        ],
        cite: &[&references::MULLNER_2011],
        method: "Groups of {by} were clustered hierarchically by their mean {on} ({correlation} correlation, {linkage} linkage) <MULLNER_2011>.",
        holds: "the representation",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let keys = self.by.texts();
        let groups = match &keys[..] {
            [key] => groups(scene, &data, key)?,
            // On which side of a merge a group stands depends on the order; scanpy's is this.
            keys => {
                let groups = combined(scene, &data, keys, 1)?.groups;
                scene.light_step(groups, Private::new(), |groups, _| Ok(groups.by_name()))
            }
        };
        let needs = (representation(scene, &data, &self.on.0, "on")?, groups);
        let key = match &self.key {
            Some(NewName(key)) => key.clone(),
            None => format!("dendrogram_{}", keys.join("_")),
        };
        let from = match self.on.0.as_str() {
            representation::X => SlotName::x(),
            on => SlotName::new(Place::Obsm, on),
        };
        let columns = keys
            .iter()
            .map(|key| SlotName::new(Place::Obs, key.clone()));
        let from: Vec<SlotName> = [from].into_iter().chain(columns).collect();
        let (origin, memory) = (scene.origin(), scene.settings.memory);
        let by = format!("obs.{}", keys.join(" with obs."));
        let value = scene.step(needs, Promise::Uns, move |(rep, groups), _| {
            let rows = numeric(&rep, &origin)?;
            can_be_compared(&groups, &by).map_err(|error| error.at(&origin))?;
            // Correlations, distances, and a copy of them to merge.
            let n = groups.levels.len();
            fit(n, 24 * n, memory)?;
            let width = self.pcs.as_ref().map_or(rows.ncols(), |pcs| pcs.0);
            let rows = rows.slice(s![.., ..width.min(rows.ncols())]);
            let means = group_means(rows, &groups.codes, groups.levels.len());
            let correlation = match self.correlation {
                Correlation::Pearson => kernel::Correlation::Pearson,
                Correlation::Spearman => kernel::Correlation::Spearman,
                Correlation::Kendall => kernel::Correlation::Kendall,
            };
            let method = match self.linkage {
                Linkage::Complete => kernel::Linkage::Complete,
                Linkage::Average => kernel::Linkage::Average,
                Linkage::Single => kernel::Linkage::Single,
            };
            let found = dendrogram(means.view(), correlation, method);
            Ok(Value::Uns(Arc::new(self.record(&found, &groups.levels))))
        });
        scene.put(&mut data, Place::Uns, &key, value, &from);
        Ok(Reply::Dataset(data, vec![SlotName::new(Place::Uns, key)]))
    }
}

/// There are two groups or more, and cells in each.
fn can_be_compared(groups: &Groups, by: &str) -> Outcome<()> {
    if let Some(empty) = groups.sizes().iter().position(|&n| n == 0) {
        let headline = format!("group {} has no cells", groups.levels.get(empty));
        return Err(Diagnostic::error(code::GROUPS_TOO_SMALL, headline));
    }
    if groups.levels.len() < 2 {
        let headline = format!("{by} has only one group; a dendrogram needs at least two");
        return Err(Diagnostic::error(code::TOO_FEW_GROUPS, headline)
            .help("group by a column with at least two groups"));
    }
    Ok(())
}

impl Dendrogram {
    /// As scanpy stores it.
    fn record(&self, found: &kernel::Dendrogram, levels: &Names) -> Uns {
        let linkage = Array2::from_shape_fn((found.merges.len(), 4), |(row, column)| {
            let merge = &found.merges[row];
            match column {
                0 => merge.nodes.0 as f64,
                1 => merge.nodes.1 as f64,
                2 => merge.distance,
                _ => merge.size as f64,
            }
        });
        let order: Vec<u32> = found.order.iter().map(|&leaf| leaf as u32).collect();
        let places = Uns::Steps(found.order.iter().map(|&leaf| leaf as i64).collect());
        let names = Uns::Texts(Arc::new(levels.pick(&order)));
        Uns::map()
            .with("linkage", Uns::Array(linkage.into_dyn()))
            .with(
                "groupby",
                Uns::Texts(Arc::new(self.by.texts().iter().collect())),
            )
            .with("use_rep", self.on.0.as_str())
            .with("cor_method", self.correlation.word())
            .with("linkage_method", self.linkage.word())
            .with("categories_ordered", names.clone())
            .with("categories_idx_ordered", places.clone())
            .with("dendrogram_info", drawing(found, names, places))
            .with(
                "correlation_matrix",
                Uns::Array(found.correlation.clone().into_dyn()),
            )
    }
}

/// The top of a node in a drawing, where the bracket above it begins.
#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
}

/// The four corners of the line that joins two nodes.
struct Bracket {
    x: [f64; 4],
    y: [f64; 4],
}

fn left_first((a, b): (usize, usize), tops: &[Point]) -> (usize, usize) {
    if tops[a].x <= tops[b].x {
        (a, b)
    } else {
        (b, a)
    }
}

/// What scipy's `dendrogram` gives: leaves at 5, 15, 25 …, and a bracket for each merge, those
/// below before those above and from the left.
fn drawing(found: &kernel::Dendrogram, names: Uns, places: Uns) -> Uns {
    let n = found.order.len();
    let mut tops = vec![Point { x: 0.0, y: 0.0 }; n];
    for (at, &leaf) in found.order.iter().enumerate() {
        tops[leaf].x = 10.0 * at as f64 + 5.0;
    }
    let mut brackets = Vec::new();
    for merge in &found.merges {
        let (left, right) = left_first(merge.nodes, &tops);
        let (left, right, height) = (tops[left], tops[right], merge.distance);
        tops.push(Point {
            x: (left.x + right.x) / 2.0,
            y: height,
        });
        brackets.push(Bracket {
            x: [left.x, left.x, right.x, right.x],
            y: [left.y, height, height, right.y],
        });
    }
    let mut order = Vec::new();
    let mut waiting: Vec<(usize, bool)> = (!found.merges.is_empty())
        .then_some((n + found.merges.len() - 1, false))
        .into_iter()
        .collect();
    while let Some((node, below_done)) = waiting.pop() {
        let Some(at) = node.checked_sub(n) else {
            continue;
        };
        if below_done {
            order.push(at);
            continue;
        }
        let (left, right) = left_first(found.merges[at].nodes, &tops);
        waiting.extend([(node, true), (right, false), (left, false)]);
    }
    let corners = |along: fn(&Bracket) -> [f64; 4]| {
        let numbers = order.iter().flat_map(|&at| along(&brackets[at])).collect();
        let array = Array1::<f64>::from_vec(numbers);
        let shaped = array.into_shape_with_order((order.len(), 4));
        Uns::Array(shaped.unwrap_or_default().into_dyn())
    };
    let colors: Names = order.iter().map(|_| "C0").collect();
    Uns::map()
        .with("icoord", corners(|bracket| bracket.x))
        .with("dcoord", corners(|bracket| bracket.y))
        .with("ivl", names)
        .with("leaves", places)
        .with("color_list", Uns::Texts(Arc::new(colors)))
}

//! `dendrogram_plot`: the tree of groups, or their correlations, as a drawing.

use crate::command::params::{Data, Flag, GroupKey, Many, PathOut};
use crate::command::spec::{Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec};
use crate::commands::plotting::paper::Sheet;
use crate::commands::plotting::picture::draw;
use crate::data::figure::{Dendrogram, Figure, Matrix, Merge, Tree};
use crate::data::{Names, Place, Uns};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::params;
use ndarray::{Array2, Ix2};
use std::sync::Arc;

params! {
    DendrogramPlot {
        /// The dataset.
        adata: Data,
        /// Column of obs with the groups, or several for their combinations.
        #[also("groupby")]
        by: Many<GroupKey> = ["leiden"],
        /// Draw the correlations between groups with the tree beside them.
        correlations: Flag = false,
        /// Write the numbers into the cells of the matrix.
        #[also("show_correlation_numbers")]
        numbers: Flag = false,
        /// Let the tree grow to the right.
        sideways: Flag = false,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        use Sheet as sheet,
    }
}

impl Command for DendrogramPlot {
    const SPEC: Spec = Spec {
        name: "dendrogram_plot",
        summary: "Draw the dendrogram of groups, or their correlation matrix.",
        reads: &[Need {
            want: Want::Slot(Place::Uns, Key::Around("dendrogram_", "by", "")),
            what: "a dendrogram",
            made_by: "dendrogram",
        }],
        like: &[
            "sc.pl.dendrogram",
            "sc.pl.correlation_matrix",
            "PlotClusterTree",
        ],
        examples: &[
            "dendrogram_plot adata",
            "dendrogram adata by=cell_type; dendrogram_plot adata by=cell_type correlations=true out=\"tree.png\"",
        ],
        holds: "the tree",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let key = format!("dendrogram_{}", self.by.texts().join("_"));
        let record = scene.value(&data, Place::Uns, &key)?;
        draw(scene, record, self.out, self.sheet, move |record| {
            let found = record.uns().and_then(|uns| tree(uns));
            let Some((tree, labels, correlation)) = found else {
                let headline = format!("uns.{key} has an unexpected form");
                return Err(Diagnostic::error(code::UNEXPECTED_CONTENT, headline)
                    .help("rerun `dendrogram`"));
            };
            let figure = if self.correlations.0 {
                let ordered = Array2::from_shape_fn(correlation.dim(), |(i, j)| {
                    correlation[[tree.order[i] as usize, tree.order[j] as usize]] as f32
                });
                let names = Arc::new(labels.pick(&tree.order));
                let values = ordered.iter().copied().collect();
                let mut matrix = Matrix::correlations(names, values, Some(tree));
                matrix.numbers = self.numbers.0;
                Figure::of(matrix)
            } else {
                Figure::of(Dendrogram {
                    tree,
                    labels: Arc::new(labels),
                    sideways: self.sideways.0,
                })
            };
            Ok(figure)
        })
    }
}

/// The tree, the names of its leaves by number, and the correlations between them.
pub(in crate::commands) fn tree(uns: &Uns) -> Option<(Tree, Names, Array2<f64>)> {
    let matrix = |key: &str| match uns.get(key)? {
        Uns::Array(array) => array.clone().into_dimensionality::<Ix2>().ok(),
        Uns::Array32(array) => array.mapv(f64::from).into_dimensionality::<Ix2>().ok(),
        _ => None,
    };
    let (linkage, correlation) = (matrix("linkage")?, matrix("correlation_matrix")?);
    let order: Vec<u32> = match uns.get("categories_idx_ordered")? {
        Uns::Steps(places) => places.iter().map(|&place| place as u32).collect(),
        Uns::Array(places) => places.iter().map(|&place| place as u32).collect(),
        _ => return None,
    };
    let Uns::Texts(ordered) = uns.get("categories_ordered")? else {
        return None;
    };
    let n = order.len();
    if linkage.dim() != (n.checked_sub(1)?, 4) || correlation.dim() != (n, n) || ordered.len() != n
    {
        return None;
    }
    let mut names = vec![""; n];
    for (name, &leaf) in ordered.iter().zip(&order) {
        *names.get_mut(leaf as usize)? = name;
    }
    let merges = linkage.rows().into_iter().map(|row| Merge {
        left: row[0] as u32,
        right: row[1] as u32,
        height: row[2],
    });
    let tree = Tree {
        merges: merges.collect(),
        order,
    };
    Some((tree, names.into_iter().collect(), correlation))
}

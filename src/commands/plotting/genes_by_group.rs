//! What figures of genes by groups of cells have in common: their parameters, the groups and
//! genes in the order drawn, and values that run from 0 to 1.

use crate::command::Scene;
use crate::command::params::{Count, Flag, GenesOrColumns, GroupKey, Many, Number, PathOut, Text};
use crate::commands::inputs::joined_groups::joined_groups;
use crate::commands::plotting::color_scale::GroupColors;
use crate::commands::plotting::drawn_genes::{DrawnGenes, Top, drawn_genes, positions};
use crate::commands::plotting::group_rows::{Drawn, GroupRows, group_rows};
use crate::data::{Dataset, Names};
use crate::diagnostic::Outcome;
use crate::params;
use crate::plan::Promised;
use std::sync::Arc;

params! {
    /// What is drawn, and where to.
    #[derive(Debug, Clone)]
    GenesByGroup {
        /// Genes, and columns of obs with numbers: a list, or a record of lists with titles; by default the top markers.
        #[also("var_names", "features")]
        genes: Option<GenesOrColumns>,
        /// Column of obs with the groups, or several for their combinations.
        #[also("groupby", "group.by")]
        by: Many<GroupKey> = ["leiden"],
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Number of markers per group, if no genes are given.
        #[also("n_genes", "n")]
        top: Count = 4,
        /// Lowest log fold change of the markers, if no genes are given.
        min_logfoldchange: Option<Number>,
        /// Groups to draw, in this order; by default all.
        #[also("categories_order", "order", "idents")]
        groups: Option<Many<Text>>,
        /// Draw the dendrogram next to the groups, and order them by it.
        dendrogram: Flag = false,
    }
}

/// Groups and genes that are drawn.
pub struct Drawing {
    pub rows: Promised<GroupRows>,
    pub genes: Promised<DrawnGenes>,
    /// The dataset with these genes alone, each once, in its own order.
    pub data: Dataset,
    /// Their names.
    pub names: Promised<Names>,
}

/// What a figure waits for, rows, genes, their names and `N`, and what its labels say of the values.
pub struct Gathered<N> {
    pub needs: (
        Promised<GroupRows>,
        Promised<DrawnGenes>,
        Promised<Names>,
        N,
    ),
    /// `scaled` and the like; `None` for logarithms of counts.
    pub label: Option<&'static str>,
}

/// The values of [`Gathered::needs`].
pub type GatheredValues<T> = (Arc<GroupRows>, Arc<DrawnGenes>, Arc<Names>, T);

/// The title of a scale of expression, with what its values are, and within what they run from 0 to 1:
/// `Mean scaled expression`, `(0–1 per gene)`.
pub fn titled(title: &str, label: Option<&str>, within: Option<&str>) -> Option<String> {
    let title = match label {
        Some(label) if title.starts_with("Expression") => {
            title.replacen("Expression", &format!("{label} expression"), 1)
        }
        Some(label) => title.replacen("expression", &format!("{label} expression"), 1),
        None => title.to_owned(),
    };
    Some(match within {
        Some(within) => format!("{title}\n(0–1 per {within})"),
        None => title,
    })
}

impl GenesByGroup {
    pub fn promise(
        &self,
        scene: &Scene,
        data: &Dataset,
        palette: Option<&GroupColors>,
    ) -> Outcome<Drawing> {
        let keys = self.by.texts();
        let (joined, by) = joined_groups(scene, data, &keys)?;
        let drawn = Drawn {
            only: self.groups.as_ref(),
            dendrogram: self.dendrogram.0,
            palette,
        };
        let rows = group_rows(scene, &joined, &by, drawn)?;
        // Markers are those of the groups of the first column.
        let markers = (&rows, keys[0].as_str());
        let top = Top {
            n: self.top.0,
            min_logfoldchange: self.min_logfoldchange.as_ref().map(|least| least.0),
        };
        let asked = self.genes.as_ref().map(|genes| &genes.0);
        let genes = drawn_genes(scene, data, asked, top, markers)?;
        let mut some = data.clone();
        some.genes = data
            .genes
            .select(positions(scene, data, &genes).lazy().clone());
        Ok(Drawing {
            rows,
            genes,
            names: scene.gene_names(&some),
            data: some,
        })
    }
}

/// Lets values, a row for each cell or group and a column for each gene, run from 0 to 1: each
/// gene, or else each row. What does not vary becomes 0.
pub fn standardize(values: &mut [f32], n_genes: usize, each_gene: bool) {
    let n_genes = n_genes.max(1);
    let n_lines = if each_gene {
        n_genes
    } else {
        values.len() / n_genes
    };
    let line = |i: usize| if each_gene { i % n_genes } else { i / n_genes };
    let mut ends = vec![(f32::INFINITY, f32::NEG_INFINITY); n_lines];
    for (i, &value) in values.iter().enumerate() {
        let (low, high) = &mut ends[line(i)];
        (*low, *high) = (low.min(value), high.max(value));
    }
    for (i, value) in values.iter_mut().enumerate() {
        let (low, high) = ends[line(i)];
        *value = if high > low {
            (*value - low) / (high - low)
        } else {
            0.0
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_say_what_values_are() {
        let shown = |title: &str, label, within| titled(title, label, within).unwrap_or_default();
        assert_eq!(shown("Expression", None, None), "Expression");
        assert_eq!(
            shown("Expression", Some("scaled"), None),
            "scaled expression"
        );
        assert_eq!(
            shown("Mean expression\nin group", Some("scaled"), Some("gene")),
            "Mean scaled expression\nin group\n(0–1 per gene)"
        );
    }

    #[test]
    fn standardized_values_run_from_zero_to_one() {
        let values = [1.0, 5.0, 3.0, 5.0];
        let mut by_gene = values;
        standardize(&mut by_gene, 2, true);
        assert_eq!(by_gene, [0.0, 0.0, 1.0, 0.0]);
        let mut by_row = values;
        standardize(&mut by_row, 2, false);
        assert_eq!(by_row, [0.0, 1.0, 0.0, 1.0]);
        standardize(&mut [], 0, false);
    }
}

//! Tables of tests of genes, in groups or not: of `markers`, of `de`, and of other tools.

use crate::data::{Column, Names, Table};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::math;

/// Headings of the field's tools, those of `markers` and `de` first.
const NAMES: &[&str] = &[
    "names",
    "gene",
    "genes",
    "gene_name",
    "gene_symbol",
    "symbol",
    "feature",
    "index",
];
const FOLDS: &[&str] = &[
    "logfoldchanges",
    "log2FoldChange",
    "log2_fold_change",
    "log2fc",
    "logFC",
    "avg_log2FC",
    "lfc",
];
const LOGS_OF_PVALS: &[&str] = &["log10_pvals_adj"];
const PVALS: &[&str] = &[
    "pvals_adj",
    "padj",
    "FDR",
    "adj.P.Val",
    "p_val_adj",
    "qval",
    "pvals",
    "pvalue",
    "PValue",
    "P.Value",
    "p_val",
];

/// What the table says of each gene in each group.
pub struct Tests {
    group: Option<Column>,
    pub names: Vec<String>,
    pub folds: Vec<f64>,
    /// -log10 of the p-value; infinite for a p-value of 0.
    pub heights: Vec<f64>,
    pub adjusted: bool,
}

impl Tests {
    /// # Errors
    /// The table has no genes, no fold changes, or no p-values.
    pub fn of(table: &Table) -> Outcome<Self> {
        let find = |headings: &[&'static str]| {
            let mut headings = headings.iter();
            headings.find_map(|heading| Some((*heading, table.column(heading)?)))
        };
        let missing = |what: &str, some: &str| {
            let has: Vec<&str> = table
                .columns
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            let headline = format!("the table has no column with {what}, such as `{some}`");
            Diagnostic::error(code::NO_SUCH_FIELD, headline)
                .help(format!("it has {}", has.join(", ")))
        };
        let (_, names) = find(NAMES).ok_or_else(|| missing("genes", "names"))?;
        let (_, folds) =
            find(FOLDS).ok_or_else(|| missing("log2 fold changes", "logfoldchanges"))?;
        let (heights, heading) = match (find(LOGS_OF_PVALS), find(PVALS)) {
            (Some((heading, logs)), _) => (numbers(logs, |x| -x), heading),
            (None, Some((heading, pvals))) => (numbers(pvals, |p| -math::log10(p)), heading),
            (None, None) => return Err(missing("p-values", "pvals_adj")),
        };
        let raw = ["pvals", "pvalue", "PValue", "P.Value", "p_val"];
        Ok(Tests {
            group: table.column("group").map(|column| (**column).clone()),
            names: (0..names.len()).map(|row| names.text(row)).collect(),
            folds: numbers(folds, |x| x),
            heights,
            adjusted: !raw.contains(&heading),
        })
    }

    /// Groups in the order of the table's levels.
    pub fn group_names(&self) -> Names {
        match &self.group {
            Some(column) => {
                let category = column.to_category();
                let counts = category.counts();
                let levels = category.levels.iter().zip(counts);
                levels
                    .filter(|(_, n)| *n > 0)
                    .map(|(name, _)| name)
                    .collect()
            }
            None => Names::default(),
        }
    }

    /// Whether the table has a column of groups.
    pub fn is_grouped(&self) -> bool {
        self.group.is_some()
    }

    /// The groups, or a single one without a name.
    pub fn groups(&self) -> Vec<Option<String>> {
        match &self.group {
            Some(_) => {
                let names = self.group_names();
                names.iter().map(|name| Some(name.to_owned())).collect()
            }
            None => vec![None],
        }
    }

    /// Rows of a group; all without one.
    pub fn rows(&self, group: Option<&str>) -> Vec<usize> {
        let is_in = |row: &usize| match (&self.group, group) {
            (Some(column), Some(group)) => column.text(*row) == group,
            _ => true,
        };
        (0..self.names.len()).filter(is_in).collect()
    }
}

fn numbers(column: &Column, of: impl Fn(f64) -> f64) -> Vec<f64> {
    match column {
        Column::Number(numbers) => numbers.values.iter().map(|&x| of(x)).collect(),
        other => vec![f64::NAN; other.len()],
    }
}

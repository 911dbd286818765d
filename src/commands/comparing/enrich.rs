//! `enrich`: gene sets that are over-represented among markers or differentially expressed genes.

use crate::command::params::{Count, Fraction, Number, Sets, TableArg};
use crate::command::{Command, Reply, Scene, Spec, Val};
use crate::commands::comparing::gene_lists::{GeneLists, gene_lists};
use crate::commands::inputs::test_tables::Tests;
use crate::data::{Column, NumberType, Promise, Table, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::enrichment::Counts;
use crate::kernels::stats::rank::adjust::benjamini_hochberg;
use crate::math;
use crate::params;
use std::collections::HashSet;
use std::sync::Arc;

params! {
    Enrich {
        /// Table of `markers` or `de` with all genes that were tested, or another with genes, log2 fold changes and p-values.
        table: TableArg,
        /// Gene sets: a record of lists, such as read "hallmarks.gmt" gives, or a table with types and genes.
        #[also("gene_sets", "net")]
        sets: Sets,
        /// Adjusted p-value below which genes count as changed.
        #[also("pval_cutoff", "max_pval")]
        alpha: Fraction = 0.05,
        /// Log2 fold change from which they do; below 0, up to which, for genes that are lower.
        #[also("logfoldchange")]
        lfc: Number = 1.0,
        /// Number of genes per group at most, those with the smallest p-values.
        #[also("top_n")]
        top: Option<Count>,
        /// Sets of which fewer genes were tested are left out.
        #[also("tmin", "minGSSize")]
        min_size: Count = 3,
    }
}

impl Command for Enrich {
    const SPEC: Spec = Spec {
        name: "enrich",
        summary: "Find gene sets that are over-represented among markers or changed genes.",
        keywords: "enrichment over-representation ORA GO pathway gene ontology hallmark MSigDB GSEA enrichr Fisher hypergeometric gmt",
        about: "Fisher's exact test with one side (hypergeometric), for each group of the table. The background are the genes of\nthe table, so give it all genes that were tested, unfiltered. P-values are adjusted over the sets of a group\n(Benjamini-Hochberg); fold is how many times more genes of a set are among the changed ones than by chance. Sets\ncome from a .gmt file, as MSigDB and Enrichr offer for download: sca does not access the internet.",
        like: &[
            "gseapy.enrichr",
            "gseapy.enrich",
            "dc.run_ora",
            "dc.get_ora_df",
            "clusterProfiler::enricher",
        ],
        examples: &[
            "markers adata by=cell_type; enrich last {T: [CD3D, CD3E, IL7R], B: [MS4A1, CD79A, CD79B]}",
            "m = markers adata by=cell_type; e = enrich(m, {myeloid: [LYZ, CST3, S100A8], T: [CD3D, CD3E]}, lfc=0.5, min_size=2); e[pvals_adj < 0.05]",
        ],
        holds: "the table and the gene sets",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let lists = gene_lists(scene, "sets", &self.sets.0)?;
        let (table, origin) = (self.table.0.clone(), scene.origin());
        let chosen = Chosen {
            least: -math::log10(self.alpha.0),
            lfc: self.lfc.0,
            most: self.top.map_or(usize::MAX, |top| top.0),
        };
        let (least, needs) = (self.min_size.0, (table, lists));
        let found = scene.step(needs, Promise::Table, move |(table, lists), cx| {
            let Some(table) = table.table() else {
                let headline = "`enrich` needs a table of genes";
                let error = Diagnostic::error(code::UNEXPECTED_CONTENT, headline);
                return Err(error.at(&origin).into());
            };
            let tests = Tests::of(table).map_err(|error| error.at(&origin))?;
            let mut rows = Vec::new();
            for group in tests.groups() {
                cx.check()?;
                let (changed, tested) = chosen.changed(&tests, group.as_deref());
                if changed.len() == tested.len() && !changed.is_empty() {
                    return Err(no_background(group.as_deref()).at(&origin).into());
                }
                let sets = kept(&lists, &tested, least);
                rows.extend(enriched(group, &sets, &changed, tested.len()));
            }
            cx.remark(left_out(&lists, &tests, least));
            cx.remark(not_adjusted(&tests));
            let found = of_rows(&rows, tests.is_grouped());
            Ok(Value::Table(Arc::new(found)))
        });
        Ok(Reply::Value(Val::Table(found)))
    }
}

/// A set with its genes that were tested.
type Tested<'a> = (&'a str, Vec<&'a str>);

/// A set in a group.
struct Row {
    group: Option<String>,
    set: String,
    counts: Counts,
    log10_p: f64,
    log10_adjusted: f64,
    genes: String,
}

/// Which genes count as changed.
#[derive(Debug, Clone, Copy)]
struct Chosen {
    /// −log₁₀ of the adjusted p-value, from which they do.
    least: f64,
    lfc: f64,
    most: usize,
}

impl Chosen {
    /// The genes of a group that count as changed, those with the smallest p-values first, and all that
    /// were tested.
    fn changed<'a>(
        &self,
        tests: &'a Tests,
        group: Option<&str>,
    ) -> (Vec<&'a str>, HashSet<&'a str>) {
        let far = |fold: f64| {
            if self.lfc < 0.0 {
                fold <= self.lfc
            } else {
                fold >= self.lfc
            }
        };
        let rows = tests.rows(group);
        let tested = rows.iter().map(|&row| tests.names[row].as_str());
        let tested: HashSet<&str> = tested.collect();
        let is_changed = |row: &usize| tests.heights[*row] > self.least && far(tests.folds[*row]);
        let mut changed: Vec<usize> = rows.iter().copied().filter(is_changed).collect();
        changed.sort_by(|&a, &b| tests.heights[b].total_cmp(&tests.heights[a]));
        let mut seen = HashSet::new();
        let genes = changed.into_iter().map(|row| tests.names[row].as_str());
        let genes = genes.filter(|gene| seen.insert(*gene));
        (genes.take(self.most).collect(), tested)
    }
}

/// The sets of which enough genes were tested.
fn kept<'a>(lists: &'a GeneLists, tested: &HashSet<&str>, least: usize) -> Vec<Tested<'a>> {
    let sets = lists.0.iter().map(|(name, genes)| {
        let mut seen = HashSet::new();
        let genes = genes.iter().map(String::as_str);
        let genes = genes.filter(|gene| tested.contains(gene) && seen.insert(*gene));
        (name.as_str(), genes.collect::<Vec<&str>>())
    });
    sets.filter(|(_, genes)| genes.len() >= least).collect()
}

/// The sets of a group, the smallest p-values first.
fn enriched(
    group: Option<String>,
    sets: &[Tested],
    changed: &[&str],
    background: usize,
) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::with_capacity(sets.len());
    for (name, genes) in sets {
        let genes: HashSet<&str> = genes.iter().copied().collect();
        let both = changed.iter().copied().filter(|gene| genes.contains(gene));
        let both: Vec<&str> = both.collect();
        let counts = Counts {
            background,
            set: genes.len(),
            chosen: changed.len(),
            both: both.len(),
        };
        rows.push(Row {
            group: group.clone(),
            set: (*name).to_owned(),
            counts,
            log10_p: counts.log10_p(),
            log10_adjusted: 0.0,
            genes: both.join(","),
        });
    }
    let pvals: Vec<f64> = rows.iter().map(|row| row.log10_p).collect();
    let adjusted = benjamini_hochberg(&pvals);
    for (row, adjusted) in rows.iter_mut().zip(adjusted) {
        row.log10_adjusted = adjusted;
    }
    rows.sort_by(|a, b| a.log10_p.total_cmp(&b.log10_p));
    rows
}

fn of_rows(rows: &[Row], grouped: bool) -> Table {
    let texts = |of: fn(&Row) -> &str| Column::Text(rows.iter().map(of).collect());
    let wholes = |of: fn(&Row) -> usize| {
        let numbers = rows.iter().map(|row| of(row) as f64);
        Column::numbers(numbers.collect(), NumberType::I64)
    };
    let numbers = |of: fn(&Row) -> f64| {
        let numbers = rows.iter().map(of);
        Column::numbers(numbers.collect(), NumberType::F64)
    };
    let mut table = Table::new();
    if grouped {
        table = table.with("group", texts(|row| row.group.as_deref().unwrap_or("")));
    }
    table
        .with("set", texts(|row| &row.set))
        .with("n_found", wholes(|row| row.counts.both))
        .with("n_set", wholes(|row| row.counts.set))
        .with("n_changed", wholes(|row| row.counts.chosen))
        .with("n_tested", wholes(|row| row.counts.background))
        .with("fold", numbers(|row| row.counts.fold()))
        .with("pvals", numbers(|row| math::exp10(row.log10_p)))
        .with("pvals_adj", numbers(|row| math::exp10(row.log10_adjusted)))
        .with("genes", texts(|row| &row.genes))
}

/// Without genes that did not change there is nothing to compare with.
fn no_background(group: Option<&str>) -> Box<Diagnostic> {
    let of = group.map_or_else(String::new, |group| format!(" of group `{group}`"));
    let headline = format!("every gene{of} in the table counts as changed");
    Diagnostic::error(code::NOT_APPLICABLE, headline)
        .help("the genes of the table are the background: give it unfiltered, with all genes")
}

/// What is said of p-values that `alpha` is not meant for.
fn not_adjusted(tests: &Tests) -> Option<Box<Diagnostic>> {
    let headline = "the table has no adjusted p-values: alpha applies to its p-values as they are";
    (!tests.adjusted).then(|| Diagnostic::note(headline))
}

/// What is said of sets that are left out.
fn left_out(lists: &GeneLists, tests: &Tests, least: usize) -> Option<Box<Diagnostic>> {
    let tested: HashSet<&str> = tests.names.iter().map(String::as_str).collect();
    let small = lists.0.len() - kept(lists, &tested, least).len();
    (small > 0).then(|| {
        let n = lists.0.len();
        let headline =
            format!("left out {small} of {n} sets, of which fewer than {least} genes were tested");
        Diagnostic::note(headline).help("min_size=1 takes all")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_that_are_not_adjusted_are_said() {
        let table = |heading: &str| {
            let numbers = || Column::numbers(vec![0.5], NumberType::F64);
            Table::new()
                .with("names", Column::Text(["CD3D"].into_iter().collect()))
                .with("logfoldchanges", numbers())
                .with(heading, numbers())
        };
        let said = |heading| not_adjusted(&Tests::of(&table(heading)).unwrap()).is_some();
        assert_eq!((said("pvals"), said("pvals_adj")), (true, false));
    }

    #[test]
    fn sets_of_tested_genes_are_ranked_and_adjusted() {
        let list = |name: &str, genes: &[&str]| {
            (
                name.to_owned(),
                genes.iter().map(|gene| (*gene).to_owned()).collect(),
            )
        };
        let lists = GeneLists(vec![
            list("none", &["x", "y", "z"]),
            list("all", &["a", "b", "c", "c", "other"]),
            list("small", &["a", "other"]),
        ]);
        let tested: HashSet<&str> = ["a", "b", "c", "x", "y", "z"].into_iter().collect();
        let sets = kept(&lists, &tested, 2);
        assert_eq!(sets.len(), 2);
        let rows = enriched(None, &sets, &["b", "a", "c"], tested.len());
        assert_eq!(
            (rows[0].set.as_str(), rows[0].genes.as_str()),
            ("all", "b,a,c")
        );
        // One of twenty ways to choose three of six.
        assert!((rows[0].log10_p - math::log10(0.05)).abs() < 1e-12);
        assert!((rows[0].log10_adjusted - math::log10(0.1)).abs() < 1e-12);
        assert_eq!((rows[1].log10_p, rows[1].counts.both), (0.0, 0));
        assert_eq!(rows[0].counts.fold(), 2.0);
    }
}

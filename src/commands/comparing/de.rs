//! `de`: genes that differ between conditions, tested on samples.

use crate::command::params::{Count, Data, Flag, NotNegative, ObsKey, Text};
use crate::command::references;
use crate::command::row_filter::{Headings, Notes};
use crate::command::spec::COUNTS;
use crate::command::{Command, NamedGroups, Reply, Scene, Spec, Val};
use crate::commands::comparing::design::{Design, Term, formula, model};
use crate::data::{
    Column, ColumnType, Dataset, Lazy, Matrix, Names, NumberType, Promise, RowsView, Table, Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::stats::moderated::{
    Fit, ModelError, PriorParams, log2_cpm, moderated, worth_testing,
};
use crate::kernels::stats::rank::adjust::benjamini_hochberg;
use crate::kernels::stats::tmm;
use crate::kernels::ticker::Ticker;
use crate::math;
use crate::plan::{Fault, Folding, Private, Promised};
use crate::source::Origin;
use crate::{params, rows, words};
use ndarray::{Array2, Axis};
use std::sync::Arc;

rows! {
    /// Which rows of the table stay.
    DeRows of COLUMNS
}

words! {
    /// How samples of different depth are made comparable.
    Normalization {
        /// trimmed mean of M-values, robust to a few dominant genes
        Tmm = "tmm",
        /// total counts
        Total = "total",
    }
}

params! {
    De {
        /// Samples: what `pseudobulk` makes.
        #[also("adata")]
        bulk: Data,
        /// Model formula: "~ condition", or "~ condition + donor" to account for donors.
        #[also("design")]
        formula: Text,
        /// The term to test; by default the first.
        test: Option<ObsKey>,
        /// The reference level; by default the first.
        reference: Option<Text>,
        /// Minimum counts of a gene, in a sample of median size, in at least as many samples as the smallest group has.
        #[also("min.count")]
        min_count: NotNegative = 10.0,
        /// How samples are normalized for sequencing depth.
        #[also("norm")]
        normalization: Normalization = Normalization::Tmm,
        /// Let the prior variance follow the mean of the genes: rare genes vary more.
        trend: Flag = true,
        /// Protect against genes with outlying variances.
        robust: Flag = false,
        /// Rows of the table to keep, as in where=(pvals_adj < 0.05).
        r#where: Option<DeRows>,
        /// Number of genes per comparison in the table; by default all.
        top: Option<Count>,
    }
}

impl Command for De {
    const SPEC: Spec = Spec {
        name: "de",
        summary: "Test differential expression between conditions on pseudobulk samples.",
        keywords: "differential expression compare comparison condition conditions DEG limma DESeq2 edgeR pseudobulk treatment",
        about: "limma's moderated t-test on log2 counts per million: the linear model of the formula is fitted to each gene, and variances are shrunk toward those of genes with similar abundance (limma-trend; trend=false: toward a common value). Genes with too few counts are left out, and samples are normalized using the remaining genes. The table has one comparison of each level with the reference; for a numeric column, its slope.",
        reads: &[COUNTS],
        like: &["limma", "DESeq2", "edgeR", "pegasus.deseq2"],
        confused_with: Some((
            "markers",
            "`de` compares samples; `markers` compares groups of cells",
        )),
        examples: &[
            "bulk = pseudobulk(adata, by=[batch, cell_type], min_cells=3); compute (de bulk formula=\"~ cell_type + batch\" reference=\"B\" top=3)",
        ],
        cite: &[
            &references::SMYTH_2004,
            &references::VOOM,
            &references::PHIPSON_2016,
            &references::CHEN_2016,
            &references::TMM,
        ],
        method: "Differential expression between samples was tested with moderated linear models ({formula})[normalization=tmm| after TMM normalization <TMM>] <SMYTH_2004> <VOOM>.",
        holds: "genes × samples",
        tells: &["formula"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.bulk.0.clone();
        let matrix = crate::commands::inputs::counts::counts(scene, &data, None)?;
        if !data.obs.contains_key("n_cells") {
            scene.note(
                Diagnostic::note(
                    "rows are treated as samples, but cells of one sample are not independent",
                )
                .help("bulk = pseudobulk(adata, by=[donor, condition]) sums them up"),
            );
        }
        let terms = formula(scene, &data, &self.formula.0)?;
        let test = self.tested(scene, &terms)?;
        let reference = self.named_reference(scene, &terms[test])?;
        let counts = counts(scene, &data, &matrix);
        let values: Vec<Lazy> = terms.iter().map(|term| term.value.clone()).collect();
        let needs = (counts, scene.gene_names(&data), values);
        let origin = scene.origin();
        let table = scene.step(needs, Promise::Table, move |(counts, names, values), cx| {
            let columns = values.iter().filter_map(Value::column).cloned();
            let columns: Vec<Arc<Column>> = columns.collect();
            let reference = reference.as_ref();
            let table = self.compared(
                (&counts, &names, &columns),
                (&terms, test, reference),
                &origin,
            )?;
            let shown = self.shown(table, &mut |note| cx.remark(note));
            let problem =
                |problem| Diagnostic::error(code::INCOMPATIBLE_OPERANDS, problem).at(&origin);
            Ok(Value::Table(Arc::new(shown.map_err(problem)?)))
        });
        Ok(Reply::Value(Val::Table(table)))
    }
}

impl De {
    /// Which term is tested.
    fn tested(&self, scene: &Scene, terms: &[Term]) -> Outcome<usize> {
        let Some(test) = &self.test else {
            return Ok(0);
        };
        terms
            .iter()
            .position(|term| term.name == test.0)
            .ok_or_else(|| {
                let names: Vec<&str> = terms.iter().map(|term| term.name.as_str()).collect();
                scene
                    .error(
                        "test",
                        code::NO_SUCH_WORD,
                        format!("`{}` is not in the formula", test.0),
                        "is not a term of the formula",
                    )
                    .help(format!("test one of {}", names.join(", ")))
            })
    }

    /// The level that others are compared with: one of the term that is tested.
    fn named_reference(&self, scene: &Scene, term: &Term) -> Outcome<Option<NamedGroups>> {
        let Some(Text(reference)) = &self.reference else {
            return Ok(None);
        };
        let called = format!("obs.{}", term.name);
        if term.value.promise() == Promise::Column(ColumnType::Number) {
            let headline = format!("{called} is numeric and has no levels to compare with");
            let label = "does not apply to a slope";
            return Err(scene.error("reference", code::NOT_APPLICABLE, headline, label));
        }
        let names = vec![reference.clone()];
        let named = scene.named_levels(&term.value, called, "reference", names)?;
        Ok(Some(named))
    }

    fn compared(
        &self,
        (counts, names, columns): (&Array2<f64>, &Names, &[Arc<Column>]),
        (terms, test, reference): (&[Term], usize, Option<&NamedGroups>),
        origin: &Origin,
    ) -> Result<Table, Fault> {
        let design = model(terms, columns, test, reference, origin)?;
        let all = sizes(counts, origin)?;
        let fault = |error: ModelError| fault(error, &design, terms, origin);
        let keep = worth_testing(counts.view(), &all, design.matrix.view(), self.min_count.0);
        let keep = keep.map_err(fault)?;
        let genes: Vec<usize> = (0..keep.len()).filter(|&gene| keep[gene]).collect();
        let counts = counts.select(Axis(1), &genes);
        let mut sizes = sizes(&counts, origin)?;
        if self.normalization == Normalization::Tmm {
            let factors = tmm::factors(counts.view(), &sizes);
            sizes
                .iter_mut()
                .zip(factors)
                .for_each(|(size, f)| *size *= f);
        }
        let logs = log2_cpm(counts.view(), &sizes, 2.0);
        let params = PriorParams {
            trend: self.trend.0,
            robust: self.robust.0,
        };
        let fit = moderated(logs.view(), design.matrix.view(), params).map_err(fault)?;
        let genes: Vec<u32> = genes.into_iter().map(|gene| gene as u32).collect();
        Ok(table(&fit, &design, &names.pick(&genes)))
    }

    /// The rows that are asked for.
    fn shown(&self, mut table: Table, notes: Notes) -> Result<Table, String> {
        if let Some(test) = &self.r#where {
            table = table.pick(&test.0.rows(&table, notes)?);
        }
        Ok(match &self.top {
            Some(top) => crate::commands::comparing::markers::best(&table, top.0),
            None => table,
        })
    }
}

/// Counts of each sample.
fn sizes(counts: &Array2<f64>, origin: &Origin) -> Result<Vec<f64>, Fault> {
    let sizes = counts.sum_axis(Axis(1)).to_vec();
    match sizes.iter().position(|&size| size <= 0.0) {
        Some(empty) if counts.ncols() > 0 => {
            let text = format!("sample {empty} has no counts in {} genes", counts.ncols());
            let said = Diagnostic::error(code::NOT_FINITE, text).at(origin);
            Err(said
                .help("leave the sample out: bulk = bulk[n_cells > 20]")
                .into())
        }
        _ => Ok(sizes),
    }
}

fn fault(error: ModelError, design: &Design, terms: &[Term], origin: &Origin) -> Fault {
    let said = match &error {
        ModelError::TooFewSamples { .. } => Diagnostic::error(code::GROUPS_TOO_SMALL, error.to_string()).help(
            "use more samples or fewer terms: a comparison needs samples that differ in nothing else",
        ),
        ModelError::Confounded { column } => {
            let place = design.term_of[*column].unwrap_or(0);
            let names: Vec<&str> = terms.iter().map(|term| term.name.as_str()).collect();
            let headline = match place {
                0 => format!("obs.{} is confounded with the intercept", names[0]),
                _ => format!(
                    "obs.{} is confounded with obs.{}",
                    names[place],
                    names[..place].join(" and obs.")
                ),
            };
            let mut others = names.clone();
            others.remove(place);
            let help = match &others[..] {
                [] => "it is the same in all samples: compare groups of another column".to_owned(),
                others => format!(
                    "their effects cannot be separated; leave it out: formula=\"~ {}\"",
                    others.join(" + ")
                ),
            };
            Diagnostic::error(code::CONFOUNDED, headline).help(help)
        }
    };
    said.at(origin).into()
}

/// Samples × genes.
fn counts(scene: &Scene, data: &Dataset, matrix: &Matrix) -> Promised<Array2<f64>> {
    let view = scene.view(data, matrix);
    scene.fold(view, (), Private::new(), |extent, ()| {
        let genes = extent.genes;
        Ok(Folding {
            new: Vec::new,
            add: move |rows: &mut Vec<Vec<f64>>, block: RowsView, _: &[u32], _: &Ticker| {
                for row in block.outer_iterator() {
                    let mut dense = vec![0.0; genes];
                    row.iter().for_each(|(gene, &x)| dense[gene] = f64::from(x));
                    rows.push(dense);
                }
                Ok(())
            },
            merge: |into: &mut Vec<Vec<f64>>, next: Vec<Vec<f64>>| into.extend(next),
            finish: move |rows: Vec<Vec<f64>>, _: &Ticker| {
                Ok(Array2::from_shape_fn((rows.len(), genes), |(i, j)| {
                    rows[i][j]
                }))
            },
            partial_bytes: genes as u64 * 8,
        }
        .by_cell())
    })
}

/// The columns of the table.
const COLUMNS: Headings = &[
    ("group", ColumnType::Category),
    ("names", ColumnType::Text),
    ("scores", ColumnType::Number),
    ("logfoldchanges", ColumnType::Number),
    ("mean_log2_cpm", ColumnType::Number),
    ("pvals", ColumnType::Number),
    ("pvals_adj", ColumnType::Number),
    ("log10_pvals", ColumnType::Number),
    ("log10_pvals_adj", ColumnType::Number),
];

/// A row a comparison and gene, the smallest p-values first.
fn table(fit: &Fit, design: &Design, genes: &Names) -> Table {
    let mut numbers: [Vec<f64>; 7] = Default::default();
    let (mut codes, mut names) = (Vec::new(), Vec::new());
    for (code, &column) in (0..).zip(&design.tested) {
        let (t, p) = (&fit.t[column], &fit.log10_pvals[column]);
        let adjusted = benjamini_hochberg(p);
        let mut order: Vec<usize> = (0..t.len()).collect();
        order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
        for gene in order {
            codes.push(code);
            names.push(genes.get(gene));
            let row = [
                t[gene],
                fit.coefficients[column][gene],
                fit.means[gene],
                math::exp10(p[gene]),
                math::exp10(adjusted[gene]),
                p[gene],
                adjusted[gene],
            ];
            numbers
                .iter_mut()
                .zip(row)
                .for_each(|(values, x)| values.push(x));
        }
    }
    let levels = design
        .tested
        .iter()
        .map(|&column| &design.effects[column])
        .collect();
    let table = Table::new()
        .with("group", Column::category(codes, levels))
        .with("names", Column::Text(names.iter().collect()));
    let headings = COLUMNS[2..].iter().map(|(heading, _)| *heading);
    headings
        .zip(numbers)
        .fold(table, |table, (heading, values)| {
            table.with(heading, Column::numbers(values, NumberType::F64))
        })
}

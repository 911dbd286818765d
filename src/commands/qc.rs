//! `qc`: quality metrics of cells and genes.

use crate::command::params::{Count, Data, LayerKey, Many, Text};
use crate::command::{Command, Group, Key, Reply, Scene, Spec, Write};
use crate::data::{
    Column, ColumnType, Dataset, Names, NumberType, Place, Promise, RowsView, SlotName, Value,
};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::qc::{CellMetrics, GeneMetrics, Qc as Metrics, QcParams};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::{Extent, Fault, Fold, Folding};
use regex::Regex;
use std::sync::Arc;

params! {
    Qc {
        /// The dataset.
        adata: Data,
        /// Mitochondrial genes: a prefix such as "MT-", or a regular expression such as "^MT-".
        mt: Option<Text>,
        /// Ribosomal genes, likewise.
        ribo: Option<Text>,
        /// Haemoglobin genes, likewise.
        hb: Option<Text>,
        /// Shares of the counts in the so many highest genes of a cell.
        top: Many<Count> = [50, 100, 200, 500],
        /// A layer of counts to look at instead of X.
        layer: Option<LayerKey>,
    }
}

impl Command for Qc {
    const SPEC: Spec = Spec {
        name: "qc",
        group: Group::Preparing,
        summary: "Measure the quality of cells and genes.",
        about: "Counts, genes and shares of gene sets for each cell; cells, means and dropouts for each gene.",
        writes: &[
            Write::Slot(Place::Obs, Key::Is("n_genes_by_counts")),
            Write::Slot(Place::Obs, Key::Is("log1p_n_genes_by_counts")),
            Write::Slot(Place::Obs, Key::Is("total_counts")),
            Write::Slot(Place::Obs, Key::Is("log1p_total_counts")),
            Write::Slot(Place::Var, Key::Is("n_cells_by_counts")),
            Write::Slot(Place::Var, Key::Is("mean_counts")),
            Write::Slot(Place::Var, Key::Is("pct_dropout_by_counts")),
            Write::Slot(Place::Var, Key::Is("total_counts")),
        ],
        aliases: &[("qc_vars", "mt"), ("percent_top", "top")],
        like: &["sc.pp.calculate_qc_metrics", "PercentageFeatureSet"],
        examples: &[
            "qc adata mt=\"MT-\"",
            "qc adata mt=\"MT-\" ribo=\"^RP[SL]\"",
        ],
        holds: "a few numbers a cell and a gene",
        tells: &["mt"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = (*self.adata.0).clone();
        let matrix = scene.matrix(&data, self.layer.as_ref().map(|layer| layer.0.as_str()))?;
        let sets = self.gene_sets(scene, &data)?;
        let names: Vec<String> = sets.iter().map(|(name, _)| name.clone()).collect();
        let top: Vec<usize> = self.top.0.iter().map(|n| n.0).collect();
        let layout = Layout { sets: names, top };
        let promises: Vec<Promise> = layout
            .columns()
            .iter()
            .map(|_| Promise::Column(ColumnType::Number))
            .collect();
        let masks: Vec<Regex> = sets.into_iter().map(|(_, pattern)| pattern).collect();
        let of_layout = layout.clone();
        let needs = vec![scene.gene_names(&data)];
        let values = scene.fold(
            scene.view(&data, &matrix),
            needs,
            &promises,
            move |extent, needs| start(extent, needs, &masks, &of_layout),
        );
        let mut next = data.clone();
        let from = [SlotName::x()];
        for ((place, name), value) in layout.columns().iter().zip(values) {
            scene.put(&mut next, *place, name, value, &from);
        }
        let said = match layout.sets.len() {
            0 => "obs.n_genes_by_counts, total_counts".to_owned(),
            _ => {
                let sets: Vec<String> = layout
                    .sets
                    .iter()
                    .map(|set| format!("pct_counts_{set}"))
                    .collect();
                format!("obs.n_genes_by_counts, total_counts, {}", sets.join(", "))
            }
        };
        Ok(Reply::Dataset(next, said))
    }
}

impl Qc {
    /// The gene sets that were asked for, as patterns. One that matches nothing is said.
    fn gene_sets(&self, scene: &mut Scene, data: &Dataset) -> Outcome<Vec<(String, Regex)>> {
        let mut sets = Vec::new();
        for (name, given) in [("mt", &self.mt), ("ribo", &self.ribo), ("hb", &self.hb)] {
            let Some(Text(pattern)) = given else {
                continue;
            };
            let regex = pattern_of(pattern).ok_or_else(|| {
                scene.error(
                    name,
                    "E063",
                    format!("`{pattern}` is no regular expression"),
                    "cannot be read as one",
                )
            })?;
            if let Some(genes) = scene.known_genes(data) {
                let n = genes.iter().filter(|gene| regex.is_match(gene)).count();
                let line = match n {
                    0 => {
                        Diagnostic::warning("W120", format!("no gene matches {name}=\"{pattern}\""))
                            .label(scene.args.span(name), "matches nothing")
                            .help(like_those(&genes, pattern))
                    }
                    n => Diagnostic::note(format!("{n} genes match {name}=\"{pattern}\"")),
                };
                scene.note(line);
            }
            sets.push((name.to_owned(), regex));
        }
        Ok(sets)
    }
}

/// A plain text is a prefix; anything with the signs of a regular expression is one.
fn pattern_of(text: &str) -> Option<Regex> {
    let is_regex = text.contains(['^', '$', '[', '(', '|', '\\', '*', '+', '?']);
    if is_regex {
        Regex::new(text).ok()
    } else {
        Regex::new(&format!("^{}", regex::escape(text))).ok()
    }
}

/// `genes are written like mt-Nd1 here`, if another case would match.
fn like_those(genes: &Names, pattern: &str) -> String {
    let lower = pattern.to_lowercase();
    let found = genes
        .iter()
        .find(|gene| gene.to_lowercase().starts_with(&lower));
    match found {
        Some(gene) => format!(
            "genes are written like {gene} here: \"{}\"",
            &gene[..pattern.len()]
        ),
        None => "mitochondrial genes begin with MT- in human and mt- in mouse".to_owned(),
    }
}

/// Which columns there are, in the order of the values.
#[derive(Clone)]
struct Layout {
    sets: Vec<String>,
    top: Vec<usize>,
}

impl Layout {
    fn columns(&self) -> Vec<(Place, String)> {
        let mut columns: Vec<(Place, String)> = [
            "n_genes_by_counts",
            "log1p_n_genes_by_counts",
            "total_counts",
            "log1p_total_counts",
        ]
        .map(|name| (Place::Obs, name.to_owned()))
        .into();
        columns.extend(
            self.top
                .iter()
                .map(|n| (Place::Obs, format!("pct_counts_in_top_{n}_genes"))),
        );
        for set in &self.sets {
            for name in [
                format!("total_counts_{set}"),
                format!("log1p_total_counts_{set}"),
                format!("pct_counts_{set}"),
            ] {
                columns.push((Place::Obs, name));
            }
        }
        columns.extend(self.sets.iter().map(|set| (Place::Var, set.clone())));
        columns.extend(
            [
                "n_cells_by_counts",
                "mean_counts",
                "log1p_mean_counts",
                "pct_dropout_by_counts",
                "total_counts",
                "log1p_total_counts",
            ]
            .map(|name| (Place::Var, name.to_owned())),
        );
        columns
    }

    /// All columns, in the order of [`Layout::columns`].
    fn values(&self, cells: CellMetrics, genes: GeneMetrics, masks: &[Vec<bool>]) -> Vec<Column> {
        let log1p = |values: &[f64]| values.iter().map(|x| x.ln_1p()).collect::<Vec<f64>>();
        let f64s = |values| Column::numbers(values, NumberType::F64);
        let f32s = |values: Vec<f64>| {
            Column::numbers(
                values.iter().map(|&x| f64::from(x as f32)).collect(),
                NumberType::F32,
            )
        };
        let whole = |values| Column::numbers(values, NumberType::I64);
        let n_genes = cells.n_genes_by_counts;
        let mut columns = vec![
            f64s(log1p(&n_genes)),
            f32s(cells.total_counts.clone()),
            f32s(log1p(&cells.total_counts)),
        ];
        columns.insert(0, Column::numbers(n_genes, NumberType::I32));
        columns.extend(cells.pct_counts_in_top.into_iter().map(f64s));
        for (totals, pct) in cells.total_counts_of.into_iter().zip(cells.pct_counts_of) {
            let logs = log1p(&totals);
            columns.extend([f32s(totals), f32s(logs), f32s(pct)]);
        }
        columns.extend(masks.iter().map(|mask| Column::Truth(mask.clone())));
        let (means, totals) = (genes.mean_counts, genes.total_counts);
        let (log_means, log_totals) = (log1p(&means), log1p(&totals));
        columns.extend([
            whole(genes.n_cells_by_counts.into_iter().map(f64::from).collect()),
            f64s(means),
            f64s(log_means),
            f64s(genes.pct_dropout_by_counts),
            f32s(totals),
            f32s(log_totals),
        ]);
        columns
    }
}

fn start(
    extent: Extent,
    needs: &[Value],
    patterns: &[Regex],
    layout: &Layout,
) -> Result<Box<dyn Fold>, Fault> {
    let names = needs[0].names().cloned().unwrap_or_default();
    let masks: Vec<Vec<bool>> = patterns
        .iter()
        .map(|pattern| names.iter().map(|name| pattern.is_match(name)).collect())
        .collect();
    let layout = Layout {
        sets: layout.sets.clone(),
        top: layout.top.clone(),
    };
    let params = Arc::new(QcParams {
        percent_top: layout.top.clone(),
        qc_vars: masks.clone(),
    });
    let n_genes = extent.genes;
    Ok(Box::new(Folding {
        new: move || Metrics::new(n_genes, params.clone()),
        add: |metrics: &mut Metrics, rows: RowsView, cells: &[u32], _: &Ticker| {
            metrics.add(rows, cells);
            Ok(())
        },
        merge: Metrics::merge,
        finish: move |metrics: Metrics, _: &Ticker| {
            let (cells, genes) = metrics.finish();
            if let Some(cell) = cells
                .total_counts
                .iter()
                .position(|total| !total.is_finite())
            {
                return Err(Fault::Said(
                    Diagnostic::error(
                        "E303",
                        format!("cell {cell} holds values that are not finite"),
                    )
                    .help("NaN or infinity came with the file: write it again without them"),
                ));
            }
            let columns = layout.values(cells, genes, &masks);
            Ok(columns
                .into_iter()
                .map(|column| Value::Column(Arc::new(column)))
                .collect())
        },
        partial_bytes: n_genes as u64 * 64,
    }))
}

//! `qc`: quality metrics of cells and genes.

use crate::command::params::{Count, Data, LayerKey, Many, Sets, Text};
use crate::command::spec::COUNTS;
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::counts::checked;
use crate::commands::inputs::truths::truths;
use crate::commands::preprocessing::gene_set::{GeneSet, more_sets};
use crate::data::{
    About, Asked, Column, ColumnType, Dataset, Lazy, NumberType, Place, Promise, RowsView,
    SlotName, Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::qc::{CellMetrics, GeneMetrics, Qc as Metrics, QcParams};
use crate::kernels::ticker::Ticker;
use crate::math;
use crate::params;
use crate::plan::{Extent, Fault, Fold, Folding};
use std::sync::Arc;

params! {
    Qc {
        /// The dataset.
        adata: Data,
        /// Mitochondrial genes: a prefix such as "MT-", a regular expression such as "^MT-", or a list of genes.
        #[also("pattern", "mito")]
        mt: Option<Many<Text>>,
        /// Ribosomal genes, likewise.
        ribo: Option<Many<Text>>,
        /// Hemoglobin genes, likewise.
        hb: Option<Many<Text>>,
        /// More sets: a record such as {stress: ["FOS", "JUN"], hsp: "^HSP"}, or boolean columns of var such as ["mt"].
        #[also("qc_vars")]
        sets: Option<Sets>,
        /// Numbers of top genes for which to compute the percentage of counts.
        #[also("percent_top")]
        top: Many<Count> = [50, 100, 200, 500],
        /// Layer with counts; by default X, or the stored counts if X has been transformed.
        layer: Option<LayerKey>,
    }
}

impl Command for Qc {
    const SPEC: Spec = Spec {
        name: "qc",
        summary: "Compute quality control (QC) metrics of cells and genes.",
        keywords: "quality control mitochondrial ribosomal percent.mt metrics",
        about: "Total counts, detected genes, and percentages of gene sets per cell; number of cells, mean, and dropout rate per gene.",
        reads: &[COUNTS],
        writes: &[
            Write::Slot(Place::Obs, Key::Is("n_genes_by_counts")),
            Write::Slot(Place::Obs, Key::Is("log1p_n_genes_by_counts")),
            Write::Slot(Place::Obs, Key::Is("total_counts")),
            Write::Slot(Place::Obs, Key::Is("log1p_total_counts")),
            Write::Slot(Place::Obs, Key::Pattern("pct_counts_in_top_<n>_genes")),
            Write::Slot(Place::Obs, Key::Pattern("total_counts_<set>")),
            Write::Slot(Place::Obs, Key::Pattern("log1p_total_counts_<set>")),
            Write::Slot(Place::Obs, Key::Pattern("pct_counts_<set>")),
            Write::Slot(Place::Var, Key::Pattern("<set>")),
            Write::Slot(Place::Var, Key::Is("n_cells_by_counts")),
            Write::Slot(Place::Var, Key::Is("mean_counts")),
            Write::Slot(Place::Var, Key::Is("log1p_mean_counts")),
            Write::Slot(Place::Var, Key::Is("pct_dropout_by_counts")),
            Write::Slot(Place::Var, Key::Is("total_counts")),
            Write::Slot(Place::Var, Key::Is("log1p_total_counts")),
        ],
        without: &[
            ("expr_type", "columns are named after counts"),
            ("var_type", "columns are named after genes"),
            ("log1p", "logarithms of the totals are always computed"),
            ("parallel", "`set threads=4` applies to all commands"),
        ],
        like: &["sc.pp.calculate_qc_metrics", "PercentageFeatureSet"],
        examples: &[
            "qc adata mt=\"MT-\"",
            "qc adata mt=\"MT-\" ribo=\"^RP[SL]\"",
            "qc adata sets={t: [\"CD3D\", \"CD3E\"], b: \"CD79\"} top=[20]",
        ],
        method: "Quality control metrics were computed for each cell[mt|, including the percentage of counts from mitochondrial genes ({mt})].",
        holds: "a few numbers per cell and per gene",
        tells: &["mt"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = (*self.adata.0).clone();
        let asked = Asked::layer(self.layer.as_deref());
        let looked = scene.looked(&data, asked, About::Counts)?;
        let looked = checked(scene, looked)?;
        let (from, matrix) = (looked.from(), looked.matrix);
        let sets = self.gene_sets(scene, &data)?;
        let names: Vec<String> = sets.iter().map(|set| set.name.clone()).collect();
        let needs: Vec<Lazy> = sets
            .into_iter()
            .map(|set| set.flags(scene, &data))
            .collect();
        let top: Vec<usize> = self.top.0.iter().map(|n| n.0).collect();
        let layout = Layout { sets: names, top };
        let promises: Vec<Promise> = layout
            .columns()
            .iter()
            .map(|(place, name)| match place {
                Place::Var if layout.sets.contains(name) => Promise::Column(ColumnType::Bool),
                _ => Promise::Column(ColumnType::Number),
            })
            .collect();
        let of_layout = layout.clone();
        let values = scene.fold(
            scene.view(&data, &matrix),
            needs,
            promises,
            move |extent, flags| start(extent, &flags, &of_layout),
        );
        let mut next = data.clone();
        for ((place, name), value) in layout.columns().iter().zip(values) {
            // A column of cells sums over the genes that there are, and one of genes over the cells.
            let others = match place {
                Place::Obs => SlotName::genes(),
                _ => SlotName::cells(),
            };
            let from = [&from[..], &[others]].concat();
            let value = if name == "n_genes_by_counts" {
                value
            } else {
                value.measured()
            };
            scene.put(&mut next, *place, name, value, &from);
        }
        let written = ["n_genes_by_counts", "total_counts"].map(str::to_owned);
        let of_sets = layout.sets.iter().map(|set| format!("pct_counts_{set}"));
        let written = written.into_iter().chain(of_sets);
        let written = written.map(|key| SlotName::new(Place::Obs, key)).collect();
        Ok(Reply::Dataset(next, written))
    }
}

impl Qc {
    /// The gene sets that were asked for.
    fn gene_sets(&self, scene: &Scene, data: &Dataset) -> Outcome<Vec<GeneSet>> {
        let mut sets = Vec::new();
        for (name, given) in [("mt", &self.mt), ("ribo", &self.ribo), ("hb", &self.hb)] {
            if let Some(Many(texts)) = given {
                sets.push(GeneSet::of_texts(scene, name, name, texts)?);
            }
        }
        if let Some(Sets(given)) = &self.sets {
            sets.extend(more_sets(scene, data, given)?);
        }
        Ok(sets)
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
        let log1p = |values: &[f64]| values.iter().map(|&x| math::ln_1p(x)).collect::<Vec<f64>>();
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
        columns.extend(masks.iter().map(|mask| Column::Bool(mask.clone())));
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

/// `flags` are a column of booleans for each set.
fn start(
    extent: Extent,
    flags: &[Value],
    layout: &Layout,
) -> Result<Box<dyn Fold<Vec<Value>>>, Fault> {
    let not_boolean = || {
        let headline = "a set of genes is not a column of true and false";
        Diagnostic::error(code::UNEXPECTED_CONTENT, headline)
            .help("a list of genes or a prefix makes a set: sets={stress: [\"FOS\", \"JUN\"], hsp: \"^HSP\"}")
    };
    let masks = flags
        .iter()
        .map(|value| truths(value).ok_or_else(not_boolean));
    let masks: Vec<Vec<bool>> = masks.collect::<Outcome<_>>()?;
    let layout = Layout {
        sets: layout.sets.clone(),
        top: layout.top.clone(),
    };
    let params = Arc::new(QcParams {
        percent_top: layout.top.clone(),
        qc_vars: masks.clone(),
    });
    let n_genes = extent.genes;
    Ok(Folding {
        new: move || Metrics::new(n_genes, params.clone()),
        add: |metrics: &mut Metrics, rows: RowsView, cells: &[u32], _: &Ticker| {
            metrics.add(rows, cells);
            Ok(())
        },
        merge: Metrics::merge,
        finish: move |metrics: Metrics, _: &Ticker| {
            let (cells, genes) = metrics.finish();
            let columns = layout.values(cells, genes, &masks);
            Ok(columns
                .into_iter()
                .map(|column| Value::Column(Arc::new(column)))
                .collect())
        },
        partial_bytes: n_genes as u64 * 64,
    }
    .exact())
}

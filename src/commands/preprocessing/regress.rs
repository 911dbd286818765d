//! `regress`: columns of obs regressed out of each gene.

use crate::command::params::{Data, LayerKey, Many, ObsKey};
use crate::command::spec::LOG_X;
use crate::command::transformed::{Kept, Transformed};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::groups::{Groups, groups_of_all};
use crate::commands::passes::gene_sums::group_sums;
use crate::commands::preprocessing::cell_numbers::{self, Model};
use crate::commands::preprocessing::dense_step::{DenseStep, Fill};
use crate::data::{ColumnType, Dataset, Matrix, Place, Promise, RowsView, SlotName, State};
use crate::diagnostic::Outcome;
use crate::kernels::methods::regress::{Regression, RegressionSums, subtract_group_means};
use crate::kernels::stats::sums::{GroupSums, Of};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::{Edges, Folding, Private, Promised};
use std::sync::Arc;

params! {
    Regress {
        /// The dataset.
        adata: Data,
        /// Columns of obs to regress out; numeric, boolean, or categorical.
        #[also("vars.to.regress")]
        keys: Many<ObsKey>,
        /// Regress a layer instead of X.
        layer: Option<LayerKey>,
    }
}

impl Command for Regress {
    const SPEC: Spec = Spec {
        name: "regress",
        summary: "Regress out unwanted sources of variation.",
        keywords: "regression covariates confounders batch correction cell cycle regression",
        about: "Least squares per gene; residuals are computed block by block while reading. Select variable genes first: residuals are dense.\nLog values are kept in layers.log; markers, scores, and figures use them.",
        reads: &[LOG_X],
        writes: &[
            Write::X(State::Corrected),
            Write::Slot(Place::Layers, Key::Pattern("log")),
        ],
        like: &["sc.pp.regress_out", "ScaleData(vars.to.regress)"],
        examples: &[
            "qc adata mt=\"MT-\"; hvg adata n=200; filter_genes adata (highly_variable); regress adata [total_counts, pct_counts_mt]",
            "regress adata batch",
        ],
        method: "The effects of {keys} were regressed out.",
        holds: "a few numbers per gene",
        tells: &["keys"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut to = Transformed::new(scene, &self.adata.0, self.layer.as_deref())?;
        let keys = self.keys.texts();
        let regressed = match &keys[..] {
            [key] if !is_number(&to.data, key) => by_group(scene, &to.data, &to.matrix, key)?,
            keys => by_numbers(scene, &to.data, &to.matrix, keys)?,
        };
        to.put(regressed, Kept::Logs("log"));
        Ok(to.reply())
    }
}

fn is_number(data: &Dataset, key: &str) -> bool {
    let slot = data.slot(&SlotName::new(Place::Obs, key));
    let promise = slot.map(|slot| slot.value.promise());
    matches!(promise, Some(Promise::Column(ColumnType::Number)))
}

/// Each gene minus its mean in the cell's group.
fn by_group(scene: &Scene, data: &Dataset, matrix: &Matrix, key: &str) -> Outcome<Matrix> {
    let groups = groups_of_all(scene, data, key)?;
    let sums = group_sums(scene, data, matrix, Of::Value, Some(groups.clone()));
    type Values = (Arc<Groups>, Arc<GroupSums>);
    let prepare = |(groups, sums): Values, genes: &[usize]| -> Fill {
        let means: Vec<Vec<f64>> = sums
            .each_group()
            .iter()
            .map(|group| {
                let means = group.means();
                genes.iter().map(|&gene| means[gene]).collect()
            })
            .collect();
        Box::new(move |rows: RowsView, cells: &[u32]| {
            subtract_group_means(rows, cells, &groups.codes, &means)
        })
    };
    let step = DenseStep {
        needs: Edges::new((groups, sums)),
        prepare,
    };
    Ok(scene.row_step(data, matrix, step, State::Corrected))
}

/// Residuals of least squares on numbers.
fn by_numbers(scene: &Scene, data: &Dataset, matrix: &Matrix, keys: &[String]) -> Outcome<Matrix> {
    let fit = fit(scene, data, matrix, keys)?;
    let prepare = |fit: Arc<Regression>, genes: &[usize]| -> Fill {
        let fit = fit.picked(genes);
        Box::new(move |rows: RowsView, cells: &[u32]| fit.residuals(rows, cells))
    };
    let step = DenseStep {
        needs: Edges::new(fit),
        prepare,
    };
    Ok(scene.row_step(data, matrix, step, State::Corrected))
}

fn fit(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    keys: &[String],
) -> Outcome<Promised<Regression>> {
    let model = Model {
        keys: keys.to_vec(),
        batch: None,
        without,
    };
    let covariates = cell_numbers::promised(scene, data, model, None)?;
    let view = scene.view(data, matrix);
    Ok(scene.fold(
        view,
        covariates,
        Private::new(),
        move |extent, covariates| {
            let n_columns = covariates.n_columns() as u64;
            Ok(Folding {
                new: move || RegressionSums::new(extent.genes, Arc::clone(&covariates)),
                add: |sums: &mut RegressionSums, rows: RowsView, cells: &[u32], _: &Ticker| {
                    sums.add(rows, cells);
                    Ok(())
                },
                merge: RegressionSums::merge,
                finish: |sums: RegressionSums, _: &Ticker| Ok(sums.finish()),
                partial_bytes: extent.genes as u64 * 64 * (1 + n_columns),
            }
            .exact())
        },
    ))
}

/// The statement without a column.
fn without(_: &str, others: &[String]) -> String {
    match others {
        [one] => format!("regress adata {one}"),
        many => format!("regress adata [{}]", many.join(", ")),
    }
}

//! Scaling, regression, batch correction and Pearson residuals.

use std::sync::Arc;

use ndarray::Array2;
use sca::kernels::Rows;
use sca::kernels::linalg::covariates::Covariates;
use sca::kernels::methods::combat::CombatSums;
use sca::kernels::methods::normalize::Totals;
use sca::kernels::methods::pearson::{PearsonParams, PearsonResiduals};
use sca::kernels::methods::regress::RegressionSums;
use sca::kernels::methods::scale::Scaling;
use sca::kernels::stats::sums::{GroupSums, Of};

use crate::read::{self, H5ad, all_cells, close, select_genes};

struct Input {
    logged: Rows,
    counts: Rows,
    input: H5ad,
    expected: H5ad,
}

impl Input {
    fn read() -> Option<Self> {
        let input = read::reference("log_normalized.h5ad")?;
        let hvg = read::reference("hvg.h5ad")?.column("var/seurat_2000__highly_variable");
        Some(Self {
            logged: select_genes(&input.rows("X", hvg.len()), &hvg),
            counts: select_genes(&input.rows("layers/counts", hvg.len()), &hvg),
            input,
            expected: read::reference("transforms_first_200_cells.h5ad")?,
        })
    }

    fn sums(&self, rows: &Rows) -> GroupSums {
        let mut sums = GroupSums::all_cells(rows.cols(), Of::Value);
        sums.add(rows.view(), &all_cells(rows));
        sums
    }

    fn check(&self, layer: &str, dense: &Array2<f32>) {
        let found: Vec<f64> = dense.iter().copied().map(f64::from).collect();
        let expected = self.expected.column(&format!("layers/{layer}"));
        close(layer, &found, &expected, 1e-4, 1e-4);
    }
}

/// The first 200 rows, whose results are in the reference.
fn first(rows: &Rows) -> Rows {
    rows.slice_outer(0..200).to_owned()
}

#[test]
fn scaled() {
    let Some(input) = Input::read() else { return };
    let scaling = Scaling::new(&input.sums(&input.logged).all(), true, Some(10.0));
    close(
        "mean",
        &scaling.mean,
        &input.expected.column("var/mean"),
        1e-6,
        1e-9,
    );
    close(
        "std",
        &scaling.sd,
        &input.expected.column("var/std"),
        1e-6,
        1e-9,
    );
    input.check("scaled_max10", &scaling.dense(first(&input.logged).view()));
}

#[test]
fn regressed() {
    let Some(input) = Input::read() else { return };
    let column = |name: &str| input.input.column(&format!("obs/{name}"));
    let columns = [column("total_counts"), column("pct_counts_mt")];
    let covariates = Arc::new(Covariates::new(input.logged.rows(), &columns));
    let mut sums = RegressionSums::new(2000, covariates);
    sums.add(input.logged.view(), &all_cells(&input.logged));
    let rows = first(&input.logged);
    let residuals = sums.finish().residuals(rows.view(), &all_cells(&rows));
    input.check("regressed", &residuals);
}

#[test]
fn batches_corrected() {
    let Some(input) = Input::read() else { return };
    let batches = Arc::from(input.input.codes("obs/batch"));
    let covariates = Arc::new(Covariates::new(input.logged.rows(), &[]));
    let mut sums = CombatSums::new(2000, batches, 3, covariates).unwrap();
    sums.add(input.logged.view(), &all_cells(&input.logged));
    let rows = first(&input.logged);
    let corrected = sums
        .finish()
        .unwrap()
        .corrected(rows.view(), &all_cells(&rows));
    input.check("combat", &corrected);
}

#[test]
fn pearson_residuals() {
    let Some(input) = Input::read() else { return };
    let mut totals = Totals::new(None);
    totals.add(input.counts.view(), &all_cells(&input.counts));
    let genes = input.sums(&input.counts).all().sum;
    let pearson = PearsonResiduals::new(&genes, totals.finish(), &PearsonParams::default());
    let rows = first(&input.counts);
    input.check(
        "pearson_residuals",
        &pearson.residuals(rows.view(), &all_cells(&rows)),
    );
}

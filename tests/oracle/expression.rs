//! Quality control, normalization and highly variable genes against scanpy 1.11.5 on PBMC 3k.

use std::sync::Arc;

use crate::read::{self, all_cells, close, same_flags};
use sca::kernels::Rows;
use sca::kernels::methods::hvg::dispersion::{self, DispersionParams, Flavor, Select};
use sca::kernels::methods::hvg::pearson::{BatchSums, Residuals};
use sca::kernels::methods::hvg::seurat_v3::{Clipped, Expected};
use sca::kernels::methods::hvg::{RankOrder, Ranking, rank_genes};
use sca::kernels::methods::log1p::log1p;
use sca::kernels::methods::normalize::{HighlyExpressed, Totals, divide, size_factors};
use sca::kernels::methods::pearson::PearsonParams;
use sca::kernels::methods::qc::{Qc, QcParams};
use sca::kernels::stats::sums::{GroupSums, Of};
use sca::kernels::ticker::Ticker;

const N_GENES: usize = 13_714;

#[test]
fn quality_control() {
    let Some(reference) = read::reference("qc.h5ad") else {
        return;
    };
    let Some(data) = read::data("pbmc3k/pbmc3k_raw.h5ad") else {
        return;
    };
    let names = reference.names("var/_index");
    let rows = data.rows("X", names.len());
    let set = |starts: fn(&str) -> bool| names.iter().map(|name| starts(name)).collect();
    let params = QcParams {
        qc_vars: vec![
            set(|name| name.starts_with("MT-")),
            set(|name| name.starts_with("RPS") || name.starts_with("RPL")),
        ],
        ..Default::default()
    };
    let mut qc = Qc::new(names.len(), Arc::new(params));
    qc.add(rows.view(), &all_cells(&rows));
    let (cells, genes) = qc.finish();
    let check = |column: &str, values: &[f64]| {
        close(column, values, &reference.column(column), 1e-6, 1e-9);
    };
    check("obs/n_genes_by_counts", &cells.n_genes_by_counts);
    check("obs/total_counts", &cells.total_counts);
    for (i, n) in [50, 100, 200, 500].iter().enumerate() {
        let column = format!("obs/pct_counts_in_top_{n}_genes");
        check(&column, &cells.pct_counts_in_top[i]);
    }
    for (i, set) in ["mt", "ribo"].iter().enumerate() {
        check(
            &format!("obs/total_counts_{set}"),
            &cells.total_counts_of[i],
        );
        check(&format!("obs/pct_counts_{set}"), &cells.pct_counts_of[i]);
    }
    let n_cells: Vec<f64> = genes
        .n_cells_by_counts
        .iter()
        .map(|&n| f64::from(n))
        .collect();
    check("var/n_cells_by_counts", &n_cells);
    check("var/mean_counts", &genes.mean_counts);
    check("var/pct_dropout_by_counts", &genes.pct_dropout_by_counts);
    check("var/total_counts", &genes.total_counts);
}

fn totals(rows: &Rows, excluded: Option<&[bool]>) -> Vec<f64> {
    let mut totals = Totals::new(excluded.map(Into::into));
    totals.add(rows.view(), &all_cells(rows));
    totals.finish()
}

#[test]
fn normalization() {
    let Some(reference) = read::reference("log_normalized.h5ad") else {
        return;
    };
    let counts = reference.rows("layers/counts", N_GENES);
    let cells = all_cells(&counts);
    let mut normalized = counts.clone();
    divide(
        &mut normalized,
        &cells,
        &size_factors(&totals(&counts, None), Some(1e4)).factors,
    );
    log1p(normalized.data_mut(), None);
    let as_f64 = |rows: &Rows| -> Vec<f64> { rows.data().iter().copied().map(f64::from).collect() };
    let expected = as_f64(&reference.rows("X", N_GENES));
    close(
        "log-normalized",
        &as_f64(&normalized),
        &expected,
        1e-6,
        1e-7,
    );

    let Some(sums) = read::reference_csv("normalize_row_sums.csv") else {
        return;
    };
    let column = |c: usize| -> Vec<f64> {
        sums[1..]
            .iter()
            .map(|line| line[c].parse().unwrap())
            .collect()
    };
    let mut median = counts.clone();
    divide(
        &mut median,
        &cells,
        &size_factors(&totals(&counts, None), None).factors,
    );
    close(
        "median target",
        &totals(&median, None),
        &column(1),
        1e-6,
        1e-3,
    );
    let mut high = HighlyExpressed::new(N_GENES, 0.05);
    high.add(counts.view());
    let some = totals(&counts, Some(&high.finish()));
    let mut excluding = counts.clone();
    divide(
        &mut excluding,
        &cells,
        &size_factors(&some, Some(1e4)).factors,
    );
    close(
        "excluding",
        &totals(&excluding, None),
        &column(2),
        1e-6,
        1e-3,
    );
}

struct Hvg {
    counts: Rows,
    logged: Rows,
    batches: Arc<[u32]>,
    reference: read::H5ad,
    name_rank: Vec<u32>,
}

impl Hvg {
    fn read() -> Option<Self> {
        let input = read::reference("log_normalized.h5ad")?;
        let names = input.names("var/_index");
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by(|&a, &b| names[a].cmp(&names[b]));
        let mut name_rank = vec![0; names.len()];
        (0..)
            .zip(order)
            .for_each(|(rank, gene)| name_rank[gene] = rank);
        Some(Self {
            counts: input.rows("layers/counts", N_GENES),
            logged: input.rows("X", N_GENES),
            batches: input.codes("obs/batch").into(),
            reference: read::reference("hvg.h5ad")?,
            name_rank,
        })
    }

    fn sums(&self, rows: &Rows, of: Of, by_batch: bool) -> GroupSums {
        let mut sums = if by_batch {
            GroupSums::by_group(N_GENES, of, Arc::clone(&self.batches), 3)
        } else {
            GroupSums::all_cells(N_GENES, of)
        };
        sums.add(rows.view(), &all_cells(rows));
        sums
    }

    fn check_dispersions(&self, variant: &str, found: &dispersion::Dispersions) {
        let column = |name: &str| self.reference.column(&format!("var/{variant}__{name}"));
        close("means", &found.means, &column("means"), 1e-6, 1e-12);
        close(
            "dispersions",
            &found.dispersions,
            &column("dispersions"),
            1e-5,
            1e-5,
        );
        close(
            "norm",
            &found.dispersions_norm,
            &column("dispersions_norm"),
            1e-4,
            1e-4,
        );
        same_flags(variant, &found.highly_variable, &column("highly_variable"));
    }

    /// scanpy ranks genes with equal scores in an arbitrary order: `n_arbitrary` genes may differ.
    fn check_ranking(&self, variant: &str, ranking: &Ranking, score: &str, n_arbitrary: usize) {
        let column = |name: &str| self.reference.column(&format!("var/{variant}__{name}"));
        close(score, &ranking.mean_score, &column(score), 1e-7, 1e-12);
        let selected = column("highly_variable");
        let flags = ranking.highly_variable.iter().zip(&selected);
        let differing = flags.filter(|(a, b)| **a != (**b != 0.0)).count();
        assert!(
            differing <= n_arbitrary,
            "{variant}: {differing} genes differ"
        );
    }
}

const EXPM1: Of = Of::Expm1 { ln_base: 1.0 };

#[test]
fn dispersions() {
    let Some(hvg) = Hvg::read() else { return };
    let sums = hvg.sums(&hvg.logged, EXPM1, false).all();
    let default = DispersionParams::default();
    let top = DispersionParams {
        select: Select::Top(2000),
        ..default
    };
    hvg.check_dispersions("seurat_cutoffs", &dispersion::select(&sums, &default));
    hvg.check_dispersions("seurat_2000", &dispersion::select(&sums, &top));
    let batches = hvg.sums(&hvg.logged, EXPM1, true).each_group();
    let merged = dispersion::select_by_batch(&batches, &top, Some(&hvg.name_rank));
    hvg.check_dispersions("seurat_2000_batch", &merged);
    let cell_ranger = DispersionParams {
        flavor: Flavor::CellRanger,
        ..top
    };
    let sums = hvg.sums(&hvg.logged, Of::Value, false).all();
    hvg.check_dispersions("cell_ranger_2000", &dispersion::select(&sums, &cell_ranger));
}

fn seurat_v3(hvg: &Hvg, by_batch: bool) -> Vec<Vec<f64>> {
    let sums = hvg.sums(&hvg.counts, Of::Value, by_batch).each_group();
    let expected = sums.iter().map(|sums| Expected::new(sums, 0.3)).collect();
    let mut clipped = Clipped::new(expected, by_batch.then(|| Arc::clone(&hvg.batches)));
    clipped.add(hvg.counts.view(), &all_cells(&hvg.counts));
    clipped.finish()
}

#[test]
fn seurat_v3_variances() {
    let Some(hvg) = Hvg::read() else { return };
    let one = rank_genes(&seurat_v3(&hvg, false), 2000, RankOrder::MedianRank);
    hvg.check_ranking("seurat_v3_2000", &one, "variances_norm", 2);
    let merged = rank_genes(&seurat_v3(&hvg, true), 2000, RankOrder::Batches);
    hvg.check_ranking("seurat_v3_paper_2000_batch", &merged, "variances_norm", 6);
}

#[test]
fn pearson_residual_variances() {
    let Some(hvg) = Hvg::read() else { return };
    let sums = hvg.sums(&hvg.counts, Of::Value, false).all();
    let batch = BatchSums {
        genes: sums.sum,
        n_cells: sums.n_cells,
    };
    let params = PearsonParams::default();
    let mut residuals = Residuals::new(&[batch], totals(&hvg.counts, None), None, &params);
    let ticker = Ticker::new();
    residuals.add(hvg.counts.view(), &all_cells(&hvg.counts));
    let ranking = rank_genes(
        &residuals.finish(&ticker).unwrap(),
        2000,
        RankOrder::Batches,
    );
    hvg.check_ranking("pearson_2000", &ranking, "residual_variances", 0);
}

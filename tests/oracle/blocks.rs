//! Blocks of any size, merged in any order, give the same bits.

use std::sync::Arc;

use sca::kernels::linalg::covariates::Covariates;
use sca::kernels::methods::combat::CombatSums;
use sca::kernels::methods::filter::{CellCriteria, GeneCriteria};
use sca::kernels::methods::hvg::pearson::{BatchSums, Residuals};
use sca::kernels::methods::hvg::seurat_v3::{Clipped, Expected};
use sca::kernels::methods::log1p::log1p;
use sca::kernels::methods::normalize::{HighlyExpressed, Totals};
use sca::kernels::methods::pearson::PearsonParams;
use sca::kernels::methods::qc::{Qc, QcParams};
use sca::kernels::methods::regress::RegressionSums;
use sca::kernels::methods::score::{GeneSet, Scores};
use sca::kernels::random::generators::Stream;
use sca::kernels::stats::gene_major::{GeneMajor, groups_of_values};
use sca::kernels::stats::rank::logistic::logistic;
use sca::kernels::stats::rank::rank_sum::{Against, Panel, Sizes, rank_sum};
use sca::kernels::stats::sums::{GroupSums, NO_GROUP, Of};
use sca::kernels::ticker::Ticker;
use sca::kernels::{Rows, RowsView};

const N_CELLS: usize = 203;
const N_GENES: usize = 40;

/// Values of very different sizes, some negative, a third of them zero.
fn rows() -> Rows {
    let mut stream = Stream::new(9, 9);
    let (mut indptr, mut genes, mut values) = (vec![0], Vec::new(), Vec::new());
    for _ in 0..N_CELLS {
        for gene in 0..N_GENES as u32 {
            if stream.below(3) > 0 {
                genes.push(gene);
                values.push((stream.normal() * 3.0).exp() as f32);
            }
        }
        indptr.push(genes.len());
    }
    Rows::new((N_CELLS, N_GENES), indptr, genes, values)
}

fn groups() -> Arc<[u32]> {
    (0..N_CELLS as u32)
        .map(|cell| {
            if cell % 5 == 4 {
                NO_GROUP
            } else {
                cell % 5 % 3
            }
        })
        .collect()
}

/// Checks that `new`, fed with blocks by `add`, merged last block first and first block first,
/// `finish`es alike.
fn same<A, R: PartialEq>(
    new: impl Fn() -> A,
    add: impl Fn(&mut A, RowsView<'_>, &[u32]),
    merge: impl Fn(&mut A, A),
    finish: impl Fn(A) -> R,
) {
    let rows = rows();
    let cells: Vec<u32> = (0..N_CELLS as u32).collect();
    let in_blocks = |size: usize, backwards: bool| {
        let mut starts: Vec<usize> = (0..N_CELLS).step_by(size).collect();
        if backwards {
            starts.reverse();
        }
        let mut all = new();
        for start in starts {
            let end = (start + size).min(N_CELLS);
            let mut block = new();
            add(&mut block, rows.slice_outer(start..end), &cells[start..end]);
            merge(&mut all, block);
        }
        finish(all)
    };
    let whole = in_blocks(N_CELLS, false);
    for (size, backwards) in [(1, false), (7, true), (64, false), (100, true)] {
        assert!(in_blocks(size, backwards) == whole, "blocks of {size}");
    }
}

#[test]
fn moments() {
    same(
        || GroupSums::by_group(N_GENES, Of::Expm1 { ln_base: 1e-4 }, groups(), 3),
        |sums, rows, cells| sums.add(rows, cells),
        GroupSums::merge,
        |sums| {
            let rests = sums.rests();
            let each: Vec<_> = (0..sums.n_groups()).map(|group| rests.of(group)).collect();
            (sums.each_group(), each, sums.all())
        },
    );
}

#[test]
fn quality_and_totals() {
    let params = Arc::new(QcParams {
        percent_top: vec![3, 10],
        qc_vars: vec![(0..N_GENES).map(|gene| gene % 7 == 0).collect()],
    });
    same(
        || Qc::new(N_GENES, Arc::clone(&params)),
        |qc, rows, cells| qc.add(rows, cells),
        Qc::merge,
        Qc::finish,
    );
    same(
        CellCriteria::default,
        |criteria, rows, cells| criteria.add(rows, cells),
        CellCriteria::merge,
        CellCriteria::finish,
    );
    same(
        || GeneCriteria::new(N_GENES),
        |criteria, rows, _| criteria.add(rows),
        GeneCriteria::merge,
        GeneCriteria::finish,
    );
    same(
        || HighlyExpressed::new(N_GENES, 0.5),
        |high, rows, _| high.add(rows),
        HighlyExpressed::merge,
        HighlyExpressed::finish,
    );
    same(
        || Totals::new(None),
        |totals, rows, cells| totals.add(rows, cells),
        Totals::merge,
        Totals::finish,
    );
}

#[test]
fn variable_genes() {
    let mut sums = GroupSums::by_group(N_GENES, Of::Value, groups(), 3);
    let cells: Vec<u32> = (0..N_CELLS as u32).collect();
    sums.add(rows().view(), &cells);
    let batches = sums.each_group();
    let expected: Arc<[Expected]> = batches.iter().map(|b| Expected::new(b, 0.5)).collect();
    same(
        || Clipped::new(Arc::clone(&expected), Some(groups())),
        |clipped, rows, cells| clipped.add(rows, cells),
        Clipped::merge,
        Clipped::finish,
    );
    let batch = |sums: &sca::kernels::stats::sums::GeneSums| BatchSums {
        genes: sums.sum.clone(),
        n_cells: sums.n_cells,
    };
    let batches: Vec<BatchSums> = batches.iter().map(batch).collect();
    let totals: Vec<f64> = (0..N_CELLS).map(|cell| 1.0 + cell as f64 / 7.0).collect();
    same(
        || {
            let groups = Some(groups().to_vec());
            Residuals::new(&batches, totals.clone(), groups, &PearsonParams::default())
        },
        |residuals, rows, cells| residuals.add(rows, cells),
        Residuals::merge,
        |residuals| residuals.finish(&Ticker::new()).unwrap(),
    );
}

#[test]
fn scores_and_corrections() {
    let set = GeneSet {
        genes: vec![1, 2, 3],
        controls: vec![7, 9],
    };
    same(
        || Scores::new(N_GENES, std::slice::from_ref(&set)),
        |scores, rows, cells| scores.add(rows, cells),
        Scores::merge,
        Scores::finish,
    );
    let column = (0..N_CELLS).map(|cell| (cell as f64 * 0.7).sin()).collect();
    let covariates = Arc::new(Covariates::new(N_CELLS, &[column]));
    same(
        || RegressionSums::new(N_GENES, Arc::clone(&covariates)),
        |sums, rows, cells| sums.add(rows, cells),
        RegressionSums::merge,
        RegressionSums::finish,
    );
    let batches: Arc<[u32]> = (0..N_CELLS as u32).map(|cell| cell % 2).collect();
    same(
        || CombatSums::new(N_GENES, Arc::clone(&batches), 2, Arc::clone(&covariates)).unwrap(),
        |sums, rows, cells| sums.add(rows, cells),
        CombatSums::merge,
        |sums| sums.finish().unwrap(),
    );
}

/// Any number of threads gives the same bits.
#[test]
fn threads() {
    let rows = rows();
    let cells: Vec<u32> = (0..N_CELLS as u32).collect();
    let all = || {
        let mut genes = GeneMajor::new(0..N_GENES as u32);
        genes.add(rows.view(), &cells);
        let genes = genes.finish(N_CELLS);
        let indptr = genes.proper_indptr();
        let codes = groups_of_values(genes.view(), &groups());
        let panel = Panel {
            indptr: &indptr,
            values: genes.data(),
            groups: &codes,
        };
        let of = |group| groups().iter().filter(|g| **g == group).count() as u64;
        let sizes = Sizes {
            groups: vec![of(0), of(1), of(2)],
            ungrouped: of(NO_GROUP),
        };
        let tests = rank_sum(panel, &sizes, Against::Rest, &Ticker::new()).unwrap();
        let mut logged = rows.clone();
        log1p(logged.data_mut(), None);
        let fit = logistic(
            logged.view(),
            &groups(),
            3,
            &Default::default(),
            &Ticker::new(),
        );
        (tests, fit.unwrap())
    };
    let with = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n)
            .build()
            .unwrap();
        pool.install(all)
    };
    let one = with(1);
    assert!(with(2) == one && with(7) == one);
}

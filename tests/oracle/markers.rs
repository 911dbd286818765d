//! Marker genes against scanpy 1.11.5 on PBMC 3k with published labels.

use std::collections::HashMap;
use std::sync::Arc;

use crate::read::{self, all_cells};
use sca::kernels::Rows;
use sca::kernels::stats::gene_major::{GeneMajor, groups_of_values};
use sca::kernels::stats::rank::logistic::{LogisticParams, logistic};
use sca::kernels::stats::rank::rank_sum::{Against, Panel, Sizes, rank_sum};
use sca::kernels::stats::rank::t_test::{Variance, t_test};
use sca::kernels::stats::rank::{Test, adjust, fold_change};
use sca::kernels::stats::sums::{GroupSums, Of};
use sca::kernels::ticker::Ticker;

struct Labeled {
    rows: Rows,
    groups: Vec<u32>,
    group_names: Vec<String>,
    gene_of: HashMap<String, usize>,
}

impl Labeled {
    fn read() -> Option<Self> {
        let input = read::reference("log_normalized.h5ad")?;
        let genes = input.names("var/_index");
        Some(Self {
            rows: input.rows("X", genes.len()),
            groups: input.codes("obs/cell_type"),
            group_names: input.names("obs/cell_type/categories"),
            gene_of: genes.into_iter().zip(0..).collect(),
        })
    }

    fn sums(&self) -> GroupSums {
        let groups = Arc::from(self.groups.clone());
        let mut sums =
            GroupSums::by_group(self.rows.cols(), Of::Value, groups, self.group_names.len());
        sums.add(self.rows.view(), &all_cells(&self.rows));
        sums
    }

    fn rank_sums(&self, against: Against, tie_corrected: bool) -> Vec<Test> {
        let mut genes = GeneMajor::new(0..self.rows.cols() as u32);
        genes.add(self.rows.view(), &all_cells(&self.rows));
        let by_gene = genes.finish(self.rows.rows());
        let groups = groups_of_values(by_gene.view(), &self.groups);
        let mut sizes = vec![0; self.group_names.len()];
        self.groups.iter().for_each(|&g| sizes[g as usize] += 1);
        let indptr = by_gene.proper_indptr();
        let panel = Panel {
            indptr: &indptr,
            values: by_gene.data(),
            groups: &groups,
        };
        let sizes = Sizes {
            groups: sizes,
            ungrouped: 0,
        };
        let tests = rank_sum(panel, &sizes, against, &Ticker::new()).unwrap();
        let pick = |t: sca::kernels::stats::rank::rank_sum::RankSumTest| {
            if tie_corrected {
                t.tie_corrected
            } else {
                t.plain
            }
        };
        tests.into_iter().map(pick).collect()
    }

    /// Compares with the rows of a reference file.
    fn check(&self, file: &str, tests: &[Test], fold: impl Fn(usize) -> Vec<f64>) {
        let Some(lines) = read::reference_csv(file) else {
            return;
        };
        let header = &lines[0];
        let column = |name: &str| header.iter().position(|h| h == name).unwrap();
        let (group, gene) = (column("group"), column("names"));
        let (score, lfc, p, q) = (
            column("scores"),
            column("logfoldchanges"),
            column("pvals"),
            column("pvals_adj"),
        );
        let groups: HashMap<&str, usize> = self
            .group_names
            .iter()
            .map(String::as_str)
            .zip(0..)
            .collect();
        let adjusted: Vec<Vec<f64>> = tests
            .iter()
            .map(|t| adjust::benjamini_hochberg(&t.log10_pvals))
            .collect();
        let folds: Vec<Vec<f64>> = (0..tests.len()).map(fold).collect();
        let mut worst = [0f64; 4];
        for line in &lines[1..] {
            let number = |c: usize| line[c].parse::<f64>().unwrap();
            let (g, j) = (groups[line[group].as_str()], self.gene_of[&line[gene]]);
            let p_apart = |log10: f64, expected: f64| {
                let found = 10f64.powf(log10);
                if expected < 1e-290 || expected == found {
                    0.0
                } else {
                    (found / expected - 1.0).abs()
                }
            };
            let apart = [
                (tests[g].scores[j] - number(score)).abs() / number(score).abs().max(1.0),
                (folds[g][j] - number(lfc)).abs() / number(lfc).abs().max(1.0),
                p_apart(tests[g].log10_pvals[j], number(p)),
                p_apart(adjusted[g][j], number(q)),
            ];
            worst.iter_mut().zip(apart).for_each(|(w, a)| *w = w.max(a));
        }
        eprintln!("{file}: score, fold, p, adjusted p: {worst:?}");
        assert!(worst[0] < 1e-5 && worst[1] < 1e-5, "{file}: {worst:?}");
        assert!(worst[2] < 1e-3 && worst[3] < 1e-3, "{file}: {worst:?}");
    }
}

#[test]
fn markers() {
    let Some(cells) = Labeled::read() else {
        return;
    };
    let sums = cells.sums();
    let of_rest = sums.rests();
    let groups = sums.each_group();
    let rests: Vec<_> = (0..groups.len()).map(|group| of_rest.of(group)).collect();
    let fold = |g: usize| fold_change::of_mean_logs(&groups[g].means(), &rests[g].means(), 1.0);
    for (file, variance) in [
        ("markers_t-test.csv.gz", Variance::Welch),
        (
            "markers_t-test_overestim_var.csv.gz",
            Variance::Overestimated,
        ),
    ] {
        let test = |g: usize| t_test(g, &groups[g], &rests[g], variance).unwrap();
        let tests: Vec<Test> = (0..groups.len()).map(test).collect();
        cells.check(file, &tests, fold);
    }
    cells.check(
        "markers_wilcoxon.csv.gz",
        &cells.rank_sums(Against::Rest, false),
        fold,
    );
    cells.check(
        "markers_wilcoxon_tie.csv.gz",
        &cells.rank_sums(Against::Rest, true),
        fold,
    );
    let b = cells
        .group_names
        .iter()
        .position(|name| name == "B cells")
        .unwrap();
    let tests = cells.rank_sums(Against::Group(b as u16), false);
    let fold = |g: usize| fold_change::of_mean_logs(&groups[g].means(), &groups[b].means(), 1.0);
    cells.check("markers_wilcoxon_vs_B.csv.gz", &tests, fold);
}

#[test]
fn regression_coefficients() {
    let Some(cells) = Labeled::read() else {
        return;
    };
    let Some(lines) = read::reference_csv("markers_logreg.csv.gz") else {
        return;
    };
    let n_groups = cells.group_names.len();
    let params = LogisticParams::default();
    let fit = logistic(
        cells.rows.view(),
        &cells.groups,
        n_groups,
        &params,
        &Ticker::new(),
    )
    .unwrap();
    let groups: HashMap<&str, usize> = cells
        .group_names
        .iter()
        .map(String::as_str)
        .zip(0..)
        .collect();
    let pair = |line: &Vec<String>| {
        let found = fit.coefficients[groups[line[0].as_str()]][cells.gene_of[&line[1]]];
        (found, line[2].parse::<f64>().unwrap())
    };
    let pairs: Vec<(f64, f64)> = lines[1..].iter().map(pair).collect();
    // scikit-learn stops at a gradient of 1e-4, up to 0.05 away from the minimum.
    let r = correlation(&pairs);
    eprintln!("{} iterations, r = {r}", fit.n_iterations);
    assert!(fit.converged && r > 0.98, "{r}");
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let mean = |side: fn(&(f64, f64)) -> f64| pairs.iter().map(side).sum::<f64>() / n;
    let (a, b) = (mean(|p| p.0), mean(|p| p.1));
    let product =
        |f: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|p| f(p.0 - a, p.1 - b)).sum::<f64>();
    product(&|x, y| x * y) / (product(&|x, _| x * x) * product(&|_, y| y * y)).sqrt()
}

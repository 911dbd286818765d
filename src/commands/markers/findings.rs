//! The tests behind `markers`: which values they wait for, and what is made of these.

use super::table::{Findings, Found};
use super::{Adjust, Markers, Method};
use crate::command::Scene;
use crate::commands::groups::Groups;
use crate::commands::hvg::{group_sums, log_base};
use crate::commands::panels;
use crate::data::{Dataset, Lazy, Matrix, Promise, Rows, RowsView, Value};
use crate::diagnostic::Diagnostic;
use crate::kernels::rank::adjust::{benjamini_hochberg, bonferroni};
use crate::kernels::rank::fold_change::{of_mean_logs, of_means};
use crate::kernels::rank::logistic::{LogisticParams, logistic};
use crate::kernels::rank::rank_sum::{Against, RankSumTest, Sizes, rank_sum};
use crate::kernels::rank::t_test::{Variance, t_test};
use crate::kernels::rank::{RankError, Test};
use crate::kernels::sums::{GeneSums, GroupSums, NO_GROUP, Of};
use crate::kernels::ticker::Ticker;
use crate::plan::{Fault, Fold, Folding};
use std::sync::Arc;

/// What was asked for.
struct How {
    method: Method,
    reference: String,
    ties: bool,
    adjust: Adjust,
    by_size: bool,
    ln_base: f64,
}

/// Promises the tests of every gene in every group, as [`Findings`].
pub(super) fn found(
    markers: &Markers,
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    groups: Lazy,
) -> Lazy {
    let sums = group_sums(scene, data, matrix, Of::Value, Some(groups.clone()));
    let ln_base = log_base(data).ln();
    let (before, of) = match matrix.before_log() {
        Some(before) => (before, Of::Value),
        None => (matrix.clone(), Of::Expm1 { ln_base }),
    };
    let unlogged = group_sums(scene, data, &before, of, Some(groups.clone()));
    let mut needs = vec![groups.clone(), sums, unlogged, scene.gene_names(data)];
    match markers.method {
        Method::Wilcoxon => {
            needs.extend(rank_sums(
                scene,
                data,
                matrix,
                &groups,
                &markers.reference.0,
            ));
        }
        Method::Logreg => needs.push(regression(scene, data, matrix, groups)),
        Method::TTest | Method::TTestOverestimVar => {}
    }
    let how = How {
        method: markers.method,
        reference: markers.reference.0.clone(),
        ties: markers.ties.0,
        adjust: markers.adjust,
        by_size: markers.rankby_abs.0,
        ln_base,
    };
    scene.one(needs, Promise::Unknown, move |needs, _| {
        Ok(Value::Inner(Arc::new(findings(needs, &how)?)))
    })
}

/// Rank-sum tests, panel after panel: `Vec<RankSumTest>` by group.
fn rank_sums(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    groups: &Lazy,
    reference: &str,
) -> Vec<Lazy> {
    let reference = reference.to_owned();
    panels::by_panel(scene, data, matrix, groups, move |panel, groups, ticker| {
        let sizes = Sizes {
            groups: groups.sizes().iter().map(|&n| n as u64).collect(),
            ungrouped: groups
                .codes
                .iter()
                .filter(|&&code| code == NO_GROUP)
                .count() as u64,
        };
        let against = match groups.levels.position(&reference) {
            Some(group) => Against::Group(group as u16),
            None => Against::Rest,
        };
        rank_sum(panel, &sizes, against, ticker).map_err(|error| fault(error, groups))
    })
}

/// Coefficients of a regression on all genes, as `Vec<Vec<f64>>` by group. Holds the matrix.
fn regression(scene: &Scene, data: &Dataset, matrix: &Matrix, groups: Lazy) -> Lazy {
    let view = scene.view(data, matrix);
    let mut values = scene.fold(view, vec![groups], &[Promise::Unknown], |extent, needs| {
        let Some(groups) = needs[0].inner::<Groups>() else {
            unreachable!("groups are of one type");
        };
        let n_genes = extent.genes;
        Ok(Box::new(Folding {
            new: Vec::new,
            add: |blocks: &mut Vec<Rows>, rows: RowsView, _: &[u32], _: &Ticker| {
                blocks.push(rows.to_owned());
                Ok(())
            },
            merge: |into: &mut Vec<Rows>, next: Vec<Rows>| into.extend(next),
            finish: move |blocks: Vec<Rows>, ticker: &Ticker| {
                let rows = stacked(blocks, n_genes);
                let params = LogisticParams::default();
                let n_groups = groups.levels.len();
                let fit = logistic(rows.view(), &groups.codes, n_groups, &params, ticker)
                    .map_err(|error| fault(error, &groups))?;
                Ok(vec![Value::Inner(Arc::new(fit.coefficients))])
            },
            partial_bytes: 12 << 20,
        }) as Box<dyn Fold>)
    });
    values.remove(0)
}

/// Blocks one below the other.
fn stacked(blocks: Vec<Rows>, n_genes: usize) -> Rows {
    let nnz = blocks.iter().map(Rows::nnz).sum();
    let mut indptr = vec![0];
    let (mut indices, mut values) = (Vec::with_capacity(nnz), Vec::with_capacity(nnz));
    for block in blocks {
        let starts = block.proper_indptr();
        let before = indices.len();
        indptr.extend(starts[1..].iter().map(|end| before + end - starts[0]));
        indices.extend_from_slice(block.indices());
        values.extend_from_slice(block.data());
    }
    Rows::new((indptr.len() - 1, n_genes), indptr, indices, values)
}

pub(super) fn fault(error: RankError, groups: &Groups) -> Fault {
    match error {
        RankError::Stopped(stopped) => stopped.into(),
        RankError::GroupTooSmall { group, n_cells } => Fault::Said(
            Diagnostic::error(
                "E305",
                format!("group {} has {n_cells} cells", groups.levels.get(group)),
            )
            .help("a test needs at least 2: leave such groups out, as in adata[leiden != \"9\"]"),
        ),
        error => Fault::Said(
            Diagnostic::error("E305", error.to_string())
                .help("group by a column with at least two groups"),
        ),
    }
}

/// Tests, adjusted p-values and fold changes of every group.
fn findings(needs: &[Value], how: &How) -> Result<Findings, Fault> {
    let (Some(groups), Some(sums), Some(unlogged)) = (
        needs[0].inner::<Groups>(),
        needs[1].inner::<GroupSums>(),
        needs[2].inner::<GroupSums>(),
    ) else {
        unreachable!("inner values are of one type each");
    };
    let n_groups = groups.levels.len();
    if n_groups < 2 {
        return Err(fault(RankError::TooFewGroups { n_groups }, &groups));
    }
    let names = needs[3].names().cloned().unwrap_or_default();
    let reference = groups.levels.position(&how.reference);
    let (inside, outside) = sides(&sums, reference);
    let (inside_raw, outside_raw) = sides(&unlogged, reference);
    let mut found = Vec::new();
    for group in (0..n_groups).filter(|&group| Some(group) != reference) {
        let (cells, others) = (&inside[group], &outside[group]);
        let test = match how.method {
            Method::Wilcoxon => joined(&needs[4..], group, how.ties),
            Method::TTest => t_test(group, cells, others, Variance::Welch)
                .map_err(|error| fault(error, &groups))?,
            Method::TTestOverestimVar => t_test(group, cells, others, Variance::Overestimated)
                .map_err(|error| fault(error, &groups))?,
            Method::Logreg => coefficients(&needs[4], group),
        };
        let adjusted = match how.adjust {
            Adjust::BenjaminiHochberg => benjamini_hochberg(&test.log10_pvals),
            Adjust::Bonferroni => bonferroni(&test.log10_pvals),
        };
        found.push(Found {
            group: groups.levels.get(group).to_owned(),
            order: order(&test.scores, how.by_size),
            log10_pvals_adj: adjusted,
            logfoldchanges: of_mean_logs(&cells.means(), &others.means(), how.ln_base),
            log2_ratio_of_means: of_means(&inside_raw[group].means(), &outside_raw[group].means()),
            pts: cells.fractions_nonzero(),
            pts_rest: others.fractions_nonzero(),
            test,
        });
    }
    Ok(Findings {
        names,
        reference: how.reference.clone(),
        groups: found,
    })
}

/// The moments of each group, and of what it is compared with.
fn sides(sums: &GroupSums, reference: Option<usize>) -> (Vec<GeneSums>, Vec<GeneSums>) {
    let inside = sums.each_group();
    let outside = match reference {
        None => sums.each_rest(),
        Some(reference) => vec![inside[reference].clone(); inside.len()],
    };
    (inside, outside)
}

/// The rank-sum tests of one group from all panels.
fn joined(values: &[Value], group: usize, ties: bool) -> Test {
    let mut all = Test::default();
    for tests in panels::results::<Vec<RankSumTest>>(values) {
        for of_genes in tests.iter() {
            let test = match ties {
                true => &of_genes[group].tie_corrected,
                false => &of_genes[group].plain,
            };
            all.scores.extend(&test.scores);
            all.log10_pvals.extend(&test.log10_pvals);
        }
    }
    all
}

/// Scores without p-values: a regression gives none.
fn coefficients(value: &Value, group: usize) -> Test {
    let found = value.inner::<Vec<Vec<f64>>>();
    Test {
        scores: found.map_or_else(Vec::new, |found| found[group].clone()),
        log10_pvals: Vec::new(),
    }
}

/// Genes by descending score; equal ones in their own order.
fn order(scores: &[f64], by_size: bool) -> Vec<u32> {
    let key = |gene: u32| {
        let score = scores[gene as usize];
        if by_size { score.abs() } else { score }
    };
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    order.sort_by(|&a, &b| key(b).total_cmp(&key(a)));
    order
}

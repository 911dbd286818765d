//! The tests behind `markers`: which values they wait for, and what is made of these.

use super::table::{Findings, Found};
use super::{Adjust, Markers, Method};
use crate::command::Scene;
use crate::commands::gene_sums::{group_sums, log_base};
use crate::commands::groups::Groups;
use crate::commands::panels;
use crate::data::{Dataset, Lazy, Matrix, Promise, Rows, RowsView, Value};
use crate::diagnostic::Diagnostic;
use crate::kernels::rank::adjust::{benjamini_hochberg, bonferroni};
use crate::kernels::rank::fold_change::{of_mean_logs, of_means};
use crate::kernels::rank::logistic::{LogisticParams, logistic};
use crate::kernels::rank::means::{Means, means};
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
    let ln_base = log_base(data).ln();
    let mut needs = vec![groups.clone(), scene.gene_names(data)];
    match markers.method {
        Method::Wilcoxon => {
            let reference = &markers.reference.0;
            needs.extend(rank_sums(scene, data, matrix, &groups, reference, ln_base));
        }
        Method::Logreg => {
            needs.extend(moments(scene, data, matrix, &groups, ln_base));
            needs.push(regression(scene, data, matrix, groups));
        }
        Method::TTest | Method::TTestOverestimVar => {
            needs.extend(moments(scene, data, matrix, &groups, ln_base));
        }
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

/// Moments of the values in each group, and of what they are logarithms of.
fn moments(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    groups: &Lazy,
    ln_base: f64,
) -> [Lazy; 2] {
    let sums = |matrix: &Matrix, of| group_sums(scene, data, matrix, of, Some(groups.clone()));
    let unlogged = match matrix.before_log() {
        Some(before) => sums(&before, Of::Value),
        None => sums(matrix, Of::Expm1 { ln_base }),
    };
    [sums(matrix, Of::Value), unlogged]
}

/// Tests and means of some genes, one entry a group.
struct Ranked {
    tests: Vec<RankSumTest>,
    inside: Vec<Means>,
    /// Of all cells outside of the group.
    outside: Vec<Means>,
}

/// Rank-sum tests, panel after panel: [`Ranked`] by panel.
fn rank_sums(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    groups: &Lazy,
    reference: &str,
    ln_base: f64,
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
        let tests =
            rank_sum(panel, &sizes, against, ticker).map_err(|error| fault(error, groups))?;
        let (inside, outside) = means(panel, &sizes, ln_base, ticker)?;
        Ok(Ranked {
            tests,
            inside,
            outside,
        })
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

/// A group's test, and the means it stands on.
struct Compared {
    test: Test,
    inside: Means,
    outside: Means,
}

/// Tests, adjusted p-values and fold changes of every group.
fn findings(needs: &[Value], how: &How) -> Result<Findings, Fault> {
    let Some(groups) = needs[0].inner::<Groups>() else {
        unreachable!("groups are of one type");
    };
    let n_groups = groups.levels.len();
    if n_groups < 2 {
        return Err(fault(RankError::TooFewGroups { n_groups }, &groups));
    }
    let names = needs[1].names().cloned().unwrap_or_default();
    let reference = groups.levels.position(&how.reference);
    let compared = match how.method {
        Method::Wilcoxon => by_ranks(&needs[2..], n_groups, reference, how.ties),
        _ => by_moments(&needs[2..], &groups, reference, how.method)?,
    };
    let found = |(group, compared): (usize, Compared)| {
        let Compared {
            test,
            inside,
            outside,
        } = compared;
        let adjusted = match how.adjust {
            Adjust::BenjaminiHochberg => benjamini_hochberg(&test.log10_pvals),
            Adjust::Bonferroni => bonferroni(&test.log10_pvals),
        };
        Found {
            group: groups.levels.get(group).to_owned(),
            order: order(&test.scores, how.by_size),
            log10_pvals_adj: adjusted,
            logfoldchanges: of_mean_logs(&inside.logs, &outside.logs, how.ln_base),
            log2_ratio_of_means: of_means(&inside.unlogged, &outside.unlogged),
            pts: inside.fractions,
            pts_rest: outside.fractions,
            test,
        }
    };
    let compared = compared.into_iter().enumerate();
    Ok(Findings {
        names,
        reference: how.reference.clone(),
        groups: compared
            .filter(|(group, _)| Some(*group) != reference)
            .map(found)
            .collect(),
    })
}

/// Every group against the rest or the reference, from ranked genes.
fn by_ranks(
    values: &[Value],
    n_groups: usize,
    reference: Option<usize>,
    ties: bool,
) -> Vec<Compared> {
    let mut all: Vec<Compared> = (0..n_groups)
        .map(|_| Compared {
            test: Test::default(),
            inside: Means::default(),
            outside: Means::default(),
        })
        .collect();
    for panel in panels::results::<Ranked>(values) {
        for genes in panel.iter() {
            for (group, all) in all.iter_mut().enumerate() {
                let test = match ties {
                    true => &genes.tests[group].tie_corrected,
                    false => &genes.tests[group].plain,
                };
                all.test.scores.extend(&test.scores);
                all.test.log10_pvals.extend(&test.log10_pvals);
                all.inside.append(&genes.inside[group]);
                let outside = match reference {
                    None => &genes.outside[group],
                    Some(reference) => &genes.inside[reference],
                };
                all.outside.append(outside);
            }
        }
    }
    all
}

/// Every group against the rest or the reference, from its moments.
fn by_moments(
    values: &[Value],
    groups: &Groups,
    reference: Option<usize>,
    method: Method,
) -> Result<Vec<Compared>, Fault> {
    let (Some(sums), Some(unlogged)) = (
        values[0].inner::<GroupSums>(),
        values[1].inner::<GroupSums>(),
    ) else {
        unreachable!("moments are of one type");
    };
    let (inside, outside) = sides(&sums, reference);
    let (inside_raw, outside_raw) = sides(&unlogged, reference);
    let means = |sums: &GeneSums, raw: &GeneSums| Means {
        logs: sums.means(),
        unlogged: raw.means(),
        fractions: sums.fractions_nonzero(),
    };
    let compared = |group: usize| {
        let (cells, others) = (&inside[group], &outside[group]);
        let welch = |variance| t_test(group, cells, others, variance);
        let test = match method {
            Method::Logreg => Ok(coefficients(&values[2], group)),
            Method::TTestOverestimVar => welch(Variance::Overestimated),
            Method::TTest | Method::Wilcoxon => welch(Variance::Welch),
        };
        Ok(Compared {
            test: test.map_err(|error| fault(error, groups))?,
            inside: means(cells, &inside_raw[group]),
            outside: means(others, &outside_raw[group]),
        })
    };
    (0..groups.levels.len()).map(compared).collect()
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

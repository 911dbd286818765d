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
            needs.extend(rank_sums(markers, scene, data, matrix, &groups, ln_base));
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

/// Rank-sum tests, panel after panel: [`Compared`] of some genes, by group.
fn rank_sums(
    markers: &Markers,
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    groups: &Lazy,
    ln_base: f64,
) -> Vec<Lazy> {
    let (reference, ties) = (markers.reference.0.clone(), markers.ties.0);
    panels::by_panel(scene, data, matrix, groups, move |panel, groups, ticker| {
        let sizes = Sizes {
            groups: groups.sizes().iter().map(|&n| n as u64).collect(),
            ungrouped: groups
                .codes
                .iter()
                .filter(|&&code| code == NO_GROUP)
                .count() as u64,
        };
        let reference = groups.levels.position(&reference);
        let against = match reference {
            Some(group) => Against::Group(group as u16),
            None => Against::Rest,
        };
        let tests =
            rank_sum(panel, &sizes, against, ticker).map_err(|error| fault(error, groups))?;
        let (inside, outside) = means(panel, &sizes, ln_base, ticker)?;
        let compared = |(group, test): (usize, RankSumTest)| {
            let test = match ties {
                true => test.tie_corrected,
                false => test.plain,
            };
            let others = reference.map_or(&outside[group], |reference| &inside[reference]);
            Compared::new(test, &inside[group], others, ln_base)
        };
        Ok(tests
            .into_iter()
            .enumerate()
            .map(compared)
            .collect::<Vec<_>>())
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
    // Of a single group the rest is too small, but that is not what is wrong.
    let n_groups = groups.levels.len();
    match error {
        RankError::Stopped(stopped) => stopped.into(),
        RankError::GroupTooSmall { .. } if n_groups < 2 => {
            fault(RankError::TooFewGroups { n_groups }, groups)
        }
        RankError::GroupTooSmall { group, n_cells } => {
            let level = groups.levels.get(group);
            let cells = if n_cells == 1 { "cell" } else { "cells" };
            let (headline, help) = match groups.sizes()[group] as u64 == n_cells {
                true => (
                    format!("group {level} has {n_cells} {cells}"),
                    format!("leave the group out first, as in adata[COLUMN != \"{level}\"]"),
                ),
                false => (
                    format!("group {level} leaves {n_cells} {cells} to compare with"),
                    "group by a column with more groups".to_owned(),
                ),
            };
            let help = format!("a test needs at least 2 on either side: {help}");
            Fault::Said(Diagnostic::error("E305", headline).help(help))
        }
        error => Fault::Said(
            Diagnostic::error("E305", error.to_string())
                .help("group by a column with at least two groups"),
        ),
    }
}

/// A group's tests and fold changes; one value a gene.
#[derive(Debug, Default)]
struct Compared {
    test: Test,
    logfoldchanges: Vec<f64>,
    log2_ratio_of_means: Vec<f64>,
    pts: Vec<f64>,
    pts_rest: Vec<f64>,
}

impl Compared {
    fn new(test: Test, inside: &Means, outside: &Means, ln_base: f64) -> Self {
        Compared {
            test,
            logfoldchanges: of_mean_logs(&inside.logs, &outside.logs, ln_base),
            log2_ratio_of_means: of_means(&inside.unlogged, &outside.unlogged),
            pts: inside.fractions.clone(),
            pts_rest: outside.fractions.clone(),
        }
    }

    /// Adds the genes of the next panel.
    fn append(&mut self, next: &Compared) {
        self.test.scores.extend(&next.test.scores);
        self.test.log10_pvals.extend(&next.test.log10_pvals);
        self.logfoldchanges.extend(&next.logfoldchanges);
        self.log2_ratio_of_means.extend(&next.log2_ratio_of_means);
        self.pts.extend(&next.pts);
        self.pts_rest.extend(&next.pts_rest);
    }
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
    let reference = groups.levels.position(&how.reference);
    // A group at a time: with many groups, all of them twice would be much.
    let compared: Box<dyn Fn(usize) -> Result<Compared, Fault>> = match how.method {
        Method::Wilcoxon => Box::new(by_ranks(&needs[2..])),
        _ => Box::new(by_moments(&needs[2..], &groups, reference, how)),
    };
    let found = |group: usize| {
        let compared = compared(group)?;
        let adjusted = match how.adjust {
            Adjust::BenjaminiHochberg => benjamini_hochberg(&compared.test.log10_pvals),
            Adjust::Bonferroni => bonferroni(&compared.test.log10_pvals),
        };
        Ok(Found {
            group: groups.levels.get(group).to_owned(),
            order: order(&compared.test.scores, how.by_size),
            log10_pvals_adj: adjusted,
            logfoldchanges: compared.logfoldchanges,
            log2_ratio_of_means: compared.log2_ratio_of_means,
            pts: compared.pts,
            pts_rest: compared.pts_rest,
            test: compared.test,
        })
    };
    Ok(Findings {
        names: needs[1].names().cloned().unwrap_or_default(),
        reference: how.reference.clone(),
        groups: (0..n_groups)
            .filter(|group| Some(*group) != reference)
            .map(found)
            .collect::<Result<_, Fault>>()?,
    })
}

/// A group, from its ranked genes in their panels.
fn by_ranks(values: &[Value]) -> impl Fn(usize) -> Result<Compared, Fault> + use<> {
    let panels = panels::results::<Vec<Compared>>(values);
    move |group| {
        let mut all = Compared::default();
        for genes in panels.iter().flat_map(|panel| panel.iter()) {
            all.append(&genes[group]);
        }
        Ok(all)
    }
}

/// A group against the rest or the reference, from their moments.
fn by_moments<'a>(
    values: &'a [Value],
    groups: &'a Groups,
    reference: Option<usize>,
    how: &'a How,
) -> impl Fn(usize) -> Result<Compared, Fault> + 'a {
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
    move |group| {
        let (cells, others) = (&inside[group], &outside[group]);
        let welch = |variance| t_test(group, cells, others, variance);
        let test = match how.method {
            Method::Logreg => Ok(coefficients(&values[2], group)),
            Method::TTestOverestimVar => welch(Variance::Overestimated),
            Method::TTest | Method::Wilcoxon => welch(Variance::Welch),
        };
        Ok(Compared::new(
            test.map_err(|error| fault(error, groups))?,
            &means(cells, &inside_raw[group]),
            &means(others, &outside_raw[group]),
            how.ln_base,
        ))
    }
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

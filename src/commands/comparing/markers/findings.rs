//! The tests behind `markers`: which values they wait for, and what is made of these.

use super::compared::Compared;
use super::table::{Findings, Found};
use super::{Adjust, Markers, Method};
use crate::command::Scene;
use crate::commands::inputs::groups::Groups;
use crate::commands::passes::gene_sums::{group_sums, log_base};
use crate::commands::passes::panels;
use crate::data::{Dataset, Lazy, Matrix, Promise, Rows, RowsView, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::stats::rank::adjust::{benjamini_hochberg, bonferroni};
use crate::kernels::stats::rank::logistic::{LogisticParams, logistic};
use crate::kernels::stats::rank::means::{Means, means};
use crate::kernels::stats::rank::rank_sum::{Against, RankSumTest, Sizes, rank_sum};
use crate::kernels::stats::rank::t_test::{Variance, t_test};
use crate::kernels::stats::rank::{RankError, Test};
use crate::kernels::stats::sums::{GeneSums, GroupSums, NO_GROUP, Of, Rests};
use crate::kernels::ticker::{Stopped, Ticker};
use crate::math;
use crate::plan::{Fault, Fold, Folding};
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

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
) -> Outcome<Lazy> {
    let ln_base = math::ln(log_base(scene, data)?);
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
    let tests = scene.one(needs, Promise::Unknown, move |needs, ticker| {
        Ok(Value::Inner(Arc::new(findings(needs, &how, ticker)?)))
    });
    let pairs = super::pairs(scene, data, &markers.by.0)?;
    scene.holds(std::slice::from_ref(&tests), 0, KEPT * pairs);
    Ok(tests)
}

/// Bytes that are kept of the test of one gene in one group.
const KEPT: usize = 48;

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
    let counted = OnceLock::new();
    panels::by_panel(scene, data, matrix, groups, move |panel, groups, ticker| {
        // The groups are the same in all panels.
        let sizes = counted.get_or_init(|| sizes(groups));
        let reference = groups.levels.position(&reference);
        let against = match reference {
            Some(group) => Against::Group(group as u16),
            None => Against::Rest,
        };
        let tests =
            rank_sum(panel, sizes, against, ticker).map_err(|error| fault(error, groups))?;
        let (inside, outside) = means(panel, sizes, ln_base, ticker)?;
        let n_all = sizes.groups.iter().sum::<u64>() + sizes.ungrouped;
        let compared = |(group, test): (usize, RankSumTest)| {
            let test = match ties {
                true => test.tie_corrected,
                false => test.plain,
            };
            let n = sizes.groups[group];
            let others = match reference {
                Some(reference) => (&inside[reference], sizes.groups[reference]),
                None => (&outside[group], n_all - n),
            };
            Compared::new(test, (&inside[group], n), others, ln_base)
        };
        Ok(tests
            .into_iter()
            .enumerate()
            .map(compared)
            .collect::<Vec<_>>())
    })
}

fn sizes(groups: &Groups) -> Sizes {
    let ungrouped = groups.codes.iter().filter(|&&code| code == NO_GROUP);
    Sizes {
        groups: groups.sizes().iter().map(|&n| n as u64).collect(),
        ungrouped: ungrouped.count() as u64,
    }
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
                let rows = stacked(blocks, n_genes, ticker)?;
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
fn stacked(blocks: Vec<Rows>, n_genes: usize, ticker: &Ticker) -> Result<Rows, Stopped> {
    let nnz = blocks.iter().map(Rows::nnz).sum();
    let mut indptr = vec![0];
    let (mut indices, mut values) = (Vec::with_capacity(nnz), Vec::with_capacity(nnz));
    for block in blocks {
        ticker.check()?;
        let starts = block.proper_indptr();
        let before = indices.len();
        indptr.extend(starts[1..].iter().map(|end| before + end - starts[0]));
        indices.extend_from_slice(block.indices());
        values.extend_from_slice(block.data());
    }
    let shape = (indptr.len() - 1, n_genes);
    Ok(Rows::new(shape, indptr, indices, values))
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

/// Tests, adjusted p-values and fold changes of every group.
fn findings(needs: &[Value], how: &How, ticker: &Ticker) -> Result<Findings, Fault> {
    let Some(groups) = needs[0].inner::<Groups>() else {
        unreachable!("groups are of one type");
    };
    let n_groups = groups.levels.len();
    if n_groups < 2 {
        return Err(fault(RankError::TooFewGroups { n_groups }, &groups));
    }
    let reference = groups.levels.position(&how.reference);
    // The panels stay as they are: with many groups, all of them twice would be much.
    let parts = match how.method {
        Method::Wilcoxon => panels::results::<Vec<Compared>>(&needs[2..]),
        _ => {
            let all = by_moments(&needs[2..], &groups, reference, (how, ticker))?;
            vec![Arc::new(vec![all])]
        }
    };
    let mut findings = Findings {
        names: needs[1].names().cloned().unwrap_or_default(),
        reference: how.reference.clone(),
        reference_place: reference,
        adjust: match how.adjust {
            Adjust::BenjaminiHochberg => benjamini_hochberg,
            Adjust::Bonferroni => bonferroni,
        },
        parts,
        groups: Vec::new(),
    };
    let found = |group: usize| {
        ticker.check()?;
        Ok(Found {
            group: groups.levels.get(group).to_owned(),
            place: group,
            order: order(&findings.scores_at(group), how.by_size),
        })
    };
    let wanted = (0..n_groups).filter(|group| Some(*group) != reference);
    findings.groups = wanted.map(found).collect::<Result<_, Stopped>>()?;
    Ok(findings)
}

/// Every group against the rest or the reference, from their moments.
fn by_moments(
    values: &[Value],
    groups: &Groups,
    reference: Option<usize>,
    (how, ticker): (&How, &Ticker),
) -> Result<Vec<Compared>, Fault> {
    let (Some(sums), Some(unlogged)) = (
        values[0].inner::<GroupSums>(),
        values[1].inner::<GroupSums>(),
    ) else {
        unreachable!("moments are of one type");
    };
    let others_of = Others::new(&sums, reference);
    let raw_others_of = Others::new(&unlogged, reference);
    let means = |sums: &GeneSums, raw: &GeneSums| Means {
        logs: sums.means(),
        unlogged: raw.means(),
        fractions: sums.fractions_nonzero(),
    };
    let compared = |group: usize| {
        ticker.check()?;
        let (cells, others) = (sums.group(group), others_of.of(group));
        let welch = |variance| t_test(group, &cells, &others, variance);
        let test = match how.method {
            _ if Some(group) == reference => Ok(Test::default()),
            Method::Logreg => Ok(coefficients(&values[2], group)),
            Method::TTestOverestimVar => welch(Variance::Overestimated),
            Method::TTest | Method::Wilcoxon => welch(Variance::Welch),
        };
        Ok(Compared::new(
            test.map_err(|error| fault(error, groups))?,
            (&means(&cells, &unlogged.group(group)), cells.n_cells),
            (&means(&others, &raw_others_of.of(group)), others.n_cells),
            how.ln_base,
        ))
    };
    let all = (0..sums.n_groups()).into_par_iter();
    all.map(compared).collect()
}

/// What groups are compared with.
enum Others<'a> {
    Rest(Box<Rests<'a>>),
    Reference(GeneSums),
}

impl<'a> Others<'a> {
    fn new(sums: &'a GroupSums, reference: Option<usize>) -> Self {
        match reference {
            None => Others::Rest(Box::new(sums.rests())),
            Some(reference) => Others::Reference(sums.group(reference)),
        }
    }

    fn of(&self, group: usize) -> Cow<'_, GeneSums> {
        match self {
            Others::Rest(rests) => Cow::Owned(rests.of(group)),
            Others::Reference(sums) => Cow::Borrowed(sums),
        }
    }
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

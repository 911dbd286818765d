//! The tests of `markers`: the values they need, and the results.

use super::compared::{Compared, EACH, Number, Part};
use super::group_sizes::{fault, tested, untested};
use super::regression;
use super::stored::most_records;
use super::table::{Findings, Found, Untested};
use super::{Adjust, Markers, Method};
use crate::command::Scene;
use crate::commands::inputs::groups::{Groups, names_and_sizes, that_fit};
use crate::commands::passes::gene_sums::{self, base_of, group_sums};
use crate::commands::passes::panels;
use crate::data::{Dataset, Matrix, Names};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::io::spill::{Kept, Spill};
use crate::kernels::stats::rank::adjust::{benjamini_hochberg, bonferroni};
use crate::kernels::stats::rank::logistic::Logistic;
use crate::kernels::stats::rank::means::{Means, means};
use crate::kernels::stats::rank::rank_sum::{Against, Panel, RankSumTest, Sizes, rank_sum};
use crate::kernels::stats::rank::t_test::{Variance, t_test};
use crate::kernels::stats::rank::{RankError, Test};
use crate::kernels::stats::sums::{GeneSums, GroupSums, NO_GROUP, Of, Rests};
use crate::kernels::ticker::Ticker;
use crate::kernels::transfer::{Packing, Unpacking};
use crate::math;
use crate::plan::{Carried, Fault, Parts, Private, Promised};
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// What was asked for.
struct How {
    by: String,
    method: Method,
    reference: String,
    adjust: Adjust,
    by_size: bool,
    ln_base: f64,
    spill: Arc<Spill>,
}

/// Promises the tests of every gene in every group.
pub(super) fn found(
    markers: &Markers,
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    groups: Promised<Groups>,
) -> Outcome<Promised<Findings>> {
    let ln_base = math::ln(base_of(scene, data, matrix)?);
    let method = markers.method;
    let groups = that_fit(scene, data, &groups, move |n_groups| each(method, n_groups));
    let room = scene.settings.memory / SPILLED;
    let spill = Arc::new(Spill::new(room));
    let n_groups = super::groups_of(scene, data, &markers.by.0)?;
    let (mut panels, mut sums, mut fit) = (Parts::Here(Vec::new()), None, None);
    match markers.method {
        Method::Wilcoxon => {
            let groups = (&groups, n_groups);
            panels = rank_sums(markers, scene, data, matrix, groups, (ln_base, &spill))
        }
        Method::Logreg | Method::TTest | Method::TTestOverestimVar => {
            let made = moments(scene, data, matrix, &groups, ln_base);
            let bytes = n_groups.unwrap_or(0) * data.genes.at_most() * gene_sums::MOMENTS;
            scene.holds(&made, bytes, bytes);
            sums = Some(made);
        }
    }
    if markers.method == Method::Logreg {
        let by = markers.by.0.clone();
        fit = Some(regression::fit(scene, data, matrix, groups.clone(), by));
    }
    let needs = (groups, scene.gene_names(data), panels, sums, fit);
    let how = How {
        by: markers.by.0.clone(),
        method: markers.method,
        reference: markers.reference.0.clone(),
        adjust: markers.adjust,
        by_size: markers.rankby_abs.0,
        ln_base,
        spill,
    };
    let tests = scene.step(needs, Private::new(), move |needs, cx| {
        findings(needs, &how, cx)
    });
    if let Some(pairs) = n_groups.map(|n| n * data.genes.at_most()) {
        scene.holds(&tests, 0, (EACH * pairs).min(room as usize));
    }
    Ok(tests)
}

/// Part of the memory that the tests take; more of them go to a cache file.
const SPILLED: u64 = 8;
/// Bytes of a record of one gene in one group, and of what it is written from.
const RECORDED: usize = 20;
/// Bytes of the moments of one gene in one group, of logs and of what they are logs of.
const MOMENTS: usize = 68;
/// Bytes of its coefficient while a regression is fitted: steps and gradients are remembered.
const FITTED: usize = 200;

/// Bytes that must be in memory at once for each gene in each group. Ranks need little for a
/// group, and what they give goes to a file; but records are made whole.
fn each(method: Method, n_groups: usize) -> usize {
    let recorded = if n_groups <= most_records() {
        RECORDED
    } else {
        0
    };
    match method {
        Method::Wilcoxon => recorded,
        Method::TTest | Method::TTestOverestimVar => MOMENTS + recorded,
        Method::Logreg => MOMENTS + FITTED + recorded,
    }
}

/// Moments of the values in each group, and of what they are logarithms of.
fn moments(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    groups: &Promised<Groups>,
    ln_base: f64,
) -> [Promised<GroupSums>; 2] {
    let sums = |matrix: &Matrix, of| group_sums(scene, data, matrix, of, Some(groups.clone()));
    let unlogged = match matrix.before_log() {
        Some(before) => sums(&before, Of::Value),
        None => sums(matrix, Of::Expm1 { ln_base }),
    };
    [sums(matrix, Of::Value), unlogged]
}

/// What a panel gives: for some genes at a time, what is compared in each group.
type Panels = Vec<Part>;

/// Rank-sum tests, panel after panel.
fn rank_sums(
    markers: &Markers,
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    groups: (&Promised<Groups>, Option<usize>),
    (ln_base, spill): (f64, &Arc<Spill>),
) -> Parts<Panels> {
    let kept = KeptParts(spill.clone());
    let spill = spill.clone();
    let (reference, ties) = (markers.reference.0.clone(), markers.ties.0);
    let by = markers.by.0.clone();
    let counted = OnceLock::new();
    let work = move |panel: Panel, groups: &Groups, ticker: &Ticker| {
        // The groups are the same in all panels.
        let sizes = counted.get_or_init(|| sizes(groups));
        let reference = groups.levels.position(&reference);
        let against = match reference {
            Some(group) => Against::Group(group as u16),
            None => Against::Rest,
        };
        let tests =
            rank_sum(panel, sizes, against, ticker).map_err(|error| fault(error, groups, &by))?;
        let (inside, outside) = means(panel, sizes, ln_base, ticker)?;
        let n_all = sizes.groups.iter().sum::<u64>() + sizes.ungrouped;
        let compared = |(group, test): (usize, RankSumTest)| {
            let test = if ties { test.tie_corrected } else { test.plain };
            let n = sizes.groups[group];
            let others = match reference {
                Some(reference) => (&inside[reference], sizes.groups[reference]),
                None => (&outside[group], n_all - n),
            };
            Compared::new(test, (&inside[group], n), others, ln_base)
        };
        let compared: Vec<Compared> = tests.into_iter().enumerate().map(compared).collect();
        Ok(Part::together(&compared, &spill)?)
    };
    panels::by_panel(scene, data, matrix, groups, work, kept)
}

/// What workers send of a panel, and where it is kept here.
struct KeptParts(Arc<Spill>);

impl Carried<Panels> for KeptParts {
    fn pack(&self, panel: &Panels, to: &mut Packing) -> Result<(), Fault> {
        to.size(panel.len());
        for part in panel {
            part.pack(to)?;
        }
        Ok(())
    }

    fn unpack(&self, from: &mut Unpacking) -> Result<Panels, Fault> {
        let n = from.size()?;
        (0..n).map(|_| Part::unpack(from, &self.0)).collect()
    }
}

fn sizes(groups: &Groups) -> Sizes {
    let ungrouped = groups.codes.iter().filter(|&&code| code == NO_GROUP);
    Sizes {
        groups: groups.sizes().iter().map(|&n| n as u64).collect(),
        ungrouped: ungrouped.count() as u64,
    }
}

/// Notes on a result as a whole: groups that were not named and that are too small to be
/// tested, and a regression that has not settled.
pub(super) fn remark(found: &Findings, all: bool) -> Option<Box<Diagnostic>> {
    if let Some(iterations) = found.unsettled {
        let headline = format!("the regression did not converge in {iterations} iterations");
        let help =
            "use fewer genes or more distinct groups; method=wilcoxon tests genes one by one";
        return Some(Diagnostic::warning(code::NOT_CONVERGED, headline).help(help));
    }
    if !all || found.untested.is_empty() {
        return None;
    }
    let named = found.untested.iter();
    let named: Vec<(String, usize)> = named
        .map(|small| (small.group.clone(), small.cells as usize))
        .collect();
    let (groups, are) = match named.len() {
        1 => ("group", "is"),
        _ => ("groups", "are"),
    };
    let rest = match found.reference_place {
        None => "; its cells are part of the rest",
        Some(_) => "",
    };
    let rest = if named.len() == 1 {
        rest.to_owned()
    } else {
        rest.replace("its", "their")
    };
    let headline = format!(
        "{groups} {} {are} too small to be tested{rest}",
        names_and_sizes(&named)
    );
    Some(Diagnostic::note(headline))
}

/// Groups and names of genes; what was ranked, or else moments; and a regression.
type Values = (
    Arc<Groups>,
    Arc<Names>,
    Vec<Arc<Panels>>,
    Option<[Arc<GroupSums>; 2]>,
    Option<Arc<Logistic>>,
);

/// Tests, adjusted p-values and fold changes of every group.
fn findings(
    (groups, names, panels, sums, fit): Values,
    how: &How,
    ticker: &Ticker,
) -> Result<Findings, Fault> {
    let n_groups = groups.levels.len();
    if n_groups < 2 {
        return Err(fault(
            RankError::TooFewGroups { n_groups },
            &groups,
            &how.by,
        ));
    }
    let reference = groups.levels.position(&how.reference);
    let untested = untested(&groups, reference, how.method);
    let fit = fit.as_deref();
    let unsettled = fit.and_then(|fit| (!fit.converged).then_some(fit.n_iterations));
    // The panels stay as they are: with many groups, all of them twice would be much.
    let mut parts = panels;
    if let Some([sums, unlogged]) = &sums {
        let of = (&*groups, &untested[..]);
        let all = by_moments([sums, unlogged], fit, of, reference, (how, ticker))?;
        parts.push(Arc::new(vec![Part::one_by_one(names.len(), all)]));
    }
    let mut findings = Findings {
        names,
        reference: how.reference.clone(),
        reference_place: reference,
        adjust: match how.adjust {
            Adjust::BenjaminiHochberg => benjamini_hochberg,
            Adjust::Bonferroni => bonferroni,
        },
        have_pvals: how.method != Method::Logreg,
        parts,
        groups: Vec::new(),
        untested: untested.into_iter().flatten().collect(),
        unsettled,
    };
    let found = |group: usize| -> Result<Found, Fault> {
        ticker.check()?;
        let order = order(&findings.gather(group, Number::Score)?, how.by_size);
        let order = order.iter().flat_map(|gene| gene.to_le_bytes()).collect();
        Ok(Found {
            group: groups.levels.get(group).to_owned(),
            place: group,
            order: Arc::new(how.spill.keep(order)?),
        })
    };
    let tested = tested(&groups, &findings, &how.by)?.into_par_iter();
    findings.groups = tested.map(found).collect::<Result<_, Fault>>()?;
    Ok(findings)
}

/// Every group against the rest or the reference, from their moments.
fn by_moments(
    [sums, unlogged]: [&GroupSums; 2],
    fit: Option<&Logistic>,
    (groups, untested): (&Groups, &[Option<Untested>]),
    reference: Option<usize>,
    (how, ticker): (&How, &Ticker),
) -> Result<Vec<Kept>, Fault> {
    let others_of = Others::new(sums, reference, how.method);
    let raw_others_of = Others::new(unlogged, reference, how.method);
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
            _ if Some(group) == reference || untested[group].is_some() => Ok(Test::default()),
            Method::Logreg => Ok(coefficients(fit, group)),
            Method::TTestOverestimVar => welch(Variance::Overestimated),
            Method::TTest | Method::Wilcoxon => welch(Variance::Welch),
        };
        let compared = Compared::new(
            test.map_err(|error| fault(error, groups, &how.by))?,
            (&means(&cells, &unlogged.group(group)), cells.n_cells),
            (&means(&others, &raw_others_of.of(group)), others.n_cells),
            how.ln_base,
        );
        Ok(compared.keep(&how.spill)?)
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
    /// A regression does not see cells of no group.
    fn new(sums: &'a GroupSums, reference: Option<usize>, method: Method) -> Self {
        match (reference, method) {
            (None, Method::Logreg) => Others::Rest(Box::new(sums.rests_in_groups())),
            (None, _) => Others::Rest(Box::new(sums.rests())),
            (Some(reference), _) => Others::Reference(sums.group(reference)),
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
fn coefficients(fit: Option<&Logistic>, group: usize) -> Test {
    Test {
        scores: fit.map_or_else(Vec::new, |found| found.coefficients[group].clone()),
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

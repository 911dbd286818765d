//! Which groups have enough cells to be tested.

use super::Method;
use super::table::{Findings, Untested};
use crate::command::suggest::without_group;
use crate::commands::inputs::groups::Groups;
use crate::diagnostic::{Diagnostic, code};
use crate::kernels::stats::rank::RankError;
use crate::plan::Fault;

/// Cells that a test needs on either side.
pub(super) const LEAST: u64 = 2;

/// The groups that are tested: all but the reference and those that are too small.
pub(super) fn tested(groups: &Groups, findings: &Findings, by: &str) -> Result<Vec<usize>, Fault> {
    let is_tested = |group: &usize| {
        let name = groups.levels.get(*group);
        let small = findings.untested.iter().any(|small| small.group == name);
        Some(*group) != findings.reference_place && !small
    };
    let tested: Vec<usize> = (0..groups.levels.len()).filter(is_tested).collect();
    match (tested.is_empty(), findings.untested.first()) {
        (true, Some(first)) => Err(too_small(first, by)),
        _ => Ok(tested),
    }
}

/// Of each group, whether it is too small to be tested. A regression takes groups of any size.
pub(super) fn untested(
    groups: &Groups,
    reference: Option<usize>,
    method: Method,
) -> Vec<Option<Untested>> {
    let sizes = groups.sizes();
    let cells = groups.codes.len();
    let of = |(group, &n): (usize, &usize)| {
        let others = reference.map_or(cells - n, |reference| sizes[reference]) as u64;
        let small = (n as u64) < LEAST || others < LEAST;
        let small = small && method != Method::Logreg && Some(group) != reference;
        small.then(|| Untested {
            group: groups.levels.get(group).to_owned(),
            cells: n as u64,
            others,
        })
    };
    sizes.iter().enumerate().map(of).collect()
}

/// Why a group that was asked for cannot be tested.
pub(super) fn too_small(untested: &Untested, by: &str) -> Fault {
    let Untested {
        group,
        cells,
        others,
    } = untested;
    let counted = |n: u64| format!("{n} {}", if n == 1 { "cell" } else { "cells" });
    let (headline, help) = if *cells < LEAST {
        (
            format!("group {group} has {}", counted(*cells)),
            format!("leave the group out first: {}", without_group(by, group)),
        )
    } else {
        (
            format!("group {group} leaves {} to compare with", counted(*others)),
            "group by a column with more groups".to_owned(),
        )
    };
    let help = format!("a test needs at least 2 on either side: {help}");
    Fault::Reported(Diagnostic::error(code::GROUPS_TOO_SMALL, headline).help(help))
}

/// What is said of groups that cannot be compared.
pub(super) fn fault(error: RankError, groups: &Groups, by: &str) -> Fault {
    match error {
        RankError::Stopped(stopped) => stopped.into(),
        RankError::GroupTooSmall { group, n_cells } => too_small(
            &Untested {
                group: groups.levels.get(group).to_owned(),
                cells: n_cells,
                others: LEAST,
            },
            by,
        ),
        error => Fault::Reported(
            Diagnostic::error(code::TOO_FEW_GROUPS, format!("obs.{by}: {error}"))
                .help("group by a column with at least two groups"),
        ),
    }
}

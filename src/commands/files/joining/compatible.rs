//! Checks that concatenated matrices hold the same kind of numbers: the same state, and logarithms to
//! the same base. Parts that differ are named.

use crate::command::Scene;
use crate::commands::passes::gene_sums::base_of;
use crate::commands::preprocessing::log1p;
use crate::data::{Dataset, Depth, Matrix, SlotName, State};
use crate::diagnostic::{Diagnostic, Outcome, code};
use std::f64::consts::E;
use std::sync::Arc;

/// What a matrix of all parts holds.
pub struct Alike {
    pub state: State,
    log_base: Option<f64>,
    depth: Option<Depth>,
}

impl Alike {
    /// Says so of the joined matrix.
    pub fn tell(self, matrix: Matrix) -> Matrix {
        Matrix {
            log_base: self.log_base,
            depth: self.depth,
            ..matrix
        }
    }
}

/// What the matrices of this name have in common; `None` where no part has one.
///
/// # Errors
/// They hold different kinds of numbers.
pub fn alike(
    scene: &Scene,
    keys: &[String],
    parts: &[Arc<Dataset>],
    name: &SlotName,
) -> Outcome<Option<Alike>> {
    let parts = keys.iter().zip(parts);
    let found: Vec<(&String, &Dataset, &Matrix)> = parts
        .filter_map(|(key, part)| Some((key, &**part, part.matrix(name)?)))
        .collect();
    let Some(&(key, part, first)) = found.first() else {
        return Ok(None);
    };
    let base = |part: &Dataset, matrix: &Matrix| match matrix.state {
        State::Log => base_of(scene, part, matrix).map(Some),
        _ => Ok(None),
    };
    let ours = base(part, first)?;
    for &(other_key, other, matrix) in &found[1..] {
        let theirs = base(other, matrix)?;
        let (a, b) = (called(key, part), called(other_key, other));
        let (headline, help) = if matrix.state != first.state {
            let (ours, theirs) = (first.state.word(), matrix.state.word());
            let help = "bring all datasets to the same state first, preferably counts; `read FILE X=log` overrides the detected state of X";
            (format!("{name} is {ours} in {a} and {theirs} in {b}"), help)
        } else if let (Some(ours), Some(theirs)) = (ours, theirs)
            && (ours - theirs).abs() > 1e-9 * ours
        {
            let (ours, theirs) = (base_word(ours), base_word(theirs));
            let headline = format!(
                "{name} holds logarithms to base {ours} in {a} and to base {theirs} in {b}"
            );
            (headline, "concatenate the counts, then take logarithms")
        } else {
            continue;
        };
        return Err(Diagnostic::error(code::WRONG_STATE, headline)
            .label(scene.args.span, "these values cannot be combined")
            .help(help)
            .in_source(scene.source));
    }
    let matrices = found.iter().map(|(_, _, matrix)| *matrix);
    Ok(Some(Alike {
        state: first.state,
        log_base: ours,
        depth: common_depth(matrices),
    }))
}

/// `control (a.h5ad)`.
pub fn called(key: &str, part: &Dataset) -> String {
    format!("{key} ({})", part.from)
}

/// A base as the user writes it.
pub fn base_word(base: f64) -> String {
    if (base - E).abs() < 1e-9 {
        "e".to_owned()
    } else {
        base.to_string()
    }
}

/// The total that cells have in all parts, if it is the same.
fn common_depth<'m>(matrices: impl Iterator<Item = &'m Matrix>) -> Option<Depth> {
    let mut depths = matrices.map(|matrix| matrix.depth.as_ref());
    let first = depths.next()??;
    let same = |depth: Option<&Depth>| match (first.known(), depth?.known(), first, depth?) {
        (Some(ours), Some(theirs), ..) => Some(ours == theirs),
        // Parts of one dataset share a median that is still to be found.
        (_, _, Depth::Median(ours), Depth::Median(theirs)) => Some(ours.same(theirs)),
        _ => None,
    };
    depths
        .all(|depth| same(depth) == Some(true))
        .then(|| first.clone())
}

/// A warning where cells of the parts were normalized to different totals: differences between the
/// parts are then differences of scale, too.
pub fn different_totals(keys: &[String], parts: &[Arc<Dataset>]) -> Option<Box<Diagnostic>> {
    let depth = |part: &Arc<Dataset>| match &part.x {
        Some(x) if matches!(x.state, State::Log | State::Normalized) => x.depth.clone(),
        _ => None,
    };
    let parts = keys.iter().zip(parts);
    let mut found = parts.filter_map(|(key, part)| Some((key, part, depth(part)?)));
    let (key, part, first) = found.next()?;
    let (other_key, other, _) = found.find(|(_, _, depth)| differ(&first, depth))?;
    let (a, b) = (called(key, part), called(other_key, other));
    let headline = format!("cells were normalized to different totals in {a} and {b}");
    let help = "concatenate the counts and normalize them together, or normalize each to the same target=1e4";
    Some(Diagnostic::warning(code::DIFFERENT_TOTALS, headline).help(help))
}

/// Whether two totals differ, as far as is known; a median that is still to be found differs from all
/// others.
fn differ(ours: &Depth, theirs: &Depth) -> bool {
    match (ours.known(), theirs.known(), ours, theirs) {
        (Some(ours), Some(theirs), ..) => (ours - theirs).abs() > 0.01 * ours,
        (_, _, Depth::Median(ours), Depth::Median(theirs)) => !ours.same(theirs),
        _ => true,
    }
}

/// Scanpy's record of the logarithm, where all parts have it: X holds logarithms to the base that
/// they share.
pub fn keep_log_record(scene: &Scene, parts: &[Arc<Dataset>], data: &mut Dataset) {
    let log_base = match &data.x {
        Some(x) if x.state == State::Log => x.log_base,
        _ => return,
    };
    if parts.iter().all(|part| part.uns.contains_key("log1p")) {
        let natural = log_base.is_none_or(|base| (base - E).abs() < 1e-9);
        log1p::put_record(scene, data, log_base.filter(|_| !natural));
    }
}

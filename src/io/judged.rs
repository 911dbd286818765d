//! Infers what the values of a matrix are (counts, logarithms, …) if the file does not say.

use crate::data::State;
use crate::data::matrix::LARGEST_LOG;

/// Whole numbers of at least zero.
pub fn is_counts(sample: &[f32]) -> bool {
    sample
        .iter()
        .all(|value| *value >= 0.0 && value.fract() == 0.0)
}

/// Values of the size of logarithms, none below zero; there must be some.
pub fn may_be_logs(sample: &[f32]) -> bool {
    let like_logs = |x: &f32| (0.0..=LARGEST_LOG).contains(x);
    !sample.is_empty() && sample.iter().all(like_logs)
}

/// What values are by what a few of them and a name say, where nothing is recorded.
///
/// Whole numbers from 0 on are counts. Values below zero have been corrected or centered, which
/// only their name tells further. Fractions are logarithms or normalized counts if they are
/// called so and are of such a size; else it is unknown.
pub fn judged(sample: &[f32], name: &str) -> State {
    if sample.is_empty() || sample.iter().any(|x| !x.is_finite()) {
        return State::Unknown;
    }
    if is_counts(sample) {
        return State::Counts;
    }
    let name = name.to_lowercase();
    let called = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if sample.iter().any(|&x| x < 0.0) {
        return match () {
            () if called(&["scale", "zscore", "z_score"]) => State::Scaled,
            () if called(&["resid"]) => State::Residuals,
            () if called(&["clr"]) => State::LogRatios,
            () => State::Corrected,
        };
    }
    let small = may_be_logs(sample);
    if small && called(&["log"]) {
        State::Log
    } else if !small && called(&["norm", "cpm", "tpm", "rpkm", "fpkm"]) {
        State::Normalized
    } else {
        State::Unknown
    }
}

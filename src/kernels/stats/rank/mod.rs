//! Which genes tell groups of cells apart: tests of each group against the rest or against one
//! other group, their p-values in log space, adjustment, and fold changes.
//!
//! t-tests start from moments per group ([`crate::kernels::stats::sums::GroupSums`]); the rank-sum test reads a
//! panel of genes ([`rank_sum::Panel`]); the regression reads whole cells.

pub mod adjust;
pub mod fold_change;
pub mod logistic;
pub mod means;
pub mod rank_sum;
mod sort;
pub mod t_test;
mod tails;

pub(super) use tails::beta_fraction;
pub use tails::{log10_p_normal, log10_p_student};

use crate::kernels::ticker::Stopped;

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RankError {
    /// A test needs two cells on either side.
    #[error("group {group} has {n_cells} cells; a test needs at least 2")]
    GroupTooSmall { group: usize, n_cells: u64 },
    #[error("a comparison needs at least 2 groups, not {n_groups}")]
    TooFewGroups { n_groups: usize },
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// One value per gene: how a group differs from what it was compared with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Test {
    /// t or z; positive if the group is higher; 0 where nothing can be said.
    pub scores: Vec<f64>,
    /// log₁₀ of the two-sided p-value; 0 where nothing can be said.
    pub log10_pvals: Vec<f64>,
}

impl Test {
    fn of_scores(scores: Vec<f64>, log10_p: impl Fn(usize, f64) -> f64) -> Self {
        let defined = |x: f64| if x.is_nan() { 0.0 } else { x };
        let scored = scores.iter().enumerate();
        let log10_pvals = scored.map(|(gene, &score)| defined(log10_p(gene, score)));
        Self {
            log10_pvals: log10_pvals.collect(),
            scores: scores.into_iter().map(defined).collect(),
        }
    }
}

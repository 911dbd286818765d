//! Welch's t-test of a group of cells against other cells, from the moments of both.
//!
//! Welch, Biometrika 1947, with the degrees of freedom of Satterthwaite.

use super::{RankError, Test, tails::log10_p_student};
use crate::kernels::stats::sums::GeneSums;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Variance {
    #[default]
    Welch,
    /// Takes the other side to have as few cells as the group, which overestimates its variance.
    Overestimated,
}

/// Tests every gene; `group` is the group's number, for errors.
pub fn t_test(
    group: usize,
    cells: &GeneSums,
    others: &GeneSums,
    variance: Variance,
) -> Result<Test, RankError> {
    for side in [cells, others] {
        if side.n_cells < 2 {
            let n_cells = side.n_cells;
            return Err(RankError::GroupTooSmall { group, n_cells });
        }
    }
    let n = cells.n_cells as f64;
    let n_others = match variance {
        Variance::Welch => others.n_cells as f64,
        Variance::Overestimated => n,
    };
    let (means, others_means) = (cells.means(), others.means());
    let (variances, others_variances) = (cells.variances(), others.variances());
    let errors = |gene: usize| (variances[gene] / n, others_variances[gene] / n_others);
    let score = |gene: usize| {
        let (a, b) = errors(gene);
        (means[gene] - others_means[gene]) / (a + b).sqrt()
    };
    let scores = (0..means.len()).map(score).collect();
    Ok(Test::of_scores(scores, |gene, t| {
        let (a, b) = errors(gene);
        let df = (a + b).powi(2) / (a * a / (n - 1.0) + b * b / (n_others - 1.0));
        log10_p_student(t, if df.is_nan() { 1.0 } else { df })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Rows;
    use crate::kernels::stats::sums::{GroupSums, Of};

    fn sums(values: &[f32]) -> GeneSums {
        let mut sums = GroupSums::all_cells(1, Of::Value);
        for &x in values {
            let row = Rows::new((1, 1), vec![0, 1], vec![0], vec![x]);
            sums.add(row.view(), &[0]);
        }
        sums.all()
    }

    #[test]
    fn agrees_with_scipy() {
        // scipy.stats.ttest_ind([1, 2, 4, 7], [0, 1, 1, 0, 3], equal_var=False)
        let (a, b) = (
            sums(&[1.0, 2.0, 4.0, 7.0]),
            sums(&[0.0, 1.0, 1.0, 0.0, 3.0]),
        );
        let test = t_test(0, &a, &b, Variance::Welch).unwrap();
        assert!(
            (test.scores[0] - 1.746_075_739_423_945_7).abs() < 1e-12,
            "{test:?}"
        );
        assert!(
            (10f64.powf(test.log10_pvals[0]) - 0.155_230_943_291_225_7).abs() < 1e-12,
            "{test:?}"
        );
    }

    #[test]
    fn no_variance() {
        let (a, b) = (sums(&[1.0, 1.0]), sums(&[1.0, 1.0, 1.0]));
        let same = t_test(0, &a, &b, Variance::Welch).unwrap();
        assert_eq!((same.scores[0], same.log10_pvals[0]), (0.0, 0.0));
        let other = t_test(0, &sums(&[2.0, 2.0]), &b, Variance::Overestimated).unwrap();
        assert_eq!(other.log10_pvals[0], f64::NEG_INFINITY);
    }

    #[test]
    fn a_single_cell_is_refused() {
        let refused = t_test(3, &sums(&[1.0]), &sums(&[1.0, 2.0]), Variance::Welch);
        let error = RankError::GroupTooSmall {
            group: 3,
            n_cells: 1,
        };
        assert_eq!(refused, Err(error));
    }
}

//! Adjustment of p-values for the number of genes tested, in log space.

use crate::math;

/// Benjamini & Hochberg, JRSS B 1995: log₁₀ of the p-values below which the false discovery
/// rate is controlled. NaN counts as p = 1.
pub fn benjamini_hochberg(log10_pvals: &[f64]) -> Vec<f64> {
    let n = log10_pvals.len();
    let p: Vec<f64> = log10_pvals.iter().map(|&p| defined(p)).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![0.0; n];
    let mut least: f64 = 0.0;
    for (i, gene) in order.into_iter().enumerate().rev() {
        least = least.min(p[gene] + math::log10(n as f64 / (i + 1) as f64));
        adjusted[gene] = least;
    }
    adjusted
}

/// log₁₀ of p · (number of genes), at most 0. NaN counts as p = 1.
pub fn bonferroni(log10_pvals: &[f64]) -> Vec<f64> {
    let log_n = math::log10(log10_pvals.len() as f64);
    log10_pvals
        .iter()
        .map(|&p| (defined(p) + log_n).min(0.0))
        .collect()
}

fn defined(log10_p: f64) -> f64 {
    if log10_p.is_nan() { 0.0 } else { log10_p }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_up_as_by_hand() {
        // p = 0.01, 0.04, 0.03, 1 (NaN): p·4/rank = 0.04, 0.0533 (0.04·4/3), 0.06, 1.
        let p = [0.01f64.log10(), 0.04f64.log10(), 0.03f64.log10(), f64::NAN];
        let adjusted = benjamini_hochberg(&p);
        let expected = [0.04, 0.16 / 3.0, 0.16 / 3.0, 1.0];
        for (a, e) in adjusted.iter().zip(expected) {
            assert!((10f64.powf(*a) - e).abs() < 1e-12, "{adjusted:?}");
        }
    }

    #[test]
    fn far_below_the_smallest_float() {
        assert_eq!(benjamini_hochberg(&[-5000.0])[0], -5000.0);
        assert_eq!(
            benjamini_hochberg(&[f64::NEG_INFINITY, 0.0])[0],
            f64::NEG_INFINITY
        );
        let both = bonferroni(&[-5000.0, -0.1]);
        assert_eq!((both[0], both[1]), (-5000.0 + 2f64.log10(), 0.0));
        assert!(benjamini_hochberg(&[]).is_empty());
    }
}

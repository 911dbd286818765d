//! Fold changes between two sets of cells, per gene, as log₂.

use crate::math;

/// Keeps a gene that one side does not express finite.
const PSEUDO: f64 = 1e-9;

/// From means of log(1 + x) values, undone by exp(· `ln_base`) − 1: scanpy's definition, a ratio
/// of geometric rather than arithmetic means.
pub fn of_mean_logs(group: &[f64], other: &[f64], ln_base: f64) -> Vec<f64> {
    let undo = |mean: f64| math::exp_m1(mean * ln_base);
    let ratio = |(&a, &b): (&f64, &f64)| log2_ratio(undo(a), undo(b));
    group.iter().zip(other).map(ratio).collect()
}

/// From means of the values before the logarithm.
pub fn of_means(group: &[f64], other: &[f64]) -> Vec<f64> {
    let ratio = |(&a, &b): (&f64, &f64)| log2_ratio(a, b);
    group.iter().zip(other).map(ratio).collect()
}

fn log2_ratio(a: f64, b: f64) -> f64 {
    math::log2((a + PSEUDO) / (b + PSEUDO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubling_is_one() {
        assert!((of_means(&[4.0], &[2.0])[0] - 1.0).abs() < 1e-8);
        let logs = of_mean_logs(&[5f64.ln()], &[3f64.ln()], 1.0);
        assert!((logs[0] - 1.0).abs() < 1e-8);
        let base_2 = of_mean_logs(&[5f64.log2()], &[3f64.log2()], 2f64.ln());
        assert!((base_2[0] - 1.0).abs() < 1e-8);
    }

    #[test]
    fn absent_genes_stay_finite() {
        assert_eq!(of_means(&[0.0], &[0.0]), [0.0]);
        assert!((of_means(&[1.0], &[0.0])[0] - 1e9f64.log2()).abs() < 1e-8);
    }
}

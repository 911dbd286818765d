//! Gaussian neighborhoods of a wanted perplexity: exp(−βd), scaled to the sum 1, with the β whose
//! entropy is the logarithm of the perplexity (van der Maaten & Hinton, JMLR 9, 2579 (2008),
//! section 2). What d is, a distance or its square, is up to the caller.

use crate::kernels::stats::exponential::exp;
use crate::math;

/// How near log perplexity has to come.
const TOLERANCE: f64 = 1e-5;

/// The weights at `excess`, what each d is above that of the nearest: only differences matter, and
/// without the nearest's part no weight underflows for all. β is bisected `steps` times at most.
pub fn weights(excess: &[f64], perplexity: f64, steps: usize) -> Vec<f64> {
    let wanted = math::ln(perplexity);
    let (mut low, mut beta, mut high) = (0.0, 1.0, f64::INFINITY);
    let mut weights: Vec<f64> = Vec::new();
    for _ in 0..steps {
        weights = excess.iter().map(|d| exp(-beta * d)).collect();
        let sum: f64 = weights.iter().sum();
        let weighted: f64 = excess.iter().zip(&weights).map(|(d, w)| d * w).sum();
        let entropy = math::ln(sum) + beta * (weighted / sum);
        weights.iter_mut().for_each(|w| *w /= sum);
        if (entropy - wanted).abs() < TOLERANCE {
            break;
        }
        if entropy > wanted {
            low = beta;
            beta = if high.is_finite() {
                (beta + high) / 2.0
            } else {
                beta * 2.0
            };
        } else {
            high = beta;
            beta = (beta + low) / 2.0;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perplexity_is_reached() {
        let weights = weights(&[0.0, 0.4, 0.8, 1.4, 3.9], 3.0, 50);
        let entropy: f64 = weights.iter().map(|w| -w * w.ln()).sum();
        assert!((entropy.exp() - 3.0).abs() < 1e-3);
        assert!(weights.windows(2).all(|w| w[0] > w[1]));
    }
}

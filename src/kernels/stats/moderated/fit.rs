//! The scaled F distribution that the variances of all genes come from: its degrees of freedom d₀ and
//! scale s₀² from the moments of log s² (Smyth, Stat. Appl. Genet. Mol. Biol. 3:3, 2004, section 6.2).
//! Degrees of freedom of the spline and treatment of variances near 0 are those of limma 3.54.

use super::special::{digamma, trigamma, trigamma_inverse};
use super::spline::natural_spline;
use crate::kernels::stats::quantile::median;
use crate::math;

/// A variance below this part of the median is taken for it: there is no logarithm of 0.
const LEAST: f64 = 1e-5;

/// One prior a gene.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    /// d₀; infinite if the genes' variances do not differ more than by chance.
    pub df: Vec<f64>,
    /// s₀²
    pub variance: Vec<f64>,
}

impl Prior {
    /// The mean of a gene's variance with `df` degrees of freedom after the prior.
    pub fn posterior(&self, gene: usize, variance: f64, df: f64) -> f64 {
        let (d0, s0) = (self.df[gene], self.variance[gene]);
        if d0.is_finite() {
            (d0 * s0 + df * variance) / (d0 + df)
        } else {
            s0
        }
    }
}

/// d₀, and s₀² of each gene.
pub(super) struct FitF {
    pub df: f64,
    pub scale: Vec<f64>,
}

/// By the moments of log s², about their mean or about a curve of the means.
pub(super) fn fit(variances: &[f64], df: f64, means: Option<&[f64]>) -> FitF {
    let n = variances.len();
    if n < 2 {
        return FitF {
            df: 0.0,
            scale: variances.to_vec(),
        };
    }
    let variances = away_from_zero(variances);
    let shift = digamma(df / 2.0) - math::ln(df / 2.0);
    let e: Vec<f64> = variances.iter().map(|&s| math::ln(s) - shift).collect();
    let curve = means.and_then(|means| {
        let df = spline_df(means);
        (df >= 2).then(|| natural_spline(means, &e, df))
    });
    let (center, spread) = match &curve {
        Some(curve) => (
            curve.fitted.clone(),
            curve.squares / (n - curve.rank) as f64,
        ),
        None => {
            let mean = e.iter().sum::<f64>() / n as f64;
            let squares: f64 = e.iter().map(|x| (x - mean).powi(2)).sum();
            (vec![mean; n], squares / (n - 1) as f64)
        }
    };
    let excess = spread - trigamma(df / 2.0);
    if excess > 0.0 {
        let d0 = 2.0 * trigamma_inverse(excess);
        let back = digamma(d0 / 2.0) - math::ln(d0 / 2.0);
        FitF {
            df: d0,
            scale: center.iter().map(|x| math::exp(x + back)).collect(),
        }
    } else {
        let mean = variances.iter().sum::<f64>() / n as f64;
        FitF {
            df: f64::INFINITY,
            scale: match curve {
                Some(_) => center.iter().map(|&x| math::exp(x)).collect(),
                None => vec![mean; n],
            },
        }
    }
}

/// Variances with a floor; of genes that mostly do not vary at all, one of about 1.
fn away_from_zero(variances: &[f64]) -> Vec<f64> {
    let middle = match median(variances.to_vec()) {
        Some(middle) if middle > 0.0 => middle,
        _ => 1.0,
    };
    variances.iter().map(|s| s.max(LEAST * middle)).collect()
}

/// More genes bear a more supple curve.
fn spline_df(means: &[f64]) -> usize {
    let n = means.len();
    let supple = [3, 6, 30].iter().filter(|&&least| n >= least).count();
    let mut distinct = means.to_vec();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    (1 + supple).min(distinct.len())
}

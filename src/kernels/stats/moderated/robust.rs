//! The prior variance where some genes vary far more than the others, as those of a contaminated
//! sample or of one sex do: log variances are winsorized before their spread is measured, and a gene
//! gets fewer prior degrees of freedom the less likely its variance is under the prior (Phipson et
//! al., Ann. Appl. Stat. 10, 946, 2016). Tails, span and nodes are those of limma 3.54.

use super::fit::{FitF, Prior, fit};
use super::lowess::lowess;
use super::special::{FRatio, bisected};
use crate::kernels::stats::quantile::{mean_ranks, median, percentile_of_sorted};
use crate::math;

/// Shares of the genes in the lower and the upper tail.
const TAILS: (f64, f64) = (0.05, 0.1);
/// A variance below this part of the median is taken for it.
const LEAST: f64 = 1e-12;
/// Share of the genes in each fit of the trend, and its rounds of reweighting.
const SPAN: f64 = 0.4;
const ROUNDS: usize = 3;
/// Nodes of the quadrature.
const NODES: usize = 128;

/// The prior of each gene.
pub(super) fn robust(variances: &[f64], df: f64, means: Option<&[f64]>) -> Prior {
    let n = variances.len();
    let middle = median(variances.to_vec()).unwrap_or(0.0);
    let few = TAILS.0.max(TAILS.1) < 1.0 / n as f64;
    let plain = |fit: FitF| Prior {
        df: vec![fit.df; n],
        variance: fit.scale,
    };
    if n < 3 || few || middle <= 0.0 {
        return plain(fit(variances, df, means));
    }
    let variances: Vec<f64> = variances.iter().map(|s| s.max(LEAST * middle)).collect();
    let all = fit(&variances, df, means);
    let z: Vec<f64> = variances.iter().map(|&s| math::ln(s)).collect();
    let trend = match means {
        Some(means) => lowess(means, &z, SPAN, ROUNDS),
        None => vec![trimmed_mean(&z, TAILS.1); n],
    };
    let residuals: Vec<f64> = z.iter().zip(&trend).map(|(z, t)| z - t).collect();
    let (mean, variance) = winsorized(&residuals);
    let quadrature = Quadrature::new(NODES);
    let excess = |d2: f64| {
        let moments = quadrature.moments(FRatio { d1: df, d2 });
        math::ln(variance / moments.1)
    };
    let d2 = if excess(f64::INFINITY) <= 0.0 {
        f64::INFINITY
    } else if all.df.is_infinite() {
        return plain(all);
    } else if excess(all.df) >= 0.0 {
        all.df
    } else {
        // Between what all genes say and infinity, on a scale from 0 to 1.
        let root = bisected(all.df / (1.0 + all.df), 1.0, |x| excess(x / (1.0 - x)));
        root / (1.0 - root)
    };
    let f = FRatio { d1: df, d2 };
    let back = mean - quadrature.moments(f).0;
    let scale: Vec<f64> = trend.iter().map(|t| math::exp(t + back)).collect();
    let ratios: Vec<f64> = z
        .iter()
        .zip(&scale)
        .map(|(z, &s)| math::exp(z - math::ln(s)))
        .collect();
    Prior {
        df: shrunk(&ratios, f, n as f64 * df),
        variance: scale,
    }
}

/// The mean without the share `trim` of the values at each end.
fn trimmed_mean(values: &[f64], trim: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let cut = (trim * sorted.len() as f64) as usize;
    let kept = &sorted[cut..sorted.len() - cut];
    kept.iter().sum::<f64>() / kept.len() as f64
}

/// Mean and variance with the tails drawn in to their quantiles.
fn winsorized(values: &[f64]) -> (f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let low = percentile_of_sorted(&sorted, 100.0 * TAILS.0);
    let high = percentile_of_sorted(&sorted, 100.0 * (1.0 - TAILS.1));
    let drawn: Vec<f64> = values.iter().map(|x| x.clamp(low, high)).collect();
    let n = drawn.len() as f64;
    let mean = drawn.iter().sum::<f64>() / n;
    let squares: f64 = drawn.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, squares / (n - 1.0))
}

/// Gauss and Legendre's nodes and weights on 0 to 1.
struct Quadrature(Vec<(f64, f64)>);

impl Quadrature {
    fn new(n: usize) -> Self {
        let node = |i: usize| {
            let mut x = math::cos(std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5));
            let mut slope = 1.0;
            for _ in 0..100 {
                let (mut p, mut before) = (x, 1.0);
                for k in 2..=n {
                    let k = k as f64;
                    (p, before) = (((2.0 * k - 1.0) * x * p - (k - 1.0) * before) / k, p);
                }
                slope = n as f64 * (x * p - before) / (x * x - 1.0);
                let step = p / slope;
                x -= step;
                if step.abs() < 1e-16 {
                    break;
                }
            }
            let weight = 2.0 / ((1.0 - x * x) * slope * slope);
            (0.5 * (1.0 - x), 0.5 * weight)
        };
        Quadrature((0..n).map(node).collect())
    }

    /// Mean and variance of the logarithm of F with its tails drawn in.
    fn moments(&self, f: FRatio) -> (f64, f64) {
        let ends = [f.quantile(TAILS.0), f.quantile(1.0 - TAILS.1)];
        // The share f / (1 + f) runs from 0 to 1.
        let shares = ends.map(|f| f / (1.0 + f));
        let width = shares[1] - shares[0];
        let inner = |of: &dyn Fn(f64) -> f64| -> f64 {
            let term = |&(node, weight): &(f64, f64)| {
                let share = shares[0] + width * node;
                let at = share / (1.0 - share);
                weight * math::exp(f.ln_density(at)) / (1.0 - share).powi(2) * of(math::ln(at))
            };
            width * self.0.iter().map(term).sum::<f64>()
        };
        let whole = |of: &dyn Fn(f64) -> f64| {
            inner(of) + TAILS.0 * of(math::ln(ends[0])) + TAILS.1 * of(math::ln(ends[1]))
        };
        let mean = whole(&|z| z);
        (mean, whole(&|z| (z - mean).powi(2)))
    }
}

/// Prior degrees of freedom of each gene: fewer where a ratio of variances is larger than F has
/// them. `pooled`: degrees of freedom of all genes together.
fn shrunk(ratios: &[f64], f: FRatio, pooled: f64) -> Vec<f64> {
    let n = ratios.len() as f64;
    let tails: Vec<f64> = ratios.iter().map(|&ratio| f.ln_tails(ratio).1).collect();
    let ranks = mean_ranks(ratios);
    // How much less likely such a ratio is than it is frequent: ln of the odds, 0 if it is not.
    let fitting: Vec<f64> = tails
        .iter()
        .zip(&ranks)
        .map(|(tail, rank)| (tail - math::ln((n - rank + 0.5) / n)).min(0.0))
        .collect();
    if fitting.iter().all(|&fits| fits >= 0.0) {
        return vec![f.d2; ratios.len()];
    }
    let mut order: Vec<usize> = (0..tails.len()).collect();
    order.sort_by(|&a, &b| tails[a].total_cmp(&tails[b]));
    let found: Vec<f64> = if f.d2.is_infinite() {
        let df = |&fits: &f64| {
            if fits < 0.0 {
                math::exp(fits) * pooled
            } else {
                f.d2
            }
        };
        fitting.iter().map(df).collect()
    } else {
        let outlier = df_of_outlier(ratios, f, tails[order[0]]);
        let df = |&fits: &f64| math::exp(fits) * f.d2 - math::exp_m1(fits) * outlier;
        fitting.iter().map(df).collect()
    };
    rising(found, &order, f.d2.is_finite())
}

/// Degrees of freedom at which the largest ratio is no rarer than even odds.
fn df_of_outlier(ratios: &[f64], f: FRatio, least_tail: f64) -> f64 {
    if least_tail == f64::NEG_INFINITY {
        return 0.0;
    }
    let half = math::ln(0.5);
    let first = half / least_tail * f.d2;
    let largest = ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let again = FRatio { d2: first, ..f }.ln_tails(largest).1;
    half / again * first
}

/// Makes degrees of freedom rise with the tail probability; `pool` gives the rarest the mean that
/// is smallest.
fn rising(mut df: Vec<f64>, order: &[usize], pool: bool) -> Vec<f64> {
    let mut ordered: Vec<f64> = order.iter().map(|&gene| df[gene]).collect();
    if pool {
        let (mut sum, mut least, mut at) = (0.0, f64::INFINITY, 0);
        for (i, x) in ordered.iter().enumerate() {
            sum += x;
            let mean = sum / (i + 1) as f64;
            if mean < least {
                (least, at) = (mean, i);
            }
        }
        ordered[..=at].fill(least);
    }
    let mut most = f64::NEG_INFINITY;
    for (&gene, x) in order.iter().zip(ordered) {
        most = most.max(x);
        df[gene] = most;
    }
    df
}

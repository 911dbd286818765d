//! Polygamma functions, and the distributions of χ² and F as logarithms of their tails.
//!
//! Series and continued fractions: Abramowitz & Stegun 6.3.18, 6.4.12, 6.5.29 and 6.5.31; DLMF
//! 8.17(v) for the incomplete beta function.

use crate::kernels::stats::rank::beta_fraction;
use crate::math;

/// ψ(x) for x > 0: recurrence up to 10, then the asymptotic series.
pub fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 10.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    sum + math::ln(x)
        - 0.5 / x
        - y * (1.0 / 12.0 - y * (1.0 / 120.0 - y * (1.0 / 252.0 - y / 240.0)))
}

/// ψ′(x) for x > 0.
pub fn trigamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 10.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    sum + 1.0 / x + y / 2.0 + y / x * (1.0 / 6.0 - y * (1.0 / 30.0 - y * (1.0 / 42.0 - y / 30.0)))
}

/// The x with ψ′(x) = y: bisection of its logarithm.
pub fn trigamma_inverse(y: f64) -> f64 {
    math::exp(bisected(-20.0, 20.0, |ln_x| y - trigamma(math::exp(ln_x))))
}

/// Where a rising function is 0, between `low` and `high`.
pub fn bisected(mut low: f64, mut high: f64, rising: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if rising(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// F with `d1` and `d2` degrees of freedom; infinite `d2` makes it χ²/d1.
#[derive(Debug, Clone, Copy)]
pub struct FRatio {
    pub d1: f64,
    pub d2: f64,
}

impl FRatio {
    /// ln of the density at f > 0.
    pub fn ln_density(self, f: f64) -> f64 {
        let (a, b) = (0.5 * self.d1, 0.5 * self.d2);
        if self.d2.is_infinite() {
            return a * math::ln(a) + (a - 1.0) * math::ln(f) - a * f - math::ln_gamma(a);
        }
        let ratio = self.d1 / self.d2;
        a * math::ln(ratio) + (a - 1.0) * math::ln(f)
            - (a + b) * math::ln_1p(ratio * f)
            - ln_beta(a, b)
    }

    /// ln of the probabilities of less and of more than f.
    pub fn ln_tails(self, f: f64) -> (f64, f64) {
        if f <= 0.0 {
            return (f64::NEG_INFINITY, 0.0);
        }
        let (a, b) = (0.5 * self.d1, 0.5 * self.d2);
        if self.d2.is_infinite() {
            return gamma_tails(a, a * f);
        }
        let ratio = self.d1 * f / self.d2;
        let (x, rest) = (ratio / (1.0 + ratio), 1.0 / (1.0 + ratio));
        // x = 1 − rest, each without cancellation.
        let ln_front = a * math::ln(ratio) - (a + b) * math::ln_1p(ratio) - ln_beta(a, b);
        if x < (a + 1.0) / (a + b + 2.0) {
            let lower = ln_front - math::ln(a) + math::ln(beta_fraction(a, b, x));
            (lower, ln_rest(lower))
        } else {
            let upper = ln_front - math::ln(b) + math::ln(beta_fraction(b, a, rest));
            (ln_rest(upper), upper)
        }
    }

    /// The value below which a share `p` lies.
    pub fn quantile(self, p: f64) -> f64 {
        math::exp(bisected(-300.0, 300.0, |ln_f| {
            self.ln_tails(math::exp(ln_f)).0 - math::ln(p)
        }))
    }
}

fn ln_beta(a: f64, b: f64) -> f64 {
    math::ln_gamma(a) + math::ln_gamma(b) - math::ln_gamma(a + b)
}

/// ln(1 − exp(x)) for x ≤ 0.
fn ln_rest(x: f64) -> f64 {
    math::ln(-math::exp_m1(x.min(0.0)))
}

/// ln of the regularized incomplete gamma functions P and Q of a at x > 0.
fn gamma_tails(a: f64, x: f64) -> (f64, f64) {
    let ln_front = a * math::ln(x) - x - math::ln_gamma(a);
    if x < a + 1.0 {
        let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, a);
        while term > 1e-17 * sum {
            k += 1.0;
            term *= x / k;
            sum += term;
        }
        let lower = ln_front + math::ln(sum);
        return (lower, ln_rest(lower));
    }
    // Lentz's method.
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for i in 1..10_000 {
        let i = f64::from(i);
        let an = -i * (i - a);
        b += 2.0;
        d = 1.0 / (an * d + b);
        c = b + an / c;
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    let upper = ln_front + math::ln(fraction);
    (ln_rest(upper), upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polygamma_functions() {
        // scipy.special.digamma, polygamma(1, ·)
        assert!((digamma(0.5) + 1.963_510_026_021_423_5).abs() < 1e-12);
        assert!((digamma(7.25) - 1.910_453_526_883_736_2).abs() < 1e-12);
        assert!((trigamma(0.5) - 4.934_802_200_544_679).abs() < 1e-11);
        assert!((trigamma(12.0) - 0.086_901_872_871_768_4).abs() < 1e-13);
        assert!((trigamma(trigamma_inverse(0.37)) - 0.37).abs() < 1e-12);
    }

    #[test]
    fn distributions() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9 * b.abs(), "{a}, not {b}");
        // scipy.stats.f(4, 7.5): logsf(2.5), logcdf(0.2), ppf(0.9), logpdf(1.3)
        let f = FRatio { d1: 4.0, d2: 7.5 };
        close(f.ln_tails(2.5).1, -2.032_234_672_149_011);
        close(f.ln_tails(0.2).0, -2.673_262_410_563_329);
        close(f.quantile(0.9), 2.877_211_346_605_099);
        close(f.ln_density(1.3), -1.143_471_690_651_504);
        // scipy.stats.chi2(4): logsf(4 · 2.5), logcdf(4 · 0.2), ppf(0.9) / 4, logpdf(4 · 1.3) + ln 4
        let f = FRatio {
            d1: 4.0,
            d2: f64::INFINITY,
        };
        close(f.ln_tails(2.5).1, -3.208_240_530_771_945_5);
        close(f.ln_tails(0.2).0, -2.787_873_980_053_182);
        close(f.quantile(0.9), 1.944_860_084_933_714_5);
        close(f.ln_density(1.3), -0.951_341_374_412_618_7);
    }
}

//! Tail probabilities as logarithms, exact where the probability itself is far below what a
//! float can hold.
//!
//! Continued fractions: DLMF 7.9 (complementary error function) and 8.17(v) (incomplete beta),
//! evaluated by the method of Lentz.

use crate::math;
use std::f64::consts::{LN_10, PI, SQRT_2};

const TINY: f64 = 1e-300;
const EPSILON: f64 = 1e-16;

/// log₁₀ of the probability that a standard normal is further from 0 than `z`; NaN for NaN.
pub fn log10_p_normal(z: f64) -> f64 {
    ln_erfc(z.abs() / SQRT_2) / LN_10
}

/// log₁₀ of the probability that Student's t with `df` degrees of freedom is further from 0
/// than `t`; NaN for NaN.
pub fn log10_p_student(t: f64, df: f64) -> f64 {
    if t.is_infinite() {
        return f64::NEG_INFINITY;
    }
    // The incomplete beta function I_x(a, ½) at x = df / (df + t²).
    let a = 0.5 * df;
    let ratio = t * t / df;
    let (x, rest) = (1.0 / (1.0 + ratio), ratio / (1.0 + ratio));
    let ln_front = -a * math::ln_1p(ratio) + 0.5 * math::ln(rest) - ln_beta_half(a);
    let ln_p = if x < (a + 1.0) / (a + 2.5) {
        ln_front - math::ln(a) + math::ln(beta_fraction(a, 0.5, x))
    } else if rest == 0.0 {
        0.0
    } else {
        let other = math::exp(ln_front) * beta_fraction(0.5, a, rest) / 0.5;
        math::ln_1p(-other)
    };
    ln_p / LN_10
}

/// ln erfc(x) for x ≥ 0.
fn ln_erfc(x: f64) -> f64 {
    if x < 2.0 {
        return math::ln_1p(-erf_series(x));
    }
    if x.is_infinite() {
        return f64::NEG_INFINITY;
    }
    // erfc(x) = exp(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))).
    let mut fraction = Fraction::new(x);
    for k in 1..500 {
        if fraction.step(0.5 * f64::from(k), x) {
            break;
        }
    }
    -x * x - 0.5 * math::ln(PI) - math::ln(fraction.value)
}

/// erf(x) = 2/√π · exp(−x²) · Σ 2ᵏ x²ᵏ⁺¹ / (1·3·5 … (2k+1)).
fn erf_series(x: f64) -> f64 {
    let mut term = x;
    let mut sum = x;
    let mut odd = 1.0;
    while term > EPSILON * sum {
        odd += 2.0;
        term *= 2.0 * x * x / odd;
        sum += term;
    }
    2.0 / PI.sqrt() * math::exp(-x * x) * sum
}

/// ln B(a, ½) = ln(√π · Γ(a) / Γ(a + ½)), by the series of the ratio for large a, to which
/// small a are led by recurrence.
fn ln_beta_half(mut a: f64) -> f64 {
    let mut factor = 1.0;
    while a < 50.0 {
        factor *= (a + 0.5) / a;
        a += 1.0;
    }
    let coefficients = [
        869.0 / 4_194_304.0,
        -399.0 / 262_144.0,
        -21.0 / 32_768.0,
        5.0 / 1024.0,
        1.0 / 128.0,
        -1.0 / 8.0,
    ];
    let series = coefficients.iter().fold(0.0, |sum, c| (sum + c) / a);
    0.5 * math::ln(PI) + math::ln(factor) - 0.5 * math::ln(a) - math::ln_1p(series)
}

/// The continued fraction of the incomplete beta function, to be multiplied by
/// xᵃ(1 − x)ᵇ / (a·B(a, b)).
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let mut fraction = Fraction::new(1.0);
    fraction.step(-(a + b) * x / (a + 1.0), 1.0);
    for m in 1..10_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        fraction.step(even, 1.0);
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        if fraction.step(odd, 1.0) {
            break;
        }
    }
    1.0 / fraction.value
}

/// b₀ + a₁/(b₁ + a₂/(b₂ + …)), term by term.
struct Fraction {
    value: f64,
    numerator: f64,
    denominator: f64,
}

impl Fraction {
    fn new(b0: f64) -> Self {
        let value = if b0 == 0.0 { TINY } else { b0 };
        Self {
            value,
            numerator: value,
            denominator: 0.0,
        }
    }

    /// Adds a term; true once terms no longer change the value.
    fn step(&mut self, a: f64, b: f64) -> bool {
        let nonzero = |x: f64| if x.abs() < TINY { TINY } else { x };
        self.denominator = 1.0 / nonzero(b + a * self.denominator);
        self.numerator = nonzero(b + a / self.numerator);
        let change = self.numerator * self.denominator;
        self.value *= change;
        (change - 1.0).abs() <= 2.0 * EPSILON || change.is_nan()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{a} {b}");
    }

    #[test]
    fn normal_tails() {
        // (scipy.stats.norm.logsf(z) + ln 2) / ln 10
        for (z, expected) in NORMAL {
            close(log10_p_normal(z), expected);
            close(log10_p_normal(-z), expected);
        }
        assert_eq!(log10_p_normal(0.0), 0.0);
        assert_eq!(log10_p_normal(f64::INFINITY), f64::NEG_INFINITY);
        assert!(log10_p_normal(f64::NAN).is_nan());
    }

    #[test]
    fn student_tails() {
        // mpmath.log10(betainc(df/2, 1/2, 0, df/(df + t²), regularized=True)), 50 digits
        for (t, df, expected) in STUDENT {
            close(log10_p_student(t, df), expected);
        }
        assert_eq!(log10_p_student(0.0, 5.0), 0.0);
        assert!(log10_p_student(f64::NAN, 5.0).is_nan());
        assert!(log10_p_student(1.0, f64::NAN).is_nan());
    }

    const NORMAL: [(f64, f64); 6] = [
        (0.3, -0.1168059492903183),
        (1.96, -1.3010665622238702),
        (2.9, -2.428101819732371),
        (10.0, -22.817023409822095),
        (60.0, -783.6063991684467),
        (400.0, -34746.25867490429),
    ];

    const STUDENT: [(f64, f64, f64); 9] = [
        (0.5, 3.5, -0.18919612255448684),
        (2.0, 1.0, -0.529931852532505),
        (2.0, 10.0, -1.134374741945427),
        (5.0, 7.25, -2.850411241520538),
        (30.0, 50.0, -32.907278555625886),
        (1.5, 2000.0, -0.8736340123462325),
        (40.0, 2000.0, -256.8453138088255),
        (80.0, 90000.5, -1344.5401530606364),
        (0.001, 800.0, -0.0003465467618884632),
    ];
}

//! Element by element: ln(1 + x), its inverse, and the square root, on the stored values of a
//! block (zeros stay zeros). Computed in f64 and rounded once to f32, by the same arithmetic on
//! every machine, so that the bits do not depend on a mathematics library.
//!
//! Argument reduction and series are the classical ones (Cody & Waite, Software Manual for the
//! Elementary Functions, 1980); the relative error before rounding is below 1e-11.

use crate::kernels::simd::wide;
use crate::math;
use std::f64::consts::{LN_2, SQRT_2};

const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
/// 2⁵², whose last bits count units.
const UNITS: u64 = 0x4330_0000_0000_0000;

/// Replaces each x by ln(1 + x), or by the logarithm to `base`: −∞ at −1, NaN below.
pub fn log1p(values: &mut [f32], base: Option<f64>) {
    let factor = base.map_or(1.0, |base| 1.0 / math::ln(base));
    wide(
        #[inline(always)]
        || {
            values
                .iter_mut()
                .for_each(|x| *x = (ln_1p(*x) * factor) as f32)
        },
    );
}

/// Replaces each x by exp(x · `ln_base`) − 1: undoes [`log1p`], whose `ln_base` is 1 without a
/// base.
pub fn expm1(values: &mut [f32], ln_base: f64) {
    wide(
        #[inline(always)]
        || values.iter_mut().for_each(|x| *x = exp_m1(*x, ln_base)),
    );
}

/// Replaces each x by its square root; NaN below zero.
pub fn sqrt(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x = x.sqrt());
}

#[inline(always)]
fn exp_m1(x: f32, ln_base: f64) -> f32 {
    // Beyond these the result is the same in f32.
    let x = (f64::from(x) * ln_base).clamp(-40.0, 100.0);
    let twos = (x / LN_2 + 0.5).floor();
    let rest = x - twos * LN_2;
    // The last bits of twos + 1023 + 2⁵² hold the exponent of 2^twos.
    let power = f64::from_bits((twos + 1023.0 + f64::from_bits(UNITS)).to_bits() << 52);
    (power * exp_series(rest) + (power - 1.0)) as f32
}

/// exp(r) − 1 for |r| ≤ ln(2)/2.
#[inline(always)]
fn exp_series(r: f64) -> f64 {
    let mut sum = 1.0 / 3_628_800.0;
    for factorial in [362_880.0, 40_320.0, 5_040.0, 720.0, 120.0, 24.0, 6.0, 2.0] {
        sum = sum * r + 1.0 / factorial;
    }
    (sum * r + 1.0) * r
}

#[inline(always)]
fn ln_1p(x: f32) -> f64 {
    let x = f64::from(x);
    let u = 1.0 + x;
    // u = 2^twos · m with m in [√½, √2).
    let bits = u.to_bits();
    let m = f64::from_bits((bits & !EXPONENT) | 1f64.to_bits());
    let exponent = f64::from_bits((bits >> 52) | UNITS) - f64::from_bits(UNITS) - 1023.0;
    let above = m >= SQRT_2;
    let twos = if above { exponent + 1.0 } else { exponent };
    let m = if above { 0.5 * m } else { m };
    // Small x would lose digits in 1 + x.
    let f = if twos == 0.0 { x } else { m - 1.0 };
    let result = twos * LN_2 + ln_series(f);
    match u {
        _ if u > 0.0 && u < f64::INFINITY => result,
        0.0 => f64::NEG_INFINITY,
        f64::INFINITY => u,
        _ => f64::NAN,
    }
}

/// ln(1 + f) for 1 + f in [√½, √2): twice the series of artanh(f / (2 + f)).
#[inline(always)]
fn ln_series(f: f64) -> f64 {
    let s = f / (2.0 + f);
    let z = s * s;
    let mut sum = 1.0 / 15.0;
    for odd in [13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        sum = sum * z + 1.0 / odd;
    }
    2.0 * s * (sum * z + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> impl Iterator<Item = f32> {
        // Every 4,099th float from 0 to 2¹²⁷.
        (0..0x7f00_0000u32).step_by(4099).map(f32::from_bits)
    }

    fn off_by(a: f32, b: f32) -> u32 {
        a.to_bits().abs_diff(b.to_bits())
    }

    #[test]
    fn log1p_is_the_nearest_float_or_its_neighbor() {
        for x in samples() {
            let mut value = [x];
            log1p(&mut value, None);
            let exact = f64::from(x).ln_1p() as f32;
            assert!(off_by(value[0], exact) <= 1, "{x} {value:?} {exact}");
        }
    }

    #[test]
    fn expm1_undoes_log1p() {
        for x in samples().filter(|x| *x > 0.0 && *x < 88.0) {
            for x in [x, -x] {
                let exact = f64::from(x).exp_m1() as f32;
                assert!(off_by(exp_m1(x, 1.0), exact) <= 1, "{x}");
            }
        }
        assert_eq!(exp_m1(3.0, 2f64.ln()), 7.0);
        assert_eq!(exp_m1(1e30, 1.0), f32::INFINITY);
        assert_eq!(exp_m1(-1e30, 1.0), -1.0);
        assert!(exp_m1(f32::NAN, 1.0).is_nan());
    }

    #[test]
    fn a_row_of_any_length_is_as_each_of_its_values() {
        let values: Vec<f32> = samples().take(1003).collect();
        let mut row = values.clone();
        log1p(&mut row, Some(10.0));
        for (&x, &y) in values.iter().zip(&row) {
            assert_eq!((ln_1p(x) * (1.0 / 10f64.ln())) as f32, y);
        }
        let mut back = row.clone();
        expm1(&mut back, 10f64.ln());
        let each: Vec<f32> = row.iter().map(|&y| exp_m1(y, 10f64.ln())).collect();
        assert_eq!(back, each);
    }

    #[test]
    fn edges_of_log1p() {
        let mut values = [-1.0, -2.0, f32::INFINITY, f32::NAN, 0.0, -0.5];
        log1p(&mut values, None);
        assert_eq!((values[0], values[2]), (f32::NEG_INFINITY, f32::INFINITY));
        assert!(values[1].is_nan() && values[3].is_nan());
        assert_eq!(values[4..], [0.0, -(2f32.ln())]);
    }

    #[test]
    fn a_base_divides() {
        let mut values = [7.0, 0.0];
        log1p(&mut values, Some(2.0));
        assert_eq!(values, [3.0, 0.0]);
        sqrt(&mut values);
        assert_eq!(values[0], 3f32.sqrt());
    }
}

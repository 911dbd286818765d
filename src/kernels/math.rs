//! Logarithms, exponentials, powers, sines and lengths by the same arithmetic on every machine.
//!
//! The C library chooses versions of these functions by the processor (with and without fused
//! multiply-adds), and the versions differ in the last bit; so do releases of the library. These are
//! the crate `libm`'s, a translation of musl's and FreeBSD's to plain Rust: within two units in the
//! last place, and compiled into the program. What is rounded correctly everywhere (`sqrt`,
//! `mul_add`, the four operations, rounding to integers) stays a method of the number.
//!
//! Names and meanings are those of the methods of `f64`.

/// Natural logarithm: −∞ at 0, NaN below.
#[inline]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// ln(1 + x), precise for small x.
#[inline]
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// Logarithm to base 2; exact for powers of 2.
#[inline]
pub fn log2(x: f64) -> f64 {
    libm::log2(x)
}

/// Logarithm to base 10; exact for powers of 10 from 1 on.
#[inline]
pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// eˣ
#[inline]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// eˣ − 1, precise for small x.
#[inline]
pub fn exp_m1(x: f64) -> f64 {
    libm::expm1(x)
}

/// 2ˣ
#[inline]
pub fn exp2(x: f64) -> f64 {
    libm::exp2(x)
}

/// 10ˣ, to within two units in the last place: eight times as fast as `powf(10.0, x)`, which is exact
/// for whole x. 0 below −340, infinite above 309.
#[inline]
pub fn exp10(x: f64) -> f64 {
    // log₁₀ 2 in two parts: multiples of the first, up to 2¹² of them, are exact.
    const HIGH: f64 = f64::from_bits(0x3fd3_4413_509f_0000);
    const LOW: f64 = 1.733_665_960_375_285_3e-12;
    let clamped = x.clamp(-340.0, 309.0);
    let twos = (clamped * std::f64::consts::LOG2_10).round();
    let rest = (clamped - twos * HIGH) - twos * LOW;
    libm::scalbn(exp(rest * std::f64::consts::LN_10), twos as i32)
}

/// xʸ
#[inline]
pub fn powf(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Logarithm of the size of the gamma function.
#[inline]
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// Sine of an angle in radians.
#[inline]
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Cosine of an angle in radians.
#[inline]
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// Sine and cosine of an angle in radians.
#[inline]
pub fn sin_cos(x: f64) -> (f64, f64) {
    libm::sincos(x)
}

/// The length of (x, y), without overflow on the way.
#[inline]
pub fn hypot(x: f64, y: f64) -> f64 {
    // Squares between these bounds neither overflow nor lose digits: the common case is two
    // products and a root, and takes half of the time of the careful way.
    const SMALL: f64 = 1e-280;
    const LARGE: f64 = 1e300;
    let squares = x * x + y * y;
    if (SMALL..LARGE).contains(&squares) {
        squares.sqrt()
    } else {
        libm::hypot(x, y)
    }
}

/// The mean; of centered values, whose rounding is all that is left of it, 0.
pub fn mean(values: &[f64]) -> f64 {
    // Neumaier's sum loses nothing to its order.
    let (mut sum, mut lost, mut sizes) = (0.0_f64, 0.0, 0.0);
    for &x in values {
        let next = sum + x;
        lost += if sum.abs() >= x.abs() {
            (sum - next) + x
        } else {
            (x - next) + sum
        };
        sum = next;
        sizes += x.abs();
    }
    let total = if lost.is_finite() { sum + lost } else { sum };
    let noise = total.abs() <= 4.0 * f64::EPSILON * sizes && sizes.is_finite();
    if noise && values.iter().any(|x| x.fract() != 0.0) {
        return 0.0;
    }
    total / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units in the last place between two numbers of one sign.
    fn units(a: f64, b: f64) -> u64 {
        a.to_bits().abs_diff(b.to_bits())
    }

    /// Numbers of all sizes that a function may meet, from `low` to `high`.
    fn samples(low: f64, high: f64) -> impl Iterator<Item = f64> {
        let (low, high) = (low.to_bits(), high.to_bits());
        (low..high)
            .step_by(((high - low) / 20_011) as usize)
            .map(f64::from_bits)
    }

    #[test]
    fn they_are_the_librarys_but_for_the_last_bit() {
        for x in samples(1e-300, 1e300) {
            assert!(units(ln(x), x.ln()) <= 2, "ln {x}");
            assert!(units(log2(x), x.log2()) <= 2, "log2 {x}");
            assert!(units(log10(x), x.log10()) <= 2, "log10 {x}");
            assert!(units(ln_1p(x), x.ln_1p()) <= 2, "ln_1p {x}");
            assert!(units(hypot(x, 3.0), x.hypot(3.0)) <= 2, "hypot {x}");
            assert!(units(hypot(x, x), x.hypot(x)) <= 2, "hypot {x} {x}");
        }
        for x in samples(1e-12, 700.0).flat_map(|x| [x, -x]) {
            assert!(units(exp(x), x.exp()) <= 2, "exp {x}");
            assert!(units(exp_m1(x), x.exp_m1()) <= 2, "exp_m1 {x}");
            assert!(units(exp2(x), x.exp2()) <= 2, "exp2 {x}");
            assert!(units(powf(1.7, x), 1.7f64.powf(x)) <= 2, "1.7^{x}");
            assert!(units(exp10(x), 10f64.powf(x)) <= 3, "exp10 {x}");
            assert!(units(sin(x), x.sin()) <= 2, "sin {x}");
            assert!(units(cos(x), x.cos()) <= 2, "cos {x}");
            assert_eq!(sin_cos(x), (sin(x), cos(x)));
        }
    }

    /// The bits of each function over a range of numbers, as they were when the program was written:
    /// they are the same on every processor, system and library.
    #[test]
    fn the_bits_are_the_same_everywhere() {
        let digest = |values: &mut dyn Iterator<Item = f64>| {
            values.fold(0xcbf2_9ce4_8422_2325, |digest: u64, x| {
                (digest ^ x.to_bits()).wrapping_mul(0x0000_0100_0000_01b3)
            })
        };
        let wide = || samples(1e-300, 1e300);
        let narrow = || samples(1e-12, 700.0).flat_map(|x| [x, -x]);
        let found = [
            digest(&mut wide().map(ln)),
            digest(&mut wide().map(log2)),
            digest(&mut wide().map(log10)),
            digest(&mut wide().map(ln_1p)),
            digest(&mut wide().map(|x| hypot(x, 3.0))),
            digest(&mut narrow().map(exp)),
            digest(&mut narrow().map(exp_m1)),
            digest(&mut narrow().map(exp2)),
            digest(&mut narrow().map(exp10)),
            digest(&mut narrow().map(|x| powf(1.7, x))),
            digest(&mut narrow().map(sin)),
            digest(&mut narrow().map(cos)),
        ];
        let known = [
            0xccf0_2be2_7b73_f5c1,
            0x44d8_298a_b4c5_1139,
            0x8516_d466_0366_5ab5,
            0xbc46_4ba0_16a7_c10a,
            0x5974_732a_75d6_336d,
            0x1924_76b0_f431_cbef,
            0x343f_d094_df3e_446b,
            0x6bc7_9cb0_15d6_5ef5,
            0xbe39_7458_9ddc_12e0,
            0x1489_a5fa_98a0_c41b,
            0x5dfb_ad45_eb3e_3573,
            0x13db_a8bb_c2b0_d765,
        ];
        assert_eq!(found, known, "{found:#x?}");
    }

    #[test]
    fn round_numbers_are_exact() {
        for power in 0..20 {
            let x = 10f64.powi(power);
            assert_eq!(log10(x), f64::from(power));
            assert_eq!(powf(10.0, f64::from(power)), x);
            assert_eq!(log2(2f64.powi(power)), f64::from(power));
            assert_eq!(exp2(f64::from(power)), 2f64.powi(power));
        }
        assert_eq!((ln(1.0), exp(0.0), hypot(3.0, 4.0)), (0.0, 1.0, 5.0));
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!(ln(0.0), f64::NEG_INFINITY);
        assert!(ln(-1.0).is_nan() && exp(f64::NAN).is_nan());
        assert_eq!((exp(-800.0), exp(800.0)), (0.0, f64::INFINITY));
        assert_eq!((exp10(-400.0), exp10(400.0)), (0.0, f64::INFINITY));
        assert_eq!((exp10(0.0), exp10(-0.0)), (1.0, 1.0));
        assert!(exp10(f64::NAN).is_nan());
        assert_eq!(hypot(f64::INFINITY, f64::NAN), f64::INFINITY);
        assert_eq!(hypot(1e300, 1e300), 1e300f64.hypot(1e300));
        assert_eq!(hypot(0.0, -0.0), 0.0);
    }

    #[test]
    fn centered_values_have_a_mean_of_zero() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i % 37) * 0.37 + 3.1).collect();
        let middle = mean(&values);
        let centered: Vec<f64> = values.iter().map(|x| x - middle).collect();
        assert_eq!(mean(&centered), 0.0);
        assert_eq!(mean(&[1e16, 2.0, -1e16]), 2.0 / 3.0);
        assert_eq!(mean(&[3.0, 0.5]), 1.75);
        assert_eq!(mean(&[f64::INFINITY, 1.0]), f64::INFINITY);
        assert!(mean(&[]).is_nan());
    }
}

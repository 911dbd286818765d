//! exp(x) in f64, by the same arithmetic on every machine, so that the bits do not depend on a
//! mathematics library. Argument reduction and series as in Cody & Waite, Software Manual for the
//! Elementary Functions, 1980; loops over it are made vectors of.

/// ln 2 in two parts: multiples of the first, up to 2¹¹ of them, are exact.
const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// 1.5 · 2⁵²: a number added to it is rounded to an integer, which the last bits then hold.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// eˣ to within 2 units in the last place; 0 below −708, e⁷⁰⁹ above 709.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let clamped = x.clamp(-708.0, 709.0);
    let shifted = clamped * std::f64::consts::LOG2_E + ROUNDING;
    let twos = shifted - ROUNDING;
    let rest = (clamped - twos * LN_2_HIGH) - twos * LN_2_LOW;
    let mut sum = 1.0 / 6_227_020_800.0;
    for inverse in [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
    ] {
        sum = sum * rest + inverse;
    }
    // The last bits of `shifted` are an integer in two's complement: they become the exponent.
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    let result = (sum * rest + 1.0) * power;
    if x < -708.0 { 0.0 } else { result }
}

#[cfg(test)]
mod tests {
    use super::exp;

    #[test]
    fn agrees_with_the_library() {
        for i in -70_000..70_000 {
            let x = f64::from(i) * 0.0101;
            assert!((exp(x) / x.exp() - 1.0).abs() < 5e-16, "{x}");
        }
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-0.0), 1.0);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert_eq!(exp(-708.5), 0.0);
        assert!(exp(f64::INFINITY).is_finite());
        assert!(exp(f64::NAN).is_nan());
    }
}

//! Floats of 16 bits (IEEE 754 binary16): one bit of sign, 5 of exponent, 10 of fraction. Files
//! hold them to be small; everything computes with wider ones.

/// The number that 16 bits are.
pub fn of_bits(bits: u16) -> f32 {
    let fraction = f32::from(bits & 0x3ff);
    let size = match (bits >> 10) & 0x1f {
        0 => fraction * 2_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        exponent => (1.0 + fraction / 1024.0) * 2_f32.powi(i32::from(exponent) - 15),
    };
    if bits >> 15 == 0 { size } else { -size }
}

/// The bits of the nearest half; of two that are equally near, the even one.
pub fn bits(number: f32) -> u16 {
    let sign = ((number.to_bits() >> 16) & 0x8000) as u16;
    let size = number.abs();
    if number.is_nan() {
        return sign | 0x7e00;
    }
    // Halves of the largest exponent are 32 apart: from 65,520 on the nearest is infinite.
    if size >= 65520.0 {
        return sign | 0x7c00;
    }
    let exponent = ((size.to_bits() >> 23) as i32 - 127).max(-14);
    // In units of the last place this is exact, so that rounding it is all that is lost.
    let places = (size * 2_f32.powi(10 - exponent)).round_ties_even() as u16;
    // A fraction that is rounded up to 2048 moves on to the next exponent by itself.
    sign | if places < 1024 {
        places
    } else {
        (((exponent + 15) as u16) << 10) + (places - 1024)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves() {
        let of = of_bits;
        assert_eq!([of(0x3c00), of(0xc000), of(0x7bff)], [1.0, -2.0, 65504.0]);
        assert_eq!([of(0x0001), of(0x8000)], [2_f32.powi(-24), -0.0]);
        assert!(of(0x7c00).is_infinite() && of(0x7e00).is_nan());
    }

    #[test]
    fn every_half_is_itself() {
        for all in 0..=u16::MAX {
            let number = of_bits(all);
            assert!(number.is_nan() || bits(number) == all, "{all:#06x}");
        }
    }

    #[test]
    fn others_are_rounded_to_the_nearest() {
        assert_eq!(of_bits(bits(0.1)), 0.099_975_586);
        // Between 2048 and 2050, 2050 and 2052: the even fraction.
        assert_eq!(of_bits(bits(2049.0)), 2048.0);
        assert_eq!(of_bits(bits(2051.0)), 2052.0);
        assert_eq!(bits(65519.9), 0x7bff);
        assert_eq!([bits(65520.0), bits(-1e30)], [0x7c00, 0xfc00]);
        assert_eq!(bits(2_f32.powi(-25)), 0);
        assert!(of_bits(bits(f32::NAN)).is_nan());
    }
}

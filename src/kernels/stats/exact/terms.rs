//! Floats as integers in the unit of their bucket: what exact sums are made of.

use super::SHIFT;
use crate::kernels::simd::wide;

/// Values whose terms are worked out at once.
pub const AT_ONCE: usize = 64;

/// A value as a bucket and an integer in that bucket's unit, below 2³¹ in size; `None` for zero
/// and for what is not finite.
#[inline]
pub fn term(x: f32) -> Option<(usize, i64)> {
    let bits = x.to_bits();
    let exponent = (bits >> 23) & 0xff;
    let mantissa = (bits & 0x007f_ffff) | (u32::from(exponent != 0) << 23);
    if exponent == 0xff || mantissa == 0 {
        return None;
    }
    let exponent = exponent.max(1) + SHIFT;
    let value = i64::from(mantissa) << (exponent & 7);
    // Negated without a branch: signs can be hard to predict.
    let sign = -i64::from(bits >> 31);
    Some(((exponent >> 3) as usize, (value ^ sign) - sign))
}

/// What [`term`] makes of at most [`AT_ONCE`] values, worked out without a branch for each, so that it is
/// done in lanes.
pub struct Terms {
    pub values: [i32; AT_ONCE],
    pub buckets: [u32; AT_ONCE],
}

/// The buckets that the values of [`Terms`] lie in.
pub enum Buckets {
    One(usize),
    Several,
    /// Some value is zero, subnormal or not finite: the terms are not to be used.
    None,
}

impl Default for Terms {
    fn default() -> Self {
        Terms {
            values: [0; AT_ONCE],
            buckets: [0; AT_ONCE],
        }
    }
}

impl Terms {
    /// Of at most [`AT_ONCE`] values.
    pub fn take(&mut self, values: &[f32]) -> Buckets {
        wide(
            #[inline(always)]
            || self.take_each(values),
        )
    }

    #[inline(always)]
    fn take_each(&mut self, values: &[f32]) -> Buckets {
        let (mut all, mut any, mut usual) = (u32::MAX, 0, true);
        let places = self.values.iter_mut().zip(&mut self.buckets);
        for ((value, bucket), &x) in places.zip(values) {
            let exponent = (x.to_bits() >> 23) & 0xff;
            usual &= exponent.wrapping_sub(1) < 0xfe;
            let shifted = exponent + SHIFT;
            *bucket = shifted >> 3;
            (all, any) = (all & *bucket, any | *bucket);
            let mantissa = (x.to_bits() & 0x007f_ffff) | 0x0080_0000;
            let size = (mantissa << (shifted & 7)) as i32;
            let sign = (x.to_bits() as i32) >> 31;
            *value = (size ^ sign) - sign;
        }
        if !usual {
            Buckets::None
        } else if all == any {
            Buckets::One(all as usize)
        } else {
            Buckets::Several
        }
    }
}

//! Bytes of numbers, of any width and either byte order, to the types the engine uses, and to the
//! widest of each kind for who wants every digit.

use crate::data::half;
use crate::io::element::Number;
use crate::io::h5::Native;

/// f32 values, u32 indices, i64 row pointers; f64 and u64 for what is written as it was.
pub trait Target: Native + Send + Sync {
    /// Whether the stored bytes are those of this type already.
    fn has_bytes_of(number: Number) -> bool;
    fn convert(number: Number, bytes: &[u8], out: &mut [Self]);
    fn bytes(values: &mut [Self]) -> &mut [u8];
}

/// A number that stands for a place; one with a fraction, and NaN, becomes one that no matrix has.
fn whole(value: f64) -> i64 {
    if value.fract() == 0.0 {
        value as i64
    } else {
        -1
    }
}

macro_rules! target {
    ($target:ty, $same:expr, $cast:expr, $float:expr) => {
        impl Target for $target {
            fn has_bytes_of(number: Number) -> bool {
                let same: fn(Number) -> bool = $same;
                let here = number.big_endian == cfg!(target_endian = "big") || number.size == 1;
                number.plain && here && same(number)
            }

            fn convert(number: Number, bytes: &[u8], out: &mut [Self]) {
                macro_rules! from {
                    ($stored:ty, $into:expr) => {{
                        let parts = bytes.chunks_exact(size_of::<$stored>());
                        for (to, part) in out.iter_mut().zip(parts) {
                            let mut value = [0; size_of::<$stored>()];
                            value.copy_from_slice(part);
                            let value = if number.big_endian {
                                <$stored>::from_be_bytes(value)
                            } else {
                                <$stored>::from_le_bytes(value)
                            };
                            *to = ($into)(value as _);
                        }
                    }};
                }
                match (number.float, number.signed, number.size) {
                    (true, _, 2) => {
                        let halves = bytes.as_chunks::<2>().0.iter().map(|&two| {
                            half::of_bits(if number.big_endian {
                                u16::from_be_bytes(two)
                            } else {
                                u16::from_le_bytes(two)
                            })
                        });
                        for (to, value) in out.iter_mut().zip(halves) {
                            *to = ($float)(value as _);
                        }
                    }
                    (true, _, 4) => from!(f32, $float),
                    (true, ..) => from!(f64, $float),
                    (_, true, 1) => from!(i8, $cast),
                    (_, true, 2) => from!(i16, $cast),
                    (_, true, 4) => from!(i32, $cast),
                    (_, true, _) => from!(i64, $cast),
                    (_, false, 1) => from!(u8, $cast),
                    (_, false, 2) => from!(u16, $cast),
                    (_, false, 4) => from!(u32, $cast),
                    (_, false, _) => from!(u64, $cast),
                }
            }

            fn bytes(values: &mut [Self]) -> &mut [u8] {
                let length = size_of_val(values);
                // SAFETY: plain numbers without padding, of which any bits are a value.
                unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), length) }
            }
        }
    };
}

target!(
    f32,
    |n| n.float && n.size == 4,
    |value: f32| value,
    |value: f32| value
);
// An index below zero or beyond u32 becomes one that no matrix has.
target!(
    u32,
    |n| !n.float && n.size == 4,
    |value: i64| u32::try_from(value).unwrap_or(u32::MAX),
    |value: f64| u32::try_from(whole(value)).unwrap_or(u32::MAX)
);
target!(
    f64,
    |n| n.float && n.size == 8,
    |value: f64| value,
    |value: f64| value
);
target!(
    u64,
    |n| !n.float && !n.signed && n.size == 8,
    |value: u64| value,
    |value: u64| value
);
target!(
    i64,
    |n| !n.float && n.signed && n.size == 8,
    |value: i64| value,
    whole
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves() {
        let mut out = [0_f32; 1];
        f32::convert(number(true, 2, true, true), &[0x3e, 0], &mut out);
        assert_eq!(out, [1.5]);
    }

    fn number(float: bool, size: usize, signed: bool, big_endian: bool) -> Number {
        Number {
            float,
            size,
            signed,
            big_endian,
            plain: true,
        }
    }

    #[test]
    fn every_width_and_order_is_read() {
        let mut out = [0_f32; 2];
        let bytes = [2.5_f64.to_be_bytes(), (-1.0_f64).to_be_bytes()].concat();
        f32::convert(number(true, 8, true, true), &bytes, &mut out);
        assert_eq!(out, [2.5, -1.0]);
        f32::convert(number(false, 2, false, false), &[1, 0, 0, 255], &mut out);
        assert_eq!(out, [1.0, 65280.0]);
        f32::convert(number(false, 1, true, false), &[1, 255], &mut out);
        assert_eq!(out, [1.0, -1.0]);
    }

    #[test]
    fn indices_that_do_not_fit_become_impossible_ones() {
        let mut out = [0_u32; 2];
        let bytes = [(-1_i64).to_le_bytes(), (1_i64 << 40).to_le_bytes()].concat();
        u32::convert(number(false, 8, true, false), &bytes, &mut out);
        assert_eq!(out, [u32::MAX, u32::MAX]);
        let places = [1.5_f64, f64::NAN].map(f64::to_le_bytes).concat();
        u32::convert(number(true, 8, true, false), &places, &mut out);
        assert_eq!(out, [u32::MAX, u32::MAX]);
        let mut ends = [0_i64; 2];
        i64::convert(number(true, 8, true, false), &places, &mut ends);
        assert_eq!(ends, [-1, -1]);
        assert!(u32::has_bytes_of(number(false, 4, true, false)));
        assert!(!u32::has_bytes_of(number(false, 4, true, true)));
    }
}

//! a · b + c rounded once, on processors that have no instruction for it.
//!
//! `mul_add` is right there, too, but is a call for each number, and the search for neighbors and layouts
//! are made of nothing else; this becomes vectors. The sum is first rounded to odd, so that rounding
//! it a second time changes nothing: Boldo & Melquiond, "Emulation of a FMA and correctly rounded
//! sums", IEEE Transactions on Computers 57, 462 (2008).

/// A number that can be multiplied and added with one rounding.
pub(super) trait Fused: Copy {
    /// `self · b + c`, rounded once; `native` where the instruction is there, and known when compiling.
    fn fused(self, native: bool, b: Self, c: Self) -> Self;
}

impl Fused for f32 {
    #[inline(always)]
    fn fused(self, native: bool, b: f32, c: f32) -> f32 {
        if native || cfg!(not(target_arch = "x86_64")) {
            return self.mul_add(b, c);
        }
        // Exact: twice 24 bits.
        let product = f64::from(self) * f64::from(b);
        odd_sum(product, f64::from(c)) as f32
    }
}

impl Fused for f64 {
    /// An emulation of twice the width takes as long as the library.
    #[inline(always)]
    fn fused(self, _native: bool, b: f64, c: f64) -> f64 {
        self.mul_add(b, c)
    }
}

/// a + b, rounded, and what was rounded away (Knuth).
#[inline(always)]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// a + b; if that is no number, the neighbor whose last bit is 1.
#[inline(always)]
fn odd_sum(a: f64, b: f64) -> f64 {
    let (sum, rest) = two_sum(a, b);
    // Not of infinities, whose rest is not a number.
    let inexact = (rest > 0.0) | (rest < 0.0);
    let outwards = (rest > 0.0) == (sum > 0.0);
    let bits = sum.to_bits();
    let step = if outwards { 1 } else { u64::MAX };
    let even = bits & 1 == 0;
    f64::from_bits(bits.wrapping_add(if inexact & even { step } else { 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::random::{generators, splitmix};

    /// Numbers many of which cancel, tie or are extreme.
    fn draw(normal: &mut generators::Stream, stream: &mut splitmix::Stream) -> f64 {
        let x = normal.normal();
        match stream.bits() % 8 {
            0 => x,
            1 => (x * 8.0).round(),
            2 => (x as f32).into(),
            3 => x * 2f64.powi((stream.bits() % 60) as i32 - 30),
            4 => 0.0,
            5 => -1.0 - f64::EPSILON * (stream.bits() % 4) as f64,
            6 => f64::from_bits(x.to_bits() & !0xfff_ffff),
            _ => x * 2f64.powi((stream.bits() % 2000) as i32 - 1000),
        }
    }

    #[test]
    fn the_emulation_is_the_instruction() {
        let (mut normal, mut stream) = (
            generators::Stream::new(0, 1),
            splitmix::Stream::new(0, 1, 2),
        );
        let mut draw = || draw(&mut normal, &mut stream);
        for i in 0..200_000 {
            let (a, b) = (draw(), draw());
            let c = match i % 3 {
                0 => -(a * b),
                1 => draw() * f64::from(f32::EPSILON) * a * b,
                _ => draw(),
            };
            let (a, b, c) = (a as f32, b as f32, c as f32);
            let (found, wanted) = (a.fused(false, b, c), a.mul_add(b, c));
            let same = found.to_bits() == wanted.to_bits() || (found.is_nan() && wanted.is_nan());
            assert!(same, "{a:e} {b:e} {c:e}: {found:e} {wanted:e}");
        }
    }

    #[test]
    fn extremes() {
        for (a, b, c) in [
            (f32::INFINITY, 1.0, 1.0),
            (1.0, 1.0, f32::NEG_INFINITY),
            (1e30, 1e30, 1.0),
            (1e30, 1e30, f32::NEG_INFINITY),
            (1e-30, 1e-30, 1e-44),
            (-0.0, 1.0, -0.0),
            (-0.0, 1.0, 0.0),
            (f32::MAX, 1.0, f32::MAX),
        ] {
            let (found, wanted) = (a.fused(false, b, c), a.mul_add(b, c));
            assert!(found.to_bits() == wanted.to_bits() || wanted.is_nan());
        }
        assert!(1f32.fused(false, f32::NAN, 1.0).is_nan());
    }
}

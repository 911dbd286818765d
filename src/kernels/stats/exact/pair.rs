//! Unevaluated sums of two f64, about 106 bits: enough to take differences of large sums.
//!
//! Dekker, Numerische Mathematik 18, 1971; Knuth, The Art of Computer Programming 2, 4.2.2.

use std::ops::{Add, Neg, Sub};

/// `high + low`, where `low` is below half a unit in the last place of `high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    high: f64,
    low: f64,
}

fn two_sum(a: f64, b: f64) -> Pair {
    let high = a + b;
    let part = high - a;
    Pair {
        high,
        low: (a - (high - part)) + (b - part),
    }
}

fn two_product(a: f64, b: f64) -> Pair {
    let high = a * b;
    Pair {
        high,
        low: a.mul_add(b, -high),
    }
}

impl Pair {
    pub const ZERO: Pair = Pair {
        high: 0.0,
        low: 0.0,
    };

    /// Exact below 2¹⁰⁶.
    pub fn from_integer(x: i128) -> Self {
        let high = x as f64;
        let low = (x - high as i128) as f64;
        Self { high, low }
    }

    /// The product with one f64.
    pub fn scaled(self, factor: f64) -> Self {
        let product = two_product(self.high, factor);
        two_sum(product.high, self.low.mul_add(factor, product.low))
    }

    pub fn squared(self) -> Self {
        let product = two_product(self.high, self.high);
        two_sum(
            product.high,
            (2.0 * self.high).mul_add(self.low, product.low),
        )
    }

    pub fn round(self) -> f64 {
        self.high + self.low
    }
}

impl Add for Pair {
    type Output = Pair;

    fn add(self, other: Pair) -> Pair {
        let high = two_sum(self.high, other.high);
        let low = two_sum(self.low, other.low);
        let sum = two_sum(high.high, high.low + low.high);
        two_sum(sum.high, sum.low + low.low)
    }
}

impl Neg for Pair {
    type Output = Pair;

    fn neg(self) -> Pair {
        Pair {
            high: -self.high,
            low: -self.low,
        }
    }
}

impl Sub for Pair {
    type Output = Pair;

    fn sub(self, other: Pair) -> Pair {
        self + -other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_one_float_would_lose() {
        let large = Pair::from_integer(1 << 70) + Pair::from_integer(1);
        assert_eq!((large - Pair::from_integer(1 << 70)).round(), 1.0);
        let x = Pair::from_integer((1 << 60) + 1);
        assert_eq!((x.scaled(3.0) - Pair::from_integer(3 << 60)).round(), 3.0);
        let square = Pair::from_integer((1 << 40) + 1).squared();
        assert_eq!(
            (square - Pair::from_integer((1 << 80) + (1 << 41))).round(),
            1.0
        );
    }
}

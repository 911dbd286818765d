//! Thirty-two points moved side by side: attraction to one neighbor each, repulsion from one random
//! point each. Plain loops over arrays, which the compiler makes vector instructions of; what one
//! point gets does not depend on the others, and fused multiply-adds are written as such, so the
//! bits are the same whatever the processor.
//!
//! Forces: gradients of the fuzzy cross entropy (McInnes et al., arXiv 1802.03426, section 3.2).
//! Random numbers: PCG-RXS-M-XS 32 (O'Neill, HMC-CS-2014-0905).

use crate::kernels::fused::Fused;

/// Points moved side by side.
pub const LANES: usize = 32;

pub type Lanes<T> = [T; LANES];

/// Positions of points, one per lane, by coordinate.
pub type Points<const D: usize> = [Lanes<f32>; D];

/// A coordinate moves at most so far in one step, before the learning rate.
const LONGEST_STEP: f32 = 4.0;

/// Keeps the repulsion of near points finite.
const SOFTENING: f32 = 0.001;

/// The shape of the forces.
#[derive(Debug, Clone, Copy)]
pub struct Forces {
    pub a: f32,
    pub b: f32,
    /// Weight of the repulsion.
    pub gamma: f32,
}

impl Forces {
    /// Moves each lane's point along the attraction of its target, `rate` times the step.
    #[inline(always)]
    pub fn attract<const D: usize>(
        &self,
        native: bool,
        own: &mut Points<D>,
        other: &Points<D>,
        rate: &Lanes<f32>,
    ) {
        let strength = -2.0 * self.a * self.b;
        let squares = squared_distances(native, own, other);
        let mut steps = [0.0; LANES];
        for lane in 0..LANES {
            // At distance 0 there is no direction, whatever the strength.
            let square = squares[lane].max(f32::MIN_POSITIVE);
            let power = power(native, square, self.b);
            steps[lane] = strength * power / (square * self.a.fused(native, power, 1.0));
        }
        move_points(native, own, other, &steps, rate);
    }

    /// As [`Forces::attract`], away from the target.
    #[inline(always)]
    pub fn repel<const D: usize>(
        &self,
        native: bool,
        own: &mut Points<D>,
        other: &Points<D>,
        rate: &Lanes<f32>,
    ) {
        let strength = 2.0 * self.gamma * self.b;
        let squares = squared_distances(native, own, other);
        let mut steps = [0.0; LANES];
        for lane in 0..LANES {
            let square = squares[lane];
            let power = power(native, square.max(f32::MIN_POSITIVE), self.b);
            steps[lane] = strength / ((square + SOFTENING) * self.a.fused(native, power, 1.0));
        }
        move_points(native, own, other, &steps, rate);
    }
}

#[inline(always)]
fn squared_distances<const D: usize>(
    native: bool,
    own: &Points<D>,
    other: &Points<D>,
) -> Lanes<f32> {
    let mut squares = [0.0; LANES];
    for (own, other) in own.iter().zip(other) {
        for lane in 0..LANES {
            let d = own[lane] - other[lane];
            squares[lane] = d.fused(native, d, squares[lane]);
        }
    }
    squares
}

#[inline(always)]
fn move_points<const D: usize>(
    native: bool,
    own: &mut Points<D>,
    other: &Points<D>,
    steps: &Lanes<f32>,
    rate: &Lanes<f32>,
) {
    for (own, other) in own.iter_mut().zip(other) {
        for lane in 0..LANES {
            let step = steps[lane] * (own[lane] - other[lane]);
            own[lane] = step
                .clamp(-LONGEST_STEP, LONGEST_STEP)
                .fused(native, rate[lane], own[lane]);
        }
    }
}

/// xʸ for x > 0 that is no subnormal, to about 1e-6; beyond 2^±126 the nearest of these.
#[inline(always)]
pub fn power(native: bool, x: f32, y: f32) -> f32 {
    exp2(native, y * log2(native, x))
}

/// By the exponent and a polynomial, fitted over [√½, √2), in the rest.
#[inline(always)]
fn log2(native: bool, x: f32) -> f32 {
    let sqrt_half = 0x3f35_04f3;
    let exponent = (x.to_bits().wrapping_sub(sqrt_half) as i32) >> 23;
    let f = f32::from_bits(x.to_bits().wrapping_sub((exponent << 23) as u32)) - 1.0;
    let mut sum = 0.172_128_74;
    for coefficient in [
        -0.269_506_28,
        0.295_633_6,
        -0.359_350_65,
        0.480_629_15,
        -0.721_364,
        1.442_696_5,
    ] {
        sum = f.fused(native, sum, coefficient);
    }
    f.fused(native, sum, exponent as f32)
}

/// By the nearest integer and a polynomial, fitted over [−½, ½], in the rest.
#[inline(always)]
fn exp2(native: bool, x: f32) -> f32 {
    // 1.5 · 2²³: a number added to it is rounded to an integer, which the last bits then hold.
    let rounding = 12_582_912.0;
    let x = x.clamp(-126.0, 126.0);
    let shifted = x + rounding;
    let f = x - (shifted - rounding);
    let mut sum = 0.001_340_043_3;
    const LN_2: f32 = std::f32::consts::LN_2;
    for coefficient in [0.009_676_037, 0.055_503_27, 0.240_221_07, LN_2, 1.0] {
        sum = f.fused(native, sum, coefficient);
    }
    sum * f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23))
}

/// A stream of random indices per lane.
#[derive(Debug, Clone)]
pub struct Random(pub Lanes<u32>);

impl Random {
    /// An index below `n` for each lane, by multiplication; the bias is below n/2³².
    #[inline(always)]
    pub fn below(&mut self, n: u32) -> Lanes<u32> {
        let mut drawn = [0; LANES];
        for (state, drawn) in self.0.iter_mut().zip(&mut drawn) {
            *state = state.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
            let word = ((*state >> ((*state >> 28) + 4)) ^ *state).wrapping_mul(277_803_737);
            let word = (word >> 22) ^ word;
            *drawn = ((u64::from(word) * u64::from(n)) >> 32) as u32;
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::wide_fused;

    #[test]
    fn powers_are_near() {
        for i in 1..20_000 {
            let x = (i as f32 * 0.002).powi(3);
            for y in [0.2f32, 0.895, 1.334, 2.0] {
                let expected = f64::from(x).powf(f64::from(y));
                let error = f64::from(power(true, x, y)) / expected - 1.0;
                assert!(error.abs() < 5e-6, "{x}^{y}: {error}");
            }
        }
        assert!(power(true, f32::MIN_POSITIVE, 2.0) < 1e-37);
        assert!(power(true, 1e30, 2.0).is_finite());
    }

    #[test]
    fn forces_are_the_formulas() {
        let forces = Forces {
            a: 0.583,
            b: 1.334,
            gamma: 1.0,
        };
        let mut own = [[0.0; LANES], [0.5; LANES]];
        let other = [[1.2; LANES], [0.0; LANES]];
        forces.attract(true, &mut own, &other, &[0.1; LANES]);
        let square = 1.2f64 * 1.2 + 0.25;
        let (a, b) = (0.583, 1.334);
        let step = -2.0 * a * b * square.powf(b - 1.0) / (1.0 + a * square.powf(b));
        assert!((f64::from(own[0][3]) + 0.1 * step * 1.2).abs() < 1e-5);
        let mut own = [[0.0; LANES], [0.5; LANES]];
        forces.repel(true, &mut own, &other, &[0.1; LANES]);
        let step = 2.0 * b / ((0.001 + square) * (1.0 + a * square.powf(b)));
        assert!((f64::from(own[1][15]) - 0.5 - 0.1 * step * 0.5).abs() < 1e-5);
    }

    #[test]
    fn steps_stay_finite_and_short() {
        let forces = Forces {
            a: 0.583,
            b: 1.334,
            gamma: 1.0,
        };
        let mut own = [[2.0; LANES]];
        forces.attract(true, &mut own, &[[2.0; LANES]], &[1.0; LANES]);
        forces.repel(true, &mut own, &[[2.0; LANES]], &[1.0; LANES]);
        assert_eq!(own, [[2.0; LANES]]);
        forces.repel(true, &mut own, &[[2.001; LANES]], &[1.0; LANES]);
        assert!((own[0][0] + 0.66).abs() < 0.1);
        forces.attract(true, &mut own, &[[1e20; LANES]], &[1.0; LANES]);
        assert!(own[0][0].is_finite() && own[0][0] < 5.0);
    }

    #[test]
    fn indices_are_spread_evenly() {
        let mut random = Random(std::array::from_fn(|lane| lane as u32));
        let mut counts = [0usize; 5];
        for _ in 0..1000 {
            random
                .below(5)
                .iter()
                .for_each(|&i| counts[i as usize] += 1);
        }
        let share = 1000 * LANES / 5;
        let fair = |&c: &usize| (share * 19 / 20..share * 21 / 20).contains(&c);
        assert!(counts.iter().all(fair), "{counts:?}");
    }

    #[test]
    fn wide_registers_change_no_bit() {
        let forces = Forces {
            a: 0.583,
            b: 1.334,
            gamma: 1.0,
        };
        let run = |native: bool| {
            let mut own = [[0.3; LANES], std::array::from_fn(|lane| lane as f32)];
            let mut random = Random(std::array::from_fn(|lane| lane as u32));
            for _ in 0..100 {
                let drawn = random.below(1000).map(|i| i as f32 * 0.01);
                forces.attract(native, &mut own, &[drawn; 2], &[0.3; LANES]);
                forces.repel(native, &mut own, &[drawn; 2], &[0.5; LANES]);
            }
            own
        };
        assert_eq!(wide_fused(run), run(true));
        assert_eq!(run(false), run(true));
    }
}

//! Random numbers. [`Mt19937`] repeats numpy's legacy generator draw for draw, where a result is
//! defined by it (control genes, doublet pairs); [`Stream`] serves everything else: its numbers
//! depend on a seed and a key (a cell, a block) alone, never on a thread.
//!
//! Mersenne Twister: Matsumoto & Nishimura, ACM TOMACS 1998. SplitMix64: Steele, Lea & Flood,
//! OOPSLA 2014. Bounded draws of `Stream`: Lemire, ACM TOMACS 2019.

use crate::math;
use std::collections::HashSet;

const STATE: usize = 624;
const SHIFT: usize = 397;

/// numpy's `RandomState(seed)`.
#[derive(Debug, Clone)]
pub struct Mt19937 {
    state: [u32; STATE],
    next: usize,
}

impl Mt19937 {
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; STATE];
        for i in 1..STATE {
            let last = state[i - 1];
            state[i] = (last ^ (last >> 30))
                .wrapping_mul(1_812_433_253)
                .wrapping_add(i as u32);
        }
        Self { state, next: STATE }
    }

    pub fn next_u32(&mut self) -> u32 {
        if self.next == STATE {
            self.refill();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn refill(&mut self) {
        for i in 0..STATE {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % STATE] & 0x7fff_ffff);
            let twist = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + SHIFT) % STATE] ^ (y >> 1) ^ twist;
        }
        self.next = 0;
    }

    /// The first word is the high half.
    fn next_u64(&mut self) -> u64 {
        let high = u64::from(self.next_u32());
        (high << 32) | u64::from(self.next_u32())
    }

    /// `random_sample()`: uniform in [0, 1) with 53 bits.
    pub fn uniform(&mut self) -> f64 {
        let high = f64::from(self.next_u32() >> 5);
        let low = f64::from(self.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// Uniform in 0 ..= `most`: masked draws until one fits.
    pub fn bounded(&mut self, most: u64) -> u64 {
        if most == 0 {
            return 0;
        }
        let mask = u64::MAX >> most.leading_zeros();
        loop {
            let draw = if most <= u64::from(u32::MAX) {
                u64::from(self.next_u32()) & mask
            } else {
                self.next_u64() & mask
            };
            if draw <= most {
                return draw;
            }
        }
    }

    /// `permutation(n)`.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.bounded(i as u64) as usize);
        }
        order
    }

    /// `choice(n, k, replace=False)`, which is also what pandas' `sample` draws: `k` ≤ `n`
    /// distinct positions below `n`, in the order drawn.
    pub fn choice(&mut self, n: usize, k: usize) -> Vec<usize> {
        let mut drawn = self.permutation(n);
        drawn.truncate(k);
        drawn
    }

    /// scikit-learn's `sample_without_replacement(n, k, method="auto")`: `k` distinct numbers
    /// below `n`, in the order drawn. A `k` above `n` is taken as `n`.
    pub fn sample_without_replacement(&mut self, n: u64, k: usize) -> Vec<u64> {
        let k = k.min(usize::try_from(n).unwrap_or(usize::MAX));
        let ratio = if n == 0 { 1.0 } else { k as f64 / n as f64 };
        if ratio >= 0.99 {
            self.reservoir(n, k)
        } else if ratio > 0.01 {
            let drawn = self.choice(n as usize, k);
            drawn.into_iter().map(|i| i as u64).collect()
        } else {
            self.tracking(n, k)
        }
    }

    fn tracking(&mut self, n: u64, k: usize) -> Vec<u64> {
        let mut seen = HashSet::with_capacity(k);
        let mut drawn = Vec::with_capacity(k);
        while drawn.len() < k {
            let draw = self.bounded(n - 1);
            if seen.insert(draw) {
                drawn.push(draw);
            }
        }
        drawn
    }

    fn reservoir(&mut self, n: u64, k: usize) -> Vec<u64> {
        let mut kept: Vec<u64> = (0..k as u64).collect();
        for i in k as u64..n {
            let place = self.bounded(i) as usize;
            if place < k {
                kept[place] = i;
            }
        }
        kept
    }
}

/// Random numbers that depend on `(seed, key)` alone: SplitMix64 started at a hash of both.
#[derive(Debug, Clone)]
pub struct Stream {
    state: u64,
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Stream {
    pub fn new(seed: u64, key: u64) -> Self {
        let seed = mix(seed.wrapping_add(GOLDEN));
        Self {
            state: mix(seed ^ mix(key.wrapping_mul(GOLDEN).wrapping_add(1))),
        }
    }

    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// Uniform in [0, 1) with 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// Uniform below `n`, unbiased; 0 for `n` = 0.
    pub fn below(&mut self, n: u64) -> u64 {
        let threshold = n.wrapping_neg().checked_rem(n).unwrap_or(0);
        loop {
            let wide = u128::from(self.next_u64()) * u128::from(n);
            if wide as u64 >= threshold {
                return (wide >> 64) as u64;
            }
        }
    }

    /// Standard normal (Box & Muller; one of the pair is dropped so that draws stay independent
    /// of what was drawn before).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * math::ln(1.0 - self.uniform())).sqrt();
        radius * math::cos(std::f64::consts::TAU * self.uniform())
    }

    /// Shuffles in place, all orders equally likely.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected values: numpy.random.RandomState and sklearn.utils.random.sample_without_replacement.

    #[test]
    fn repeats_numpy() {
        let mut random = Mt19937::new(0);
        assert_eq!(random.uniform(), 0.548_813_503_927_324_8);
        assert_eq!(random.uniform(), 0.715_189_366_372_419_5);
        assert_eq!(
            Mt19937::new(0).permutation(10),
            [2, 8, 4, 9, 1, 6, 7, 3, 0, 5]
        );
        assert_eq!(Mt19937::new(42).choice(100, 5), [83, 53, 70, 45, 44]);
    }

    #[test]
    fn repeats_numpy_bounded_draws() {
        let mut random = Mt19937::new(5);
        assert_eq!([random.bounded(999), random.bounded(999)], [867, 206]);
        assert_eq!(random.bounded((1 << 40) - 1), 1_030_067_709_629);
        assert_eq!(random.bounded(0), 0);
    }

    #[test]
    fn repeats_samples_without_replacement_by_each_method() {
        let sample = |seed, n, k| Mt19937::new(seed).sample_without_replacement(n, k);
        let pairs = [4_500_015, 1_484_405, 2_215_104, 5_157_699];
        assert_eq!(sample(0, 2700 * 2700, 4), pairs);
        assert_eq!(sample(1, 100, 5), [80, 84, 33, 81, 93]);
        let large = [8_893_695_640, 7_902_520_963, 521_102_280];
        assert_eq!(sample(3, 1 << 34, 3), large);
        let mut most: Vec<u64> = (0..199).collect();
        most[106] = 199;
        assert_eq!(sample(3, 200, 199), most);
        assert_eq!(sample(3, 3, 9), [0, 1, 2]);
        assert!(sample(3, 0, 1).is_empty());
    }

    #[test]
    fn streams_are_keyed_and_uniform() {
        let draws = |seed, key| Stream::new(seed, key).next_u64();
        assert_ne!(draws(0, 1), draws(1, 0));
        assert_eq!(draws(7, 3), draws(7, 3));
        let mut stream = Stream::new(0, 0);
        let mut counts = [0u32; 5];
        for _ in 0..50_000 {
            counts[stream.below(5) as usize] += 1;
        }
        assert!(
            counts.iter().all(|c| c.abs_diff(10_000) < 400),
            "{counts:?}"
        );
        assert_eq!(stream.below(0), 0);
    }

    #[test]
    fn normals_have_mean_zero_and_variance_one() {
        let draws: Vec<f64> = (0..20_000).map(|i| Stream::new(1, i).normal()).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.04, "{variance}");
    }
}

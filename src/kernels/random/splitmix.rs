//! Random numbers that are a function of what they are for: `(seed, what, which)` in, bits out.
//!
//! Nothing is drawn in a sequence shared between cells, so it does not matter which thread draws
//! first. The mixer is the finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable
//! pseudorandom number generators", OOPSLA 2014).

/// The increment of SplitMix64: 2⁶⁴ divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A short stream of its own for each key.
#[derive(Debug, Clone)]
pub struct Stream {
    state: u64,
}

#[inline]
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream of item `b` of purpose or round `a`.
    #[inline]
    pub fn new(seed: u64, a: u64, b: u64) -> Self {
        let state = mix(seed.wrapping_add(GOLDEN)).wrapping_add(a.wrapping_mul(GOLDEN));
        Stream {
            state: mix(mix(state) ^ b.wrapping_mul(0xd6e8_feb8_6659_fd93)),
        }
    }

    #[inline]
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// An index below `n` (which must not be 0), by multiplication; the bias is below n/2³².
    #[inline]
    pub fn below(&mut self, n: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// Uniform in [0, 1).
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Roughly normal with mean 0 and variance 1: the sum of twelve uniform numbers, less six.
    /// Needs no logarithm, whose last bit differs between platforms.
    pub fn roughly_normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_streams_of_their_own() {
        let first = |seed, a, b| Stream::new(seed, a, b).bits();
        assert_eq!(first(1, 2, 3), first(1, 2, 3));
        let all = [
            first(1, 2, 3),
            first(1, 3, 2),
            first(2, 1, 3),
            first(0, 0, 0),
            first(0, 0, 1),
            first(0, 1, 0),
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(!all[i + 1..].contains(a));
        }
    }

    #[test]
    fn numbers_are_spread_evenly() {
        let mut counts = [0u32; 7];
        let mut sum = 0.0;
        for cell in 0..7000 {
            let mut stream = Stream::new(0, 5, cell);
            counts[stream.below(7) as usize] += 1;
            sum += stream.roughly_normal();
        }
        assert!(
            counts.iter().all(|&c| (900..1100).contains(&c)),
            "{counts:?}"
        );
        assert!((sum / 7000.0).abs() < 0.05);
    }
}

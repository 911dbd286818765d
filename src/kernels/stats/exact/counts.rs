//! Rows of counts as integers: most data is, and integers are added up several times faster.

use crate::kernels::simd::wide;

/// Counts are below this.
pub const LIMIT: u32 = 1 << 23;
/// Between this and twice this, neighboring floats are one apart: added to a smaller number, it
/// leaves the whole part in the last bits.
const UNITS: f32 = LIMIT as f32;

/// Values of a cell that are all whole numbers, not negative and below 2^23.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// In the order of the values.
    pub counts: Vec<u32>,
    pub n_nonzero: u32,
    pub total: u64,
    pub largest: u32,
}

impl Counts {
    /// Takes the values of a cell in place of the last one's; false if they are something else.
    pub fn take(&mut self, values: &[f32]) -> bool {
        self.counts.resize(values.len(), 0);
        let counts = &mut self.counts[..];
        (self.n_nonzero, self.total, self.largest) = (0, 0, 0);
        let mut wrong = 0;
        // Few enough that their sum fits into 32 bits.
        for (counts, values) in counts.chunks_mut(512).zip(values.chunks(512)) {
            let part = wide(
                #[inline(always)]
                || part(counts, values),
            );
            wrong |= part.wrong;
            self.n_nonzero += part.n_nonzero;
            self.total += u64::from(part.total);
            self.largest = self.largest.max(part.largest);
        }
        wrong == 0 && self.largest < LIMIT
    }
}

#[derive(Default)]
struct Part {
    /// Bits that differ from those of a whole number.
    wrong: u32,
    n_nonzero: u32,
    total: u32,
    largest: u32,
}

#[inline(always)]
fn part(counts: &mut [u32], values: &[f32]) -> Part {
    let mut part = Part::default();
    for (count, &x) in counts.iter_mut().zip(values) {
        let moved = x + UNITS;
        // Of what is negative or too large this is beyond the limit.
        let whole = moved.to_bits().wrapping_sub(UNITS.to_bits());
        part.wrong |= (moved - UNITS).to_bits() ^ x.to_bits();
        part.n_nonzero += u32::from(whole != 0);
        part.total = part.total.wrapping_add(whole);
        part.largest = whole.max(part.largest);
        *count = whole;
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_taken() {
        let mut whole = Counts::default();
        assert!(whole.take(&[3.0, 0.0, 8_388_607.0]));
        assert_eq!(whole.counts, [3, 0, 8_388_607]);
        let found = (whole.n_nonzero, whole.total, whole.largest);
        assert_eq!(found, (2, 8_388_610, 8_388_607));
        assert!(whole.take(&[]));
        assert_eq!((whole.n_nonzero, whole.total, whole.largest), (0, 0, 0));
    }

    #[test]
    fn everything_else_is_refused() {
        let mut whole = Counts::default();
        let others = [-1.0, 0.5, 1.0 + f32::EPSILON, UNITS, 2.0 * UNITS + 2.0];
        let strange = [
            1e-30,
            f32::MAX,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
            -f32::NAN,
        ];
        for x in others.into_iter().chain(strange) {
            assert!(!whole.take(&[1.0, x, 2.0]), "{x}");
        }
    }
}

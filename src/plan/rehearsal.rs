//! A pass as a cluster would run it, in one process: grains are cut into ranges, which are done
//! and merged in an order of their own, each total through its bytes. Tests compare the result.

use std::ops::Range;

/// Ranges are drawn from this number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rehearsal(pub u64);

impl Rehearsal {
    /// Up to seven ranges of all of `n` grains, in the order in which they are done.
    pub fn ranges(self, n: usize) -> Vec<Range<usize>> {
        let mut state = self.0.wrapping_add(n as u64);
        let mut draw = |below: usize| {
            // splitmix64
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let x = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((x ^ (x >> 31)) % below.max(1) as u64) as usize
        };
        let mut cuts: Vec<usize> = (0..draw(7)).map(|_| draw(n)).collect();
        cuts.extend([0, n]);
        cuts.sort_unstable();
        cuts.dedup();
        let mut ranges: Vec<_> = cuts.windows(2).map(|ends| ends[0]..ends[1]).collect();
        for i in (1..ranges.len()).rev() {
            ranges.swap(i, draw(i + 1));
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grain_is_in_one_range() {
        let mut shapes = Vec::new();
        for seed in 0..20 {
            let mut ranges = Rehearsal(seed).ranges(12);
            shapes.push(ranges.clone());
            ranges.sort_by_key(|range| range.start);
            assert!(ranges.iter().cloned().flatten().eq(0..12), "{ranges:?}");
        }
        shapes.dedup();
        assert!(shapes.len() > 10, "{shapes:?}");
        assert!(Rehearsal(3).ranges(0).is_empty());
    }
}

//! Sums of f32 values without their squares: half the memory and less than half the work of
//! [`Moments`](super::Moments).

use super::counts::Counts;
use super::pair::Pair;
use super::{BUCKETS, UNIT, term};
use crate::kernels::transfer::{
    Packing, Torn, Transfer, Unpacking, pack_slots, pack_some, unpack_slots, unpack_some,
};
use std::collections::BTreeMap;

/// In a recent entry the number of values is above this bit, their sum below: so small that the
/// entries of all genes stay in the second cache while rows of a grain are added.
const NUMBER: u32 = 24;
const SUM: u32 = (1 << NUMBER) - 1;
/// Rows after which recent entries are put away, at the latest: the number would overflow.
const ROWS: u32 = (1 << (u32::BITS - NUMBER)) - 1;

/// Sum and number of the non-zero f32 values given to each of `n_slots` slots.
#[derive(Debug, Clone)]
pub struct Totals {
    n_slots: usize,
    /// Sums and numbers of counts of the last rows, two in one word: one addition does for both, and the
    /// entries of all genes are a third of what the full ones take.
    recent: Vec<u32>,
    n_recent: u32,
    /// No recent sum is larger.
    most: u32,
    /// Sums of counts before these.
    counts: Vec<u64>,
    buckets: [Option<Box<[i64]>>; BUCKETS],
    n_nonzero: Vec<u32>,
    /// Slots that were given NaN or an infinity: the sum of those.
    not_finite: BTreeMap<usize, f64>,
    /// Of the current row.
    whole: Counts,
}

impl Totals {
    pub fn new(n_slots: usize) -> Self {
        Self {
            n_slots,
            recent: vec![0; n_slots],
            n_recent: 0,
            most: 0,
            counts: vec![0; n_slots],
            buckets: [const { None }; BUCKETS],
            n_nonzero: vec![0; n_slots],
            not_finite: BTreeMap::new(),
            whole: Counts::default(),
        }
    }

    /// Adds one value to a slot. Zeros change nothing.
    #[inline]
    pub fn add(&mut self, slot: usize, x: f32) {
        if let Some((bucket, value)) = term(x) {
            self.bucket(bucket)[slot] += value;
        } else if !x.is_finite() {
            self.add_not_finite(slot, f64::from(x));
        }
        self.n_nonzero[slot] += u32::from(x != 0.0);
    }

    /// Adds the values of a row, each to its slot, all different. True if they are all counts:
    /// whole numbers, not negative.
    pub fn add_row(&mut self, slots: &[u32], values: &[f32]) -> bool {
        let mut whole = std::mem::take(&mut self.whole);
        let counts = whole.take(values);
        if counts {
            self.add_counts(slots, &whole)
        } else {
            let row = slots.iter().zip(values);
            row.for_each(|(&slot, &x)| self.add(slot as usize, x));
        }
        self.whole = whole;
        counts
    }

    /// Adds the counts of a row, each to its slot, all different.
    pub fn add_counts(&mut self, slots: &[u32], row: &Counts) {
        if self.n_recent == ROWS || self.most + row.largest > SUM {
            self.put_away();
        }
        let counts = slots.iter().zip(&row.counts);
        if row.n_nonzero as usize == row.counts.len() {
            for (&slot, &count) in counts {
                self.recent[slot as usize] += (1 << NUMBER) + count;
            }
        } else {
            for (&slot, &count) in counts {
                let number = u32::from(count != 0) << NUMBER;
                self.recent[slot as usize] += number + count;
            }
        }
        self.n_recent += 1;
        self.most += row.largest;
    }

    fn put_away(&mut self) {
        let kept = self.counts.iter_mut().zip(&mut self.n_nonzero);
        for (recent, (sum, number)) in self.recent.iter_mut().zip(kept) {
            *sum += u64::from(*recent & SUM);
            *number += *recent >> NUMBER;
            *recent = 0;
        }
        (self.n_recent, self.most) = (0, 0);
    }

    #[inline]
    fn bucket(&mut self, k: usize) -> &mut [i64] {
        let n = self.n_slots;
        self.buckets[k].get_or_insert_with(|| vec![0; n].into())
    }

    #[cold]
    fn add_not_finite(&mut self, slot: usize, x: f64) {
        *self.not_finite.entry(slot).or_insert(0.0) += x;
    }

    /// Adds all that `next` holds; both have the same slots.
    pub fn merge(&mut self, mut next: Totals) {
        self.put_away();
        next.put_away();
        for (mine, theirs) in self.counts.iter_mut().zip(&next.counts) {
            *mine += theirs;
        }
        for (k, held) in next.buckets.iter().enumerate() {
            let Some(held) = held else { continue };
            for (mine, theirs) in self.bucket(k).iter_mut().zip(held) {
                *mine += theirs;
            }
        }
        for (mine, theirs) in self.n_nonzero.iter_mut().zip(&next.n_nonzero) {
            *mine += theirs;
        }
        for (&slot, &x) in &next.not_finite {
            self.add_not_finite(slot, x);
        }
    }

    /// The sum of a slot, rounded once.
    pub fn sum(&self, slot: usize) -> f64 {
        if let Some(&x) = self.not_finite.get(&slot) {
            return x;
        }
        let counts = self.counts[slot] + u64::from(self.recent[slot] & SUM);
        let mut sum = Pair::from_integer(counts.into());
        for (k, held) in self.buckets.iter().enumerate() {
            let Some(held) = held else { continue };
            let unit = 2f64.powi(8 * k as i32 + UNIT);
            sum = sum + Pair::from_integer(held[slot].into()).scaled(unit);
        }
        sum.round()
    }

    /// Values other than zero that a slot was given.
    pub fn n_nonzero(&self, slot: usize) -> u32 {
        self.n_nonzero[slot] + (self.recent[slot] >> NUMBER)
    }
}

impl Transfer for Totals {
    fn pack(&self, to: &mut Packing) {
        let mut all = self.clone();
        all.put_away();
        to.list(&all.counts);
        pack_some(&all.buckets, to);
        to.list(&all.n_nonzero);
        pack_slots(&all.not_finite, to);
    }

    fn unpack(&mut self, from: &mut Unpacking) -> Result<(), Torn> {
        from.fill(&mut self.counts)?;
        unpack_some(&mut self.buckets, self.n_slots, from)?;
        from.fill(&mut self.n_nonzero)?;
        self.not_finite = unpack_slots(self.n_slots, from)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Moments;
    use super::super::counts::LIMIT;
    use super::*;
    use crate::kernels::random::generators::Stream;

    #[test]
    fn counts_and_other_rows_add_up() {
        let mut totals = Totals::new(3);
        for _ in 0..ROWS + 5 {
            assert!(totals.add_row(&[0, 2], &[7.0, 0.0]));
        }
        assert!(!totals.add_row(&[0, 1], &[1.0, 0.5]));
        assert!(!totals.add_row(&[0, 1], &[-1.0, 2.0]));
        assert!(!totals.add_row(&[2], &[LIMIT as f32]));
        // Put away before the sum overflows.
        let large = (LIMIT - 1) as f32;
        (0..5).for_each(|_| assert!(totals.add_row(&[1], &[large])));
        let mut all = Totals::new(3);
        all.add_row(&[0], &[2.0]);
        all.merge(totals.clone());
        let n = f64::from(ROWS + 5);
        assert_eq!(
            [totals.sum(0), totals.sum(1)],
            [7.0 * n, 2.5 + 5.0 * f64::from(large)]
        );
        assert_eq!(totals.n_nonzero(0), ROWS + 7);
        assert_eq!((totals.sum(2), totals.n_nonzero(2)), (f64::from(LIMIT), 1));
        assert_eq!((all.sum(0), all.n_nonzero(0)), (7.0 * n + 2.0, ROWS + 8));
    }

    #[test]
    fn the_sums_are_those_of_moments() {
        let mut stream = Stream::new(5, 0);
        let (mut totals, mut next) = (Totals::new(3), Totals::new(3));
        let mut moments = Moments::new(3);
        for i in 0..3000 {
            let x = (stream.normal() * 10.0).exp() as f32 * if i % 5 == 0 { -1.0 } else { 1.0 };
            let x = if i % 7 == 0 { 0.0 } else { x };
            moments.add(i % 3, x);
            if i < 1234 { &mut totals } else { &mut next }.add(i % 3, x);
        }
        totals.merge(next);
        for slot in 0..3 {
            let expected = moments.get(slot, 1000);
            assert_eq!(totals.sum(slot), expected.sum);
            assert_eq!(totals.n_nonzero(slot), expected.n_nonzero);
        }
        totals.add(1, f32::NAN);
        assert!(totals.sum(1).is_nan() && totals.sum(2).is_finite());
    }
}

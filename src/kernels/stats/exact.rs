//! Sums that do not depend on the order of their terms: the same bits for any block size, any
//! number of threads and any order of merging, without rounding until the end.
//!
//! A float is an integer times a power of two. Terms are added as integers into buckets of
//! neighboring exponents, wide enough for 2³² terms (the idea of the "small superaccumulator",
//! Neal, arXiv:1505.05571). Real data touches one or two buckets.
//!
//! Adding integers is associative, adding floats is not: that is the whole trick. What it costs
//! beside a float sum is taking the float apart, which `terms.rs` does for a row at a time.

use std::collections::BTreeMap;

mod counts;
mod pair;
mod terms;
mod totals;
mod transfer;

pub use counts::Counts;
pub use totals::Totals;

use pair::Pair;
use terms::{AT_ONCE, Buckets, Terms, term};

/// f32 exponents 8k − 3 ..= 8k + 4 share bucket k. So what expression is made of (counts, what they
/// are after normalization, logarithms: ¼ to 64) lies in one bucket, which is half as much memory
/// to reach into as two.
const BUCKETS: usize = 33;
const SHIFT: u32 = 3; // Of the exponent as it is stored: bucket (e + 3) / 8.
/// The unit of bucket k is 2^(8k − 153).
const UNIT: i32 = -153;

/// Sum, sum of squares and number of the non-zero f32 values given to each of `n_slots` slots.
#[derive(Debug, Clone)]
pub struct Moments {
    n_slots: usize,
    buckets: [Option<Box<[Bucket]>>; BUCKETS],
    /// Slots that were given NaN or an infinity: the sum of those, and how many.
    not_finite: BTreeMap<usize, (f64, u32)>,
}

/// What one slot holds of one range of exponents. `high` continues `low`.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    sum: i64,
    low: u64,
    high: u32,
    count: u32,
}

impl Bucket {
    #[inline]
    fn add_one(&mut self, value: i64) {
        // By hand with a carry: a bucket has 24 bytes so, with an i128 it would have 32.
        // A term has 24 bits, shifted by at most 7. So 2³² of them fit into 63 bits, their squares of 62
        // bits into the 96 of `low` and `high`, and nothing is checked for overflow here.
        self.sum += value;
        let (low, carry) = self.low.overflowing_add((value * value) as u64);
        self.low = low;
        self.high += u32::from(carry);
        self.count += 1;
    }

    fn add(&mut self, other: Bucket) {
        self.sum += other.sum;
        self.set_squares(self.squares() + other.squares());
        self.count += other.count;
    }

    fn subtract(&mut self, other: Bucket) {
        self.sum -= other.sum;
        self.set_squares(self.squares() - other.squares());
        self.count -= other.count;
    }

    fn squares(&self) -> i128 {
        (i128::from(self.high) << 64) | i128::from(self.low)
    }

    fn set_squares(&mut self, squares: i128) {
        self.low = squares as u64;
        self.high = (squares >> 64) as u32;
    }
}

/// The finished moments of one slot, each rounded once.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moment {
    pub sum: f64,
    pub squares: f64,
    /// Σ(x − mean)² over `n` values, of which those never given are zeros.
    pub deviations: f64,
    pub n_nonzero: u32,
}

impl Moments {
    pub fn new(n_slots: usize) -> Self {
        Self {
            n_slots,
            buckets: [const { None }; BUCKETS],
            not_finite: BTreeMap::new(),
        }
    }

    /// Adds one value to a slot. Zeros change nothing.
    #[inline]
    pub fn add(&mut self, slot: usize, x: f32) {
        let Some((bucket, value)) = term(x) else {
            if !x.is_finite() {
                self.add_not_finite(slot, f64::from(x), 1);
            }
            return;
        };
        self.bucket(bucket)[slot].add_one(value);
    }

    /// Adds the values of a row, each to the slot at its index after `first`.
    pub fn add_row(&mut self, first: usize, slots: &[u32], values: &[f32]) {
        let mut terms = Terms::default();
        for (slots, values) in slots.chunks(AT_ONCE).zip(values.chunks(AT_ONCE)) {
            let found = terms.take(values);
            let each = slots.iter().map(|&slot| first + slot as usize);
            match found {
                Buckets::One(bucket) => {
                    let bucket = self.bucket(bucket);
                    for (slot, &value) in each.zip(&terms.values) {
                        bucket[slot].add_one(value.into());
                    }
                }
                Buckets::Several => {
                    for (slot, (&value, &bucket)) in
                        each.zip(terms.values.iter().zip(&terms.buckets))
                    {
                        self.bucket(bucket as usize)[slot].add_one(value.into());
                    }
                }
                Buckets::None => each.zip(values).for_each(|(slot, &x)| self.add(slot, x)),
            }
        }
    }

    #[inline]
    fn bucket(&mut self, k: usize) -> &mut [Bucket] {
        let n = self.n_slots;
        self.buckets[k].get_or_insert_with(|| vec![Bucket::default(); n].into())
    }

    #[cold]
    fn add_not_finite(&mut self, slot: usize, sum: f64, count: u32) {
        let held = self.not_finite.entry(slot).or_insert((0.0, 0));
        held.0 += sum;
        held.1 += count;
    }

    /// Adds all that `next` holds; both have the same slots.
    pub fn merge(&mut self, next: &Moments) {
        self.add_slots(0, next, 0..next.n_slots);
    }

    /// Adds the slots `from` of `other` to the slots `to`, `to + 1` … of this.
    pub fn add_slots(&mut self, to: usize, other: &Moments, from: std::ops::Range<usize>) {
        for (k, held) in other.buckets.iter().enumerate() {
            let Some(held) = held else { continue };
            let ours = &mut self.bucket(k)[to..to + from.len()];
            for (mine, theirs) in ours.iter_mut().zip(&held[from.clone()]) {
                mine.add(*theirs);
            }
        }
        for (slot, &(sum, count)) in other.not_finite.range(from.clone()) {
            self.add_not_finite(to + slot - from.start, sum, count);
        }
    }

    /// Whether no slot was given NaN or an infinity.
    pub fn is_finite(&self) -> bool {
        self.not_finite.is_empty()
    }

    /// Whether a slot was given nothing but zeros.
    fn is_empty(&self, slot: usize) -> bool {
        let mut held = self.buckets.iter().flatten();
        held.all(|bucket| bucket[slot].count == 0) && !self.not_finite.contains_key(&slot)
    }

    /// The moments of a slot, as of `n` values.
    pub fn get(&self, slot: usize, n: u64) -> Moment {
        self.moment(slot, None, n)
    }

    /// The moments of a slot without one of `part`, whose values are among its own; all are finite.
    pub fn get_without(&self, slot: usize, (part, other): (&Moments, usize), n: u64) -> Moment {
        self.moment(slot, Some((part, other)), n)
    }

    fn moment(&self, slot: usize, without: Option<(&Moments, usize)>, n: u64) -> Moment {
        // Most slots of many small groups.
        if self.is_empty(slot) {
            return Moment::default();
        }
        let mut sum = Pair::ZERO;
        let mut squares = Pair::ZERO;
        let mut n_nonzero = 0;
        for (k, held) in self.buckets.iter().enumerate() {
            let Some(held) = held else { continue };
            let mut bucket = held[slot];
            if let Some((part, other)) = without
                && let Some(theirs) = &part.buckets[k]
            {
                bucket.subtract(theirs[other]);
            }
            let unit = 2f64.powi(8 * k as i32 + UNIT);
            sum = sum + Pair::from_integer(bucket.sum.into()).scaled(unit);
            squares = squares + Pair::from_integer(bucket.squares()).scaled(unit * unit);
            n_nonzero += bucket.count;
        }
        if let Some(&(not_finite, count)) = self.not_finite.get(&slot) {
            return Moment {
                sum: not_finite,
                squares: not_finite * not_finite,
                deviations: f64::NAN,
                n_nonzero: n_nonzero + count,
            };
        }
        Moment {
            sum: sum.round(),
            squares: squares.round(),
            deviations: deviations(sum, squares, n),
            n_nonzero,
        }
    }
}

/// (n·Σx² − (Σx)²) / n. The difference is taken at twice f64's precision, so that a constant
/// gene has exactly none.
fn deviations(sum: Pair, squares: Pair, n: u64) -> f64 {
    let n = n.max(1) as f64;
    let difference = squares.scaled(n) - sum.squared();
    (difference.round() / n).max(0.0)
}

/// f64 exponents 32k ..= 32k+31 share bucket k.
const WIDE_BUCKETS: usize = 64;
/// The unit of wide bucket k is 2^(32k − 1075).
const WIDE_UNIT: i32 = -1075;

/// Sums of f64 values in `n_slots` slots.
#[derive(Debug, Clone)]
pub struct Sums {
    n_slots: usize,
    buckets: Vec<Option<Box<[i128]>>>,
    not_finite: BTreeMap<usize, f64>,
}

impl Sums {
    pub fn new(n_slots: usize) -> Self {
        Self {
            n_slots,
            buckets: vec![None; WIDE_BUCKETS],
            not_finite: BTreeMap::new(),
        }
    }

    /// Adds one value to a slot.
    #[inline]
    pub fn add(&mut self, slot: usize, x: f64) {
        let bits = x.to_bits();
        let exponent = (bits >> 52) & 0x7ff;
        if exponent == 0x7ff {
            *self.not_finite.entry(slot).or_insert(0.0) += x;
            return;
        }
        let mantissa = (bits & 0x000f_ffff_ffff_ffff) | (u64::from(exponent != 0) << 52);
        if mantissa == 0 {
            return;
        }
        let exponent = exponent.max(1);
        // Negated without a branch: signs are hard to predict.
        let sign = i128::from(bits as i64 >> 63);
        let value = (i128::from(mantissa) << (exponent & 31) ^ sign) - sign;
        self.bucket((exponent >> 5) as usize)[slot] += value;
    }

    #[inline]
    fn bucket(&mut self, k: usize) -> &mut [i128] {
        let n = self.n_slots;
        self.buckets[k].get_or_insert_with(|| vec![0; n].into())
    }

    /// Adds all that `next` holds; both have the same slots.
    pub fn merge(&mut self, next: &Sums) {
        for (k, held) in next.buckets.iter().enumerate() {
            let Some(held) = held else { continue };
            for (mine, theirs) in self.bucket(k).iter_mut().zip(held) {
                *mine += theirs;
            }
        }
        for (&slot, &x) in &next.not_finite {
            *self.not_finite.entry(slot).or_insert(0.0) += x;
        }
    }

    /// The sum of a slot.
    pub fn get(&self, slot: usize) -> f64 {
        if let Some(&x) = self.not_finite.get(&slot) {
            return x;
        }
        let mut sum = Pair::ZERO;
        for (k, held) in self.buckets.iter().enumerate() {
            let Some(held) = held else { continue };
            // Two factors: the unit of the lowest buckets alone is below f64's range.
            let exponent = 32 * k as i32 + WIDE_UNIT;
            let half = exponent / 2;
            let part = Pair::from_integer(held[slot]).scaled(2f64.powi(half));
            sum = sum + part.scaled(2f64.powi(exponent - half));
        }
        sum.round()
    }

    /// All sums.
    pub fn finish(&self) -> Vec<f64> {
        (0..self.n_slots).map(|slot| self.get(slot)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::random::generators::Stream;

    fn moment(values: &[f32]) -> Moment {
        let mut moments = Moments::new(1);
        for &x in values {
            moments.add(0, x);
        }
        moments.get(0, values.len() as u64)
    }

    #[test]
    fn sums_and_deviations_of_small_integers() {
        let m = moment(&[1.0, 0.0, -2.0, 4.0]);
        assert_eq!((m.sum, m.squares, m.n_nonzero), (3.0, 21.0, 3));
        assert_eq!(m.deviations, 21.0 - 9.0 / 4.0);
    }

    #[test]
    fn rows_are_their_values() {
        let mut stream = Stream::new(7, 0);
        let slots: Vec<u32> = (0..300).map(|slot| slot * 2 % 301).collect();
        let draw = |stream: &mut Stream, spread: f64| (stream.normal() * spread).exp() as f32;
        let odd = [0.0, -0.0, 1e-42, f32::MIN_POSITIVE, f32::MAX, -3.5];
        // Of one bucket, of several, with signs, with what lies in none.
        for round in 0..6 {
            let mut values: Vec<f32> = (0..300)
                .map(|_| draw(&mut stream, if round == 0 { 0.2 } else { 3.0 }))
                .collect();
            if round > 1 {
                values.iter_mut().step_by(3).for_each(|x| *x = -*x);
            }
            if round > 2 {
                values[..6].copy_from_slice(&odd);
            }
            if round > 3 {
                values[200] = f32::NAN;
            }
            let (mut rows, mut single) = (Moments::new(310), Moments::new(310));
            rows.add_row(5, &slots, &values);
            for (&slot, &x) in slots.iter().zip(&values) {
                single.add(5 + slot as usize, x);
            }
            let bits = |m: Moment| (m.sum.to_bits(), m.squares.to_bits(), m.n_nonzero);
            for slot in 0..310 {
                assert_eq!(bits(rows.get(slot, 9)), bits(single.get(slot, 9)));
            }
        }
    }

    #[test]
    fn a_constant_has_no_deviation() {
        assert_eq!(moment(&[0.1; 2999]).deviations, 0.0);
        assert_eq!(moment(&[1e-30; 77]).deviations, 0.0);
        assert_eq!(moment(&[]).deviations, 0.0);
    }

    #[test]
    fn small_terms_survive_large_ones() {
        let m = moment(&[1e30, 1.0, -1e30, f32::MIN_POSITIVE / 4.0]);
        assert_eq!(m.sum, 1.0);
        let tiny = moment(&[f32::MIN_POSITIVE / 4.0; 4]);
        assert_eq!(tiny.sum, f64::from(f32::MIN_POSITIVE));
    }

    #[test]
    fn not_finite_values_show() {
        assert!(moment(&[1.0, f32::NAN]).sum.is_nan());
        assert_eq!(moment(&[1.0, f32::INFINITY]).sum, f64::INFINITY);
        assert_eq!(moment(&[1.0, f32::INFINITY]).n_nonzero, 2);
    }

    #[test]
    fn any_order_gives_the_same_bits() {
        let mut stream = Stream::new(3, 0);
        let values: Vec<f32> = (0..500).map(|_| stream.normal().exp() as f32).collect();
        let mut left = Moments::new(2);
        let mut right = Moments::new(2);
        let mut parts = [Moments::new(2), Moments::new(2)];
        for (i, &x) in values.iter().enumerate() {
            left.add(i % 2, x);
            right.add((values.len() - 1 - i) % 2, values[values.len() - 1 - i]);
            parts[usize::from(i > 123)].add(i % 2, x);
        }
        let [mut merged, next] = parts;
        merged.merge(&next);
        for slot in 0..2 {
            assert_eq!(left.get(slot, 250), right.get(slot, 250));
            assert_eq!(left.get(slot, 250), merged.get(slot, 250));
        }
    }

    #[test]
    fn slots_can_be_added_and_taken_away() {
        let mut groups = Moments::new(4);
        for (slot, x) in [(0, 1.5), (1, 2.5), (2, -3.0), (3, 7.0)] {
            groups.add(slot, x);
        }
        let mut all = Moments::new(2);
        all.add_slots(0, &groups, 0..2);
        all.add_slots(0, &groups, 2..4);
        assert_eq!((all.get(0, 2).sum, all.get(1, 2).sum), (-1.5, 9.5));
        assert_eq!(all.get_without(0, (&groups, 2), 1), groups.get(0, 1));
    }

    #[test]
    fn wide_sums_do_not_round_on_the_way() {
        let mut sums = Sums::new(1);
        for x in [1e300, 1.0, 1e-300, -1e300, -1.0] {
            sums.add(0, x);
        }
        assert_eq!(sums.get(0), 1e-300);
        sums.add(0, 5e-324);
        let mut next = Sums::new(1);
        next.add(0, f64::NEG_INFINITY);
        sums.merge(&next);
        assert_eq!(sums.get(0), f64::NEG_INFINITY);
    }
}

//! The lowest scores seen so far.
//!
//! Not a heap: nearly all scores are above the threshold, and comparing them with it is all that is done,
//! many at once. Those below are put aside; when twice as many are there as are wanted, a selection (Hoare,
//! CACM 4, 321, 1961) halves them and lowers the threshold, which costs a constant for each of them.
//! The threshold is never too low, so nothing that belongs to the lowest is lost on the way.

use crate::kernels::simd;
use std::cmp::Ordering;

/// Scores that are compared with the threshold at once.
const LANES: usize = 32;

/// What scores can be: floats, or integers.
pub trait Score: Copy + PartialOrd {
    /// No score is lower.
    const LOWEST: Self;
    /// No score is higher.
    const HIGHEST: Self;
    fn order(&self, other: &Self) -> Ordering;
}

impl Score for f32 {
    const LOWEST: f32 = f32::NEG_INFINITY;
    const HIGHEST: f32 = f32::INFINITY;
    fn order(&self, other: &f32) -> Ordering {
        self.total_cmp(other)
    }
}

impl Score for i32 {
    const LOWEST: i32 = i32::MIN;
    const HIGHEST: i32 = i32::MAX;
    fn order(&self, other: &i32) -> Ordering {
        self.cmp(other)
    }
}

/// Keeps the `limit` lowest of the scores offered, with whose they are.
pub struct Best<S = f32> {
    limit: usize,
    /// Scores from here on need not be offered.
    threshold: S,
    found: Vec<(S, u32)>,
}

impl<S: Score> Best<S> {
    pub fn new(limit: usize) -> Self {
        let threshold = if limit == 0 { S::LOWEST } else { S::HIGHEST };
        Best {
            limit,
            threshold,
            found: Vec::with_capacity(2 * limit),
        }
    }

    /// Scores from here on need not be offered.
    #[inline(always)]
    pub fn threshold(&self) -> S {
        self.threshold
    }

    /// Offers a row of scores, of points that follow each other from `first` on.
    pub fn offer_row(&mut self, scores: &[S], first: u32) {
        simd::wide(
            #[inline(always)]
            || {
                let (chunks, rest) = scores.as_chunks::<LANES>();
                for (chunk, at) in chunks.iter().zip((first..).step_by(LANES)) {
                    let threshold = self.threshold;
                    // Without a branch per score: most chunks have nothing to offer.
                    if chunk
                        .iter()
                        .fold(false, |any, &score| any | (score < threshold))
                    {
                        self.offer_each(chunk, at);
                    }
                }
                self.offer_each(rest, first + (scores.len() - rest.len()) as u32);
            },
        );
    }

    /// The same, one after the other.
    #[inline(never)]
    pub fn offer_each(&mut self, scores: &[S], first: u32) {
        scores
            .iter()
            .zip(first..)
            .for_each(|(&score, place)| self.offer(score, place));
    }

    #[inline]
    pub fn offer(&mut self, score: S, identity: u32) {
        if score < self.threshold {
            self.found.push((score, identity));
            if self.found.len() == 2 * self.limit {
                self.compact();
            }
        }
    }

    fn compact(&mut self) {
        if self.found.len() >= self.limit && self.limit > 0 {
            let (_, last, _) = self.found.select_nth_unstable_by(self.limit - 1, by_score);
            self.threshold = last.0;
            self.found.truncate(self.limit);
        }
    }

    /// The lowest, in no order, and a score below which nothing was left out.
    pub fn lowest(&mut self) -> (&[(S, u32)], S) {
        self.compact();
        (&self.found, self.threshold)
    }

    /// The lowest, in their order.
    pub fn sorted(&mut self) -> &[(S, u32)] {
        self.compact();
        self.found.sort_unstable_by(by_score);
        &self.found
    }
}

fn by_score<S: Score>(a: &(S, u32), b: &(S, u32)) -> Ordering {
    a.0.order(&b.0).then(a.1.cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_lowest_in_any_order() {
        let scores: Vec<f32> = (0..500).map(|i| ((i * 7919) % 499) as f32).collect();
        let mut best = Best::new(6);
        best.offer_row(&scores[..300], 0);
        best.offer_row(&scores[300..], 300);
        let (found, threshold) = best.lowest();
        let mut kept: Vec<f32> = found.iter().map(|x| x.0).collect();
        kept.sort_by(f32::total_cmp);
        assert_eq!(kept, [0.0, 0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(threshold, 4.0);
        assert!(found.iter().all(|x| scores[x.1 as usize] == x.0));
    }

    #[test]
    fn fewer_than_wanted_and_none_wanted() {
        let mut best = Best::new(10);
        best.offer_row(&[3.0, 1.0], 0);
        assert_eq!(best.lowest(), (&[(3.0, 0), (1.0, 1)][..], f32::INFINITY));
        let mut none = Best::new(0);
        none.offer_row(&[3.0], 0);
        assert!(none.lowest().0.is_empty());
    }
}

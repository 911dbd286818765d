//! Stochastic gradient descent that any number of threads may share.
//!
//! Every point gathers its own moves: the attraction of the edges due in the epoch, once as their
//! head and once as their tail, and the repulsion of random points. It follows them one by one
//! from where it is, but sees the others where they were when its round began; an epoch has
//! several rounds, each for a part of the points, whose moves then take effect together. Random
//! numbers are keyed by seed, epoch and place. So a result depends on none but the data.
//!
//! Points that move side by side are repelled by points at consecutive places, of which only the
//! first is drawn: each meets all others equally often, and memory is read in runs. Places are in
//! the order of activity, so that neighbors by place are not neighbors in the layout.

use super::lanes::{Forces, LANES, Lanes, Points, Random};
use super::schedule::{Batch, Due, Schedule};
use crate::kernels::random::splitmix::Stream;
use crate::kernels::simd::wide_fused;
use crate::kernels::ticker::{Stopped, Ticker};
use rayon::prelude::*;
use std::ops::Range;

/// Points moved by one task: enough that points with as many edges due are found among them, few
/// enough that few cells keep several threads busy.
const TASK: usize = 8 * LANES;

/// What does not change from epoch to epoch.
pub struct Descent<'a> {
    pub schedule: &'a Schedule,
    pub forces: Forces,
    pub n_epochs: usize,
    /// The learning rate at the start; it falls linearly to 0.
    pub alpha: f32,
    /// Random points that repel a head, per edge.
    pub negatives: usize,
    pub seed: u64,
}

impl Descent<'_> {
    /// Moves all points among each other. `positions` are by place; rounds begin at `begins`.
    pub fn run<const D: usize>(
        &self,
        positions: &mut [[f32; D]],
        begins: &[usize],
        ticker: &Ticker,
    ) -> Result<(), Stopped> {
        let mut moved = Vec::new();
        // Nothing is due in epoch 0.
        for epoch in 1..self.n_epochs {
            for round in begins.windows(2) {
                ticker.check()?;
                self.round(positions, round[0]..round[1], epoch, &mut moved);
                positions[round[0]..round[1]].copy_from_slice(&moved);
            }
            ticker.advance(1)?;
        }
        Ok(())
    }

    /// Moves new points among fixed ones, each on its own.
    pub fn run_towards<const D: usize>(
        &self,
        fixed: &[[f32; D]],
        points: &mut [[f32; D]],
        ticker: &Ticker,
    ) -> Result<(), Stopped> {
        let tasks = points.par_chunks_mut(TASK).enumerate();
        tasks.try_for_each_init(Due::default, |due, (task, points)| {
            for epoch in 1..self.n_epochs {
                self.move_points::<D, false>(points, task * TASK, epoch, due, fixed);
            }
            ticker.advance(points.len() as u64)
        })
    }

    /// Where the points at `places` move to.
    fn round<const D: usize>(
        &self,
        positions: &[[f32; D]],
        places: Range<usize>,
        epoch: usize,
        moved: &mut Vec<[f32; D]>,
    ) {
        moved.clear();
        moved.extend_from_slice(&positions[places.clone()]);
        let tasks = moved.par_chunks_mut(TASK).enumerate();
        tasks.for_each_init(Due::default, |due, (task, moved)| {
            let first = places.start + task * TASK;
            self.move_points::<D, true>(moved, first, epoch, due, positions);
        });
    }

    /// Moves points, the first of which is at place `first`, in one epoch among `others`, which
    /// are the same points (`AMONG_ITSELF`) or fixed ones.
    fn move_points<const D: usize, const AMONG_ITSELF: bool>(
        &self,
        points: &mut [[f32; D]],
        first: usize,
        epoch: usize,
        due: &mut Due,
        others: &[[f32; D]],
    ) {
        wide_fused(
            #[inline(always)]
            |native| {
                let places = first..first + points.len();
                self.schedule.due(places, epoch as u32, due);
                for batch in due.batches() {
                    self.move_batch::<D, AMONG_ITSELF>(
                        native, points, first, epoch, &batch, others,
                    );
                }
            },
        );
    }

    /// The learning rate of an epoch: the first two have the same.
    fn rate(&self, epoch: usize) -> f32 {
        self.alpha * (1.0 - epoch.saturating_sub(1) as f32 / self.n_epochs as f32)
    }

    #[inline(always)]
    fn move_batch<const D: usize, const AMONG_ITSELF: bool>(
        &self,
        native: bool,
        points: &mut [[f32; D]],
        first: usize,
        epoch: usize,
        batch: &Batch,
        others: &[[f32; D]],
    ) {
        let mut own = [[0.0; LANES]; D];
        for (lane, &offset) in batch.offsets.iter().enumerate() {
            (0..D).for_each(|d| own[d][lane] = points[offset as usize][d]);
        }
        let n = others.len();
        let mut repelling = Repelling::<AMONG_ITSELF>::new(self, batch, first, epoch, n);
        let alpha = self.rate(epoch);
        for step in 0..batch.longest() {
            let (targets, active) = batch.step(step);
            let rate = active.map(|active| if active { alpha } else { 0.0 });
            let target = gather(others, &targets);
            self.forces.attract(native, &mut own, &target, &rate);
            for _ in 0..self.negatives {
                let (other, rate) = repelling.next(others, &rate);
                self.forces.repel(native, &mut own, &other, &rate);
            }
            if AMONG_ITSELF {
                self.forces.attract(native, &mut own, &target, &rate);
            }
        }
        for (lane, &offset) in batch.offsets.iter().enumerate() {
            (0..D).for_each(|d| points[offset as usize][d] = own[d][lane]);
        }
    }
}

/// Which points repel those of a batch: points at consecutive places those that are moved among
/// themselves, any the others, which must not depend on who is moved beside them.
struct Repelling<const AMONG_ITSELF: bool> {
    begins: Stream,
    /// The begin with which each lane would meet itself.
    itself: Lanes<u32>,
    each: Random,
}

impl<const AMONG_ITSELF: bool> Repelling<AMONG_ITSELF> {
    #[inline(always)]
    fn new(descent: &Descent, batch: &Batch, first: usize, epoch: usize, n: usize) -> Self {
        let stream = |key: usize| Stream::new(descent.seed, epoch as u64, key as u64);
        let place = |offset: u32| first + offset as usize;
        let mut itself = [u32::MAX; LANES];
        let mut each = Random([0; LANES]);
        for (lane, &offset) in batch.offsets.iter().enumerate() {
            if AMONG_ITSELF {
                itself[lane] = ((place(offset) + LANES * n - lane) % n) as u32;
            } else {
                let row = descent.schedule.rows[place(offset)];
                each.0[lane] = stream(row as usize).bits() as u32;
            }
        }
        Self {
            begins: stream(place(batch.offsets[0])),
            itself,
            each,
        }
    }

    /// One for each lane, and the rates, 0 where a lane would meet itself.
    #[inline(always)]
    fn next<const D: usize>(
        &mut self,
        others: &[[f32; D]],
        rate: &Lanes<f32>,
    ) -> (Points<D>, Lanes<f32>) {
        let n = others.len() as u32;
        if !AMONG_ITSELF {
            return (gather(others, &self.each.below(n)), *rate);
        }
        let begin = self.begins.below(n);
        let mut rate = *rate;
        for (rate, &itself) in rate.iter_mut().zip(&self.itself) {
            *rate = if itself == begin { 0.0 } else { *rate };
        }
        (in_a_row(others, begin as usize), rate)
    }
}

/// The points at consecutive places from `begin` on; after the last comes the first.
#[inline(always)]
fn in_a_row<const D: usize>(others: &[[f32; D]], begin: usize) -> Points<D> {
    match others.get(begin..begin + LANES) {
        Some(row) => std::array::from_fn(|d| std::array::from_fn(|lane| row[lane][d])),
        None => {
            let place = |lane| ((begin + lane) % others.len()) as u32;
            gather(others, &std::array::from_fn(place))
        }
    }
}

#[inline(always)]
fn gather<const D: usize>(others: &[[f32; D]], wanted: &Lanes<u32>) -> Points<D> {
    let mut found = [[0.0; LANES]; D];
    for lane in 0..LANES {
        let other = &others[wanted[lane] as usize];
        (0..D).for_each(|d| found[d][lane] = other[d]);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_a_row_go_on_from_the_first() {
        for n in [3, LANES, 50] {
            let others: Vec<[f32; 2]> = (0..n).map(|i| [i as f32, -(i as f32)]).collect();
            for begin in 0..n {
                let place = |lane| ((begin + lane) % n) as f32;
                let places: Lanes<f32> = std::array::from_fn(place);
                let row = in_a_row(&others, begin);
                assert_eq!(row, [places, places.map(|place| -place)]);
            }
        }
    }
}

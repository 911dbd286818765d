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

use super::lanes::{Forces, LANES, Lanes, Points, Random, wide};
use super::schedule::{Due, Schedule};
use crate::kernels::random::splitmix::Stream;
use crate::kernels::ticker::{Stopped, Ticker};
use rayon::prelude::*;
use std::ops::Range;

/// Points moved by one task: small, so that few cells keep several threads busy.
const TASK: usize = 4 * LANES;

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
        let tasks = points.par_chunks_mut(LANES).enumerate();
        tasks.try_for_each_init(Due::default, |due, (batch, points)| {
            let first = batch * LANES;
            wide(
                #[inline(always)]
                |native| {
                    for epoch in 1..self.n_epochs {
                        let places = first..first + points.len();
                        self.schedule.due(places, epoch as u32, due);
                        self.move_batch::<D, false>(native, points, first, epoch, due, fixed);
                    }
                },
            );
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
            wide(
                #[inline(always)]
                |native| {
                    for (batch, points) in moved.chunks_mut(LANES).enumerate() {
                        let first = first + batch * LANES;
                        self.schedule
                            .due(first..first + points.len(), epoch as u32, due);
                        self.move_batch::<D, true>(native, points, first, epoch, due, positions);
                    }
                },
            );
        });
    }

    /// The learning rate of an epoch: the first two have the same.
    fn rate(&self, epoch: usize) -> f32 {
        self.alpha * (1.0 - epoch.saturating_sub(1) as f32 / self.n_epochs as f32)
    }

    /// Random numbers of each point, whoever else is moved beside it.
    #[inline(always)]
    fn random_of_each(&self, first: usize, n_points: usize, epoch: usize) -> Random {
        let mut random = Random([0; LANES]);
        for (lane, state) in random.0.iter_mut().enumerate().take(n_points) {
            let row = u64::from(self.schedule.rows[first + lane]);
            *state = Stream::new(self.seed, epoch as u64, row).bits() as u32;
        }
        random
    }

    /// Moves up to [`LANES`] points, the first of which is at place `first`, among `others`,
    /// which are the same points (`AMONG_ITSELF`) or fixed ones.
    #[inline(always)]
    pub fn move_batch<const D: usize, const AMONG_ITSELF: bool>(
        &self,
        native: bool,
        points: &mut [[f32; D]],
        first: usize,
        epoch: usize,
        due: &Due,
        others: &[[f32; D]],
    ) {
        let mut own = [[0.0; LANES]; D];
        for (lane, point) in points.iter().enumerate() {
            (0..D).for_each(|d| own[d][lane] = point[d]);
        }
        let n_others = others.len() as u32;
        let mut shared = Stream::new(self.seed, epoch as u64, first as u64);
        let mut each = if AMONG_ITSELF {
            Random([0; LANES])
        } else {
            self.random_of_each(first, points.len(), epoch)
        };
        let alpha = self.rate(epoch);
        for step in 0..due.longest() {
            let (targets, active) = due.step(step);
            let rate = active.map(|active| if active { alpha } else { 0.0 });
            let target = gather(others, targets);
            self.forces.attract(native, &mut own, &target, &rate);
            for _ in 0..self.negatives {
                let other = if AMONG_ITSELF {
                    let begin = shared.below(n_others) as usize;
                    // Each would meet itself.
                    if begin == first {
                        continue;
                    }
                    in_a_row(others, begin)
                } else {
                    gather(others, &each.below(n_others))
                };
                self.forces.repel(native, &mut own, &other, &rate);
            }
            if AMONG_ITSELF {
                self.forces.attract(native, &mut own, &target, &rate);
            }
        }
        for (lane, point) in points.iter_mut().enumerate() {
            (0..D).for_each(|d| point[d] = own[d][lane]);
        }
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

//! Which edges act when. An edge of weight w acts in a share w / max(w) of the epochs, evenly
//! spaced: it is due in epoch t if ⌊t·share⌋ > ⌊(t − 1)·share⌋. Shares are fixed-point numbers,
//! so that a multiplication that wraps around shows.

use super::lanes::{LANES, Lanes};
use crate::kernels::graph::components::GraphView;
use std::ops::Range;

/// A graph in the order in which its points are moved.
#[derive(Debug)]
pub struct Schedule {
    /// The row of the graph that each place has.
    pub rows: Vec<u32>,
    starts: Vec<usize>,
    /// By place, or column if the points are not those that they are drawn to.
    neighbors: Vec<u32>,
    /// In units of 2⁻³².
    shares: Vec<u32>,
}

impl Schedule {
    /// Edges whose share is less than one of `n_epochs` are left out. Points take turns over
    /// `rounds`: the most active go first in each, so that points side by side have like numbers
    /// of edges due. Returns the places at which each round begins, too.
    pub fn new(graph: GraphView<'_>, n_epochs: usize, rounds: usize) -> (Self, Vec<usize>) {
        let most = graph.data().iter().copied().fold(0.0, f32::max);
        let activity = |row: usize| -> f64 {
            let row = graph.outer_view(row);
            row.iter()
                .flat_map(|row| row.data())
                .map(|&w| f64::from(w))
                .sum()
        };
        let activity: Vec<f64> = (0..graph.rows()).map(activity).collect();
        let mut busiest: Vec<u32> = (0..graph.rows() as u32).collect();
        busiest.sort_by(|&i, &j| activity[j as usize].total_cmp(&activity[i as usize]));
        let mut schedule = Schedule {
            rows: Vec::with_capacity(busiest.len()),
            starts: vec![0],
            neighbors: Vec::with_capacity(graph.nnz()),
            shares: Vec::with_capacity(graph.nnz()),
        };
        let mut begins = vec![0];
        for round in 0..rounds {
            schedule
                .rows
                .extend(busiest.iter().skip(round).step_by(rounds));
            begins.push(schedule.rows.len());
        }
        for &row in &schedule.rows {
            for (neighbor, &weight) in graph.outer_view(row as usize).iter().flat_map(|r| r.iter())
            {
                let share = f64::from(weight) / f64::from(most);
                if share > 0.0 && share * n_epochs as f64 >= 1.0 {
                    schedule.neighbors.push(neighbor as u32);
                    // 1 becomes the largest there is; the cast saturates.
                    schedule.shares.push((share * 2f64.powi(32)) as u32);
                }
            }
            schedule.starts.push(schedule.neighbors.len());
        }
        (schedule, begins)
    }

    /// Names neighbors by their places, where rows and columns are the same points.
    pub fn by_place(mut self) -> Self {
        let mut place = vec![0; self.rows.len()];
        for (at, &row) in self.rows.iter().enumerate() {
            place[row as usize] = at as u32;
        }
        self.neighbors
            .iter_mut()
            .for_each(|j| *j = place[*j as usize]);
        self
    }

    /// Collects the neighbors due for up to [`LANES`] places.
    #[inline(always)]
    pub fn due(&self, places: Range<usize>, epoch: u32, due: &mut Due) {
        let longest = places
            .clone()
            .map(|at| self.starts[at + 1] - self.starts[at])
            .max();
        due.targets
            .resize(due.targets.len().max(longest.unwrap_or(0)), [0; LANES]);
        due.counts = [0; LANES];
        for (lane, at) in places.enumerate() {
            let edges = self.starts[at]..self.starts[at + 1];
            let mut count = 0;
            for (&neighbor, &share) in self.neighbors[edges.clone()]
                .iter()
                .zip(&self.shares[edges])
            {
                // Written in any case: no branch to be guessed.
                due.targets[count][lane] = neighbor;
                count += usize::from(epoch.wrapping_mul(share) < share);
            }
            due.counts[lane] = count as u32;
        }
    }
}

/// Neighbors due, the first of each lane, the second of each lane, …
#[derive(Debug, Default)]
pub struct Due {
    targets: Vec<Lanes<u32>>,
    counts: Lanes<u32>,
}

impl Due {
    /// The most that any lane has.
    pub fn longest(&self) -> usize {
        self.counts.iter().max().map_or(0, |&count| count as usize)
    }

    /// Each lane's target number `step`, valid where the lane has so many.
    pub fn step(&self, step: usize) -> (&Lanes<u32>, Lanes<bool>) {
        (
            &self.targets[step],
            self.counts.map(|count| step < count as usize),
        )
    }
}

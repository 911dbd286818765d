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

    /// Collects the neighbors due for some places.
    #[inline(always)]
    pub fn due(&self, places: Range<usize>, epoch: u32, due: &mut Due) {
        let edges = self.starts[places.end] - self.starts[places.start];
        due.targets.resize(due.targets.len().max(edges + 1), 0);
        due.starts.clear();
        let mut count = 0;
        for at in places {
            due.starts.push(count as u32);
            let edges = self.starts[at]..self.starts[at + 1];
            for (&neighbor, &share) in self.neighbors[edges.clone()]
                .iter()
                .zip(&self.shares[edges])
            {
                // Written in any case: no branch to be guessed.
                due.targets[count] = neighbor;
                count += usize::from(epoch.wrapping_mul(share) < share);
            }
        }
        due.starts.push(count as u32);
        due.sort();
    }
}

/// Neighbors due for some places, and these places by how many they have: points side by side
/// wait for the one that has most.
#[derive(Debug, Default)]
pub struct Due {
    targets: Vec<u32>,
    /// Where the targets of each place begin, and where the last end.
    starts: Vec<u32>,
    /// Offsets of the places, those with the most targets first, equals in their order.
    order: Vec<u32>,
    /// For sorting: where the next place goes that has a certain number of targets.
    next: Vec<u32>,
}

impl Due {
    /// By counting: what is sorted is short, and sorted in every epoch.
    fn sort(&mut self) {
        let counts = || self.starts.windows(2).map(|ends| ends[1] - ends[0]);
        let most = counts().max().unwrap_or(0);
        self.next.clear();
        self.next.resize(most as usize + 2, 0);
        counts().for_each(|count| self.next[(most - count) as usize + 1] += 1);
        for count in 1..self.next.len() {
            self.next[count] += self.next[count - 1];
        }
        self.order.clear();
        self.order.resize(self.starts.len() - 1, 0);
        for (offset, ends) in self.starts.windows(2).enumerate() {
            let next = &mut self.next[(most - (ends[1] - ends[0])) as usize];
            self.order[*next as usize] = offset as u32;
            *next += 1;
        }
    }

    /// The places, up to [`LANES`] at a time.
    pub fn batches(&self) -> impl Iterator<Item = Batch<'_>> {
        self.order.chunks(LANES).map(|offsets| {
            let bound = |lane: usize, end: usize| {
                offsets
                    .get(lane)
                    .map_or(0, |&offset| self.starts[offset as usize + end])
            };
            Batch {
                offsets,
                targets: &self.targets,
                begins: std::array::from_fn(|lane| bound(lane, 0)),
                ends: std::array::from_fn(|lane| bound(lane, 1)),
            }
        })
    }
}

/// Places side by side: one a lane.
pub struct Batch<'a> {
    /// From the first of the places that were asked for.
    pub offsets: &'a [u32],
    targets: &'a [u32],
    begins: Lanes<u32>,
    ends: Lanes<u32>,
}

impl Batch<'_> {
    /// The most targets that any lane has.
    pub fn longest(&self) -> u32 {
        self.ends[0] - self.begins[0]
    }

    /// Each lane's target number `step`, and whether the lane has that many.
    #[inline(always)]
    pub fn step(&self, step: u32) -> (Lanes<u32>, Lanes<bool>) {
        let active = std::array::from_fn(|lane| self.begins[lane] + step < self.ends[lane]);
        let target = |lane: usize| {
            if active[lane] {
                self.targets[(self.begins[lane] + step) as usize]
            } else {
                0
            }
        };
        (std::array::from_fn(target), active)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::graph::components::graph_of;

    #[test]
    fn every_place_has_its_targets_and_the_longest_come_first() {
        let edges: Vec<_> = (0..100)
            .flat_map(|i| (0..i % 7).map(move |j| (i, (i + j + 1) % 100, 1.0)))
            .collect();
        let graph = graph_of(100, &edges);
        let (schedule, _) = Schedule::new(graph.view(), 10, 1);
        let mut due = Due::default();
        schedule.due(20..90, 2, &mut due);
        let mut lengths = Vec::new();
        let mut seen = Vec::new();
        for batch in due.batches() {
            for (lane, &offset) in batch.offsets.iter().enumerate() {
                let place = 20 + offset as usize;
                let steps = (0..batch.longest()).map(|step| batch.step(step));
                let found: Vec<u32> = steps
                    .filter(|(_, active)| active[lane])
                    .map(|(targets, _)| targets[lane])
                    .collect();
                let own = schedule.starts[place]..schedule.starts[place + 1];
                // Edges of the largest weight are due in every epoch but the first.
                assert_eq!(found, schedule.neighbors[own]);
                lengths.push(found.len());
                seen.push(place);
            }
        }
        assert!(lengths.is_sorted_by(|a, b| a >= b), "{lengths:?}");
        seen.sort_unstable();
        assert_eq!(seen, (20..90).collect::<Vec<_>>());
    }
}

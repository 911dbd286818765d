//! The weighted graph that the Leiden algorithm walks: neighbors by row, the strength of every
//! node, and the coarser graph whose nodes are the communities of a finer one.

use std::ops::Range;

use rayon::prelude::*;

use super::partition::{Members, NeighborWeights};
use crate::kernels::ticker::{Stopped, Ticker};

/// Rows of the coarser graph that one task sums.
const BLOCK: usize = 1024;

/// Tasks whose rows wait together to be appended.
const AT_ONCE: usize = 512;

/// A symmetric graph of positive weights. Self-loops never influence a move: they are left out of
/// the rows and count in `strength` and `total` only.
pub(super) struct Network {
    pub indptr: Vec<usize>,
    pub neighbors: Vec<u32>,
    pub weights: Vec<f32>,
    /// Sum of each row, self-loops included.
    pub strength: Vec<f64>,
    /// Sum of all strengths: 2m.
    pub total: f64,
}

impl Network {
    pub fn nodes(&self) -> usize {
        self.strength.len()
    }

    /// Neighbors of a node and the weights of the edges to them.
    pub fn row(&self, node: u32) -> (&[u32], &[f32]) {
        let row = self.indptr[node as usize]..self.indptr[node as usize + 1];
        (&self.neighbors[row.clone()], &self.weights[row])
    }

    /// The same as pairs.
    pub fn edges(&self, node: u32) -> impl Iterator<Item = (u32, f64)> + '_ {
        let (neighbors, weights) = self.row(node);
        let weights = weights.iter().map(|&weight| f64::from(weight));
        neighbors.iter().copied().zip(weights)
    }

    /// The graph of communities: weights between two are summed, weights inside stay in `strength`.
    pub fn aggregate(&self, communities: &Members, ticker: &Ticker) -> Result<Network, Stopped> {
        let n = communities.count();
        let starts: Vec<usize> = (0..n).step_by(BLOCK).collect();
        let mut rows = Rows::default();
        // Some at a time: all of them beside the graph would be the graph twice.
        for starts in starts.chunks(AT_ONCE) {
            let blocks = starts.par_iter().map_init(
                || NeighborWeights::new(n),
                |sums, &start| {
                    let range = start..n.min(start + BLOCK);
                    self.sum_rows(communities, range, sums, ticker)
                },
            );
            for block in blocks.collect::<Result<Vec<_>, Stopped>>()? {
                rows.append(block);
            }
        }
        Ok(Network {
            indptr: std::iter::once(0).chain(rows.ends).collect(),
            neighbors: rows.neighbors,
            weights: rows.weights,
            strength: rows.strength,
            total: self.total,
        })
    }

    fn sum_rows(
        &self,
        communities: &Members,
        range: Range<usize>,
        sums: &mut NeighborWeights,
        ticker: &Ticker,
    ) -> Result<Rows, Stopped> {
        let mut rows = Rows::with_capacity(range.len(), 8 * range.len());
        for community in range {
            let mut strength = 0.0;
            for (i, &node) in communities.of(community).iter().enumerate() {
                if i % BLOCK == 0 {
                    ticker.check()?;
                }
                strength += self.strength[node as usize];
                for (neighbor, weight) in self.edges(node) {
                    sums.add(communities.community[neighbor as usize], weight);
                }
            }
            rows.strength.push(strength);
            for (other, weight) in sums.drain() {
                if other as usize != community {
                    rows.neighbors.push(other);
                    rows.weights.push(weight as f32);
                }
            }
            rows.ends.push(rows.neighbors.len());
        }
        Ok(rows)
    }
}

/// Consecutive rows of a coarser graph.
#[derive(Default)]
struct Rows {
    ends: Vec<usize>,
    neighbors: Vec<u32>,
    weights: Vec<f32>,
    strength: Vec<f64>,
}

impl Rows {
    fn with_capacity(rows: usize, entries: usize) -> Self {
        Self {
            ends: Vec::with_capacity(rows),
            neighbors: Vec::with_capacity(entries),
            weights: Vec::with_capacity(entries),
            strength: Vec::with_capacity(rows),
        }
    }

    fn append(&mut self, next: Rows) {
        let offset = self.neighbors.len();
        self.ends.extend(next.ends.iter().map(|end| offset + end));
        self.neighbors.extend(next.neighbors);
        self.weights.extend(next.weights);
        self.strength.extend(next.strength);
    }
}

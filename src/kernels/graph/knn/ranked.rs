//! From candidates to neighbors: by their distances in f64, ties by index.

use super::points::{Coordinates, Points};
use super::{Error, Neighbors};
use crate::kernels::ticker::Ticker;
use ndarray::Array2;
use rayon::prelude::*;

/// Queries, where they look, and how much they want.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    pub reference: &'a Points<'a>,
    pub queries: &'a Points<'a>,
    /// Whether both are the same points; then a point is not its own neighbor.
    pub same: bool,
    pub count: usize,
}

impl Wish<'_> {
    /// The nearest of the candidates of one query.
    pub fn nearest(&self, query: usize, candidates: impl Iterator<Item = u32>) -> Vec<(f64, u32)> {
        let others = candidates.filter(|&j| !self.same || j as usize != query);
        let with_distance = |j: u32| (self.queries.distance(query, self.reference, j as usize), j);
        let mut all: Vec<(f64, u32)> = others.map(with_distance).collect();
        let order = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if self.count > 0 && all.len() > 4 * self.count {
            all.select_nth_unstable_by(self.count - 1, order);
            all.truncate(self.count);
        }
        all.sort_unstable_by(order);
        all.truncate(self.count);
        all
    }

    /// The neighbors of all queries, each block of which `block(first, size)` finds.
    pub fn collect<F>(&self, size: usize, ticker: &Ticker, block: F) -> Result<Neighbors, Error>
    where
        F: Fn(usize, usize) -> Result<Vec<Vec<(f64, u32)>>, Error> + Sync,
    {
        let shape = (self.queries.count(), self.count);
        let mut found = Neighbors {
            indices: Array2::zeros(shape),
            distances: Array2::zeros(shape),
        };
        let width = size * self.count.max(1);
        let indices = found.indices.as_slice_mut().expect("standard layout");
        let distances = found.distances.as_slice_mut().expect("standard layout");
        let blocks = indices
            .par_chunks_mut(width)
            .zip(distances.par_chunks_mut(width));
        blocks
            .enumerate()
            .try_for_each(|(i, (indices, distances))| {
                let rows = indices.len() / self.count;
                let nearest = block(i * size, rows)?;
                let places = indices.iter_mut().zip(distances);
                for ((index, distance), (d, j)) in places.zip(nearest.into_iter().flatten()) {
                    (*index, *distance) = (j, d as f32);
                }
                Ok::<(), Error>(ticker.advance(rows as u64)?)
            })?;
        Ok(found)
    }
}

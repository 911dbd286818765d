//! The nearest neighbors of each cell, checked, and weights for them.

use super::{CELLS, Error, Graph};
use crate::kernels::ticker::{Stopped, Ticker};
use ndarray::ArrayView2;
use rayon::prelude::*;

/// The nearest neighbors of each cell, checked: without the cell itself, in order of distance.
#[derive(Debug, Clone, Copy)]
pub struct Knn<'a> {
    pub(super) indices: ArrayView2<'a, u32>,
    pub(super) distances: ArrayView2<'a, f32>,
    /// Cells that can be neighbors.
    targets: usize,
}

impl<'a> Knn<'a> {
    /// Neighbors among the cells themselves; both arrays are cells × (k − 1).
    pub fn new(
        indices: ArrayView2<'a, u32>,
        distances: ArrayView2<'a, f32>,
    ) -> Result<Self, Error> {
        Self::among(indices.nrows(), indices, distances)
    }

    /// Neighbors among `targets` other cells; both arrays are cells × k.
    pub fn among(
        targets: usize,
        indices: ArrayView2<'a, u32>,
        distances: ArrayView2<'a, f32>,
    ) -> Result<Self, Error> {
        if indices.dim() != distances.dim() {
            return Err(Error::Shapes {
                indices: indices.dim(),
                distances: distances.dim(),
            });
        }
        let knn = Knn {
            indices,
            distances,
            targets,
        };
        let first = (0..knn.cells())
            .into_par_iter()
            .find_map_first(|cell| knn.check(cell).err());
        first.map_or(Ok(knn), Err)
    }

    fn check(&self, cell: usize) -> Result<(), Error> {
        let mut neighbors = self.indices.row(cell).to_vec();
        neighbors.sort_unstable();
        if neighbors.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Error::Twice { cell });
        }
        if let Some(&neighbor) = neighbors.last().filter(|&&j| j as usize >= self.targets) {
            return Err(Error::NoSuchCell {
                cell,
                neighbor,
                cells: self.targets,
            });
        }
        let bad = |&&d: &&f32| !(d >= 0.0 && d.is_finite());
        match self.distances.row(cell).iter().find(bad) {
            Some(&distance) => Err(Error::BadDistance { cell, distance }),
            None => Ok(()),
        }
    }

    pub fn cells(&self) -> usize {
        self.indices.nrows()
    }

    pub fn width(&self) -> usize {
        self.indices.ncols()
    }

    /// The sum of all distances, by fixed chunks.
    pub fn total(&self) -> f64 {
        let starts: Vec<usize> = (0..self.cells()).step_by(CELLS).collect();
        let part = |&start: &usize| -> f64 {
            let cells = start..self.cells().min(start + CELLS);
            let rows = cells.map(|cell| self.distances.row(cell));
            rows.map(|row| row.iter().map(|&d| f64::from(d)).sum::<f64>())
                .sum()
        };
        let parts: Vec<f64> = starts.par_iter().map(part).collect();
        parts.iter().sum()
    }

    /// Weights of all neighbors, cells × width, a row at a time.
    pub fn weigh(
        &self,
        weigh_row: impl Fn(usize, &mut [f32]) + Sync,
        ticker: &Ticker,
    ) -> Result<Vec<f32>, Stopped> {
        let width = self.width();
        let mut weights = vec![0.0; self.cells() * width];
        if width > 0 {
            let blocks = weights.par_chunks_mut(CELLS * width).enumerate();
            blocks.try_for_each(|(block, weights)| {
                ticker.check()?;
                let rows = weights.chunks_exact_mut(width).zip(block * CELLS..);
                rows.for_each(|(row, cell)| weigh_row(cell, row));
                Ok(())
            })?;
        }
        Ok(weights)
    }
    /// A graph of one weight a neighbor, cells × targets; weights of 0 stay stored.
    pub fn graph(&self, weights: &[f32]) -> Graph {
        let width = self.width();
        let rows = (0..self.cells())
            .into_par_iter()
            .flat_map_iter(|cell| self.sorted_row(cell, weights));
        let (indices, data) = rows.unzip();
        let starts = (0..=self.cells()).map(|cell| cell * width).collect();
        Graph::new((self.cells(), self.targets), starts, indices, data)
    }

    /// A cell's neighbors in their order, with its share of the weights of all.
    pub fn sorted_row(&self, cell: usize, weights: &[f32]) -> Vec<(u32, f32)> {
        let weights = &weights[cell * self.width()..(cell + 1) * self.width()];
        let neighbors = self.indices.row(cell);
        let mut row: Vec<(u32, f32)> = neighbors
            .iter()
            .copied()
            .zip(weights.iter().copied())
            .collect();
        row.sort_unstable_by_key(|&(neighbor, _)| neighbor);
        row
    }

    /// A cell among its own neighbors weighs nothing.
    pub fn exclude_self(&self, cell: usize, weights: &mut [f32]) {
        let neighbors = self.indices.row(cell);
        let pairs = weights.iter_mut().zip(neighbors);
        pairs
            .filter(|(_, neighbor)| **neighbor as usize == cell)
            .for_each(|(weight, _)| *weight = 0.0);
    }
}

/// The distances themselves as a graph, cells × cells: what scanpy keeps in `obsp['distances']`.
/// Neighbors at distance 0 stay stored.
pub fn distances(knn: Knn<'_>) -> Graph {
    let all = knn.distances.as_standard_layout();
    knn.graph(all.as_slice().expect("standard layout"))
}

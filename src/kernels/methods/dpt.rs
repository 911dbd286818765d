//! Diffusion pseudotime (Haghverdi et al., Nat. Methods 13, 845, 2016): distances from a root cell
//! that add up walks of every length, Σ_k (λ_k / (1 − λ_k))²·(ψ_k(x) − ψ_k(y))².
//!
//! Scanpy lets values of [`NEARLY_ONE`] and more count once instead of by λ / (1 − λ), which hides
//! the leading components of a long trajectory; both weightings are here, see [`Weights`].

mod branching;
mod kendall;

pub use branching::{Branches, BranchingParams, branches};

use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;

/// Values that scanpy takes for 1.
pub const NEARLY_ONE: f64 = 0.9994;

/// From here on a value of single precision cannot be told from 1.
const STATIONARY: f64 = 1.0 - 1e-6;

/// How much a component counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weights {
    /// λ / (1 − λ), and 1 from [`NEARLY_ONE`] on.
    #[default]
    Scanpy,
    /// λ / (1 − λ), and 0 for the stationary components.
    Published,
}

impl Weights {
    fn of(self, value: f64) -> f64 {
        match self {
            Weights::Scanpy if value >= NEARLY_ONE => 1.0,
            Weights::Published if value >= STATIONARY => 0.0,
            _ => value / (1.0 - value),
        }
    }
}

/// Cells of one task.
const BLOCK: usize = 1024;

/// Cells in coordinates whose euclidean distances are those of diffusion pseudotime.
#[derive(Debug, Clone)]
pub struct Space {
    dimensions: usize,
    /// Cells × dimensions.
    points: Vec<f32>,
    /// The connected component of each cell: between two of them the distance is infinite.
    component: Vec<u32>,
}

impl Space {
    /// From eigenvectors (cells × components) and as many eigenvalues.
    pub fn new(
        vectors: ArrayView2<'_, f32>,
        values: &[f64],
        component: Vec<u32>,
        weights: Weights,
    ) -> Self {
        let dimensions = vectors.ncols().min(values.len());
        let weights: Vec<f64> = values.iter().map(|&value| weights.of(value)).collect();
        let mut points = Vec::with_capacity(vectors.nrows() * dimensions);
        for row in vectors.axis_iter(Axis(0)) {
            let weighed = row.iter().zip(&weights);
            points.extend(weighed.map(|(&x, weight)| (f64::from(x) * weight) as f32));
        }
        Space {
            dimensions,
            points,
            component,
        }
    }

    pub fn n_cells(&self) -> usize {
        self.component.len()
    }

    fn point(&self, cell: usize) -> &[f32] {
        &self.points[cell * self.dimensions..][..self.dimensions]
    }

    pub fn distance(&self, a: usize, b: usize) -> f64 {
        if self.component[a] != self.component[b] {
            return f64::INFINITY;
        }
        let differences = self.point(a).iter().zip(self.point(b));
        let squares = differences.map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2));
        squares.sum::<f64>().sqrt()
    }

    /// From one cell to all; infinite to cells that no path leads to.
    pub fn distances(&self, from: usize) -> Vec<f64> {
        let cells: Vec<usize> = (0..self.n_cells()).collect();
        self.distances_to(from, &cells)
    }

    fn distances_to(&self, from: usize, cells: &[usize]) -> Vec<f64> {
        let blocks = cells.par_chunks(BLOCK).map(|cells| {
            let to = cells.iter().map(|&cell| self.distance(from, cell));
            to.collect::<Vec<f64>>()
        });
        blocks.collect::<Vec<_>>().concat()
    }

    /// Distances from the root, the furthest that can be reached at 1.
    pub fn pseudotime(&self, root: usize) -> Vec<f64> {
        let mut distances = self.distances(root);
        let reached = distances.iter().copied().filter(|d| d.is_finite());
        let furthest = reached.fold(0.0, f64::max);
        if furthest > 0.0 {
            distances.iter_mut().for_each(|d| *d /= furthest);
        }
        distances
    }

    /// The one of `cells` furthest from the middle of all: a tip rather than a cell in between.
    pub fn outermost(&self, cells: &[usize]) -> Option<usize> {
        let mut middle = vec![0.0f64; self.dimensions];
        for cell in 0..self.n_cells() {
            let sums = middle.iter_mut().zip(self.point(cell));
            sums.for_each(|(sum, &x)| *sum += f64::from(x));
        }
        let n = self.n_cells() as f64;
        let from_middle = |cell: usize| {
            let differences = self.point(cell).iter().zip(&middle);
            let squares = differences.map(|(&x, sum)| (f64::from(x) - sum / n).powi(2));
            squares.sum::<f64>()
        };
        first_max(cells.iter().map(|&cell| from_middle(cell))).map(|i| cells[i])
    }
}

/// The position of the largest value, the first of equals.
fn first_max(values: impl IntoIterator<Item = f64>) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (i, value) in values.into_iter().enumerate() {
        if best.is_none_or(|(_, most)| value > most) {
            best = Some((i, value));
        }
    }
    best.map(|(i, _)| i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn line() -> Space {
        let vectors = array![[1.0f32, 0.0], [1.0, 1.0], [1.0, 3.0], [1.0, 9.0]];
        Space::new(
            vectors.view(),
            &[1.0, 0.5],
            vec![0, 0, 0, 1],
            Weights::Scanpy,
        )
    }

    #[test]
    fn time_runs_from_the_root_to_the_furthest_that_is_reached() {
        assert_eq!(line().pseudotime(0), [0.0, 1.0 / 3.0, 1.0, f64::INFINITY]);
        assert_eq!(
            line().pseudotime(3),
            [f64::INFINITY, f64::INFINITY, f64::INFINITY, 0.0]
        );
    }

    #[test]
    fn values_weigh_by_the_walks_they_stand_for() {
        let distance = |weights| {
            let values = [1.0, 0.9995, 0.9];
            let vectors = array![[0.0f32, 0.0, 0.0], [1.0, 1.0, 1.0]];
            Space::new(vectors.view(), &values, vec![0, 0], weights).distance(0, 1)
        };
        assert!((distance(Weights::Scanpy) - 83f64.sqrt()).abs() < 1e-5);
        assert!((distance(Weights::Published) - 1999f64.hypot(9.0)).abs() < 1e-3);
    }

    #[test]
    fn the_outermost_of_some() {
        assert_eq!(line().outermost(&[1, 2]), Some(1));
        assert_eq!(line().outermost(&[]), None);
    }
}

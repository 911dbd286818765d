//! Neighbor graphs: from each cell's nearest neighbors to symmetric connectivities.
//!
//! [`umap`]: fuzzy simplicial sets, in which every cell scales distances by its own surroundings
//! (McInnes, Healy & Melville, "UMAP", arXiv 1802.03426, algorithms 2 and 3). [`gauss`]: a
//! Gaussian kernel of locally adapted width (Coifman et al., PNAS 2005; Haghverdi et al., Nature
//! Methods 2016). [`jaccard`]: the share of common neighbors (PhenoGraph; Levine et al., Cell 2015).
//! The conventions are those of scanpy's `pp.neighbors`; a cell is never
//! among its own neighbors here, but counts as one of the k.

mod neighbors;
mod symmetric;

use crate::kernels::stats::exponential::exp;
use crate::kernels::ticker::{Stopped, Ticker};
use crate::math;
use rayon::prelude::*;
use sprs::CsMatI;
use symmetric::symmetric;

pub use neighbors::{Knn, distances};

/// A graph in compressed rows: f32 weights, u32 neighbors, ascending within a row.
pub type Graph = CsMatI<f32, u32, usize>;

/// Cells computed by one task.
const CELLS: usize = 512;

/// Bisections for a scale, and how near the sum of memberships must come to its target.
const BISECTIONS: usize = 64;
const TOLERANCE: f64 = 1e-5;

/// A scale is at least this times a mean distance.
const LEAST_SCALE: f64 = 1e-3;

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("{indices:?} neighbors, but {distances:?} distances")]
    Shapes {
        indices: (usize, usize),
        distances: (usize, usize),
    },
    #[error("cell {cell} has cell {neighbor} as its neighbor, of {cells}")]
    NoSuchCell {
        cell: usize,
        neighbor: u32,
        cells: usize,
    },
    #[error("cell {cell} has a neighbor twice")]
    Twice { cell: usize },
    #[error("cell {cell} has a neighbor at distance {distance}")]
    BadDistance { cell: usize, distance: f32 },
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Fuzzy union of the cells' memberships (`method='umap'`): symmetric, cells × cells, weights in
/// (0, 1], an empty diagonal.
pub fn umap(knn: Knn<'_>, ticker: &Ticker) -> Result<Graph, Error> {
    let k = knn.width() + 1;
    let mean = knn.total() / (knn.cells() * k).max(1) as f64;
    let target = math::log2(k as f64);
    let weights = knn.weigh(
        |cell, weights| {
            let row = knn.distances.row(cell);
            let all: Vec<f64> = row.iter().map(|&d| f64::from(d)).collect();
            let nearest = all.iter().copied().filter(|&d| d > 0.0);
            let nearest = nearest.reduce(f64::min).unwrap_or(0.0);
            let typical = match nearest {
                0.0 => mean,
                _ => all.iter().sum::<f64>() / k as f64,
            };
            let excess: Vec<f64> = all.iter().map(|d| (d - nearest).max(0.0)).collect();
            let scale = scale(&excess, target).max(LEAST_SCALE * typical);
            memberships(&excess, scale, weights);
            knn.exclude_self(cell, weights);
        },
        ticker,
    )?;
    symmetric(knn, &weights, |a, b| a + b - a * b, ticker)
}

/// Memberships of new cells in the surroundings of reference cells, new × reference: where
/// `umap::transform` starts from and what it follows. No neighbor is taken to be certain, and
/// the nearest one does not count towards the scale, as in umap-learn's `transform`.
pub fn to_reference(knn: Knn<'_>, ticker: &Ticker) -> Result<Graph, Error> {
    let k = knn.width();
    let mean = knn.total() / (knn.cells() * k).max(1) as f64;
    let target = math::log2(k.max(1) as f64);
    let weights = knn.weigh(
        |cell, weights| {
            let row = knn.distances.row(cell);
            let all: Vec<f64> = row.iter().map(|&d| f64::from(d)).collect();
            let scale = scale(&all[1..], target).max(LEAST_SCALE * mean);
            memberships(&all, scale, weights);
        },
        ticker,
    )?;
    Ok(knn.graph(&weights))
}

/// The σ at which exp(−excess/σ) sums to `target`, found by bisection.
fn scale(excess: &[f64], target: f64) -> f64 {
    let (mut low, mut high, mut middle) = (0.0, f64::INFINITY, 1.0);
    let mut terms = vec![0.0; excess.len()];
    for _ in 0..BISECTIONS {
        let slope = -1.0 / middle;
        // Apart from the sum, whose order is fixed, so that these are made vectors of.
        for (term, &d) in terms.iter_mut().zip(excess) {
            *term = exp(d * slope);
        }
        let sum: f64 = terms.iter().sum();
        if (sum - target).abs() < TOLERANCE {
            break;
        }
        if sum > target {
            high = middle;
        } else {
            low = middle;
        }
        middle = if high.is_finite() {
            (low + high) / 2.0
        } else {
            middle * 2.0
        };
    }
    middle
}

fn memberships(excess: &[f64], scale: f64, weights: &mut [f32]) {
    for (weight, &d) in weights.iter_mut().zip(excess) {
        *weight = if d > 0.0 { exp(-d / scale) as f32 } else { 1.0 };
    }
}

/// Gaussian kernel with a width per cell, σ² the median squared distance of its neighbors
/// (`method='gauss'`): symmetric, cells × cells, an empty diagonal. Between cells of widths that
/// are both 0, 1 at distance 0 and nothing otherwise.
pub fn gauss(knn: Knn<'_>, ticker: &Ticker) -> Result<Graph, Error> {
    let squares: Vec<f64> = (0..knn.cells())
        .into_par_iter()
        .map(|cell| median_square(knn.distances.row(cell).iter()))
        .collect();
    let weights = knn.weigh(
        |cell, weights| {
            let (neighbors, row) = (knn.indices.row(cell), knn.distances.row(cell));
            for ((weight, &j), &d) in weights.iter_mut().zip(neighbors).zip(row) {
                *weight = kernel(squares[cell], squares[j as usize], f64::from(d)) as f32;
            }
            knn.exclude_self(cell, weights);
        },
        ticker,
    )?;
    symmetric(knn, &weights, |a, b| if a == 0.0 { b } else { a }, ticker)
}

/// Shared neighbors (`method='jaccard'`; PhenoGraph: Levine et al., Cell 2015): the Jaccard index of two
/// cells' neighbors, none of them the cell itself, for each cell and its neighbors; the mean of both
/// directions, of which one may be 0.
pub fn jaccard(knn: Knn<'_>, ticker: &Ticker) -> Result<Graph, Error> {
    let hoods: Vec<Vec<u32>> = (0..knn.cells())
        .into_par_iter()
        .map(|cell| {
            let row = knn.indices.row(cell);
            let mut hood: Vec<u32> = row
                .iter()
                .copied()
                .filter(|&j| j as usize != cell)
                .collect();
            hood.sort_unstable();
            hood
        })
        .collect();
    let weights = knn.weigh(
        |cell, weights| {
            for (weight, &j) in weights.iter_mut().zip(knn.indices.row(cell)) {
                *weight = index(&hoods[cell], &hoods[j as usize]);
            }
            knn.exclude_self(cell, weights);
        },
        ticker,
    )?;
    symmetric(knn, &weights, |a, b| (a + b) / 2.0, ticker)
}

/// Shared members of two ascending lists, of all members.
fn index(a: &[u32], b: &[u32]) -> f32 {
    let shared = a
        .iter()
        .filter(|member| b.binary_search(member).is_ok())
        .count();
    shared as f32 / (a.len() + b.len() - shared).max(1) as f32
}

fn median_square<'a>(distances: impl Iterator<Item = &'a f32>) -> f64 {
    let mut squares: Vec<f64> = distances.map(|&d| f64::from(d) * f64::from(d)).collect();
    squares.sort_unstable_by(f64::total_cmp);
    match squares.len() {
        0 => 0.0,
        n => (squares[(n - 1) / 2] + squares[n / 2]) / 2.0,
    }
}

fn kernel(square: f64, other: f64, distance: f64) -> f64 {
    let sum = square + other;
    if sum == 0.0 {
        return f64::from(u8::from(distance == 0.0));
    }
    let height = 2.0 * (square * other).sqrt() / sum;
    height.sqrt() * exp(-distance * distance / sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, arr2};

    #[test]
    fn jaccard_is_the_mean_of_both_directions() {
        // Cells 0, 1 and 2 lie near each other; 3 has 1 and 2 as neighbors, which do not have it.
        let indices = arr2(&[[1, 2], [0, 2], [0, 1], [1, 2]]);
        let distances = Array2::from_elem((4, 2), 1.0_f32);
        let knn = Knn::new(indices.view(), distances.view()).unwrap();
        let graph = jaccard(knn, &Ticker::new()).unwrap();
        // {1, 2} and {0, 2} share one of three.
        assert_eq!(graph.get(0, 1), Some(&(1.0 / 3.0)));
        assert_eq!(graph.get(3, 1), Some(&(1.0 / 6.0)));
        assert_eq!(graph.get(1, 3), graph.get(3, 1));
        assert_eq!(graph.get(0, 3), None);
    }

    fn no_cells() -> (Array2<u32>, Array2<f32>) {
        (Array2::zeros((0, 3)), Array2::zeros((0, 3)))
    }

    /// Cells on a line, the neighbors of each by brute force.
    fn on_a_line(places: &[f32], others: usize) -> (Array2<u32>, Array2<f32>) {
        let n = places.len();
        let mut indices = Array2::zeros((n, others));
        let mut distances = Array2::zeros((n, others));
        for i in 0..n {
            let mut row: Vec<(f32, u32)> = (0..n)
                .filter(|&j| j != i)
                .map(|j| ((places[i] - places[j]).abs(), j as u32))
                .collect();
            row.sort_by(|a, b| a.partial_cmp(b).unwrap());
            for (place, &(d, j)) in row[..others].iter().enumerate() {
                indices[[i, place]] = j;
                distances[[i, place]] = d;
            }
        }
        (indices, distances)
    }

    fn get(graph: &Graph, i: usize, j: usize) -> f32 {
        graph.get(i, j).copied().unwrap_or(0.0)
    }

    fn assert_symmetric(graph: &Graph) {
        for (i, row) in graph.outer_iterator().enumerate() {
            for (j, &weight) in row.iter() {
                assert_eq!(get(graph, j, i), weight);
                assert!(i != j && weight > 0.0 && weight <= 1.0, "{i} {j} {weight}");
            }
        }
    }

    #[test]
    fn the_nearest_neighbor_is_certain() {
        let (indices, distances) = on_a_line(&[0.0, 1.0, 3.0, 7.0, 12.0], 3);
        let knn = Knn::new(indices.view(), distances.view()).unwrap();
        let graph = umap(knn, &Ticker::new()).unwrap();
        assert_symmetric(&graph);
        for (i, j) in [(0, 1), (2, 1), (3, 2), (4, 3)] {
            assert!((get(&graph, i, j) - 1.0).abs() < 1e-6);
        }
        // Cell 0: distances 1, 3, 7: 1 + x + x³ = log2(4) with x = exp(−2/σ): x = 0.682328.
        // Cell 2 to 0: distances 2, 3, 4: 1 + y + y² = 2, y = 0.618034.
        let union = 0.682_327_8 + 0.618_034 - 0.682_327_8 * 0.618_034;
        assert!((get(&graph, 0, 2) - union).abs() < 1e-4);
    }

    #[test]
    fn widths_of_the_gaussian_are_medians() {
        let (indices, distances) = on_a_line(&[0.0, 1.0, 3.0, 7.0], 2);
        let knn = Knn::new(indices.view(), distances.view()).unwrap();
        let graph = gauss(knn, &Ticker::new()).unwrap();
        assert_symmetric(&graph);
        // σ² of cell 0: (1 + 9) / 2; of cell 1: (1 + 4) / 2.
        let expected = (2.0 * 12.5f64.sqrt() / 7.5).sqrt() * (-1.0 / 7.5f64).exp();
        assert!((f64::from(get(&graph, 0, 1)) - expected).abs() < 1e-6);
        // Cell 3 has cell 1 as its neighbor, but not the other way round.
        assert!(get(&graph, 1, 3) > 0.0);
    }

    #[test]
    fn distances_keep_zeros() {
        let (indices, distances) = on_a_line(&[0.0, 0.0, 3.0], 2);
        let knn = Knn::new(indices.view(), distances.view()).unwrap();
        let graph = super::distances(knn);
        assert_eq!(graph.nnz(), 6);
        assert_eq!(graph.get(0, 1), Some(&0.0));
        assert_eq!(graph.get(2, 0), Some(&3.0));
    }

    #[test]
    fn duplicates_and_equal_distances_weigh_one() {
        let ticker = Ticker::new();
        let (indices, zeros) = on_a_line(&[0.0; 5], 4);
        for distances in [zeros.clone(), zeros + 2.0] {
            let knn = Knn::new(indices.view(), distances.view()).unwrap();
            let graph = umap(knn, &ticker).unwrap();
            assert_eq!(graph.data(), [1.0; 20]);
            assert_eq!(gauss(knn, &ticker).unwrap().nnz(), 20);
        }
    }

    #[test]
    fn few_cells() {
        let ticker = Ticker::new();
        let (indices, distances) = no_cells();
        let knn = Knn::new(indices.view(), distances.view()).unwrap();
        assert_eq!(umap(knn, &ticker).unwrap().shape(), (0, 0));
        assert_eq!(gauss(knn, &ticker).unwrap().nnz(), 0);
        assert_eq!(super::distances(knn).shape(), (0, 0));
        let (indices, distances) = on_a_line(&[4.0], 0);
        let knn = Knn::new(indices.view(), distances.view()).unwrap();
        assert_eq!(umap(knn, &ticker).unwrap().shape(), (1, 1));
        assert_eq!(to_reference(knn, &ticker).unwrap().nnz(), 0);
        let (indices, distances) = on_a_line(&[0.0, 5.0], 1);
        let knn = Knn::new(indices.view(), distances.view()).unwrap();
        assert_eq!(umap(knn, &ticker).unwrap().data(), [1.0, 1.0]);
    }

    #[test]
    fn new_cells_belong_to_reference_cells() {
        let indices = arr2(&[[2, 0, 1]]);
        let distances = arr2(&[[1.0, 2.0, 3.0]]);
        let knn = Knn::among(3, indices.view(), distances.view()).unwrap();
        let graph = to_reference(knn, &Ticker::new()).unwrap();
        assert_eq!(graph.shape(), (1, 3));
        let weights = graph.data();
        // exp(−2/σ) + exp(−3/σ) = log2(3), the nearest left out.
        assert!((f64::from(weights[0] + weights[1]) - 3f64.log2()).abs() < 1e-4);
        assert!(weights[2] > weights[0] && weights[0] > weights[1]);
    }

    #[test]
    fn what_is_no_neighbor_list_is_said() {
        let check = |indices: &[[u32; 2]; 2], distances: &[[f32; 2]; 2]| {
            let (indices, distances) = (arr2(indices), arr2(distances));
            Knn::among(3, indices.view(), distances.view()).unwrap_err()
        };
        let fine = [[0.0, 1.0]; 2];
        let error = check(&[[1, 2], [0, 3]], &fine);
        let expected = Error::NoSuchCell {
            cell: 1,
            neighbor: 3,
            cells: 3,
        };
        assert_eq!(error, expected);
        assert_eq!(check(&[[1, 1], [0, 2]], &fine), Error::Twice { cell: 0 });
        let error = check(&[[1, 2], [0, 2]], &[[0.0, 1.0], [f32::NAN, 1.0]]);
        assert!(matches!(error, Error::BadDistance { cell: 1, .. }));
        let (indices, distances) = (Array2::zeros((2, 1)), Array2::zeros((2, 2)));
        assert!(Knn::new(indices.view(), distances.view()).is_err());
    }

    #[test]
    fn stops_when_asked() {
        let (indices, distances) = on_a_line(&[0.0, 1.0, 3.0], 2);
        let knn = Knn::new(indices.view(), distances.view()).unwrap();
        let stopped = umap(knn, &Ticker::stopping_at(2));
        assert_eq!(stopped.unwrap_err(), Error::Stopped(Stopped));
    }
}

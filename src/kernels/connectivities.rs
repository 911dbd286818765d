//! From nearest neighbours to a weighted, symmetric graph of the cells.
//!
//! [`umap`]: memberships that decay from the nearest neighbour at a rate of the cell's own, joined
//! as a fuzzy set (McInnes, Healy and Melville, "UMAP", 2018, section 3.1).
//! [`gauss`]: a Gaussian kernel of locally adapted width (Coifman et al., PNAS 2005; Haghverdi et
//! al., Nature Methods 2016). [`distances`]: the neighbours themselves as a matrix.

use super::Rows;
use super::knn::Neighbors;
use super::ticker::{Stopped, Ticker};
use ndarray::ArrayView1;
use rayon::prelude::*;

/// Cells that are one task.
const CELLS: usize = 1024;

/// Steps of the search for a cell's rate of decay, and when it is good enough.
const SEARCH_STEPS: usize = 64;
const SEARCH_TOLERANCE: f64 = 1e-5;

/// The least rate of decay, relative to the mean distance.
const LEAST_SIGMA: f64 = 1e-3;

/// Cells × cells, row i holding the distances to the neighbours of cell i.
pub fn distances(neighbors: &Neighbors) -> Rows {
    let n = neighbors.indices.nrows();
    from_rows(n, neighbors.indices.ncols(), |cell| {
        let distances = neighbors.distances.row(cell);
        neighbors
            .indices
            .row(cell)
            .iter()
            .copied()
            .zip(distances.iter().copied())
            .collect()
    })
}

/// UMAP's connectivities: the probabilistic union w + wᵀ − w∘wᵀ of the memberships.
pub fn umap(neighbors: &Neighbors, ticker: &Ticker) -> Result<Rows, Stopped> {
    let (n, others) = neighbors.distances.dim();
    let mean_of_all = mean_distance(neighbors);
    let memberships = (0..n).into_par_iter().chunks(CELLS).map(|cells| {
        ticker.check()?;
        let of_cell = |cell| memberships(neighbors.distances.row(cell), mean_of_all);
        Ok(cells.into_iter().flat_map(of_cell).collect())
    });
    let memberships: Result<Vec<Vec<f32>>, Stopped> = memberships.collect();
    let memberships = memberships?.concat();
    let weights = from_rows(n, others, |cell| {
        let weights = &memberships[cell * others..][..others];
        neighbors
            .indices
            .row(cell)
            .iter()
            .copied()
            .zip(weights.iter().copied())
            .collect()
    });
    ticker.check()?;
    Ok(union(&weights, |a, b| a + b - a * b))
}

/// The mean over all cells of the distances to the cell itself and its neighbours.
fn mean_distance(neighbors: &Neighbors) -> f64 {
    let (n, others) = neighbors.distances.dim();
    let sum: f64 = neighbors.distances.iter().map(|&d| f64::from(d)).sum();
    sum / (n * (others + 1)).max(1) as f64
}

/// How much each neighbour at ascending `distances` belongs to the cell: 1 for the nearest, then
/// decaying so that, the cell itself counted as a neighbour, they sum to log₂ of their number.
fn memberships(distances: ArrayView1<'_, f32>, mean_of_all: f64) -> Vec<f32> {
    let nearest = distances
        .iter()
        .copied()
        .find(|&d| d > 0.0)
        .map_or(0.0, f64::from);
    let beyond: Vec<f64> = distances
        .iter()
        .map(|&d| (f64::from(d) - nearest).max(0.0))
        .collect();
    let neighbors = (beyond.len() + 1) as f64;
    let mut sigma = decay(&beyond, libm::log2(neighbors));
    let mean = match nearest > 0.0 {
        true => distances.iter().map(|&d| f64::from(d)).sum::<f64>() / neighbors,
        false => mean_of_all,
    };
    sigma = sigma.max(LEAST_SIGMA * mean);
    beyond
        .into_iter()
        .map(|d| {
            if d == 0.0 {
                1.0
            } else {
                libm::exp(-d / sigma) as f32
            }
        })
        .collect()
}

/// The sigma with Σ exp(−d/sigma) = `target`, by bisection.
fn decay(beyond: &[f64], target: f64) -> f64 {
    let (mut low, mut high, mut sigma) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..SEARCH_STEPS {
        let term = |&d: &f64| if d > 0.0 { libm::exp(-d / sigma) } else { 1.0 };
        let sum: f64 = beyond.iter().map(term).sum();
        if (sum - target).abs() < SEARCH_TOLERANCE {
            break;
        }
        if sum > target {
            high = sigma;
        } else {
            low = sigma;
        }
        sigma = if high.is_infinite() {
            2.0 * sigma
        } else {
            0.5 * (low + high)
        };
    }
    sigma
}

/// Gaussian connectivities: √(2·σᵢσⱼ/(σᵢ²+σⱼ²))·exp(−d²/(σᵢ²+σⱼ²)) between neighbours, where σᵢ²
/// is the median of cell i's squared distances.
pub fn gauss(neighbors: &Neighbors, ticker: &Ticker) -> Result<Rows, Stopped> {
    let (n, others) = neighbors.distances.dim();
    let squares: Vec<f64> = (0..n)
        .into_par_iter()
        .map(|i| median_square(neighbors.distances.row(i)))
        .collect();
    ticker.check()?;
    let weights = from_rows(n, others, |cell| {
        let distances = neighbors.distances.row(cell);
        let weight = |(&j, &d): (&u32, &f32)| {
            (
                j,
                gauss_weight(squares[cell], squares[j as usize], f64::from(d)),
            )
        };
        neighbors
            .indices
            .row(cell)
            .iter()
            .zip(distances)
            .map(weight)
            .collect()
    });
    ticker.check()?;
    Ok(union(&weights, f32::max))
}

fn gauss_weight(a_square: f64, b_square: f64, distance: f64) -> f32 {
    let sum = a_square + b_square;
    if sum == 0.0 {
        return 1.0;
    }
    let shared = 2.0 * (a_square * b_square).sqrt() / sum;
    (shared.sqrt() * libm::exp(-distance * distance / sum)) as f32
}

/// Of ascending distances.
fn median_square(distances: ArrayView1<'_, f32>) -> f64 {
    let square = |i: usize| f64::from(distances[i]).powi(2);
    match distances.len() {
        0 => 0.0,
        n if n % 2 == 1 => square(n / 2),
        n => 0.5 * (square(n / 2 - 1) + square(n / 2)),
    }
}

/// The square matrix whose row `i` has the `row(i)` of `length` (column, value), in any order.
fn from_rows(n: usize, length: usize, row: impl Fn(usize) -> Vec<(u32, f32)> + Sync) -> Rows {
    let sorted = |cell| {
        let mut entries = row(cell);
        entries.sort_unstable_by_key(|entry| entry.0);
        entries
    };
    let rows: Vec<Vec<(u32, f32)>> = (0..n).into_par_iter().map(sorted).collect();
    let (indices, values) = rows.into_iter().flatten().unzip();
    Rows::new(
        (n, n),
        (0..=n).map(|i| i * length).collect(),
        indices,
        values,
    )
}

/// The symmetric matrix with `join(wᵢⱼ, wⱼᵢ)`, an absent one being 0; results of 0 are left out.
fn union(weights: &Rows, join: fn(f32, f32) -> f32) -> Rows {
    let n = weights.rows();
    let transposed = weights.transpose_view().to_csr();
    let cells: Vec<usize> = (0..n).collect();
    let joined = cells.par_chunks(CELLS).map(|cells| {
        let (mut lengths, mut indices, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for &cell in cells {
            let before = indices.len();
            let (out, back) = (row_of(weights, cell), row_of(&transposed, cell));
            merge(out, back, |j, a, b| {
                let x = join(a, b);
                if x != 0.0 {
                    indices.push(j);
                    values.push(x);
                }
            });
            lengths.push(indices.len() - before);
        }
        (lengths, indices, values)
    });
    let joined: Vec<(Vec<usize>, Vec<u32>, Vec<f32>)> = joined.collect();
    let (mut starts, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    for (lengths, more_indices, more_values) in joined {
        let mut end = indices.len();
        starts.extend(lengths.into_iter().map(|length| {
            end += length;
            end
        }));
        indices.extend(more_indices);
        values.extend(more_values);
    }
    Rows::new((n, n), starts, indices, values)
}

/// Column indices and values of a row.
pub(super) fn row_of(matrix: &Rows, row: usize) -> (&[u32], &[f32]) {
    let range = matrix.indptr().outer_inds_sz(row);
    (&matrix.indices()[range.clone()], &matrix.data()[range])
}

/// Calls `entry(column, a, b)` for each column that occurs in one row or both, ascending.
fn merge(a: (&[u32], &[f32]), b: (&[u32], &[f32]), mut entry: impl FnMut(u32, f32, f32)) {
    let (mut i, mut j) = (0, 0);
    while i < a.0.len() || j < b.0.len() {
        let left = a.0.get(i).copied().unwrap_or(u32::MAX);
        let right = b.0.get(j).copied().unwrap_or(u32::MAX);
        let column = left.min(right);
        let x = if left == column { a.1[i] } else { 0.0 };
        let y = if right == column { b.1[j] } else { 0.0 };
        i += usize::from(left == column);
        j += usize::from(right == column);
        entry(column, x, y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::knn::{self, Params};
    use ndarray::{Array2, array};

    fn line(points: &[f32], n_neighbors: usize) -> Neighbors {
        let x = Array2::from_shape_vec((points.len(), 1), points.to_vec()).unwrap();
        let params = Params {
            n_neighbors,
            ..Params::default()
        };
        knn::neighbors(x.view(), &params, &Ticker::new()).unwrap()
    }

    #[test]
    fn memberships_sum_to_the_logarithm() {
        let sum: f32 = memberships(array![0.5, 0.7, 1.1, 4.0, 9.0, 9.5, 12.0].view(), 1.0)
            .iter()
            .sum();
        assert!((sum - 3.0).abs() < 1e-4);
        assert_eq!(memberships(array![0.0, 0.0].view(), 1.0), [1.0, 1.0]);
        assert!(memberships(array![].view(), 1.0).is_empty());
    }

    #[test]
    fn graphs_are_symmetric_and_between_0_and_1() {
        let neighbors = line(&[0.0, 1.0, 1.5, 4.0, 4.2, 9.0, 20.0, 21.0], 4);
        let ticker = Ticker::new();
        for graph in [
            umap(&neighbors, &ticker).unwrap(),
            gauss(&neighbors, &ticker).unwrap(),
        ] {
            assert_eq!(graph, graph.transpose_view().to_csr());
            assert!(graph.data().iter().all(|&w| w > 0.0 && w <= 1.0));
            assert!((0..8).all(|i| graph.get(i, i).is_none()));
            assert!(graph.nnz() >= 24);
        }
        assert_eq!(distances(&neighbors).get(0, 2), Some(&1.5));
    }

    #[test]
    fn duplicates_and_single_cells() {
        let ticker = Ticker::new();
        let same = umap(&line(&[1.0; 5], 3), &ticker).unwrap();
        assert!(same.data().iter().all(|&w| w == 1.0));
        let same = gauss(&line(&[1.0; 5], 3), &ticker).unwrap();
        assert!(same.data().iter().all(|&w| w == 1.0));
        for n in 0..2 {
            let few = line(&vec![1.0; n], 15);
            assert_eq!(umap(&few, &ticker).unwrap().nnz(), 0);
            assert_eq!(gauss(&few, &ticker).unwrap().shape(), (n, n));
        }
    }
}

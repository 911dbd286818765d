//! Silhouettes (Rousseeuw 1987): how much nearer a cell is to its own cluster than to the next,
//! (b − a) / max(a, b), from −1 to 1. Exact ones compare all pairs of cells with euclidean
//! distances; simplified ones (Hruschka et al. 2004) compare with the clusters' centers, for many
//! cells.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::kernels::methods::dendrogram::group_means;
use crate::kernels::ticker::{Stopped, Ticker};

/// Cells of one task.
const BLOCK: usize = 64;

/// Sums that run side by side, so that the compiler can use vector instructions.
const LANES: usize = 8;

/// The silhouette of every cell (rows of cells × dimensions, in standard layout), all pairs compared:
/// O(cells²). 0 for a cell alone in its cluster and where there is but one cluster; NaN for cells
/// with a label of `n_clusters` or more, which belong to no cluster.
pub fn silhouettes(
    rows: ArrayView2<'_, f32>,
    labels: &[u32],
    n_clusters: usize,
    ticker: &Ticker,
) -> Result<Vec<f32>, Stopped> {
    let sizes = sizes(labels, n_clusters);
    let points: Vec<Vec<f32>> = rows.rows().into_iter().map(|row| row.to_vec()).collect();
    by_block(points.len(), ticker, |cell| {
        let mut sums = vec![0.0f64; n_clusters];
        for (other, &label) in points.iter().zip(labels) {
            if let Some(sum) = sums.get_mut(label as usize) {
                *sum += f64::from(squared_distance(&points[cell], other).sqrt());
            }
        }
        let home = labels[cell] as usize;
        let means = (0..n_clusters).map(|c| {
            // The cell's distance to itself is 0 and must not count.
            let others = sizes[c] - f64::from(u8::from(c == home));
            if others > 0.0 {
                sums[c] / others
            } else {
                f64::NAN
            }
        });
        silhouette(home, &means.collect::<Vec<_>>())
    })
}

/// The same with the distances to the centers of clusters in place of mean distances: O(cells ×
/// clusters). Higher than exact ones; compare only with each other.
pub fn simplified_silhouettes(
    rows: ArrayView2<'_, f32>,
    labels: &[u32],
    n_clusters: usize,
    ticker: &Ticker,
) -> Result<Vec<f32>, Stopped> {
    let sizes = sizes(labels, n_clusters);
    let centers: Array2<f64> = group_means(rows, labels, n_clusters);
    by_block(rows.nrows(), ticker, |cell| {
        let home = labels[cell] as usize;
        let distances = (0..n_clusters).map(|c| {
            if c == home && sizes[c] <= 1.0 {
                return f64::NAN;
            }
            let differences = rows.row(cell).into_iter().zip(centers.row(c));
            let squares = differences.map(|(&x, &m)| (f64::from(x) - m).powi(2));
            squares.sum::<f64>().sqrt()
        });
        silhouette(home, &distances.collect::<Vec<_>>())
    })
}

/// Mean over the cells that have one; NaN if none has.
pub fn mean_silhouette(silhouettes: &[f32]) -> f64 {
    let known = || silhouettes.iter().filter(|s| !s.is_nan());
    known().map(|&s| f64::from(s)).sum::<f64>() / known().count() as f64
}

fn sizes(labels: &[u32], n_clusters: usize) -> Vec<f64> {
    let mut sizes = vec![0.0; n_clusters];
    for &label in labels {
        if let Some(size) = sizes.get_mut(label as usize) {
            *size += 1.0;
        }
    }
    sizes
}

/// `distances` to every cluster, NaN where it has no (other) cell.
fn silhouette(home: usize, distances: &[f64]) -> f32 {
    let Some(&own) = distances.get(home) else {
        return f32::NAN;
    };
    let others = (0..distances.len())
        .filter(|&c| c != home)
        .map(|c| distances[c]);
    let next = others.fold(f64::NAN, f64::min);
    if own.is_nan() || next.is_nan() || own.max(next) == 0.0 {
        return 0.0;
    }
    ((next - own) / own.max(next)) as f32
}

fn by_block(
    cells: usize,
    ticker: &Ticker,
    of_cell: impl Fn(usize) -> f32 + Sync,
) -> Result<Vec<f32>, Stopped> {
    let starts: Vec<usize> = (0..cells).step_by(BLOCK).collect();
    let blocks: Vec<Vec<f32>> = starts
        .into_par_iter()
        .map(|start| {
            ticker.check()?;
            Ok((start..cells.min(start + BLOCK)).map(&of_cell).collect())
        })
        .collect::<Result<_, Stopped>>()?;
    Ok(blocks.concat())
}

/// Summed in lanes of a fixed order: the same bits whatever instructions are used.
fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder());
    let mut total: f32 = rest.map(|(x, y)| (x - y) * (x - y)).sum();
    let mut sums = [0.0f32; LANES];
    for (x, y) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            let difference = x[lane] - y[lane];
            sums[lane] += difference * difference;
        }
    }
    for sum in sums {
        total += sum;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn exact(rows: Array2<f32>, labels: &[u32], n: usize) -> Vec<f32> {
        silhouettes(rows.view(), labels, n, &Ticker::new()).unwrap()
    }

    #[test]
    fn known_values() {
        // cell 0: a = 1, b = (10 + 11) / 2; scikit-learn gives the same
        let found = exact(array![[0.0], [1.0], [10.0], [11.0]], &[0, 0, 1, 1], 2);
        assert_eq!(found[0], (9.5f64 / 10.5) as f32);
        assert_eq!(found[1], (8.5f64 / 9.5) as f32);
        assert_eq!(found[3], found[0]);
    }

    #[test]
    fn simplified_ones_use_centers() {
        let rows = array![[0.0], [1.0], [10.0], [11.0]];
        let found = simplified_silhouettes(rows.view(), &[0, 0, 1, 1], 2, &Ticker::new()).unwrap();
        assert_eq!(found[0], (10.0f64 / 10.5) as f32);
    }

    #[test]
    fn alone_or_without_others() {
        assert_eq!(exact(array![[0.0], [1.0], [5.0]], &[0, 0, 1], 2)[2], 0.0);
        assert_eq!(exact(array![[0.0], [1.0]], &[0, 0], 1), [0.0, 0.0]);
        assert_eq!(exact(array![[3.0], [3.0], [3.0]], &[0, 0, 1], 2), [0.0; 3]);
        assert!(exact(array![[0.0], [1.0]], &[0, 9], 1)[1].is_nan());
        assert!(mean_silhouette(&exact(Array2::zeros((0, 2)), &[], 0)).is_nan());
    }

    #[test]
    fn every_dimension_counts_once() {
        let a: Vec<f32> = (0..19).map(|i| i as f32).collect();
        assert_eq!(
            squared_distance(&a, &[0.0; 19]),
            a.iter().map(|x| x * x).sum::<f32>()
        );
    }
}

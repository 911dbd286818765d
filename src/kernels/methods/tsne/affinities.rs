//! How much cells are each other's neighbors: Gaussian kernels whose widths give every cell the
//! same perplexity, made symmetric.

use crate::kernels::graph::knn::Neighbors;
use crate::kernels::stats::perplexity;
use crate::kernels::ticker::{Stopped, Ticker};
use rayon::prelude::*;
use sprs::CsMatI;

/// Halvings of the interval of a width.
const STEPS: usize = 100;

/// Cells of one task.
const BLOCK: usize = 512;

/// p_ij = (p_j|i + p_i|j) / 2n, which sum to 1.
pub fn joint(
    neighbors: &Neighbors,
    perplexity: f64,
    ticker: &Ticker,
) -> Result<CsMatI<f32, u32, usize>, Stopped> {
    let (n, k) = neighbors.indices.dim();
    let cells: Vec<usize> = (0..n).collect();
    let blocks: Vec<Vec<f32>> = cells
        .par_chunks(BLOCK)
        .map(|cells| {
            ticker.check()?;
            let rows = cells.iter().flat_map(|&cell| {
                let distances = neighbors.distances.row(cell);
                let squares: Vec<f64> = distances.iter().map(|&d| f64::from(d).powi(2)).collect();
                conditional(&squares, perplexity)
            });
            Ok(rows.map(|p| (p / (2.0 * n as f64)) as f32).collect())
        })
        .collect::<Result<_, Stopped>>()?;
    let weights = blocks.concat();
    // Rows of the sum with its transpose: own entries, then those of whom the cell is a neighbor.
    let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::with_capacity(2 * k); n];
    for (cell, of_cell) in neighbors.indices.rows().into_iter().enumerate() {
        if cell % BLOCK == 0 {
            ticker.check()?;
        }
        for (&other, &weight) in of_cell.iter().zip(&weights[cell * k..]) {
            rows[cell].push((other, weight));
            rows[other as usize].push((cell as u32, weight));
        }
    }
    let (mut starts, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for (cell, mut row) in rows.into_iter().enumerate() {
        if cell % BLOCK == 0 {
            ticker.check()?;
        }
        row.sort_unstable_by_key(|entry| entry.0);
        for same in row.chunk_by(|a, b| a.0 == b.0) {
            indices.push(same[0].0);
            data.push(same.iter().map(|entry| entry.1).sum());
        }
        starts.push(indices.len());
    }
    Ok(CsMatI::new((n, n), starts, indices, data))
}

/// The weights of a cell's neighbors, nearest first, by their squared distances.
fn conditional(squares: &[f64], perplexity: f64) -> Vec<f64> {
    let nearest = squares.first().copied().unwrap_or(0.0);
    let excess: Vec<f64> = squares.iter().map(|d| d - nearest).collect();
    perplexity::weights(&excess, perplexity, STEPS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn entropies_are_met() {
        let squares: Vec<f64> = (0..90).map(|i| 400.0 + f64::from(i) * 0.7).collect();
        let weights = conditional(&squares, 20.0);
        let entropy: f64 = weights.iter().map(|w| -w * w.ln()).sum();
        assert!((entropy.exp() - 20.0).abs() < 0.01, "{}", entropy.exp());
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_matrix_is_symmetric_and_sums_to_one() {
        let neighbors = Neighbors {
            indices: array![[1, 2], [0, 2], [1, 0]],
            distances: array![[1.0, 2.0], [1.0, 1.5], [1.5, 2.0]],
        };
        let found = joint(&neighbors, 1.5, &Ticker::new()).unwrap();
        for poll in 1..=3 {
            assert!(joint(&neighbors, 1.5, &Ticker::stopping_at(poll)).is_err());
        }
        let sum: f32 = found.data().iter().sum();
        assert!((sum - 1.0).abs() < 1e-6);
        for (&p, (i, j)) in found.iter() {
            assert_eq!(found.get(j as usize, i as usize), Some(&p));
        }
    }
}

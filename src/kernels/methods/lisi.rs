//! Local inverse Simpson index (Korsunsky et al. 2019): how many kinds of cells a cell meets among
//! its neighbors. Neighbors are weighted by a Gaussian kernel of fixed perplexity; the index is
//! 1 / Σ_labels (summed weight)². Of batches it measures mixing, of cell types separation (1 best).

use crate::kernels::stats::perplexity;
use crate::kernels::ticker::{Stopped, Ticker};
use rayon::prelude::*;

/// Cells of one task.
const BLOCK: usize = 1024;

/// Steps of the search for the kernel's width.
const STEPS: usize = 50;

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LisiError {
    #[error("{neighbors} neighbors and {distances} distances for {cells} cells of {k}")]
    BadShape {
        neighbors: usize,
        distances: usize,
        cells: usize,
        k: usize,
    },
    #[error("cell {cell} has neighbor {neighbor}, but there are {cells} cells")]
    NoSuchCell {
        cell: usize,
        neighbor: u32,
        cells: usize,
    },
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// The index of every cell, from 1 to the number of labels. `neighbors` and `distances` have k
/// columns, without the cell itself; the paper takes k = 3 × perplexity and a perplexity of 30.
/// NaN without neighbors.
pub fn lisi(
    neighbors: &[u32],
    distances: &[f32],
    k: usize,
    labels: &[u32],
    perplexity: f64,
    ticker: &Ticker,
) -> Result<Vec<f32>, LisiError> {
    let cells = labels.len();
    if neighbors.len() != cells * k || distances.len() != cells * k {
        return Err(LisiError::BadShape {
            neighbors: neighbors.len(),
            distances: distances.len(),
            cells,
            k,
        });
    }
    if let Some(i) = neighbors.iter().position(|&u| u as usize >= cells) {
        return Err(LisiError::NoSuchCell {
            cell: i / k,
            neighbor: neighbors[i],
            cells,
        });
    }
    let kinds = labels.iter().max().map_or(0, |&l| l as usize + 1);
    let starts: Vec<usize> = (0..cells).step_by(BLOCK).collect();
    let blocks: Vec<Vec<f32>> = starts
        .into_par_iter()
        .map(|start| {
            ticker.check()?;
            let of_cell = |cell: usize| {
                let row = cell * k..(cell + 1) * k;
                let distances = &distances[row.clone()];
                let nearest = distances.iter().copied().fold(f32::INFINITY, f32::min);
                let excess: Vec<f64> = distances.iter().map(|&d| f64::from(d - nearest)).collect();
                let weights = perplexity::weights(&excess, perplexity, STEPS);
                let mut by_label = vec![0.0; kinds];
                for (&neighbor, weight) in neighbors[row].iter().zip(weights) {
                    by_label[labels[neighbor as usize] as usize] += weight;
                }
                (1.0 / by_label.iter().map(|p| p * p).sum::<f64>()) as f32
            };
            let block = (start..cells.min(start + BLOCK)).map(of_cell);
            Ok(block
                .map(|x| if x.is_finite() { x } else { f32::NAN })
                .collect())
        })
        .collect::<Result<_, Stopped>>()?;
    Ok(blocks.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(neighbors: &[u32], distances: &[f32], k: usize, labels: &[u32]) -> Vec<f32> {
        lisi(neighbors, distances, k, labels, 2.0, &Ticker::new()).unwrap()
    }

    #[test]
    fn equal_neighbors_count_their_kinds() {
        let found = run(&[1, 2, 0, 2, 0, 1], &[1.0; 6], 2, &[0, 1, 2]);
        assert!(found.iter().all(|&x| (x - 2.0).abs() < 1e-6), "{found:?}");
        let found = run(&[1, 2, 0, 2, 0, 1], &[1.0; 6], 2, &[4, 4, 4]);
        assert!(found.iter().all(|&x| (x - 1.0).abs() < 1e-6));
    }

    #[test]
    fn nobody_near_and_bad_input() {
        assert!(run(&[], &[], 0, &[0])[0].is_nan());
        assert!(run(&[], &[], 5, &[]).is_empty());
        let wrong = lisi(&[7], &[1.0], 1, &[0], 2.0, &Ticker::new());
        assert!(matches!(wrong, Err(LisiError::NoSuchCell { cell: 0, .. })));
        let wrong = lisi(&[0], &[], 1, &[0], 2.0, &Ticker::new());
        assert!(matches!(wrong, Err(LisiError::BadShape { .. })));
    }
}

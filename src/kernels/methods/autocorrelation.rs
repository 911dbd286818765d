//! How alike neighbors in a graph of cells are, per gene: Moran's I (Biometrika 1950) and
//! Geary's C (The Incorporated Statistician 1954).
//!
//! Both are expanded so that only non-zero values are visited.

use rayon::prelude::*;

use crate::kernels::RowsView;
use crate::kernels::ticker::{Stopped, Ticker};

/// Of one gene. NaN if it is constant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Autocorrelation {
    /// About 0 for no, up to 1 for strong positive autocorrelation.
    pub morans_i: f64,
    /// About 1 for no, towards 0 for strong positive autocorrelation.
    pub gearys_c: f64,
}

/// For each row of `genes` (genes × cells); `weights` is cells × cells.
pub fn autocorrelation(
    weights: RowsView<'_>,
    genes: RowsView<'_>,
    ticker: &Ticker,
) -> Result<Vec<Autocorrelation>, Stopped> {
    let graph = Graph::new(weights);
    (0..genes.rows())
        .into_par_iter()
        .map_init(
            || vec![0.0; weights.rows()],
            |values, gene| {
                ticker.check()?;
                let Some(row) = genes.outer_view(gene) else {
                    return Ok(graph.of_gene(&[], &[], values));
                };
                Ok(graph.of_gene(row.indices(), row.data(), values))
            },
        )
        .collect()
}

struct Graph<'a> {
    weights: RowsView<'a>,
    /// Sum of the weights of each cell, as a row and as a column.
    degrees: Vec<f64>,
    total: f64,
}

impl<'a> Graph<'a> {
    fn new(weights: RowsView<'a>) -> Self {
        let mut degrees = vec![0.0; weights.rows()];
        let mut total = 0.0;
        for (i, row) in weights.outer_iterator().enumerate() {
            for (&j, &w) in row.indices().iter().zip(row.data()) {
                degrees[i] += f64::from(w);
                degrees[j as usize] += f64::from(w);
                total += f64::from(w);
            }
        }
        Self {
            weights,
            degrees,
            total,
        }
    }

    /// `scratch` is all zeros before and after.
    fn of_gene(&self, cells: &[u32], values: &[f32], scratch: &mut [f64]) -> Autocorrelation {
        let entries = || {
            cells
                .iter()
                .map(|&c| c as usize)
                .zip(values.iter().map(|&x| f64::from(x)))
        };
        entries().for_each(|(cell, x)| scratch[cell] = x);
        let n = self.weights.rows() as f64;
        let sum: f64 = entries().map(|(_, x)| x).sum();
        let mean = sum / n;
        let n_zeros = n - cells.len() as f64;
        let deviations: f64 = entries().map(|(_, x)| (x - mean).powi(2)).sum();
        let deviations = deviations + n_zeros * mean * mean;
        // Σ w x x, Σ w (x + x) and Σ w (x² + x²) over all pairs.
        let products: f64 = entries()
            .map(|(cell, x)| x * self.weighted(cell, scratch))
            .sum();
        let linear: f64 = entries().map(|(cell, x)| self.degrees[cell] * x).sum();
        let squares: f64 = entries().map(|(cell, x)| self.degrees[cell] * x * x).sum();
        entries().for_each(|(cell, _)| scratch[cell] = 0.0);
        let covariance = products - mean * linear + mean * mean * self.total;
        let differences = squares - 2.0 * products;
        if self.is_constant(cells, values) {
            return Autocorrelation {
                morans_i: f64::NAN,
                gearys_c: f64::NAN,
            };
        }
        Autocorrelation {
            morans_i: n / self.total * covariance / deviations,
            gearys_c: (n - 1.0) * differences / (2.0 * self.total * deviations),
        }
    }

    fn weighted(&self, cell: usize, values: &[f64]) -> f64 {
        let Some(row) = self.weights.outer_view(cell) else {
            return 0.0;
        };
        let terms = row.indices().iter().zip(row.data());
        terms
            .map(|(&j, &w)| f64::from(w) * values[j as usize])
            .sum()
    }

    fn is_constant(&self, cells: &[u32], values: &[f32]) -> bool {
        let first = if cells.len() < self.weights.rows() {
            0.0
        } else {
            values[0]
        };
        values.iter().all(|&x| x == first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Rows;

    #[test]
    fn by_hand_on_a_path() {
        // A path of four cells, weights 1, both directions; genes 1 2 3 4, then 0 0 0 5, constants.
        let indices = vec![1, 0, 2, 1, 3, 2];
        let weights = Rows::new((4, 4), vec![0, 1, 3, 5, 6], indices, vec![1.0; 6]);
        let values = vec![1.0, 2.0, 3.0, 4.0, 5.0, 2.0, 2.0, 2.0, 2.0];
        let cells = vec![0, 1, 2, 3, 3, 0, 1, 2, 3];
        let genes = Rows::new((4, 4), vec![0, 4, 5, 9, 9], cells, values);
        let found = autocorrelation(weights.view(), genes.view(), &Ticker::new()).unwrap();
        // z = −1.5 −0.5 0.5 1.5: I = 4/6 · 2·(0.75 − 0.25 + 0.75)/5, C = 3 · 6/(2·6·5).
        assert!((found[0].morans_i - 4.0 / 6.0 * 2.5 / 5.0).abs() < 1e-12);
        assert!((found[0].gearys_c - 0.3).abs() < 1e-12);
        // z = −1.25 three times, 3.75: 2·(1.5625·2 − 4.6875) = −3.125 of 18.75.
        assert!((found[1].morans_i + 4.0 / 6.0 * 3.125 / 18.75).abs() < 1e-12);
        assert!((found[1].gearys_c - 3.0 * 50.0 / (2.0 * 6.0 * 18.75)).abs() < 1e-12);
        assert!(found[2].morans_i.is_nan() && found[3].gearys_c.is_nan());
    }
}

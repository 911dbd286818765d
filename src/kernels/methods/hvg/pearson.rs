//! Highly variable genes by the variance of analytic Pearson residuals of counts.
//!
//! Lause, Berens & Kobak, Genome Biology 2021. With μ = gene sum · cell sum ÷ total, the
//! residual of a count x is (x − μ) / √(μ + μ²/θ), clipped. Residuals of zeros are not zero, but
//! depend on the cell's and the gene's sum alone: cells with equal sums are taken together, and
//! only counts other than zero need a pass over the cells. The result is that of the full
//! matrix, without approximation.
//!
//! First pass: [`crate::kernels::stats::sums::GroupSums`] per batch and
//! [`crate::kernels::methods::normalize::Totals`]. Then [`Residuals`], and [`super::rank_genes`].

use std::sync::Arc;

use rayon::prelude::*;

use crate::kernels::RowsView;
use crate::kernels::methods::pearson::{Model, PearsonParams, fractions};
use crate::kernels::stats::exact::Sums;
use crate::kernels::stats::sums::NO_GROUP;
use crate::kernels::ticker::{Stopped, Ticker};

/// The sums of one batch.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchSums {
    /// Counts per gene.
    pub genes: Vec<f64>,
    pub n_cells: u64,
}

/// Accumulates by how much the counts other than zero change the residuals' sums.
#[derive(Debug, Clone)]
pub struct Residuals {
    shared: Arc<Shared>,
    /// Per batch and gene: Σ(r − r₀), Σ(r² − r₀²), r₀ being the residual of a zero.
    changes: Sums,
}

#[derive(Debug)]
struct Shared {
    models: Vec<Model>,
    /// Gene sums ÷ total of the batch, batch after batch.
    fractions: Vec<f64>,
    n_genes: usize,
    cell_totals: Vec<f64>,
    batches: Option<Vec<u32>>,
}

impl Residuals {
    /// `cell_totals` and `batches` are by cell position; a batch may be [`NO_GROUP`], and
    /// `None` means that all cells are batch 0.
    pub fn new(
        batch_sums: &[BatchSums],
        cell_totals: Vec<f64>,
        batches: Option<Vec<u32>>,
        params: &PearsonParams,
    ) -> Self {
        let n_genes = batch_sums.first().map_or(0, |b| b.genes.len());
        let model = |batch: &BatchSums| Model::new(params, batch.n_cells);
        Self {
            changes: Sums::new(2 * n_genes * batch_sums.len()),
            shared: Arc::new(Shared {
                models: batch_sums.iter().map(model).collect(),
                fractions: batch_sums
                    .iter()
                    .flat_map(|b| fractions(&b.genes))
                    .collect(),
                n_genes,
                cell_totals,
                batches,
            }),
        }
    }

    /// Adds a block of counts: `cells[i]` is the position of row `i` among all cells.
    pub fn add(&mut self, rows: RowsView<'_>, cells: &[u32]) {
        let shared = Arc::clone(&self.shared);
        for (row, &cell) in rows.outer_iterator().zip(cells) {
            let batch = shared.batch(cell);
            if batch == NO_GROUP {
                continue;
            }
            let model = shared.models[batch as usize];
            let first = batch as usize * shared.n_genes;
            let total = shared.cell_totals[cell as usize];
            for (&gene, &x) in row.indices().iter().zip(row.data()) {
                let slot = first + gene as usize;
                let expected = shared.fractions[slot] * total;
                let (zero, residual) = model.residuals_of_zero_and(f64::from(x), expected);
                self.changes.add(2 * slot, residual - zero);
                self.changes
                    .add(2 * slot + 1, residual * residual - zero * zero);
            }
        }
    }

    pub fn merge(&mut self, next: Self) {
        self.changes.merge(&next.changes);
    }

    /// The variance (divided by n) of the residuals of each gene in each batch; 0 for a gene
    /// without counts.
    pub fn finish(self, ticker: &Ticker) -> Result<Vec<Vec<f64>>, Stopped> {
        let n_batches = self.shared.models.len();
        (0..n_batches)
            .map(|batch| self.variances(batch, ticker))
            .collect()
    }

    fn variances(&self, batch: usize, ticker: &Ticker) -> Result<Vec<f64>, Stopped> {
        let shared = &*self.shared;
        let totals = shared.distinct_totals(batch as u32);
        let n: f64 = totals.iter().map(|(_, cells)| cells).sum();
        let model = shared.models[batch];
        let first = batch * shared.n_genes;
        let fractions = &shared.fractions[first..first + shared.n_genes];
        let mut distinct: Vec<f64> = fractions.to_vec();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        let of_zeros = |&fraction: &f64| {
            ticker.check()?;
            Ok(sums_of_zeros(model, fraction, &totals))
        };
        let of_zeros: Vec<(f64, f64)> = distinct
            .par_iter()
            .map(of_zeros)
            .collect::<Result<_, Stopped>>()?;
        let variance = |(gene, fraction): (usize, &f64)| {
            let slot = 2 * (first + gene);
            let place = distinct.partition_point(|f| f.total_cmp(fraction).is_lt());
            let (sum, squares) = of_zeros[place];
            let mean = (sum + self.changes.get(slot)) / n;
            let mean_square = (squares + self.changes.get(slot + 1)) / n;
            if *fraction > 0.0 {
                mean_square - mean * mean
            } else {
                0.0
            }
        };
        Ok(fractions.iter().enumerate().map(variance).collect())
    }
}

impl Shared {
    fn batch(&self, cell: u32) -> u32 {
        self.batches
            .as_ref()
            .map_or(0, |batches| batches[cell as usize])
    }

    /// The totals of a batch's cells, ascending, each with the number of cells that have it.
    fn distinct_totals(&self, batch: u32) -> Vec<(f64, f64)> {
        let cells = 0..self.cell_totals.len() as u32;
        let cells = cells.filter(|&cell| self.batch(cell) == batch);
        let mut totals: Vec<f64> = cells.map(|c| self.cell_totals[c as usize]).collect();
        totals.sort_by(f64::total_cmp);
        let runs = totals.chunk_by(|a, b| a == b);
        runs.map(|run| (run[0], run.len() as f64)).collect()
    }
}

/// Σr₀ and Σr₀² over cells, as if the gene had no counts.
fn sums_of_zeros(model: Model, fraction: f64, totals: &[(f64, f64)]) -> (f64, f64) {
    let mut sums = (0.0, 0.0);
    for (total, n_cells) in totals {
        let residual = model.residual(0.0, fraction * total);
        sums.0 += n_cells * residual;
        sums.1 += n_cells * residual * residual;
    }
    sums
}

crate::kernels::transfer::fields!(Residuals: changes);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Rows;

    /// [3 1 0], [0 2 0], [1 1 0], [9 0 0]; the last is of another batch.
    fn rows() -> Rows {
        let counts = vec![3.0, 1.0, 2.0, 1.0, 1.0, 9.0];
        Rows::new((4, 3), vec![0, 2, 3, 5, 6], vec![0, 1, 1, 0, 1, 0], counts)
    }

    fn variances(params: &PearsonParams) -> Vec<Vec<f64>> {
        let batches = [
            BatchSums {
                genes: vec![4.0, 4.0, 0.0],
                n_cells: 3,
            },
            BatchSums {
                genes: vec![9.0, 0.0, 0.0],
                n_cells: 1,
            },
        ];
        let totals = vec![4.0, 2.0, 2.0, 9.0];
        let mut residuals = Residuals::new(&batches, totals, Some(vec![0, 0, 0, 1]), params);
        let ticker = Ticker::new();
        residuals.add(rows().view(), &[0, 1, 2, 3]);
        residuals.finish(&ticker).unwrap()
    }

    fn by_hand(x: [f64; 3], expected: [f64; 3], theta: f64, clip: f64) -> f64 {
        let residual = |i: usize| {
            let sd = (expected[i] + expected[i] * expected[i] / theta).sqrt();
            ((x[i] - expected[i]) / sd).clamp(-clip, clip)
        };
        let r = [residual(0), residual(1), residual(2)];
        let mean = r.iter().sum::<f64>() / 3.0;
        r.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / 3.0
    }

    #[test]
    fn equals_the_dense_computation() {
        let found = variances(&PearsonParams::default());
        let dense = by_hand([3.0, 0.0, 1.0], [2.0, 1.0, 1.0], 100.0, 3f64.sqrt());
        assert!((found[0][0] - dense).abs() < 1e-12);
        assert_eq!(found[0][2], 0.0);
        assert_eq!(found[1], [0.0; 3]);
    }

    #[test]
    fn the_clip_counts() {
        let params = PearsonParams {
            theta: 2.0,
            clip: Some(0.3),
        };
        let dense = by_hand([1.0, 2.0, 1.0], [2.0, 1.0, 1.0], 2.0, 0.3);
        assert!((variances(&params)[0][1] - dense).abs() < 1e-12);
    }

    #[test]
    fn stops_when_asked() {
        let batch = BatchSums {
            genes: vec![1.0],
            n_cells: 1,
        };
        let residuals = Residuals::new(&[batch], vec![1.0], None, &PearsonParams::default());
        assert_eq!(residuals.finish(&Ticker::stopping_at(1)), Err(Stopped));
    }
}

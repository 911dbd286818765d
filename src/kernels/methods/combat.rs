//! ComBat: removes shifts and scalings between batches, gene by gene, with empirical priors
//! over the genes. Johnson, Li & Rabinovic, Biostatistics 2007 (the parametric form).
//!
//! Everything is computed from sums per batch; no pass beyond the first is needed. The result
//! is dense, so it is made block by block.
//!
//! Genes that do not vary stay as they are and have no part in the priors: results are those of
//! scanpy without such genes; with them, scanpy 1.11 takes their zeros for observed shifts and
//! variances. Its design with covariates that are booleans or categories is singular; here they are
//! columns of 0 and 1 beside the batches.

use std::sync::Arc;

use ndarray::{Array2, Axis};
use rayon::prelude::*;

use crate::kernels::RowsView;
use crate::kernels::linalg::covariates::{Covariates, CrossSums, NormalEquations};
use crate::kernels::stats::sums::{GeneSums, GroupSums, NO_GROUP};

/// The posterior means of a gene are found once they change by less than this part.
const CONVERGED: f64 = 1e-8;
const MOST_ITERATIONS: usize = 1000;
/// A gene with at most this part of its mean square left is constant.
const EXPLAINED: f64 = 1e-15;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CombatError {
    #[error("batch {batch} has {n_cells} cells; its variance needs at least 2")]
    BatchTooSmall { batch: usize, n_cells: u64 },
    #[error("cell {cell} has no batch")]
    NoBatch { cell: usize },
}

/// Accumulates the sums of each batch.
#[derive(Debug, Clone)]
pub struct CombatSums {
    batches: Arc<[u32]>,
    covariates: Arc<Covariates>,
    sums: GroupSums,
    cross: CrossSums,
}

impl CombatSums {
    /// `batches[cell]` is below `n_batches`; the effects of `covariates` are kept.
    pub fn new(
        n_genes: usize,
        batches: Arc<[u32]>,
        n_batches: usize,
        covariates: Arc<Covariates>,
    ) -> Result<Self, CombatError> {
        if let Some(cell) = batches.iter().position(|batch| *batch == NO_GROUP) {
            return Err(CombatError::NoBatch { cell });
        }
        let groups = Some(Arc::clone(&batches));
        Ok(Self {
            sums: GroupSums::by_group(n_genes, Default::default(), Arc::clone(&batches), n_batches),
            cross: CrossSums::new(n_genes, Arc::clone(&covariates), groups, n_batches),
            batches,
            covariates,
        })
    }

    /// Adds a block: `cells[i]` is the position of row `i` among all cells.
    pub fn add(&mut self, rows: RowsView<'_>, cells: &[u32]) {
        self.sums.add(rows, cells);
        self.cross.add(rows, cells);
    }

    pub fn merge(&mut self, next: Self) {
        self.sums.merge(next.sums);
        self.cross.merge(next.cross);
    }

    pub fn finish(self) -> Result<Combat, CombatError> {
        let batches = self.sums.each_group();
        for (batch, sums) in batches.iter().enumerate() {
            let n_cells = sums.n_cells;
            if n_cells < 2 {
                return Err(CombatError::BatchTooSmall { batch, n_cells });
            }
        }
        let fit = Fit::new(
            &batches,
            &self.batches,
            &self.covariates,
            self.cross.finish(),
        );
        let effects: Vec<Effect> = (0..batches.len())
            .into_par_iter()
            .map(|batch| fit.effect(batch))
            .collect();
        Ok(Combat {
            batches: self.batches,
            covariates: self.covariates,
            effects,
            mean: fit.grand_mean,
            sd: fit.sd,
            slopes: fit.slopes,
        })
    }
}

/// A least-squares fit of batch means and common covariate slopes, per gene.
struct Fit {
    n_cells: Vec<f64>,
    /// Per batch and gene, without what the covariates explain.
    batch_means: Vec<Vec<f64>>,
    /// Per batch and gene: sums of squares about the fit.
    squares: Vec<Vec<f64>>,
    grand_mean: Vec<f64>,
    /// Pooled over the batches; 0 for a constant gene.
    sd: Vec<f64>,
    /// Covariates × genes.
    slopes: Array2<f64>,
}

impl Fit {
    fn new(sums: &[GeneSums], batches: &[u32], covariates: &Covariates, cross: Vec<f64>) -> Self {
        let n_genes = sums.first().map_or(0, |s| s.sum.len());
        let within = Within::new(sums, batches, covariates, cross);
        let slopes = within.slopes(n_genes);
        let n_cells: Vec<f64> = sums.iter().map(|s| s.n_cells as f64).collect();
        let n_all: f64 = n_cells.iter().sum();
        let explained = |batch: usize, gene: usize| within.explained_mean(batch, &slopes, gene);
        let batch_mean = |(batch, sums): (usize, &GeneSums)| -> Vec<f64> {
            let means = sums.means().into_iter().enumerate();
            means
                .map(|(gene, mean)| mean - explained(batch, gene))
                .collect()
        };
        let batch_means: Vec<Vec<f64>> = sums.iter().enumerate().map(batch_mean).collect();
        let squares_of = |(batch, sums): (usize, &GeneSums)| -> Vec<f64> {
            let square = |gene| within.squares(batch, sums.deviations[gene], &slopes, gene);
            (0..n_genes).map(square).collect()
        };
        let squares: Vec<Vec<f64>> = sums.iter().enumerate().map(squares_of).collect();
        let over_batches = |gene: usize, of: &dyn Fn(usize, usize) -> f64| -> f64 {
            (0..sums.len()).map(|batch| of(batch, gene)).sum::<f64>() / n_all
        };
        let mean = |gene| {
            over_batches(gene, &|batch, gene| {
                n_cells[batch] * batch_means[batch][gene]
            })
        };
        let sd = |gene| {
            let variance = over_batches(gene, &|batch, gene| squares[batch][gene]);
            let mean_square = over_batches(gene, &|batch, gene| sums[batch].squares[gene]);
            // What rounding leaves of a gene that the fit explains is no variance.
            if variance <= EXPLAINED * mean_square {
                0.0
            } else {
                variance.sqrt()
            }
        };
        Self {
            grand_mean: (0..n_genes).map(mean).collect(),
            sd: (0..n_genes).map(sd).collect(),
            n_cells,
            batch_means,
            squares,
            slopes,
        }
    }

    /// The effect of a batch on each gene, in units of the gene's pooled deviation.
    fn effect(&self, batch: usize) -> Effect {
        let n = self.n_cells[batch];
        let varying: Vec<usize> = (0..self.sd.len())
            .filter(|&gene| self.sd[gene] > 0.0)
            .collect();
        let shift =
            |&gene: &usize| (self.batch_means[batch][gene] - self.grand_mean[gene]) / self.sd[gene];
        let squares = |&gene: &usize| self.squares[batch][gene] / self.sd[gene].powi(2);
        let shifts: Vec<f64> = varying.iter().map(shift).collect();
        let squares: Vec<f64> = varying.iter().map(squares).collect();
        let priors = Priors::new(&shifts, &squares, n);
        let mut effect = Effect {
            shift: vec![0.0; self.sd.len()],
            scale: vec![1.0; self.sd.len()],
        };
        for ((gene, shift), squares) in varying.into_iter().zip(shifts).zip(squares) {
            let (shift, variance) = priors.posterior(shift, squares, n);
            effect.shift[gene] = shift;
            effect.scale[gene] = variance.sqrt();
        }
        effect
    }
}

/// Sums of products within batches, about the batches' means.
struct Within {
    n_covariates: usize,
    /// Per batch: the covariates' means.
    means: Vec<Vec<f64>>,
    /// Per batch: covariates × covariates.
    products: Vec<Vec<f64>>,
    /// Per batch and covariate: with each gene.
    cross: Vec<Vec<Vec<f64>>>,
}

impl Within {
    fn new(sums: &[GeneSums], batches: &[u32], covariates: &Covariates, cross: Vec<f64>) -> Self {
        let n_covariates = covariates.n_columns();
        let mut means = vec![vec![0.0; n_covariates]; sums.len()];
        let mut products = vec![vec![0.0; n_covariates * n_covariates]; sums.len()];
        let columns = covariates.columns();
        for (cell, &batch) in batches.iter().enumerate() {
            for (mean, column) in means[batch as usize].iter_mut().zip(columns) {
                *mean += column[cell] / sums[batch as usize].n_cells as f64;
            }
        }
        for (cell, &batch) in batches.iter().enumerate() {
            let batch = batch as usize;
            let about_mean = |k: usize| columns[k][cell] - means[batch][k];
            for (i, product) in products[batch].iter_mut().enumerate() {
                *product += about_mean(i / n_covariates) * about_mean(i % n_covariates);
            }
        }
        let n_genes = sums.first().map_or(0, |s| s.sum.len());
        let about_mean = |batch: usize, k: usize| -> Vec<f64> {
            let first = (batch * n_covariates + k) * n_genes;
            let sums = cross[first..first + n_genes].iter().zip(&sums[batch].sum);
            sums.map(|(cross, sum)| cross - means[batch][k] * sum)
                .collect()
        };
        let of_batch = |batch| (0..n_covariates).map(|k| about_mean(batch, k)).collect();
        Self {
            n_covariates,
            cross: (0..sums.len()).map(of_batch).collect(),
            means,
            products,
        }
    }

    /// Slopes common to all batches.
    fn slopes(&self, n_genes: usize) -> Array2<f64> {
        let k = self.n_covariates;
        let pooled = |i: usize| self.products.iter().map(|batch| batch[i]).sum();
        let pooled: Vec<f64> = (0..k * k).map(pooled).collect();
        let equations = NormalEquations::new(&pooled, k);
        let mut slopes = Array2::zeros((k, n_genes));
        for mut slopes in slopes.columns_mut().into_iter().enumerate() {
            let gene = slopes.0;
            let cross = |i: usize| self.cross.iter().map(|batch| batch[i][gene]).sum();
            let mut right: Vec<f64> = (0..k).map(cross).collect();
            equations.solve(&mut right);
            slopes
                .1
                .iter_mut()
                .zip(right)
                .for_each(|(slope, x)| *slope = x);
        }
        slopes
    }

    fn explained_mean(&self, batch: usize, slopes: &Array2<f64>, gene: usize) -> f64 {
        let means = self.means[batch].iter().enumerate();
        means.map(|(k, mean)| mean * slopes[[k, gene]]).sum()
    }

    /// What is left of a gene's sum of squares within a batch.
    fn squares(&self, batch: usize, all: f64, slopes: &Array2<f64>, gene: usize) -> f64 {
        let k = self.n_covariates;
        let slope = |i: usize| slopes[[i, gene]];
        let crossed: f64 = (0..k).map(|i| slope(i) * self.cross[batch][i][gene]).sum();
        let products = self.products[batch].iter().enumerate();
        let squared: f64 = products.map(|(i, p)| slope(i / k) * p * slope(i % k)).sum();
        (all - 2.0 * crossed + squared).max(0.0)
    }
}

/// A normal prior on shifts and an inverse gamma prior on variances, from all genes.
struct Priors {
    shift_mean: f64,
    shift_variance: f64,
    variance_mean: f64,
    variance_spread: f64,
}

impl Priors {
    fn new(shifts: &[f64], squares: &[f64], n: f64) -> Self {
        let variances: Vec<f64> = squares.iter().map(|s| s / (n - 1.0)).collect();
        let (shift_mean, shift_squares) = mean_and_squares(shifts);
        let (m, variance_squares) = mean_and_squares(&variances);
        Self {
            shift_mean,
            shift_variance: shift_squares / shifts.len() as f64,
            variance_mean: m,
            variance_spread: variance_squares / (variances.len() as f64 - 1.0).max(1.0),
        }
    }

    /// Shift and variance of a gene, each the posterior mean given the other.
    fn posterior(&self, shift: f64, squares: f64, n: f64) -> (f64, f64) {
        let (m, s2) = (self.variance_mean, self.variance_spread);
        let (a, b) = ((2.0 * s2 + m * m) / s2, (m * s2 + m * m * m) / s2);
        let (mut g, mut d) = (shift, squares / (n - 1.0));
        for _ in 0..MOST_ITERATIONS {
            let weight = self.shift_variance * n;
            let new_g = match weight + d {
                0.0 => shift,
                total => (weight * shift + d * self.shift_mean) / total,
            };
            let about = squares + n * (shift - new_g).powi(2);
            let new_d = match s2 {
                0.0 => m,
                _ => (0.5 * about + b) / (n / 2.0 + a - 1.0),
            };
            let change = ((new_g - g) / g).abs().max(((new_d - d) / d).abs());
            (g, d) = (new_g, new_d);
            if change.is_nan() || change < CONVERGED {
                break;
            }
        }
        (g, d)
    }
}

/// The mean and the sum of squares about it.
fn mean_and_squares(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean, values.iter().map(|x| (x - mean).powi(2)).sum())
}

/// What a batch does to each gene: standardized values are shifted and scaled by this.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    pub shift: Vec<f64>,
    pub scale: Vec<f64>,
}

/// The effects of all batches, ready to be removed.
#[derive(Debug, Clone, PartialEq)]
pub struct Combat {
    batches: Arc<[u32]>,
    covariates: Arc<Covariates>,
    pub effects: Vec<Effect>,
    /// Per gene, weighted by the sizes of the batches.
    pub mean: Vec<f64>,
    /// Per gene, pooled over the batches; 0 for a constant gene, which stays as it is.
    pub sd: Vec<f64>,
    slopes: Array2<f64>,
}

impl Combat {
    /// The same for some of the genes.
    pub fn picked(&self, genes: &[usize]) -> Self {
        let pick = |values: &[f64]| genes.iter().map(|&gene| values[gene]).collect();
        let effect = |effect: &Effect| Effect {
            shift: pick(&effect.shift),
            scale: pick(&effect.scale),
        };
        Self {
            batches: Arc::clone(&self.batches),
            covariates: Arc::clone(&self.covariates),
            effects: self.effects.iter().map(effect).collect(),
            mean: pick(&self.mean),
            sd: pick(&self.sd),
            slopes: self.slopes.select(Axis(1), genes),
        }
    }

    /// A corrected block, cells × genes; `cells[i]` is the position of row `i` among all cells.
    pub fn corrected(&self, rows: RowsView<'_>, cells: &[u32]) -> Array2<f32> {
        let mut corrected = Array2::zeros(rows.shape());
        let mut values = vec![0.0; rows.cols()];
        for (i, (row, &cell)) in rows.outer_iterator().zip(cells).enumerate() {
            values.fill(0.0);
            for (&gene, &x) in row.indices().iter().zip(row.data()) {
                values[gene as usize] = f64::from(x);
            }
            self.correct(&mut values, cell);
            let pairs = corrected.row_mut(i).into_iter().zip(&values);
            pairs.for_each(|(to, x): (&mut f32, &f64)| *to = *x as f32);
        }
        corrected
    }

    fn correct(&self, values: &mut [f64], cell: u32) {
        let effect = &self.effects[self.batches[cell as usize] as usize];
        let columns = self.covariates.columns();
        for (gene, x) in values.iter_mut().enumerate() {
            let sd = self.sd[gene];
            if sd == 0.0 {
                continue;
            }
            let terms = columns.iter().enumerate();
            let explained: f64 = terms
                .map(|(k, column)| column[cell as usize] * self.slopes[[k, gene]])
                .sum();
            let center = self.mean[gene] + explained;
            let standardized = ((*x - center) / sd - effect.shift[gene]) / effect.scale[gene];
            *x = standardized * sd + center;
        }
    }
}

crate::kernels::transfer::fields!(CombatSums: sums, cross);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Rows;

    /// Twelve cells × four genes in two batches; the last gene is constant.
    fn rows() -> Rows {
        let value = |cell: usize, gene: usize| match gene {
            3 => 1.0,
            _ => ((cell * 7 + gene * 5) % 11) as f32 + (1 + gene) as f32 * (cell / 6) as f32,
        };
        let values = (0..48).map(|i| value(i / 4, i % 4)).collect();
        let genes = (0..48).map(|i| i % 4).collect();
        Rows::new((12, 4), (0..=12).map(|i| 4 * i).collect(), genes, values)
    }

    fn combat(columns: &[Vec<f64>]) -> Array2<f32> {
        let batches: Arc<[u32]> = (0..12).map(|cell| cell / 6).collect();
        let cells: Vec<u32> = (0..12).collect();
        let covariates = Arc::new(Covariates::new(12, columns));
        let mut sums = CombatSums::new(4, batches, 2, covariates).unwrap();
        sums.add(rows().view(), &cells);
        sums.finish().unwrap().corrected(rows().view(), &cells)
    }

    fn close(found: &Array2<f32>, expected: &[[f64; 4]; 3]) {
        for (i, cell) in [0usize, 5, 11].into_iter().enumerate() {
            for (gene, expected) in expected[i].iter().enumerate() {
                let apart = (f64::from(found[[cell, gene]]) - expected).abs();
                assert!(apart < 2e-4, "{found} {expected}");
            }
        }
    }

    #[test]
    fn agrees_with_scanpy() {
        // scanpy.pp.combat(AnnData(x), "batch", inplace=False), rows 0, 5 and 11.
        close(&combat(&[]), &PLAIN);
    }

    #[test]
    fn covariates_are_kept() {
        // The same with covariates=["c"], c = cell % 5.
        close(
            &combat(&[(0..12).map(|cell| f64::from(cell % 5)).collect()]),
            &WITH_COVARIATE,
        );
    }

    #[test]
    fn a_batch_of_one_is_refused() {
        let covariates = Arc::new(Covariates::new(2, &[]));
        let sums = CombatSums::new(1, Arc::from([0, 0]), 2, Arc::clone(&covariates)).unwrap();
        let error = CombatError::BatchTooSmall {
            batch: 0,
            n_cells: 0,
        };
        assert_eq!(sums.finish().err(), Some(error));
        let none = CombatSums::new(1, Arc::from([0, NO_GROUP]), 1, covariates);
        assert_eq!(none.err(), Some(CombatError::NoBatch { cell: 1 }));
    }

    const PLAIN: [[f64; 4]; 3] = [
        [1.4941809, 6.2440442, 10.9443649, 1.0000000],
        [3.3199824, 8.0698565, 2.7281100, 1.0000000],
        [0.3041989, 5.7559558, 11.2573479, 1.0000000],
    ];
    const WITH_COVARIATE: [[f64; 4]; 3] = [
        [1.0865538, 6.3688981, 11.2645470, 1.0000000],
        [3.0270547, 8.2953272, 2.5890925, 1.0000000],
        [0.5063377, 5.8347660, 11.0121485, 1.0000000],
    ];
}

//! Multinomial logistic regression of the group of a cell on its genes; the coefficients score
//! the genes. Ntranos et al., Nature Methods 2019.
//!
//! Minimized is the mean of −ln p(group of the cell) plus |coefficients|² / (2·C·cells); the
//! intercepts are free. That is scikit-learn's `LogisticRegression` with its defaults. Of two
//! groups, one is modeled against the other.

use crate::kernels::stats::exponential::exp;
use crate::math;
use rayon::prelude::*;

use super::RankError;
use crate::kernels::linalg::lbfgs::{LbfgsParams, minimize};
use crate::kernels::stats::gene_major::GeneMajor;
use crate::kernels::stats::sums::NO_GROUP;
use crate::kernels::ticker::{Stopped, Ticker};
use crate::kernels::{Rows, RowsView};

/// Cells whose predictions are made together.
const CHUNK: usize = 256;

/// Genes that are gathered together.
const GENES: usize = 512;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogisticParams {
    /// Inverse strength of the penalty.
    pub c: f64,
    pub max_iter: usize,
    /// Ends when no element of the gradient is larger.
    pub tolerance: f64,
}

impl Default for LogisticParams {
    fn default() -> Self {
        Self {
            c: 1.0,
            max_iter: 100,
            tolerance: 1e-4,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    /// Per group, per gene.
    pub coefficients: Vec<Vec<f64>>,
    pub intercepts: Vec<f64>,
    pub n_iterations: usize,
    pub converged: bool,
}

/// Fits on the rows whose group is not [`NO_GROUP`]; `groups[i]` below `n_groups` belongs to
/// row `i`. Holds the matrix twice (cells and genes) and one f64 per cell and group.
pub fn logistic(
    rows: RowsView<'_>,
    groups: &[u32],
    n_groups: usize,
    params: &LogisticParams,
    ticker: &Ticker,
) -> Result<Logistic, RankError> {
    if n_groups < 2 {
        return Err(RankError::TooFewGroups { n_groups });
    }
    let n_cells = groups.iter().filter(|g| **g != NO_GROUP).count();
    let n_columns = if n_groups == 2 { 1 } else { n_groups };
    let problem = Problem {
        rows,
        by_gene: by_gene(rows, ticker)?,
        groups,
        n_columns,
        n_cells: n_cells as f64,
        penalty: 1.0 / (params.c * n_cells as f64),
        ticker,
    };
    let search = LbfgsParams {
        max_iterations: params.max_iter,
        gradient_tolerance: params.tolerance,
        ..Default::default()
    };
    let start = vec![0.0; (rows.cols() + 1) * n_columns];
    let mut residuals = vec![0.0; rows.rows() * n_columns];
    let found = minimize(start, &search, |x, gradient| {
        problem.evaluate(x, gradient, &mut residuals)
    })?;
    let column = |c: usize, sign: f64| -> Vec<f64> {
        let weights = found.x.chunks_exact(n_columns);
        weights.map(|gene| sign * gene[c]).collect()
    };
    let mut coefficients: Vec<Vec<f64>> = match n_groups {
        2 => vec![column(0, -1.0), column(0, 1.0)],
        n => (0..n).map(|group| column(group, 1.0)).collect(),
    };
    Ok(Logistic {
        intercepts: coefficients.iter_mut().filter_map(Vec::pop).collect(),
        coefficients,
        n_iterations: found.n_iterations,
        converged: found.converged,
    })
}

/// The values gene by gene, some genes at a time: an end is not waited for, and nothing is there twice.
fn by_gene(rows: RowsView<'_>, ticker: &Ticker) -> Result<Vec<Rows>, Stopped> {
    let cells: Vec<u32> = (0..rows.rows() as u32).collect();
    let starts: Vec<usize> = (0..rows.cols()).step_by(GENES).collect();
    let part = |start: usize| {
        ticker.check()?;
        let end = rows.cols().min(start + GENES);
        let mut part = GeneMajor::new(start as u32..end as u32);
        part.add(rows, &cells);
        Ok(part.finish(rows.rows()))
    };
    starts.into_par_iter().map(part).collect()
}

struct Problem<'a> {
    rows: RowsView<'a>,
    /// [`GENES`] genes × cells each.
    by_gene: Vec<Rows>,
    groups: &'a [u32],
    /// Linear predictors: one per group, or one for two groups.
    n_columns: usize,
    n_cells: f64,
    penalty: f64,
    ticker: &'a Ticker,
}

impl Problem<'_> {
    /// Value and gradient at `weights`: gene after gene, then the intercepts. `residuals`:
    /// probability minus truth, per cell and column.
    fn evaluate(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        residuals: &mut [f64],
    ) -> Result<f64, RankError> {
        let chunks = residuals.par_chunks_mut(CHUNK * self.n_columns).enumerate();
        let losses: Vec<f64> = chunks
            .map(|(chunk, residuals)| {
                self.ticker.check()?;
                Ok(self.predict(weights, chunk * CHUNK, residuals))
            })
            .collect::<Result<_, RankError>>()?;
        let (genes, intercepts) = gradient.split_at_mut(self.rows.cols() * self.n_columns);
        let (gene_weights, _) = weights.split_at(genes.len());
        let by_gene = genes.par_chunks_mut(self.n_columns).enumerate();
        by_gene.try_for_each(|(gene, gradient)| {
            if gene % 256 == 0 {
                self.ticker.check()?;
            }
            let weights = &gene_weights[gene * self.n_columns..];
            self.gene_gradient(gene, weights, residuals, gradient);
            Ok::<_, RankError>(())
        })?;
        intercepts.fill(0.0);
        for residual in residuals.chunks_exact(self.n_columns) {
            intercepts
                .iter_mut()
                .zip(residual)
                .for_each(|(sum, r)| *sum += r / self.n_cells);
        }
        let squares: f64 = gene_weights.iter().map(|w| w * w).sum();
        Ok(losses.iter().sum::<f64>() / self.n_cells + 0.5 * self.penalty * squares)
    }

    /// The summed loss of a chunk of cells, and their residuals.
    fn predict(&self, weights: &[f64], first: usize, residuals: &mut [f64]) -> f64 {
        let intercepts = &weights[self.rows.cols() * self.n_columns..];
        let mut loss = 0.0;
        for (i, scores) in residuals.chunks_exact_mut(self.n_columns).enumerate() {
            let group = self.groups[first + i];
            let Some(row) = self
                .rows
                .outer_view(first + i)
                .filter(|_| group != NO_GROUP)
            else {
                scores.fill(0.0);
                continue;
            };
            scores.copy_from_slice(intercepts);
            for (&gene, &x) in row.indices().iter().zip(row.data()) {
                let weights = &weights[gene as usize * self.n_columns..];
                scores
                    .iter_mut()
                    .zip(weights)
                    .for_each(|(s, w)| *s += f64::from(x) * w);
            }
            loss += match scores {
                [score] => binary_residual(score, group == 1),
                scores => residual(scores, group as usize),
            };
        }
        loss
    }

    fn gene_gradient(&self, gene: usize, weights: &[f64], residuals: &[f64], gradient: &mut [f64]) {
        gradient.fill(0.0);
        if let Some(column) = self.by_gene[gene / GENES].outer_view(gene % GENES) {
            for (&cell, &x) in column.indices().iter().zip(column.data()) {
                let residual = &residuals[cell as usize * self.n_columns..];
                gradient
                    .iter_mut()
                    .zip(residual)
                    .for_each(|(g, r)| *g += f64::from(x) * r);
            }
        }
        for (g, w) in gradient.iter_mut().zip(weights) {
            *g = *g / self.n_cells + self.penalty * w;
        }
    }
}

/// Turns scores into probabilities minus truth; returns −ln of the probability of `group`.
fn residual(scores: &mut [f64], group: usize) -> f64 {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let of_group = scores[group] - most;
    let mut total = 0.0;
    for score in scores.iter_mut() {
        *score = exp(*score - most);
        total += *score;
    }
    scores.iter_mut().for_each(|score| *score /= total);
    scores[group] -= 1.0;
    math::ln(total) - of_group
}

/// The same for one score of a group against the other.
fn binary_residual(score: &mut f64, is_group: bool) -> f64 {
    let s = if is_group { *score } else { -*score };
    // The probability of the other outcome, and −ln(1 − it), without overflow.
    let small = exp(-s.abs());
    let loss = math::ln_1p(small) + (-s).max(0.0);
    let other = if s > 0.0 { small } else { 1.0 } / (1.0 + small);
    *score = if is_group { -other } else { other };
    loss
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six cells, two genes; the last cell belongs to none.
    fn rows() -> Rows {
        let values = vec![2.0, 1.0, 1.5, 3.0, 0.5, 1.0, 2.0, 9.0];
        Rows::new(
            (6, 2),
            vec![0, 1, 3, 4, 6, 7, 8],
            vec![0, 0, 1, 1, 0, 1, 1, 0],
            values,
        )
    }

    fn fit(groups: &[u32], n_groups: usize) -> Logistic {
        let params = LogisticParams {
            tolerance: 1e-10,
            ..Default::default()
        };
        logistic(rows().view(), groups, n_groups, &params, &Ticker::new()).unwrap()
    }

    #[test]
    fn agrees_with_scikit_learn() {
        // LogisticRegression(tol=1e-12).fit([[2, 0], [1, 1.5], [0, 3], [0.5, 1], [0, 2]], groups)
        let three = fit(&[0, 0, 1, 2, 2, NO_GROUP], 3);
        for (group, expected) in THREE.iter().enumerate() {
            for (found, expected) in three.coefficients[group].iter().zip(expected) {
                assert!((found - expected).abs() < 1e-7, "{three:?}");
            }
        }
        let two = fit(&[0, 0, 1, 1, 1, NO_GROUP], 2);
        for (found, expected) in two.coefficients[1].iter().zip(TWO) {
            assert!((found - expected).abs() < 1e-7, "{two:?}");
        }
        assert_eq!(two.coefficients[0][0], -two.coefficients[1][0]);
    }

    #[test]
    fn one_group_is_refused() {
        let params = LogisticParams::default();
        let refused = logistic(rows().view(), &[0; 6], 1, &params, &Ticker::new());
        assert_eq!(refused, Err(RankError::TooFewGroups { n_groups: 1 }));
        let stopping = Ticker::stopping_at(2);
        let stopped = logistic(rows().view(), &[0, 0, 1, 1, 1, 1], 2, &params, &stopping);
        assert!(matches!(stopped, Err(RankError::Stopped(_))));
    }

    const THREE: [[f64; 2]; 3] = [
        [0.7100055231346094, -0.39177897991732086],
        [-0.2222132852358734, 0.7107454531342675],
        [-0.4877922378987359, -0.31896647321694643],
    ];
    const TWO: [f64; 2] = [-0.7947683013257649, 0.4663921979510889];
}

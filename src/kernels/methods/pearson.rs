//! Analytic Pearson residuals of counts: normalization, variance stabilization and scaling in
//! one. Lause, Berens & Kobak, Genome Biology 2021.
//!
//! With μ = gene sum · cell sum ÷ total, the residual of a count x is (x − μ) / √(μ + μ²/θ),
//! clipped. The result is dense, so it is made block by block, over selected genes.

use ndarray::Array2;

use crate::kernels::RowsView;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PearsonParams {
    /// Overdispersion of the negative binomial, above 0; infinite for a Poisson model.
    pub theta: f64,
    /// Residuals are clipped to ± this; `None`: √(cells of the batch).
    pub clip: Option<f64>,
}

impl Default for PearsonParams {
    fn default() -> Self {
        Self {
            theta: 100.0,
            clip: None,
        }
    }
}

/// The residual of one count, given its expectation; 0 where nothing is expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Model {
    theta: f64,
    clip: f64,
}

impl Model {
    /// `n_cells` sets the clip if `params` does not.
    pub fn new(params: &PearsonParams, n_cells: u64) -> Self {
        Self {
            theta: params.theta,
            clip: params.clip.unwrap_or((n_cells as f64).sqrt()),
        }
    }

    #[inline]
    pub fn residual(&self, x: f64, expected: f64) -> f64 {
        self.clipped((x - expected) * self.precision(expected))
    }

    /// The residuals of 0 and of x.
    #[inline]
    pub fn residuals_of_zero_and(&self, x: f64, expected: f64) -> (f64, f64) {
        let precision = self.precision(expected);
        let residual = |x: f64| self.clipped((x - expected) * precision);
        (residual(0.0), residual(x))
    }

    /// 1 ÷ standard deviation.
    fn precision(&self, expected: f64) -> f64 {
        if expected == 0.0 {
            return 0.0;
        }
        1.0 / (expected + expected * expected / self.theta).sqrt()
    }

    fn clipped(&self, residual: f64) -> f64 {
        if residual.abs() > self.clip {
            self.clip.copysign(residual)
        } else {
            residual
        }
    }
}

/// The part of all counts that each gene has; 0 without counts.
pub fn fractions(gene_totals: &[f64]) -> Vec<f64> {
    let total: f64 = gene_totals.iter().sum();
    let divisor = if total == 0.0 { 1.0 } else { total };
    gene_totals.iter().map(|sum| sum / divisor).collect()
}

/// What the residuals of a matrix depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct PearsonResiduals {
    model: Model,
    /// Gene sums ÷ total.
    fractions: Vec<f64>,
    cell_totals: Vec<f64>,
}

impl PearsonResiduals {
    /// Sums over the genes and cells that the rows will have; `cell_totals` by cell position.
    pub fn new(gene_totals: &[f64], cell_totals: Vec<f64>, params: &PearsonParams) -> Self {
        Self {
            model: Model::new(params, cell_totals.len() as u64),
            fractions: fractions(gene_totals),
            cell_totals,
        }
    }

    /// The same for some of the genes.
    pub fn picked(&self, genes: &[usize]) -> Self {
        Self {
            model: self.model,
            fractions: genes.iter().map(|&gene| self.fractions[gene]).collect(),
            cell_totals: self.cell_totals.clone(),
        }
    }

    /// The residuals of a block of counts, cells × genes; `cells[i]` is the position of row `i`
    /// among all cells.
    pub fn residuals(&self, rows: RowsView<'_>, cells: &[u32]) -> Array2<f32> {
        let mut residuals = Array2::zeros(rows.shape());
        for (i, (row, &cell)) in rows.outer_iterator().zip(cells).enumerate() {
            let total = self.cell_totals[cell as usize];
            let mut values = residuals.row_mut(i);
            for (value, fraction) in values.iter_mut().zip(&self.fractions) {
                *value = self.model.residual(0.0, fraction * total) as f32;
            }
            for (&gene, &x) in row.indices().iter().zip(row.data()) {
                let expected = self.fractions[gene as usize] * total;
                values[gene as usize] = self.model.residual(f64::from(x), expected) as f32;
            }
        }
        residuals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Rows;

    #[test]
    fn residuals_by_hand() {
        // [3 1], [0 4]: μ = 1.5 2.5, 1.5 2.5.
        let rows = Rows::new((2, 2), vec![0, 2, 3], vec![0, 1, 1], vec![3.0, 1.0, 4.0]);
        let params = PearsonParams {
            theta: 10.0,
            clip: Some(1.0),
        };
        let pearson = PearsonResiduals::new(&[3.0, 5.0], vec![4.0, 4.0], &params);
        let residuals = pearson.residuals(rows.view(), &[0, 1]);
        let sd = (2.5f64 + 0.625).sqrt();
        let expected = [1.0, (-1.5 / sd) as f32, -1.0, (1.5 / sd) as f32];
        assert_eq!(residuals.into_raw_vec_and_offset().0, expected);
    }

    #[test]
    fn nothing_expected_nothing_left() {
        let rows = Rows::new((1, 1), vec![0, 0], vec![], vec![]);
        let pearson = PearsonResiduals::new(&[0.0], vec![0.0], &PearsonParams::default());
        assert_eq!(pearson.residuals(rows.view(), &[0])[[0, 0]], 0.0);
    }
}

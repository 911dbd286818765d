//! Regressing out what is known of the cells: of each gene, the part that a least-squares fit
//! on some numbers of the cells explains is taken away, with its mean; or the mean of the
//! cell's category.
//!
//! The result is dense, so it is made block by block; a caller can also work with the sparse
//! values and the low-rank part apart: x − `design` · `coefficients`.

use std::sync::Arc;

use ndarray::{Array2, Axis};

use crate::kernels::RowsView;
use crate::kernels::linalg::covariates::{Covariates, CrossSums, NormalEquations};
use crate::kernels::stats::sums::{GroupSums, NO_GROUP};

/// Accumulates what a fit on numbers needs.
#[derive(Debug, Clone)]
pub struct RegressionSums {
    covariates: Arc<Covariates>,
    cross: CrossSums,
    sums: GroupSums,
}

impl RegressionSums {
    pub fn new(n_genes: usize, covariates: Arc<Covariates>) -> Self {
        Self {
            cross: CrossSums::new(n_genes, Arc::clone(&covariates), None, 1),
            sums: GroupSums::all_cells(n_genes, Default::default()),
            covariates,
        }
    }

    /// Adds a block: `cells[i]` is the position of row `i` among all cells.
    pub fn add(&mut self, rows: RowsView<'_>, cells: &[u32]) {
        self.cross.add(rows, cells);
        self.sums.add(rows, cells);
    }

    pub fn merge(&mut self, next: Self) {
        self.cross.merge(next.cross);
        self.sums.merge(next.sums);
    }

    pub fn finish(self) -> Regression {
        let columns = self.covariates.columns();
        let k = columns.len();
        let product = |i: usize| dot(&columns[i / k.max(1)], &columns[i % k.max(1)]);
        let products: Vec<f64> = (0..k * k).map(product).collect();
        let equations = NormalEquations::new(&products, k);
        let means = self.sums.all().means();
        let cross = self.cross.finish();
        let mut coefficients = Array2::zeros((k + 1, means.len()));
        let mut right = vec![0.0; k];
        for (gene, mean) in means.iter().enumerate() {
            for (i, right) in right.iter_mut().enumerate() {
                *right = cross[i * means.len() + gene];
            }
            equations.solve(&mut right);
            coefficients[[0, gene]] = *mean;
            for (i, &coefficient) in right.iter().enumerate() {
                coefficients[[i + 1, gene]] = coefficient;
            }
        }
        Regression {
            covariates: self.covariates,
            coefficients,
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A fit of all genes.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    pub covariates: Arc<Covariates>,
    /// (1 + covariates) × genes; the first row is for a column of ones.
    pub coefficients: Array2<f64>,
}

impl Regression {
    /// The fit of some of the genes.
    pub fn picked(&self, genes: &[usize]) -> Self {
        Self {
            covariates: Arc::clone(&self.covariates),
            coefficients: self.coefficients.select(Axis(1), genes),
        }
    }

    /// The row of the design matrix of a cell: 1 and its standardized covariates.
    pub fn design(&self, cell: u32) -> Vec<f64> {
        let columns = self.covariates.columns().iter();
        let values = columns.map(|column| column[cell as usize]);
        std::iter::once(1.0).chain(values).collect()
    }

    /// What is left of a block, cells × genes; `cells[i]` is the position of row `i` among all
    /// cells.
    pub fn residuals(&self, rows: RowsView<'_>, cells: &[u32]) -> Array2<f32> {
        subtract(rows, cells, |cell, fitted| {
            fitted.fill(0.0);
            for (c, coefficients) in self.design(cell).iter().zip(self.coefficients.rows()) {
                let genes = fitted.iter_mut().zip(coefficients);
                genes.for_each(|(fitted, coefficient)| *fitted += c * coefficient);
            }
        })
    }
}

/// What is left of a block after its cells' group means are taken away; cells of no group are
/// as they were. `means` per group and gene.
pub fn subtract_group_means(
    rows: RowsView<'_>,
    cells: &[u32],
    groups: &[u32],
    means: &[Vec<f64>],
) -> Array2<f32> {
    subtract(rows, cells, |cell, fitted| match groups[cell as usize] {
        NO_GROUP => fitted.fill(0.0),
        group => fitted.copy_from_slice(&means[group as usize]),
    })
}

/// A dense block minus what `fit` writes for each cell.
fn subtract(rows: RowsView<'_>, cells: &[u32], fit: impl Fn(u32, &mut [f64])) -> Array2<f32> {
    let mut left = Array2::zeros(rows.shape());
    let mut fitted = vec![0.0; rows.cols()];
    for (i, (row, &cell)) in rows.outer_iterator().zip(cells).enumerate() {
        fit(cell, &mut fitted);
        fitted.iter_mut().for_each(|x| *x = -*x);
        for (&gene, &x) in row.indices().iter().zip(row.data()) {
            fitted[gene as usize] += f64::from(x);
        }
        let values = left.row_mut(i).into_iter().zip(&fitted);
        values.for_each(|(left, x): (&mut f32, &f64)| *left = *x as f32);
    }
    left
}

crate::kernels::transfer::fields!(RegressionSums: cross, sums);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Rows;

    /// Gene 0: 1 2 3 6; gene 1: 0 0 0 4.
    fn rows() -> Rows {
        let values = vec![1.0, 2.0, 3.0, 6.0, 4.0];
        Rows::new((4, 2), vec![0, 1, 2, 3, 5], vec![0, 0, 0, 0, 1], values)
    }

    fn regress(columns: &[Vec<f64>]) -> Array2<f32> {
        let covariates = Arc::new(Covariates::new(4, columns));
        let mut sums = RegressionSums::new(2, covariates);
        sums.add(rows().view(), &[0, 1, 2, 3]);
        sums.finish().residuals(rows().view(), &[0, 1, 2, 3])
    }

    fn close(left: &Array2<f32>, gene: usize, expected: [f32; 4]) {
        for (a, b) in left.column(gene).iter().zip(expected) {
            assert!((a - b).abs() < 1e-6, "{left} {expected:?}");
        }
    }

    #[test]
    fn residuals_of_a_line() {
        // numpy.polyfit([0, 1, 2, 3], [1, 2, 3, 6], 1) = [1.6, 0.6]
        let left = regress(&[vec![0.0, 1.0, 2.0, 3.0]]);
        close(&left, 0, [0.4, -0.2, -0.8, 0.6]);
        close(&left, 1, [0.8, -0.4, -1.6, 1.2]);
    }

    #[test]
    fn redundant_columns_change_nothing() {
        let line = vec![0.0, 1.0, 2.0, 3.0];
        let twice = line.iter().map(|x| 1e6 - 2.0 * x).collect();
        let left = regress(&[line, twice, vec![7.0; 4]]);
        close(&left, 0, [0.4, -0.2, -0.8, 0.6]);
    }

    #[test]
    fn without_columns_the_mean_goes() {
        close(&regress(&[]), 0, [-2.0, -1.0, 0.0, 3.0]);
    }

    #[test]
    fn categories_lose_their_means() {
        let groups: Arc<[u32]> = Arc::from([0, 0, 1, NO_GROUP]);
        let mut sums = GroupSums::by_group(2, Default::default(), Arc::clone(&groups), 2);
        sums.add(rows().view(), &[0, 1, 2, 3]);
        let means: Vec<Vec<f64>> = sums.each_group().iter().map(|g| g.means()).collect();
        let left = subtract_group_means(rows().view(), &[0, 1, 2, 3], &groups, &means);
        close(&left, 0, [-0.5, 0.5, 0.0, 6.0]);
    }
}

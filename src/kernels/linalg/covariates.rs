//! Numbers that describe cells, prepared for least squares, and their products with the genes.
//! Shared by regression and batch correction.

use std::sync::Arc;

use crate::kernels::RowsView;
use crate::kernels::stats::exact::Sums;
use crate::kernels::stats::sums::NO_GROUP;

/// A pivot smaller than this part of its column's square makes the column a combination of
/// earlier ones.
const COLLINEAR: f64 = 1e-10;

/// Columns by cell position, each shifted and scaled to mean 0 and mean square 1, which makes
/// sums of products well conditioned. A constant column is all zeros.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariates {
    n_cells: usize,
    columns: Vec<Vec<f64>>,
}

impl Covariates {
    /// All columns have `n_cells` values, which must be finite.
    pub fn new(n_cells: usize, columns: &[Vec<f64>]) -> Self {
        Self {
            n_cells,
            columns: columns.iter().map(|column| standardized(column)).collect(),
        }
    }

    pub fn n_cells(&self) -> usize {
        self.n_cells
    }

    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// The standardized columns.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// The first column that follows from the ones before it and, where there are any, from the
    /// groups of the cells; `groups[cell]` is a group's number. A constant column explains nothing
    /// and is none of them.
    pub fn confounded(&self, groups: Option<&[u32]>) -> Option<usize> {
        let within: Vec<Vec<f64>> = match groups {
            Some(groups) => {
                let about_means = |column: &Vec<f64>| about_means(column, groups);
                self.columns.iter().map(about_means).collect()
            }
            None => self.columns.clone(),
        };
        let varies = |k: &usize| self.columns[*k].iter().any(|&x| x != 0.0);
        // Gram and Schmidt, column by column: what is left of each is compared with its whole.
        let mut basis: Vec<Vec<f64>> = Vec::new();
        for k in (0..within.len()).filter(varies) {
            let mut left = within[k].clone();
            for other in &basis {
                let along = dot(&left, other);
                left.iter_mut()
                    .zip(other)
                    .for_each(|(x, y)| *x -= along * y);
            }
            let square = dot(&left, &left);
            if square <= COLLINEAR * self.n_cells as f64 {
                return Some(k);
            }
            let length = square.sqrt();
            left.iter_mut().for_each(|x| *x /= length);
            basis.push(left);
        }
        None
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A column less its mean in each group.
fn about_means(column: &[f64], groups: &[u32]) -> Vec<f64> {
    let n_groups = groups.iter().max().map_or(0, |&most| most as usize + 1);
    let mut sums = vec![(0.0, 0.0); n_groups];
    for (&x, &group) in column.iter().zip(groups) {
        sums[group as usize].0 += x;
        sums[group as usize].1 += 1.0;
    }
    let cells = column.iter().zip(groups);
    let left = |(&x, &group): (&f64, &u32)| {
        let (sum, n) = sums[group as usize];
        x - sum / n
    };
    cells.map(left).collect()
}

fn standardized(column: &[f64]) -> Vec<f64> {
    let n = column.len() as f64;
    let mean = column.iter().sum::<f64>() / n;
    let squares: f64 = column.iter().map(|x| (x - mean).powi(2)).sum();
    let scale = (squares / n).sqrt();
    let constant = scale <= 1e-14 * mean.abs() || scale == 0.0;
    let value = |x: &f64| if constant { 0.0 } else { (x - mean) / scale };
    column.iter().map(value).collect()
}

/// Accumulates Σ x·c for each group of cells, covariate and gene.
#[derive(Debug, Clone)]
pub struct CrossSums {
    covariates: Arc<Covariates>,
    groups: Option<Arc<[u32]>>,
    n_genes: usize,
    sums: Sums,
}

impl CrossSums {
    /// `groups[cell]` is below `n_groups` or [`NO_GROUP`]; `None`: one group.
    pub fn new(
        n_genes: usize,
        covariates: Arc<Covariates>,
        groups: Option<Arc<[u32]>>,
        n_groups: usize,
    ) -> Self {
        Self {
            sums: Sums::new(n_genes * n_groups * covariates.n_columns()),
            covariates,
            groups,
            n_genes,
        }
    }

    /// Adds a block: `cells[i]` is the position of row `i` among all cells.
    pub fn add(&mut self, rows: RowsView<'_>, cells: &[u32]) {
        for (row, &cell) in rows.outer_iterator().zip(cells) {
            let group = self.groups.as_ref().map_or(0, |g| g[cell as usize]);
            if group == NO_GROUP {
                continue;
            }
            for (k, column) in self.covariates.columns.iter().enumerate() {
                let first = (group as usize * self.covariates.n_columns() + k) * self.n_genes;
                let c = column[cell as usize];
                for (&gene, &x) in row.indices().iter().zip(row.data()) {
                    self.sums.add(first + gene as usize, f64::from(x) * c);
                }
            }
        }
    }

    pub fn merge(&mut self, next: Self) {
        self.sums.merge(&next.sums);
    }

    /// Per group, covariate and gene: `sums[(group · covariates + covariate) · genes + gene]`.
    pub fn finish(self) -> Vec<f64> {
        self.sums.finish()
    }
}

/// The Cholesky factor of a symmetric matrix of products, without the columns that are
/// combinations of earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub struct NormalEquations {
    n: usize,
    /// Lower triangle, row by row; a dropped column has a zero on the diagonal.
    factor: Vec<f64>,
}

impl NormalEquations {
    /// `products`: n × n, row by row.
    pub fn new(products: &[f64], n: usize) -> Self {
        let mut factor = vec![0f64; n * n];
        for j in 0..n {
            let done: f64 = (0..j).map(|k| factor[j * n + k].powi(2)).sum();
            let pivot = products[j * n + j] - done;
            if pivot <= COLLINEAR * products[j * n + j] {
                continue;
            }
            let diagonal = pivot.sqrt();
            factor[j * n + j] = diagonal;
            for i in j + 1..n {
                let done: f64 = (0..j).map(|k| factor[i * n + k] * factor[j * n + k]).sum();
                factor[i * n + j] = (products[i * n + j] - done) / diagonal;
            }
        }
        Self { n, factor }
    }

    /// Coefficients for one right side, in place; dropped columns get 0.
    pub fn solve(&self, right: &mut [f64]) {
        let (n, l) = (self.n, &self.factor);
        for i in 0..n {
            let known: f64 = (0..i).map(|k| l[i * n + k] * right[k]).sum();
            right[i] = divided(right[i] - known, l[i * n + i]);
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| l[k * n + i] * right[k]).sum();
            right[i] = divided(right[i] - known, l[i * n + i]);
        }
    }
}

fn divided(x: f64, diagonal: f64) -> f64 {
    if diagonal == 0.0 { 0.0 } else { x / diagonal }
}

crate::kernels::transfer::fields!(CrossSums: sums);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_standardized() {
        let covariates = Covariates::new(2, &[vec![1.0, 3.0], vec![5.0, 5.0]]);
        assert_eq!(covariates.columns(), [[-1.0, 1.0], [0.0, 0.0]]);
        assert_eq!(Covariates::new(0, &[vec![]]).columns(), [[0.0; 0]]);
    }

    #[test]
    fn columns_that_follow_from_others_are_found() {
        let age = vec![20.0, 20.0, 50.0, 50.0];
        let score = vec![1.0, 2.0, 1.0, 3.0];
        let groups = [0, 0, 1, 1];
        let covariates = Covariates::new(4, &[score.clone(), age.clone()]);
        assert_eq!(covariates.confounded(None), None);
        assert_eq!(covariates.confounded(Some(&groups)), Some(1));
        let sum: Vec<f64> = score.iter().zip(&age).map(|(a, b)| a - 3.0 * b).collect();
        let constant = vec![7.0; 4];
        let covariates = Covariates::new(4, &[score, constant, age, sum]);
        assert_eq!(covariates.confounded(None), Some(3));
    }

    #[test]
    fn equations_are_solved() {
        // [[4, 2], [2, 3]] x = [8, 8] has x = [1, 2].
        let mut x = [8.0, 8.0];
        NormalEquations::new(&[4.0, 2.0, 2.0, 3.0], 2).solve(&mut x);
        assert!((x[0] - 1.0).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_collinear_column_gets_nothing() {
        let mut x = [2.0, 4.0, 4.0];
        let products = [1.0, 2.0, 0.0, 2.0, 4.0, 0.0, 0.0, 0.0, 4.0];
        NormalEquations::new(&products, 3).solve(&mut x);
        assert_eq!(x, [2.0, 0.0, 1.0]);
    }
}

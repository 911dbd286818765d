//! Centered log ratios of counts, as for antibodies: log(1 + x / g), where g is the exponential of
//! the mean of log(1 + x) over all entries of a cell or of a feature (Stoeckius et al., Nature
//! Methods 14, 2017, in the variant of Seurat's `NormalizeData`). Zeros stay zeros.
//!
//! Pass one: [`CellLogs`] or [`FeatureLogs`]. Then [`centers`], and [`by_cell`] or [`by_feature`]
//! on each block.

use crate::kernels::stats::exact::Sums;
use crate::kernels::stats::per_cell::PerCell;
use crate::kernels::{Rows, RowsView};
use crate::math;

/// Accumulates the sum of log(1 + x) of each cell.
#[derive(Debug, Clone)]
pub struct CellLogs {
    cells: PerCell,
}

impl Default for CellLogs {
    fn default() -> Self {
        Self {
            cells: PerCell::new(1),
        }
    }
}

impl CellLogs {
    /// Adds a block: `cells[i]` is the position of row `i` among all cells.
    pub fn add(&mut self, rows: RowsView<'_>, cells: &[u32]) {
        for (row, &cell) in rows.outer_iterator().zip(cells) {
            let sum = row.data().iter().map(|&x| log_of_positive(x)).sum();
            self.cells.push(cell, [sum]);
        }
    }

    pub fn merge(&mut self, next: Self) {
        self.cells.merge(next.cells);
    }

    /// One sum per cell, in cell order.
    pub fn finish(self) -> Vec<f64> {
        self.cells.finish().pop().unwrap_or_default()
    }
}

/// Accumulates the sum of log(1 + x) of each feature, rounded once.
#[derive(Debug, Clone)]
pub struct FeatureLogs {
    sums: Sums,
}

impl FeatureLogs {
    pub fn new(n_features: usize) -> Self {
        Self {
            sums: Sums::new(n_features),
        }
    }

    pub fn add(&mut self, rows: RowsView<'_>) {
        for row in rows.outer_iterator() {
            for (&feature, &x) in row.indices().iter().zip(row.data()) {
                self.sums.add(feature as usize, log_of_positive(x));
            }
        }
    }

    pub fn merge(&mut self, next: Self) {
        self.sums.merge(&next.sums);
    }

    /// One sum per feature.
    pub fn finish(self) -> Vec<f64> {
        self.sums.finish()
    }
}

fn log_of_positive(x: f32) -> f64 {
    if x > 0.0 {
        math::ln_1p(f64::from(x))
    } else {
        0.0
    }
}

/// What values are divided by, from sums of logarithms over `n` entries each, zeros included.
pub fn centers(sums: &[f64], n: usize) -> Vec<f64> {
    sums.iter().map(|sum| math::exp(sum / n as f64)).collect()
}

/// Log ratios to the center of each cell; `cells[i]` is the position of row `i` among all cells.
pub fn by_cell(rows: &mut Rows, cells: &[u32], centers: &[f64]) {
    let starts = rows.indptr().to_proper().into_owned();
    let values = rows.data_mut();
    for (i, &cell) in cells.iter().enumerate() {
        let center = centers[cell as usize];
        for x in &mut values[starts[i]..starts[i + 1]] {
            *x = math::ln_1p(f64::from(*x) / center) as f32;
        }
    }
}

/// Log ratios to the center of each feature; `features[j]` is the position of the block's column
/// `j` among all features.
pub fn by_feature(rows: &mut Rows, features: &[u32], centers: &[f64]) {
    let columns: Vec<u32> = rows.indices().to_vec();
    for (x, column) in rows.data_mut().iter_mut().zip(columns) {
        let center = centers[features[column as usize] as usize];
        *x = math::ln_1p(f64::from(*x) / center) as f32;
    }
}

crate::kernels::transfer::fields!(CellLogs: cells);

crate::kernels::transfer::fields!(FeatureLogs: sums);

#[cfg(test)]
mod tests {
    use super::*;

    /// log1p(x / exp(sum(log1p(x[x > 0])) / length(x))) of dense counts.
    fn by_formula(x: &[f64]) -> Vec<f32> {
        let sum: f64 = x.iter().filter(|x| **x > 0.0).map(|x| x.ln_1p()).sum();
        let center = (sum / x.len() as f64).exp();
        x.iter().map(|x| (x / center).ln_1p() as f32).collect()
    }

    /// 4 cells × 3 features.
    const COUNTS: [[f64; 3]; 4] = [
        [0.0, 3.0, 120.0],
        [7.0, 0.0, 44.0],
        [0.0, 0.0, 0.0],
        [1.0, 900.0, 2.0],
    ];

    fn rows() -> Rows {
        let values: Vec<f32> = COUNTS.concat().iter().map(|&x| x as f32).collect();
        let mut ends = vec![0];
        let (mut columns, mut kept) = (Vec::new(), Vec::new());
        for row in values.chunks(3) {
            for (column, &x) in row.iter().enumerate().filter(|(_, x)| **x != 0.0) {
                columns.push(column as u32);
                kept.push(x);
            }
            ends.push(columns.len());
        }
        Rows::new((4, 3), ends, columns, kept)
    }

    #[test]
    fn cells_are_centered_as_in_seurats_margin_2() {
        let mut logs = CellLogs::default();
        logs.add(rows().view(), &[0, 1, 2, 3]);
        let mut found = rows();
        by_cell(&mut found, &[0, 1, 2, 3], &centers(&logs.finish(), 3));
        let found = found.to_dense();
        for (cell, counts) in COUNTS.iter().enumerate() {
            assert_eq!(found.row(cell).to_vec(), by_formula(counts));
        }
    }

    #[test]
    fn features_are_centered_as_in_seurats_margin_1() {
        let mut logs = FeatureLogs::new(3);
        logs.add(rows().view());
        let mut found = rows();
        by_feature(&mut found, &[0, 1, 2], &centers(&logs.finish(), 4));
        let found = found.to_dense();
        for feature in 0..3 {
            let counts: Vec<f64> = COUNTS.iter().map(|cell| cell[feature]).collect();
            assert_eq!(found.column(feature).to_vec(), by_formula(&counts));
        }
    }
}

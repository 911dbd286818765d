//! Scaling of genes to mean 0 and standard deviation 1.
//!
//! A scaled matrix is dense, so it is made block by block only; without clipping a caller can
//! work with x ÷ sd, which is sparse, and the constant row −mean ÷ sd.

use ndarray::Array2;

use crate::kernels::stats::sums::GeneSums;
use crate::kernels::{Rows, RowsView};

/// Mean and standard deviation of each gene, and what is done with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    pub mean: Vec<f64>,
    /// Sample standard deviation (n − 1); 1 for a constant gene.
    pub sd: Vec<f64>,
    /// Without, values are divided only, and zeros stay zeros.
    pub zero_center: bool,
    /// Scaled values are clipped to at most this, and, when centered, to at least its negative.
    pub max_value: Option<f64>,
}

impl Scaling {
    pub fn new(sums: &GeneSums, zero_center: bool, max_value: Option<f64>) -> Self {
        let sd = |variance: f64| {
            if variance == 0.0 {
                1.0
            } else {
                variance.sqrt()
            }
        };
        Self {
            mean: sums.means(),
            sd: sums.variances().into_iter().map(sd).collect(),
            zero_center,
            max_value,
        }
    }

    /// The scaled value of x.
    #[inline]
    pub fn scaled(&self, gene: usize, x: f32) -> f32 {
        let shift = if self.zero_center {
            self.mean[gene]
        } else {
            0.0
        };
        let scaled = (f64::from(x) - shift) / self.sd[gene];
        match self.max_value {
            Some(max) if scaled > max => max as f32,
            Some(max) if self.zero_center && scaled < -max => -max as f32,
            _ => scaled as f32,
        }
    }

    /// Scales the stored values of a block in place; for [`Scaling::zero_center`] = false only.
    pub fn divide(&self, rows: &mut Rows) {
        let genes = rows.indices().to_vec();
        for (x, gene) in rows.data_mut().iter_mut().zip(genes) {
            *x = self.scaled(gene as usize, *x);
        }
    }

    /// A block of cells as scaled dense rows, cells × genes.
    pub fn dense(&self, rows: RowsView<'_>) -> Array2<f32> {
        let zeros: Vec<f32> = (0..rows.cols())
            .map(|gene| self.scaled(gene, 0.0))
            .collect();
        let mut dense = Array2::zeros(rows.shape());
        for (row, mut scaled) in rows.outer_iterator().zip(dense.rows_mut()) {
            scaled
                .iter_mut()
                .zip(&zeros)
                .for_each(|(x, zero)| *x = *zero);
            for (&gene, &x) in row.indices().iter().zip(row.data()) {
                scaled[gene as usize] = self.scaled(gene as usize, x);
            }
        }
        dense
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::stats::sums::{GroupSums, Of};

    /// [1 0 5], [3 0 0]: means 2, 0, 2.5; sds √2, 1 (constant), 5/√2.
    fn rows() -> Rows {
        Rows::new((2, 3), vec![0, 2, 3], vec![0, 2, 0], vec![1.0, 5.0, 3.0])
    }

    fn scaling(zero_center: bool, max_value: Option<f64>) -> Scaling {
        let mut sums = GroupSums::all_cells(3, Of::Value);
        sums.add(rows().view(), &[0, 1]);
        Scaling::new(&sums.all(), zero_center, max_value)
    }

    #[test]
    fn centered_rows_are_dense() {
        let half = 0.5f32.sqrt();
        let dense = scaling(true, None).dense(rows().view());
        assert_eq!(dense.row(0).to_vec(), [-half, 0.0, half]);
        assert_eq!(dense.row(1).to_vec(), [half, 0.0, -half]);
    }

    #[test]
    fn both_ends_are_clipped_only_when_centered() {
        let dense = scaling(true, Some(0.5)).dense(rows().view());
        assert_eq!(dense.row(0).to_vec(), [-0.5, 0.0, 0.5]);
        let mut divided = rows();
        divided.data_mut()[0] = -9.0;
        scaling(false, Some(1.0)).divide(&mut divided);
        let negative = (-9.0 / 2f64.sqrt()) as f32;
        assert_eq!(divided.data(), [negative, 1.0, 1.0]);
    }

    #[test]
    fn nan_stays_nan() {
        assert!(scaling(true, Some(1.0)).scaled(0, f32::NAN).is_nan());
    }
}

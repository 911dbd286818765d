//! The confusion matrix of two labelings of the cells.

use ndarray::Array2;

use crate::kernels::stats::sums::NO_GROUP;

/// Cells by label in the first (rows) and in the second labeling (columns); cells without a
/// label in either are left out.
pub fn confusion(a: &[u32], n_a: usize, b: &[u32], n_b: usize) -> Array2<f64> {
    let mut counts = Array2::zeros((n_a, n_b));
    for (&a, &b) in a.iter().zip(b) {
        if a != NO_GROUP && b != NO_GROUP {
            counts[[a as usize, b as usize]] += 1.0;
        }
    }
    counts
}

/// Divides each row by its sum; a row without cells stays zero.
pub fn normalize_rows(counts: &mut Array2<f64>) {
    for mut row in counts.rows_mut() {
        let sum: f64 = row.iter().sum();
        if sum > 0.0 {
            row.iter_mut().for_each(|x| *x /= sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_fractions() {
        let mut counts = confusion(&[0, 0, 1, 1, NO_GROUP], 3, &[1, 1, 0, 1, 0], 2);
        assert_eq!(counts.row(0).to_vec(), [0.0, 2.0]);
        normalize_rows(&mut counts);
        assert_eq!(counts.row(1).to_vec(), [0.5, 0.5]);
        assert_eq!(counts.row(2).to_vec(), [0.0, 0.0]);
    }
}

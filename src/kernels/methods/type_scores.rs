//! Which known cell type a group of cells resembles: the mean expression of every marker gene is
//! standardized over the groups (mean 0, variance 1), and a type's score in a group is the mean
//! over its genes. So a gene that is high everywhere says nothing, and no gene weighs more than
//! another (as in the averaged gene-set z-scores of Lee et al., PLoS Comput. Biol. 4, e1000217, 2008).

use ndarray::{Array2, ArrayView2};

/// Scores, groups × types, from the means of genes (groups × genes) and the genes of each type,
/// as columns of `means`. NaN for a type of which no gene is there.
pub fn type_scores(means: ArrayView2<'_, f64>, types: &[Vec<usize>]) -> Array2<f64> {
    let mut standard = means.to_owned();
    let n = means.nrows() as f64;
    for mut gene in standard.columns_mut() {
        let mean = gene.sum() / n;
        gene.mapv_inplace(|x| x - mean);
        let sd = (gene.iter().map(|x| x * x).sum::<f64>() / n).sqrt();
        // A gene without differences tells nothing; rounding must not make it tell.
        let scale = if sd > 1e-12 * mean.abs() {
            1.0 / sd
        } else {
            0.0
        };
        gene.mapv_inplace(|x| x * scale);
    }
    Array2::from_shape_fn((means.nrows(), types.len()), |(group, of)| {
        let genes = &types[of];
        let sum: f64 = genes.iter().map(|&gene| standard[[group, gene]]).sum();
        if genes.is_empty() {
            f64::NAN
        } else {
            sum / genes.len() as f64
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn by_hand() {
        // Gene 0 tells the groups apart, gene 1 does too but the other way, gene 2 is constant.
        let means = array![[3.0, 0.0, 5.0], [1.0, 2.0, 5.0]];
        let scores = type_scores(means.view(), &[vec![0], vec![1, 2], vec![]]);
        assert_eq!(scores.row(0).to_vec()[..2], [1.0, -0.5]);
        assert_eq!(scores.row(1).to_vec()[..2], [-1.0, 0.5]);
        assert!(scores[[0, 2]].is_nan());
    }
}

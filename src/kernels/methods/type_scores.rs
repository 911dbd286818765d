//! Which known cell type a group of cells resembles: the mean expression of every marker gene is
//! standardized over the groups (mean 0, variance 1), and a type's score in a group is the mean
//! over its genes. So a gene that is high everywhere says nothing, and no gene weighs more than
//! another (as in the averaged gene-set z-scores of Lee et al., PLoS Comput. Biol. 4, e1000217, 2008).

use ndarray::{Array2, ArrayView1, ArrayView2};

/// Standard errors that are more than chance, also among the most and the least of many groups.
const BEYOND_CHANCE: f64 = 4.0;

/// Scores, groups × types, from the means of genes (groups × genes) and the genes of each type,
/// as columns of `means`. NaN for a type without a gene.
pub fn type_scores(means: ArrayView2<'_, f64>, types: &[Vec<usize>]) -> Array2<f64> {
    let mut standard = means.to_owned();
    let n = means.nrows() as f64;
    for mut gene in standard.columns_mut() {
        let mean = gene.sum() / n;
        gene.mapv_inplace(|x| x - mean);
        let sd = (gene.iter().map(|x| x * x).sum::<f64>() / n).sqrt();
        // A gene without differences carries no information; rounding must not change that.
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

/// Whether a type stands out in a group: it is nearer to the groups that have most of its markers
/// than to those that have least, and further from these than chance among the cells would take it.
/// `errors`: squared standard errors of the means, groups × genes.
pub fn stands_out(
    means: ArrayView2<'_, f64>,
    errors: ArrayView2<'_, f64>,
    genes: &[usize],
    scores: ArrayView1<'_, f64>,
    group: usize,
) -> bool {
    let lowest = (0..scores.len()).min_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let Some(lowest) = lowest else {
        return false;
    };
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (above, range) = (scores[group] - scores[lowest], highest - scores[lowest]);
    let n = means.nrows() as f64;
    let squared_error = |&gene: &usize| {
        let column = means.column(gene);
        let mean = column.sum() / n;
        let variance = column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        if variance.sqrt() > 1e-12 * mean.abs() {
            (errors[[group, gene]] + errors[[lowest, gene]]) / variance
        } else {
            0.0
        }
    };
    let error = genes.iter().map(squared_error).sum::<f64>().sqrt() / genes.len() as f64;
    above > 0.0 && above >= 0.5 * range && above >= BEYOND_CHANCE * error
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn by_hand() {
        // Gene 0 distinguishes the groups, gene 1 does too but the other way, gene 2 is constant.
        let means = array![[3.0, 0.0, 5.0], [1.0, 2.0, 5.0]];
        let scores = type_scores(means.view(), &[vec![0], vec![1, 2], vec![]]);
        assert_eq!(scores.row(0).to_vec()[..2], [1.0, -0.5]);
        assert_eq!(scores.row(1).to_vec()[..2], [-1.0, 0.5]);
        assert!(scores[[0, 2]].is_nan());
    }

    #[test]
    fn what_stands_out() {
        let means = array![[3.0], [2.8], [1.0], [0.2], [0.0]];
        let scores = type_scores(means.view(), &[vec![0]]);
        let out = |error: f64| -> Vec<bool> {
            let errors = Array2::from_elem(means.dim(), error * error);
            let of = |group| stands_out(means.view(), errors.view(), &[0], scores.column(0), group);
            (0..5).map(of).collect()
        };
        assert_eq!(out(0.1), [true, true, false, false, false]);
        assert_eq!(out(1.0), [false; 5]);
    }
}

//! Linear models of genes over samples with moderated variances: limma (Smyth, Stat. Appl. Genet.
//! Mol. Biol. 3:3, 2004) on log₂ counts per million, with edgeR's rule for genes that are worth
//! testing (Chen, Lun & Smyth, F1000Research 5:1438, 2016).
//!
//! With few samples a gene's own variance is a poor guess. It is taken to be drawn around a prior
//! one (scaled inverse χ² with d₀ degrees of freedom), and t uses the posterior mean
//! (d₀s₀² + d s²)/(d₀ + d) with d₀ + d degrees of freedom.

mod fit;
mod lowess;
mod prior;
mod robust;
mod special;
mod spline;

pub use fit::Prior;
pub use prior::PriorParams;

use crate::kernels::linalg::gemm::product;
use crate::kernels::stats::rank::{log10_p_normal, log10_p_student};
use crate::math;
use ndarray::{Array2, ArrayView2, Axis};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    #[error("{samples} samples leave nothing to estimate the variance from with {columns} effects")]
    TooFewSamples { samples: usize, columns: usize },
    /// A column of the design follows from the ones before it.
    #[error("effect {column} follows from the others")]
    Confounded { column: usize },
}

/// A model fitted to every gene.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Per column of the design, per gene.
    pub coefficients: Vec<Vec<f64>>,
    /// Moderated t of each coefficient.
    pub t: Vec<Vec<f64>>,
    /// log₁₀ of the two-sided p-value of each t.
    pub log10_pvals: Vec<Vec<f64>>,
    /// Mean of each gene over the samples.
    pub means: Vec<f64>,
    /// Of each gene's variance.
    pub prior: Prior,
}

/// log₂ of counts per million (samples × genes). `prior` counts, scaled by the size of the sample,
/// are added, so that there is no log of 0 and rare genes do not jump.
pub fn log2_cpm(counts: ArrayView2<'_, f64>, sizes: &[f64], prior: f64) -> Array2<f64> {
    let mean = sizes.iter().sum::<f64>() / sizes.len() as f64;
    Array2::from_shape_fn(counts.dim(), |(i, gene)| {
        let added = prior * sizes[i] / mean;
        math::log2((counts[[i, gene]] + added) / (sizes[i] + 2.0 * added) * 1e6)
    })
}

/// Whether a gene has `least` counts (per million, as in a sample of median size) in as many
/// samples as the smallest group of the design has, and 15 in all.
pub fn worth_testing(
    counts: ArrayView2<'_, f64>,
    sizes: &[f64],
    design: ArrayView2<'_, f64>,
    least: f64,
) -> Result<Vec<bool>, ModelError> {
    let inverse = inverse_of_gram(design)?;
    let leverage = design
        .outer_iter()
        .map(|row| row.dot(&inverse.dot(&row)))
        .fold(0.0, f64::max);
    let smallest = 1.0 / leverage;
    let wanted = if smallest > 10.0 {
        10.0 + (smallest - 10.0) * 0.7
    } else {
        smallest
    };
    let mut sorted = sizes.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let median = (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0;
    let share = least / median;
    let keep = |gene: ndarray::ArrayView1<f64>| {
        let above = gene
            .iter()
            .zip(sizes)
            .filter(|&(&x, &size)| x / size >= share);
        above.count() as f64 >= wanted - 1e-14 && gene.sum() >= 15.0 - 1e-14
    };
    Ok(counts.axis_iter(Axis(1)).map(keep).collect())
}

/// Fits `y` (samples × genes) by `design` (samples × effects).
pub fn moderated(
    y: ArrayView2<'_, f64>,
    design: ArrayView2<'_, f64>,
    params: PriorParams,
) -> Result<Fit, ModelError> {
    let (samples, columns) = design.dim();
    if samples <= columns {
        return Err(ModelError::TooFewSamples { samples, columns });
    }
    let inverse = inverse_of_gram(design)?;
    let coefficients = product(product(inverse.view(), design.t()).view(), y);
    let residuals = &y - &product(design, coefficients.view());
    let df = (samples - columns) as f64;
    let variances: Vec<f64> = residuals
        .axis_iter(Axis(1))
        .map(|gene| gene.iter().map(|r| r * r).sum::<f64>() / df)
        .collect();
    let means = y.mean_axis(Axis(0));
    let means = means.map_or_else(Vec::new, |means| means.to_vec());
    let prior = prior::prior(&variances, df, &means, params);
    let posterior = |gene: usize| prior.posterior(gene, variances[gene], df);
    // Not more than all genes together have.
    let pooled = df * variances.len() as f64;
    let t: Vec<Vec<f64>> = (0..columns)
        .map(|column| {
            let unscaled = inverse[[column, column]];
            let genes = coefficients.row(column).into_iter().enumerate();
            genes
                .map(|(gene, b)| b / (posterior(gene) * unscaled).sqrt())
                .collect()
        })
        .collect();
    let p = |(gene, &t): (usize, &f64)| match (df + prior.df[gene]).min(pooled) {
        total if total.is_finite() => log10_p_student(t, total),
        _ => log10_p_normal(t),
    };
    let log10_pvals = t.iter().map(|row| row.iter().enumerate().map(p).collect());
    Ok(Fit {
        coefficients: coefficients.outer_iter().map(|row| row.to_vec()).collect(),
        log10_pvals: log10_pvals.collect(),
        t,
        means,
        prior,
    })
}

/// (XᵀX)⁻¹ by Gauss and Jordan; a column that the others explain to 1e-10 is confounded.
fn inverse_of_gram(design: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
    let n = design.ncols();
    let mut gram = product(design.t(), design);
    let scale: Vec<f64> = (0..n).map(|i| gram[[i, i]]).collect();
    let mut inverse = Array2::eye(n);
    for column in 0..n {
        let pivot = gram[[column, column]];
        if pivot.abs() <= 1e-10 * scale[column].max(f64::MIN_POSITIVE) {
            return Err(ModelError::Confounded { column });
        }
        for j in 0..n {
            gram[[column, j]] /= pivot;
            inverse[[column, j]] /= pivot;
        }
        for row in (0..n).filter(|&row| row != column) {
            let factor = gram[[row, column]];
            for j in 0..n {
                gram[[row, j]] -= factor * gram[[column, j]];
                inverse[[row, j]] -= factor * inverse[[column, j]];
            }
        }
    }
    Ok(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Six samples, 40 genes of unequal variance, of which four differ by 1.5 in the condition.
    fn samples() -> (Array2<f64>, Array2<f64>) {
        let y = Array2::from_shape_fn((6, 40), |(i, j)| {
            let (x, z) = (i as f64, j as f64);
            let noise = (3.7 * x + 1.3 * z * z).sin() * 0.2 * (0.8 * ((j % 7) as f64 - 3.0)).exp();
            5.0 + noise + if i >= 3 && j < 4 { 1.5 } else { 0.0 }
        });
        let design = Array2::from_shape_fn((6, 3), |(i, j)| match j {
            0 => 1.0,
            1 => f64::from(u8::from(i >= 3)),
            _ => (i % 3) as f64,
        });
        (y, design)
    }

    #[test]
    fn as_numpy_has_it() {
        // The formulae of Smyth 2004 in numpy and scipy: lstsq, digamma, brentq, t.logsf.
        let (y, design) = samples();
        let fit = moderated(y.view(), design.view(), PriorParams::default()).unwrap();
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9 * b.abs(), "{a}, not {b}");
        close(fit.prior.df[0], 0.692_303_517_438_254_8);
        close(fit.prior.variance[0], 0.005_893_410_321_876_907);
        let expected = [
            (
                1.494_450_159_297_622_7,
                50.970_405_044_970_49,
                -5.668_339_166_075_102,
            ),
            (
                1.494_594_489_980_407_6,
                37.702_423_772_747_004,
                -5.185_612_352_591_417,
            ),
            (
                1.491_409_375_708_959,
                21.089_081_259_797_325,
                -4.257_752_015_826_441_5,
            ),
        ];
        for (gene, (b, t, p)) in expected.into_iter().enumerate() {
            close(fit.coefficients[1][gene], b);
            close(fit.t[1][gene], t);
            close(fit.log10_pvals[1][gene], p);
        }
    }

    #[test]
    fn equal_variances_are_pooled() {
        let (y, design) = samples();
        let fit = y.select(Axis(1), &[0, 0, 0, 0]);
        let fit = moderated(fit.view(), design.view(), PriorParams::default()).unwrap();
        assert!(fit.prior.df[0].is_infinite() && fit.log10_pvals[1][0].is_finite());
    }

    #[test]
    fn designs_that_cannot_be_fitted() {
        let (y, mut design) = samples();
        design
            .column_mut(2)
            .assign(&array![1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        let params = PriorParams::default();
        let confounded = moderated(y.view(), design.view(), params);
        assert_eq!(confounded, Err(ModelError::Confounded { column: 2 }));
        let few = moderated(
            y.select(Axis(0), &[0, 3, 5]).view(),
            design.select(Axis(0), &[0, 3, 5]).view(),
            params,
        );
        assert!(matches!(
            few,
            Err(ModelError::TooFewSamples {
                samples: 3,
                columns: 3
            })
        ));
    }

    #[test]
    fn counts_per_million_and_genes_worth_testing() {
        let counts = array![[30.0, 0.0, 999_970.0], [60.0, 2.0, 999_938.0]];
        let sizes = [1e6, 1e6];
        let logs = log2_cpm(counts.view(), &sizes, 2.0);
        assert!((logs[[0, 1]] - (2.0f64 / 1_000_004.0 * 1e6).log2()).abs() < 1e-12);
        let design = array![[1.0], [1.0]];
        let keep = worth_testing(counts.view(), &sizes, design.view(), 10.0).unwrap();
        assert_eq!(keep, [true, false, true]);
    }
}

//! Sizes of samples of RNA by the trimmed mean of M-values: Robinson & Oshlack, Genome Biology
//! 11:R25 (2010), with the trims, weights and choice of the reference of edgeR.
//!
//! A few genes that take much of one sample make all others look lower there. So each sample is
//! compared with a reference gene by gene; log ratios and mean levels at either end are left out,
//! and the mean of the rest, weighted by its precision, says how much the total misleads.

use crate::kernels::stats::quantile::mean_ranks;
use crate::math;
use ndarray::{ArrayView1, ArrayView2};

/// Share of the genes left out at either end, by log ratio and by mean level.
const TRIM_RATIO: f64 = 0.3;
const TRIM_LEVEL: f64 = 0.05;
/// Log ratios that are not different from 0.
const SAME: f64 = 1e-6;
/// An upper quartile of shares below which most genes are zero.
const NOTHING: f64 = 1e-20;

/// The factor by which each total in `sizes` is multiplied to be comparable, of `counts` (samples ×
/// genes). Their geometric mean is 1; all are 1 for a single sample, or where no gene is shared.
pub fn factors(counts: ArrayView2<'_, f64>, sizes: &[f64]) -> Vec<f64> {
    let seen: Vec<usize> = (0..counts.ncols())
        .filter(|&gene| counts.column(gene).iter().any(|&x| x > 0.0))
        .collect();
    if counts.nrows() < 2 || seen.is_empty() {
        return vec![1.0; counts.nrows()];
    }
    let counts = counts.select(ndarray::Axis(1), &seen);
    let reference = reference(counts.view(), sizes);
    let logs: Vec<f64> = (0..counts.nrows())
        .map(|sample| {
            let (ours, theirs) = (counts.row(sample), counts.row(reference));
            log2_factor(ours, theirs, sizes[sample], sizes[reference])
        })
        .collect();
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    logs.iter().map(|log| math::exp2(log - mean)).collect()
}

/// The sample whose upper quartile, as a share of its size, is nearest to the mean of all.
fn reference(counts: ArrayView2<'_, f64>, sizes: &[f64]) -> usize {
    let samples = counts.rows().into_iter().zip(sizes);
    let upper: Vec<f64> = samples.map(|(row, size)| quartile(row) / size).collect();
    let mut sorted = upper.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let median = (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0;
    // The least, and the first of several.
    let least = |far: Vec<f64>| {
        let places = far.iter().enumerate();
        let best = places.min_by(|a, b| a.1.total_cmp(b.1));
        best.map_or(0, |(sample, _)| sample)
    };
    if median < NOTHING {
        let roots = |row: ArrayView1<f64>| -row.iter().map(|x| x.sqrt()).sum::<f64>();
        return least(counts.rows().into_iter().map(roots).collect());
    }
    let mean = upper.iter().sum::<f64>() / upper.len() as f64;
    least(upper.iter().map(|share| (share - mean).abs()).collect())
}

/// The upper quartile, linear between its neighbors.
fn quartile(row: ArrayView1<'_, f64>) -> f64 {
    let mut sorted = row.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = 0.75 * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// log₂ of a sample's factor against the reference.
fn log2_factor(
    ours: ArrayView1<'_, f64>,
    theirs: ArrayView1<'_, f64>,
    size: f64,
    reference_size: f64,
) -> f64 {
    let (mut ratios, mut levels, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for (&x, &y) in ours.iter().zip(theirs) {
        if x > 0.0 && y > 0.0 {
            let (p, q) = (x / size, y / reference_size);
            ratios.push(math::log2(p / q));
            levels.push((math::log2(p) + math::log2(q)) / 2.0);
            // The delta method's variance of the log ratio.
            weights.push(1.0 / ((1.0 - p) / x + (1.0 - q) / y));
        }
    }
    if ratios.iter().all(|ratio| ratio.abs() < SAME) {
        return 0.0;
    }
    let within = |values: &[f64], trim: f64| {
        let low = (values.len() as f64 * trim).floor() + 1.0;
        let high = values.len() as f64 + 1.0 - low;
        let inside = move |rank: f64| rank >= low && rank <= high;
        mean_ranks(values)
            .into_iter()
            .map(inside)
            .collect::<Vec<bool>>()
    };
    let (by_ratio, by_level) = (within(&ratios, TRIM_RATIO), within(&levels, TRIM_LEVEL));
    let (mut sum, mut total) = (0.0, 0.0);
    for gene in (0..ratios.len()).filter(|&gene| by_ratio[gene] && by_level[gene]) {
        sum += weights[gene] * ratios[gene];
        total += weights[gene];
    }
    if total > 0.0 { sum / total } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    /// The counts of tests/python/tmm.py: one sample deeper, one with six genes that dominate it,
    /// one that lacks every fifth gene, and a gene that no sample has.
    fn made_up() -> Array2<f64> {
        Array2::from_shape_fn((4, 60), |(sample, gene)| {
            let g = gene as f64;
            let wave = 1.0 + 0.3 * (5.1 * g * (sample as f64 + 1.0)).sin();
            let x = (40.0 * (2.0 * (0.7 * g).sin()).exp() * wave).floor();
            match (sample, gene) {
                (_, 7) => 0.0,
                (1, _) => (x * 2.5).floor(),
                (2, gene) if gene < 6 => x * 30.0,
                (3, gene) if gene % 5 == 0 => 0.0,
                _ => x,
            }
        })
    }

    const SIZES: [f64; 4] = [5670.0, 14160.0, 28653.0, 4564.0];
    const FACTORS: [f64; 4] = [
        1.373_184_525_728_457_2,
        1.361_495_161_837_509_7,
        0.289_814_559_026_192_96,
        1.845_588_171_498_399_7,
    ];

    fn sizes(counts: &Array2<f64>) -> Vec<f64> {
        counts.sum_axis(ndarray::Axis(1)).to_vec()
    }

    #[test]
    fn factors_are_those_of_the_script() {
        let counts = made_up();
        assert_eq!(sizes(&counts), SIZES);
        for (a, b) in factors(counts.view(), &sizes(&counts)).iter().zip(FACTORS) {
            assert!((a / b - 1.0).abs() < 1e-12, "{a}, not {b}");
        }
    }

    #[test]
    fn depth_alone_makes_no_difference() {
        let counts = array![[10.0, 20.0, 70.0], [1000.0, 2000.0, 7000.0]];
        assert_eq!(factors(counts.view(), &sizes(&counts)), [1.0, 1.0]);
    }

    #[test]
    fn little_to_compare() {
        assert_eq!(factors(array![[5.0, 2.0]].view(), &[7.0]), [1.0]);
        let apart = array![[5.0, 0.0], [0.0, 3.0]];
        assert_eq!(factors(apart.view(), &[5.0, 3.0]), [1.0, 1.0]);
        let none = Array2::zeros((3, 4));
        assert_eq!(factors(none.view(), &[1.0; 3]), [1.0; 3]);
    }
}

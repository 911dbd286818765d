//! Highly variable genes by normalized dispersion: genes are binned by their mean, and each
//! dispersion (variance ÷ mean) is compared with those of its bin.
//!
//! `seurat`: Satija et al., Nature Biotechnology 2015; `cell_ranger`: Zheng et al., Nature
//! Communications 2017. Edge rules of bins, ties and missing values are those of scanpy.

use crate::math;
use std::cmp::Ordering;

use crate::kernels::stats::quantile::{
    descending_nan_last, median, median_absolute_deviation, percentile_of_sorted,
};
use crate::kernels::stats::sums::GeneSums;

/// The third quartile of the normal distribution: turns a median absolute deviation into a
/// standard deviation.
const NORMAL_QUARTILE: f64 = 0.674_489_750_196_081_7;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flavor {
    /// Moments of the values before the logarithm ([`crate::kernels::stats::sums::Of::Expm1`]); equal
    /// bins of the log mean; mean and standard deviation within a bin.
    #[default]
    Seurat,
    /// Moments of the values as they are; bins between percentiles of the mean; median and
    /// median absolute deviation within a bin.
    CellRanger,
}

/// Bounds, all exclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cutoffs {
    pub min_mean: f64,
    pub max_mean: f64,
    pub min_disp: f64,
    pub max_disp: f64,
}

impl Default for Cutoffs {
    fn default() -> Self {
        Self {
            min_mean: 0.0125,
            max_mean: 3.0,
            min_disp: 0.5,
            max_disp: f64::INFINITY,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Select {
    Cutoffs(Cutoffs),
    /// The genes whose normalized dispersion is at least the n-th largest.
    Top(usize),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DispersionParams {
    pub flavor: Flavor,
    pub select: Select,
    /// For [`Flavor::Seurat`]; the other has 20.
    pub n_bins: usize,
}

impl Default for DispersionParams {
    fn default() -> Self {
        Self {
            flavor: Flavor::Seurat,
            select: Select::Cutoffs(Cutoffs::default()),
            n_bins: 20,
        }
    }
}

/// One entry per gene.
#[derive(Debug, Clone, PartialEq)]
pub struct Dispersions {
    /// ln(1 + mean) for [`Flavor::Seurat`].
    pub means: Vec<f64>,
    /// ln(dispersion) for [`Flavor::Seurat`]; NaN where nothing varies.
    pub dispersions: Vec<f64>,
    pub dispersions_norm: Vec<f64>,
    pub highly_variable: Vec<bool>,
    /// In how many batches the gene was selected.
    pub n_batches: Vec<u32>,
    /// Selected in all batches.
    pub intersection: Vec<bool>,
    /// In any batch.
    pub varies: Vec<bool>,
}

/// Highly variable genes over all cells as one batch.
pub fn select(sums: &GeneSums, params: &DispersionParams) -> Dispersions {
    let (mut means, variances) = (sums.means(), sums.variances());
    let varies: Vec<bool> = variances.iter().map(|&variance| variance > 0.0).collect();
    let mut dispersions: Vec<f64> = Vec::with_capacity(means.len());
    for (mean, variance) in means.iter_mut().zip(variances) {
        if *mean == 0.0 {
            *mean = 1e-12;
        }
        dispersions.push(variance / *mean);
    }
    if params.flavor == Flavor::Seurat {
        means.iter_mut().for_each(|mean| *mean = math::ln_1p(*mean));
        let log = |d: f64| if d == 0.0 { f64::NAN } else { math::ln(d) };
        dispersions.iter_mut().for_each(|d| *d = log(*d));
    }
    let bins = bin(&means, &edges(&means, params));
    let dispersions_norm = normalize(&dispersions, &bins, params.flavor);
    // By medians, a gene that does not vary may exceed one that does.
    let of_varying = dispersions_norm.iter().zip(&varies);
    let of_varying = of_varying.map(|(&d, &varies)| if varies { d } else { f64::NAN });
    let of_varying: Vec<f64> = of_varying.collect();
    let highly_variable = match params.select {
        Select::Top(n) => top(&of_varying, n),
        Select::Cutoffs(cutoffs) => within(&means, &of_varying, cutoffs),
    };
    Dispersions {
        varies,
        n_batches: highly_variable.iter().map(|&v| u32::from(v)).collect(),
        intersection: highly_variable.clone(),
        means,
        dispersions,
        dispersions_norm,
        highly_variable,
    }
}

/// Highly variable genes per batch, then merged: means over the batches, and selection by the
/// number of batches first. `name_rank[gene]`, if given, is the gene's place among the sorted
/// gene names, which settles ties; else its position does.
pub fn select_by_batch(
    batches: &[GeneSums],
    params: &DispersionParams,
    name_rank: Option<&[u32]>,
) -> Dispersions {
    let each: Vec<Dispersions> = batches
        .iter()
        .map(|b| select_expressed(b, params))
        .collect();
    let n_genes = batches.first().map_or(0, |b| b.sum.len());
    let mean_of = |column: fn(&Dispersions) -> &Vec<f64>| -> Vec<f64> {
        let mean = |gene| mean_of_numbers(each.iter().map(|batch| column(batch)[gene]));
        (0..n_genes).map(mean).collect()
    };
    let selected_in = |gene| each.iter().filter(|b| b.highly_variable[gene]).count() as u32;
    let n_batches: Vec<u32> = (0..n_genes).map(selected_in).collect();
    let means = mean_of(|b| &b.means);
    let dispersions_norm = mean_of(|b| &b.dispersions_norm);
    let varies_in_any = |gene: usize| each.iter().any(|batch| batch.varies[gene]);
    let varies: Vec<bool> = (0..n_genes).map(varies_in_any).collect();
    let highly_variable = match params.select {
        Select::Cutoffs(cutoffs) => within(&means, &dispersions_norm, cutoffs),
        Select::Top(n) => first(n, &varies, |&a: &usize, &b: &usize| {
            let name = |gene: usize| name_rank.map_or(gene as u32, |rank| rank[gene]);
            n_batches[b]
                .cmp(&n_batches[a])
                .then_with(|| descending_nan_last(dispersions_norm[a], dispersions_norm[b]))
                .then_with(|| name(a).cmp(&name(b)))
        }),
    };
    Dispersions {
        intersection: n_batches
            .iter()
            .map(|&n| n as usize == each.len())
            .collect(),
        dispersions: mean_of(|b| &b.dispersions),
        means,
        dispersions_norm,
        highly_variable,
        n_batches,
        varies,
    }
}

/// The same without the genes that no cell of the batch expresses, which get zeros.
pub fn select_expressed(batch: &GeneSums, params: &DispersionParams) -> Dispersions {
    let n_genes = batch.sum.len();
    let expressed: Vec<usize> = (0..n_genes).filter(|&g| batch.n_nonzero[g] > 0).collect();
    let pick = |column: &[f64]| expressed.iter().map(|&gene| column[gene]).collect();
    let found = select(
        &GeneSums {
            n_cells: batch.n_cells,
            sum: pick(&batch.sum),
            squares: pick(&batch.squares),
            deviations: pick(&batch.deviations),
            n_nonzero: expressed.iter().map(|&g| batch.n_nonzero[g]).collect(),
        },
        params,
    );
    let spread = |column: Vec<f64>| spread(&expressed, column, n_genes);
    Dispersions {
        means: spread(found.means),
        dispersions: spread(found.dispersions),
        dispersions_norm: spread(found.dispersions_norm),
        highly_variable: self::spread(&expressed, found.highly_variable, n_genes),
        n_batches: self::spread(&expressed, found.n_batches, n_genes),
        intersection: self::spread(&expressed, found.intersection, n_genes),
        varies: self::spread(&expressed, found.varies, n_genes),
    }
}

fn spread<T: Default + Clone>(places: &[usize], values: Vec<T>, n: usize) -> Vec<T> {
    let mut all = vec![T::default(); n];
    for (&place, value) in places.iter().zip(values) {
        all[place] = value;
    }
    all
}

fn mean_of_numbers(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for x in values.filter(|x| !x.is_nan()) {
        sum += x;
        n += 1.0;
    }
    sum / n
}

/// Flags the first `n` genes, in an order, of those that vary.
fn first(n: usize, varies: &[bool], order: impl Fn(&usize, &usize) -> Ordering) -> Vec<bool> {
    let mut sorted: Vec<usize> = (0..varies.len()).filter(|&gene| varies[gene]).collect();
    sorted.sort_by(order);
    let mut flags = vec![false; varies.len()];
    sorted.iter().take(n).for_each(|&gene| flags[gene] = true);
    flags
}

/// Ascending bin edges; a bin is open below and closed above.
fn edges(means: &[f64], params: &DispersionParams) -> Vec<f64> {
    match params.flavor {
        Flavor::Seurat => equal_edges(means, params.n_bins),
        Flavor::CellRanger => percentile_edges(means),
    }
}

/// The lowest edge is a thousandth of the range below the smallest mean, which belongs to the
/// first bin.
fn equal_edges(means: &[f64], n_bins: usize) -> Vec<f64> {
    let numbers = || means.iter().copied().filter(|m| !m.is_nan());
    let mut low = numbers().fold(f64::INFINITY, f64::min);
    let mut high = numbers().fold(f64::NEG_INFINITY, f64::max);
    let equal = low == high;
    if equal {
        let margin = if low == 0.0 { 0.001 } else { 0.001 * low.abs() };
        (low, high) = (low - margin, high + margin);
    }
    let step = (high - low) / n_bins as f64;
    let mut edges: Vec<f64> = (0..=n_bins).map(|i| low + i as f64 * step).collect();
    edges[n_bins] = high;
    if !equal {
        edges[0] -= 0.001 * (high - low);
    }
    edges
}

/// The 10th, 15th … 100th percentile. Equal ones, found where many genes are hardly
/// expressed, make one bin of what would be several.
fn percentile_edges(means: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = means.iter().copied().filter(|m| !m.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let percentiles = (2..=20).map(|i| percentile_of_sorted(&sorted, f64::from(5 * i)));
    let mut edges = vec![f64::NEG_INFINITY];
    edges.extend(percentiles);
    edges.push(f64::INFINITY);
    edges.dedup();
    edges
}

/// The bin of each mean; `None` outside of all.
fn bin(means: &[f64], edges: &[f64]) -> Vec<Option<usize>> {
    let bin = |&mean: &f64| {
        let above = edges.partition_point(|&edge| edge < mean);
        let inside = (1..edges.len()).contains(&above) && !mean.is_nan();
        inside.then(|| above - 1)
    };
    means.iter().map(bin).collect()
}

fn normalize(dispersions: &[f64], bins: &[Option<usize>], flavor: Flavor) -> Vec<f64> {
    let n_bins = bins.iter().flatten().max().map_or(0, |&last| last + 1);
    let mut members = vec![Vec::new(); n_bins];
    for (&d, bin) in dispersions.iter().zip(bins) {
        if let (Some(bin), false) = (bin, d.is_nan()) {
            members[*bin].push(d);
        }
    }
    let spread = match flavor {
        Flavor::Seurat => mean_and_deviation,
        Flavor::CellRanger => median_and_deviation,
    };
    let spreads: Vec<(f64, f64)> = members.iter().map(|m| spread(m)).collect();
    let normalized = |(&d, bin): (&f64, &Option<usize>)| match bin {
        Some(bin) => (d - spreads[*bin].0) / spreads[*bin].1,
        None => f64::NAN,
    };
    dispersions.iter().zip(bins).map(normalized).collect()
}

/// A gene alone in its bin gets the normalized dispersion 1.
fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return (0.0, mean);
    }
    let squares: f64 = values.iter().map(|d| (d - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

fn median_and_deviation(values: &[f64]) -> (f64, f64) {
    let center = median(values.to_vec()).unwrap_or(f64::NAN);
    let deviation = median_absolute_deviation(values).unwrap_or(f64::NAN);
    (center, deviation / NORMAL_QUARTILE)
}

/// All genes at or above the n-th largest normalized dispersion.
fn top(normalized: &[f64], n: usize) -> Vec<bool> {
    let mut sorted: Vec<f64> = normalized.iter().copied().filter(|d| !d.is_nan()).collect();
    sorted.sort_by(|a, b| descending_nan_last(*a, *b));
    let Some(&least) = sorted.get(n.min(sorted.len()).wrapping_sub(1)) else {
        return vec![false; normalized.len()];
    };
    normalized.iter().map(|&d| d >= least).collect()
}

fn within(means: &[f64], normalized: &[f64], c: Cutoffs) -> Vec<bool> {
    let inside = |(&mean, &d): (&f64, &f64)| {
        let d = if d.is_nan() { 0.0 } else { d.min(f64::MAX) };
        mean > c.min_mean && mean < c.max_mean && d > c.min_disp && d < c.max_disp
    };
    means.iter().zip(normalized).map(inside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(means: &[f64], variances: &[f64]) -> GeneSums {
        let n = 5.0;
        GeneSums {
            n_cells: 5,
            sum: means.iter().map(|m| m * n).collect(),
            squares: vec![0.0; means.len()],
            deviations: variances.iter().map(|v| v * (n - 1.0)).collect(),
            n_nonzero: means.iter().map(|&m| u32::from(m > 0.0)).collect(),
        }
    }

    #[test]
    fn bins_are_closed_above() {
        let edges = equal_edges(&[0.0, 10.0], 2);
        assert_eq!(edges, [-0.01, 5.0, 10.0]);
        let bins = bin(&[0.0, 5.0, 5.1, 10.0, 10.1, f64::NAN], &edges);
        assert_eq!(bins, [Some(0), Some(0), Some(1), Some(1), None, None]);
        assert_eq!(equal_edges(&[0.0, 0.0], 2), [-0.001, 0.0, 0.001]);
    }

    #[test]
    fn a_gene_alone_in_its_bin_is_one() {
        let params = DispersionParams::default();
        let found = select(
            &sums(&[1.0, 1.0, 9.0, 0.0], &[1.0, 2.0, 30.0, 0.0]),
            &params,
        );
        assert_eq!(found.dispersions_norm[2], 1.0);
        // Two in a bin are at ±1/√2.
        let half = 0.5f64.sqrt();
        assert!((found.dispersions_norm[0] + half).abs() < 1e-12);
        assert!((found.dispersions_norm[1] - half).abs() < 1e-12);
        assert!(found.dispersions[3].is_nan() && !found.highly_variable[3]);
        assert_eq!(found.highly_variable, [false, true, true, false]);
    }

    #[test]
    fn ties_at_the_threshold_are_all_kept() {
        let flags = top(&[3.0, f64::NAN, 2.0, 2.0, 1.0], 2);
        assert_eq!(flags, [true, false, true, true, false]);
        assert_eq!(top(&[1.0, f64::NAN], 9), [true, false]);
        assert_eq!(top(&[f64::NAN], 1), [false]);
        assert_eq!(top(&[1.0], 0), [false]);
    }

    #[test]
    fn cell_ranger_uses_medians() {
        let means: Vec<f64> = (1..=40).map(f64::from).collect();
        let variances: Vec<f64> = means.iter().map(|m| m * m).collect();
        let params = DispersionParams {
            flavor: Flavor::CellRanger,
            select: Select::Top(5),
            n_bins: 20,
        };
        let found = select(&sums(&means, &variances), &params);
        // numpy: percentile(means, 10) = 4.9, so genes 1 to 4 share a bin of dispersions 1 to 4.
        let mad = 1.0 / NORMAL_QUARTILE;
        assert!((found.dispersions_norm[0] + 1.5 / mad).abs() < 1e-12);
        assert_eq!(percentile_edges(&[0.0; 9]).len(), 3);
    }

    #[test]
    fn batches_are_merged_by_count_then_dispersion_then_name() {
        let a = sums(&[1.0, 1.0, 2.0, 0.0, 5.0], &[1.0, 3.0, 6.0, 0.0, 9.0]);
        let b = sums(&[1.0, 1.0, 0.0, 0.0, 5.0], &[1.0, 3.0, 0.0, 0.0, 9.0]);
        let params = DispersionParams {
            select: Select::Top(2),
            ..Default::default()
        };
        let merged = select_by_batch(&[a, b], &params, None);
        assert_eq!(merged.n_batches, [0, 1, 1, 0, 2]);
        assert!(merged.intersection[4] && !merged.intersection[2]);
        assert_eq!(merged.means[2], 2f64.ln_1p() / 2.0);
        // Gene 1 has (1/√2 + 1/√2)/2, gene 2 has (1 + 0)/2.
        assert_eq!(merged.highly_variable, [false, true, false, false, true]);
    }

    #[test]
    fn genes_that_do_not_vary_are_not_selected() {
        for flavor in [Flavor::Seurat, Flavor::CellRanger] {
            let params = DispersionParams {
                flavor,
                select: Select::Top(5),
                n_bins: 20,
            };
            let batch = || sums(&[1.0, 1.0, 2.0, 0.0, 5.0], &[1.0, 3.0, 0.0, 0.0, 9.0]);
            let expected = [true, true, false, false, true];
            let one = select(&batch(), &params);
            assert!(!one.highly_variable[2] && !one.highly_variable[3]);
            let merged = select_by_batch(&[batch(), batch()], &params, None);
            assert_eq!(merged.highly_variable, expected);
        }
    }

    #[test]
    fn nothing_in_nothing_out() {
        let found = select(&sums(&[], &[]), &DispersionParams::default());
        assert!(found.highly_variable.is_empty());
        assert!(
            select_by_batch(&[], &DispersionParams::default(), None)
                .means
                .is_empty()
        );
    }
}

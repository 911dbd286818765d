//! Doublet scores: how many of a cell's neighbors are simulated doublets. Wolock, Lopez &
//! Klein, Cell Systems 2019. The pairs are drawn as scanpy draws them, so they are the same ones.
//!
//! A point is no neighbor of its own. scanpy 1.11 counts a simulated doublet among its own
//! neighbors, unless two points coincide so that one comes before the other (the doublet of a
//! cell with itself does): simulated scores, and the threshold between their modes, then lie one
//! neighbor lower. Logarithms are taken of counts here, of observed and simulated cells alike;
//! scanpy takes those of observed cells after scaling them to the median total.
//!
//! [`variable_genes`] chooses what cells are compared by; [`doublets`] does the rest, in the
//! counts of those genes.

mod embed;

pub use embed::{Doublets, Error, doublets, variable_genes};

use crate::kernels::graph::knn::Metric;
use crate::kernels::random::generators::Mt19937;
use crate::kernels::ticker::{Stopped, Ticker};
use crate::kernels::{Rows, RowsView};
use crate::math;

/// Cells whose values are worked on at once.
const AT_ONCE: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScrubletParams {
    /// Simulated doublets per observed cell.
    pub sim_doublet_ratio: f64,
    pub expected_doublet_rate: f64,
    pub stdev_doublet_rate: f64,
    /// `None`: half the square root of the number of observed cells.
    pub n_neighbors: Option<usize>,
    /// Part of a doublet's molecules that is kept.
    pub umi_subsampling: f64,
    /// Take logarithms before the cells are scaled to a common total.
    pub log_transform: bool,
    /// Take each gene's mean away before components are found.
    pub mean_center: bool,
    /// Scale genes to unit variance before components are found.
    pub normalize_variance: bool,
    /// Fewer where there are fewer cells or genes.
    pub n_components: usize,
    pub metric: Metric,
    pub seed: u32,
}

impl Default for ScrubletParams {
    fn default() -> Self {
        Self {
            sim_doublet_ratio: 2.0,
            expected_doublet_rate: 0.05,
            stdev_doublet_rate: 0.02,
            n_neighbors: None,
            umi_subsampling: 1.0,
            log_transform: false,
            mean_center: true,
            normalize_variance: true,
            n_components: 30,
            metric: Metric::Euclidean,
            seed: 0,
        }
    }
}

/// The pairs of observed cells that are simulated as doublets; a cell can be paired with itself.
pub fn parents(n_observed: usize, params: &ScrubletParams) -> Vec<(u32, u32)> {
    let n = n_observed as u64;
    let n_simulated = (n_observed as f64 * params.sim_doublet_ratio) as usize;
    let drawn = Mt19937::new(params.seed).sample_without_replacement(n * n, n_simulated);
    drawn
        .into_iter()
        .map(|pair| ((pair / n) as u32, (pair % n) as u32))
        .collect()
}

/// The summed counts of each pair of rows.
pub fn simulate(
    counts: RowsView<'_>,
    parents: &[(u32, u32)],
    ticker: &Ticker,
) -> Result<Rows, Stopped> {
    let row = |i: u32| {
        let place = counts.indptr().outer_inds_sz(i as usize);
        (&counts.indices()[place.clone()], &counts.data()[place])
    };
    let mut indptr = vec![0];
    let (mut genes, mut values) = (Vec::new(), Vec::new());
    for (n, &(a, b)) in parents.iter().enumerate() {
        if n % AT_ONCE == 0 {
            ticker.check()?;
        }
        let ((a_genes, a), (b_genes, b)) = (row(a), row(b));
        let (mut i, mut j) = (0, 0);
        while i < a.len() || j < b.len() {
            let next = |genes: &[u32], at: usize| genes.get(at).copied().unwrap_or(u32::MAX);
            let gene = next(a_genes, i).min(next(b_genes, j));
            let mut sum = 0.0;
            if next(a_genes, i) == gene {
                sum += a[i];
                i += 1;
            }
            if next(b_genes, j) == gene {
                sum += b[j];
                j += 1;
            }
            genes.push(gene);
            values.push(sum);
        }
        indptr.push(genes.len());
    }
    let shape = (parents.len(), counts.cols());
    Ok(Rows::new(shape, indptr, genes, values))
}

/// How many neighbors to look at among observed and simulated cells together, the cell itself
/// included.
pub fn n_neighbors(n_observed: usize, n_simulated: usize, params: &ScrubletParams) -> usize {
    let n = n_observed as f64;
    let k = params
        .n_neighbors
        .map_or_else(|| (0.5 * n.sqrt()).round_ties_even(), |k| k as f64);
    (k * (1.0 + n_simulated as f64 / n)).round_ties_even() as usize
}

/// A score and its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoubletScore {
    pub score: f64,
    pub error: f64,
}

/// The score of a cell of whose `k` neighbors `n_simulated_neighbors` are simulated; `ratio`:
/// simulated ÷ observed cells.
pub fn score(
    n_simulated_neighbors: usize,
    k: usize,
    ratio: f64,
    params: &ScrubletParams,
) -> DoubletScore {
    let (rho, se_rho) = (params.expected_doublet_rate, params.stdev_doublet_rate);
    let k = k as f64;
    let q = (n_simulated_neighbors as f64 + 1.0) / (k + 2.0);
    let se_q = (q * (1.0 - q) / (k + 3.0)).sqrt();
    let divisor = 1.0 - rho - q * (1.0 - rho - rho / ratio);
    let spread = math::hypot(se_q / q * (1.0 - rho), se_rho / rho * (1.0 - q));
    DoubletScore {
        score: q * rho / ratio / divisor,
        error: q * rho / ratio / (divisor * divisor) * spread,
    }
}

const BINS: usize = 256;
const MOST_SMOOTHINGS: usize = 10_000;

/// The lowest point between the two modes of the scores of simulated doublets: their histogram
/// is smoothed until no more than two modes are left. `None` if there are not two.
/// Prewitt & Mendelsohn, Annals of the New York Academy of Sciences 1966.
pub fn threshold(simulated_scores: &[f64]) -> Option<f64> {
    let (mut histogram, centers) = histogram(simulated_scores)?;
    for _ in 0..MOST_SMOOTHINGS {
        histogram = smoothed(&histogram);
        let modes = modes(&histogram);
        match modes[..] {
            [first, second] => {
                let between = first..=second;
                let lower = |a: &usize, b: &usize| histogram[*a].total_cmp(&histogram[*b]);
                return between.min_by(lower).map(|bin| centers[bin]);
            }
            [] | [_] => return None,
            _ => {}
        }
    }
    None
}

fn histogram(values: &[f64]) -> Option<(Vec<f32>, Vec<f64>)> {
    let low = values.iter().copied().reduce(f64::min)?;
    let high = values.iter().copied().reduce(f64::max)?;
    let (low, high) = if low == high {
        (low - 0.5, high + 0.5)
    } else {
        (low, high)
    };
    let width = (high - low) / BINS as f64;
    let edge = |i: usize| {
        if i == BINS {
            high
        } else {
            low + i as f64 * width
        }
    };
    let mut counts = vec![0f32; BINS];
    for &x in values.iter().filter(|x| x.is_finite()) {
        let mut bin = (((x - low) / (high - low) * BINS as f64) as usize).min(BINS - 1);
        // Rounding may have led to the neighbor.
        if x < edge(bin) {
            bin -= 1;
        } else if bin + 1 < BINS && x >= edge(bin + 1) {
            bin += 1;
        }
        counts[bin] += 1.0;
    }
    Some((
        counts,
        (0..BINS).map(|i| 0.5 * (edge(i) + edge(i + 1))).collect(),
    ))
}

/// Means of three neighbors, the ends counting twice; a running sum, rounded to f32.
fn smoothed(histogram: &[f32]) -> Vec<f32> {
    let last = histogram.len() - 1;
    let at = |i: usize| f64::from(histogram[i.clamp(1, last + 1) - 1]);
    let mut sum = at(0) + at(1) + at(2);
    let mut smooth = vec![(sum / 3.0) as f32];
    for i in 1..=last {
        sum += at(i + 2) - at(i - 1);
        smooth.push((sum / 3.0) as f32);
    }
    smooth
}

/// The last bin of each rise.
fn modes(histogram: &[f32]) -> Vec<usize> {
    let mut modes = Vec::new();
    let mut rising = true;
    for (i, pair) in histogram.windows(2).enumerate() {
        if rising && pair[1] < pair[0] {
            rising = false;
            modes.push(i);
        } else if !rising && pair[1] > pair[0] {
            rising = true;
        }
    }
    modes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_drawn_as_numpy_does() {
        // numpy.stack(numpy.divmod(sample_without_replacement(2700**2, 5400, random_state=0), 2700))
        let pairs = parents(2700, &ScrubletParams::default());
        assert_eq!(pairs.len(), 5400);
        assert_eq!(pairs[..2], [(1666, 1815), (549, 2105)]);
        assert!(parents(0, &ScrubletParams::default()).is_empty());
    }

    #[test]
    fn doublets_are_sums() {
        let counts = Rows::new((3, 3), vec![0, 2, 3, 3], vec![0, 2, 2], vec![1.0, 2.0, 5.0]);
        let doublets = simulate(counts.view(), &[(0, 1), (0, 0), (2, 2)], &Ticker::new());
        let doublets = doublets.unwrap();
        assert_eq!(doublets.proper_indptr().to_vec(), [0, 2, 4, 4]);
        assert_eq!(doublets.indices(), [0, 2, 0, 2]);
        assert_eq!(doublets.data(), [1.0, 7.0, 2.0, 4.0]);
    }

    #[test]
    fn neighbors_round_half_to_even() {
        let params = ScrubletParams::default();
        assert_eq!(n_neighbors(2700, 5400, &params), 78);
        assert_eq!(n_neighbors(25, 50, &params), 6);
    }

    #[test]
    fn the_score_by_hand() {
        // q = 40/80: 0.5·0.05/2 / (0.95 − 0.5·(0.95 − 0.025)).
        let found = score(39, 78, 2.0, &ScrubletParams::default());
        assert!((found.score - 0.0125 / 0.4875).abs() < 1e-15);
        let se_q = (0.25f64 / 81.0).sqrt();
        let spread = ((se_q / 0.5 * 0.95).powi(2) + (0.4f64 * 0.5).powi(2)).sqrt();
        assert!((found.error - 0.0125 / 0.4875f64.powi(2) * spread).abs() < 1e-15);
    }

    #[test]
    fn the_threshold_lies_between_two_modes() {
        let around = |center: f64| {
            (0..400).map(move |i| center + ((i * 37 % 100) as f64 - 50.0).powi(3) / 2e6)
        };
        let scores: Vec<f64> = around(0.2).chain(around(0.7)).collect();
        let found = threshold(&scores).unwrap();
        assert!((0.28..0.62).contains(&found), "{found}");
        assert_eq!(threshold(&[]), None);
        assert_eq!(threshold(&[0.5; 9]), None);
    }
}

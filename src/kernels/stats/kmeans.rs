//! k-means: seeds drawn far apart (Arthur & Vassilvitskii 2007, k-means++), then Lloyd's algorithm.

use ndarray::{Array2, ArrayView2, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::kernels::ticker::{Stopped, Ticker};

/// Points of one task; partial sums are added in this order.
const BLOCK: usize = 1024;

#[derive(Debug, Clone, PartialEq)]
pub struct KmeansParams {
    /// At most as many as there are points are made.
    pub clusters: usize,
    pub max_iterations: usize,
    pub seed: u64,
}

impl Default for KmeansParams {
    fn default() -> Self {
        Self {
            clusters: 8,
            max_iterations: 25,
            seed: 0,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Kmeans {
    /// Clusters × dimensions.
    pub centers: Array2<f32>,
    /// The nearest center of each point, of equals the first.
    pub labels: Vec<u32>,
}

/// Clusters the rows of `points`.
pub fn kmeans(
    points: ArrayView2<'_, f32>,
    params: &KmeansParams,
    ticker: &Ticker,
) -> Result<Kmeans, Stopped> {
    let mut centers = distant_seeds(points, params, ticker)?;
    let mut labels = Vec::new();
    for _ in 0..params.max_iterations.max(1) {
        let before = labels;
        let sums;
        (labels, sums) = assign(points, &centers, ticker)?;
        if labels == before {
            break;
        }
        for (mut center, (sum, count)) in centers.rows_mut().into_iter().zip(&sums) {
            // A center without points stays where it is.
            if *count > 0.0 {
                let means = sum.iter().map(|s| (s / count) as f32);
                center.iter_mut().zip(means).for_each(|(c, mean)| *c = mean);
            }
        }
    }
    Ok(Kmeans { centers, labels })
}

/// Each seed is a point drawn with a chance proportional to its squared distance to the others.
fn distant_seeds(
    points: ArrayView2<'_, f32>,
    params: &KmeansParams,
    ticker: &Ticker,
) -> Result<Array2<f32>, Stopped> {
    let n = points.nrows();
    let mut random = ChaCha8Rng::seed_from_u64(params.seed);
    let mut seeds: Vec<usize> = Vec::new();
    let mut nearest = vec![f32::INFINITY; n];
    while seeds.len() < params.clusters.min(n) {
        ticker.check()?;
        let total: f64 = nearest.iter().map(|&d| f64::from(d)).sum();
        let chosen = if total.is_finite() && total > 0.0 {
            let mut left = random.random::<f64>() * total;
            let passed = nearest.iter().position(|&d| {
                left -= f64::from(d);
                left < 0.0
            });
            passed.unwrap_or(n - 1)
        } else {
            random.random_range(0..n)
        };
        seeds.push(chosen);
        let seed = points.row(chosen);
        nearest.par_iter_mut().enumerate().for_each(|(i, nearest)| {
            let differences = points.row(i).into_iter().zip(seed).map(|(a, b)| a - b);
            *nearest = nearest.min(differences.map(|x| x * x).sum());
        });
    }
    Ok(points.select(Axis(0), &seeds))
}

/// Sum of the points of a cluster, and their number.
type Sum = (Vec<f64>, f64);

/// Labels, and the sums of the clusters.
fn assign(
    points: ArrayView2<'_, f32>,
    centers: &Array2<f32>,
    ticker: &Ticker,
) -> Result<(Vec<u32>, Vec<Sum>), Stopped> {
    let zero = vec![(vec![0.0; points.ncols()], 0.0); centers.nrows()];
    let halves: Vec<f32> = centers
        .rows()
        .into_iter()
        .map(|c| c.dot(&c) / 2.0)
        .collect();
    // Dimensions × clusters: the inner loop below runs over clusters, side by side in memory.
    let transposed = centers.t().as_standard_layout().into_owned();
    let blocks: Vec<(Vec<u32>, Vec<Sum>)> = points
        .axis_chunks_iter(Axis(0), BLOCK)
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|block| {
            ticker.check()?;
            let mut sums = zero.clone();
            let mut labels = Vec::with_capacity(BLOCK);
            let mut scores = vec![0.0; halves.len()];
            for point in block.rows() {
                let label = nearest(point.iter().copied(), &transposed, &halves, &mut scores);
                let (sum, count) = &mut sums[label];
                sum.iter_mut()
                    .zip(point)
                    .for_each(|(s, &x)| *s += f64::from(x));
                *count += 1.0;
                labels.push(label as u32);
            }
            Ok((labels, sums))
        })
        .collect::<Result<_, Stopped>>()?;
    let mut labels = Vec::with_capacity(points.nrows());
    let mut sums = zero;
    for (block_labels, block_sums) in blocks {
        labels.extend(block_labels);
        for (sum, block_sum) in sums.iter_mut().zip(block_sums) {
            sum.0.iter_mut().zip(block_sum.0).for_each(|(a, b)| *a += b);
            sum.1 += block_sum.1;
        }
    }
    Ok((labels, sums))
}

/// The center with the largest x·c − |c|²/2.
fn nearest(
    point: impl Iterator<Item = f32>,
    transposed: &Array2<f32>,
    halves: &[f32],
    scores: &mut [f32],
) -> usize {
    for (score, half) in scores.iter_mut().zip(halves) {
        *score = -half;
    }
    for (x, row) in point.zip(transposed.rows()) {
        for (score, c) in scores.iter_mut().zip(row) {
            *score += x * c;
        }
    }
    let mut best = 0;
    for (cluster, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = cluster;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn run(points: &Array2<f32>, clusters: usize) -> Kmeans {
        let params = KmeansParams {
            clusters,
            ..Default::default()
        };
        kmeans(points.view(), &params, &Ticker::new()).unwrap()
    }

    #[test]
    fn separate_clouds_are_found() {
        let points = Array2::from_shape_fn((3000, 2), |(i, j)| {
            ((i % 3) * 10) as f32 + ((i * 7 + j * 3) % 11) as f32 / 11.0
        });
        let found = run(&points, 3);
        let first = &found.labels[..3];
        assert!(found.labels.chunks(3).all(|labels| labels == first));
        let mut centers: Vec<f32> = found.centers.column(0).to_vec();
        centers.sort_by(f32::total_cmp);
        assert!(
            centers
                .iter()
                .zip([0.45, 10.45, 20.45])
                .all(|(c, x)| (c - x).abs() < 0.1)
        );
    }

    #[test]
    fn threads_change_nothing() {
        let points = Array2::from_shape_fn((5000, 3), |(i, j)| ((i * 31 + j * 17) % 97) as f32);
        let with_threads = |n| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n)
                .build()
                .unwrap();
            pool.install(|| run(&points, 12))
        };
        assert_eq!(with_threads(1), with_threads(4));
    }

    #[test]
    fn few_or_equal_points() {
        assert!(run(&Array2::zeros((0, 2)), 3).labels.is_empty());
        assert_eq!(run(&array![[1.0, 2.0]], 3).centers, array![[1.0, 2.0]]);
        assert_eq!(run(&Array2::ones((4, 2)), 2).labels, [0; 4]);
    }
}

//! Density of points in the plane at the points themselves: Gaussian kernels of one shape (Scott,
//! "Multivariate Density Estimation", 1992: covariance times n^(−1/3)), scaled to run from 0 to 1.
//!
//! In coordinates in which the kernel is round it is the same for every pair. Up to [`FEW`] points
//! all pairs are summed; more are counted on a grid, smoothed along both axes and read off between
//! its nodes, which differs by less than a thousandth.

use crate::kernels::stats::exponential::exp;
use crate::kernels::ticker::{Stopped, Ticker};
use crate::math;
use rayon::prelude::*;

/// Points up to which every pair counts.
pub const FEW: usize = 8192;

/// Grid nodes per bandwidth, and bandwidths that a kernel reaches.
const FINE: f64 = 10.0;
const REACH: f64 = 5.0;

/// Grid nodes along an axis at most.
const MOST_NODES: f64 = 2048.0;

/// Points of one task.
const BLOCK: usize = 64;

/// Densities at the points, 0 at the sparsest and 1 at the densest. Points that all lie in one
/// place, or on a line, are told apart along that line alone; one point has density 1.
pub fn density(points: &[[f64; 2]], ticker: &Ticker) -> Result<Vec<f64>, Stopped> {
    let round = whitened(points);
    let raw = if round.len() <= FEW {
        every_pair(&round, ticker)?
    } else {
        on_grid(&round, ticker)?
    };
    let low = raw.iter().copied().fold(f64::INFINITY, f64::min);
    let high = raw.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let scaled = |x: f64| {
        if high > low {
            (x - low) / (high - low)
        } else {
            1.0
        }
    };
    Ok(raw.into_iter().map(scaled).collect())
}

/// Coordinates in which the kernel has variance 1 in every direction.
fn whitened(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let n = points.len() as f64;
    let mean = [0, 1].map(|axis| points.iter().map(|p| p[axis]).sum::<f64>() / n);
    let product = |a: usize, b: usize| {
        let products = points.iter().map(|p| (p[a] - mean[a]) * (p[b] - mean[b]));
        products.sum::<f64>() / (n - 1.0).max(1.0)
    };
    // Scott's factor, squared: n^(-2/6).
    let scott = math::powf(n, -1.0 / 3.0);
    let (xx, xy, yy) = (
        product(0, 0) * scott,
        product(0, 1) * scott,
        product(1, 1) * scott,
    );
    // Cholesky's factor of the kernel's covariance, inverted.
    let first = xx.sqrt();
    let below = if first > 0.0 { xy / first } else { 0.0 };
    let rest = (yy - below * below).max(0.0).sqrt();
    // What has no extent but for rounding has none.
    let inverse = |x: f64, size: f64| if x > 1e-9 * size { 1.0 / x } else { 0.0 };
    let (by_first, by_rest) = (inverse(first, yy.sqrt()), inverse(rest, yy.sqrt()));
    points
        .iter()
        .map(|p| {
            let x = (p[0] - mean[0]) * by_first;
            [x, (p[1] - mean[1] - below * x) * by_rest]
        })
        .collect()
}

fn every_pair(points: &[[f64; 2]], ticker: &Ticker) -> Result<Vec<f64>, Stopped> {
    let blocks: Vec<Vec<f64>> = points
        .par_chunks(BLOCK)
        .map(|some| {
            ticker.check()?;
            let sums = some.iter().map(|a| {
                let kernel =
                    |b: &[f64; 2]| exp(-0.5 * ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)));
                points.iter().map(kernel).sum()
            });
            Ok(sums.collect())
        })
        .collect::<Result<_, Stopped>>()?;
    Ok(blocks.concat())
}

fn on_grid(points: &[[f64; 2]], ticker: &Ticker) -> Result<Vec<f64>, Stopped> {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for point in points {
        for axis in 0..2 {
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
        }
    }
    let longest = (high[0] - low[0]).max(high[1] - low[1]);
    let step = (1.0 / FINE).max(longest / MOST_NODES);
    let nodes = [0, 1].map(|axis| ((high[axis] - low[axis]) / step).floor() as usize + 2);
    let at = |point: &[f64; 2]| {
        let place = [0, 1].map(|axis| (point[axis] - low[axis]) / step);
        let node = [0, 1].map(|axis| (place[axis].floor() as usize).min(nodes[axis] - 2));
        let share = [0, 1].map(|axis| place[axis] - node[axis] as f64);
        (node[1] * nodes[0] + node[0], share)
    };
    let mut grid = vec![0.0; nodes[0] * nodes[1]];
    for point in points {
        let (node, [x, y]) = at(point);
        grid[node] += (1.0 - x) * (1.0 - y);
        grid[node + 1] += x * (1.0 - y);
        grid[node + nodes[0]] += (1.0 - x) * y;
        grid[node + nodes[0] + 1] += x * y;
    }
    let reach = (REACH / step).ceil() as usize;
    let kernel: Vec<f64> = (0..=reach)
        .map(|i| exp(-0.5 * (i as f64 * step).powi(2)))
        .collect();
    ticker.check()?;
    let grid = smoothed(&grid, nodes[0], &kernel);
    let turned = smoothed(&transposed(&grid, nodes[0]), nodes[1], &kernel);
    ticker.check()?;
    let grid = transposed(&turned, nodes[1]);
    let read = |point: &[f64; 2]| {
        let (node, [x, y]) = at(point);
        let below = grid[node] * (1.0 - x) + grid[node + 1] * x;
        let above = grid[node + nodes[0]] * (1.0 - x) + grid[node + nodes[0] + 1] * x;
        below * (1.0 - y) + above * y
    };
    Ok(points.iter().map(read).collect())
}

/// Every row of `width` convolved with a symmetric kernel.
fn smoothed(grid: &[f64], width: usize, kernel: &[f64]) -> Vec<f64> {
    let row = |row: &[f64]| -> Vec<f64> {
        (0..width)
            .map(|i| {
                let (from, to) = (
                    i.saturating_sub(kernel.len() - 1),
                    (i + kernel.len()).min(width),
                );
                (from..to).map(|j| row[j] * kernel[i.abs_diff(j)]).sum()
            })
            .collect()
    };
    let rows: Vec<Vec<f64>> = grid.par_chunks(width).map(row).collect();
    rows.concat()
}

fn transposed(grid: &[f64], width: usize) -> Vec<f64> {
    let height = grid.len() / width;
    (0..grid.len())
        .map(|i| grid[(i % height) * width + i / height])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::random::splitmix::Stream;

    fn cloud(n: usize) -> Vec<[f64; 2]> {
        (0..n)
            .map(|i| {
                let mut stream = Stream::new(1, 0, i as u64);
                let shift = if i % 3 == 0 { 6.0 } else { 0.0 };
                let x = stream.roughly_normal() + shift;
                [x, 0.5 * x + 0.3 * stream.roughly_normal()]
            })
            .collect()
    }

    #[test]
    fn the_grid_agrees_with_every_pair() {
        let round = whitened(&cloud(3000));
        let exact = every_pair(&round, &Ticker::new()).unwrap();
        let quick = on_grid(&round, &Ticker::new()).unwrap();
        let most = exact.iter().copied().fold(0.0, f64::max);
        for (a, b) in exact.iter().zip(&quick) {
            assert!((a - b).abs() < 5e-3 * most, "{a} {b}");
        }
    }

    #[test]
    fn the_middle_is_dense_and_a_stray_cell_is_not() {
        let mut points: Vec<[f64; 2]> = (0..200)
            .map(|i| {
                let mut stream = Stream::new(5, 0, i);
                [stream.roughly_normal(), stream.roughly_normal()]
            })
            .collect();
        points.extend([[0.0, 0.0], [30.0, -20.0]]);
        let found = density(&points, &Ticker::new()).unwrap();
        assert_eq!(found[201], 0.0);
        assert!(found[200] > 0.8 && found.contains(&1.0), "{}", found[200]);
    }

    #[test]
    fn what_has_no_extent() {
        let of = |points: &[[f64; 2]]| density(points, &Ticker::new()).unwrap();
        assert_eq!(of(&[]), [] as [f64; 0]);
        assert_eq!(of(&[[3.0, 1.0]]), [1.0]);
        assert_eq!(of(&[[2.0, 2.0]; 4]), [1.0; 4]);
        let line = of(&[[0.0, 0.0], [1.0, 2.0], [1.1, 2.2], [1.2, 2.4]]);
        assert!(line.iter().all(|d| d.is_finite()) && line[0] == 0.0);
    }

    #[test]
    fn transposing_twice_is_nothing() {
        let grid: Vec<f64> = (0..6).map(f64::from).collect();
        assert_eq!(transposed(&grid, 3), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(transposed(&transposed(&grid, 3), 2), grid);
    }
}

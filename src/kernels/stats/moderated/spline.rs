//! Least squares on a natural cubic spline: a smooth curve through points, linear beyond its
//! outer knots (Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, 5.2.1).

use crate::kernels::stats::quantile::percentile_of_sorted;

/// A column is dropped if less than this fraction of it is independent of the ones before.
const REDUNDANT: f64 = 1e-7;

/// A fitted curve at its points.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    pub fitted: Vec<f64>,
    /// Sum of squares about it.
    pub squares: f64,
    /// Degrees of freedom it took.
    pub rank: usize,
}

/// The curve with `df` degrees of freedom, at least 2: knots at both ends, and at quantiles of `x`
/// in between.
pub fn natural_spline(x: &[f64], y: &[f64], df: usize) -> Curve {
    let columns = basis(x, df);
    let mut left = y.to_vec();
    let mut orthogonal: Vec<Vec<f64>> = Vec::new();
    for mut column in columns {
        let whole = dot(&column, &column).sqrt();
        // Twice is enough: what the first round leaves by rounding goes in the second.
        for _ in 0..2 {
            for other in &orthogonal {
                subtract(&mut column, other);
            }
        }
        let length = dot(&column, &column).sqrt();
        if length <= REDUNDANT * whole {
            continue;
        }
        column.iter_mut().for_each(|x| *x /= length);
        subtract(&mut left, &column);
        orthogonal.push(column);
    }
    Curve {
        fitted: y.iter().zip(&left).map(|(y, left)| y - left).collect(),
        squares: dot(&left, &left),
        rank: orthogonal.len(),
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Takes away the part along a column of length 1.
fn subtract(from: &mut [f64], column: &[f64]) {
    let along = dot(from, column);
    from.iter_mut()
        .zip(column)
        .for_each(|(x, c)| *x -= along * c);
}

/// One, x, and for each inner knot a cubic that is linear beyond the ends; x runs from 0 to 1.
fn basis(x: &[f64], df: usize) -> Vec<Vec<f64>> {
    let low = x.iter().copied().fold(f64::INFINITY, f64::min);
    let high = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let u: Vec<f64> = x.iter().map(|x| (x - low) / (high - low)).collect();
    let mut sorted = u.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let parts = (df - 1) as f64;
    let inner = (1..df - 1).map(|k| percentile_of_sorted(&sorted, 100.0 * k as f64 / parts));
    let mut knots = vec![0.0];
    knots.extend(inner.filter(|&knot| knot > 0.0 && knot < 1.0));
    let cube = |x: f64, knot: f64| (x - knot).max(0.0).powi(3);
    let bend = |x: f64, knot: f64| (cube(x, knot) - cube(x, 1.0)) / (1.0 - knot);
    let mut columns = vec![vec![1.0; u.len()], u.clone()];
    if let [before @ .., last] = &knots[..] {
        for &knot in before {
            columns.push(u.iter().map(|&x| bend(x, knot) - bend(x, *last)).collect());
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_degrees_are_a_line() {
        let x = [3.0, 1.0, 2.0, 5.0];
        let y = x.map(|x| 2.0 * x - 1.0);
        let curve = natural_spline(&x, &y, 2);
        assert!(curve.squares < 1e-20 && curve.rank == 2);
    }

    #[test]
    fn as_r_has_it() {
        // R: fitted(lm(y ~ ns(x, df = 4, intercept = TRUE) - 1)), x = (0:11)^1.5, y = sin(x / 7)
        let x: Vec<f64> = (0..12).map(|i| f64::from(i).powf(1.5)).collect();
        let y: Vec<f64> = x.iter().map(|x| (x / 7.0).sin()).collect();
        let curve = natural_spline(&x, &y, 4);
        let expected = [
            (0, -0.069_940_516_502_547_75),
            (4, 1.006_064_141_662_872_4),
            (11, -1.068_871_477_276_021_7),
        ];
        for (at, value) in expected {
            assert!((curve.fitted[at] - value).abs() < 1e-12, "{curve:?}");
        }
        assert_eq!(curve.rank, 4);
    }

    #[test]
    fn columns_that_say_nothing_new_are_left_out() {
        // Half of the points are equal: a knot lies at the end.
        let x = [0.0, 0.0, 0.0, 0.0, 1.0, 2.0];
        assert_eq!(natural_spline(&x, &x, 4).rank, 3);
    }
}

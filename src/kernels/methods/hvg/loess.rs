//! Local quadratic regression of y on x (loess): Cleveland & Grosse, Statistics and Computing
//! 1991. The curve is fitted at the vertices of a one-dimensional k-d tree and interpolated by
//! cubics between them, as the authors' own program does; without robustness iterations.

/// A cell of the tree with at most this fraction of the points of a neighborhood is not cut.
const CELL: f64 = 0.2;

/// The fitted curve at each x; `span` is the fraction of the points that a local fit uses
/// (0 to 1). The x must be finite; equal x are fine.
pub fn loess(x: &[f64], y: &[f64], span: f64) -> Vec<f64> {
    let Points { x: xs, y: ys } = &Points::sorted(x, y);
    let (Some(&first), Some(&last)) = (xs.first(), xs.last()) else {
        return Vec::new();
    };
    let n = xs.len() as f64;
    let cell_size = ((n * span * CELL).floor() as usize).max(1);
    let n_neighbors = ((n * span + 1e-5).floor() as usize).clamp(3.min(xs.len()), xs.len());
    let magnitude = first.abs().max(last.abs());
    let margin = 0.005 * (last - first).max(1e-10 * magnitude + 1e-30);
    let ends = (first - margin, last + margin);
    let mut places = vec![ends.0, ends.1];
    cut(xs, ends, cell_size, &mut places);
    places.sort_by(f64::total_cmp);
    let fit = |&at: &f64| Vertex::fit(xs, ys, at, n_neighbors);
    let vertices: Vec<Vertex> = places.iter().map(fit).collect();
    x.iter().map(|&x| interpolate(&vertices, x)).collect()
}

struct Points {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Points {
    fn sorted(x: &[f64], y: &[f64]) -> Self {
        let mut pairs: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (x, y) = pairs.into_iter().unzip();
        Self { x, y }
    }
}

/// Cuts the cell `ends`, which holds the ascending `xs`, beside its median point, and so on
/// until the cells are small.
fn cut(xs: &[f64], ends: (f64, f64), cell_size: usize, places: &mut Vec<f64>) {
    if xs.len() <= cell_size {
        return;
    }
    let last_left = between_ties(xs);
    let at = xs[last_left];
    if at == ends.0 || at == ends.1 {
        return;
    }
    places.push(at);
    cut(&xs[..=last_left], (ends.0, at), cell_size, places);
    cut(&xs[last_left + 1..], (at, ends.1), cell_size, places);
}

/// The place nearest to the middle, alternating to the right and to the left, whose successor
/// is larger; the middle if there is none before one of the ends.
fn between_ties(xs: &[f64]) -> usize {
    let middle = (xs.len() - 1) / 2;
    let alternating =
        (0..).flat_map(|offset| [middle.checked_sub(offset), Some(middle + offset + 1)]);
    let inside = alternating.map_while(|place| place.filter(|p| p + 1 < xs.len()));
    let mut untied = inside.filter(|&place| xs[place] < xs[place + 1]);
    untied.next().unwrap_or(middle)
}

/// The curve at one place.
#[derive(Debug, Clone, Copy)]
struct Vertex {
    x: f64,
    value: f64,
    slope: f64,
}

impl Vertex {
    fn fit(xs: &[f64], ys: &[f64], at: f64, n_neighbors: usize) -> Self {
        let bandwidth = distance_to_nth(xs, at, n_neighbors);
        let start = xs.partition_point(|&x| x <= at - bandwidth);
        let end = xs.partition_point(|&x| x < at + bandwidth);
        let (value, slope) = if start < end {
            quadratic(&xs[start..end], &ys[start..end], at, bandwidth)
        } else {
            // All neighbors are equally far: none has a weight.
            let start = xs.partition_point(|&x| x < at - bandwidth);
            let end = xs.partition_point(|&x| x <= at + bandwidth);
            (mean(&ys[start..end]), 0.0)
        };
        Self {
            x: at,
            value,
            slope,
        }
    }
}

/// Distance from `at` to the n-th nearest of the ascending `xs`.
fn distance_to_nth(xs: &[f64], at: f64, n: usize) -> f64 {
    let mut right = xs.partition_point(|&x| x < at);
    let mut left = right;
    let mut distance = 0.0;
    for _ in 0..n {
        let below = left.checked_sub(1).map_or(f64::INFINITY, |i| at - xs[i]);
        let above = xs.get(right).map_or(f64::INFINITY, |x| x - at);
        if below < above {
            left -= 1;
            distance = below;
        } else {
            right += 1;
            distance = above;
        }
    }
    distance
}

/// Tricube weights; flat very near the center.
fn weight(relative_distance: f64) -> f64 {
    if relative_distance < 0.001 {
        return 1.0;
    }
    (1.0 - relative_distance.powi(3)).powi(3)
}

/// Value and slope at `at` of the weighted least-squares parabola; a line or a constant where
/// the points do not determine one.
fn quadratic(xs: &[f64], ys: &[f64], at: f64, bandwidth: f64) -> (f64, f64) {
    // Moments of t = (x − at) / bandwidth, so that they are of similar size.
    let mut t_moments = [0.0; 5];
    let mut y_moments = [0.0; 3];
    for (&x, &y) in xs.iter().zip(ys) {
        let t = (x - at) / bandwidth;
        let mut power = weight(t.abs());
        for (k, moment) in t_moments.iter_mut().enumerate() {
            *moment += power;
            if k < 3 {
                y_moments[k] += power * y;
            }
            power *= t;
        }
    }
    for degree in (0..3).rev() {
        if let Some([value, slope, _]) = solve(&t_moments, &y_moments, degree) {
            return (value, slope / bandwidth);
        }
    }
    (mean(ys), 0.0)
}

fn mean(ys: &[f64]) -> f64 {
    ys.iter().sum::<f64>() / ys.len() as f64
}

/// Solves the normal equations of a polynomial by elimination with pivots; `None` if singular.
fn solve(t_moments: &[f64; 5], y_moments: &[f64; 3], degree: usize) -> Option<[f64; 3]> {
    let n = degree + 1;
    let mut rows = [[0.0; 4]; 3];
    for (i, row) in rows.iter_mut().enumerate().take(n) {
        for (j, entry) in row.iter_mut().enumerate().take(n) {
            *entry = t_moments[i + j];
        }
        row[3] = y_moments[i];
    }
    let scale = t_moments[0];
    for k in 0..n {
        let pivot = (k..n).max_by(|&a, &b| rows[a][k].abs().total_cmp(&rows[b][k].abs()))?;
        rows.swap(k, pivot);
        if rows[k][k].abs() <= 1e-12 * scale || !rows[k][k].is_finite() {
            return None;
        }
        for i in k + 1..n {
            let factor = rows[i][k] / rows[k][k];
            let pivot = rows[k];
            rows[i]
                .iter_mut()
                .zip(pivot)
                .for_each(|(a, p)| *a -= factor * p);
        }
    }
    let mut solution = [0.0; 3];
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| rows[k][j] * solution[j]).sum();
        solution[k] = (rows[k][3] - known) / rows[k][k];
    }
    Some(solution)
}

/// The cubic with the values and slopes of the two vertices around `x`.
fn interpolate(vertices: &[Vertex], x: f64) -> f64 {
    let after = vertices
        .partition_point(|v| v.x < x)
        .clamp(1, vertices.len() - 1);
    let (a, b) = (vertices[after - 1], vertices[after]);
    let width = b.x - a.x;
    let t = (x - a.x) / width;
    let s = 1.0 - t;
    s * s * ((1.0 + 2.0 * t) * a.value + t * width * a.slope)
        + t * t * ((1.0 + 2.0 * s) * b.value - s * width * b.slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_is_fitted_exactly() {
        let x: Vec<f64> = (0..50).map(|i| f64::from(i * i % 53) / 10.0).collect();
        let y: Vec<f64> = x.iter().map(|x| 1.0 - 2.0 * x + 0.5 * x * x).collect();
        for (fit, y) in loess(&x, &y, 0.5).iter().zip(&y) {
            assert!((fit - y).abs() < 1e-9, "{fit} {y}");
        }
    }

    const EXPECTED: [(usize, f64); 5] = [
        (0, -0.00310365402744077),
        (37, 0.5760076308448877),
        (99, 0.12409444545082704),
        (150, 2.170088319294144),
        (199, 4.021358454456477),
    ];

    #[test]
    fn agrees_with_the_authors_program() {
        // skmisc.loess.loess(x, y, span=0.3, degree=2) on x = (i/40)², y = sin(6x) + x.
        let x: Vec<f64> = (0..200)
            .map(|i| (f64::from(i) / 40.0).powi(2) / 10.0)
            .collect();
        let y: Vec<f64> = x.iter().map(|x| (6.0 * x).sin() + x).collect();
        let fit = loess(&x, &y, 0.3);
        for (i, expected) in EXPECTED {
            assert!(
                (fit[i] - expected).abs() < 1e-9,
                "{i}: {} {expected}",
                fit[i]
            );
        }
    }

    #[test]
    fn few_points_and_equal_points() {
        assert!(loess(&[], &[], 0.3).is_empty());
        assert_eq!(loess(&[1.0], &[7.0], 0.3), [7.0]);
        let fit = loess(
            &[2.0; 9],
            &[1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 1.0, 2.0, 3.0],
            0.5,
        );
        assert!(fit.iter().all(|f| f.is_finite()), "{fit:?}");
    }
}

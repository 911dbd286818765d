//! All eigenpairs of a small symmetric matrix held in memory.
//!
//! Householder reduction to tridiagonal form, then the QL iteration with implicit shifts
//! (Wilkinson and Reinsch, "Handbook for Automatic Computation" II, 1971). Only +, −, ×, ÷ and √,
//! in one order: the same bits everywhere.

use ndarray::{Array1, Array2, ArrayView2};

/// Eigenvalues in ascending order, and the eigenvectors as the *rows* of a matrix.
///
/// Only the lower triangle of `matrix` (n × n) is read. Numbers that are not finite give a
/// result that is not finite.
pub fn symmetric(matrix: ArrayView2<'_, f64>) -> (Array1<f64>, Array2<f64>) {
    let n = matrix.nrows();
    let scale = lower(matrix).fold(0.0, |most: f64, x| most.max(x.abs()));
    let finite = lower(matrix).all(f64::is_finite);
    if n == 0 || scale == 0.0 || !finite {
        let all = if finite { 0.0 } else { f64::NAN };
        return (Array1::from_elem(n, all), Array2::eye(n));
    }
    let mut work: Vec<f64> = (0..n * n)
        .map(|at| matrix[[(at / n).max(at % n), (at / n).min(at % n)]] / scale)
        .collect();
    let (mut diagonal, mut beside) = tridiagonal(&mut work, n);
    let mut vectors = unit_rows(n);
    implicit_ql(&mut diagonal, &mut beside, &mut vectors);
    reflect_back(&work, &mut vectors, n);
    ascending(diagonal, vectors, scale)
}

fn lower(matrix: ArrayView2<'_, f64>) -> impl Iterator<Item = f64> {
    (0..matrix.nrows()).flat_map(move |i| (0..=i).map(move |j| matrix[[i, j]]))
}

fn unit_rows(n: usize) -> Vec<f64> {
    let mut rows = vec![0.0; n * n];
    rows.iter_mut().step_by(n + 1).for_each(|x| *x = 1.0);
    rows
}

/// Reduces the full symmetric `a` to a diagonal and what lies beside it. Row `k` of `a` keeps,
/// right of its diagonal, the vector `v` of the k-th reflection I − 2·v·vᵀ.
fn tridiagonal(a: &mut [f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut diagonal, mut beside) = (vec![0.0; n], vec![0.0; n]);
    let mut product = vec![0.0; n];
    for k in 0..n {
        diagonal[k] = a[k * n + k];
        let (head, rest) = a.split_at_mut((k + 1) * n);
        let v = &mut head[k * n + k + 1..];
        let Some(&first) = v.first() else { break };
        beside[k] = reflection(v);
        if beside[k] == first && v.iter().all(|&x| x == 0.0) {
            continue;
        }
        // A ← A − 2·(v·wᵀ + w·vᵀ) with w = A·v − (vᵀ·A·v)·v.
        let w = &mut product[..v.len()];
        for (row, w) in rest.chunks_exact(n).zip(w.iter_mut()) {
            *w = dot(&row[k + 1..], v);
        }
        let along = dot(w, v);
        w.iter_mut()
            .zip(v.iter())
            .for_each(|(w, v)| *w -= along * v);
        for (i, row) in rest.chunks_exact_mut(n).enumerate() {
            let (vi, wi) = (2.0 * v[i], 2.0 * w[i]);
            let row = &mut row[k + 1..];
            row.iter_mut()
                .zip(w.iter().zip(v.iter()))
                .for_each(|(x, (w, v))| *x -= vi * w + wi * v);
        }
    }
    (diagonal, beside)
}

/// Replaces `v` by the unit vector of the reflection that turns it onto the first axis, or by
/// zeros if it lies there; returns the coordinate it gets.
fn reflection(v: &mut [f64]) -> f64 {
    let first = v[0];
    if v[1..].iter().all(|&x| x == 0.0) {
        v.fill(0.0);
        return first;
    }
    let length = dot(v, v).sqrt();
    let to = if first > 0.0 { -length } else { length };
    v[0] -= to;
    let norm = dot(v, v).sqrt();
    if norm == 0.0 {
        // Squares too small to be told from zero: as good as on the axis.
        v.fill(0.0);
        return first;
    }
    v.iter_mut().for_each(|x| *x /= norm);
    to
}

/// The dot product in eight interleaved sums, so that it can be vectorized in a fixed order.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f64 = a8
        .remainder()
        .iter()
        .zip(b8.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a8.zip(b8) {
        for i in 0..8 {
            sums[i] += a[i] * b[i];
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + b) + (c + d)) + ((e + f) + (g + h)) + tail
}

/// Diagonalizes; the rotations are applied to the rows of `vectors` (n × n).
///
/// Convergence needs about two rounds an eigenvalue; the bound on rounds only guards against
/// numbers that are not finite.
fn implicit_ql(d: &mut [f64], e: &mut [f64], vectors: &mut [f64]) {
    let n = d.len();
    for low in 0..n {
        for _ in 0..60 {
            let high = (low..n - 1)
                .find(|&m| e[m].abs() <= f64::EPSILON * (d[m].abs() + d[m + 1].abs()))
                .unwrap_or(n - 1);
            if high == low {
                break;
            }
            ql_sweep(d, e, vectors, low, high);
        }
    }
}

/// One QL sweep over the unreduced block `low..=high`, with Wilkinson's shift.
fn ql_sweep(d: &mut [f64], e: &mut [f64], vectors: &mut [f64], low: usize, high: usize) {
    let n = d.len();
    let half = (d[low + 1] - d[low]) / (2.0 * e[low]);
    let root = length(half, 1.0);
    let signed = if half >= 0.0 {
        half + root
    } else {
        half - root
    };
    let mut g = d[high] - d[low] + e[low] / signed;
    let (mut sine, mut cosine, mut p) = (1.0, 1.0, 0.0);
    for i in (low..high).rev() {
        let (f, b) = (sine * e[i], cosine * e[i]);
        let r = length(f, g);
        e[i + 1] = r;
        if r == 0.0 {
            d[i + 1] -= p;
            e[high] = 0.0;
            return;
        }
        (sine, cosine) = (f / r, g / r);
        g = d[i + 1] - p;
        let t = (d[i] - g) * sine + 2.0 * cosine * b;
        p = sine * t;
        d[i + 1] = g + p;
        g = cosine * t - b;
        rotate(&mut vectors[i * n..(i + 2) * n], sine, cosine);
    }
    d[low] -= p;
    e[low] = g;
    e[high] = 0.0;
}

/// √(a² + b²). The matrix was scaled to ordinary sizes, so squares neither overflow nor vanish
/// where it matters.
fn length(a: f64, b: f64) -> f64 {
    let (large, small) = if a.abs() > b.abs() {
        (a.abs(), b.abs())
    } else {
        (b.abs(), a.abs())
    };
    if large == 0.0 {
        return 0.0;
    }
    let ratio = small / large;
    large * (1.0 + ratio * ratio).sqrt()
}

/// Turns two consecutive rows.
fn rotate(rows: &mut [f64], sine: f64, cosine: f64) {
    let half = rows.len() / 2;
    let (lower, upper) = rows.split_at_mut(half);
    for (a, b) in lower.iter_mut().zip(upper) {
        let (x, y) = (*a, *b);
        *b = sine * x + cosine * y;
        *a = cosine * x - sine * y;
    }
}

/// Applies the reflections kept in `work` to each row of `vectors`, the last first.
fn reflect_back(work: &[f64], vectors: &mut [f64], n: usize) {
    for vector in vectors.chunks_exact_mut(n) {
        for k in (0..n.saturating_sub(1)).rev() {
            let v = &work[k * n + k + 1..(k + 1) * n];
            let part = &mut vector[k + 1..];
            let twice = 2.0 * dot(v, part);
            part.iter_mut().zip(v).for_each(|(x, v)| *x -= twice * v);
        }
    }
}

fn ascending(values: Vec<f64>, rows: Vec<f64>, scale: f64) -> (Array1<f64>, Array2<f64>) {
    let n = values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let sorted = order.iter().map(|&i| values[i] * scale).collect();
    (
        sorted,
        Array2::from_shape_fn((n, n), |(i, j)| rows[order[i] * n + j]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::random::splitmix::Stream;

    fn check(matrix: &Array2<f64>) {
        let n = matrix.nrows();
        let (values, vectors) = symmetric(matrix.view());
        let size = matrix.iter().fold(1e-300, |m: f64, x| m.max(x.abs()));
        let residual = matrix.dot(&vectors.t()) - &vectors.t() * &values;
        assert!(
            residual.iter().all(|x| x.abs() < 1e-13 * size * n as f64),
            "n = {n}"
        );
        let identity = vectors.dot(&vectors.t()) - Array2::<f64>::eye(n);
        assert!(
            identity.iter().all(|x| x.abs() < 1e-13 * n as f64),
            "n = {n}"
        );
        assert!(values.windows(2).into_iter().all(|w| w[0] <= w[1]));
    }

    #[test]
    fn random_matrices_of_all_sizes_and_scales() {
        for n in [1, 2, 3, 7, 40, 101] {
            for scale in [1e-150, 1.0, 1e150] {
                let mut stream = Stream::new(n as u64, 0, 0);
                let half = Array2::from_shape_simple_fn((n, n), || scale * stream.roughly_normal());
                check(&(&half + &half.t()));
            }
        }
    }

    #[test]
    fn awkward_matrices() {
        check(&Array2::zeros((5, 5)));
        check(&Array2::eye(6));
        check(&Array2::ones((9, 9)));
        check(&Array2::from_diag(&Array1::from_iter(
            (0..8).map(|i| f64::from(i % 3) - 1.0),
        )));
        check(&Array2::from_shape_fn((30, 30), |(i, j)| {
            1.0 / (i + j + 1) as f64
        }));
        assert_eq!(symmetric(Array2::zeros((0, 0)).view()).0.len(), 0);
        let (values, _) = symmetric(Array2::from_elem((2, 2), f64::NAN).view());
        assert!(values[0].is_nan());
    }

    #[test]
    fn known_eigenvalues_of_a_path() {
        let n = 50;
        let path = Array2::from_shape_fn((n, n), |(i, j)| f64::from(u8::from(i.abs_diff(j) == 1)));
        let (values, _) = symmetric(path.view());
        for (k, value) in values.iter().rev().enumerate() {
            let expected = 2.0 * (std::f64::consts::PI * (k + 1) as f64 / (n + 1) as f64).cos();
            assert!((value - expected).abs() < 1e-13);
        }
    }
}

//! Eigenvectors of the random walk on a graph: found on a small graph, improved on a large one.
//!
//! The eigenvectors f of the random walk D⁻¹·W and u = D^½·f of D^−½·W·D^−½ belong to the same
//! values. Blocks of vectors are handed from level to level as f, in which merged nodes agree.
//! A Chebyshev polynomial of the walk damps what has small values (Zhou, Saad, Tiago &
//! Chelikowsky, J. Comput. Phys. 2006); a Rayleigh–Ritz step then tells the vectors apart.

use super::groups::{Edges, WeightedGraph};
use crate::kernels::linalg::eigen::{self, Operator, Params, Which};
use crate::kernels::ticker::{Stopped, Ticker};
use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

/// Rows computed by one task.
const ROWS: usize = 512;

/// Polynomials applied on each level, and their degree.
const PASSES: usize = 2;
const DEGREE: usize = 8;

/// Residual at which the small graph is solved.
const TOLERANCE: f64 = 1e-4;

/// D^−½·W·D^−½.
struct Normalized<'a> {
    graph: &'a WeightedGraph,
    roots: Vec<f64>,
}

impl Operator for Normalized<'_> {
    fn size(&self) -> usize {
        self.graph.nodes()
    }

    fn apply(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut f = x.as_standard_layout().into_owned();
        scale_rows(&mut f, &self.roots, |x, root| x / root);
        let mut next = Array2::zeros(f.dim());
        walk(self.graph, &f, &mut next, |_, _, x| x);
        scale_rows(&mut next, &self.roots, |x, root| x * root);
        next
    }
}

fn scale_rows(block: &mut Array2<f64>, by: &[f64], scale: impl Fn(f64, f64) -> f64) {
    for (mut row, &by) in block.rows_mut().into_iter().zip(by) {
        row.mapv_inplace(|x| scale(x, by));
    }
}

/// Replaces each element `to` by `with(to, f, (D⁻¹·W·f))`.
fn walk(
    graph: &WeightedGraph,
    f: &Array2<f64>,
    to: &mut Array2<f64>,
    with: impl Fn(f64, f64, f64) -> f64 + Sync,
) {
    let width = f.ncols();
    let from = f.as_slice().expect("standard layout");
    let to = to.as_slice_mut().expect("standard layout");
    if width == 0 {
        return;
    }
    let tasks = to.par_chunks_mut(ROWS * width).enumerate();
    tasks.for_each(|(task, rows)| {
        let mut sums = vec![0.0; width];
        for (node, row) in (task * ROWS..).zip(rows.chunks_exact_mut(width)) {
            sums.fill(0.0);
            let (neighbors, weights) = graph.row(node);
            for (&j, &weight) in neighbors.iter().zip(weights) {
                let weight = f64::from(weight);
                let x = &from[j as usize * width..][..width];
                sums.iter_mut()
                    .zip(x)
                    .for_each(|(sum, x)| *sum += weight * x);
            }
            let own = &from[node * width..][..width];
            for ((to, &own), &sum) in row.iter_mut().zip(own).zip(&sums) {
                *to = with(*to, own, sum / graph.degrees[node]);
            }
        }
    });
}

fn roots(graph: &WeightedGraph) -> Vec<f64> {
    graph.degrees.iter().map(|d| d.sqrt()).collect()
}

/// The first eigenvector, known without a search: nodes × 1, length 1.
fn first(roots: &[f64]) -> Array2<f64> {
    let length = roots.iter().map(|root| root * root).sum::<f64>().sqrt();
    Array2::from_shape_fn((roots.len(), 1), |(i, _)| roots[i] / length)
}

/// Up to `width` eigenvectors of the walk after the first, by descending value.
pub fn solve(graph: &WeightedGraph, width: usize, ticker: &Ticker) -> Result<Array2<f64>, Stopped> {
    let operator = Normalized {
        graph,
        roots: roots(graph),
    };
    let params = Params {
        which: Which::Largest,
        tolerance: TOLERANCE,
        restarts: 20,
        ..Params::largest(width)
    };
    let known = first(&operator.roots);
    match eigen::eigenpairs(&operator, Some(known.view()), &params, ticker) {
        Ok(pairs) => {
            let mut f = pairs.vectors;
            scale_rows(&mut f, &operator.roots, |x, root| x / root);
            Ok(f)
        }
        Err(eigen::Error::Stopped(stopped)) => Err(stopped),
        // Row sums beyond f32: the caller finds no layout in it.
        Err(eigen::Error::NotFinite) => Ok(Array2::zeros((graph.nodes(), width))),
    }
}

/// Turns rough eigenvectors `f` of the walk to good ones.
pub fn smooth(
    graph: &WeightedGraph,
    mut f: Array2<f64>,
    ticker: &Ticker,
) -> Result<Array2<f64>, Stopped> {
    let operator = Normalized {
        graph,
        roots: roots(graph),
    };
    let known = first(&operator.roots);
    let mut least;
    (f, least) = ritz(&operator, known.view(), f);
    for _ in 0..PASSES {
        ticker.check()?;
        f = filter(graph, f, least, ticker)?;
        (f, least) = ritz(&operator, known.view(), f);
    }
    Ok(f)
}

/// The best vectors within the span of `f`, by descending value, and the least value.
fn ritz(
    operator: &Normalized<'_>,
    known: ArrayView2<'_, f64>,
    mut f: Array2<f64>,
) -> (Array2<f64>, f64) {
    scale_rows(&mut f, &operator.roots, |x, root| x * root);
    eigen::orthonormalize(&[known], &mut f, 0.0, 0);
    let applied = operator.apply(f.view());
    let (values, rows) = eigen::symmetric(eigen::cross(f.view(), applied.view()).view());
    drop(applied);
    let turn = rows.slice(s![..;-1, ..]).reversed_axes();
    let mut f = eigen::times(f.view(), turn.as_standard_layout().view());
    scale_rows(&mut f, &operator.roots, |x, root| x / root);
    (f, values.first().copied().unwrap_or(0.0))
}

/// A polynomial of the walk that is small on values from −1 to `cut` and grows fast beyond.
fn filter(
    graph: &WeightedGraph,
    f: Array2<f64>,
    cut: f64,
    ticker: &Ticker,
) -> Result<Array2<f64>, Stopped> {
    let cut = cut.clamp(-0.5, 0.95);
    let (middle, half) = ((cut - 1.0) / 2.0, (cut + 1.0) / 2.0);
    let mut before = f;
    let mut now = Array2::zeros(before.dim());
    walk(graph, &before, &mut now, |_, own, walked| {
        (walked - middle * own) / half
    });
    for _ in 1..DEGREE {
        ticker.check()?;
        // T_{k+1}(x) = 2x·T_k(x) − T_{k−1}(x), written over T_{k−1}.
        walk(graph, &now, &mut before, |before, own, walked| {
            2.0 * (walked - middle * own) / half - before
        });
        std::mem::swap(&mut before, &mut now);
    }
    Ok(now)
}

/// The first `count` of the vectors.
pub fn leading(f: &Array2<f64>, count: usize) -> Array2<f64> {
    f.slice(s![.., ..count.min(f.ncols())]).to_owned()
}

/// Eigenvectors `f` of the walk as those of D^−½·W·D^−½, from the row sums of W.
pub fn of_laplacian(mut f: Array2<f64>, degrees: &[f64]) -> Array2<f64> {
    for (mut row, degree) in f.rows_mut().into_iter().zip(degrees) {
        row *= degree.sqrt();
    }
    f
}

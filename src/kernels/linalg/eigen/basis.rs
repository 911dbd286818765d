//! Tall, narrow matrices of orthonormal columns: projections, norms and rotations.
//!
//! Sums over the long side are taken over chunks of rows of a fixed size and folded in order.

use super::dense;
use crate::kernels::linalg::gemm::{self, Packed};
use crate::kernels::random::splitmix::Stream;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;

/// Rows whose partial sums are folded in order.
const CHUNK: usize = 512;

/// Chunks whose partial sums are held at once.
const AT_ONCE: usize = 64;

/// Relative size below which the direction of what is left is noise.
pub const NOISE: f64 = 1e-13;

/// `aᵀ · b` for n × p and n × q.
pub fn cross(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Array2<f64> {
    let n = a.nrows();
    let mut sum = Array2::zeros((a.ncols(), b.ncols()));
    let starts: Vec<usize> = (0..n).step_by(CHUNK).collect();
    for group in starts.chunks(AT_ONCE) {
        let partial = |&start: &usize| {
            let rows = s![start..n.min(start + CHUNK), ..];
            // The narrow matrix is the left one: its columns are the rows of the tile.
            let mut part = Array2::zeros((b.ncols(), a.ncols()));
            let packed = Packed::new(a.slice(rows));
            gemm::add_product_serial(b.slice(rows).t(), &packed, part.view_mut());
            part.reversed_axes()
        };
        let parts: Vec<Array2<f64>> = group.par_iter().map(partial).collect();
        parts.iter().for_each(|part| sum += part);
    }
    sum
}

/// `w −= v · h` for n × p and p × q.
fn subtract(v: ArrayView2<'_, f64>, h: &Array2<f64>, w: &mut Array2<f64>) {
    let minus = Packed::new(h.mapv(|x| -x).view());
    row_chunks(w.view_mut())
        .into_par_iter()
        .for_each(|(start, w)| {
            let rows = s![start..start + w.nrows(), ..];
            gemm::add_product_serial(v.slice(rows), &minus, w);
        });
}

/// `v · y` for n × p and p × q.
pub fn times(v: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut product = Array2::zeros((v.nrows(), y.ncols()));
    let y = Packed::new(y);
    row_chunks(product.view_mut())
        .into_par_iter()
        .for_each(|(start, part)| {
            let rows = s![start..start + part.nrows(), ..];
            gemm::add_product_serial(v.slice(rows), &y, part);
        });
    product
}

fn row_chunks(mut w: ArrayViewMut2<'_, f64>) -> Vec<(usize, ArrayViewMut2<'_, f64>)> {
    let mut chunks = Vec::with_capacity(w.nrows().div_ceil(CHUNK));
    let mut start = 0;
    while w.nrows() > CHUNK {
        let (chunk, rest) = w.split_at(Axis(0), CHUNK);
        chunks.push((start, chunk));
        start += CHUNK;
        w = rest;
    }
    chunks.push((start, w));
    chunks
}

/// Removes from `w` what lies in the span of the orthonormal columns of each of `spaces`.
pub fn project_out(spaces: &[ArrayView2<'_, f64>], w: &mut Array2<f64>) {
    for space in spaces.iter().filter(|space| space.ncols() > 0) {
        remove(*space, w);
    }
}

/// Removes from `w` its part in the span of the orthonormal columns of `v`; returns `vᵀ · w`.
pub fn remove(v: ArrayView2<'_, f64>, w: &mut Array2<f64>) -> Array2<f64> {
    let h = cross(v, w.view());
    subtract(v, &h, w);
    h
}

/// Makes the columns of `w` orthonormal to each other and to `spaces`. Columns not longer than
/// `noise`, and those that have nothing of their own to add, are replaced by random directions.
///
/// Symmetric orthogonalization by the eigenvectors of `wᵀ·w` (Stathopoulos and Wu, SIAM J. Sci.
/// Comput. 2002), repeated until nothing is left to do.
pub fn orthonormalize(spaces: &[ArrayView2<'_, f64>], w: &mut Array2<f64>, noise: f64, key: u64) {
    let lengths = column_lengths(&cross(w.view(), w.view()));
    for j in (0..w.ncols()).filter(|&j| lengths[j] <= noise) {
        random_column(w, j, key);
    }
    spread_evenly(w, key ^ 1);
    for round in 0..6 {
        project_out(spaces, w);
        if spread_evenly(w, key ^ (round + 2)) {
            return;
        }
    }
}

fn column_lengths(gram: &Array2<f64>) -> Vec<f64> {
    gram.diag().iter().map(|x| x.sqrt()).collect()
}

/// Fills column `j` with numbers of the stream `(key, j)`.
pub fn random_column(w: &mut Array2<f64>, j: usize, key: u64) {
    let mut stream = Stream::new(key, 0xe16e, j as u64);
    w.column_mut(j).mapv_inplace(|_| stream.unit() - 0.5);
}

/// One step of symmetric orthogonalization. Whether the columns were nearly orthonormal before,
/// up to their lengths.
fn spread_evenly(w: &mut Array2<f64>, key: u64) -> bool {
    let mut gram = cross(w.view(), w.view());
    let lengths = column_lengths(&gram)
        .into_iter()
        .map(|x| x.max(f64::MIN_POSITIVE));
    let lengths: Vec<f64> = lengths.collect();
    for ((i, j), x) in gram.indexed_iter_mut() {
        *x /= lengths[i] * lengths[j];
    }
    let (values, vectors) = dense::symmetric(gram.view());
    let turn = Array2::from_shape_fn(gram.dim(), |(i, j)| {
        vectors[[j, i]] / (lengths[i] * values[j].max(NOISE).sqrt())
    });
    *w = times(w.view(), turn.view());
    for j in (0..w.ncols()).filter(|&j| values[j] <= NOISE) {
        random_column(w, j, key);
    }
    let were_unit = lengths.iter().all(|x| (0.7..1.4).contains(x));
    were_unit && values.first().is_none_or(|&least| least > 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(n: usize, p: usize, key: u64) -> Array2<f64> {
        let mut w = Array2::zeros((n, p));
        (0..p).for_each(|j| random_column(&mut w, j, key));
        w
    }

    fn assert_orthonormal(w: &Array2<f64>) {
        let gram = cross(w.view(), w.view());
        let error = (&gram - &Array2::<f64>::eye(w.ncols())).mapv(f64::abs);
        assert!(error.iter().all(|&x| x < 1e-14), "{gram:?}");
    }

    #[test]
    fn dependent_and_empty_columns_become_new_directions() {
        let mut v = random(2000, 5, 1);
        orthonormalize(&[], &mut v, 0.0, 2);
        assert_orthonormal(&v);
        let mut w = random(2000, 6, 3);
        let (a, b) = (w.column(0).to_owned(), v.column(2).to_owned());
        w.column_mut(1).assign(&(&a * 1e-9));
        w.column_mut(2).assign(&b);
        w.column_mut(3).fill(0.0);
        w.column_mut(4).assign(&(&a + &(&b * 1e-11)));
        orthonormalize(&[v.view()], &mut w, 0.0, 4);
        assert_orthonormal(&w);
        assert!(cross(v.view(), w.view()).iter().all(|x| x.abs() < 1e-14));
    }

    #[test]
    fn chunks_add_up() {
        let (a, b) = (random(1300, 3, 5), random(1300, 4, 6));
        let difference = cross(a.view(), b.view()) - a.t().dot(&b);
        assert!(difference.iter().all(|x| x.abs() < 1e-12));
        let y = random(3, 7, 7);
        let difference = times(a.view(), y.view()) - a.dot(&y);
        assert!(difference.iter().all(|x| x.abs() < 1e-12));
    }
}

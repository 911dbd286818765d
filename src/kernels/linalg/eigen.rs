//! A few eigenpairs of a large symmetric operator, known only by its products with vectors.
//!
//! Block Lanczos with full reorthogonalization and thick restart (Wu and Simon, "Thick-restart
//! Lanczos method for large symmetric eigenvalue problems", SIAM J. Matrix Anal. 2000, with
//! blocks): the basis grows block by block until it is full, is turned to its Ritz vectors, the
//! best of which stay, and grows again. The start is a fixed pseudo-random block.

pub(crate) mod basis;
mod dense;

pub use basis::{cross, orthonormalize, times};
pub use dense::symmetric;

use crate::kernels::linalg::gemm::{self, Packed};
use crate::kernels::ticker::{Stopped, Ticker};
use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

/// A symmetric n × n matrix as its action on a block of vectors.
pub trait Operator: Sync {
    /// n.
    fn size(&self) -> usize;

    /// The n × b product with the n × b block `x`.
    fn apply(&self, x: ArrayView2<'_, f64>) -> Array2<f64>;
}

/// Which end of the spectrum is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The largest values.
    Largest,
    /// The values furthest from zero.
    LargestMagnitude,
}

/// How many pairs are sought, and how.
#[derive(Debug, Clone)]
pub struct Params {
    /// Pairs wanted.
    pub count: usize,
    pub which: Which,
    /// Vectors the operator is applied to at once.
    pub block: usize,
    /// Vectors held before a restart; at least `count + 2 · block`.
    pub basis: usize,
    /// Largest residual ‖A·v − λ·v‖ of a pair, relative to the largest |λ|.
    pub tolerance: f64,
    /// Restarts after which what is there is returned.
    pub restarts: usize,
}

impl Params {
    /// `count` largest pairs, to the accuracy of double precision in the values.
    pub fn largest(count: usize) -> Self {
        Params {
            count,
            which: Which::Largest,
            block: 4,
            basis: 2 * count + 24,
            tolerance: 1e-8,
            restarts: 200,
        }
    }
}

/// Pairs in the order of the wish, the best first.
#[derive(Debug, Clone)]
pub struct Eigenpairs {
    pub values: Vec<f64>,
    /// n × pairs.
    pub vectors: Array2<f64>,
    /// The largest residual, relative to the largest |λ|.
    pub residual: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the matrix holds numbers that are not finite")]
    NotFinite,
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// The eigenpairs of `operator` in the complement of the orthonormal columns of `known`.
///
/// Fewer than `params.count` are returned if there are no more. A value that occurs more than
/// `params.block` times may be found less often.
pub fn eigenpairs(
    operator: &dyn Operator,
    known: Option<ArrayView2<'_, f64>>,
    params: &Params,
    ticker: &Ticker,
) -> Result<Eigenpairs, Error> {
    let n = operator.size();
    let none = Array2::zeros((n, 0));
    let known = known.unwrap_or(none.view());
    let count = params.count.min(n.saturating_sub(known.ncols()));
    let basis = params.basis.max(count + 2 * params.block);
    let params = Params {
        count,
        basis,
        ..params.clone()
    };
    if n <= 2 * basis + known.ncols() {
        return all_at_once(operator, known, &params);
    }
    Lanczos::new(operator, known, &params).run(ticker)
}

/// For matrices so small that the basis would nearly fill the space.
fn all_at_once(
    operator: &dyn Operator,
    known: ArrayView2<'_, f64>,
    params: &Params,
) -> Result<Eigenpairs, Error> {
    let n = operator.size();
    let mut matrix = operator.apply(Array2::eye(n).view());
    basis::project_out(&[known], &mut matrix);
    matrix = matrix.reversed_axes().as_standard_layout().into_owned();
    basis::project_out(&[known], &mut matrix);
    if params.which == Which::Largest {
        // The known directions have become eigenvectors of 0: move them below all others.
        let below = 1.0 + 2.0 * matrix.iter().fold(0.0, |sum: f64, x| sum + x.abs());
        matrix.scaled_add(-below, &gemm::product(known, known.t()));
    }
    let (values, rows) = dense::symmetric(matrix.view());
    if values.iter().any(|x| !x.is_finite()) {
        return Err(Error::NotFinite);
    }
    let best = best_first(values.as_slice().expect("standard layout"), params.which);
    let best = &best[..params.count];
    Ok(Eigenpairs {
        values: best.iter().map(|&i| values[i]).collect(),
        vectors: Array2::from_shape_fn((n, best.len()), |(i, j)| rows[[best[j], i]]),
        residual: f64::EPSILON,
    })
}

/// The places of ascending `values`, the most wanted first.
fn best_first(values: &[f64], which: Which) -> Vec<usize> {
    let mut places: Vec<usize> = (0..values.len()).rev().collect();
    if which == Which::LargestMagnitude {
        places.sort_by(|&a, &b| values[b].abs().total_cmp(&values[a].abs()));
    }
    places
}

struct Lanczos<'a> {
    operator: &'a dyn Operator,
    known: ArrayView2<'a, f64>,
    params: &'a Params,
    /// n × basis, of which the first `filled` columns are orthonormal.
    basis: Array2<f64>,
    filled: usize,
    /// basisᵀ · A · basis.
    projected: Array2<f64>,
    /// The block to be applied next: orthonormal, and orthogonal to the basis.
    next: Array2<f64>,
    /// What the last application left outside of the basis: its Gram matrix.
    outside: Array2<f64>,
    key: u64,
}

impl<'a> Lanczos<'a> {
    fn new(operator: &'a dyn Operator, known: ArrayView2<'a, f64>, params: &'a Params) -> Self {
        let n = operator.size();
        let mut next = Array2::zeros((n, params.block));
        (0..params.block).for_each(|j| basis::random_column(&mut next, j, 0));
        basis::orthonormalize(&[known], &mut next, 0.0, 0);
        Lanczos {
            operator,
            known,
            params,
            basis: Array2::zeros((n, params.basis)),
            filled: 0,
            projected: Array2::zeros((params.basis, params.basis)),
            next,
            outside: Array2::zeros((params.block, params.block)),
            key: 1,
        }
    }

    fn run(mut self, ticker: &Ticker) -> Result<Eigenpairs, Error> {
        for restart in 0.. {
            while self.filled + self.params.block <= self.params.basis {
                ticker.check()?;
                self.grow();
            }
            let (values, rows, best) = self.ritz_pairs()?;
            let residual = self.residual(&values, &rows, &best[..self.params.count]);
            let finished = residual <= self.params.tolerance || restart >= self.params.restarts;
            let kept = if finished {
                self.params.count
            } else {
                self.kept()
            };
            let turn = Array2::from_shape_fn((self.filled, kept), |(i, j)| rows[[best[j], i]]);
            let vectors = basis::times(self.basis.slice(s![.., ..self.filled]), turn.view());
            let values = best[..kept].iter().map(|&i| values[i]).collect();
            if finished {
                return Ok(Eigenpairs {
                    values,
                    vectors,
                    residual,
                });
            }
            self.restart(values, vectors);
        }
        unreachable!("the loop has no end of its own")
    }

    /// Takes the next block into the basis and prepares the one after.
    fn grow(&mut self) {
        let (from, to) = (self.filled, self.filled + self.next.ncols());
        self.basis.slice_mut(s![.., from..to]).assign(&self.next);
        self.filled = to;
        let mut w = self.operator.apply(self.next.view());
        basis::project_out(&[self.known], &mut w);
        let h = basis::remove(self.basis.slice(s![.., ..to]), &mut w);
        self.projected.slice_mut(s![..to, from..to]).assign(&h);
        self.projected.slice_mut(s![from..to, ..to]).assign(&h.t());
        self.outside = basis::cross(w.view(), w.view());
        self.key += 1;
        let spaces = [self.known, self.basis.slice(s![.., ..to])];
        let noise = basis::NOISE * h.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        basis::orthonormalize(&spaces, &mut w, noise, self.key);
        self.next = w;
    }

    /// Ritz values in ascending order, coefficients as rows, and the order of the wish.
    fn ritz_pairs(&self) -> Result<(Vec<f64>, Array2<f64>, Vec<usize>), Error> {
        let (values, rows) =
            dense::symmetric(self.projected.slice(s![..self.filled, ..self.filled]));
        if values.iter().any(|x| !x.is_finite()) {
            return Err(Error::NotFinite);
        }
        let values = values.to_vec();
        let best = best_first(&values, self.params.which);
        Ok((values, rows, best))
    }

    /// The largest ‖A·v − λ·v‖ among the `wanted`, relative to the largest |λ|.
    fn residual(&self, values: &[f64], rows: &Array2<f64>, wanted: &[usize]) -> f64 {
        let size = values.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let last = self.filled - self.params.block;
        let of_pair = |&i: &usize| {
            let y = rows.slice(s![i, last..]);
            y.dot(&self.outside.dot(&y)).max(0.0).sqrt()
        };
        let largest = wanted.iter().map(of_pair).fold(0.0, f64::max);
        if size == 0.0 { 0.0 } else { largest / size }
    }

    /// How many Ritz vectors survive a restart: all that are wanted and some of those next to
    /// them, which keeps the others from having to be found again.
    fn kept(&self) -> usize {
        let room = self.filled - self.params.count;
        self.params.count + (room * 2 / 5).min(room - self.params.block)
    }

    fn restart(&mut self, values: Vec<f64>, vectors: Array2<f64>) {
        self.filled = values.len();
        self.basis.slice_mut(s![.., ..self.filled]).assign(&vectors);
        self.projected.fill(0.0);
        for (i, value) in values.into_iter().enumerate() {
            self.projected[[i, i]] = value;
        }
    }
}

/// A symmetric matrix in memory, prepared for being multiplied again and again.
pub struct Dense {
    stripes: Vec<Packed<f64>>,
    size: usize,
}

/// Columns of a [`Dense`] multiplied by one task.
const STRIPE: usize = 64;

impl Dense {
    /// Copies `matrix`, all of which is read.
    pub fn new(matrix: ArrayView2<'_, f64>) -> Self {
        let size = matrix.nrows();
        let starts: Vec<usize> = (0..size).step_by(STRIPE).collect();
        let stripe =
            |&start: &usize| Packed::new(matrix.slice(s![.., start..size.min(start + STRIPE)]));
        Dense {
            stripes: starts.par_iter().map(stripe).collect(),
            size,
        }
    }
}

impl Operator for Dense {
    fn size(&self) -> usize {
        self.size
    }

    /// Computes the transpose, stripe by stripe: the matrix is the packed operand, the vectors
    /// are the rows of a tile.
    fn apply(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let width = x.ncols();
        let mut result = Array2::zeros((self.size, width));
        let rows = result.as_slice_mut().expect("standard layout");
        let stripes = rows
            .par_chunks_mut((STRIPE * width).max(1))
            .zip(&self.stripes);
        stripes.for_each(|(rows, stripe)| {
            let mut part = Array2::zeros((width, stripe.columns()));
            gemm::add_product_serial(x.t(), stripe, part.view_mut());
            rows.iter_mut()
                .zip(part.t())
                .for_each(|(to, &from)| *to = from);
        });
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Diagonal(Vec<f64>);

    impl Operator for Diagonal {
        fn size(&self) -> usize {
            self.0.len()
        }

        fn apply(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
            Array2::from_shape_fn(x.dim(), |(i, j)| self.0[i] * x[[i, j]])
        }
    }

    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-11, "{found:?} {expected:?}");
        }
    }

    #[test]
    fn close_and_multiple_values() {
        let mut spectrum: Vec<f64> = (0..3000).map(|i| f64::from(i) / 3000.0 * 0.9).collect();
        spectrum[7] = 1.0;
        spectrum[70] = 1.0;
        spectrum[700] = 0.95;
        spectrum[1700] = -1.2;
        let operator = Diagonal(spectrum);
        let found = eigenpairs(&operator, None, &Params::largest(3), &Ticker::new()).unwrap();
        close(&found.values, &[1.0, 1.0, 0.95]);
        assert!((found.vectors[[700, 2]].abs() - 1.0).abs() < 1e-8);
        let furthest = Params {
            which: Which::LargestMagnitude,
            ..Params::largest(2)
        };
        let found = eigenpairs(&operator, None, &furthest, &Ticker::new()).unwrap();
        close(&found.values, &[-1.2, 1.0]);
    }

    #[test]
    fn known_directions_are_left_out() {
        for n in [20, 900] {
            let operator = Diagonal((0..n).map(|i| -f64::from(i)).collect());
            let mut known = Array2::zeros((n as usize, 2));
            known[[0, 0]] = 1.0;
            known[[2, 1]] = 1.0;
            let params = Params::largest(3);
            let found = eigenpairs(&operator, Some(known.view()), &params, &Ticker::new()).unwrap();
            close(&found.values, &[-1.0, -3.0, -4.0]);
        }
    }

    #[test]
    fn dense_operator_multiplies() {
        let m = Array2::from_shape_fn((150, 150), |(i, j)| ((i + j) % 7) as f64 - 3.0);
        let x = Array2::from_shape_fn((150, 5), |(i, j)| (i * (j + 2) % 11) as f64);
        assert_eq!(Dense::new(m.view()).apply(x.view()), m.dot(&x));
    }

    #[test]
    fn low_rank_and_more_pairs_than_rank() {
        let u = Array2::from_shape_fn((700, 1), |(i, _)| (i % 5) as f64);
        let m = u.dot(&u.t());
        let found = eigenpairs(
            &Dense::new(m.view()),
            None,
            &Params::largest(4),
            &Ticker::new(),
        )
        .unwrap();
        close(
            &found.values[..1]
                .iter()
                .map(|x| x / 4200.0)
                .collect::<Vec<_>>(),
            &[1.0],
        );
        assert!(found.values[1..].iter().all(|x| x.abs() < 1e-8));
    }

    #[test]
    fn what_cannot_be_computed_is_said() {
        let ticker = Ticker::new();
        let bad = Diagonal(vec![f64::NAN; 500]);
        assert_eq!(
            eigenpairs(&bad, None, &Params::largest(2), &ticker).unwrap_err(),
            Error::NotFinite
        );
        let none = eigenpairs(&Diagonal(vec![]), None, &Params::largest(2), &ticker).unwrap();
        assert!(none.values.is_empty());
        let good = Diagonal((0..5000).map(f64::from).collect());
        let stopped = eigenpairs(&good, None, &Params::largest(2), &Ticker::stopping_at(3));
        assert_eq!(stopped.unwrap_err(), Error::Stopped(Stopped));
    }
}

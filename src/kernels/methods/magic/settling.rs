//! How many steps MAGIC takes by default: until a step hardly changes the values.
//!
//! As `t="auto"` of the package `magic-impute`: values before and after a step are compared by their
//! Procrustes disparity, 1 − (Σσ)², where σ are the singular values of the product of both, centered and
//! of norm 1. The first step whose disparity is below 0.001 is followed by one more.

use super::Transitions;
use crate::kernels::RowsView;
use crate::kernels::linalg::eigen::{cross, symmetric};
use crate::kernels::ticker::{Stopped, Ticker};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};

/// How many genes are compared at most; the package draws as many at random.
pub const GENES: usize = 500;

/// A step that changes less is the last but one.
const ENOUGH: f64 = 1e-3;

/// Steps at most.
const MOST: usize = 20;

/// Cells whose values are centered at once.
const CELLS: usize = 8192;

/// A number of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settling {
    pub t: usize,
    /// Whether the last step hardly changed the values.
    pub settled: bool,
}

impl Transitions {
    /// How many steps the values of some genes (genes × cells) take until they settle.
    ///
    /// # Errors
    /// An end was asked for.
    pub fn settling(&self, genes: RowsView<'_>, ticker: &Ticker) -> Result<Settling, Stopped> {
        let mut before = self.dense(genes, ticker)?;
        ticker.begin((MOST * self.n_cells()) as u64);
        for t in 1..=MOST {
            let after = self.step(&before, ticker)?;
            if disparity(before.view(), after.view(), ticker)? < ENOUGH {
                return Ok(Settling {
                    t: t + 1,
                    settled: true,
                });
            }
            before = after;
        }
        Ok(Settling {
            t: MOST,
            settled: false,
        })
    }
}

/// The Procrustes disparity of two matrices of the same shape: 0 if they differ by a rotation, a
/// factor and a shift.
fn disparity(
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    ticker: &Ticker,
) -> Result<f64, Stopped> {
    let means = [means(a), means(b)];
    let mut product = Array2::<f64>::zeros((a.ncols(), a.ncols()));
    let mut squares = [0.0f64; 2];
    for start in (0..a.nrows()).step_by(CELLS) {
        ticker.check()?;
        let rows = s![start..a.nrows().min(start + CELLS), ..];
        let parts = [a.slice(rows), b.slice(rows)];
        let centered = [0, 1].map(|i| parts[i].mapv(f64::from) - &means[i]);
        for (square, part) in squares.iter_mut().zip(&centered) {
            *square += part.iter().map(|x| x * x).sum::<f64>();
        }
        product += &cross(centered[0].view(), centered[1].view());
    }
    let norms = squares[0].sqrt() * squares[1].sqrt();
    // Values that are the same in all cells stay so.
    if norms == 0.0 {
        return Ok(0.0);
    }
    ticker.check()?;
    let (eigenvalues, _) = symmetric(cross(product.view(), product.view()).view());
    let nuclear: f64 = eigenvalues.iter().map(|x| x.max(0.0).sqrt()).sum();
    Ok(1.0 - (nuclear / norms).powi(2))
}

fn means(values: ArrayView2<'_, f32>) -> Array1<f64> {
    let mut sums = Array1::<f64>::zeros(values.ncols());
    for row in values.axis_iter(Axis(0)) {
        for (sum, &x) in sums.iter_mut().zip(row) {
            *sum += f64::from(x);
        }
    }
    sums / values.nrows().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Rows;
    use crate::kernels::methods::magic::Params;
    use ndarray::array;

    fn found(a: &Array2<f32>, b: &Array2<f32>) -> f64 {
        disparity(a.view(), b.view(), &Ticker::new()).unwrap()
    }

    #[test]
    fn disparity_is_that_of_scipy() {
        // scipy.spatial.procrustes gives this.
        let square = array![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
        let bent = array![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]];
        let scipy = 0.285_714_285_714_285_7;
        assert!((found(&square, &bent) - scipy).abs() < 1e-7);
        let turned = array![[3.0, 1.0], [3.0, 3.0], [1.0, 3.0], [1.0, 1.0]];
        assert!(found(&square, &turned).abs() < 1e-7);
        assert_eq!(found(&square, &Array2::ones((4, 2))), 0.0);
    }

    /// Cells on a circle, each with the two beside it.
    fn circle(n: usize) -> Transitions {
        let beside = |cell: usize| {
            let mut pair = [(cell + 1) % n, (cell + n - 1) % n];
            pair.sort_unstable();
            pair.map(|it| it as u32)
        };
        let cells = (0..n).flat_map(beside).collect();
        let starts = (0..=n).map(|cell| 2 * cell).collect();
        let distances = Rows::new((n, n), starts, cells, vec![1.0; 2 * n]);
        let params = Params { knn: 1, decay: 1.0 };
        Transitions::new(distances.view(), &params, &Ticker::new()).unwrap()
    }

    #[test]
    fn smooth_values_settle_at_once_and_rough_ones_later() {
        let n = 40;
        let walk = circle(n);
        let gene = |value: &dyn Fn(usize) -> f32| {
            let values = (0..n).map(value).collect();
            Rows::new((1, n), vec![0, n], (0..n as u32).collect(), values)
        };
        let constant = walk
            .settling(gene(&|_| 2.0).view(), &Ticker::new())
            .unwrap();
        assert_eq!((constant.t, constant.settled), (2, true));
        let rough = gene(&|cell| (cell * 7 % 11) as f32);
        let rough = walk.settling(rough.view(), &Ticker::new()).unwrap();
        assert!(rough.settled && rough.t > 3, "{rough:?}");
        let stopped = walk.settling(gene(&|_| 1.0).view(), &Ticker::stopping_at(3));
        assert_eq!(stopped.unwrap_err(), Stopped);
    }
}

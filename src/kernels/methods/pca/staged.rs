//! Components of more genes than a covariance matrix should have: Lanczos passes over blocks
//! that are kept somewhere and can be read again and again.
//!
//! The operator is v ↦ Xᵀ(X·v) − n·m·(mᵀ·v), over n − 1: what the covariance matrix would do. Not
//! centered, it is v ↦ (X + 1·zᵀ)ᵀ((X + 1·zᵀ)·v), over n − 1; z is what zeros are after scaling.

use super::{Error, Moments, Pca, Standardize, Wanted, lanczos, most_components, of_zeros};
use crate::kernels::linalg::eigen::{self, Operator};
use crate::kernels::ticker::Ticker;
use crate::kernels::{Rows, RowsView};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use std::borrow::Cow;

/// Blocks of cells × genes that can be read repeatedly and from any thread.
pub trait Blocks: Sync {
    fn genes(&self) -> usize;
    /// How many blocks there are.
    fn count(&self) -> usize;
    /// The `i`-th block, always with the same cells.
    fn block(&self, i: usize) -> Cow<'_, Rows>;
}

impl Blocks for Vec<Rows> {
    fn genes(&self) -> usize {
        self.first().map_or(0, |rows| rows.cols())
    }

    fn count(&self) -> usize {
        self.len()
    }

    fn block(&self, i: usize) -> Cow<'_, Rows> {
        Cow::Borrowed(&self[i])
    }
}

/// Blocks whose partial sums are held at once.
const AT_ONCE: usize = 16;

/// The leading components of all `blocks`, scaled by `standardize` if given.
pub fn components(
    blocks: &dyn Blocks,
    standardize: Option<Standardize>,
    wanted: Wanted,
    ticker: &Ticker,
) -> Result<Pca, Error> {
    let mut operator = Covariance {
        blocks,
        shift: of_zeros(standardize.as_ref(), blocks.genes()),
        standardize,
        center: wanted.center,
        mean: Vec::new(),
        cells: 0,
        ticker,
    };
    let total_variance = operator.gather_moments()?;
    let most = most_components(operator.cells, operator.mean.len());
    let lanczos = lanczos(wanted.n_components.min(most));
    let pairs = eigen::eigenpairs(&operator, None, &lanczos, ticker);
    ticker.check()?;
    let Covariance {
        standardize,
        mean,
        cells,
        ..
    } = operator;
    Ok(Pca::new(
        pairs?,
        Moments {
            cells,
            center: wanted.center,
            mean,
            total_variance,
            standardize,
        },
    ))
}

struct Covariance<'a> {
    blocks: &'a dyn Blocks,
    standardize: Option<Standardize>,
    /// What zeros of each gene are after scaling.
    shift: Vec<f64>,
    center: bool,
    mean: Vec<f64>,
    cells: usize,
    ticker: &'a Ticker,
}

impl Covariance<'_> {
    /// Calls `work` for each block, on all threads, and `fold` with the results in order.
    fn pass<T: Send>(&self, work: impl Fn(RowsView<'_>) -> T + Sync, mut fold: impl FnMut(T)) {
        let places: Vec<usize> = (0..self.blocks.count()).collect();
        for group in places.chunks(AT_ONCE) {
            if self.ticker.check().is_err() {
                return;
            }
            let each = group.par_iter().map(|&i| work(self.blocks.block(i).view()));
            each.collect::<Vec<T>>().into_iter().for_each(&mut fold);
        }
    }

    fn value(&self, gene: usize, x: f32) -> f64 {
        match &self.standardize {
            Some(scale) => f64::from(scale.shifted(gene, x)),
            None => f64::from(x),
        }
    }

    /// Sets means and number of cells; returns the variances of all genes together.
    fn gather_moments(&mut self) -> Result<f64, Error> {
        let genes = self.blocks.genes();
        let (mut cells, mut sums, mut squares) = (0, vec![0.0; genes], vec![0.0; genes]);
        self.pass(
            |rows| self.moments_of(rows),
            |(n, sum, square): (usize, Vec<f64>, Vec<f64>)| {
                cells += n;
                sums.iter_mut().zip(sum).for_each(|(a, b)| *a += b);
                squares.iter_mut().zip(square).for_each(|(a, b)| *a += b);
            },
        );
        self.ticker.check()?;
        if cells < 2 || genes < 2 {
            return Err(Error::TooSmall { cells, genes });
        }
        let n = cells as f64;
        self.mean = sums.iter().map(|sum| sum / n).collect();
        self.cells = cells;
        let variance = |(square, mean): (&f64, &f64)| (square - n * mean * mean) / (n - 1.0);
        let total: f64 = squares.iter().zip(&self.mean).map(variance).sum();
        if total.is_finite() {
            Ok(total)
        } else {
            Err(Error::NotFinite)
        }
    }

    fn moments_of(&self, rows: RowsView<'_>) -> (usize, Vec<f64>, Vec<f64>) {
        let (mut sums, mut squares) = (vec![0.0; rows.cols()], vec![0.0; rows.cols()]);
        for row in rows.outer_iterator() {
            for (gene, &x) in row.iter() {
                let x = self.value(gene, x);
                sums[gene] += x;
                squares[gene] += x * x;
            }
        }
        (rows.rows(), sums, squares)
    }

    /// Xᵀ(X·v) of one block.
    fn product_of(&self, rows: RowsView<'_>, v: &[f64], width: usize) -> Vec<f64> {
        let mut result = vec![0.0; v.len()];
        let mut scores = vec![0.0; width];
        for row in rows.outer_iterator() {
            scores.fill(0.0);
            for (gene, &x) in row.iter() {
                let x = self.value(gene, x);
                let v = &v[gene * width..][..width];
                scores
                    .iter_mut()
                    .zip(v)
                    .for_each(|(score, v)| *score += x * v);
            }
            for (gene, &x) in row.iter() {
                let x = self.value(gene, x);
                let to = &mut result[gene * width..][..width];
                to.iter_mut()
                    .zip(&scores)
                    .for_each(|(to, score)| *to += x * score);
            }
        }
        result
    }
}

impl Operator for Covariance<'_> {
    fn size(&self) -> usize {
        self.mean.len()
    }

    fn apply(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let x = x.as_standard_layout();
        let width = x.ncols();
        let mut sum = Array2::<f64>::zeros(x.dim());
        let v = x.as_slice().expect("standard layout");
        self.pass(
            |rows| self.product_of(rows, v, width),
            |part: Vec<f64>| sum.iter_mut().zip(part).for_each(|(a, b)| *a += b),
        );
        let n = self.cells as f64;
        let along = ndarray::aview1(&self.mean).dot(&x);
        if self.center {
            for (mut row, m) in sum.rows_mut().into_iter().zip(&self.mean) {
                row.scaled_add(-n * m, &along);
            }
        } else {
            let of_zeros = ndarray::aview1(&self.shift).dot(&x);
            let both = &along + &of_zeros;
            let rows = sum.rows_mut().into_iter();
            for ((mut row, m), z) in rows.zip(&self.mean).zip(&self.shift) {
                row.scaled_add(n * m, &of_zeros);
                row.scaled_add(n * z, &both);
            }
        }
        sum / (n - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Gram, Projection, components as of_gram};
    use super::*;
    use crate::kernels::random::splitmix::Stream;

    /// Cells along two directions, with some noise.
    fn structured(cells: usize, genes: usize) -> Vec<Rows> {
        let block = |first: usize, last: usize| {
            let (mut starts, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
            for cell in first..last {
                let mut stream = Stream::new(0, 1, cell as u64);
                let (a, b) = (stream.unit(), 0.5 * stream.unit());
                for gene in 0..genes {
                    let x = if gene % 2 == 0 { a } else { b } * (gene % 5) as f64
                        + 0.05 * stream.unit();
                    if stream.unit() < 0.8 {
                        indices.push(gene as u32);
                        values.push(x as f32);
                    }
                }
                starts.push(indices.len());
            }
            Rows::new((last - first, genes), starts, indices, values)
        };
        (0..cells)
            .step_by(100)
            .map(|start| block(start, cells.min(start + 100)))
            .collect()
    }

    fn compare(standardize: Option<Standardize>) {
        let blocks = structured(450, 400);
        let ticker = Ticker::new();
        let wanted = Wanted::centered(5);
        let by_passes = components(&blocks, standardize.clone(), wanted, &ticker).unwrap();
        let mut gram = Gram::new(400, standardize);
        blocks.iter().for_each(|rows| gram.add(rows.view(), &[]));
        let by_gram = of_gram(gram, wanted, &ticker).unwrap();
        for (a, b) in by_passes.variance_ratio.iter().zip(&by_gram.variance_ratio) {
            assert!((a - b).abs() < 1e-10, "{a} {b}");
        }
        let difference = &by_passes.components - &by_gram.components;
        assert!(difference.iter().all(|x| x.abs() < 1e-4));
        let (mut a, mut start) = (Projection::new(&by_gram), 0);
        for rows in &blocks {
            let cells: Vec<u32> = (start..start + rows.rows() as u32).collect();
            start += rows.rows() as u32;
            a.add(rows.view(), &cells);
        }
        let projected = a.finish();
        let means = projected.mean_axis(ndarray::Axis(0)).unwrap();
        assert!(means.iter().all(|x| x.abs() < 1e-4), "{means}");
        let spread = projected.column(0).mapv(|x| f64::from(x).powi(2)).sum() / 449.0;
        assert!((spread / by_gram.variance[0] - 1.0).abs() < 1e-5);
    }

    #[test]
    fn passes_find_what_the_gram_matrix_has() {
        compare(None);
    }

    #[test]
    fn scaled_and_bounded_values_do_too() {
        compare(Some(Standardize::new(
            vec![0.5; 400],
            vec![0.7; 400],
            Some(1.5),
        )));
    }

    /// Values as the components see them.
    fn seen(blocks: &[Rows], standardize: &Standardize) -> Array2<f64> {
        let each = blocks.iter().map(|rows| {
            let mut dense = rows.to_dense().mapv(f64::from);
            for ((_, gene), x) in dense.indexed_iter_mut() {
                let shifted = f64::from(standardize.shifted(gene, *x as f32));
                *x = shifted + standardize.of_zero(gene);
            }
            dense
        });
        let each: Vec<Array2<f64>> = each.collect();
        let views: Vec<_> = each.iter().map(|dense| dense.view()).collect();
        ndarray::concatenate(ndarray::Axis(0), &views).unwrap()
    }

    #[test]
    fn without_centering_second_moments_are_decomposed() {
        let blocks = structured(450, 400);
        let ticker = Ticker::new();
        let scale = Standardize::new(vec![0.3; 400], vec![0.7; 400], Some(1.5));
        let wanted = Wanted {
            n_components: 4,
            center: false,
        };
        let by_passes = components(&blocks, Some(scale.clone()), wanted, &ticker).unwrap();
        let mut gram = Gram::new(400, Some(scale.clone()));
        blocks.iter().for_each(|rows| gram.add(rows.view(), &[]));
        let by_gram = of_gram(gram, wanted, &ticker).unwrap();
        let dense = seen(&blocks, &scale);
        let all = dense.var_axis(ndarray::Axis(0), 0.0).sum();
        for found in [by_passes, by_gram] {
            let v = &found.components;
            let image = dense.t().dot(&dense.dot(v));
            for (component, value) in image.columns().into_iter().enumerate() {
                let along = v.column(component);
                let rest = &value - &(&along * along.dot(&value));
                assert!(rest.dot(&rest).sqrt() < 1e-4 * along.dot(&value));
            }
            let expected = dense.dot(v);
            let spread = expected.var_axis(ndarray::Axis(0), 0.0);
            for (a, b) in found.variance.iter().zip(&spread) {
                assert!((a - b).abs() < 1e-6 * spread[0], "{a} {b}");
            }
            assert!((found.variance_ratio[1] - spread[1] / all).abs() < 1e-6);
            let projected = super::super::project(&found, blocks[0].view());
            for ((cell, component), x) in projected.indexed_iter() {
                assert!((f64::from(*x) - expected[[cell, component]]).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn no_blocks_and_one_cell_are_too_small() {
        let ticker = Ticker::new();
        let none = components(&Vec::<Rows>::new(), None, Wanted::centered(3), &ticker);
        assert!(matches!(none, Err(Error::TooSmall { cells: 0, genes: 0 })));
        let one = components(&structured(1, 9), None, Wanted::centered(3), &ticker);
        assert!(matches!(one, Err(Error::TooSmall { cells: 1, genes: 9 })));
    }
}

//! Sums of products of genes, over all cells.
//!
//! A product of two f32 is exact in f64, and every entry of the Gram matrix is summed over the
//! cells in their order. So the sparse and the dense way give the same bits, and so does every
//! grouping of the cells into blocks, as long as the pieces merged have fewer than [`FLUSH`] cells.
//! Where there are many cells, they are added in chunks that are [closed](Gram::close); sums of
//! chunks are added entry by entry.

mod closed;

use super::{Error, Moments, Standardize, of_zeros};
use crate::kernels::ticker::{Stopped, Ticker};
use crate::kernels::{RowsView, linalg::gemm};
use ndarray::{Array1, Array2};
use rayon::prelude::*;

/// Cells held back before their products are added up. Each time the whole matrix goes through memory (32 MB
/// for 2,000 genes), and merging blocks that hold back their rows is only copying these; so it is done seldom.
const FLUSH: usize = 8192;

/// Values held back before their products are added up, for wide rows.
const FLUSH_VALUES: usize = 1 << 23;

/// Share of non-zero values from which dense products are faster.
const DENSE: f64 = 0.25;

/// Cells multiplied at once: enough to reuse a row of the matrix while it is in the first-level
/// cache, few enough to find their values in the second.
const AT_ONCE: usize = 1024;

/// Fewer where the products are dense, so that an end is not waited for.
const DENSE_AT_ONCE: usize = 256;

/// Genes whose products are one task on the sparse way.
const GENES: usize = 8;

/// Accumulates XᵀX, column sums and the number of cells, block by block.
pub struct Gram {
    standardize: Option<Standardize>,
    genes: usize,
    cells: usize,
    /// Lower triangle of the products of the cells that are no longer pending; empty before.
    products: Array2<f64>,
    totals: Vec<f64>,
    /// In place of `products`, row by row of the triangle, when no more cells of a chunk come.
    closed: Option<Vec<f64>>,
    pending: Pending,
    ticker: Ticker,
    /// Whether products are missing because an end was asked for.
    stopped: bool,
}

/// Rows whose products have not been added yet.
struct Pending {
    /// Where each row begins and the last one ends.
    starts: Vec<usize>,
    genes: Vec<u32>,
    values: Vec<f32>,
}

/// Some consecutive rows of the pending ones; `bounds` count from the first of all.
#[derive(Clone, Copy)]
struct Part<'a> {
    bounds: &'a [usize],
    genes: &'a [u32],
    values: &'a [f32],
}

/// For each gene, where its values are among the pending ones, and in which rows.
struct ByGene {
    starts: Vec<usize>,
    /// (begin of the row, place of the value), in the order of the rows. Genes of a row ascend, so what lies
    /// between the two are the genes up to this one: the lower triangle, and nothing else.
    places: Vec<(u32, u32)>,
}

impl Gram {
    /// For rows over `genes` genes, scaled by `standardize` (of the same genes) if given.
    pub fn new(genes: usize, standardize: Option<Standardize>) -> Self {
        let pending = Pending {
            starts: vec![0],
            genes: Vec::new(),
            values: Vec::new(),
        };
        let products = Array2::zeros((0, 0));
        Gram {
            standardize,
            genes,
            cells: 0,
            products,
            totals: vec![0.0; genes],
            closed: None,
            pending,
            ticker: Ticker::new(),
            stopped: false,
        }
    }

    /// Products may take seconds, and are added up when blocks are merged: a kernel that is to stop
    /// them says so to this ticker.
    pub fn watch(&mut self, ticker: &Ticker) {
        self.ticker = ticker.clone();
    }

    /// Cells taken so far.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// Width of the rows.
    pub fn genes(&self) -> usize {
        self.genes
    }

    /// Takes a block of cells. Which cells they are does not matter here, only their order.
    ///
    /// # Panics
    /// If a row holds a gene not below the number of genes.
    pub fn add(&mut self, rows: RowsView<'_>, _cells: &[u32]) {
        for row in rows.outer_iterator() {
            for (gene, &x) in row.iter() {
                let x = match &self.standardize {
                    // What is held is the distance from the scaled value of a zero, so that rows stay sparse;
                    // the products with those values are put back when all cells are there.
                    Some(scale) => scale.shifted(gene, x),
                    None => x,
                };
                self.pending.genes.push(gene as u32);
                self.pending.values.push(x);
            }
            self.pending.starts.push(self.pending.values.len());
            self.cells += 1;
            self.flush_if_full();
        }
    }

    /// Adds the cells of `next`, which follow those of `self`; both are closed, or neither.
    pub fn merge(&mut self, next: Gram) {
        self.stopped |= next.stopped;
        if self.closed.is_some() {
            return self.add_closed(next);
        }
        if !next.products.is_empty() {
            self.flush();
            self.products += &next.products;
            self.totals
                .iter_mut()
                .zip(&next.totals)
                .for_each(|(a, b)| *a += b);
        }
        for bounds in next.pending.starts.windows(2) {
            let row = bounds[0]..bounds[1];
            self.pending
                .genes
                .extend_from_slice(&next.pending.genes[row.clone()]);
            self.pending
                .values
                .extend_from_slice(&next.pending.values[row]);
            self.pending.starts.push(self.pending.values.len());
            self.flush_if_full();
        }
        self.cells += next.cells;
    }

    fn flush_if_full(&mut self) {
        if self.pending.starts.len() > FLUSH || self.pending.values.len() >= FLUSH_VALUES {
            self.flush();
        }
    }

    /// Adds the products of the pending rows, on all threads.
    fn flush(&mut self) {
        let size = self.genes;
        if self.products.is_empty() {
            self.products = Array2::zeros((size, size));
        }
        for rows in self.pending.parts() {
            self.stopped |= self.ticker.check().is_err();
            if self.stopped {
                break;
            }
            let by_gene = rows.by_gene(size);
            by_gene.add_totals(&rows, &mut self.totals);
            if rows.density(size) > DENSE {
                for rows in rows.pieces(DENSE_AT_ONCE) {
                    self.stopped |= self.ticker.check().is_err();
                    if !self.stopped {
                        rows.add_dense(&mut self.products);
                    }
                }
            } else {
                by_gene.add_products(&rows, &mut self.products);
            }
        }
        self.pending.starts.truncate(1);
        self.pending.genes.clear();
        self.pending.values.clear();
    }

    /// The covariance matrix (n − 1), or the second moments over n − 1 if not to `center`; and
    /// what else the components need.
    pub(super) fn finish(mut self, center: bool) -> Result<(Array2<f64>, Moments), Error> {
        if self.cells < 2 || self.genes < 2 {
            return Err(Error::TooSmall {
                cells: self.cells,
                genes: self.genes,
            });
        }
        self.open();
        self.flush();
        if self.stopped {
            return Err(Stopped.into());
        }
        let n = self.cells as f64;
        let mean: Vec<f64> = self.totals.iter().map(|sum| sum / n).collect();
        let totals = &self.totals;
        let shift = of_zeros(self.standardize.as_ref(), self.genes);
        let mut matrix = self.products;
        let spread = |i: usize| (matrix[[i, i]] - totals[i] * mean[i]) / (n - 1.0);
        let variances: Array1<f64> = (0..self.genes).map(spread).collect();
        for i in 0..self.genes {
            for j in 0..=i {
                // Held is d = x − s, where s is the scaled value of a zero. Centered, s falls out; else
                // Σ x xᵀ = Σ d dᵀ + (Σd) sᵀ + s (Σd)ᵀ + n s sᵀ.
                let beside = if center {
                    -totals[i] * mean[j]
                } else {
                    totals[i] * shift[j] + shift[i] * (totals[j] + n * shift[j])
                };
                let x = (matrix[[i, j]] + beside) / (n - 1.0);
                matrix[[i, j]] = x;
                matrix[[j, i]] = x;
            }
        }
        let total_variance = variances.sum();
        if !total_variance.is_finite() {
            return Err(Error::NotFinite);
        }
        Ok((
            matrix,
            Moments {
                cells: self.cells,
                center,
                mean,
                total_variance,
                standardize: self.standardize,
            },
        ))
    }
}

impl Pending {
    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let rows = self.starts.len() - 1;
        (0..rows).step_by(AT_ONCE).map(move |first| Part {
            bounds: &self.starts[first..=rows.min(first + AT_ONCE)],
            genes: &self.genes,
            values: &self.values,
        })
    }
}

impl<'a> Part<'a> {
    /// Some rows after the others.
    fn pieces(self, rows: usize) -> impl Iterator<Item = Part<'a>> {
        let last = self.bounds.len() - 1;
        (0..last).step_by(rows).map(move |first| Part {
            bounds: &self.bounds[first..=last.min(first + rows)],
            ..self
        })
    }

    fn density(&self, genes: usize) -> f64 {
        let rows = self.bounds.len() - 1;
        (self.bounds[rows] - self.bounds[0]) as f64 / (rows * genes) as f64
    }

    fn by_gene(&self, genes: usize) -> ByGene {
        let all = self.bounds[0]..self.bounds[self.bounds.len() - 1];
        let mut starts = vec![0; genes + 1];
        self.genes[all.clone()]
            .iter()
            .for_each(|&gene| starts[gene as usize + 1] += 1);
        for gene in 0..genes {
            starts[gene + 1] += starts[gene];
        }
        let mut next = starts.clone();
        let mut places = vec![(0, 0); all.len()];
        for row in self.bounds.windows(2) {
            for at in row[0]..row[1] {
                let to = &mut next[self.genes[at] as usize];
                places[*to] = (row[0] as u32, at as u32);
                *to += 1;
            }
        }
        ByGene { starts, places }
    }

    fn add_dense(&self, products: &mut Array2<f64>) {
        let mut block = Array2::<f64>::zeros((self.bounds.len() - 1, products.nrows()));
        for (row, mut to) in self.bounds.windows(2).zip(block.rows_mut()) {
            for at in row[0]..row[1] {
                to[self.genes[at] as usize] = f64::from(self.values[at]);
            }
        }
        gemm::add_gram(block.view(), products);
    }
}

impl ByGene {
    fn places(&self, gene: usize) -> &[(u32, u32)] {
        &self.places[self.starts[gene]..self.starts[gene + 1]]
    }

    fn add_totals(&self, rows: &Part<'_>, totals: &mut [f64]) {
        for (gene, total) in totals.iter_mut().enumerate() {
            for &(_, at) in self.places(gene) {
                *total += f64::from(rows.values[at as usize]);
            }
        }
    }

    /// Row by row of the matrix, so that the row stays in the cache. Each entry gets the products of the
    /// cells in their order, as in `add_dense`; that zeros are left out here changes no bit, for
    /// adding a zero does not.
    fn add_products(&self, rows: &Part<'_>, products: &mut Array2<f64>) {
        let size = products.ncols();
        let all = products.as_slice_mut().expect("standard layout");
        let blocks = all.par_chunks_mut((GENES * size).max(1)).enumerate();
        blocks.for_each(|(block, lines)| {
            for (i, line) in lines.chunks_exact_mut(size).enumerate() {
                for &(begin, at) in self.places(block * GENES + i) {
                    let others = begin as usize..=at as usize;
                    let x = f64::from(rows.values[at as usize]);
                    let genes = rows.genes[others.clone()].iter();
                    let pairs = genes.zip(&rows.values[others]);
                    pairs.for_each(|(&j, &y)| line[j as usize] += x * f64::from(y));
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Rows;
    use crate::kernels::random::splitmix::Stream;
    use crate::kernels::transfer::{Packing, Transfer, Unpacking};

    pub fn random_rows(cells: usize, genes: usize, density: f64, seed: u64) -> Rows {
        let (mut starts, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
        for cell in 0..cells {
            let mut stream = Stream::new(seed, 0, cell as u64);
            for gene in 0..genes {
                if stream.unit() < density {
                    indices.push(gene as u32);
                    values.push((stream.unit() * 4.0) as f32);
                }
            }
            starts.push(indices.len());
        }
        Rows::new((cells, genes), starts, indices, values)
    }

    fn whole(rows: &Rows) -> Gram {
        let mut gram = Gram::new(rows.cols(), None);
        gram.add(rows.view(), &[]);
        gram
    }

    #[test]
    fn covariance_is_that_of_the_dense_matrix() {
        for density in [0.1, 0.6] {
            let rows = random_rows(300, 20, density, 1);
            let dense: Array2<f64> = rows.to_dense().mapv(f64::from);
            let (covariance, moments) = whole(&rows).finish(true).unwrap();
            let centered = &dense - &dense.mean_axis(ndarray::Axis(0)).unwrap();
            let expected = centered.t().dot(&centered) / 299.0;
            assert!((&covariance - &expected).iter().all(|x| x.abs() < 1e-13));
            assert!((moments.total_variance - expected.diag().sum()).abs() < 1e-12);
        }
    }

    #[test]
    fn sparse_and_dense_way_and_any_blocks_give_the_same_bits() {
        let rows = random_rows(2500, 70, 0.2, 2);
        let mut dense = Array2::zeros((70, 70));
        let mut sparse = dense.clone();
        let gram = whole(&rows);
        for part in gram.pending.parts() {
            part.add_dense(&mut dense);
            part.by_gene(70).add_products(&part, &mut sparse);
        }
        for ((i, j), x) in sparse.indexed_iter() {
            assert!(j > i || *x == dense[[i, j]]);
        }
        let mut pieces = Gram::new(70, None);
        for start in (0..2500).step_by(700) {
            let mut piece = Gram::new(70, None);
            piece.add(rows.slice_outer(start..2500.min(start + 700)), &[]);
            pieces.merge(piece);
        }
        assert_eq!(pieces.finish(true).unwrap().0, gram.finish(true).unwrap().0);
    }

    #[test]
    fn flushing_in_between_changes_nothing() {
        let rows = random_rows(FLUSH + 900, 5, 0.5, 3);
        let mut pieces = Gram::new(5, None);
        for start in (0..rows.rows()).step_by(1000) {
            let mut piece = Gram::new(5, None);
            piece.add(rows.slice_outer(start..rows.rows().min(start + 1000)), &[]);
            pieces.merge(piece);
        }
        assert!(!pieces.products.is_empty());
        assert_eq!(
            pieces.finish(true).unwrap().0,
            whole(&rows).finish(true).unwrap().0
        );
    }

    #[test]
    fn closed_sums_are_added_and_come_back_from_bytes() {
        let rows = random_rows(900, 7, 0.5, 6);
        let chunk = |cells: std::ops::Range<usize>| {
            let mut chunk = Gram::new(7, None);
            chunk.add(rows.slice_outer(cells), &[]);
            chunk.close();
            chunk
        };
        let mut sum = chunk(0..500);
        sum.merge(chunk(500..900));
        let mut bytes = Packing::default();
        chunk(500..900).pack(&mut bytes);
        let mut back = Gram::new(7, None);
        back.unpack(&mut Unpacking(&bytes.0)).unwrap();
        let mut other = chunk(0..500);
        other.merge(back);
        let (sum, _) = sum.finish(true).unwrap();
        assert_eq!(sum, other.finish(true).unwrap().0);
        let all = whole(&rows).finish(true).unwrap().0;
        assert!((&sum - &all).iter().all(|x| x.abs() < 1e-12));
        assert_eq!(chunk(0..900).finish(true).unwrap().0, all);
    }

    #[test]
    fn an_end_is_not_waited_for() {
        let rows = random_rows(FLUSH + 10, 5, 0.5, 5);
        let all = whole(&rows).finish(true).unwrap().0;
        for polls in [1, 4, 20] {
            let mut gram = Gram::new(5, None);
            gram.watch(&Ticker::stopping_at(polls));
            gram.add(rows.view(), &[]);
            assert!(matches!(gram.finish(true), Err(Error::Stopped(_))));
        }
        let mut gram = Gram::new(5, None);
        gram.watch(&Ticker::stopping_at(1000));
        gram.add(rows.view(), &[]);
        assert_eq!(gram.finish(true).unwrap().0, all);
    }

    #[test]
    fn too_few_cells_and_nan_are_said() {
        let rows = random_rows(1, 9, 0.5, 4);
        assert!(matches!(
            whole(&rows).finish(true),
            Err(Error::TooSmall { cells: 1, genes: 9 })
        ));
        let mut rows = random_rows(50, 9, 0.5, 4);
        rows.data_mut()[3] = f32::NAN;
        assert!(matches!(whole(&rows).finish(true), Err(Error::NotFinite)));
    }
}

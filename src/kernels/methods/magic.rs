//! MAGIC: expression shared among similar cells, by diffusion on a graph of nearest neighbors.
//!
//! van Dijk et al., Cell 174, 716 (2018), with the kernel of the package `magic-impute`: the weight of
//! a neighbor is exp(−(d/σ)^decay), where σ is the distance of the cell to its neighbor `knn`; weights
//! are made symmetric as (K + Kᵀ)/2, and each row is divided by its sum. Values are multiplied
//! with this matrix `t` times.

pub mod settling;

use crate::kernels::RowsView;
use crate::kernels::math;
use crate::kernels::ticker::{Stopped, Ticker};
use ndarray::Array2;
use rayon::prelude::*;

/// What can be chosen of the kernel.
#[derive(Debug, Clone, Copy)]
pub struct Params {
    /// Which neighbor is at the distance that weights are measured by.
    pub knn: usize,
    /// How steeply weights fall beyond that distance.
    pub decay: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Error {
    /// No cell has as many neighbors as are needed.
    #[error("cells have at most {most} neighbors")]
    TooFewNeighbors { most: usize },
    #[error("a distance is not a number from 0 on")]
    NoDistance,
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Smaller weights are left out, as in the package.
const LEAST: f64 = 1e-4;

/// Cells whose weights are computed between two looks at the ticker.
const CHECKED: usize = 1024;

/// Cells that are smoothed by one task.
const CELLS: usize = 16;

/// Genes that are added up at once: their sums stay in the processor's first cache.
const GENES: usize = 1024;

/// Where a walk on the graph goes in one step: rows add up to 1.
#[derive(Debug, Clone)]
pub struct Transitions {
    indptr: Vec<usize>,
    cells: Vec<u32>,
    weights: Vec<f64>,
}

impl Transitions {
    /// From the distances of each cell to its nearest neighbors. A cell with fewer than `knn` takes the
    /// distance of the last; one without any stays where it is.
    ///
    /// # Errors
    /// No cell has `knn` neighbors, distances are no distances, or an end was asked for.
    pub fn new(distances: RowsView<'_>, params: &Params, ticker: &Ticker) -> Result<Self, Error> {
        let kernel = kernel(distances, params, ticker)?;
        let transposed = kernel.transpose_view().to_csr();
        let n_cells = kernel.rows();
        let (mut indptr, mut cells, mut weights) = (vec![0], Vec::new(), Vec::new());
        for cell in 0..n_cells {
            if cell % CHECKED == 0 {
                ticker.check()?;
            }
            let start = cells.len();
            merged(&kernel, &transposed, cell, &mut cells, &mut weights);
            let sum: f64 = weights[start..].iter().sum();
            weights[start..]
                .iter_mut()
                .for_each(|weight| *weight /= sum);
            indptr.push(cells.len());
        }
        Ok(Transitions {
            indptr,
            cells,
            weights,
        })
    }

    pub fn n_cells(&self) -> usize {
        self.indptr.len() - 1
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        12 * self.cells.len() + 8 * self.indptr.len()
    }

    /// The values of some genes (genes × cells) after `t` steps: cells × genes.
    ///
    /// # Errors
    /// An end was asked for.
    pub fn smoothed(
        &self,
        genes: RowsView<'_>,
        t: usize,
        ticker: &Ticker,
    ) -> Result<Array2<f32>, Stopped> {
        let mut values = self.dense(genes, ticker)?;
        ticker.begin((t * self.n_cells()) as u64);
        for _ in 0..t {
            values = self.step(&values, ticker)?;
        }
        Ok(values)
    }

    /// Genes × cells as cells × genes.
    fn dense(&self, genes: RowsView<'_>, ticker: &Ticker) -> Result<Array2<f32>, Stopped> {
        let mut values = Array2::<f32>::zeros((self.n_cells(), genes.rows()));
        for (gene, row) in genes.outer_iterator().enumerate() {
            ticker.check()?;
            for (cell, &x) in row.iter() {
                values[[cell, gene]] = x;
            }
        }
        Ok(values)
    }

    /// The values after one step. Each cell is added up by one thread, in the order of its neighbors.
    fn step(&self, values: &Array2<f32>, ticker: &Ticker) -> Result<Array2<f32>, Stopped> {
        let n_genes = values.ncols();
        let mut next = Array2::<f32>::zeros(values.raw_dim());
        let rows = next.as_slice_mut().expect("standard layout");
        let values = values.as_slice().expect("standard layout");
        rows.par_chunks_mut((CELLS * n_genes).max(1))
            .enumerate()
            .try_for_each(|(task, rows)| {
                let mut done = 0;
                for (row, cell) in rows.chunks_mut(n_genes).zip(task * CELLS..) {
                    for (part, first) in row.chunks_mut(GENES).zip((0..).step_by(GENES)) {
                        self.add(cell, &values[first..], n_genes, part);
                    }
                    done += 1;
                }
                ticker.advance(done)
            })?;
        Ok(next)
    }

    /// Some genes of a cell: those of its neighbors and its own, by their weights. `values` begins with
    /// the first of these genes; the rows of two cells are `n_genes` apart.
    fn add(&self, cell: usize, values: &[f32], n_genes: usize, to: &mut [f32]) {
        let mut sums = [0.0f64; GENES];
        let sums = &mut sums[..to.len()];
        let at = self.indptr[cell]..self.indptr[cell + 1];
        for (&of, &weight) in self.cells[at.clone()].iter().zip(&self.weights[at]) {
            let row = &values[of as usize * n_genes..][..to.len()];
            for (sum, &x) in sums.iter_mut().zip(row) {
                *sum += weight * f64::from(x);
            }
        }
        for (to, sum) in to.iter_mut().zip(sums) {
            *to = *sum as f32;
        }
    }
}

/// A square matrix of weights.
type Kernel = sprs::CsMatI<f64, u32, usize>;

/// The weight of each neighbor, and 1 for the cell itself.
fn kernel(distances: RowsView<'_>, params: &Params, ticker: &Ticker) -> Result<Kernel, Error> {
    let n_cells = distances.rows();
    let (mut indptr, mut cells, mut weights) = (vec![0], Vec::new(), Vec::new());
    let (mut sorted, mut most) = (Vec::new(), 0);
    for (cell, row) in distances.outer_iterator().enumerate() {
        if cell % CHECKED == 0 {
            ticker.check()?;
        }
        let others = row.iter().filter(|&(of, _)| of != cell);
        sorted.clear();
        sorted.extend(others.clone().map(|(_, &d)| f64::from(d)));
        if !sorted.iter().all(|d| d.is_finite() && *d >= 0.0) {
            return Err(Error::NoDistance);
        }
        sorted.sort_unstable_by(f64::total_cmp);
        most = most.max(sorted.len());
        let nearest = params.knn.min(sorted.len());
        let width = sorted.get(nearest.wrapping_sub(1)).copied();
        let width = width.unwrap_or_default().max(f64::EPSILON);
        let mut own = Some((cell, 1.0));
        for (of, &d) in others {
            let weight = math::exp(-math::powf(f64::from(d) / width, params.decay));
            let before = own.take_if(|(cell, _)| *cell < of);
            let kept = (weight >= LEAST).then_some((of, weight));
            for (of, weight) in before.into_iter().chain(kept) {
                cells.push(of as u32);
                weights.push(weight);
            }
        }
        if let Some((of, weight)) = own {
            cells.push(of as u32);
            weights.push(weight);
        }
        indptr.push(cells.len());
    }
    if most < params.knn && n_cells > 0 {
        return Err(Error::TooFewNeighbors { most });
    }
    Ok(Kernel::new((n_cells, n_cells), indptr, cells, weights))
}

/// Appends a row of (K + Kᵀ)/2.
fn merged(
    kernel: &Kernel,
    transposed: &Kernel,
    row: usize,
    cells: &mut Vec<u32>,
    weights: &mut Vec<f64>,
) {
    let part = |of: &Kernel| of.indptr().outer_inds_sz(row);
    let (a, b) = (part(kernel), part(transposed));
    let of_a = kernel.indices()[a.clone()].iter().zip(&kernel.data()[a]);
    let of_b = transposed.indices()[b.clone()]
        .iter()
        .zip(&transposed.data()[b]);
    let (mut of_a, mut of_b) = (of_a.peekable(), of_b.peekable());
    loop {
        let first = of_a.peek().map(|(cell, _)| **cell);
        let other = of_b.peek().map(|(cell, _)| **cell);
        let Some(cell) = first.into_iter().chain(other).min() else {
            return;
        };
        let mut sum = 0.0;
        if let Some((_, &weight)) = of_a.next_if(|(at, _)| **at == cell) {
            sum += weight;
        }
        if let Some((_, &weight)) = of_b.next_if(|(at, _)| **at == cell) {
            sum += weight;
        }
        cells.push(cell);
        weights.push(sum / 2.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Rows;

    const PARAMS: Params = Params { knn: 1, decay: 1.0 };

    /// Three cells on a line, at 0, 1 and 3, each with its nearest neighbor.
    fn line() -> Rows {
        Rows::new((3, 3), vec![0, 1, 2, 3], vec![1, 0, 1], vec![1.0, 1.0, 2.0])
    }

    fn gene(values: &[f32]) -> Rows {
        let n = values.len();
        Rows::new((1, n), vec![0, n], (0..n as u32).collect(), values.to_vec())
    }

    fn transitions(distances: &Rows, params: &Params) -> Transitions {
        Transitions::new(distances.view(), params, &Ticker::new()).unwrap()
    }

    #[test]
    fn one_step_by_hand() {
        // Each neighbor is at σ: weights 1/e; the link from 2 to 1 is halved, as 1 has none to 2.
        let e = (-1.0f64).exp();
        let smoothed = transitions(&line(), &PARAMS)
            .smoothed(gene(&[1.0, 0.0, 4.0]).view(), 1, &Ticker::new())
            .unwrap();
        let expected = [
            1.0 / (1.0 + e),
            (e + 4.0 * e / 2.0) / (1.0 + 1.5 * e),
            4.0 / (1.0 + e / 2.0),
        ];
        for (found, expected) in smoothed.iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn two_steps_are_one_step_twice_and_constants_stay() {
        let ticker = Ticker::new();
        let walk = transitions(&line(), &PARAMS);
        let once = walk.smoothed(gene(&[1.0, 0.0, 4.0]).view(), 1, &ticker);
        let once = once.unwrap().into_raw_vec_and_offset().0;
        let again = walk.smoothed(gene(&once).view(), 1, &ticker);
        let twice = walk.smoothed(gene(&[1.0, 0.0, 4.0]).view(), 2, &ticker);
        assert_eq!(again, twice);
        let constant = walk.smoothed(gene(&[2.0; 3]).view(), 7, &ticker).unwrap();
        assert!(constant.iter().all(|x| (x - 2.0).abs() < 1e-6));
    }

    #[test]
    fn many_genes_are_smoothed_as_each_is_alone() {
        let n = 2 * GENES + 3;
        let value = |gene: usize, cell: usize| ((gene * 7 + cell * 5) % 11) as f32;
        let all = (0..3 * n).map(|i| value(i / 3, i % 3)).collect();
        let cells = (0..3 * n as u32).map(|i| i % 3).collect();
        let all = Rows::new((n, 3), (0..=n).map(|i| 3 * i).collect(), cells, all);
        let walk = transitions(&line(), &PARAMS);
        let found = walk.smoothed(all.view(), 3, &Ticker::new()).unwrap();
        for at in [0, GENES - 1, GENES, n - 1] {
            let alone = gene(&[value(at, 0), value(at, 1), value(at, 2)]);
            let alone = walk.smoothed(alone.view(), 3, &Ticker::new()).unwrap();
            assert_eq!(found.column(at), alone.column(0));
        }
    }

    #[test]
    fn steeper_weights_leave_more_to_the_cell_itself() {
        // The second neighbor of cell 0 is further than σ.
        let distances = Rows::new(
            (3, 3),
            vec![0, 2, 3, 4],
            vec![1, 2, 0, 0],
            vec![1.0, 3.0, 1.0, 3.0],
        );
        let far = |decay: f64| {
            let walk = transitions(&distances, &Params { knn: 1, decay });
            let found = walk.smoothed(gene(&[0.0, 0.0, 1.0]).view(), 1, &Ticker::new());
            found.unwrap()[[0, 0]]
        };
        assert!(far(1.0) > 1.05 * far(2.0));
    }

    #[test]
    fn cells_without_neighbors_keep_their_values() {
        let distances = Rows::new((3, 3), vec![0, 1, 2, 2], vec![1, 0], vec![0.0, 0.0]);
        let found = transitions(&distances, &PARAMS)
            .smoothed(gene(&[1.0, 3.0, 5.0]).view(), 3, &Ticker::new())
            .unwrap();
        assert_eq!(found.into_raw_vec_and_offset().0, [2.0, 2.0, 5.0]);
    }

    #[test]
    fn what_is_no_graph_of_distances_is_told() {
        let new = |distances: &Rows, knn: usize| {
            let params = Params { knn, decay: 1.0 };
            Transitions::new(distances.view(), &params, &Ticker::new()).map(|_| ())
        };
        assert_eq!(new(&line(), 2), Err(Error::TooFewNeighbors { most: 1 }));
        let negative = line().map(|d| -d);
        assert_eq!(new(&negative, 1), Err(Error::NoDistance));
        let stopping = Transitions::new(line().view(), &PARAMS, &Ticker::stopping_at(2));
        assert_eq!(stopping.unwrap_err(), Error::Stopped(Stopped));
        assert!(new(&Rows::zero((0, 0)), 5).is_ok());
    }

    #[test]
    fn no_genes_are_fine_and_an_end_is_answered() {
        let walk = transitions(&line(), &PARAMS);
        let none = walk.smoothed(Rows::zero((0, 3)).view(), 3, &Ticker::new());
        assert_eq!(none.unwrap().dim(), (3, 0));
        let stopped = walk.smoothed(gene(&[1.0; 3]).view(), 3, &Ticker::stopping_at(3));
        assert_eq!(stopped.unwrap_err(), Stopped);
    }
}

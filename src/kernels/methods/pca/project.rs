//! Cells in the coordinates of the components.

use super::Pca;
use crate::kernels::RowsView;
use ndarray::{Array2, ArrayViewMut1};

/// The projections (x − mean) · components of a block of cells, cells × components.
pub fn project(pca: &Pca, rows: RowsView<'_>) -> Array2<f32> {
    let mut projected = Array2::zeros((rows.rows(), pca.components.ncols()));
    let mut sums = vec![0.0; pca.components.ncols()];
    for (row, to) in rows.outer_iterator().zip(projected.rows_mut()) {
        project_row(pca, row.indices(), row.data(), &mut sums, to);
    }
    projected
}

fn project_row(
    pca: &Pca,
    genes: &[u32],
    values: &[f32],
    sums: &mut [f64],
    mut to: ArrayViewMut1<'_, f32>,
) {
    let loadings = pca.components.as_slice().expect("standard layout");
    sums.fill(0.0);
    for (&gene, &x) in genes.iter().zip(values) {
        let gene = gene as usize;
        let x = match &pca.standardize {
            Some(scale) => f64::from(scale.shifted(gene, x)),
            None => f64::from(x),
        };
        let loadings = &loadings[gene * sums.len()..][..sums.len()];
        sums.iter_mut()
            .zip(loadings)
            .for_each(|(sum, v)| *sum += x * v);
    }
    for ((to, sum), center) in to.iter_mut().zip(sums).zip(&pca.center) {
        *to = (*sum - center) as f32;
    }
}

/// Gathers the projections of all cells, block by block.
pub struct Projection<'a> {
    pca: &'a Pca,
    cells: Vec<u32>,
    values: Vec<f32>,
}

impl<'a> Projection<'a> {
    pub fn new(pca: &'a Pca) -> Self {
        Projection {
            pca,
            cells: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Takes a block of cells; `cells` are their places among all.
    pub fn add(&mut self, rows: RowsView<'_>, cells: &[u32]) {
        self.cells.extend_from_slice(cells);
        self.values.extend(project(self.pca, rows));
    }

    /// Adds the cells of `next`.
    pub fn merge(&mut self, next: Projection<'_>) {
        self.cells.extend(next.cells);
        self.values.extend(next.values);
    }

    /// X_pca: cells × components in the order of the cells' places.
    pub fn finish(self) -> Array2<f32> {
        let width = self.pca.components.ncols();
        let shape = (self.cells.len(), width);
        if self.cells.is_sorted() {
            return Array2::from_shape_vec(shape, self.values).expect("a row for each cell");
        }
        let mut order: Vec<usize> = (0..self.cells.len()).collect();
        order.sort_by_key(|&i| self.cells[i]);
        Array2::from_shape_fn(shape, |(i, j)| self.values[order[i] * width + j])
    }
}

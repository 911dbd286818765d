//! Row steps that fill their blocks: what is left after a fit, cells × genes, block by block,
//! over the genes that are needed.

use crate::data::matrix::Apply;
use crate::data::{Lazy, RowStep, Rows, RowsView, Value};
use crate::plan::{Edges, Needs};
use ndarray::Array2;

/// What a fit does to a block whose cells have these positions.
pub type Fill = Box<dyn Fn(RowsView, &[u32]) -> Array2<f32> + Send + Sync>;

/// A row step from a fit of all genes.
pub struct DenseStep<N, Prepare> {
    /// What the fit is made of.
    pub needs: Edges<N>,
    /// The fit for the genes at these positions.
    pub prepare: Prepare,
}

impl<N: Needs, Prepare> RowStep for DenseStep<N, Prepare>
where
    Prepare: Fn(N::Values, &[usize]) -> Fill + Send + Sync,
{
    fn needs(&self) -> &[Lazy] {
        self.needs.lazies()
    }

    fn prepare(&self, values: &[Value], genes: &[u32]) -> Apply {
        let genes: Vec<usize> = genes.iter().map(|&gene| gene as usize).collect();
        let fill = (self.prepare)(self.needs.values(values), &genes);
        Box::new(move |rows: &mut Rows, cells| *rows = filled(fill(rows.view(), cells)))
    }

    fn keeps_zeros(&self) -> bool {
        false
    }
}

/// Every value of a dense block, zeros included.
fn filled(values: Array2<f32>) -> Rows {
    let (n_cells, n_genes) = values.dim();
    let indices = (0..n_cells).flat_map(|_| 0..n_genes as u32).collect();
    let indptr = (0..=n_cells).map(|row| row * n_genes).collect();
    let values = values.into_raw_vec_and_offset().0;
    Rows::new((n_cells, n_genes), indptr, indices, values)
}

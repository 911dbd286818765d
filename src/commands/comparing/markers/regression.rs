//! The regression behind `markers method=logreg`, which sees all cells and genes at once.

use super::findings::fault;
use crate::command::Scene;
use crate::commands::inputs::groups::Groups;
use crate::data::{Dataset, Lazy, Matrix, Promise, Rows, RowsView, Value};
use crate::kernels::stats::rank::logistic::{LogisticParams, logistic};
use crate::kernels::ticker::{Stopped, Ticker};
use crate::plan::{Extent, Folding};
use std::sync::Arc;

/// A regression on all genes, as [`Logistic`]. Holds the matrix.
pub(super) fn fit(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    groups: Lazy,
    by: String,
) -> Lazy {
    let view = scene.view(data, matrix);
    let start = move |extent: Extent, needs: &[Value]| {
        let Some(groups) = needs[0].inner::<Groups>() else {
            unreachable!("groups are of one type");
        };
        let (n_genes, by) = (extent.genes, by.clone());
        Ok(Folding {
            new: Vec::new,
            add: |blocks: &mut Vec<Rows>, rows: RowsView, _: &[u32], _: &Ticker| {
                blocks.push(rows.to_owned());
                Ok(())
            },
            merge: |into: &mut Vec<Rows>, next: Vec<Rows>| into.extend(next),
            finish: move |blocks: Vec<Rows>, ticker: &Ticker| {
                let rows = stacked(blocks, n_genes, ticker)?;
                let params = LogisticParams::default();
                let n_groups = groups.levels.len();
                let fit = logistic(rows.view(), &groups.codes, n_groups, &params, ticker)
                    .map_err(|error| fault(error, &groups, &by))?;
                Ok(vec![Value::Inner(Arc::new(fit))])
            },
            partial_bytes: 12 << 20,
        }
        .here())
    };
    let mut values = scene.fold(view, vec![groups], &[Promise::Unknown], start);
    values.remove(0)
}

/// Blocks one below the other.
fn stacked(blocks: Vec<Rows>, n_genes: usize, ticker: &Ticker) -> Result<Rows, Stopped> {
    let nnz = blocks.iter().map(Rows::nnz).sum();
    let mut indptr = vec![0];
    let (mut indices, mut values) = (Vec::with_capacity(nnz), Vec::with_capacity(nnz));
    for block in blocks {
        ticker.check()?;
        let starts = block.proper_indptr();
        let before = indices.len();
        indptr.extend(starts[1..].iter().map(|end| before + end - starts[0]));
        indices.extend_from_slice(block.indices());
        values.extend_from_slice(block.data());
    }
    let shape = (indptr.len() - 1, n_genes);
    Ok(Rows::new(shape, indptr, indices, values))
}

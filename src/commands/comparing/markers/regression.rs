//! The regression of `markers method=logreg`, which sees all cells and genes at once.

use super::group_sizes::fault;
use crate::command::{NamedGroups, Scene};
use crate::commands::inputs::groups::Groups;
use crate::data::{Dataset, Matrix, Rows, RowsView};
use crate::kernels::stats::rank::logistic::{Logistic, LogisticParams, logistic};
use crate::kernels::ticker::{Stopped, Ticker};
use crate::plan::{Folding, Private, Promised};

/// Groups and cells that a regression takes, where some groups are named: these and the reference.
pub(super) fn named(
    scene: &Scene,
    groups: Promised<Groups>,
    chosen: NamedGroups,
    reference: &str,
) -> Promised<Groups> {
    let reference = reference.to_owned();
    scene.light_step(groups, Private::new(), move |groups, _| {
        chosen.check(&groups.levels)?;
        Ok(groups.of(|name| name == reference || chosen.names.iter().any(|one| one == name)))
    })
}

/// A regression on all genes. Holds the matrix.
pub(super) fn fit(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    groups: Promised<Groups>,
    by: String,
) -> Promised<Logistic> {
    let view = scene.view(data, matrix);
    scene.fold(view, groups, Private::new(), move |extent, groups| {
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
                logistic(rows.view(), &groups.codes, n_groups, &params, ticker)
                    .map_err(|error| fault(error, &groups, &by))
            },
            partial_bytes: 12 << 20,
        }
        .here())
    })
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

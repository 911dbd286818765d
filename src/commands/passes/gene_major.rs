//! The values of some genes, gene after gene: a fold for methods that need a gene's values side by side.

use crate::data::{Rows, RowsView};
use crate::kernels::stats::gene_major::GeneMajor;
use crate::kernels::ticker::Ticker;
use crate::plan::{Extent, Fault, Fold, Folding};

/// Gathers genes × cells of a view, and gives what `finish` makes of them.
pub fn rows_of_genes<V: 'static>(
    extent: Extent,
    finish: impl Fn(Rows, &Ticker) -> Result<V, Fault> + Send + Sync + 'static,
) -> Box<dyn Fold<V>> {
    let (cells, genes) = (extent.cells, extent.genes as u32);
    Folding {
        new: move || GeneMajor::new(0..genes),
        add: |major: &mut GeneMajor, rows: RowsView, cells: &[u32], _: &Ticker| {
            major.add(rows, cells);
            Ok(())
        },
        merge: GeneMajor::merge,
        finish: move |major: GeneMajor, ticker: &Ticker| finish(major.finish(cells), ticker),
        partial_bytes: 12 << 20,
    }
    .here()
}

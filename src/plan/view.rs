//! A matrix seen on given axes: which cells and genes of each block, and the steps between.

use super::node::{Extent, Fault};
use crate::data::axis::compose;
use crate::data::matrix::Apply;
use crate::data::{Axis, Keep, Lazy, Matrix, Rows, Value};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// What a fold runs over. Genes that are not on `genes` are dropped before any step runs.
#[derive(Clone)]
pub struct View {
    pub matrix: Matrix,
    pub cells: Axis,
    pub genes: Axis,
}

impl View {
    pub fn new(matrix: &Matrix, cells: &Axis, genes: &Axis) -> Self {
        View {
            matrix: matrix.clone(),
            cells: cells.clone(),
            genes: genes.clone(),
        }
    }

    /// Everything that must be there before blocks can be shown.
    pub fn needs(&self) -> Vec<Lazy> {
        let mut needs = self
            .cells
            .selections_from(&self.matrix.cells)
            .unwrap_or_default();
        needs.extend(
            self.genes
                .selections_from(&self.matrix.genes)
                .unwrap_or_default(),
        );
        for step in &self.matrix.steps {
            needs.extend(step.step.needs().iter().cloned());
        }
        needs
    }

    /// Two views that show the same blocks.
    pub fn same(&self, other: &View) -> bool {
        let steps = |view: &View| -> Vec<*const ()> {
            view.matrix
                .steps
                .iter()
                .map(|step| Arc::as_ptr(&step.step).cast())
                .collect()
        };
        Arc::ptr_eq(&self.matrix.blocks, &other.matrix.blocks)
            && self.cells.same(&other.cells)
            && self.genes.same(&other.genes)
            && steps(self) == steps(other)
    }

    /// Resolves the selections and prepares the steps; all needs are there.
    pub(super) fn prepare(&self) -> Result<Prepared, Fault> {
        let cells = selection(&self.cells, &self.matrix.cells)?;
        let genes = selection(&self.genes, &self.matrix.genes)?;
        let extent = Extent {
            cells: cells
                .as_ref()
                .map_or(self.matrix.blocks.n_cells(), Vec::len),
            genes: genes
                .as_ref()
                .map_or(self.matrix.blocks.n_genes(), Vec::len),
        };
        let mut steps = Vec::with_capacity(self.matrix.steps.len());
        for step in &self.matrix.steps {
            let needs: Vec<Value> = step
                .step
                .needs()
                .iter()
                .filter_map(|need| need.get().cloned())
                .collect();
            let genes = selection(&self.genes, &step.genes)?
                .unwrap_or_else(|| (0..extent.genes as u32).collect());
            steps.push(PreparedStep {
                apply: step.step.prepare(&needs, &genes),
                cells: selection(&self.cells, &step.cells)?,
            });
        }
        let n_genes = self.matrix.blocks.n_genes();
        Ok(Prepared {
            extent,
            cells,
            genes: genes.map(|keep| GenePick::new(&keep, n_genes)),
            steps,
        })
    }
}

/// The selection from `ancestor` down to `axis`; `None` keeps everything.
fn selection(axis: &Axis, ancestor: &Axis) -> Result<Option<Keep>, Fault> {
    let Some(selections) = axis.selections_from(ancestor) else {
        unreachable!("a view's axes descend from its matrix's");
    };
    let keeps: Vec<Arc<Keep>> = selections
        .iter()
        .filter_map(|lazy| lazy.get()?.keep().cloned())
        .collect();
    debug_assert_eq!(keeps.len(), selections.len());
    Ok(compose(keeps.iter().map(|keep| &**keep)))
}

/// A view with everything resolved: turns blocks of the source into blocks of the view.
pub(super) struct Prepared {
    pub extent: Extent,
    /// Source cells in view order, ascending.
    cells: Option<Keep>,
    genes: Option<GenePick>,
    steps: Vec<PreparedStep>,
}

struct PreparedStep {
    apply: Apply,
    /// Position on the step's axis of each cell of the view; `None` if they are the same.
    cells: Option<Keep>,
}

/// Where each gene of the source goes.
struct GenePick {
    /// Position in the view, or `u32::MAX` if dropped.
    place: Vec<u32>,
    n_genes: usize,
    ascending: bool,
}

impl GenePick {
    fn new(keep: &Keep, n_genes: usize) -> Self {
        let mut place = vec![u32::MAX; n_genes];
        for (to, &from) in keep.iter().enumerate() {
            place[from as usize] = to as u32;
        }
        GenePick {
            place,
            n_genes: keep.len(),
            ascending: keep.windows(2).all(|pair| pair[0] < pair[1]),
        }
    }
}

impl Prepared {
    /// The cells of the view that lie in a range of source cells, as positions in the view.
    pub fn range(&self, source: &Range<usize>) -> Range<usize> {
        match &self.cells {
            None => source.clone(),
            Some(keep) => {
                let before = |end: usize| keep.partition_point(|&cell| (cell as usize) < end);
                before(source.start)..before(source.end)
            }
        }
    }

    /// The block that a view shows of the source cells `source`, whose values are `block`.
    pub fn show<'a>(&self, block: &'a Rows, source: &Range<usize>) -> (Cow<'a, Rows>, Vec<u32>) {
        let range = self.range(source);
        let cells: Vec<u32> = (range.start as u32..range.end as u32).collect();
        let every_cell = range.len() == source.len();
        let mut shown = if every_cell && self.genes.is_none() {
            Cow::Borrowed(block)
        } else {
            Cow::Owned(self.pick(block, source, range))
        };
        for step in &self.steps {
            match &step.cells {
                None => (step.apply)(shown.to_mut(), &cells),
                Some(keep) => {
                    let at: Vec<u32> = cells.iter().map(|&cell| keep[cell as usize]).collect();
                    (step.apply)(shown.to_mut(), &at);
                }
            }
        }
        (shown, cells)
    }

    fn pick(&self, block: &Rows, source: &Range<usize>, range: Range<usize>) -> Rows {
        let row_of = |cell: usize| match &self.cells {
            None => cell - source.start,
            Some(keep) => keep[cell] as usize - source.start,
        };
        let mut indptr = Vec::with_capacity(range.len() + 1);
        let capacity = if self.genes.is_none() {
            block.nnz()
        } else {
            block.nnz() / 4
        };
        let mut indices = Vec::with_capacity(capacity);
        let mut values = Vec::with_capacity(capacity);
        indptr.push(0);
        let (starts, from_indices, from_values) = (block.indptr(), block.indices(), block.data());
        let starts = starts.raw_storage();
        for cell in range {
            let row = row_of(cell);
            let at = starts[row]..starts[row + 1];
            match &self.genes {
                None => {
                    indices.extend_from_slice(&from_indices[at.clone()]);
                    values.extend_from_slice(&from_values[at]);
                }
                Some(pick) => {
                    pick.row(
                        &from_indices[at.clone()],
                        &from_values[at],
                        &mut indices,
                        &mut values,
                    );
                }
            }
            indptr.push(indices.len());
        }
        let n_genes = self.extent.genes;
        rows_of(indptr, indices, values, n_genes)
    }
}

impl GenePick {
    /// Appends the picked part of one row.
    fn row(
        &self,
        genes: &[u32],
        values: &[f32],
        to_genes: &mut Vec<u32>,
        to_values: &mut Vec<f32>,
    ) {
        let start = to_genes.len();
        for (&gene, &value) in genes.iter().zip(values) {
            let place = self.place[gene as usize];
            if place != u32::MAX {
                to_genes.push(place);
                to_values.push(value);
            }
        }
        if !self.ascending {
            let mut pairs: Vec<(u32, f32)> = to_genes[start..]
                .iter()
                .copied()
                .zip(to_values[start..].iter().copied())
                .collect();
            pairs.sort_unstable_by_key(|&(gene, _)| gene);
            for (i, (gene, value)) in pairs.into_iter().enumerate() {
                to_genes[start + i] = gene;
                to_values[start + i] = value;
            }
        }
        debug_assert!(
            to_genes[start..]
                .iter()
                .all(|&gene| (gene as usize) < self.n_genes)
        );
    }
}

/// A block from parts that are known to fit together.
pub(super) fn rows_of(
    indptr: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
    n_genes: usize,
) -> Rows {
    let n_cells = indptr.len() - 1;
    // SAFETY: `indptr` starts at 0, ascends and ends at the length of `indices` and `values`;
    // indices are below `n_genes` and ascend within a row: `pick` builds them so, from a block
    // that was checked when it was read (test `picks_cells_and_genes`).
    unsafe { Rows::new_unchecked(sprs::CSR, (n_cells, n_genes), indptr, indices, values) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> Rows {
        Rows::new(
            (3, 4),
            vec![0, 2, 3, 5],
            vec![0, 3, 1, 0, 2],
            vec![1.0, 2.0, 3.0, 4.0, 5.0],
        )
    }

    fn prepared(cells: Option<Keep>, genes: Option<Keep>) -> Prepared {
        let genes = genes.map(|keep| GenePick::new(&keep, 4));
        Prepared {
            extent: Extent {
                cells: cells.as_ref().map_or(3, Vec::len),
                genes: genes.as_ref().map_or(4, |pick| pick.n_genes),
            },
            cells,
            genes,
            steps: Vec::new(),
        }
    }

    #[test]
    fn picks_cells_and_genes() {
        let view = prepared(Some(vec![0, 2]), Some(vec![2, 3, 0]));
        let block = block();
        let (shown, cells) = view.show(&block, &(0..3));
        assert_eq!(cells, [0, 1]);
        assert!(shown.view().check_compressed_structure().is_ok());
        let expected = ndarray::arr2(&[[0.0, 2.0, 1.0], [5.0, 0.0, 4.0]]);
        assert_eq!(shown.to_dense(), expected);
    }

    #[test]
    fn shows_everything_without_a_copy() {
        let block = block();
        let (shown, cells) = prepared(None, None).show(&block, &(0..3));
        assert!(matches!(shown, Cow::Borrowed(_)));
        assert_eq!(cells, [0, 1, 2]);
    }

    #[test]
    fn cells_outside_the_block_are_not_shown() {
        let view = prepared(Some(vec![4, 5, 9]), None);
        let block = block();
        let (shown, cells) = view.show(&block, &(4..7));
        assert_eq!((shown.rows(), cells), (2, vec![0, 1]));
    }
}

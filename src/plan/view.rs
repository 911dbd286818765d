//! A matrix seen on given axes: which cells and genes of each block, and the steps between.

use super::fault::Fault;
use super::rounded::{LARGE, Rounded, Rounding};
use super::subset::{GenePick, copied, picked};
use super::validity::{self, first_unsound};
use crate::data::axis::compose;
use crate::data::matrix::{Apply, Sound};
use crate::data::{Axis, Lazy, Matrix, Rows, Selection, Value};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// How many cells and genes a view has, known when a pass begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    pub cells: usize,
    pub genes: usize,
}

/// What a fold runs over. Genes that are not on `genes` are dropped before any step runs.
#[derive(Clone)]
pub struct View {
    pub matrix: Matrix,
    pub cells: Axis,
    pub genes: Axis,
    /// Whoever sees the blocks takes large numbers from the source itself.
    pub takes_exact: bool,
}

impl View {
    pub fn new(matrix: &Matrix, cells: &Axis, genes: &Axis) -> Self {
        View {
            matrix: matrix.clone(),
            cells: cells.clone(),
            genes: genes.clone(),
            takes_exact: false,
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
            // Where each gene and cell is on the step's own axes, which may be older than the matrix's.
            needs.extend(self.cells.selections_from(&step.cells).unwrap_or_default());
            needs.extend(self.genes.selections_from(&step.genes).unwrap_or_default());
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
        let strict = |view: &View| view.matrix.sound.as_ref().map(|sound| sound.negative);
        Arc::ptr_eq(&self.matrix.blocks, &other.matrix.blocks)
            && strict(self) == strict(other)
            && self.takes_exact == other.takes_exact
            && self.cells.same(&other.cells)
            && self.genes.same(&other.genes)
            && steps(self) == steps(other)
    }

    /// The cells and the genes of the source that are seen, in order; `None` keeps all. Everything
    /// that it [needs](View::needs) is there.
    pub fn keeps(&self) -> Result<(Option<Selection>, Option<Selection>), Fault> {
        self.keeps_of(&self.matrix.cells, &self.matrix.genes)
    }

    /// The same of other axes that those of the view descend from, such as a step's.
    pub fn keeps_of(
        &self,
        cells: &Axis,
        genes: &Axis,
    ) -> Result<(Option<Selection>, Option<Selection>), Fault> {
        Ok((
            selection(&self.cells, cells)?,
            selection(&self.genes, genes)?,
        ))
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
        // Up to the last step that needs all genes of its own axis, no genes are dropped.
        let all = &self.matrix.steps;
        let wanting = all.iter().rposition(|step| step.step.wants_all_genes());
        let early = wanting.map_or(&self.genes, |at| &all[at].genes);
        let early_genes = selection(early, &self.matrix.genes)?;
        let n_genes = self.matrix.blocks.n_genes();
        let n_early = early_genes.as_ref().map_or(n_genes, Vec::len);
        let mut steps = Vec::with_capacity(all.len());
        for (at, step) in all.iter().enumerate() {
            let needs: Vec<Value> = step
                .step
                .needs()
                .iter()
                .filter_map(|need| need.get().cloned())
                .collect();
            let is_early = wanting.is_some_and(|wanting| at <= wanting);
            let (axis, n) = if is_early {
                (early, n_early)
            } else {
                (&self.genes, extent.genes)
            };
            let genes = selection(axis, &step.genes)?.unwrap_or_else(|| (0..n as u32).collect());
            let late = if wanting == Some(at) {
                selection(&self.genes, early)?
            } else {
                None
            };
            steps.push(PreparedStep {
                apply: step.step.prepare(&needs, &genes),
                cells: selection(&self.cells, &step.cells)?,
                then_pick: late.map(|keep| GenePick::new(&keep, n_early)),
            });
        }
        Ok(Prepared {
            extent,
            distinct: cells.as_ref().is_none_or(distinct),
            cells,
            genes: early_genes.map(|keep| GenePick::new(&keep, n_genes)),
            n_early,
            steps,
            looked: Looked::new(&self.matrix, self.takes_exact),
        })
    }
}

/// The selection from `ancestor` down to `axis`; `None` keeps everything.
fn selection(axis: &Axis, ancestor: &Axis) -> Result<Option<Selection>, Fault> {
    let Some(selections) = axis.selections_from(ancestor) else {
        unreachable!("a view's axes descend from its matrix's");
    };
    let keeps: Vec<Arc<Selection>> = selections
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
    cells: Option<Selection>,
    /// No cell is there twice.
    distinct: bool,
    /// What is dropped before any step.
    genes: Option<GenePick>,
    /// Genes that are left after that.
    n_early: usize,
    steps: Vec<PreparedStep>,
    /// What is looked at before the steps.
    looked: Option<Looked>,
}

/// What values of the source are looked for.
struct Looked {
    matrix: Matrix,
    sound: Option<Arc<Sound>>,
    rounded: Option<Rounded>,
    /// Values in this range are as they should be.
    range: (f32, f32),
}

impl Looked {
    fn new(matrix: &Matrix, takes_exact: bool) -> Option<Looked> {
        let sound = matrix.sound.clone();
        let rounded = if takes_exact {
            None
        } else {
            Rounded::of(matrix)
        };
        let (least, most) = match &sound {
            Some(sound) => validity::range(sound),
            None => (f32::NEG_INFINITY, f32::INFINITY),
        };
        let range = match &rounded {
            // Below, so that the smallest number that others are rounded to is looked at.
            Some(_) => (least.max(-LARGE.next_down()), LARGE.next_down()),
            None => (least, most),
        };
        (sound.is_some() || rounded.is_some()).then(|| Looked {
            matrix: matrix.clone(),
            sound,
            rounded,
            range,
        })
    }
}

struct PreparedStep {
    apply: Apply,
    /// Position on the step's axis of each cell of the view; `None` if they are the same.
    cells: Option<Selection>,
    /// What is dropped after it, if it wanted all genes.
    then_pick: Option<GenePick>,
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

    /// The source cell at a position in the view.
    pub fn source(&self, position: usize) -> usize {
        self.cells
            .as_ref()
            .map_or(position, |keep| keep[position] as usize)
    }

    /// The values of the source have been checked already.
    pub fn trust(&mut self) {
        self.looked = None;
    }

    /// The genes that are picked before all steps, where they are at most half of them.
    pub fn few_genes(&self) -> Option<&GenePick> {
        let pick = self.genes.as_ref();
        pick.filter(|pick| pick.n_genes <= pick.n_source() / 2)
    }

    /// Blocks come with these genes only.
    pub fn are_picked(&mut self) {
        self.genes = None;
    }

    /// What was rounded of the source so far.
    pub fn rounding(&self) -> Option<Rounding> {
        self.looked.as_ref()?.rounded.as_ref()?.found()
    }

    /// The block that a view shows of the source cells `source`, whose values are `block`; one that
    /// is given away is changed in place. What is rounded counts where it is `own`: a block may be
    /// shown twice.
    pub fn show<'a>(
        &self,
        block: Cow<'a, Rows>,
        source: &Range<usize>,
        own: bool,
    ) -> Result<(Cow<'a, Rows>, Vec<u32>), Fault> {
        let range = self.range(source);
        let cells: Vec<u32> = (range.start as u32..range.end as u32).collect();
        let every_cell = self.distinct && range.len() == source.len();
        let mut shown = if every_cell && self.genes.is_none() {
            block
        } else {
            Cow::Owned(self.pick(block, source, range))
        };
        self.look(&shown, &cells, own)?;
        for step in &self.steps {
            match &step.cells {
                None => (step.apply)(shown.to_mut(), &cells),
                Some(keep) => {
                    let at: Vec<u32> = cells.iter().map(|&cell| keep[cell as usize]).collect();
                    (step.apply)(shown.to_mut(), &at);
                }
            }
            if let Some(pick) = &step.then_pick {
                shown = Cow::Owned(pick.rows(shown.into_owned()));
            }
        }
        Ok((shown, cells))
    }

    /// Looks for values that cannot be, or are rounded; `cells` are positions in the view.
    fn look(&self, picked: &Rows, cells: &[u32], own: bool) -> Result<(), Fault> {
        let Some(looked) = &self.looked else {
            return Ok(());
        };
        let (least, most) = looked.range;
        if validity::within(picked.view(), least, most) {
            return Ok(());
        }
        let cell = |row: usize| {
            let cell = cells[row];
            self.cells.as_ref().map_or(cell, |keep| keep[cell as usize])
        };
        let gene = |gene: u32| self.genes.as_ref().map_or(gene, |pick| pick.source(gene));
        if let Some(sound) = &looked.sound
            && let Some((row, column, x)) = first_unsound(picked.view(), sound)
        {
            let (cell, gene) = (cell(row), gene(column));
            return Err(validity::fault(sound, &looked.matrix, cell, gene, x));
        }
        match &looked.rounded {
            Some(rounded) if own => rounded.look(picked, cell, gene),
            _ => Ok(()),
        }
    }

    fn pick(&self, block: Cow<Rows>, source: &Range<usize>, range: Range<usize>) -> Rows {
        let mut rows: Vec<Range<usize>> = {
            let starts = block.proper_indptr();
            let cells =
                range.map(|cell| self.cells.as_ref().map_or(cell, |keep| keep[cell] as usize));
            let rows = cells.map(|cell| cell - source.start);
            rows.map(|row| starts[row]..starts[row + 1]).collect()
        };
        let (indices, values) = match block {
            Cow::Owned(block) if self.distinct => {
                let (_, indices, values) = block.into_raw_storage();
                (indices, values)
            }
            block => copied(&block, &mut rows),
        };
        picked(rows, indices, values, (self.genes.as_ref(), self.n_early))
    }
}

/// Whether no position is there twice; they ascend.
fn distinct(keep: &Selection) -> bool {
    keep.windows(2).all(|pair| pair[0] != pair[1])
}

#[cfg(test)]
mod tests {
    use super::super::subset::AT_ONCE;
    use super::*;

    fn block() -> Rows {
        Rows::new(
            (3, 4),
            vec![0, 2, 3, 5],
            vec![0, 3, 1, 0, 2],
            vec![1.0, 2.0, 3.0, 4.0, 5.0],
        )
    }

    fn prepared(cells: Option<Selection>, genes: Option<Selection>) -> Prepared {
        prepared_of(4, cells, genes)
    }

    fn prepared_of(n_genes: usize, cells: Option<Selection>, genes: Option<Selection>) -> Prepared {
        let genes = genes.map(|keep| GenePick::new(&keep, n_genes));
        let n_early = genes.as_ref().map_or(n_genes, |pick| pick.n_genes);
        Prepared {
            extent: Extent {
                cells: cells.as_ref().map_or(3, Vec::len),
                genes: n_early,
            },
            distinct: cells.as_ref().is_none_or(distinct),
            cells,
            n_early,
            genes,
            steps: Vec::new(),
            looked: None,
        }
    }

    #[test]
    fn a_cell_drawn_twice_is_there_twice() {
        // As many as the block has, but not the same.
        let view = prepared(Some(vec![0, 0, 2]), None);
        let block = block();
        let (shown, cells) = both(&view, &block, 0..3);
        assert_eq!(cells, [0, 1, 2]);
        let dense = shown.to_dense();
        assert_eq!(dense.row(0), dense.row(1));
        assert_eq!(dense.row(2), block.to_dense().row(2));
    }

    /// What is shown of a block that is lent, and of one that is given away.
    fn both(view: &Prepared, block: &Rows, source: Range<usize>) -> (Rows, Vec<u32>) {
        let show = |block| {
            view.show(block, &source, true)
                .unwrap_or_else(|_| unreachable!())
        };
        let (lent, cells) = show(Cow::Borrowed(block));
        let (given, _) = show(Cow::Owned(block.clone()));
        assert!(given.view().check_compressed_structure().is_ok());
        assert_eq!(lent, given);
        (lent.into_owned(), cells)
    }

    #[test]
    fn picks_cells_and_genes() {
        let view = prepared(Some(vec![0, 2]), Some(vec![2, 3, 0]));
        let (shown, cells) = both(&view, &block(), 0..3);
        assert_eq!(cells, [0, 1]);
        let expected = ndarray::arr2(&[[0.0, 2.0, 1.0], [5.0, 0.0, 4.0]]);
        assert_eq!(shown.to_dense(), expected);
    }

    #[test]
    fn cells_may_be_there_twice() {
        let view = prepared(Some(vec![0, 0, 2]), Some(vec![0, 2]));
        let (shown, _) = both(&view, &block(), 0..3);
        let expected = ndarray::arr2(&[[1.0, 0.0], [1.0, 0.0], [4.0, 5.0]]);
        assert_eq!(shown.to_dense(), expected);
    }

    #[test]
    fn long_rows_are_moved_piece_by_piece() {
        let n = 3 * AT_ONCE + 7;
        let dense = ndarray::Array2::from_shape_fn((3, n), |(i, j)| (i * n + j + 1) as f32);
        let block = Rows::csr_from_dense(dense.view(), 0.0);
        // Some pieces are kept whole, some in part, some not at all.
        let keep: Selection = (0..n as u32)
            .filter(|&j| j < 70 || j % 3 == 0 && j < 130)
            .collect();
        let view = prepared_of(n, Some(vec![1, 2]), Some(keep.clone()));
        let (shown, _) = both(&view, &block, 0..3);
        let columns: Vec<usize> = keep.iter().map(|&j| j as usize).collect();
        let expected = dense
            .select(ndarray::Axis(0), &[1, 2])
            .select(ndarray::Axis(1), &columns);
        assert_eq!(shown.to_dense(), expected);
    }

    #[test]
    fn shows_everything_without_a_copy() {
        let block = block();
        let (shown, cells) = prepared(None, None)
            .show(Cow::Borrowed(&block), &(0..3), true)
            .unwrap_or_else(|_| unreachable!());
        assert!(matches!(shown, Cow::Borrowed(_)));
        assert_eq!(cells, [0, 1, 2]);
    }

    #[test]
    fn cells_outside_the_block_are_not_shown() {
        let view = prepared(Some(vec![4, 5, 9]), None);
        let (shown, cells) = both(&view, &block(), 4..7);
        assert_eq!((shown.rows(), cells), (2, vec![0, 1]));
    }
}

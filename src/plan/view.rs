//! A matrix seen on given axes: which cells and genes of each block, and the steps between.

use super::node::{Extent, Fault};
use super::sound::{self, first_unsound};
use crate::data::axis::compose;
use crate::data::matrix::{Apply, Sound};
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
        // Up to the last step that wants all genes of its own axis, nothing beyond it is dropped.
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
            let (axis, n) = match is_early {
                true => (early, n_early),
                false => (&self.genes, extent.genes),
            };
            let genes = selection(axis, &step.genes)?.unwrap_or_else(|| (0..n as u32).collect());
            let late = match wanting == Some(at) {
                true => selection(&self.genes, early)?,
                false => None,
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
            sound: self
                .matrix
                .sound
                .clone()
                .map(|sound| (sound, self.matrix.clone())),
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
    /// No cell is there twice.
    distinct: bool,
    /// What is dropped before any step.
    genes: Option<GenePick>,
    /// Genes that are left after that.
    n_early: usize,
    steps: Vec<PreparedStep>,
    /// What is looked at before the steps, and the matrix it is of.
    sound: Option<(Arc<Sound>, Matrix)>,
}

struct PreparedStep {
    apply: Apply,
    /// Position on the step's axis of each cell of the view; `None` if they are the same.
    cells: Option<Keep>,
    /// What is dropped after it, if it wanted all genes.
    then_pick: Option<GenePick>,
}

/// Values of a row that are picked at once, in room that is there already.
const AT_ONCE: usize = 64;

/// Where each gene of the source goes.
struct GenePick {
    /// Position in the view, or `u32::MAX` if dropped.
    place: Vec<u32>,
    /// From the first gene of the source that is picked to behind the last.
    span: Range<u32>,
    n_genes: usize,
    ascending: bool,
}

impl GenePick {
    fn new(keep: &Keep, n_genes: usize) -> Self {
        let mut place = vec![u32::MAX; n_genes];
        for (to, &from) in keep.iter().enumerate() {
            place[from as usize] = to as u32;
        }
        let first = keep.iter().min().copied().unwrap_or(0);
        GenePick {
            place,
            span: first..keep.iter().max().map_or(first, |last| last + 1),
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
    pub fn show<'a>(
        &self,
        block: &'a Rows,
        source: &Range<usize>,
    ) -> Result<(Cow<'a, Rows>, Vec<u32>), Fault> {
        let range = self.range(source);
        let cells: Vec<u32> = (range.start as u32..range.end as u32).collect();
        let every_cell = self.distinct && range.len() == source.len();
        let mut shown = if every_cell && self.genes.is_none() {
            Cow::Borrowed(block)
        } else {
            Cow::Owned(self.pick(block, source, range))
        };
        self.look(&shown, &cells)?;
        for step in &self.steps {
            match &step.cells {
                None => (step.apply)(shown.to_mut(), &cells),
                Some(keep) => {
                    let at: Vec<u32> = cells.iter().map(|&cell| keep[cell as usize]).collect();
                    (step.apply)(shown.to_mut(), &at);
                }
            }
            if let Some(pick) = &step.then_pick {
                shown = Cow::Owned(pick.rows(&shown));
            }
        }
        Ok((shown, cells))
    }

    /// Looks for values that cannot be; `cells` are positions in the view.
    fn look(&self, picked: &Rows, cells: &[u32]) -> Result<(), Fault> {
        let Some((sound, matrix)) = &self.sound else {
            return Ok(());
        };
        let Some((row, gene, x)) = first_unsound(picked.view(), sound) else {
            return Ok(());
        };
        let cell = cells[row];
        let cell = self.cells.as_ref().map_or(cell, |keep| keep[cell as usize]);
        let gene = self.genes.as_ref().map_or(gene, |pick| pick.source(gene));
        Err(sound::fault(sound, matrix, cell, gene, x))
    }

    fn pick(&self, block: &Rows, source: &Range<usize>, range: Range<usize>) -> Rows {
        let row_of = |cell: usize| match &self.cells {
            None => cell - source.start,
            Some(keep) => keep[cell] as usize - source.start,
        };
        let mut indptr = Vec::with_capacity(range.len() + 1);
        let most = |pick: &GenePick| 2 * pick.n_genes > pick.place.len();
        let capacity = match self.genes.as_ref().is_none_or(most) {
            true => block.nnz(),
            false => block.nnz() / 4,
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
        rows_of(indptr, indices, values, self.n_early)
    }
}

/// Whether no position is there twice; they ascend.
fn distinct(keep: &Keep) -> bool {
    keep.windows(2).all(|pair| pair[0] != pair[1])
}

impl GenePick {
    /// The gene of the source that is at `place`.
    fn source(&self, place: u32) -> u32 {
        let found = self.place.iter().position(|&to| to == place);
        found.map_or(0, |gene| gene as u32)
    }

    /// The picked part of a block.
    fn rows(&self, rows: &Rows) -> Rows {
        let (mut indptr, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
        for row in rows.outer_iterator() {
            self.row(row.indices(), row.data(), &mut indices, &mut values);
            indptr.push(indices.len());
        }
        rows_of(indptr, indices, values, self.n_genes)
    }

    /// The part of a row that may be picked: genes ascend within it, and a panel of them is a
    /// small part.
    fn within_span<'a>(&self, genes: &'a [u32], values: &'a [f32]) -> (&'a [u32], &'a [f32]) {
        let starts_within = genes.first().is_none_or(|&first| first >= self.span.start);
        let ends_within = genes.last().is_none_or(|&last| last < self.span.end);
        if starts_within && ends_within {
            return (genes, values);
        }
        let before = |end: u32| genes.partition_point(|&gene| gene < end);
        let span = before(self.span.start)..before(self.span.end);
        (&genes[span.clone()], &values[span])
    }

    /// Appends the picked part of one row.
    fn row(
        &self,
        genes: &[u32],
        values: &[f32],
        to_genes: &mut Vec<u32>,
        to_values: &mut Vec<f32>,
    ) {
        let (genes, values) = self.within_span(genes, values);
        let start = to_genes.len();
        let (mut places, mut kept) = ([0; AT_ONCE], [0.0; AT_ONCE]);
        for (genes, values) in genes.chunks(AT_ONCE).zip(values.chunks(AT_ONCE)) {
            let places = &mut places[..genes.len()];
            let mut all = true;
            for (place, &gene) in places.iter_mut().zip(genes) {
                *place = self.place[gene as usize];
                all &= *place != u32::MAX;
            }
            if all {
                to_genes.extend_from_slice(places);
                to_values.extend_from_slice(values);
                continue;
            }
            // Written always, kept or not: whether a gene is kept is a branch hard to predict.
            let mut end = 0;
            for (at, &value) in values.iter().enumerate() {
                let place = places[at];
                places[end] = place;
                kept[end] = value;
                end += usize::from(place != u32::MAX);
            }
            to_genes.extend_from_slice(&places[..end]);
            to_values.extend_from_slice(&kept[..end]);
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
            distinct: cells.as_ref().is_none_or(distinct),
            cells,
            n_early: genes.as_ref().map_or(4, |pick| pick.n_genes),
            genes,
            steps: Vec::new(),
            sound: None,
        }
    }

    #[test]
    fn a_cell_drawn_twice_is_there_twice() {
        // As many as the block has, but not the same.
        let view = prepared(Some(vec![0, 0, 2]), None);
        let block = block();
        let (shown, cells) = view
            .show(&block, &(0..3))
            .unwrap_or_else(|_| unreachable!());
        assert_eq!(cells, [0, 1, 2]);
        let dense = shown.to_dense();
        assert_eq!(dense.row(0), dense.row(1));
        assert_eq!(dense.row(2), block.to_dense().row(2));
    }

    #[test]
    fn picks_cells_and_genes() {
        let view = prepared(Some(vec![0, 2]), Some(vec![2, 3, 0]));
        let block = block();
        let (shown, cells) = view
            .show(&block, &(0..3))
            .unwrap_or_else(|_| unreachable!());
        assert_eq!(cells, [0, 1]);
        assert!(shown.view().check_compressed_structure().is_ok());
        let expected = ndarray::arr2(&[[0.0, 2.0, 1.0], [5.0, 0.0, 4.0]]);
        assert_eq!(shown.to_dense(), expected);
    }

    #[test]
    fn shows_everything_without_a_copy() {
        let block = block();
        let (shown, cells) = prepared(None, None)
            .show(&block, &(0..3))
            .unwrap_or_else(|_| unreachable!());
        assert!(matches!(shown, Cow::Borrowed(_)));
        assert_eq!(cells, [0, 1, 2]);
    }

    #[test]
    fn cells_outside_the_block_are_not_shown() {
        let view = prepared(Some(vec![4, 5, 9]), None);
        let block = block();
        let (shown, cells) = view
            .show(&block, &(4..7))
            .unwrap_or_else(|_| unreachable!());
        assert_eq!((shown.rows(), cells), (2, vec![0, 1]));
    }
}

//! Some cells and genes of a block, picked in place.

use crate::data::{Rows, Selection};
use std::ops::Range;

/// Values of a row that are picked at once, into a buffer that is kept.
pub const AT_ONCE: usize = 64;

/// Where each gene of the source goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenePick {
    /// Position in the view, or `u32::MAX` if dropped.
    place: Vec<u32>,
    /// From the first gene of the source that is picked to after the last.
    span: Range<u32>,
    pub n_genes: usize,
    ascending: bool,
}

impl GenePick {
    pub fn new(keep: &Selection, n_genes: usize) -> Self {
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

    /// Genes of the source.
    pub fn n_source(&self) -> usize {
        self.place.len()
    }

    /// The gene of the source that is at `place`.
    pub fn source(&self, place: u32) -> u32 {
        let found = self.place.iter().position(|&to| to == place);
        found.map_or(0, |gene| gene as u32)
    }

    /// The picked part of a block.
    pub fn rows(&self, rows: Rows) -> Rows {
        let (starts, indices, values) = rows.into_raw_storage();
        let rows = starts.windows(2).map(|ends| ends[0]..ends[1]);
        picked(rows, indices, values, (Some(self), self.n_genes))
    }

    /// The part of a row that may be picked: genes ascend within it, and a panel of them is a
    /// small part.
    fn within_span(&self, genes: &[u32], row: Range<usize>) -> Range<usize> {
        let genes = &genes[row.clone()];
        let starts_within = genes.first().is_none_or(|&first| first >= self.span.start);
        let ends_within = genes.last().is_none_or(|&last| last < self.span.end);
        if starts_within && ends_within {
            return row;
        }
        let before = |end: u32| row.start + genes.partition_point(|&gene| gene < end);
        before(self.span.start)..before(self.span.end)
    }

    /// Moves the picked part of one row to `to`, which is not after it; gives the end of what was
    /// moved.
    fn row(
        &self,
        genes: &mut [u32],
        values: &mut [f32],
        row: Range<usize>,
        mut to: usize,
    ) -> usize {
        let row = self.within_span(genes, row);
        let start = to;
        let (mut places, mut kept) = ([0; AT_ONCE], [0.0; AT_ONCE]);
        for first in row.clone().step_by(AT_ONCE) {
            let part = first..row.end.min(first + AT_ONCE);
            let mut n = part.len();
            let mut all = true;
            for (place, &gene) in places.iter_mut().zip(&genes[part.clone()]) {
                *place = self.place[gene as usize];
                all &= *place != u32::MAX;
            }
            if all {
                values.copy_within(part, to);
            } else {
                // Written always, kept or not: whether a gene is kept is a branch hard to predict.
                n = 0;
                for (at, &value) in values[part].iter().enumerate() {
                    let place = places[at];
                    places[n] = place;
                    kept[n] = value;
                    n += usize::from(place != u32::MAX);
                }
                values[to..to + n].copy_from_slice(&kept[..n]);
            }
            genes[to..to + n].copy_from_slice(&places[..n]);
            to += n;
        }
        if !self.ascending {
            sort(&mut genes[start..to], &mut values[start..to]);
        }
        debug_assert!(
            genes[start..to]
                .iter()
                .all(|&gene| (gene as usize) < self.n_genes)
        );
        to
    }
}

/// Puts the values of a row into the order of their genes.
fn sort(genes: &mut [u32], values: &mut [f32]) {
    let mut pairs: Vec<(u32, f32)> = genes.iter().copied().zip(values.iter().copied()).collect();
    pairs.sort_unstable_by_key(|&(gene, _)| gene);
    for (at, (gene, value)) in pairs.into_iter().enumerate() {
        genes[at] = gene;
        values[at] = value;
    }
}

/// The values of some rows of a block, one after the other; `rows` are then where they are now.
pub fn copied(block: &Rows, rows: &mut [Range<usize>]) -> (Vec<u32>, Vec<f32>) {
    let n = rows.iter().map(ExactSizeIterator::len).sum();
    let (mut indices, mut values) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for row in rows {
        let start = indices.len();
        indices.extend_from_slice(&block.indices()[row.clone()]);
        values.extend_from_slice(&block.data()[row.clone()]);
        *row = start..indices.len();
    }
    (indices, values)
}

/// The genes `pick` (all, without) of some rows, which ascend and do not overlap, as a block of
/// `n_genes`: moved to the front, in place.
pub fn picked(
    rows: impl IntoIterator<Item = Range<usize>>,
    mut indices: Vec<u32>,
    mut values: Vec<f32>,
    (pick, n_genes): (Option<&GenePick>, usize),
) -> Rows {
    let (mut indptr, mut end) = (vec![0], 0);
    for row in rows {
        end = match pick {
            Some(pick) => pick.row(&mut indices, &mut values, row, end),
            None => {
                let n = row.len();
                indices.copy_within(row.clone(), end);
                values.copy_within(row, end);
                end + n
            }
        };
        indptr.push(end);
    }
    indices.truncate(end);
    values.truncate(end);
    rows_of(indptr, indices, values, n_genes)
}

/// A block from parts that are known to fit together.
pub fn rows_of(indptr: Vec<usize>, indices: Vec<u32>, values: Vec<f32>, n_genes: usize) -> Rows {
    let n_cells = indptr.len() - 1;
    // SAFETY: `indptr` starts at 0, ascends and ends at the length of `indices` and `values`;
    // indices are below `n_genes` and ascend within a row: `picked` builds them so, from a block
    // that was checked when it was read (test `picks_cells_and_genes`).
    unsafe { Rows::new_unchecked(sprs::CSR, (n_cells, n_genes), indptr, indices, values) }
}

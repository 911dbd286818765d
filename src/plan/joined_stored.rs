//! Matrices one below the other as a file gets them: the type is that of all parts, by numpy's rules
//! where they differ, with all digits; dense where all parts are, else compressed by cell, which is
//! what anndata makes of it.

use super::joined::{Joined, Source};
use crate::data::matrix::{StoredForm, StoredMatrix};
use crate::data::{Blocks, ElementType, FileError, Rows, StoredArray, StoredSparse};
use std::ops::Range;
use std::sync::Arc;

impl StoredMatrix for Joined {
    fn form(&self) -> StoredForm {
        let types: Vec<ElementType> = self.sources.iter().filter_map(Source::element).collect();
        let there = || self.sources.iter().filter(|source| source.blocks.is_some());
        let dense = |source: &Source| source.stored().is_some_and(|stored| stored.form().dense);
        let dense = there().all(dense);
        let element = ElementType::holding(&types);
        StoredForm {
            element: if dense { element } else { element.of_sparse() },
            dense,
            by_gene: false,
        }
    }

    fn line_grains(&self) -> Result<Arc<[usize]>, FileError> {
        self.grains()
    }

    fn lines(&self, range: Range<usize>) -> Result<StoredSparse, FileError> {
        let form = self.form();
        let mut all = StoredSparse::empty(form.element, self.n_genes, form.dense);
        for source in &self.sources {
            let from = range.start.max(source.cells.start);
            let to = range.end.min(source.cells.end);
            if from >= to {
                continue;
            }
            let first = source.cells.start;
            let cells = source.cells_as_stored(from - first..to - first)?;
            let cells = cells.cast(form.element);
            for line in 0..cells.n_lines() {
                all.push_row(cells.row(line), |gene| source.places.get(gene).copied());
            }
        }
        Ok(all)
    }
}

impl Source {
    pub fn stored(&self) -> Option<&dyn StoredMatrix> {
        self.blocks.as_ref()?.as_stored()
    }

    fn element(&self) -> Option<ElementType> {
        let blocks = self.blocks.as_ref()?;
        Some(match blocks.as_stored() {
            Some(stored) => stored.form().element,
            None => ElementType::Number(blocks.stored()),
        })
    }

    /// Cells of this part; without values where it has no such matrix.
    fn cells_as_stored(&self, range: Range<usize>) -> Result<StoredSparse, FileError> {
        let width = self.places.len();
        match (&self.blocks, self.stored()) {
            (_, Some(stored)) => stored.cells(range),
            (Some(blocks), None) => {
                let rows = blocks.read(range)?;
                Ok(of_rows(rows, ElementType::Number(blocks.stored())))
            }
            (None, None) => {
                let element = ElementType::Bool;
                let mut none = StoredSparse::empty(element, width, false);
                none.ends.resize(range.len() + 1, 0);
                Ok(none)
            }
        }
    }
}

/// Blocks of a source that keeps nothing but f32, of a type that f32 holds.
fn of_rows(rows: Rows, element: ElementType) -> StoredSparse {
    let shape = [rows.rows(), rows.cols()];
    let (indptr, indices, values) = rows.into_raw_storage();
    StoredSparse {
        shape,
        by_column: false,
        ends: indptr.into_iter().map(|end| end as u64).collect(),
        indices: Some(indices),
        values: StoredArray::of_f32(&values).cast(element),
    }
}

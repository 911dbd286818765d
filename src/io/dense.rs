//! Dense matrices of HDF5 files, cells × genes, read by rows and handed on without their zeros.

use super::chunks::Chunked;
use super::rows;
use super::stored::Object;
use crate::data::matrix::{StoredForm, StoredMatrix, cut_grains};
use crate::data::{Blocks, FileError, InFile, NumberType, Rows, StoredSparse};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Numbers looked at to tell counts from anything else: many of them may be zero.
const SAMPLE: usize = 1 << 16;

#[derive(Debug)]
pub struct Dense {
    array: Chunked,
    in_file: Option<InFile>,
}

impl Dense {
    /// # Errors
    /// Not an array of numbers with one or two dimensions.
    pub fn open(array: Object) -> Result<Self, FileError> {
        Ok(Dense {
            array: Chunked::open(array)?,
            in_file: None,
        })
    }

    /// The same, known to be stored as a file of today would store it, if it is all in its file.
    pub fn current(mut self) -> Self {
        self.in_file = self.array.object.place_of_whole();
        self
    }
}

impl Blocks for Dense {
    fn n_cells(&self) -> usize {
        self.array.rows
    }

    fn n_genes(&self) -> usize {
        self.array.columns
    }

    fn n_values(&self) -> Option<u64> {
        None
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        let width = self.array.columns as u64;
        Ok(cut_grains(std::iter::repeat_n(width, self.array.rows)))
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        let values: Vec<f32> = self.array.rows(cells.clone())?;
        Ok(rows::block_of_dense(
            cells.len(),
            self.array.columns,
            &values,
        ))
    }

    fn stored(&self) -> NumberType {
        self.array.number.stored()
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        let mut values = self.array.first(SAMPLE)?;
        values.retain(|&value| value != 0.0);
        Ok(values)
    }

    fn in_file(&self) -> Option<InFile> {
        self.in_file.clone()
    }

    fn files(&self) -> Vec<PathBuf> {
        vec![self.array.object.file().to_owned()]
    }

    fn as_stored(&self) -> Option<&dyn StoredMatrix> {
        Some(self)
    }
}

impl StoredMatrix for Dense {
    fn form(&self) -> StoredForm {
        StoredForm {
            element: self.array.element(),
            dense: true,
            by_gene: false,
        }
    }

    fn line_grains(&self) -> Result<Arc<[usize]>, FileError> {
        self.grains()
    }

    fn lines(&self, range: Range<usize>) -> Result<StoredSparse, FileError> {
        let width = self.array.columns;
        Ok(StoredSparse {
            shape: [range.len(), width],
            by_column: false,
            ends: (0..=range.len()).map(|row| (row * width) as u64).collect(),
            indices: None,
            values: self.array.stored_rows(range)?,
        })
    }
}

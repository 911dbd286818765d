//! Sparse matrices of HDF5 files: `data`, `indices` and `indptr`, row after row.
//!
//! The rows are cells for CSR and for 10x files; for CSC they are genes, and `io::transposed`
//! turns them. Row pointers are read and checked when the first block is asked for.

use super::chunks::Chunked;
use super::rows::{self, OutOfRange};
use super::stored::Object;
use crate::data::matrix::{StoredForm, StoredMatrix, cut_grains};
use crate::data::{Blocks, FileError, InFile, NumberType, Rows, StoredSparse};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// Values looked at to tell counts from anything else.
const SAMPLE: usize = 4096;

/// A compressed matrix in a file; "cells" of its [`Blocks`] are its rows.
#[derive(Debug)]
pub struct Compressed {
    group: Object,
    n_rows: usize,
    n_columns: usize,
    data: Chunked,
    indices: Chunked,
    indptr: Chunked,
    pointers: OnceLock<Result<Arc<[u64]>, FileError>>,
    grains: OnceLock<Arc<[usize]>>,
    in_file: Option<InFile>,
}

impl Compressed {
    /// # Errors
    /// A part is missing, is no array of numbers, or the lengths contradict each other.
    pub fn open(group: Object, n_rows: usize, n_columns: usize) -> Result<Self, FileError> {
        let part = |name| Chunked::open(group.need(name)?);
        let (data, indices, indptr) = (part("data")?, part("indices")?, part("indptr")?);
        if data.rows != indices.rows {
            let problem = format!(
                "its data has {} entries and its indices have {}",
                data.rows, indices.rows
            );
            return Err(group.fault(problem).remedy(WRITE_AGAIN));
        }
        if indptr.rows != n_rows + 1 {
            let problem = format!(
                "has {} row pointers, but {n_rows} rows need {}",
                indptr.rows,
                n_rows + 1
            );
            return Err(indptr.object.fault(problem).remedy(WRITE_AGAIN));
        }
        Ok(Compressed {
            group,
            n_rows,
            n_columns,
            data,
            indices,
            indptr,
            pointers: OnceLock::new(),
            grains: OnceLock::new(),
            in_file: None,
        })
    }

    /// The same, known to be stored as a file of today would store it, if it is all in its file.
    pub fn current(mut self) -> Self {
        self.in_file = self.group.place_of_whole();
        self
    }

    fn pointers(&self) -> Result<&Arc<[u64]>, FileError> {
        let pointers = self.pointers.get_or_init(|| {
            let pointers: Vec<i64> = self.indptr.rows(0..self.n_rows + 1)?;
            self.check(&pointers)?;
            Ok(pointers.into_iter().map(|pointer| pointer as u64).collect())
        });
        pointers.as_ref().map_err(Clone::clone)
    }

    fn check(&self, pointers: &[i64]) -> Result<(), FileError> {
        let fault = |problem: String| self.indptr.object.fault(problem).remedy(WRITE_AGAIN);
        if pointers[0] != 0 {
            return Err(fault(format!("starts at {} instead of 0", pointers[0])));
        }
        if let Some(row) = pointers.windows(2).position(|pair| pair[1] < pair[0]) {
            return Err(fault(if self.data.rows as u64 > i32::MAX as u64 {
                format!(
                    "has wrapped around at row {row}: it was written with 32-bit numbers, which \
                     end at 2147483647, but the matrix has {} values",
                    self.data.rows
                )
            } else {
                format!("decreases at row {row}: row pointers must not")
            }));
        }
        let end = pointers[self.n_rows];
        if end as u64 > self.data.rows as u64 {
            let problem = format!("ends at {end}, but there are {} values", self.data.rows);
            return Err(fault(problem));
        }
        Ok(())
    }

    fn out_of_range(&self, start: usize, OutOfRange { row, index }: OutOfRange) -> FileError {
        let row = start + row;
        let index = match index {
            u32::MAX => "an impossible index".to_owned(),
            index => format!("index {index}"),
        };
        let problem = format!(
            "row {row} has {index}, but the matrix has {} columns",
            self.n_columns
        );
        self.indices.object.fault(problem).remedy(WRITE_AGAIN)
    }

    fn indptr_of(&self, cells: &Range<usize>) -> Result<(Range<usize>, Vec<usize>), FileError> {
        let pointers = self.pointers()?;
        let Some(ends) = pointers.get(cells.start..=cells.end) else {
            let problem = format!("has {} rows, not {}", self.n_rows, cells.end);
            return Err(self.group.fault(problem));
        };
        let (from, to) = (ends[0], ends[ends.len() - 1]);
        let indptr = ends.iter().map(|end| (end - from) as usize).collect();
        Ok((from as usize..to as usize, indptr))
    }
}

impl Blocks for Compressed {
    fn n_cells(&self) -> usize {
        self.n_rows
    }

    fn n_genes(&self) -> usize {
        self.n_columns
    }

    fn n_values(&self) -> Option<u64> {
        Some(self.data.rows as u64)
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        let pointers = self.pointers()?;
        let cut = || cut_grains(pointers.windows(2).map(|pair| pair[1] - pair[0]));
        Ok(Arc::clone(self.grains.get_or_init(cut)))
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        let (range, indptr) = self.indptr_of(&cells)?;
        let indices: Vec<u32> = self.indices.rows(range.clone())?;
        let values: Vec<f32> = self.data.rows(range)?;
        rows::block(self.n_columns, indptr, indices, values)
            .map_err(|found| self.out_of_range(cells.start, found))
    }

    fn stored(&self) -> NumberType {
        self.data.number.stored()
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        self.data.first(SAMPLE)
    }

    fn in_file(&self) -> Option<InFile> {
        self.in_file.clone()
    }

    fn files(&self) -> Vec<PathBuf> {
        vec![self.group.file().to_owned()]
    }

    fn as_stored(&self) -> Option<&dyn StoredMatrix> {
        Some(self)
    }

    fn check(&self) -> Result<(), FileError> {
        self.pointers().map(drop)
    }
}

impl StoredMatrix for Compressed {
    fn form(&self) -> StoredForm {
        StoredForm {
            element: self.data.element(),
            dense: false,
            by_gene: false,
        }
    }

    fn line_grains(&self) -> Result<Arc<[usize]>, FileError> {
        self.grains()
    }

    /// Values at the same place are not added up, nor those out of order sorted.
    fn lines(&self, range: Range<usize>) -> Result<StoredSparse, FileError> {
        let (values, ends) = self.indptr_of(&range)?;
        let indices: Vec<u32> = self.indices.rows(values.clone())?;
        let beyond = |&index: &u32| index as usize >= self.n_columns;
        if let Some(at) = indices.iter().position(beyond) {
            let row = ends.partition_point(|&end| end <= at) - 1;
            let found = OutOfRange {
                row,
                index: indices[at],
            };
            return Err(self.out_of_range(range.start, found));
        }
        Ok(StoredSparse {
            shape: [range.len(), self.n_columns],
            by_column: false,
            ends: ends.into_iter().map(|end| end as u64).collect(),
            indices: Some(indices),
            values: self.data.stored_rows(values)?,
        })
    }
}

const WRITE_AGAIN: &str = "the file is damaged or its writer had a bug: write it again from the original data, with a \
     current version of that program";

//! A matrix on its way into a file or store, block after block.

use super::slots::Shared;
use crate::data::matrix::StoredForm;
use crate::data::{ElementType, FileError, Matrix, NumberType, RowsView, StoredSparse, half};
use crate::io::target::GrowingArray;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

/// How a matrix is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatrixForm {
    pub stored: ElementType,
    /// Every value in its place, for matrices without zeros; else compressed by row.
    pub dense: bool,
    /// Compressed by gene: lines are pushed gene after gene.
    pub by_gene: bool,
}

impl From<StoredForm> for MatrixForm {
    fn from(form: StoredForm) -> Self {
        MatrixForm {
            stored: form.element,
            dense: form.dense,
            by_gene: form.by_gene,
        }
    }
}

impl MatrixForm {
    /// The form that suits a matrix: whole numbers stay whole, everything else becomes f32; what
    /// a step filled is dense.
    pub fn of(matrix: &Matrix) -> Self {
        let stored = matrix.blocks.stored();
        let stays = matrix.is_as_stored() && stored.is_whole();
        MatrixForm {
            stored: ElementType::Number(if stays { stored } else { NumberType::F32 }),
            dense: matrix.steps.iter().any(|step| !step.step.keeps_zeros()),
            by_gene: false,
        }
    }
}

/// How the rows of a matrix become bytes of a file. Any thread may do it.
#[derive(Debug, Clone)]
pub struct Encoder {
    form: MatrixForm,
    n_genes: usize,
}

/// Cells as they will be in a file.
#[derive(Debug, Default)]
pub struct Encoded {
    /// Values up to the end of each cell, of these cells.
    ends: Vec<u64>,
    /// Positions of genes; empty for a dense matrix.
    indices: Vec<u8>,
    data: Vec<u8>,
    /// A value is not whole or too large, although whole ones are stored.
    unfit: bool,
}

impl Encoder {
    /// Appends cells to those that `into` has.
    pub fn encode(&self, rows: RowsView, into: &mut Encoded) {
        debug_assert_eq!(rows.cols(), self.n_genes);
        let before = into.ends.last().copied().unwrap_or(0);
        let ends = rows.indptr();
        into.ends
            .extend(ends.iter_outer_sz().map(|row| before + row.end as u64));
        let fits = if self.form.dense {
            let mut row_values = vec![0.0; self.n_genes];
            rows.outer_iterator().all(|row| {
                row_values.fill(0.0);
                for (gene, &value) in row.iter() {
                    row_values[gene] = value;
                }
                encode(&row_values, self.form.stored, &mut into.data)
            })
        } else {
            append(rows.indices(), u32::to_le_bytes, &mut into.indices);
            encode(rows.data(), self.form.stored, &mut into.data)
        };
        into.unfit |= !fits;
    }
}

impl Encoded {
    /// Appends lines as they were stored elsewhere, of the type and arrangement of the sink.
    pub fn push_stored(&mut self, lines: &StoredSparse) {
        let before = self.ends.last().copied().unwrap_or(0);
        self.ends
            .extend(lines.ends.iter().skip(1).map(|end| before + end));
        if let Some(indices) = &lines.indices {
            append(indices, u32::to_le_bytes, &mut self.indices);
        }
        self.data.extend_from_slice(&lines.values.bytes);
    }
}

/// Takes the cells of a matrix in their order.
#[derive(Debug)]
pub struct MatrixSink {
    shared: Arc<Shared>,
    path: String,
    encoder: Encoder,
    data: GrowingArray,
    /// None for a dense matrix.
    indices: Option<GrowingArray>,
    /// Values before each cell.
    indptr: Vec<u64>,
}

impl MatrixSink {
    pub(super) fn create(
        shared: Arc<Shared>,
        path: String,
        n_genes: usize,
        mut form: MatrixForm,
    ) -> Result<Self, FileError> {
        form.dense &= n_genes > 0;
        if !form.dense {
            form.stored = form.stored.of_sparse();
        }
        let compression = shared.options.compression;
        let (data, indices) = if form.dense {
            let data = shared
                .file
                .array(&path, n_genes, form.stored, compression)?;
            (data, None)
        } else {
            shared.file.group(&path)?;
            let part = |name: &str, stored| {
                let path = format!("{path}/{name}");
                shared.file.array(&path, 0, stored, compression)
            };
            let indices = part("indices", ElementType::Number(NumberType::I32))?;
            let indices = indices.sharing(shared.positions.clone());
            (part("data", form.stored)?, Some(indices))
        };
        shared.unfinished.fetch_add(1, SeqCst);
        Ok(MatrixSink {
            shared,
            path,
            encoder: Encoder { form, n_genes },
            data,
            indices,
            indptr: vec![0],
        })
    }

    /// What makes the bytes that [`MatrixSink::push`] takes.
    pub fn encoder(&self) -> Encoder {
        self.encoder.clone()
    }

    /// Bytes that a value takes, with its place.
    pub fn value_bytes(&self) -> usize {
        self.encoder.form.stored.size() + size_of::<i32>()
    }

    /// Appends cells.
    ///
    /// # Errors
    /// The disk is full; a value is not whole or too large, although whole ones are stored.
    pub fn push(&mut self, cells: Encoded) -> Result<(), FileError> {
        let file = &self.shared.file;
        if cells.unfit {
            let reason = "a value does not fit the whole numbers it is stored as";
            return Err(file.fault(&self.path, reason));
        }
        let before = self.indptr[self.indptr.len() - 1];
        self.indptr
            .extend(cells.ends.iter().map(|end| before + end));
        if let Some(indices) = &mut self.indices {
            indices.push(file, cells.indices)?;
        }
        self.data.push(file, cells.data)
    }

    /// Completes the matrix. Must be called after the last cell.
    pub fn finish(self) -> Result<(), FileError> {
        let MatrixSink { shared, path, .. } = self;
        let n_genes = self.encoder.n_genes;
        let file = &shared.file;
        let n_lines = self.indptr.len() - 1;
        let by_gene = self.encoder.form.by_gene;
        let (expected, called) = if by_gene {
            (n_genes, "genes")
        } else {
            (shared.n_cells, "cells")
        };
        if n_lines != expected {
            let reason = format!("it has {n_lines} {called} instead of {expected}");
            return Err(file.fault(&path, &reason));
        }
        self.data.finish(file)?;
        match self.indices {
            None => file.encoding(&path, "array", "0.2.0")?,
            Some(indices) => {
                indices.finish(file)?;
                // 64 bits only where needed: older readers assume 32.
                let stored = if self.indptr[n_lines] <= i32::MAX as u64 {
                    NumberType::I32
                } else {
                    NumberType::I64
                };
                let path_of = format!("{path}/indptr");
                file.numbers(&path_of, &[n_lines + 1], &self.indptr, stored)?;
                let form = if by_gene { "csc_matrix" } else { "csr_matrix" };
                file.encoding(&path, form, "0.1.0")?;
                let shape = [shared.n_cells as i64, n_genes as i64];
                file.wholes_attribute(&path, "shape", &shape)?;
            }
        }
        shared.unfinished.fetch_sub(1, SeqCst);
        Ok(())
    }
}

/// Appends the bytes of each value.
fn append<T: Copy, const N: usize>(
    values: &[T],
    to_bytes: impl Fn(T) -> [u8; N],
    bytes: &mut Vec<u8>,
) {
    bytes.reserve(N * values.len());
    // Some at a time: the compiler turns them into bytes in wide steps then.
    let (tiles, rest) = values.as_chunks::<64>();
    for tile in tiles {
        bytes.extend_from_slice(tile.map(&to_bytes).as_flattened());
    }
    for &value in rest {
        bytes.extend_from_slice(&to_bytes(value));
    }
}

/// Appends the bytes of values, little endian; false if one does not fit.
fn encode(values: &[f32], stored: ElementType, bytes: &mut Vec<u8>) -> bool {
    let stored = match stored {
        ElementType::Number(number) => number,
        ElementType::Bool => NumberType::U8,
    };
    macro_rules! wholes {
        ($whole:ty) => {{
            // Casts saturate: a value out of range, with a fraction, or NaN, is changed.
            let fits = |&value: &f32| (value as $whole) as f64 == f64::from(value);
            append(values, |value| (value as $whole).to_le_bytes(), bytes);
            values.iter().fold(true, |all, value| all & fits(value))
        }};
    }
    match stored {
        NumberType::F16 => {
            append(values, |x| half::bits(x).to_le_bytes(), bytes);
            true
        }
        NumberType::F32 => {
            append(values, f32::to_le_bytes, bytes);
            true
        }
        NumberType::F64 => {
            append(values, |x| f64::from(x).to_le_bytes(), bytes);
            true
        }
        NumberType::I8 => wholes!(i8),
        NumberType::I16 => wholes!(i16),
        NumberType::I32 => wholes!(i32),
        NumberType::I64 => wholes!(i64),
        NumberType::U8 => wholes!(u8),
        NumberType::U16 => wholes!(u16),
        NumberType::U32 => wholes!(u32),
        NumberType::U64 => wholes!(u64),
    }
}

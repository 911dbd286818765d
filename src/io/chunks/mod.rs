//! Large arrays of an HDF5 file, read without the library: it is asked once where the chunks
//! lie; their bytes are then read and decoded on the thread that wants them. Those of a zarr
//! store, whose chunks are files, are read in the same way.
//!
//! The library decodes under one global lock, on one core. Past it, decoding takes all cores and
//! a faster inflate. What this reader does not know (rare filters, virtual or external storage)
//! still goes through the library.

mod cache;
mod codec;
mod convert;
pub mod filters;
mod layout;
mod lzf;
mod raw;
mod table;

pub use codec::{
    Codec, SCRATCH, Scratch, decompress, decompress_any, unknown_codec, unknown_filter,
};
pub use convert::Target;

use super::declared;
use super::h5::H5File;
use super::positioned::read_exact_at;
use super::stored::{self, Object, Values};
use crate::data::{ElementType, FileError, NumberType, StoredArray, half, stop};
use crate::io::element::{Element, Number};
use crate::io::reason::Reason;
use layout::{Chunks, Found, Layout, layout};
use std::ops::Range;

/// An array of numbers with one or two dimensions.
#[derive(Debug)]
pub struct Chunked {
    pub object: Object,
    values: Values,
    /// Length of the first dimension.
    pub rows: usize,
    /// Length of the second dimension; 1 where there is none.
    pub columns: usize,
    pub number: Number,
    layout: Layout,
}

impl Chunked {
    /// # Errors
    /// Not an array, not of numbers, of three dimensions.
    pub fn open(object: Object) -> Result<Self, FileError> {
        let values = object
            .values()
            .ok_or_else(|| object.fault("is not an array"))?
            .clone();
        let number = match values.element {
            Element::Number(number) => number,
            // 0 and 1.
            Element::Bool(size) => Number {
                float: false,
                size,
                signed: false,
                big_endian: false,
                plain: size == 1,
            },
            _ => return Err(object.fault("its values are not numbers")),
        };
        let (rows, columns) = match values.shape[..] {
            [n] => (n, 1),
            [n, m] => (n, m),
            _ => {
                let n = values.shape.len();
                return Err(object.fault(format!("has {n} dimensions instead of one or two")));
            }
        };
        let layout = layout(&object, number);
        if let Layout::Chunks(chunks) = &layout {
            let bytes = chunks.rows.saturating_mul(chunks.columns);
            declared::allow(bytes.saturating_mul(number.size), || object.length())
                .map_err(|reason| object.unreadable(reason))?;
        }
        Ok(Chunked {
            object,
            values,
            rows,
            columns,
            number,
            layout,
        })
    }

    /// The rows of a range, into room for exactly them.
    pub fn read<T: Target>(&self, rows: Range<usize>, out: &mut [T]) -> Result<(), FileError> {
        if rows.start > rows.end || rows.end > self.rows {
            let problem = format!(
                "ends at {}, but {} to {} are asked for",
                self.rows, rows.start, rows.end
            );
            return Err(self.object.fault(problem));
        }
        debug_assert_eq!(out.len(), rows.len() * self.columns);
        if out.is_empty() {
            return Ok(());
        }
        match &self.layout {
            Layout::Contiguous(file, at) => self.read_contiguous((file, *at), rows, out),
            Layout::Chunks(chunks) => self.read_chunks(chunks, rows, out),
            Layout::Library => {
                let values = self
                    .values
                    .read::<T>(Some(rows))
                    .map_err(|reason| self.object.unreadable(reason))?;
                out.copy_from_slice(&values);
                Ok(())
            }
        }
    }

    /// The rows of a range.
    pub fn rows<T: Target>(&self, rows: Range<usize>) -> Result<Vec<T>, FileError> {
        let n = rows.len().saturating_mul(self.columns);
        let length = || match &self.layout {
            // A virtual array has its values in other files.
            Layout::Library => u64::MAX,
            _ => self.object.length(),
        };
        declared::allow(n.saturating_mul(size_of::<T>()), length)
            .map_err(|reason| self.object.unreadable(reason))?;
        let mut values = Vec::new();
        values.try_reserve_exact(n).map_err(|_| {
            self.object
                .fault(format!("{n} values do not fit in memory"))
        })?;
        values.resize(n, T::default());
        self.read(rows, &mut values)?;
        Ok(values)
    }

    /// The rows of a range as they are stored, as an array of one dimension.
    pub fn stored_rows(&self, rows: Range<usize>) -> Result<StoredArray, FileError> {
        let element = self.values.element_type();
        let element = element.ok_or_else(|| self.object.fault("its values are not numbers"))?;
        let bytes = match element {
            ElementType::Bool => {
                let truths: Vec<i64> = self.rows(rows)?;
                truths.iter().map(|&truth| u8::from(truth != 0)).collect()
            }
            ElementType::Number(NumberType::F64) => {
                stored::bytes_of(&self.rows::<f64>(rows)?, f64::to_le_bytes, 8)
            }
            ElementType::Number(NumberType::F32) => {
                stored::bytes_of(&self.rows::<f32>(rows)?, f32::to_le_bytes, 4)
            }
            ElementType::Number(NumberType::F16) => {
                let bytes = |number| half::bits(number).to_le_bytes();
                stored::bytes_of(&self.rows::<f32>(rows)?, bytes, 2)
            }
            ElementType::Number(_) if self.number.signed => {
                stored::bytes_of(&self.rows::<i64>(rows)?, i64::to_le_bytes, element.size())
            }
            ElementType::Number(_) => {
                stored::bytes_of(&self.rows::<u64>(rows)?, u64::to_le_bytes, element.size())
            }
        };
        Ok(StoredArray {
            shape: vec![bytes.len() / element.size()],
            element,
            bytes,
            square: false,
        })
    }

    /// What an element is, as it is written again.
    pub fn element(&self) -> ElementType {
        let number = ElementType::Number(self.number.stored());
        self.values.element_type().unwrap_or(number)
    }

    /// The first values as stored in the file, `most` of them: no more than one chunk is read.
    pub fn first(&self, most: usize) -> Result<Vec<f32>, FileError> {
        let most = most.min(self.values.len());
        let Layout::Chunks(chunks) = &self.layout else {
            let rows = most.div_ceil(self.columns.max(1)).min(self.rows);
            let mut values: Vec<f32> = self.rows(0..rows)?;
            values.truncate(most);
            return Ok(values);
        };
        let bytes = chunks.rows * chunks.columns * self.number.size;
        let mut values = vec![0.0; most.min(bytes / self.number.size)];
        if values.is_empty() {
            return Ok(values);
        }
        if let Some(found) = chunks.find(0, false)? {
            let mut decoded = vec![0; bytes];
            SCRATCH.with_borrow_mut(|scratch| self.decode(found, scratch, &mut decoded))?;
            f32::convert(
                self.number,
                &decoded[..values.len() * self.number.size],
                &mut values,
            );
        }
        Ok(values)
    }

    fn read_contiguous<T: Target>(
        &self,
        (file, at): (&H5File, u64),
        rows: Range<usize>,
        out: &mut [T],
    ) -> Result<(), FileError> {
        let row = (self.columns * self.number.size) as u64;
        let at = at + rows.start as u64 * row;
        if T::has_bytes_of(self.number) {
            return self.read_bytes(file, at, T::bytes(out));
        }
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.decoded.resize(out.len() * self.number.size, 0);
            self.read_bytes(file, at, &mut scratch.decoded)?;
            T::convert(self.number, &scratch.decoded, out);
            Ok(())
        })
    }

    fn read_chunks<T: Target>(
        &self,
        chunks: &Chunks,
        rows: Range<usize>,
        out: &mut [T],
    ) -> Result<(), FileError> {
        for down in rows.start / chunks.rows..rows.end.div_ceil(chunks.rows) {
            stop::check(self.object.file())?;
            let from = down * chunks.rows;
            let inside = rows.start.max(from)..rows.end.min(from + chunks.rows);
            let wanted = inside.start - from..inside.end - from;
            let whole = inside.len() == chunks.rows.min(self.rows - from);
            let part = &mut out[(inside.start - rows.start) * self.columns
                ..(inside.end - rows.start) * self.columns];
            for across in 0..chunks.across {
                let chunk = down * chunks.across + across;
                self.read_chunk(chunks, chunk, across, whole, wanted.clone(), part)?;
            }
        }
        Ok(())
    }

    /// The wanted rows of one chunk, to their columns of `out`.
    fn read_chunk<T: Target>(
        &self,
        chunks: &Chunks,
        chunk: usize,
        across: usize,
        whole: bool,
        wanted: Range<usize>,
        out: &mut [T],
    ) -> Result<(), FileError> {
        let Some(found) = chunks.find(chunk, whole)? else {
            // Never written: zeros. A fill value other than zero is left to the library.
            self.scatter(chunks, across, 0..wanted.len(), None, out);
            return Ok(());
        };
        let bytes = chunks.rows * chunks.columns * self.number.size;
        if whole && out.len() * self.number.size == bytes && T::has_bytes_of(self.number) {
            return SCRATCH.with_borrow_mut(|scratch| self.decode(found, scratch, T::bytes(out)));
        }
        if whole {
            return SCRATCH.with_borrow_mut(|scratch| {
                let mut decoded = std::mem::take(&mut scratch.decoded);
                decoded.resize(bytes, 0);
                let done = self.decode(found, scratch, &mut decoded);
                if done.is_ok() {
                    self.scatter(chunks, across, wanted, Some(&decoded), out);
                }
                scratch.decoded = decoded;
                done
            });
        }
        let decoded = chunks.cache.get(chunk, chunks.rows, wanted.len(), || {
            SCRATCH.with_borrow_mut(|scratch| {
                let mut decoded = vec![0; bytes];
                self.decode(found, scratch, &mut decoded)?;
                Ok(decoded.into())
            })
        })?;
        self.scatter(chunks, across, wanted, Some(&decoded), out);
        Ok(())
    }

    /// Rows of a decoded chunk to their columns of `out`; zeros where there is no chunk.
    fn scatter<T: Target>(
        &self,
        chunks: &Chunks,
        across: usize,
        wanted: Range<usize>,
        decoded: Option<&[u8]>,
        out: &mut [T],
    ) {
        let size = self.number.size;
        let from = across * chunks.columns;
        let width = chunks.columns.min(self.columns - from);
        if width == chunks.columns && width == self.columns {
            match decoded {
                Some(bytes) => {
                    let row = width * size;
                    T::convert(
                        self.number,
                        &bytes[wanted.start * row..wanted.end * row],
                        out,
                    );
                }
                None => out.fill(T::default()),
            }
            return;
        }
        for (row, i) in wanted.zip(0..) {
            let to = &mut out[i * self.columns + from..][..width];
            match decoded {
                Some(bytes) => {
                    let row = &bytes[row * chunks.columns * size..][..width * size];
                    T::convert(self.number, row, to);
                }
                None => to.fill(T::default()),
            }
        }
    }

    fn decode(&self, found: Found, scratch: &mut Scratch, out: &mut [u8]) -> Result<(), FileError> {
        let damaged = |reason: Reason| {
            let error = self.object.fault("has a damaged chunk");
            let error = reason.explain(error);
            error.remedy("copy or download it again")
        };
        match found {
            Found::Zarr(array, at) => array
                .chunk(&at[..array.shape.len()], scratch, out)
                .map_err(damaged),
            Found::Hdf5(file, pipeline, place) => {
                let mut stored = std::mem::take(&mut scratch.stored);
                stored.resize(place.size as usize, 0);
                let done = self.read_bytes(file, place.at, &mut stored);
                let done = done.and_then(|()| {
                    let decoded = pipeline.decode(&stored, place.skipped, scratch, out);
                    decoded.map_err(damaged)
                });
                scratch.stored = stored;
                done
            }
        }
    }

    fn read_bytes(&self, file: &H5File, at: u64, to: &mut [u8]) -> Result<(), FileError> {
        read_exact_at(&file.bytes, to, at).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => self
                .object
                .fault("the file ends before its data does")
                .remedy("copy or download it again"),
            _ => self.object.fault(format!("cannot be read ({error})")),
        })
    }
}

//! Large arrays of an HDF5 file, read without the library: it is asked once where the chunks
//! lie; their bytes are then read and decoded on the thread that wants them.
//!
//! The library decodes under one global lock, on one core. Past it, decoding takes all cores and
//! a faster inflate. What this reader does not know (rare filters, virtual or external storage)
//! still goes through the library.

mod cache;
mod convert;
mod filters;
mod lzf;
mod table;

pub use convert::Target;
pub use filters::{explain, register_filters};

use super::h5::{Element, Number, Object, Values};
use crate::data::FileError;
use cache::Cache;
use filters::{Pipeline, SCRATCH, Scratch};
use std::fs;
use std::ops::Range;
use table::{Place, Table};

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

#[derive(Debug)]
enum Layout {
    /// One run of bytes at this offset of the file.
    Contiguous(u64),
    Chunks(Box<Chunks>),
    /// Only the library can.
    Library,
}

#[derive(Debug)]
struct Chunks {
    table: Table,
    pipeline: Pipeline,
    cache: Cache,
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
            Element::Truth(size) => Number {
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
            Layout::Contiguous(at) => self.read_contiguous(*at, rows, out),
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
        let mut values = Vec::new();
        values.try_reserve_exact(n).map_err(|_| {
            self.object
                .fault(format!("{n} values do not fit into memory"))
        })?;
        values.resize(n, T::default());
        self.read(rows, &mut values)?;
        Ok(values)
    }

    /// The first values as they lie in the file, `most` of them: no more than one chunk is read.
    pub fn first(&self, most: usize) -> Result<Vec<f32>, FileError> {
        let most = most.min(self.values.len());
        let Layout::Chunks(chunks) = &self.layout else {
            let rows = most.div_ceil(self.columns.max(1)).min(self.rows);
            let mut values: Vec<f32> = self.rows(0..rows)?;
            values.truncate(most);
            return Ok(values);
        };
        let bytes = chunks.table.rows * chunks.table.columns * self.number.size;
        let mut values = vec![0.0; most.min(bytes / self.number.size)];
        if values.is_empty() {
            return Ok(values);
        }
        if let Some(place) = chunks.table.place(&self.object, 0, false)? {
            let mut decoded = vec![0; bytes];
            SCRATCH.with_borrow_mut(|scratch| self.decode(chunks, place, scratch, &mut decoded))?;
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
        at: u64,
        rows: Range<usize>,
        out: &mut [T],
    ) -> Result<(), FileError> {
        let row = (self.columns * self.number.size) as u64;
        let at = at + rows.start as u64 * row;
        if T::has_bytes_of(self.number) {
            return self.read_bytes(at, T::bytes(out));
        }
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.decoded.resize(out.len() * self.number.size, 0);
            self.read_bytes(at, &mut scratch.decoded)?;
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
        let table = &chunks.table;
        for down in rows.start / table.rows..rows.end.div_ceil(table.rows) {
            let from = down * table.rows;
            let inside = rows.start.max(from)..rows.end.min(from + table.rows);
            let wanted = inside.start - from..inside.end - from;
            let whole = inside.len() == table.rows.min(self.rows - from);
            let part = &mut out[(inside.start - rows.start) * self.columns
                ..(inside.end - rows.start) * self.columns];
            for across in 0..table.across {
                let chunk = down * table.across + across;
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
        let table = &chunks.table;
        let place = table.place(&self.object, chunk, whole)?;
        let Some(place) = place else {
            // Never written: zeros. A fill value other than zero is left to the library.
            self.scatter(table, across, 0..wanted.len(), None, out);
            return Ok(());
        };
        let bytes = table.rows * table.columns * self.number.size;
        if whole && out.len() * self.number.size == bytes && T::has_bytes_of(self.number) {
            return SCRATCH
                .with_borrow_mut(|scratch| self.decode(chunks, place, scratch, T::bytes(out)));
        }
        if whole {
            return SCRATCH.with_borrow_mut(|scratch| {
                let mut decoded = std::mem::take(&mut scratch.decoded);
                decoded.resize(bytes, 0);
                let done = self.decode(chunks, place, scratch, &mut decoded);
                if done.is_ok() {
                    self.scatter(table, across, wanted, Some(&decoded), out);
                }
                scratch.decoded = decoded;
                done
            });
        }
        let decoded = chunks.cache.get(chunk, table.rows, wanted.len(), || {
            SCRATCH.with_borrow_mut(|scratch| {
                let mut decoded = vec![0; bytes];
                self.decode(chunks, place, scratch, &mut decoded)?;
                Ok(decoded.into())
            })
        })?;
        self.scatter(table, across, wanted, Some(&decoded), out);
        Ok(())
    }

    /// Rows of a decoded chunk to their columns of `out`; zeros where there is no chunk.
    fn scatter<T: Target>(
        &self,
        table: &Table,
        across: usize,
        wanted: Range<usize>,
        decoded: Option<&[u8]>,
        out: &mut [T],
    ) {
        let size = self.number.size;
        let from = across * table.columns;
        let width = table.columns.min(self.columns - from);
        if width == table.columns && width == self.columns {
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
                    let row = &bytes[row * table.columns * size..][..width * size];
                    T::convert(self.number, row, to);
                }
                None => to.fill(T::default()),
            }
        }
    }

    fn decode(
        &self,
        chunks: &Chunks,
        place: Place,
        scratch: &mut Scratch,
        out: &mut [u8],
    ) -> Result<(), FileError> {
        let mut stored = std::mem::take(&mut scratch.stored);
        stored.resize(place.size as usize, 0);
        let done = self.read_bytes(place.at, &mut stored).and_then(|()| {
            chunks
                .pipeline
                .decode(&stored, place.skipped, scratch, out)
                .map_err(|reason| {
                    let fault = self.object.fault(format!("has a damaged chunk ({reason})"));
                    explain(fault, &reason)
                })
        });
        scratch.stored = stored;
        done
    }

    fn read_bytes(&self, at: u64, to: &mut [u8]) -> Result<(), FileError> {
        read_exact_at(&self.object.file.bytes, to, at).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => self
                .object
                .fault("the file ends before its data does")
                .remedy("copy or download it again"),
            _ => self.object.fault(format!("cannot be read ({error})")),
        })
    }
}

/// How an array lies in its file.
fn layout(object: &Object, number: Number) -> Layout {
    if !number.plain {
        return Layout::Library;
    }
    let Ok(array) = object.file.file.dataset(&object.path) else {
        return Layout::Library;
    };
    let Ok(creation) = array.dcpl() else {
        return Layout::Library;
    };
    use hdf5::dataset::Layout as Stored;
    match creation.get_layout() {
        Ok(Stored::Contiguous) => match array.offset() {
            Some(at) if creation.get_external().is_ok_and(|files| files.is_empty()) => {
                Layout::Contiguous(at)
            }
            _ => Layout::Library,
        },
        Ok(Stored::Chunked) => {
            let pipeline = creation
                .get_filters()
                .ok()
                .and_then(|filters| Pipeline::of(&filters, number.size));
            match (pipeline, Table::of(&array, &creation)) {
                (Some(pipeline), Some(table)) => {
                    let cache = Cache::new(table.rows * table.columns * number.size);
                    Layout::Chunks(Box::new(Chunks {
                        table,
                        pipeline,
                        cache,
                    }))
                }
                _ => Layout::Library,
            }
        }
        _ => Layout::Library,
    }
}

#[cfg(unix)]
pub(super) fn read_exact_at(file: &fs::File, to: &mut [u8], at: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, to, at)
}

#[cfg(windows)]
pub(super) fn read_exact_at(
    file: &fs::File,
    mut to: &mut [u8],
    mut at: u64,
) -> std::io::Result<()> {
    use std::os::windows::fs::FileExt;
    while !to.is_empty() {
        match file.seek_read(to, at)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            n => {
                to = &mut to[n..];
                at += n as u64;
            }
        }
    }
    Ok(())
}

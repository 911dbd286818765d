//! Large arrays written in chunks of about a megabyte, compressed on all cores.
//!
//! The library compresses on one core under its lock; here chunks are compressed in parallel and
//! handed over ready made.

use super::datatype::Kind;
use super::library::{Id, check};
use super::write::{NewFile, creation_properties};
use crate::data::{FileError, NumberType};
use hdf5::globals;
use hdf5_sys::h5d::{H5Dset_extent, H5Dwrite_chunk};
use hdf5_sys::h5p::{H5P_DEFAULT, H5Pset_chunk, H5Pset_deflate, H5Pset_shuffle};
use hdf5_sys::h5s::{H5S_UNLIMITED, H5Screate_simple};
use libdeflater::{CompressionLvl, Compressor};
use rayon::prelude::*;
use std::borrow::Cow;

/// Bytes of a chunk: large enough to compress well, small enough to decode for a few cells.
const CHUNK: usize = 1 << 20;
/// Chunks collected before they are compressed together.
const BATCH: usize = 8;

/// How large arrays are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    /// 1 to 9.
    Gzip(u8),
}

/// An array of one or two dimensions that grows by rows.
#[derive(Debug)]
pub struct GrowingArray {
    array: Id,
    path: String,
    compression: Compression,
    element: usize,
    /// Elements of a row; 0 for an array of one dimension.
    width: usize,
    row_bytes: usize,
    chunk_rows: usize,
    /// Rows handed over to the library, whole chunks.
    written: usize,
    /// Rows not handed over yet.
    waiting: Vec<u8>,
}

impl GrowingArray {
    /// `width` is the number of columns, or 0 for an array of one dimension.
    pub fn create(
        file: &NewFile,
        path: &str,
        width: usize,
        stored: NumberType,
        compression: Compression,
    ) -> Result<Self, FileError> {
        let row_bytes = width.max(1) * stored.size();
        let chunk_rows = (CHUNK / row_bytes).max(1);
        let chunk = [chunk_rows as u64, width as u64];
        let rank = if width == 0 { 1 } else { 2 };
        let array = file.named(path, |name| {
            let start = [0, width as u64];
            let most = [H5S_UNLIMITED, width as u64];
            // SAFETY: both arrays and `chunk` have `rank` entries at least.
            let space =
                Id::made_by(|| unsafe { H5Screate_simple(rank, start.as_ptr(), most.as_ptr()) })?;
            let creation = creation_properties(*globals::H5P_DATASET_CREATE)?;
            check(|| unsafe { H5Pset_chunk(creation.raw(), rank, chunk.as_ptr()) })?;
            if let Compression::Gzip(level) = compression {
                check(|| unsafe { H5Pset_shuffle(creation.raw()) })?;
                check(|| unsafe { H5Pset_deflate(creation.raw(), level.into()) })?;
            }
            file.new_array_with(name, &Kind::Number(stored).datatype()?, &space, &creation)
        })?;
        Ok(GrowingArray {
            array,
            path: path.to_owned(),
            compression,
            element: stored.size(),
            width,
            row_bytes,
            chunk_rows,
            written: 0,
            waiting: Vec::new(),
        })
    }

    /// Appends whole rows: their bytes, little endian.
    pub fn push(&mut self, file: &NewFile, bytes: &[u8]) -> Result<(), FileError> {
        self.waiting.extend_from_slice(bytes);
        // Whole batches, no more: the places of chunks in the file do not depend on how many rows
        // come at a time.
        let batch = BATCH * self.chunk_bytes();
        while self.waiting.len() >= batch {
            let rest = self.waiting.split_off(batch);
            self.hand_over(file)?;
            self.waiting = rest;
        }
        Ok(())
    }

    /// Writes what is left. Must be called.
    pub fn finish(mut self, file: &NewFile) -> Result<(), FileError> {
        self.hand_over(file)?;
        let rows = self.waiting.len() / self.row_bytes;
        if rows > 0 {
            self.extend_to(file, self.written + rows)?;
            self.waiting.resize(self.chunk_bytes(), 0);
            self.write_chunks(file)?;
        }
        Ok(())
    }

    fn chunk_bytes(&self) -> usize {
        self.chunk_rows * self.row_bytes
    }

    /// Writes the whole chunks that wait.
    fn hand_over(&mut self, file: &NewFile) -> Result<(), FileError> {
        let chunks = self.waiting.len() / self.chunk_bytes();
        self.extend_to(file, self.written + chunks * self.chunk_rows)?;
        self.write_chunks(file)
    }

    fn extend_to(&self, file: &NewFile, rows: usize) -> Result<(), FileError> {
        let dims = [rows as u64, self.width as u64];
        // SAFETY: as many lengths as the array has dimensions, at least.
        check(|| unsafe { H5Dset_extent(self.array.raw(), dims.as_ptr()) })
            .map_err(|reason| file.fault(&self.path, &reason))
            .map(drop)
    }

    fn write_chunks(&mut self, file: &NewFile) -> Result<(), FileError> {
        let chunk_bytes = self.chunk_bytes();
        let whole = self.waiting.len() / chunk_bytes * chunk_bytes;
        let rest = self.waiting.split_off(whole);
        let chunks = std::mem::replace(&mut self.waiting, rest);
        let compressed: Vec<Cow<[u8]>> = match self.compression {
            Compression::None => chunks.chunks(chunk_bytes).map(Cow::Borrowed).collect(),
            Compression::Gzip(level) => chunks
                .par_chunks(chunk_bytes)
                .map_init(
                    || Compressor::new(CompressionLvl::new(level.into()).unwrap_or_default()),
                    |compressor, chunk| Cow::Owned(deflated(compressor, chunk, self.element)),
                )
                .collect(),
        };
        for bytes in &compressed {
            let first = [self.written as u64, 0];
            let (array, size) = (self.array.raw(), bytes.len());
            // SAFETY: `first` has as many entries as the array dimensions; `size` bytes are there.
            check(|| unsafe {
                let (first, bytes) = (first.as_ptr(), bytes.as_ptr().cast());
                H5Dwrite_chunk(array, H5P_DEFAULT, 0, first, size, bytes)
            })
            .map_err(|reason| file.fault(&self.path, &reason))?;
            self.written += self.chunk_rows;
        }
        Ok(())
    }
}

/// A chunk shuffled (first bytes of all elements, then second bytes, …) and deflated.
fn deflated(compressor: &mut Compressor, chunk: &[u8], element: usize) -> Vec<u8> {
    let n = chunk.len() / element;
    let mut shuffled = vec![0; chunk.len()];
    for (j, stream) in shuffled.chunks_exact_mut(n).enumerate() {
        for (to, value) in stream.iter_mut().zip(chunk.chunks_exact(element)) {
            *to = value[j];
        }
    }
    let mut out = vec![0; compressor.zlib_compress_bound(shuffled.len())];
    // It fits: the bound says how much room the worst case needs.
    let size = compressor.zlib_compress(&shuffled, &mut out).unwrap_or(0);
    out.truncate(size);
    // The bound is more than twice what counts take.
    out.shrink_to_fit();
    out
}

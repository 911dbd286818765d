//! The values of arrays of a store that is written, all at once; large ones grow (`growing`).

use super::chunk_files::{ChunkFiles, Layout};
use super::growing::GrowingArray;
use super::new::NewStore;
use super::new_kind::NewKind;
use super::pack::Packing;
use crate::data::{FileError, NumberType, StoredArray};
use crate::io::fields::Field;
use crate::io::h5::Native;
use crate::io::packing::{BATCH, Compression};
use rayon::prelude::*;

/// Strings of a chunk.
const TEXTS: usize = 1 << 16;

impl NewStore {
    /// Begins an array that grows along the first of its dimensions.
    ///
    /// # Errors
    /// As [`NewStore::group`], or there is such an array.
    pub fn array(
        &self,
        path: &str,
        shape: &[usize],
        kind: NewKind,
        compression: Compression,
    ) -> Result<GrowingArray, FileError> {
        self.new_array(path)?;
        Ok(GrowingArray::new(self, path, shape, kind, compression))
    }

    /// An array of numbers, stored as another type of number if necessary; no dimensions: a single value.
    ///
    /// # Errors
    /// The disk is full.
    pub fn numbers<T: Native>(
        &self,
        path: &str,
        shape: &[usize],
        values: &[T],
        stored: NumberType,
    ) -> Result<(), FileError> {
        let mut array = self.array(path, shape, NewKind::Number(stored), self.compression())?;
        let mut bytes = Vec::new();
        for some in values.chunks(1 << 16) {
            bytes.clear();
            for &value in some {
                value.put_as(stored, &mut bytes);
            }
            array.push(self, &bytes)?;
        }
        array.finish_with(self, rows(shape))
    }

    /// An array as it was stored elsewhere.
    ///
    /// # Errors
    /// The disk is full; its values do not fill its shape.
    pub fn stored(&self, path: &str, array: &StoredArray) -> Result<(), FileError> {
        let n: usize = array.shape.iter().product();
        if array.bytes.len() != n * array.element.size() {
            return Err(self.fault(path, "its values do not fill its shape"));
        }
        self.whole(path, &array.shape, array.element.into(), &array.bytes)
    }

    pub fn truths(&self, path: &str, shape: &[usize], truths: &[bool]) -> Result<(), FileError> {
        let bytes: Vec<u8> = truths.iter().map(|&truth| u8::from(truth)).collect();
        self.whole(path, shape, NewKind::Bool, &bytes)
    }

    /// False, as which anndata writes None: its encoding says so.
    pub fn null(&self, path: &str) -> Result<(), FileError> {
        self.whole(path, &[], NewKind::Bool, &[0])
    }

    /// An array of strings of any length.
    ///
    /// # Errors
    /// The disk is full.
    pub fn texts<'a>(
        &self,
        path: &str,
        shape: &[usize],
        mut texts: impl Iterator<Item = &'a str>,
    ) -> Result<(), FileError> {
        self.new_array(path)?;
        let n: usize = shape.iter().product();
        // Along one dimension there are several chunks.
        let per_chunk = if shape.len() == 1 { n.min(TEXTS) } else { n };
        let chunks = if n == 0 { 0 } else { n.div_ceil(per_chunk) };
        let packing = match self.compression() {
            Compression::None => Packing::None,
            Compression::Gzip => Packing::Gzip,
            Compression::Zstd => Packing::Zstd,
        };
        let mut files = ChunkFiles::new(self, path, shape.len(), &NewKind::Text);
        while files.written < chunks {
            let some = BATCH.min(chunks - files.written);
            let mut plain = Vec::with_capacity(some);
            for _ in 0..some {
                self.check()?;
                plain.push(texts_of_chunk(per_chunk, &mut texts));
            }
            let packed: Result<Vec<Vec<u8>>, String> =
                plain.par_iter().map(|chunk| packing.pack(chunk)).collect();
            let packed = packed.map_err(|reason| self.fault(path, &reason))?;
            files.put(self, path, &packed)?;
        }
        let mut chunk = shape.to_vec();
        if let [along] = &mut chunk[..] {
            *along = per_chunk;
        }
        let layout = Layout {
            shape: shape.to_vec(),
            chunk,
            kind: &NewKind::Text,
            packing,
        };
        files.finish(self, path, &layout)
    }

    /// An array of records whose fields are equally long.
    pub fn records(&self, path: &str, fields: &[Field]) -> Result<(), FileError> {
        let (kind, rows) = NewKind::records(fields);
        let n = rows.len() / kind.size().max(1);
        self.whole(path, &[n], kind, &rows)
    }

    fn whole(
        &self,
        path: &str,
        shape: &[usize],
        kind: NewKind,
        bytes: &[u8],
    ) -> Result<(), FileError> {
        let mut array = self.array(path, shape, kind, self.compression())?;
        array.push(self, bytes)?;
        array.finish_with(self, rows(shape))
    }
}

/// The length of the first dimension.
fn rows(shape: &[usize]) -> usize {
    shape.first().copied().unwrap_or(1)
}

/// The next `n` strings: their number, then the length and the bytes of each. Those of a chunk beyond the end are
/// empty.
fn texts_of_chunk<'a>(n: usize, texts: &mut impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut bytes = (n as u32).to_le_bytes().to_vec();
    for _ in 0..n {
        let text = texts.next().unwrap_or_default();
        bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

//! Arrays of a store that is written: rows come in any number at a time, and are compressed in chunks on all cores.

use super::Version;
use super::chunk_files::{ChunkFiles, Layout};
use super::new::NewStore;
use super::new_kind::NewKind;
use super::pack::Packing;
use crate::data::FileError;
use crate::io::packing::{BATCH, CHUNK, Compression, RecentChunks};
use rayon::prelude::*;

/// An array that grows along its first dimension; or a single value, which has none.
#[derive(Debug)]
pub struct GrowingArray {
    path: String,
    kind: NewKind,
    compression: Compression,
    /// Lengths of the other dimensions; `None` for a single value.
    rest: Option<Vec<usize>>,
    row_bytes: usize,
    chunk_rows: usize,
    /// Rows that are written, in whole chunks.
    written: usize,
    waiting: Vec<u8>,
    packing: Option<Packing>,
    recent: Option<RecentChunks>,
    files: ChunkFiles,
}

impl GrowingArray {
    /// An array of this shape; its first length is not looked at.
    pub fn new(
        store: &NewStore,
        path: &str,
        shape: &[usize],
        kind: NewKind,
        compression: Compression,
    ) -> Self {
        let rest = shape.split_first().map(|(_, rest)| rest.to_vec());
        let row_bytes = kind.size() * rest.iter().flatten().product::<usize>();
        // A file for each chunk: fewer and larger ones, but a batch of them is held for each array.
        let chunk = match store.version() {
            Version::V2 => 2 * CHUNK,
            Version::V3 => CHUNK,
        };
        GrowingArray {
            files: ChunkFiles::new(store, path, shape.len(), &kind),
            path: path.to_owned(),
            compression,
            chunk_rows: if rest.is_some() {
                (chunk / row_bytes.max(1)).max(1)
            } else {
                1
            },
            rest,
            row_bytes,
            kind,
            written: 0,
            waiting: Vec::new(),
            packing: None,
            recent: None,
        }
    }

    /// Chunks that are the same as those of another array with the same `recent` are packed once.
    pub fn sharing(self, recent: RecentChunks) -> Self {
        GrowingArray {
            recent: Some(recent),
            ..self
        }
    }

    /// Appends bytes of elements, little endian.
    ///
    /// # Errors
    /// The disk is full.
    pub fn push(&mut self, store: &NewStore, mut bytes: &[u8]) -> Result<(), FileError> {
        let batch = BATCH * self.chunk_rows * self.row_bytes;
        while batch > 0 && self.waiting.len() + bytes.len() >= batch {
            let (now, later) = bytes.split_at(batch - self.waiting.len());
            bytes = later;
            if self.waiting.is_empty() {
                self.write(store, now)?;
            } else {
                self.waiting.extend_from_slice(now);
                self.write_waiting(store)?;
            }
        }
        self.waiting.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes what is left, and what the array is.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(self, store: &NewStore) -> Result<(), FileError> {
        let n = self.waiting.len() / self.row_bytes.max(1);
        let rows = self.written + n;
        self.finish_with(store, rows)
    }

    /// The same of that many rows: empty ones cannot be counted by their bytes.
    pub fn finish_with(mut self, store: &NewStore, rows: usize) -> Result<(), FileError> {
        if self.written == 0 && rows <= self.chunk_rows {
            self.chunk_rows = rows.max(1);
        }
        let chunk_bytes = self.chunk_rows * self.row_bytes;
        if chunk_bytes > 0 {
            let chunks = self.waiting.len().div_ceil(chunk_bytes);
            self.waiting.resize(chunks * chunk_bytes, 0);
            self.write_waiting(store)?;
        }
        let shape = self.rest.as_ref().map(|rest| [&[rows], &rest[..]].concat());
        let chunk = self
            .rest
            .as_ref()
            .map(|rest| [&[self.chunk_rows], &rest[..]].concat());
        let packing = self
            .packing
            .unwrap_or_else(|| Packing::of(self.compression, &self.kind, &[]));
        let layout = Layout {
            shape: shape.unwrap_or_default(),
            chunk: chunk.unwrap_or_default(),
            kind: &self.kind,
            packing,
        };
        self.files.finish(store, &self.path, &layout)
    }

    fn write_waiting(&mut self, store: &NewStore) -> Result<(), FileError> {
        let waiting = std::mem::take(&mut self.waiting);
        self.write(store, &waiting)?;
        // Kept: the next chunks need the same room.
        self.waiting = waiting;
        self.waiting.clear();
        Ok(())
    }

    /// Writes whole chunks.
    fn write(&mut self, store: &NewStore, chunks: &[u8]) -> Result<(), FileError> {
        let chunk_bytes = self.chunk_rows * self.row_bytes;
        let first = &chunks[..chunks.len().min(chunk_bytes)];
        let packing = *self
            .packing
            .get_or_insert_with(|| Packing::of(self.compression, &self.kind, first));
        let packed: Result<Vec<Vec<u8>>, String> = chunks
            .par_chunks(chunk_bytes)
            .enumerate()
            .map(|(i, chunk)| match &self.recent {
                None => packing.pack(chunk),
                Some(recent) => {
                    let row = self.written + i * self.chunk_rows;
                    packing_once(recent, packing, row, chunk)
                }
            })
            .collect();
        let packed = packed.map_err(|reason| store.fault(&self.path, &reason))?;
        self.written += packed.len() * self.chunk_rows;
        self.files.put(store, &self.path, &packed)
    }
}

fn packing_once(
    recent: &RecentChunks,
    packing: Packing,
    row: usize,
    chunk: &[u8],
) -> Result<Vec<u8>, String> {
    let mut failed = None;
    let packed = recent.packed(row, packing.is_shuffled(), chunk, || {
        packing.pack(chunk).unwrap_or_else(|reason| {
            failed = Some(reason);
            Vec::new()
        })
    });
    failed.map_or(Ok(packed), Err)
}

//! The chunks of an array that is written, on their way to files: shards of many chunks in version 3, a file for each
//! chunk in version 2; and the metadata that say so.
//!
//! Zarr codec `sharding_indexed`, version 1.0: the chunks of a shard lie one after the other, and its index after
//! them.

use super::Version;
use super::crc32c::crc32c;
use super::new::NewStore;
use super::new_kind::NewKind;
use super::pack::Packing;
use crate::data::FileError;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{Result as IoResult, Write};
use std::path::PathBuf;

/// Chunks of a shard: a quarter of a gigabyte before compression.
const PER_SHARD: usize = 256;

/// What the metadata of an array say of it.
pub struct Layout<'a> {
    pub shape: Vec<usize>,
    /// Shape of the smallest part that can be read alone.
    pub chunk: Vec<usize>,
    pub kind: &'a NewKind,
    pub packing: Packing,
}

/// Chunks in their order along the first dimension, on their way to files.
#[derive(Debug)]
pub struct ChunkFiles {
    folder: PathBuf,
    version: Version,
    rank: usize,
    /// `None` for a file for each chunk.
    per_shard: Option<usize>,
    /// Chunks.
    pub written: usize,
    shard: Option<Shard>,
}

/// A shard that is being written.
#[derive(Debug)]
struct Shard {
    file: File,
    /// Where each chunk starts and how many bytes it has.
    index: Vec<[u64; 2]>,
    end: u64,
}

impl ChunkFiles {
    /// Of an array with that number of dimensions. Version 3 has shards, but for single values and, as zarr has it, records.
    pub fn new(store: &NewStore, path: &str, rank: usize, kind: &NewKind) -> Self {
        let sharded =
            rank > 0 && store.version() == Version::V3 && !matches!(kind, NewKind::Record(_));
        ChunkFiles {
            folder: store.place(path),
            version: store.version(),
            rank,
            per_shard: sharded.then_some(PER_SHARD),
            written: 0,
            shard: None,
        }
    }

    /// Writes the next chunks, compressed.
    ///
    /// # Errors
    /// The disk is full, or an end was asked for.
    pub fn put(
        &mut self,
        store: &NewStore,
        path: &str,
        chunks: &[Vec<u8>],
    ) -> Result<(), FileError> {
        for chunk in chunks {
            store.check()?;
            self.put_one(chunk)
                .map_err(|error| store.wrong(path, &error))?;
            self.written += 1;
        }
        Ok(())
    }

    fn put_one(&mut self, chunk: &[u8]) -> IoResult<()> {
        let Some(per_shard) = self.per_shard else {
            return self.create(self.written)?.write_all(chunk);
        };
        let mut shard = match self.shard.take() {
            Some(shard) => shard,
            None => Shard {
                file: self.create(self.written / per_shard)?,
                index: Vec::new(),
                end: 0,
            },
        };
        shard.file.write_all(chunk)?;
        shard.index.push([shard.end, chunk.len() as u64]);
        shard.end += chunk.len() as u64;
        if shard.index.len() == per_shard {
            shard.finish(per_shard)
        } else {
            self.shard = Some(shard);
            Ok(())
        }
    }

    /// The file of a chunk or shard by its number along the first dimension.
    fn create(&self, number: usize) -> IoResult<File> {
        let mut at = vec![0; self.rank];
        if let Some(first) = at.first_mut() {
            *first = number;
        }
        let at: Vec<String> = at.iter().map(usize::to_string).collect();
        let path = match self.version {
            Version::V3 => at.iter().fold(self.folder.join("c"), |to, n| to.join(n)),
            Version::V2 if at.is_empty() => self.folder.join("0"),
            Version::V2 => self.folder.join(at.join(".")),
        };
        if let (Version::V3, Some(parent)) = (self.version, path.parent()) {
            fs::create_dir_all(parent)?;
        }
        File::create_new(path)
    }

    /// Ends the last shard, and says what the array is.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(
        mut self,
        store: &NewStore,
        path: &str,
        layout: &Layout,
    ) -> Result<(), FileError> {
        // A single shard is as long as the array.
        let per_shard = self.per_shard.map(|most| most.min(self.written.max(1)));
        if let (Some(shard), Some(per_shard)) = (self.shard.take(), per_shard) {
            shard
                .finish(per_shard)
                .map_err(|error| store.wrong(path, &error))?;
        }
        let metadata = match self.version {
            Version::V2 => layout.v2(),
            Version::V3 => layout.v3(per_shard),
        };
        store.describe(path, metadata);
        Ok(())
    }
}

impl Shard {
    /// Writes the index of that many chunks, including missing ones.
    fn finish(mut self, chunks: usize) -> IoResult<()> {
        self.index.resize(chunks, [u64::MAX; 2]);
        let numbers = self.index.iter().flatten();
        let mut index: Vec<u8> = numbers.flat_map(|number| number.to_le_bytes()).collect();
        index.extend(crc32c(&index).to_le_bytes());
        self.file.write_all(&index)
    }
}

impl Layout<'_> {
    /// Chunks of nothing are not allowed, even where an array has no elements.
    fn chunk(&self) -> Vec<usize> {
        self.chunk.iter().map(|&n| n.max(1)).collect()
    }

    fn v2(&self) -> Value {
        let filters = match self.kind {
            NewKind::Text => json!([{"id": "vlen-utf8"}]),
            _ => Value::Null,
        };
        json!({
            "zarr_format": 2, "shape": self.shape, "chunks": self.chunk(),
            "dtype": self.kind.name(Version::V2), "fill_value": self.kind.fill(), "order": "C",
            "filters": filters, "dimension_separator": ".",
            "compressor": self.packing.metadata(Version::V2),
        })
    }

    fn v3(&self, per_shard: Option<usize>) -> Value {
        let chunk = self.chunk();
        let mut codecs = vec![self.kind.serializer()];
        if self.packing != Packing::None {
            codecs.push(self.packing.metadata(Version::V3));
        }
        let mut grid = chunk.clone();
        if let (Some(per_shard), Some(first)) = (per_shard, grid.first_mut()) {
            *first *= per_shard;
            codecs = vec![json!({"name": "sharding_indexed", "configuration": {
                "chunk_shape": chunk, "codecs": codecs, "index_location": "end",
                "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}},
                                 {"name": "crc32c"}],
            }})];
        }
        json!({
            "zarr_format": 3, "node_type": "array", "shape": self.shape,
            "data_type": self.kind.name(Version::V3),
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": grid}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": self.kind.fill(), "codecs": codecs, "storage_transformers": [],
        })
    }
}

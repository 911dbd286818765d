//! How large arrays are compressed on their way into a file or store.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a chunk: large enough to compress well, small enough to decode for a few cells.
pub const CHUNK: usize = 1 << 20;
/// Chunks collected before they are compressed together.
pub const BATCH: usize = 8;

/// How large arrays are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    Gzip,
    /// Of zarr stores only: HDF5 needs a plugin for it.
    Zstd,
}

/// The last chunks of arrays that are likely to be the same, as the positions of genes of X and of a layer are:
/// what was packed for one need not be packed again for the other.
#[derive(Debug, Clone, Default)]
pub struct RecentChunks(Arc<Mutex<VecDeque<Recent>>>);

#[derive(Debug)]
struct Recent {
    row: usize,
    shuffled: bool,
    bytes: Vec<u8>,
    packed: Vec<u8>,
}

impl RecentChunks {
    /// Two batches: arrays that are filled side by side are at most one apart.
    const KEPT: usize = 2 * BATCH;

    /// A chunk that begins at `row`, packed: by `pack`, unless the same was packed lately.
    pub fn packed(
        &self,
        row: usize,
        shuffled: bool,
        bytes: &[u8],
        pack: impl FnOnce() -> Vec<u8>,
    ) -> Vec<u8> {
        if let Some(packed) = self.find(row, shuffled, bytes) {
            return packed;
        }
        let packed = pack();
        self.remember(Recent {
            row,
            shuffled,
            bytes: bytes.to_vec(),
            packed: packed.clone(),
        });
        packed
    }

    fn find(&self, row: usize, shuffled: bool, bytes: &[u8]) -> Option<Vec<u8>> {
        let recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |it: &&Recent| (it.row, it.shuffled) == (row, shuffled) && it.bytes == bytes;
        recent.iter().find(same).map(|it| it.packed.clone())
    }

    fn remember(&self, chunk: Recent) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == Self::KEPT {
            recent.pop_front();
        }
        recent.push_back(chunk);
    }
}

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

/// Bytes that come in pieces and leave in chunks. Pieces are kept as they came: who packs a chunk puts it together, on
/// its own thread.
#[derive(Debug, Default)]
pub struct Pieces {
    pieces: VecDeque<Vec<u8>>,
    /// Bytes of the first piece that have left.
    gone: usize,
    len: usize,
}

impl Pieces {
    /// Bytes that have not left.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn push(&mut self, piece: Vec<u8>) {
        self.len += piece.len();
        self.pieces.push_back(piece);
    }

    /// `n` bytes from `start` on, in `together` where they lie in several pieces.
    pub fn get<'a>(&'a self, start: usize, n: usize, together: &'a mut Vec<u8>) -> &'a [u8] {
        let (mut skipped, mut number) = (self.gone + start, 0);
        while let Some(piece) = self.pieces.get(number)
            && skipped >= piece.len()
        {
            skipped -= piece.len();
            number += 1;
        }
        let mut pieces = self.pieces.range(number..);
        let Some(first) = pieces.next() else {
            return &[];
        };
        let first = &first[skipped..];
        if first.len() >= n {
            return &first[..n];
        }
        together.clear();
        together.extend_from_slice(first);
        for piece in pieces {
            let wanted = n - together.len();
            together.extend_from_slice(&piece[..wanted.min(piece.len())]);
        }
        together
    }

    /// The first `n` bytes leave.
    pub fn leave(&mut self, n: usize) {
        self.len -= n;
        self.gone += n;
        while let Some(first) = self.pieces.front()
            && first.len() <= self.gone
        {
            self.gone -= first.len();
            self.pieces.pop_front();
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_leave_in_the_order_they_came() {
        let all: Vec<u8> = (0..200).collect();
        let mut pieces = Pieces::default();
        let mut start = 0;
        for length in [0, 3, 50, 0, 1, 90, 56] {
            pieces.push(all[start..start + length].to_vec());
            start += length;
        }
        let together = &mut Vec::new();
        let mut gone = 0;
        for n in [0, 2, 1, 60, 80, 57] {
            let left = &all[gone..];
            assert_eq!(pieces.len(), left.len());
            for (from, n) in [(0, n), (n / 2, n / 2), (0, left.len())] {
                assert_eq!(pieces.get(from, n, together), &left[from..from + n]);
            }
            pieces.leave(n);
            gone += n;
        }
        assert!(pieces.get(0, 0, together).is_empty());
    }
}

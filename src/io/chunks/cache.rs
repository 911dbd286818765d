//! Decoded chunks that were used in part: the next block of rows will use the rest.

use crate::data::FileError;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Bytes of decoded chunks that one array keeps, at least two chunks.
const ROOM: usize = 64 << 20;

type Decoded = Result<Arc<Vec<u8>>, FileError>;

/// Least recently used first. Few entries: looking through them is no cost.
#[derive(Debug)]
pub struct Cache {
    most: usize,
    entries: Mutex<Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    chunk: usize,
    /// Rows not requested yet; a chunk that was used up is dropped.
    left: usize,
    /// Filled by the first to ask; others wait for it rather than decode it again.
    decoded: Arc<OnceLock<Decoded>>,
}

impl Cache {
    pub fn new(chunk_bytes: usize) -> Self {
        Cache {
            most: (ROOM / chunk_bytes.max(1)).clamp(2, 1024),
            entries: Mutex::default(),
        }
    }

    /// The bytes of a chunk of which `used` of `rows` rows are needed now.
    pub fn get(
        &self,
        chunk: usize,
        rows: usize,
        used: usize,
        decode: impl FnOnce() -> Decoded,
    ) -> Decoded {
        let decoded = self.entry(chunk, rows, used);
        let got = decoded.get_or_init(decode).clone();
        // The next who asks tries again: a remote store may answer then.
        if got.is_err() {
            let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            entries.retain(|entry| !Arc::ptr_eq(&entry.decoded, &decoded));
        }
        got
    }

    fn entry(&self, chunk: usize, rows: usize, used: usize) -> Arc<OnceLock<Decoded>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entry = match entries.iter().position(|entry| entry.chunk == chunk) {
            Some(i) => entries.remove(i),
            None => Entry {
                chunk,
                left: rows,
                decoded: Arc::default(),
            },
        };
        let decoded = Arc::clone(&entry.decoded);
        entry.left = entry.left.saturating_sub(used);
        if entry.left > 0 {
            if entries.len() >= self.most {
                entries.remove(0);
            }
            entries.push(entry);
        }
        decoded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_decoded_once_and_dropped_when_used_up() {
        let cache = Cache::new(ROOM);
        let bytes = Arc::new(vec![7]);
        let mut decoded = 0;
        for used in [3, 3, 4] {
            let got = cache.get(5, 10, used, || {
                decoded += 1;
                Ok(Arc::clone(&bytes))
            });
            assert_eq!(got, Ok(Arc::clone(&bytes)));
        }
        assert_eq!(decoded, 1);
        assert!(cache.entries.lock().unwrap().is_empty());
    }

    #[test]
    fn a_fault_is_not_kept() {
        let cache = Cache::new(ROOM);
        let failed = cache.get(5, 10, 3, || Err(FileError::new("a", "no answer")));
        assert!(failed.is_err());
        assert!(cache.get(5, 10, 3, || Ok(Arc::default())).is_ok());
    }

    #[test]
    fn the_least_recently_used_chunk_makes_room() {
        let cache = Cache::new(ROOM);
        for chunk in [1, 2, 1, 3] {
            let _ = cache.get(chunk, 10, 1, || Ok(Arc::default()));
        }
        let kept: Vec<usize> = cache
            .entries
            .lock()
            .unwrap()
            .iter()
            .map(|e| e.chunk)
            .collect();
        assert_eq!(kept, [1, 3]);
    }
}

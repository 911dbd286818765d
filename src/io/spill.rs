//! Bytes that will be read again: in memory as long as there is room, then in a cache file.

use super::cache::CacheFile;
use crate::data::FileError;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};

/// Where results go that may be too many for memory. Any thread may keep some.
pub struct Spill {
    /// Bytes that may still go to memory.
    room: AtomicU64,
    cache: Arc<Overflow>,
}

/// Bytes of a [`Spill`].
pub enum Kept {
    Memory(Box<[u8]>),
    File { cache: Arc<Overflow>, offset: u64 },
}

impl Spill {
    /// At most `room` bytes go to memory.
    pub fn new(room: u64) -> Self {
        Spill {
            room: AtomicU64::new(room),
            cache: Arc::default(),
        }
    }

    /// # Errors
    /// The cache file cannot be made or written.
    pub fn keep(&self, bytes: Vec<u8>) -> Result<Kept, FileError> {
        if takes(&self.room, bytes.len() as u64) {
            return Ok(Kept::Memory(bytes.into_boxed_slice()));
        }
        let offset = self.cache.append(&bytes)?;
        let cache = self.cache.clone();
        Ok(Kept::File { cache, offset })
    }
}

impl Kept {
    /// Some of the bytes.
    ///
    /// # Errors
    /// The cache file cannot be read.
    pub fn read(&self, range: Range<usize>) -> Result<Cow<'_, [u8]>, FileError> {
        match self {
            Kept::Memory(bytes) => Ok(Cow::Borrowed(&bytes[range])),
            Kept::File { cache, offset } => {
                let bytes = cache.read(offset + range.start as u64, range.len())?;
                Ok(Cow::Owned(bytes))
            }
        }
    }
}

/// Takes that many bytes of the room, if they are left.
pub fn takes(room: &AtomicU64, bytes: u64) -> bool {
    room.fetch_update(Relaxed, Relaxed, |room| room.checked_sub(bytes))
        .is_ok()
}

/// A cache file, made when it is first written to; it goes with the last that refers to it.
#[derive(Default)]
pub struct Overflow {
    file: OnceLock<CacheFile>,
    making: Mutex<()>,
    end: AtomicU64,
}

impl Overflow {
    /// Appends bytes; gives where they begin. Safe from many threads at once.
    ///
    /// # Errors
    /// The cache file cannot be made or written.
    pub fn append(&self, bytes: &[u8]) -> Result<u64, FileError> {
        let offset = self.end.fetch_add(bytes.len() as u64, Relaxed);
        self.file()?.write_at(bytes, offset)?;
        Ok(offset)
    }

    /// # Errors
    /// The cache file cannot be read.
    pub fn read(&self, offset: u64, n: usize) -> Result<Vec<u8>, FileError> {
        let mut bytes = vec![0; n];
        self.file()?.read_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    fn file(&self) -> Result<&CacheFile, FileError> {
        let _one_at_a_time = self.making.lock();
        if self.file.get().is_none() {
            let _ = self.file.set(CacheFile::create()?);
        }
        match self.file.get() {
            Some(file) => Ok(file),
            None => unreachable!("it was just made"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_from_memory_and_from_the_file() {
        let spill = Spill::new(5);
        let kept: Vec<Kept> = [b"abc", b"def", b"ghi"]
            .iter()
            .map(|bytes| spill.keep(bytes.to_vec()).unwrap())
            .collect();
        assert!(matches!(kept[0], Kept::Memory(_)));
        assert!(matches!(kept[2], Kept::File { .. }));
        let back: Vec<_> = kept
            .iter()
            .map(|kept| kept.read(1..3).unwrap().to_vec())
            .collect();
        assert_eq!(back, [b"bc", b"ef", b"hi"]);
    }
}

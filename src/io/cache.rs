//! Room for what is staged: how much memory it may take, and private files for the rest.
//!
//! A cache file has no name where the system allows it, so that it goes with its process, however
//! that ends. Elsewhere it is deleted when dropped, and what a dead process left is swept away
//! when the next one is made. `SCA_CACHE` chooses the folder.

use super::positioned::{read_exact_at, write_all_at};
use super::temporary::{cannot_write, new_file, sweep};
use crate::data::FileError;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static MEMORY: AtomicU64 = AtomicU64::new(2 << 30);

/// Bytes that a staged matrix may take in memory before it goes to a file.
pub fn memory() -> u64 {
    MEMORY.load(Relaxed)
}

/// Changes [`memory`]; results never depend on it.
pub fn set_memory(bytes: u64) {
    MEMORY.store(bytes, Relaxed);
}

/// A file that no other process sees, deleted when dropped.
#[derive(Debug)]
pub struct CacheFile {
    path: PathBuf,
    file: fs::File,
}

impl CacheFile {
    /// # Errors
    /// The folder cannot be made or written to, or the disk is full.
    pub fn create() -> Result<Self, FileError> {
        let folder = folder();
        fs::create_dir_all(&folder).map_err(|error| elsewhere(&folder, &error))?;
        sweep(&folder, PREFIX);
        let (path, file) = new_file(|unique| folder.join(format!("{PREFIX}{unique}")))
            .map_err(|error| elsewhere(&folder, &error))?;
        if cfg!(unix) {
            // Where that fails it is deleted in the end.
            let _ = fs::remove_file(&path);
        }
        Ok(CacheFile { path, file })
    }

    pub fn write_at(&self, bytes: &[u8], at: u64) -> Result<(), FileError> {
        write_all_at(&self.file, bytes, at).map_err(|error| elsewhere(&self.path, &error))
    }

    pub fn read_at(&self, to: &mut [u8], at: u64) -> Result<(), FileError> {
        read_exact_at(&self.file, to, at).map_err(|error| {
            FileError::new(&self.path, format!("the cache cannot be read ({error})"))
        })
    }
}

impl Drop for CacheFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

const PREFIX: &str = "staged-";
/// Where cache files go: `SCA_CACHE`, `TMPDIR` if set, the user's cache folder.
pub fn folder() -> PathBuf {
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = of("SCA_CACHE").or_else(|| of("TMPDIR")) {
        return folder.into();
    }
    let user = of("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| of("HOME").map(|home| Path::new(&home).join(".cache")));
    user.map_or_else(std::env::temp_dir, |cache| cache.join("sca"))
}

/// [`cannot_write`] for a cache file: where it lies is chosen in another way.
fn elsewhere(path: &Path, error: &io::Error) -> FileError {
    let fault = cannot_write(path, error);
    let remedy = "free some space, or set the environment variable SCA_CACHE to a folder on \
                  another disk; a larger set memory= needs less cache";
    FileError {
        remedy: Some(remedy.to_owned()),
        ..fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_file_goes_away() {
        let file = CacheFile::create().unwrap();
        file.write_at(b"abc", 5).unwrap();
        let mut back = [0; 3];
        file.read_at(&mut back, 5).unwrap();
        assert_eq!(&back, b"abc");
        let path = file.path.clone();
        // Without a name it is gone even where the process is killed.
        assert_eq!(path.exists(), cfg!(not(unix)));
        drop(file);
        assert!(!path.exists());
    }

    #[test]
    fn a_full_disk_is_told_with_a_way_out() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = elsewhere(Path::new("staged"), &full);
        assert_eq!(error.problem, "the disk is full");
        assert!(error.remedy.unwrap().contains("SCA_CACHE"));
    }
}

//! Whether a file is the same one on two machines: its size, and what it begins and ends with.

use crate::io::remote::is_remote;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

const END: u64 = 64 << 10;

/// Size and digest; of a folder and a remote store, which have neither, zeros.
pub(super) fn print(path: &Path) -> io::Result<[u64; 2]> {
    if is_remote(path) {
        return Ok([0; 2]);
    }
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Ok([0; 2]);
    }
    let mut hasher = DefaultHasher::new();
    let mut part = Vec::new();
    (&mut file).take(END).read_to_end(&mut part)?;
    file.seek(SeekFrom::Start(metadata.len().saturating_sub(END)))?;
    file.take(END).read_to_end(&mut part)?;
    part.hash(&mut hasher);
    Ok([metadata.len(), hasher.finish()])
}

//! Whether reading or writing should stop.
//!
//! Readers have no ticker: most of what they do is asked for while statements are planned, and
//! takes no time. Where it does take time (a compressed text, a large file of names) they ask
//! here at least every 50 ms of work and give up with [`FileError::stopped`].

use super::file::FileError;
use std::path::Path;
use std::sync::OnceLock;

static ASKED: OnceLock<Box<dyn Fn() -> bool + Send + Sync>> = OnceLock::new();

/// The check to call, set once per process; before that, nothing stops.
pub fn ask(asked: impl Fn() -> bool + Send + Sync + 'static) {
    let _ = ASKED.set(Box::new(asked));
}

/// Whether the person, or a signal, asked for an end.
pub fn is_asked() -> bool {
    ASKED.get().is_some_and(|asked| asked())
}

/// # Errors
/// An end was asked for: the file is not read or written any further.
pub fn check(path: &Path) -> Result<(), FileError> {
    if is_asked() {
        Err(FileError::stopped(path))
    } else {
        Ok(())
    }
}

//! Signs of life: files that a process rewrites while it runs, and how long those of others have not
//! changed.

use super::place;
use crate::io::temporary::new_file;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often a sign is given. That is done by a new file, and a change in the folder has NFS look at it again.
const BEAT: Duration = Duration::from_secs(1);

/// A sign of this process; gone when it is dropped.
pub(super) struct Sign {
    folder: PathBuf,
    pub name: String,
    ending: &'static str,
    given: u64,
    next: Instant,
}

impl Sign {
    /// Gives the first sign, under a name of its own.
    pub fn new(folder: &Path, ending: &'static str) -> io::Result<Self> {
        // Machine, process, and a number; what is before the first dot of a name must have none.
        let name = |unique: &str| unique.trim_end_matches(".sca-tmp").replace('.', "_");
        let (path, _) = new_file(|unique| place(folder, &name(unique), ending))?;
        let name = path.file_stem().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        Ok(Sign {
            folder: folder.to_owned(),
            name,
            ending,
            given: 0,
            next: Instant::now(),
        })
    }

    /// Gives another one when it is time; a folder that cannot be written to now may be back for the next.
    pub fn give(&mut self) {
        if Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + BEAT;
        self.given += 1;
        let fresh = place(&self.folder, &self.name, "sign");
        if fs::write(&fresh, self.given.to_string()).is_ok() {
            let _ = fs::rename(fresh, self.path());
        }
    }

    pub fn path(&self) -> PathBuf {
        place(&self.folder, &self.name, self.ending)
    }
}

impl Drop for Sign {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.path());
    }
}

/// Signs of others.
#[derive(Default)]
pub(super) struct Signs(HashMap<PathBuf, (Option<Vec<u8>>, Instant)>);

impl Signs {
    /// How long a file has been as it is, as far as this process has seen; one that is missing, too.
    pub fn age(&mut self, path: &Path) -> Duration {
        let found = fs::read(path).ok();
        match self.0.get_mut(path) {
            Some((before, since)) if *before == found => since.elapsed(),
            _ => {
                self.0.insert(path.to_owned(), (found, Instant::now()));
                Duration::ZERO
            }
        }
    }
}

//! Files that are being written, next to the ones they replace when they are finished.
//!
//! Their names cannot be guessed and they are made exclusively, so that no other user can put a link there
//! that leads the writing elsewhere. A process that is killed leaves them behind; the next writing of
//! the same file deletes those of processes that are gone.

use super::temporary::{cannot_write, new_file, remove_tree, sweep};
use crate::data::FileError;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Those that this process is writing.
static HERE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file beside its target. Dropped unfinished, it is deleted.
#[derive(Debug)]
pub struct Unfinished {
    path: PathBuf,
    target: PathBuf,
}

impl Unfinished {
    /// Makes an empty file in the folder of `target`, which a link is followed to.
    ///
    /// # Errors
    /// The folder does not exist or cannot be written to.
    pub fn create(target: &Path) -> Result<(Self, File), FileError> {
        let wrong = |error: io::Error| cannot_write(target, &error);
        // A link should lead to the new file, not be replaced by it.
        let place = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let prefix = format!(".{name}.");
        let folder = place.parent().filter(|it| !it.as_os_str().is_empty());
        sweep(folder.unwrap_or(Path::new(".")), &prefix);
        let (path, file) =
            new_file(|unique| place.with_file_name(format!("{prefix}{unique}"))).map_err(wrong)?;
        note(&path);
        let target = place;
        Ok((Unfinished { path, target }, file))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the finished file in the target's place, with the permissions that were there.
    ///
    /// # Errors
    /// It cannot be moved there; the target is as it was.
    pub fn finish(self) -> Result<(), FileError> {
        let wrong = |error: io::Error| cannot_write(&self.target, &error);
        // A file that is there must not go before the new one is on the disk. A new one can be
        // written again: that is not worth the wait for a slow disk.
        if let Ok(about) = fs::metadata(&self.target) {
            let file = File::options()
                .write(true)
                .open(&self.path)
                .map_err(wrong)?;
            file.sync_all().map_err(wrong)?;
            let _ = file.set_permissions(about.permissions());
        }
        fs::rename(&self.path, &self.target).map_err(wrong)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Gone already when the file took the target's place.
        let _ = fs::remove_file(&self.path);
        forget(&self.path);
    }
}

/// Notes down what is to be deleted if the program is ended.
pub(super) fn note(path: &Path) {
    let mut here = HERE.lock().unwrap_or_else(PoisonError::into_inner);
    here.push(path.to_owned());
}

/// The opposite of [`note`].
pub(super) fn forget(path: &Path) {
    let mut here = HERE.lock().unwrap_or_else(PoisonError::into_inner);
    here.retain(|other| other != path);
}

/// Whether a file or folder is there whose owner does not want it changed: who may write to the folder
/// it lies in could replace it all the same.
pub fn is_protected(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|about| (about.is_file() || about.is_dir()) && about.permissions().readonly())
}

/// Writes a whole file, which takes the place of what was there when it is complete.
///
/// # Errors
/// The folder does not exist, cannot be written to, or the disk is full.
pub fn write(target: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let (unfinished, mut file) = Unfinished::create(target)?;
    file.write_all(bytes)
        .map_err(|error| cannot_write(target, &error))?;
    drop(file);
    unfinished.finish()
}

/// The same for a file that only its owner may read.
///
/// # Errors
/// As [`write()`].
pub fn write_private(target: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let (unfinished, mut file) = Unfinished::create(target)?;
    let wrong = |error: io::Error| cannot_write(target, &error);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let private = fs::Permissions::from_mode(0o600);
        file.set_permissions(private.clone()).map_err(wrong)?;
        if target.exists() {
            fs::set_permissions(target, private).map_err(wrong)?;
        }
    }
    file.write_all(bytes).map_err(wrong)?;
    drop(file);
    unfinished.finish()
}

/// Deletes what this process was writing: it is about to end without coming back to it.
pub fn remove_all() {
    // Somebody may hold the lock and never let go.
    if let Ok(here) = HERE.try_lock() {
        for path in here.iter() {
            if path.is_dir() {
                remove_tree(path);
            } else {
                let _ = fs::remove_file(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::testing::folder;

    #[test]
    fn finished_files_take_their_place_and_others_go() {
        let folder = folder("unfinished");
        let target = folder.join("a.csv");
        write(&target, b"old").unwrap();
        let (unfinished, mut file) = Unfinished::create(&target).unwrap();
        file.write_all(b"new").unwrap();
        drop(unfinished);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        write(&target, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(fs::read_dir(&*folder).unwrap().count(), 1);
        assert!(write(&folder.join("no/a.csv"), b"").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_no_name_is_used_twice() {
        let folder = folder("unfinished-link");
        let (target, link) = (folder.join("a.csv"), folder.join("link.csv"));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
        let always = |_: &str| target.clone();
        assert!(new_file(always).is_err());
    }
}

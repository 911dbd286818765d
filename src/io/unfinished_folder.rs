//! Folders that are being written, next to the ones they replace when they are finished; as
//! [`unfinished`](super::unfinished) does it with files.

use super::temporary::{cannot_write, new_folder, remove_tree, sweep};
use super::unfinished::{forget, note};
use crate::data::FileError;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A folder beside its target. Dropped unfinished, it is deleted with everything in it.
#[derive(Debug)]
pub struct UnfinishedFolder {
    path: PathBuf,
    target: PathBuf,
    /// Whether it took its place.
    finished: bool,
}

/// The folder whose place another one took; deleted when it is dropped.
#[derive(Debug)]
pub struct Replaced(PathBuf);

impl UnfinishedFolder {
    /// Makes an empty folder beside `target`, which a link is followed to.
    ///
    /// # Errors
    /// The folder it lies in does not exist or cannot be written to.
    pub fn create(target: &Path) -> Result<Self, FileError> {
        let place = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let prefix = prefix(&place);
        sweep(parent(&place), &prefix);
        let path = new_folder(|unique| parent(&place).join(format!("{prefix}{unique}")))
            .map_err(|error| cannot_write(target, &error))?;
        note(&path);
        Ok(UnfinishedFolder {
            path,
            target: place,
            finished: false,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The place it will take, links followed.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Puts the finished folder in the target's place, with the permissions that were there; gives
    /// what was there.
    ///
    /// # Errors
    /// It cannot be moved there; the target is as it was.
    pub fn finish(mut self) -> Result<Option<Replaced>, FileError> {
        let target = self.target.clone();
        let wrong = |error: io::Error| cannot_write(&target, &error);
        if !self.target.exists() {
            fs::rename(&self.path, &self.target).map_err(wrong)?;
            self.finished = true;
            return Ok(None);
        }
        // What is there must not go before all of the new folder is on the disk.
        sync(&self.path).map_err(wrong)?;
        if let Ok(about) = fs::metadata(&self.target) {
            let _ = fs::set_permissions(&self.path, about.permissions());
        }
        let aside = match exchange(&self.path, &self.target) {
            Ok(()) => self.path.clone(),
            Err(_) => self.exchange_by_steps().map_err(wrong)?,
        };
        self.finished = true;
        if aside != self.path {
            note(&aside);
        }
        Ok(Some(Replaced(aside)))
    }

    /// Where the system does not exchange folders in one step: for a moment the target is missing.
    fn exchange_by_steps(&self) -> io::Result<PathBuf> {
        let prefix = prefix(&self.target);
        let aside = new_folder(|unique| parent(&self.target).join(format!("{prefix}{unique}")))?;
        // A folder may be moved to an empty one on Unix, and to none elsewhere.
        let _ = fs::remove_dir(&aside);
        fs::rename(&self.target, &aside)?;
        fs::rename(&self.path, &self.target).inspect_err(|_| {
            let _ = fs::rename(&aside, &self.target);
        })?;
        Ok(aside)
    }
}

impl Drop for UnfinishedFolder {
    fn drop(&mut self) {
        if !self.finished {
            remove_tree(&self.path);
        }
        // What was exchanged for it is still to be deleted if the program is ended.
        if !self.finished || !self.path.exists() {
            forget(&self.path);
        }
    }
}

impl Replaced {
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        remove_tree(&self.0);
        forget(&self.0);
    }
}

/// Names of what lies beside a folder for its sake.
fn prefix(place: &Path) -> String {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    format!(".{name}.")
}

fn parent(place: &Path) -> &Path {
    let folder = place.parent().filter(|it| !it.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Two folders in each other's place, in one step.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;
    let a = CString::new(a.as_os_str().as_bytes())?;
    let b = CString::new(b.as_os_str().as_bytes())?;
    // SAFETY: two names that end in NUL. The call of Linux by its number: older C libraries have no name for it.
    #[cfg(target_os = "linux")]
    let failed = unsafe {
        let here = libc::AT_FDCWD;
        let (number, flag) = (libc::SYS_renameat2, libc::RENAME_EXCHANGE);
        libc::syscall(number, here, a.as_ptr(), here, b.as_ptr(), flag) != 0
    };
    // SAFETY: as above.
    #[cfg(target_os = "macos")]
    let failed = unsafe { libc::renamex_np(a.as_ptr(), b.as_ptr(), libc::RENAME_SWAP) != 0 };
    if failed {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Files that are synced one by one; of more, the whole file system is, which is one commit instead of thousands.
const FEW: usize = 100;

/// All files of a folder to the disk.
fn sync(folder: &Path) -> io::Result<()> {
    let mut all = Vec::new();
    list(folder, &mut all)?;
    if all.len() > FEW && sync_file_system(folder)? {
        return Ok(());
    }
    all.iter().try_for_each(|path| File::open(path)?.sync_all())
}

/// Everything in a folder, and the folder itself where those can be synced: on Unix only.
fn list(folder: &Path, all: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            list(&entry.path(), all)?;
        } else {
            all.push(entry.path());
        }
    }
    if cfg!(unix) {
        all.push(folder.to_owned());
    }
    Ok(())
}

/// Everything written to the file system of a folder goes to the disk; `false` where there is no such call.
#[cfg(target_os = "linux")]
fn sync_file_system(folder: &Path) -> io::Result<bool> {
    use std::os::fd::AsRawFd;
    let folder = File::open(folder)?;
    // SAFETY: a descriptor that is open. The call by its number: older C libraries have no name for it.
    match unsafe { libc::syscall(libc::SYS_syncfs, folder.as_raw_fd()) } {
        0 => Ok(true),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(_: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::testing::folder;

    #[test]
    fn few_and_many_files_are_synced() {
        let folder = folder("synced");
        for n in [2, FEW + 20] {
            let target = folder.join(format!("{n}"));
            fs::create_dir_all(target.join("inner")).unwrap();
            for file in 0..n {
                fs::write(target.join("inner").join(file.to_string()), b"x").unwrap();
            }
            sync(&target).unwrap();
        }
        assert!(sync(&folder.join("absent")).is_err());
    }

    fn begun(target: &Path, text: &str) -> UnfinishedFolder {
        let unfinished = UnfinishedFolder::create(target).unwrap();
        fs::create_dir(unfinished.path().join("X")).unwrap();
        fs::write(unfinished.path().join("X/data"), text).unwrap();
        unfinished
    }

    fn text(target: &Path) -> String {
        fs::read_to_string(target.join("X/data")).unwrap()
    }

    #[test]
    fn finished_folders_take_their_place_and_others_go() {
        let folder = folder("unfinished-folder");
        let target = folder.join("a.zarr");
        assert!(begun(&target, "old").finish().unwrap().is_none());
        drop(begun(&target, "never"));
        assert_eq!(text(&target), "old");
        let replaced = begun(&target, "new").finish().unwrap().unwrap();
        assert_eq!(
            (text(&target), text(replaced.path())),
            ("new".into(), "old".into())
        );
        drop(replaced);
        let begun = begun(&target, "newer");
        let aside = begun.exchange_by_steps().unwrap();
        assert_eq!(
            (text(&target), text(&aside)),
            ("newer".into(), "new".into())
        );
        remove_tree(&aside);
        drop(begun);
        assert_eq!(fs::read_dir(&*folder).unwrap().count(), 1);
        assert!(UnfinishedFolder::create(&folder.join("no/a.zarr")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_what_is_protected_goes_too() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = folder("unfinished-folder-link");
        let (target, link) = (folder.join("a.zarr"), folder.join("link.zarr"));
        begun(&target, "old").finish().unwrap();
        symlink(&target, &link).unwrap();
        fs::set_permissions(target.join("X"), fs::Permissions::from_mode(0o555)).unwrap();
        begun(&link, "new").finish().unwrap();
        assert!(link.is_symlink());
        assert_eq!(text(&target), "new");
        assert_eq!(fs::read_dir(&*folder).unwrap().count(), 2);
    }
}

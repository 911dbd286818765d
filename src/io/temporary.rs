//! Files and folders that are deleted with their process. Their names contain its id, so that leftovers of a killed
//! process can be distinguished from files that another one is writing.

use crate::data::FileError;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// How unfinished and temporary files end.
const SUFFIX: &str = ".sca-tmp";

/// A new file under the first of the names that is free; links are not followed.
///
/// # Errors
/// The folder is missing or cannot be written to.
pub fn new_file(name: impl Fn(&str) -> PathBuf) -> io::Result<(PathBuf, File)> {
    new_place(name, |path| {
        File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)
    })
}

/// A new folder under the first of the names that is free.
///
/// # Errors
/// As [`new_file`].
pub fn new_folder(name: impl Fn(&str) -> PathBuf) -> io::Result<PathBuf> {
    new_place(name, |path| fs::create_dir(path)).map(|(path, ())| path)
}

fn new_place<T>(
    name: impl Fn(&str) -> PathBuf,
    make: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(PathBuf, T)> {
    let mut tries = 0;
    loop {
        let unique = format!("{}-{:016x}{}", owner(), random(), SUFFIX);
        let path = name(&unique);
        match make(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && tries < 10 => tries += 1,
            made => return made.map(|made| (path, made)),
        }
    }
}

/// An unpredictable number: the seeds of hash tables come from the system.
fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

/// Deletes files and folders of this beginning whose process is gone.
pub fn sweep(folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name
            .to_str()
            .and_then(|name| name.strip_prefix(prefix)?.strip_suffix(SUFFIX))
            .and_then(|name| Some(name.rsplit_once('-')?.0));
        if !owner.is_some_and(is_gone) {
            continue;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_tree(&entry.path());
        } else {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Deletes a folder with everything in it, also what is write-protected; links are not followed.
pub fn remove_tree(folder: &Path) {
    for _ in 0..3 {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => unprotect(folder),
            // Somebody may be writing into it still.
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {}
            _ => return,
        }
    }
}

/// Lets the folders of a tree be changed.
fn unprotect(folder: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            unprotect(&entry.path());
        }
    }
}

/// This process, as names of files tell it: other machines may share the folder, and their
/// processes have the same numbers.
fn owner() -> String {
    format!("{}-{}", machine(), std::process::id())
}

/// Whether a process that [`owner`] named has run on this machine and does no more.
fn is_gone(owner: &str) -> bool {
    let process = owner
        .rsplit_once('-')
        .filter(|(machine, _)| *machine == self::machine())
        .and_then(|(_, process)| process.parse().ok());
    process.is_some_and(has_ended)
}

#[cfg(unix)]
fn machine() -> String {
    let mut name = [0_u8; 256];
    // SAFETY: the system writes at most as many bytes as it is told there are.
    let done = unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len()) };
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(0);
    match done {
        0 => String::from_utf8_lossy(&name[..end]).replace('/', "_"),
        _ => String::new(),
    }
}

#[cfg(not(unix))]
fn machine() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

#[cfg(unix)]
fn has_ended(process: u32) -> bool {
    // SAFETY: signal 0 is not sent, it only asks whether the process is there.
    let answer = unsafe { libc::kill(process as libc::pid_t, 0) };
    answer != 0 && io::Error::last_os_error().raw_os_error() == Some(libc::ESRCH)
}

/// Elsewhere a file in use cannot be deleted, so trying is harmless.
#[cfg(not(unix))]
fn has_ended(process: u32) -> bool {
    process != std::process::id()
}

/// A file or folder could not be written: says when the disk is full.
pub fn cannot_write(path: &Path, error: &io::Error) -> FileError {
    let fault = |problem: String| FileError::new(path, problem);
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            fault("the disk is full".to_owned()).remedy("free some space or choose another folder")
        }
        ErrorKind::FileTooLarge => fault("the file is larger than the limit".to_owned())
            .remedy("raise the limit (ulimit -f), or choose another disk"),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            fault("no permission to write there".to_owned()).remedy("choose another folder")
        }
        ErrorKind::NotFound => fault("the folder does not exist".to_owned())
            .remedy("create the folder first, or check its name"),
        _ => fault(format!("cannot be written ({error})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::testing::folder;

    #[test]
    fn files_of_dead_processes_are_swept() {
        let folder = folder("swept");
        // No process has the largest number: Linux ends at 2^22.
        let left = |owner: &str| {
            let path = folder.join(format!("part-{owner}-0{SUFFIX}"));
            fs::write(&path, "x").unwrap();
            path
        };
        let dead = left(&format!("{}-4194999", machine()));
        let (alive, elsewhere) = (left(&owner()), left("some-other-machine-4194999"));
        sweep(&folder, "part-");
        assert!(!dead.exists());
        assert!(alive.exists() && elsewhere.exists());
    }
}

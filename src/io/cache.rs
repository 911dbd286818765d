//! Room for what is staged: how much memory it may take, and private files for the rest.
//!
//! A cache file has no name where the system allows it, so that it goes with its process, however
//! that ends. Elsewhere it is deleted when dropped, and what a dead process left is swept away
//! when the next one is made. `SCA_CACHE` chooses the folder.

use super::unfinished;
use crate::data::FileError;
use std::fs;
use std::io::{self, ErrorKind};
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

/// A file that nobody else sees and that goes away when dropped.
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
        let (path, file) = unfinished::new_file(|unique| folder.join(format!("{PREFIX}{unique}")))
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
        super::chunks::read_exact_at(&self.file, to, at).map_err(|error| {
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
/// How unfinished and temporary files end.
pub const SUFFIX: &str = ".sca-tmp";

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

/// Deletes files of this beginning whose process is gone.
pub fn sweep(folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name
            .to_str()
            .and_then(|name| name.strip_prefix(prefix)?.strip_suffix(SUFFIX))
            .and_then(|name| Some(name.rsplit_once('-')?.0));
        if owner.is_some_and(is_gone) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// This process, as names of files tell it: other machines may share the folder, and their
/// processes have the same numbers.
pub fn owner() -> String {
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

#[cfg(unix)]
fn write_all_at(file: &fs::File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(windows)]
fn write_all_at(file: &fs::File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    while !bytes.is_empty() {
        let n = file.seek_write(bytes, at)?;
        bytes = &bytes[n..];
        at += n as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_file_goes_away_and_dead_ones_are_swept() {
        let file = CacheFile::create().unwrap();
        file.write_at(b"abc", 5).unwrap();
        let mut back = [0; 3];
        file.read_at(&mut back, 5).unwrap();
        assert_eq!(&back, b"abc");
        let path = file.path.clone();
        // Without a name it is gone even where the process is killed.
        assert_eq!(path.exists(), cfg!(not(unix)));
        // No process has the largest number: Linux ends at 2^22.
        let left = |owner: &str| {
            let path = folder().join(format!("{PREFIX}{owner}-0{SUFFIX}"));
            fs::write(&path, "x").unwrap();
            path
        };
        let dead = left(&format!("{}-4194999", machine()));
        let (alive, elsewhere) = (left(&owner()), left("some-other-machine-4194999"));
        sweep(&folder(), PREFIX);
        assert!(!dead.exists());
        assert!(alive.exists() && elsewhere.exists());
        fs::remove_file(alive).unwrap();
        fs::remove_file(elsewhere).unwrap();
        drop(file);
        assert!(!path.exists());
    }

    #[test]
    fn a_full_disk_is_told_with_a_way_out() {
        let full = io::Error::from(ErrorKind::StorageFull);
        let error = elsewhere(Path::new("staged"), &full);
        assert_eq!(error.problem, "the disk is full");
        assert!(error.remedy.unwrap().contains("SCA_CACHE"));
    }
}

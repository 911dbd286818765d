//! Checks an untrusted HDF5 file in a process that may hang or crash.
//!
//! The HDF5 library trusts what a file says of itself: zeroed or changed bytes, as a download that
//! was cut off leaves them, make it loop for ever in a heap of texts or overrun its own stack, under
//! a lock that nothing else gets past. So before this process opens a file that it has not written
//! itself, a child, which is the same program, walks through everything that readers ask the library
//! for: groups, attributes, types, spaces, chunk tables of small arrays, and texts. It has limits of
//! time and memory, and says where it is; if it does not come back, the file is damaged there. The
//! verdict holds as long as the file stays as it is. This is the side of the process that asks; what the
//! child does is in [`super::walk`].

use super::library::{Id, text};
use super::limits::{self, WAITING};
use super::outside;
use crate::data::{FileError, FileFault, quantity, stop};
use crate::io::declared;
use crate::io::reason::Reason;
use hdf5_sys::h5f::H5Fget_name;
use hdf5_sys::h5i::H5Iget_name;
use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// The first argument of the child.
pub const ARGUMENT: &str = "__probe";
/// After the path: other files may be read for it.
pub const EXTERNAL: &str = "external";
/// What it says when it has seen everything.
pub(super) const DONE: &str = "//done";
/// What it says of a group that has itself for a member.
pub(super) const LOOP: &str = "//loop";
/// What it says if the library asked for more memory than the child may have.
pub(super) const MEMORY: &str = "//memory";
/// What it says of an array whose values are in a file elsewhere.
pub(super) const OUTSIDE: &str = "//outside";
/// Elements of the arrays of texts that the child reads; larger ones are checked when they are read.
pub(super) const TEXTS: usize = 40_000;

/// The program to run as the child; without one nothing is probed.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Which state of which file: device, number, bytes, time of the last change; whether other files
/// may be read for it; and which array, if not everything.
type Key = (u64, u64, u64, Option<SystemTime>, bool, String);

static VERDICTS: Mutex<Option<HashMap<Key, Option<FileError>>>> = Mutex::new(None);

/// From now on files are probed by `program`, which calls [`super::walk::walk`] if its first argument says so.
pub fn by(program: PathBuf) {
    let _ = PROGRAM.set(program);
}

/// A file that this process has just written.
pub fn trust(path: &Path) {
    let about = fs::metadata(path).ok();
    if let Some(key) = about.and_then(|about| key(&about, false, "")) {
        remember(key, None);
    }
}

fn remember(key: Key, verdict: Option<FileError>) {
    let mut verdicts = VERDICTS.lock().unwrap_or_else(PoisonError::into_inner);
    verdicts.get_or_insert_default().insert(key, verdict);
}

#[cfg(unix)]
fn key(about: &fs::Metadata, external: bool, object: &str) -> Option<Key> {
    use std::os::unix::fs::MetadataExt;
    let file = (about.dev(), about.ino(), about.len());
    let changed = about.modified().ok();
    Some((file.0, file.1, file.2, changed, external, object.to_owned()))
}

#[cfg(not(unix))]
fn key(_: &fs::Metadata, _: bool, _: &str) -> Option<Key> {
    None
}

/// # Errors
/// The library hangs or crashes on the file, or an end was asked for.
pub fn check(path: &Path, file: &fs::File) -> Result<(), FileError> {
    match file.metadata() {
        Ok(about) => verdict(path, &about, ""),
        Err(_) => Ok(()),
    }
}

/// Of an array of texts that is too large to be read whenever its file is opened.
///
/// # Errors
/// The library hangs or crashes on it.
pub fn check_texts(array: &Id, n: usize) -> Result<(), Reason> {
    if n <= TEXTS || PROGRAM.get().is_none() {
        return Ok(());
    }
    // SAFETY: the library writes at most `room` bytes and says how many there are.
    let file = text(|to, room| unsafe { H5Fget_name(array.raw(), to, room) })?;
    let object = text(|to, room| unsafe { H5Iget_name(array.raw(), to, room) })?;
    let path = Path::new(&file);
    match path.metadata() {
        Ok(about) => Ok(verdict(path, &about, &object)?),
        Err(_) => Ok(()),
    }
}

/// What a child says of a file, or of one array in it; asked once for each state of the file.
fn verdict(path: &Path, about: &fs::Metadata, object: &str) -> Result<(), FileError> {
    let external = outside::is_allowed(path);
    let (Some(program), Some(key)) = (PROGRAM.get(), key(about, external, object)) else {
        return Ok(());
    };
    let verdicts = VERDICTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(verdict) = verdicts.as_ref().and_then(|all| all.get(&key)) {
        return verdict.clone().map_or(Ok(()), |error| {
            Err(FileError {
                file: path.to_owned(),
                ..error
            })
        });
    }
    drop(verdicts);
    let child = Command::new(program)
        .arg(ARGUMENT)
        .args([path.as_os_str(), object.as_ref()])
        .arg(limits::memory().to_string())
        .args(external.then_some(EXTERNAL))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    // Without a child the file is read all the same: there may be no processes left to start.
    let Ok(child) = child else {
        return Ok(());
    };
    let verdict = follow(path, child, Duration::from_secs(WAITING))?;
    // With more memory it may be another one.
    if !verdict
        .as_ref()
        .is_some_and(|error| error.fault == FileFault::Memory)
    {
        remember(key, verdict.clone());
    }
    verdict.map_or(Ok(()), Err)
}

/// Waits for the child; what it was looking at when it ended is what is damaged.
fn follow(path: &Path, mut child: Child, most: Duration) -> Result<Option<FileError>, FileError> {
    let heard = listen(path, &mut child, most);
    if heard.is_err() {
        let _ = child.kill();
    }
    let ended = child.wait();
    let heard = heard?;
    let mut lines = heard.lines().rev();
    let last = lines.next().unwrap_or("/");
    let fault = |problem: &str, at: &str| Some(FileError::new(path, problem).object(at));
    Ok(match last {
        DONE if ended.is_ok_and(|status| status.success()) => None,
        OUTSIDE => {
            let problem = lines.next().unwrap_or_default().to_owned();
            let at = lines.next().unwrap_or("/");
            let mut fault = outside::refusal(path, "another file").object(at);
            fault.problem = problem;
            Some(fault)
        }
        LOOP => fault(
            "is a group that contains itself",
            lines.next().unwrap_or("/"),
        )
        .map(|fault| fault.remedy("write the file again without that link")),
        MEMORY => Some(too_large(path, lines.next().unwrap_or("/"))),
        at => fault("is damaged: the HDF5 library hangs or crashes on it", at)
            .map(|fault| fault.remedy("copy or download the file again")),
    })
}

/// What is said of an object for which the library asks for too much memory.
fn too_large(path: &Path, at: &str) -> FileError {
    let memory = limits::memory();
    let length = fs::metadata(path).map_or(u64::MAX, |about| about.len());
    if declared::cannot_hold(memory, length) {
        FileError::new(
            path,
            "is damaged: it declares more data than the file holds",
        )
        .object(at)
        .remedy("copy or download the file again")
    } else {
        FileError::new(
            path,
            format!(
                "needs {}: over {}",
                declared::TOO_LARGE,
                quantity::bytes(memory)
            ),
        )
        .object(at)
        .of_memory()
    }
}

/// What the child says until it ends: only the last lines are of interest.
fn listen(path: &Path, child: &mut Child, most: Duration) -> Result<String, FileError> {
    const KEPT: usize = 1 << 14;
    let since = Instant::now();
    let (mut heard, mut buffer) = (Vec::new(), [0; 1 << 14]);
    let Some(mut out) = child.stdout.take() else {
        return Ok(String::new());
    };
    loop {
        if !is_readable(&out) {
            stop::check(path)?;
            if since.elapsed() > most {
                let _ = child.kill();
            }
            continue;
        }
        match out.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(n) => heard.extend_from_slice(&buffer[..n]),
        }
        if heard.len() > 4 * KEPT {
            heard.drain(..heard.len() - KEPT);
        }
    }
    Ok(String::from_utf8_lossy(&heard).into_owned())
}

/// Whether something can be read within 50 ms, be it the end.
#[cfg(unix)]
fn is_readable(out: &impl std::os::fd::AsRawFd) -> bool {
    let mut wanted = libc::pollfd {
        fd: out.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one valid structure, as the number says.
    unsafe { libc::poll(&raw mut wanted, 1, 50) > 0 }
}

#[cfg(not(unix))]
fn is_readable<T>(_: &T) -> bool {
    true
}

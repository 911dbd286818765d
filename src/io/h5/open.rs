//! Open HDF5 files, one handle each for the library and for reading bytes past it.

use super::library::{Id, check};
use super::probe;
use crate::data::{FileError, FileFault, InFile};
use hdf5::MinorErrorCode;
use hdf5_sys::h5i::hid_t;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

/// An HDF5 file, open for reading as long as anything refers to it.
#[derive(Debug)]
pub struct H5File {
    pub path: PathBuf,
    /// Which opening this is: another file may take the path while this one is read.
    pub opened: u64,
    pub file: hdf5::File,
    /// For reading chunks without the library.
    pub bytes: fs::File,
    /// In bytes, when it was opened.
    pub length: u64,
    modified: Option<SystemTime>,
}

static OPEN: Mutex<Vec<Weak<H5File>>> = Mutex::new(Vec::new());

impl H5File {
    /// # Errors
    /// No such file, no permission, no HDF5 file, cut short, damaged.
    pub fn open(path: &Path) -> Result<Arc<H5File>, FileError> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        crate::io::chunks::filters::register_filters();
        let bytes = crate::io::paths::plain_file(path)?;
        if !has_signature(&bytes) {
            return Err(FileError::new(path, "is not an HDF5 file")
                .of(FileFault::NotHdf5)
                .remedy("check that the download is complete and the extension is right"));
        }
        probe::check(path, &bytes)?;
        let file = hdf5::File::with_options()
            // Readers on network file systems fail when locks are asked for. Without a cache of
            // chunks: copying an array of which chunks were cached, the library packs them again,
            // which overruns its buffer with some filters and is impossible with others.
            .with_fapl(|access| access.file_locking(false).chunk_cache(0, 0, 0.0))
            .open(path)
            .map_err(|error| {
                if error.contains_minor(MinorErrorCode::Truncated) {
                    FileError::new(path, "is cut short: the file ends before its data does")
                        .remedy("copy or download it again")
                } else {
                    damaged(path, &error.to_string())
                }
            })?;
        let about = bytes.metadata().ok();
        let file = Arc::new(H5File {
            length: about.as_ref().map_or(u64::MAX, fs::Metadata::len),
            modified: about.and_then(|about| about.modified().ok()),
            path: path.to_owned(),
            opened: NEXT.fetch_add(1, Relaxed),
            file,
            bytes,
        });
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|other| other.strong_count() > 0);
        open.push(Arc::downgrade(&file));
        Ok(file)
    }

    /// The file a value lies in: the very one if it is still open, whatever its path leads to now.
    pub fn of(value: &InFile) -> Result<Arc<H5File>, FileError> {
        let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let same = open.iter().filter_map(Weak::upgrade);
        if let Some(file) = same.into_iter().find(|file| file.opened == value.opened) {
            return Ok(file);
        }
        drop(open);
        H5File::open(&value.file)
    }

    /// Whether the file was written to since it was opened; a file that took its place does not
    /// matter.
    pub fn is_changed(&self) -> bool {
        let about = self.bytes.metadata().ok();
        about.is_some_and(|about| {
            about.len() != self.length || about.modified().ok() != self.modified
        })
    }

    /// Where an object of this file lies.
    pub fn place(&self, object: &str) -> InFile {
        InFile {
            file: self.path.clone(),
            object: object.to_owned(),
            opened: self.opened,
        }
    }

    pub(super) fn id(&self) -> hid_t {
        self.file.id()
    }
}

/// The signature may follow a user block of 512, 1024, 2048 … bytes.
fn has_signature(mut file: &fs::File) -> bool {
    let mut at = 0;
    let mut start = [0; 8];
    loop {
        if file.seek(SeekFrom::Start(at)).is_err() || file.read_exact(&mut start).is_err() {
            return false;
        }
        if start == *b"\x89HDF\r\n\x1a\n" {
            return true;
        }
        at = (2 * at).max(512);
    }
}

pub(super) fn damaged(path: &Path, reason: &str) -> FileError {
    FileError::new(path, format!("cannot be read as HDF5 ({reason})"))
        .remedy("copy or download it again")
}

/// Opens an object by its name from a file or group; the identifier may be of any kind.
pub(super) fn open_object(from: hid_t, name: &std::ffi::CStr) -> Result<Id, String> {
    // SAFETY: the file or group is open and the name ends in NUL.
    Id::made_by(|| unsafe {
        hdf5_sys::h5o::H5Oopen(from, name.as_ptr(), hdf5_sys::h5p::H5P_DEFAULT)
    })
}

/// Whether a group has a link of this name, which has no slash.
pub(super) fn has_link(group: hid_t, name: &std::ffi::CStr) -> bool {
    let name = name.as_ptr();
    // SAFETY: the group is open and the name ends in NUL.
    check(|| unsafe { hdf5_sys::h5l::H5Lexists(group, name, hdf5_sys::h5p::H5P_DEFAULT) })
        .is_ok_and(|answer| answer > 0)
}

/// Whether each link of a path exists.
pub(super) fn link_exists(file: hid_t, path: &str) -> bool {
    let mut so_far = String::new();
    path.split('/').filter(|part| !part.is_empty()).all(|part| {
        so_far.push('/');
        so_far.push_str(part);
        // Parents were looked at before.
        std::ffi::CString::new(so_far.as_str()).is_ok_and(|name| has_link(file, &name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_its_end_is_cut_short() {
        let folder = crate::io::testing::folder("h5-cut");
        let path = folder.join("cut.h5");
        let file = hdf5::File::create(&path).unwrap();
        let values = file.new_dataset::<f64>().shape(4096).create("x").unwrap();
        values.write_raw(&[1.0; 4096]).unwrap();
        drop((values, file));
        let length = fs::metadata(&path).unwrap().len();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(length / 2).unwrap();
        let error = H5File::open(&path).unwrap_err();
        assert!(error.problem.starts_with("is cut short"), "{error:?}");
    }
}

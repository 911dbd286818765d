//! Values of an HDF5 file that are in other files: external storage, virtual arrays, links.
//!
//! A file from elsewhere may name any file of this machine as its own storage, and would then show
//! what is in it. Only files in the folder of the file (or below it) are taken, unless the person
//! says `external=true`.

use super::library::{Id, check as check_call};
use crate::data::{FileError, FileFault};
use hdf5::dataset::Layout;
use hdf5_sys::h5d::{H5D_layout_t, H5Dget_create_plist};
use hdf5_sys::h5p::{H5Pget_external_count, H5Pget_layout};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Files whose storage elsewhere was allowed.
static ALLOWED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// From now on this file may name any other file as its storage.
pub fn allow(path: &Path) {
    let mut allowed = ALLOWED.lock().unwrap_or_else(PoisonError::into_inner);
    if !allowed.iter().any(|it| it == path) {
        allowed.push(path.to_owned());
    }
}

/// Whether the person trusts what lies elsewhere.
pub fn is_allowed(path: &Path) -> bool {
    let allowed = ALLOWED.lock().unwrap_or_else(PoisonError::into_inner);
    allowed.iter().any(|it| it == path)
}

/// # Errors
/// `other`, which `file` names, is neither in the folder of `file` nor below it.
pub fn check(file: &Path, other: &Path) -> Result<(), FileError> {
    if is_allowed(file) {
        return Ok(());
    }
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let Ok(home) = folder.canonicalize() else {
        return Ok(());
    };
    // The library looks beside the file and where the program was started, by the kind of storage.
    // A missing value is missing here as anywhere; a link is as good as what it leads to.
    let places = [folder.join(other), other.to_owned()];
    let mut there = places.iter().filter_map(|place| place.canonicalize().ok());
    if there.all(|place| place.starts_with(&home) && place.is_file()) {
        Ok(())
    } else {
        Err(refusal(file, &other.display().to_string()))
    }
}

/// What is said of a file that has its values in another one.
pub fn refusal(file: &Path, other: &str) -> FileError {
    let read = format!("read {:?} external=true", file.display().to_string());
    FileError::new(
        file,
        format!("reads values from {other}, outside its folder"),
    )
    .remedy(format!("if you trust both files: {read}"))
    .of(FileFault::Outside)
}

/// Checks the array at `path` of a file, whose handle is `open`.
///
/// # Errors
/// Some values of the array are in a file that [`check`] refuses.
pub fn check_array(
    file: &Path,
    open: &hdf5::File,
    path: &str,
    array: &Id,
) -> Result<(), FileError> {
    if !is_elsewhere(array).unwrap_or(false) {
        return Ok(());
    }
    let wrong = |error: hdf5::Error| FileError::new(file, error.to_string()).object(path);
    let creation = open.dataset(path).and_then(|it| it.dcpl()).map_err(wrong)?;
    let refused = |error: FileError| error.object(path);
    for part in creation.get_external().map_err(wrong)? {
        check(file, Path::new(&part.name)).map_err(refused)?;
    }
    if creation.get_layout().map_err(wrong)? == Layout::Virtual {
        for part in creation.get_virtual_map().map_err(wrong)? {
            if part.src_filename != "." {
                check(file, Path::new(&part.src_filename)).map_err(refused)?;
            }
        }
    }
    Ok(())
}

/// Whether an array is virtual or has external storage.
pub fn is_elsewhere(array: &Id) -> Result<bool, String> {
    // SAFETY: an open array, then its list of properties.
    let creation = Id::made_by(|| unsafe { H5Dget_create_plist(array.raw()) })?;
    let layout = hdf5::sync::sync(|| unsafe { H5Pget_layout(creation.raw()) });
    let files = check_call(|| unsafe { H5Pget_external_count(creation.raw()) })?;
    Ok(layout == H5D_layout_t::H5D_VIRTUAL || files > 0)
}

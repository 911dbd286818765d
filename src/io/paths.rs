//! Opens files for reading, and shows their paths as the user typed them.

use super::h5::outside;
use crate::data::FileError;
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

/// Opens a file for reading; a device or a pipe is none, unless the person trusts it.
///
/// # Errors
/// Not there, no permission, a folder, or no file.
pub fn plain_file(path: &Path) -> Result<File, FileError> {
    // Checked before it is opened: opening a pipe waits for a writer.
    let about = path.metadata().map_err(|error| cannot_open(path, &error))?;
    if about.is_dir() {
        return Err(FileError::new(path, "is a folder, not a file"));
    }
    if !about.is_file() && !outside::is_allowed(path) {
        let read = format!("read {:?} external=true", path.display().to_string());
        return Err(FileError::new(path, "is a device or a pipe, not a file")
            .remedy(format!("use a file, or if you trust it: {read}")));
    }
    File::open(path).map_err(|error| cannot_open(path, &error))
}

/// What the user calls a file: its last part.
pub fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// The name of a file in lower case, without the endings of compression.
pub fn plain_name(path: &Path) -> String {
    let mut name = file_name(path).to_lowercase();
    for ending in [".gz", ".bz2"] {
        if let Some(stem) = name.strip_suffix(ending) {
            name.truncate(stem.len());
        }
    }
    // A .zip of one text is that text; others are stores of zarr.
    if let Some(stem) = name.strip_suffix(".zip")
        && [".mtx", ".csv", ".tsv", ".txt", ".tab"]
            .iter()
            .any(|ending| stem.ends_with(ending))
    {
        name.truncate(stem.len());
    }
    name
}

/// A file or folder could not be opened: says why.
pub fn cannot_open(path: &Path, error: &std::io::Error) -> FileError {
    match error.kind() {
        ErrorKind::NotFound => FileError::new(path, "the file does not exist")
            .remedy("check the name; paths are relative to the folder sca was started in"),
        ErrorKind::PermissionDenied => FileError::new(path, "no permission to read the file"),
        _ => FileError::new(path, format!("cannot be opened ({error})")),
    }
}

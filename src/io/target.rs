//! A file or store that is being written, in either format: HDF5 or zarr.
//!
//! What writes anndata's layout sees groups, arrays and attributes, as what reads it does
//! ([`stored`](super::stored)). What only one format can do, such as copying from file to file, is
//! asked of that one.

use super::fields::Field;
use super::packing::{Compression, RecentChunks};
use super::unfinished::Unfinished;
use super::{h5, zarr};
use crate::data::{ElementType, FileError, InFile, NumberType, StoredArray};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// What a dataset is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteFormat {
    H5ad,
    /// A folder, of this version.
    Zarr(zarr::Version),
}

/// What is being written. Dropped unfinished, it leaves nothing behind.
#[derive(Debug)]
pub enum Target {
    Hdf5(NewHdf5),
    Zarr(zarr::NewStore),
}

/// The library closes the file before it is deleted or moved: it comes first.
#[derive(Debug)]
pub struct NewHdf5 {
    file: h5::NewFile,
    unfinished: Unfinished,
    target: PathBuf,
}

/// An array of one or two dimensions that grows by rows.
#[derive(Debug)]
pub enum GrowingArray {
    Hdf5(h5::GrowingArray),
    Zarr(zarr::GrowingArray),
}

/// Calls the same of each format.
macro_rules! each {
    ($target:expr, $file:ident => $call:expr) => {
        match $target {
            Target::Hdf5(NewHdf5 { file: $file, .. }) => $call,
            Target::Zarr($file) => $call,
        }
    };
}

impl Target {
    /// # Errors
    /// The folder does not exist, cannot be written to, or is full; something else is there.
    pub fn create(
        path: &Path,
        format: WriteFormat,
        compression: Compression,
    ) -> Result<Self, FileError> {
        match format {
            WriteFormat::H5ad => NewHdf5::create(path).map(Target::Hdf5),
            WriteFormat::Zarr(version) => {
                check_replaceable(path)?;
                zarr::NewStore::create(path, version, compression).map(Target::Zarr)
            }
        }
    }

    /// Completes it and puts it in its place.
    ///
    /// # Errors
    /// The disk is full. What was there is untouched then.
    pub fn finish(self) -> Result<(), FileError> {
        match self {
            Target::Hdf5(NewHdf5 {
                file,
                unfinished,
                target,
            }) => {
                file.close()?;
                unfinished.finish()?;
                h5::probe::trust(&target);
                Ok(())
            }
            Target::Zarr(store) => store.finish(),
        }
    }

    pub fn group(&self, path: &str) -> Result<(), FileError> {
        each!(self, file => file.group(path))
    }

    /// `encoding-type` and `encoding-version` of an object.
    pub fn encoding(&self, path: &str, encoding: &str, version: &str) -> Result<(), FileError> {
        self.text_attribute(path, "encoding-type", encoding)?;
        self.text_attribute(path, "encoding-version", version)
    }

    pub fn text_attribute(&self, path: &str, name: &str, text: &str) -> Result<(), FileError> {
        match self {
            Target::Hdf5(to) => to.file.text_attribute(path, name, text),
            Target::Zarr(to) => to.attribute(path, name, json!(text)),
        }
    }

    pub fn texts_attribute(
        &self,
        path: &str,
        name: &str,
        texts: &[String],
    ) -> Result<(), FileError> {
        match self {
            Target::Hdf5(to) => to.file.texts_attribute(path, name, texts),
            Target::Zarr(to) => to.attribute(path, name, json!(texts)),
        }
    }

    pub fn wholes_attribute(
        &self,
        path: &str,
        name: &str,
        wholes: &[i64],
    ) -> Result<(), FileError> {
        match self {
            Target::Hdf5(to) => to.file.wholes_attribute(path, name, wholes),
            Target::Zarr(to) => to.attribute(path, name, json!(wholes)),
        }
    }

    pub fn truth_attribute(&self, path: &str, name: &str, truth: bool) -> Result<(), FileError> {
        match self {
            Target::Hdf5(to) => to.file.truth_attribute(path, name, truth),
            Target::Zarr(to) => to.attribute(path, name, json!(truth)),
        }
    }

    /// An array of numbers, stored as another type of number if necessary; no dimensions: a scalar.
    pub fn numbers<T: h5::Native>(
        &self,
        path: &str,
        shape: &[usize],
        values: &[T],
        stored: NumberType,
    ) -> Result<(), FileError> {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len());
        each!(self, file => file.numbers(path, shape, values, stored))
    }

    /// An array as it was stored elsewhere.
    pub fn stored(&self, path: &str, array: &StoredArray) -> Result<(), FileError> {
        each!(self, file => file.stored(path, array))
    }

    /// An array without a value, as which anndata writes None.
    pub fn null(&self, path: &str) -> Result<(), FileError> {
        each!(self, file => file.null(path))
    }

    pub fn truths(&self, path: &str, shape: &[usize], truths: &[bool]) -> Result<(), FileError> {
        each!(self, file => file.truths(path, shape, truths))
    }

    pub fn texts<'a>(
        &self,
        path: &str,
        shape: &[usize],
        texts: impl Iterator<Item = &'a str>,
    ) -> Result<(), FileError> {
        each!(self, file => file.texts(path, shape, texts))
    }

    /// An array of records whose fields are equally long.
    pub fn records(&self, path: &str, fields: &[Field]) -> Result<(), FileError> {
        each!(self, file => file.records(path, fields))
    }

    /// Begins an array that grows by rows of `width` elements; 0 for an array of one dimension.
    pub fn array(
        &self,
        path: &str,
        width: usize,
        element: ElementType,
        compression: Compression,
    ) -> Result<GrowingArray, FileError> {
        Ok(match self {
            Target::Hdf5(_) => {
                let kind = h5::WriteKind::of(element);
                GrowingArray::Hdf5(h5::GrowingArray::new(path, width, kind, compression))
            }
            Target::Zarr(store) => {
                let shape: &[usize] = if width == 0 { &[0] } else { &[0, width] };
                GrowingArray::Zarr(store.array(path, shape, element.into(), compression)?)
            }
        })
    }

    /// Copies an object of a file of this format, with everything in it, unread.
    ///
    /// # Errors
    /// It cannot be copied; this is no HDF5 file.
    pub fn copy(&self, from: &InFile, path: &str) -> Result<h5::Object, FileError> {
        match self {
            Target::Hdf5(to) => {
                let from = h5::Object::of(from)?;
                to.file.copy(&from, path)?;
                Ok(from)
            }
            Target::Zarr(_) => Err(self.fault(path, "only HDF5 can hold it")),
        }
    }

    /// Takes an object out of a file of HDF5.
    pub fn remove(&self, path: &str) -> Result<(), FileError> {
        match self {
            Target::Hdf5(to) => to.file.remove(path),
            Target::Zarr(_) => Err(self.fault(path, "it is there already")),
        }
    }

    pub fn fault(&self, path: &str, reason: &str) -> FileError {
        each!(self, file => file.fault(path, reason))
    }
}

impl NewHdf5 {
    fn create(path: &Path) -> Result<Self, FileError> {
        // A link is followed: it should lead to the new file, not be replaced by it.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if target.is_dir() {
            return Err(
                FileError::new(path, "is a folder").remedy("give a file name, such as out.h5ad")
            );
        }
        let (unfinished, _) = Unfinished::create(path)?;
        // That was to see whether it can be. The library would make it empty again, and ext4 writes
        // all of a file that was made empty to the disk when it is closed: half a second a gigabyte.
        let _ = fs::remove_file(unfinished.path());
        Ok(NewHdf5 {
            file: h5::NewFile::create(unfinished.path(), path)?,
            unfinished,
            target,
        })
    }
}

/// Whether a store can take the place of what is there: nothing, or a store of one dataset.
///
/// # Errors
/// Something else is there, or lies in the store beside the dataset.
pub fn check_replaceable(path: &Path) -> Result<(), FileError> {
    if !path.exists() {
        return Ok(());
    }
    let fault = |problem: String| {
        Err(FileError::new(path, problem).remedy("choose another name, such as out.zarr"))
    };
    if !path.is_dir() {
        return fault("is a file, not a zarr store".to_owned());
    }
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    if names.is_empty() {
        return Ok(());
    }
    let has = |name: &str| names.iter().any(|other| other == name);
    if !(has("zarr.json") || has(".zgroup")) || !has("obs") || !has("var") {
        return fault("is not a dataset in zarr".to_owned());
    }
    match names.iter().find(|name| !PARTS.contains(&name.as_str())) {
        Some(other) => fault(format!("also contains {other:?}")),
        None => Ok(()),
    }
}

/// What lies in the folder of a dataset; the last is macOS's.
const PARTS: [&str; 15] = [
    "X",
    "layers",
    "obs",
    "obsm",
    "obsp",
    "raw",
    "uns",
    "var",
    "varm",
    "varp",
    "zarr.json",
    ".zgroup",
    ".zattrs",
    ".zmetadata",
    ".DS_Store",
];

impl GrowingArray {
    /// Chunks that are the same as those of another array with the same `recent` are packed once.
    pub fn sharing(self, recent: RecentChunks) -> Self {
        match self {
            GrowingArray::Hdf5(array) => GrowingArray::Hdf5(array.sharing(recent)),
            GrowingArray::Zarr(array) => GrowingArray::Zarr(array.sharing(recent)),
        }
    }

    /// Appends whole rows: their bytes, little endian.
    pub fn push(&mut self, target: &Target, bytes: Vec<u8>) -> Result<(), FileError> {
        match (self, target) {
            (GrowingArray::Hdf5(array), Target::Hdf5(to)) => array.push(&to.file, bytes),
            (GrowingArray::Zarr(array), Target::Zarr(to)) => array.push(to, &bytes),
            _ => Err(of_another(target)),
        }
    }

    /// Completes the array.
    pub fn finish(self, target: &Target) -> Result<(), FileError> {
        match (self, target) {
            (GrowingArray::Hdf5(array), Target::Hdf5(to)) => array.finish(&to.file),
            (GrowingArray::Zarr(array), Target::Zarr(to)) => array.finish(to),
            _ => Err(of_another(target)),
        }
    }
}

fn of_another(target: &Target) -> FileError {
    target.fault("/", "an array belongs to another file")
}

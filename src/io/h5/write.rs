//! Making HDF5 files: groups, attributes and small arrays. Large ones go through `h5::chunked`.

use super::datatype::{Kind, Texts, copy_of, nothing, scalar, simple, variable_text};
use super::library::{Id, check, system_error};
use super::read::Native;
use crate::data::{FileError, NumberType, StoredArray, stop};
use crate::io::temporary::cannot_write;
use hdf5::globals;
use hdf5_sys::h5a::{H5Acreate2, H5Awrite};
use hdf5_sys::h5d::{H5Dcreate2, H5Dwrite};
use hdf5_sys::h5g::H5Gcreate2;
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5l::H5Ldelete;
use hdf5_sys::h5o::{
    H5O_COPY_EXPAND_EXT_LINK_FLAG, H5O_COPY_EXPAND_SOFT_LINK_FLAG, H5Ocopy, H5Oopen,
};
use hdf5_sys::h5p::{
    H5P_DEFAULT, H5Pcreate, H5Pset_char_encoding, H5Pset_copy_object,
    H5Pset_create_intermediate_group, H5Pset_obj_track_times,
};
use hdf5_sys::h5s::H5S_ALL;
use hdf5_sys::h5t::H5T_cset_t;
use std::ffi::{CString, c_void};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// An HDF5 file that is being made.
#[derive(Debug)]
pub struct NewFile {
    pub(super) file: hdf5::File,
    /// The name it will have, for messages.
    path: PathBuf,
    /// Makes parents of a path as needed; names are UTF-8.
    links: Id,
}

impl NewFile {
    /// Makes an empty file at `at`, which later moves to `path`.
    pub fn create(at: &Path, path: &Path) -> Result<Self, FileError> {
        let wrong = |reason: String| explain(FileError::new(path, reason.clone()), &reason);
        let file = hdf5::File::with_options()
            .with_fapl(|access| access.file_locking(false))
            .with_fcpl(|creation| creation.obj_track_times(false))
            .create_excl(at)
            .map_err(|error| wrong(format!("cannot be created ({error})")))?;
        let links = link_properties().map_err(wrong)?;
        Ok(NewFile {
            file,
            path: path.to_owned(),
            links,
        })
    }

    /// Writes everything out and closes the file.
    pub fn close(self) -> Result<(), FileError> {
        let NewFile { file, path, links } = self;
        drop(links);
        let flushed = file.flush().and_then(|()| file.close());
        flushed.map_err(|error| {
            let reason = error.to_string();
            explain(
                FileError::new(path, format!("cannot be written ({reason})")),
                &reason,
            )
        })
    }

    /// A group; one that is there already is left as it is.
    pub fn group(&self, path: &str) -> Result<(), FileError> {
        if path == "/" || super::open::link_exists(self.file.id(), path) {
            return Ok(());
        }
        self.named(path, |name| {
            let creation = creation_properties(*globals::H5P_GROUP_CREATE)?;
            let (file, links) = (self.file.id(), self.links.raw());
            // SAFETY: valid identifiers, and a name that ends in NUL.
            Id::made_by(|| unsafe {
                H5Gcreate2(file, name.as_ptr(), links, creation.raw(), H5P_DEFAULT)
            })
            .map(drop)
        })
    }

    pub fn text_attribute(&self, path: &str, name: &str, text: &str) -> Result<(), FileError> {
        let buffer = Texts::of([text].into_iter());
        let pointers = buffer.pointers();
        let make = || Ok((variable_text()?, variable_text()?, scalar()?));
        self.attribute(path, name, make, pointers.as_ptr().cast())
    }

    pub fn texts_attribute(
        &self,
        path: &str,
        name: &str,
        texts: &[String],
    ) -> Result<(), FileError> {
        let buffer = Texts::of(texts.iter().map(String::as_str));
        let pointers = buffer.pointers();
        let make = || Ok((variable_text()?, variable_text()?, simple(&[texts.len()])?));
        self.attribute(path, name, make, pointers.as_ptr().cast())
    }

    pub fn wholes_attribute(
        &self,
        path: &str,
        name: &str,
        wholes: &[i64],
    ) -> Result<(), FileError> {
        let make = || {
            let file = Kind::Number(NumberType::I64).datatype()?;
            Ok((file, copy_of(i64::datatype())?, simple(&[wholes.len()])?))
        };
        self.attribute(path, name, make, wholes.as_ptr().cast())
    }

    pub fn truth_attribute(&self, path: &str, name: &str, truth: bool) -> Result<(), FileError> {
        let value = i8::from(truth);
        let make = || Ok((Kind::Bool.datatype()?, Kind::Bool.datatype()?, scalar()?));
        self.attribute(path, name, make, (&raw const value).cast())
    }

    /// `make` gives the datatypes in the file and in memory and the space.
    fn attribute(
        &self,
        path: &str,
        name: &str,
        make: impl FnOnce() -> Result<(Id, Id, Id), String>,
        values: *const c_void,
    ) -> Result<(), FileError> {
        self.named(path, |path| {
            let (stored, memory, space) = make()?;
            let name = CString::new(name).map_err(|error| error.to_string())?;
            let file = self.file.id();
            // SAFETY: valid identifiers, names that end in NUL, `values` as `memory` and `space` say.
            let object = Id::made_by(|| unsafe { H5Oopen(file, path.as_ptr(), H5P_DEFAULT) })?;
            let attribute = Id::made_by(|| unsafe {
                let (object, name) = (object.raw(), name.as_ptr());
                let (stored, space) = (stored.raw(), space.raw());
                H5Acreate2(object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT)
            })?;
            check(|| unsafe { H5Awrite(attribute.raw(), memory.raw(), values) }).map(drop)
        })
    }

    /// An array of numbers, stored as another type of number if necessary; no dimensions: a scalar.
    pub fn numbers<T: Native>(
        &self,
        path: &str,
        shape: &[usize],
        values: &[T],
        stored: NumberType,
    ) -> Result<(), FileError> {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len());
        let memory = || copy_of(T::datatype());
        self.array(
            path,
            shape,
            &Kind::Number(stored),
            memory,
            values.as_ptr().cast(),
        )
    }

    /// An array as it was stored elsewhere.
    pub fn stored(&self, path: &str, array: &StoredArray) -> Result<(), FileError> {
        let n: usize = array.shape.iter().product();
        if array.bytes.len() != n * array.element.size() {
            return Err(self.fault(path, "its values do not fill its shape"));
        }
        let kind = Kind::of(array.element);
        let memory = || kind.datatype();
        self.array(
            path,
            &array.shape,
            &kind,
            memory,
            array.bytes.as_ptr().cast(),
        )
    }

    /// An array without a value, as which anndata writes None.
    pub fn null(&self, path: &str) -> Result<(), FileError> {
        self.named(path, |name| {
            let datatype = Kind::Number(NumberType::F32).datatype()?;
            self.new_array(name, &datatype, &nothing()?).map(drop)
        })
    }

    /// Takes an object out of the file.
    pub fn remove(&self, path: &str) -> Result<(), FileError> {
        self.named(path, |name| {
            let file = self.file.id();
            // SAFETY: a valid identifier, and a name that ends in NUL.
            check(|| unsafe { H5Ldelete(file, name.as_ptr(), H5P_DEFAULT) }).map(drop)
        })
    }

    pub fn truths(&self, path: &str, shape: &[usize], truths: &[bool]) -> Result<(), FileError> {
        let bytes: Vec<i8> = truths.iter().map(|&truth| i8::from(truth)).collect();
        let memory = || Kind::Bool.datatype();
        self.array(path, shape, &Kind::Bool, memory, bytes.as_ptr().cast())
    }

    pub fn texts<'a>(
        &self,
        path: &str,
        shape: &[usize],
        texts: impl Iterator<Item = &'a str>,
    ) -> Result<(), FileError> {
        if let &[n] = shape {
            return self.list_of_texts(path, n, texts);
        }
        let buffer = Texts::of(texts);
        let pointers = buffer.pointers();
        self.array(
            path,
            shape,
            &Kind::Text,
            variable_text,
            pointers.as_ptr().cast(),
        )
    }

    fn array(
        &self,
        path: &str,
        shape: &[usize],
        kind: &Kind,
        memory: impl FnOnce() -> Result<Id, String>,
        values: *const c_void,
    ) -> Result<(), FileError> {
        self.named(path, |name| {
            let space = match shape {
                [] => scalar()?,
                shape => simple(shape)?,
            };
            let array = self.new_array(name, &kind.datatype()?, &space)?;
            write_all(&array, &memory()?, shape.iter().product(), values)
        })
    }

    pub(super) fn new_array(
        &self,
        name: &CString,
        datatype: &Id,
        space: &Id,
    ) -> Result<Id, String> {
        let creation = creation_properties(*globals::H5P_DATASET_CREATE)?;
        self.new_array_with(name, datatype, space, &creation)
    }

    pub(super) fn new_array_with(
        &self,
        name: &CString,
        datatype: &Id,
        space: &Id,
        creation: &Id,
    ) -> Result<Id, String> {
        let (file, name, links) = (self.file.id(), name.as_ptr(), self.links.raw());
        let (datatype, space) = (datatype.raw(), space.raw());
        // SAFETY: valid identifiers, and a name that ends in NUL.
        Id::made_by(|| unsafe {
            H5Dcreate2(
                file,
                name,
                datatype,
                space,
                links,
                creation.raw(),
                H5P_DEFAULT,
            )
        })
    }

    /// Copies an object of another file with everything in it. Links are followed: what they lead
    /// to need not be there, or not the same, where the copy is read.
    ///
    /// # Errors
    /// The disk is full; the original is damaged, or has values that lie in yet other files.
    pub fn copy(&self, from: &super::Object, path: &str) -> Result<(), FileError> {
        if !from.is_whole() {
            let fault =
                from.fault("has values that lie in other files (a virtual or external array)");
            return Err(fault.remedy(
                "combine them in one file first, in Python: \
                 anndata.read_h5ad(\"x.h5ad\").write(\"whole.h5ad\")",
            ));
        }
        from.check_texts(0)?;
        let source = CString::new(from.path.as_str()).map_err(|_| from.fault("NUL in a name"))?;
        self.named(path, |name| {
            let (source_file, file) = (from.file.id(), self.file.id());
            // SAFETY: valid identifiers, and names that end in NUL.
            let copying = Id::made_by(|| unsafe { H5Pcreate(*globals::H5P_OBJECT_COPY) })?;
            let follow = H5O_COPY_EXPAND_SOFT_LINK_FLAG | H5O_COPY_EXPAND_EXT_LINK_FLAG;
            check(|| unsafe { H5Pset_copy_object(copying.raw(), follow) })?;
            check(|| unsafe {
                let (source, name) = (source.as_ptr(), name.as_ptr());
                let (copying, links) = (copying.raw(), self.links.raw());
                H5Ocopy(source_file, source, file, name, copying, links)
            })
            .map(drop)
        })
    }

    /// Runs `make` with a path, and says at which object it failed.
    pub(super) fn named<T>(
        &self,
        path: &str,
        make: impl FnOnce(&CString) -> Result<T, String>,
    ) -> Result<T, FileError> {
        stop::check(&self.path)?;
        let name = CString::new(path).map_err(|error| error.to_string());
        name.and_then(|name| make(&name))
            .map_err(|reason| self.fault(path, &reason))
    }

    pub fn fault(&self, path: &str, reason: &str) -> FileError {
        let fault = FileError::new(&self.path, format!("{path} cannot be written ({reason})"));
        explain(fault.object(path), reason)
    }
}

/// Writes all `n` values of an array; callers hand over as many of the memory type.
pub(super) fn write_all(
    array: &Id,
    memory: &Id,
    n: usize,
    values: *const c_void,
) -> Result<(), String> {
    if n == 0 {
        return Ok(());
    }
    let (array, memory) = (array.raw(), memory.raw());
    // SAFETY: as many values of the memory type as the array has.
    check(|| unsafe { H5Dwrite(array, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) }).map(drop)
}

/// Properties of a new object: no times, so that the same data makes the same bytes.
pub(super) fn creation_properties(class: hid_t) -> Result<Id, String> {
    // SAFETY: `class` is a class of object creation properties.
    let properties = Id::made_by(|| unsafe { H5Pcreate(class) })?;
    check(|| unsafe { H5Pset_obj_track_times(properties.raw(), 0) })?;
    Ok(properties)
}

fn link_properties() -> Result<Id, String> {
    // SAFETY: a list of link creation properties.
    let links = Id::made_by(|| unsafe { H5Pcreate(*globals::H5P_LINK_CREATE) })?;
    check(|| unsafe { H5Pset_create_intermediate_group(links.raw(), 1) })?;
    check(|| unsafe { H5Pset_char_encoding(links.raw(), H5T_cset_t::H5T_CSET_UTF8) })?;
    Ok(links)
}

/// Says so when the disk is full.
fn explain(fault: FileError, reason: &str) -> FileError {
    let Some(error) = system_error(reason) else {
        return fault;
    };
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            let object = fault.object.clone();
            FileError {
                object,
                ..cannot_write(&fault.file, &error)
            }
        }
        _ => fault,
    }
}

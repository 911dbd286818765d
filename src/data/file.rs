//! Where a value is in a file, and what can be wrong there.

use std::path::PathBuf;

/// An object of a file: `/obsm/X_pca` of `pbmc.h5ad`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFile {
    pub file: PathBuf,
    /// Path of the object inside of the file, from the root; empty for formats without objects.
    pub object: String,
    /// Which opening of the file: another file may take its path while this one is read. 0 is any.
    pub opened: u64,
}

/// Something is wrong with a file: which one, which part of it, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct FileError {
    pub file: PathBuf,
    /// The object inside of the file, such as `/X/indptr`, where one is at fault.
    pub object: Option<String>,
    /// What is wrong, as a headline: lower case, no full stop.
    pub problem: String,
    /// What the person can do.
    pub remedy: Option<String>,
    pub fault: FileFault,
}

/// What kind of thing is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FileFault {
    #[default]
    Broken,
    /// Nothing is wrong: an end was asked for ([`super::stop`]).
    Stopped,
    /// Values are in other files, which may not be read for it.
    Outside,
    /// What the file asks for does not fit into the memory that is allowed.
    Memory,
    /// It has no signature of HDF5, and may be of another format.
    NotHdf5,
    /// It is of a format that sca does not read.
    UnknownFormat,
    /// It lies elsewhere, and was not to be had; another time it may be.
    Remote,
}

impl FileError {
    pub fn new(file: impl Into<PathBuf>, problem: impl Into<String>) -> Self {
        FileError {
            file: file.into(),
            object: None,
            problem: problem.into(),
            remedy: None,
            fault: FileFault::Broken,
        }
    }

    /// An end was asked for while the file was read or written.
    pub fn stopped(file: impl Into<PathBuf>) -> Self {
        FileError::new(file, "was not read to its end").of(FileFault::Stopped)
    }

    /// The same fault, as one of memory: the exit status says so.
    pub fn of_memory(self) -> Self {
        self.of(FileFault::Memory)
            .remedy("if the file is correct, allow more memory with set memory=")
    }

    pub fn of(mut self, fault: FileFault) -> Self {
        self.fault = fault;
        self
    }

    pub fn object(mut self, object: impl Into<String>) -> Self {
        self.object = Some(object.into());
        self
    }

    /// What was said first stays: it is nearer to the cause.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy.get_or_insert_with(|| remedy.into());
        self
    }
}

//! Writing a dataset, part by part, as anndata 0.12 does: an .h5ad, or a zarr store.
//!
//! The file or folder grows beside its target under another name and takes the target's place when it is
//! finished; whatever happens before, the target is untouched. Parts can be written in any
//! order and from any thread; matrices are streamed. `null` is written where it was read alone:
//! readers before anndata 0.11 fail on it.

use super::provenance::MARK;
use super::sink::{MatrixForm, MatrixSink};
pub use super::slots::WriteOptions;
use super::slots::{Part, Shared};
use crate::data::{FileError, InFile, Names, SlotName, Value};
use crate::io::packing::RecentChunks;
use crate::io::target::{Target, WriteFormat};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

/// A dataset that is being written. Dropped unfinished, it leaves nothing behind.
#[derive(Debug)]
pub struct Writer {
    shared: Arc<Shared>,
    path: PathBuf,
    main: Part,
}

impl Writer {
    /// Begins a file that will have these cells and genes.
    ///
    /// # Errors
    /// The folder does not exist, cannot be written to, or is full.
    pub fn create(
        path: &Path,
        obs_names: &Names,
        var_names: &Names,
        options: WriteOptions,
    ) -> Result<Writer, FileError> {
        let shared = Shared {
            file: Target::create(path, options.format, options.compression)?,
            options,
            n_cells: obs_names.len(),
            positions: RecentChunks::default(),
            unfinished: AtomicUsize::new(0),
            frames: Mutex::default(),
        };
        shared.file.encoding("/", "anndata", "0.1.0")?;
        shared.file.text_attribute("/", MARK, "uns/sca/made")?;
        for place in GROUPS {
            shared.dictionary(&format!("/{place}"))?;
        }
        shared.frame("/obs", obs_names.clone())?;
        shared.frame("/var", var_names.clone())?;
        Ok(Writer {
            shared: Arc::new(shared),
            path: path.to_owned(),
            main: Part {
                base: "",
                n_genes: var_names.len(),
            },
        })
    }

    /// Whether [`Writer::copy`] copies: from HDF5 to HDF5.
    pub fn copies(&self) -> bool {
        self.shared.options.format == WriteFormat::H5ad
    }

    /// What the names of the cells and of the genes are called; `_index` where nothing is said.
    pub fn call_names(&self, cells: Option<&str>, genes: Option<&str>) {
        self.shared.call_index("/obs", cells);
        self.shared.call_index("/var", genes);
    }

    /// Writes a value to a slot of `obs`, `var`, `obsm`, `varm`, `obsp`, `varp` or `uns`.
    ///
    /// # Errors
    /// The disk is full; the value has the wrong length or cannot be written to such a slot.
    pub fn slot(&self, name: &SlotName, value: &Value) -> Result<(), FileError> {
        self.shared.slot(&self.main, name, value)
    }

    /// Copies what lies unchanged in another .h5ad to an .h5ad, unread: a slot, a matrix, a branch of `uns`.
    ///
    /// # Errors
    /// As [`Writer::slot`], and if the original is gone or damaged.
    pub fn copy(&self, name: &SlotName, from: &InFile) -> Result<(), FileError> {
        self.shared.copy(&self.main, name, from)
    }

    /// Begins `X` or a layer, to be filled from the first cell to the last.
    pub fn matrix(&self, name: &SlotName, form: MatrixForm) -> Result<MatrixSink, FileError> {
        matrix(&self.shared, &self.main, name, form)
    }

    /// Begins `raw`, with its own genes.
    pub fn raw(&self, var_names: &Names) -> Result<RawWriter, FileError> {
        let shared = Arc::clone(&self.shared);
        shared.file.group("/raw")?;
        shared.file.encoding("/raw", "raw", "0.1.0")?;
        shared.dictionary("/raw/varm")?;
        shared.frame("/raw/var", var_names.clone())?;
        let part = Part {
            base: "/raw",
            n_genes: var_names.len(),
        };
        Ok(RawWriter { shared, part })
    }

    /// Completes the file and puts it in the target's place.
    ///
    /// # Errors
    /// The disk is full, or a matrix was not finished. The target is untouched then.
    pub fn finish(self) -> Result<(), FileError> {
        let shared = Arc::into_inner(self.shared)
            .filter(|shared| shared.unfinished.load(SeqCst) == 0)
            .ok_or_else(|| FileError::new(&self.path, "a matrix was not written to its end"))?;
        shared.finish_frames()?;
        shared.file.finish()
    }
}

/// The part of a [`Writer`] that is `raw`.
#[derive(Debug)]
pub struct RawWriter {
    shared: Arc<Shared>,
    part: Part,
}

impl RawWriter {
    /// As [`Writer::call_names`].
    pub fn call_names(&self, genes: Option<&str>) {
        self.shared.call_index("/raw/var", genes);
    }

    /// Writes a value to `raw`'s `var` or `varm`.
    pub fn slot(&self, name: &SlotName, value: &Value) -> Result<(), FileError> {
        self.shared.slot(&self.part, name, value)
    }

    /// Copies what lies unchanged in another file's `raw`.
    pub fn copy(&self, name: &SlotName, from: &InFile) -> Result<(), FileError> {
        self.shared.copy(&self.part, name, from)
    }

    /// Begins `raw`'s `X`.
    pub fn matrix(&self, form: MatrixForm) -> Result<MatrixSink, FileError> {
        matrix(&self.shared, &self.part, &SlotName::x(), form)
    }
}

const GROUPS: [&str; 6] = ["layers", "obsm", "obsp", "uns", "varm", "varp"];

fn matrix(
    shared: &Arc<Shared>,
    part: &Part,
    name: &SlotName,
    form: MatrixForm,
) -> Result<MatrixSink, FileError> {
    let path = shared.path(part, name);
    MatrixSink::create(Arc::clone(shared), path, part.n_genes, form)
}

#[cfg(test)]
mod tests;

//! The slots of a file or store that is being written: where each goes, how long it must be, and the frames whose
//! columns come one by one.

use super::elements;
use crate::data::{Column, FileError, FrameIndex, InFile, Names, Place, SlotName, Uns, Value};
use crate::io::h5::Object;
use crate::io::packing::{Compression, RecentChunks};
use crate::io::target::{Target, WriteFormat};
use indexmap::IndexMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};

/// How a dataset is written.
#[derive(Debug, Clone, Copy)]
pub struct WriteOptions {
    pub format: WriteFormat,
    /// In HDF5, of matrices and graphs: everything else is small and stays plain.
    pub compression: Compression,
}

impl Default for WriteOptions {
    fn default() -> Self {
        WriteOptions {
            format: WriteFormat::H5ad,
            compression: Compression::Gzip,
        }
    }
}

/// What the writer shares with the sinks of its matrices.
#[derive(Debug)]
pub struct Shared {
    pub file: Target,
    pub options: WriteOptions,
    pub n_cells: usize,
    /// Positions of genes, which X and its layers often share.
    pub positions: RecentChunks,
    /// Matrices begun and not finished.
    pub unfinished: AtomicUsize,
    /// `/obs`, `/var`, `/raw/var`.
    pub frames: Mutex<IndexMap<String, Frame>>,
}

#[derive(Debug)]
pub struct Frame {
    /// Texts.
    index: Column,
    /// What the index should be called.
    called: Option<String>,
    /// In the order of writing.
    columns: Vec<String>,
}

/// The dataset itself, or its `raw`.
#[derive(Debug, Clone)]
pub struct Part {
    /// Path of the group: empty, or `/raw`.
    pub base: &'static str,
    pub n_genes: usize,
}

impl Shared {
    pub fn dictionary(&self, path: &str) -> Result<(), FileError> {
        self.file.group(path)?;
        self.file.encoding(path, "dict", "0.1.0")
    }

    pub fn frame(&self, path: &str, index: Names) -> Result<(), FileError> {
        self.file.group(path)?;
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        let frame = Frame {
            index: Column::Text(index),
            called: None,
            columns: Vec::new(),
        };
        frames.insert(path.to_owned(), frame);
        Ok(())
    }

    pub fn call_index(&self, path: &str, called: Option<&str>) {
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(frame) = frames.get_mut(path) {
            frame.called = called.map(str::to_owned);
        }
    }

    /// The path of a slot. A column is noted down in its frame.
    pub fn path(&self, part: &Part, name: &SlotName) -> String {
        let group = format!("{}/{}", part.base, name.place.word());
        if name.place == Place::X {
            return group;
        }
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(frame) = frames.get_mut(&group) {
            frame.columns.push(name.key.clone());
        }
        format!("{group}/{}", name.key)
    }

    pub fn slot(&self, part: &Part, name: &SlotName, value: &Value) -> Result<(), FileError> {
        let n = match name.place {
            Place::Obs | Place::Obsm | Place::Obsp => Some(self.n_cells),
            Place::Var | Place::Varm | Place::Varp => Some(part.n_genes),
            Place::X | Place::Layers | Place::Uns => None,
        };
        let path = self.path(part, name);
        if let (Some(n), Some(found)) =
            (n, elements::length(value).filter(|&found| n != Some(found)))
        {
            let reason = format!("it has {found} values instead of {n}");
            return Err(self.file.fault(&path, &reason));
        }
        match self.named_as_parent(part, name.place, value) {
            Some(frame) => self.elements().value(&path, &frame),
            None => self.elements().value(&path, value),
        }
    }

    pub fn copy(&self, part: &Part, name: &SlotName, from: &InFile) -> Result<(), FileError> {
        let path = self.path(part, name);
        let from = self.file.copy(from, &path)?;
        self.index_as_parent(part, name, &from, &path)
    }

    /// A data frame in `obsm` or `varm` has the names of the cells or genes as its index: anndata
    /// compares them, and the kind of text with them.
    fn index_as_parent(
        &self,
        part: &Part,
        name: &SlotName,
        from: &Object,
        path: &str,
    ) -> Result<(), FileError> {
        let text = |attribute| from.texts(attribute)?.into_iter().next();
        let is_frame = text("encoding-type").is_some_and(|encoding| encoding == "dataframe");
        let names = self.names_along(part, name.place);
        let (true, Some(names), Some(index)) = (is_frame, names, text("_index")) else {
            return Ok(());
        };
        let path = format!("{path}/{index}");
        self.file.remove(&path)?;
        self.elements().column(&path, &names)
    }

    /// Names of the cells or genes, for a slot whose rows they are.
    fn names_along(&self, part: &Part, place: Place) -> Option<Column> {
        let frame = match place {
            Place::Obsm => "/obs".to_owned(),
            Place::Varm => format!("{}/var", part.base),
            _ => return None,
        };
        let frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        frames.get(&frame).map(|frame| frame.index.clone())
    }

    fn elements(&self) -> elements::Elements<'_> {
        elements::Elements {
            file: &self.file,
            compression: self.options.compression,
        }
    }

    /// The value with the names of the dataset as its index, if it is a data frame in `obsm` or
    /// `varm`; see [`Shared::index_as_parent`].
    fn named_as_parent(&self, part: &Part, place: Place, value: &Value) -> Option<Value> {
        let Some(Uns::Frame(index, columns)) = value.uns().map(|uns| &**uns) else {
            return None;
        };
        let index = FrameIndex {
            values: self.names_along(part, place)?,
            called: index.called.clone(),
        };
        let frame = Uns::Frame(Arc::new(index), columns.clone());
        Some(Value::Uns(Arc::new(frame)))
    }

    /// Indices and attributes of the frames, now that all columns are known.
    pub fn finish_frames(&self) -> Result<(), FileError> {
        let elements = self.elements();
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        for (path, frame) in frames.drain(..) {
            let called = frame.called.as_deref();
            elements.frame_index(&path, &frame.index, called, &frame.columns)?;
        }
        Ok(())
    }
}

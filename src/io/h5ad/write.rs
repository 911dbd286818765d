//! Writing an .h5ad, part by part, as anndata 0.12 does.
//!
//! The file grows beside its target under another name and takes the target's place when it is
//! finished; whatever happens before, the target is untouched. Parts can be written in any
//! order and from any thread; matrices are streamed. `null` is written where it was read alone:
//! readers before anndata 0.11 fail on it.

use super::elements;
use super::made::MARK;
use super::sink::{MatrixForm, MatrixSink};
use crate::data::{Column, FileError, FrameIndex, InFile, Names, Place, SlotName, Uns, Value};
use crate::io::h5::{Compression, H5File, NewFile, Object, RecentChunks};
use crate::io::unfinished::Unfinished;
use indexmap::IndexMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

/// How an .h5ad is written.
#[derive(Debug, Clone, Copy)]
pub struct WriteOptions {
    /// Of matrices and graphs. Everything else is small and stays plain.
    pub compression: Compression,
}

impl Default for WriteOptions {
    fn default() -> Self {
        WriteOptions {
            compression: Compression::Gzip,
        }
    }
}

/// An .h5ad that is being written. Dropped unfinished, it leaves nothing behind.
#[derive(Debug)]
pub struct Writer {
    shared: Option<Arc<Shared>>,
    target: PathBuf,
    /// The file it grows in; none once it was finished.
    unfinished: Option<Unfinished>,
    main: Part,
}

/// What the writer shares with the sinks of its matrices.
#[derive(Debug)]
pub(super) struct Shared {
    pub file: NewFile,
    pub options: WriteOptions,
    pub n_cells: usize,
    /// Positions of genes, which X and its layers often share.
    pub positions: RecentChunks,
    /// Matrices begun and not finished.
    pub unfinished: AtomicUsize,
    /// `/obs`, `/var`, `/raw/var`.
    frames: Mutex<IndexMap<String, Frame>>,
}

#[derive(Debug)]
struct Frame {
    /// Texts.
    index: Column,
    /// What the index should be called.
    called: Option<String>,
    /// In the order of writing.
    columns: Vec<String>,
}

/// The dataset itself, or its `raw`.
#[derive(Debug, Clone)]
struct Part {
    /// Path of the group: empty, or `/raw`.
    base: &'static str,
    n_genes: usize,
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
        // A link is followed: it should lead to the new file, not be replaced by it.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if target.is_dir() {
            return Err(
                FileError::new(path, "is a folder").remedy("give a file name, such as out.h5ad")
            );
        }
        let (unfinished, _) = Unfinished::create(path)?;
        let temporary = unfinished.path().to_owned();
        // That was to see whether it can be. The library would make it empty again, and ext4 writes
        // all of a file that was made empty to the disk when it is closed: half a second a gigabyte.
        let _ = fs::remove_file(&temporary);
        let main = Part {
            base: "",
            n_genes: var_names.len(),
        };
        let mut writer = Writer {
            shared: None,
            target,
            unfinished: Some(unfinished),
            main,
        };
        let shared = Shared {
            file: NewFile::create(&temporary, path)?,
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
        writer.shared = Some(Arc::new(shared));
        Ok(writer)
    }

    fn shared(&self) -> &Arc<Shared> {
        self.shared
            .as_ref()
            .unwrap_or_else(|| unreachable!("there until finished"))
    }

    /// What the names of the cells and of the genes are called; `_index` where nothing is said.
    pub fn call_names(&self, cells: Option<&str>, genes: Option<&str>) {
        self.shared().call_index("/obs", cells);
        self.shared().call_index("/var", genes);
    }

    /// Writes a value to a slot of `obs`, `var`, `obsm`, `varm`, `obsp`, `varp` or `uns`.
    ///
    /// # Errors
    /// The disk is full; the value has the wrong length or cannot be written to such a slot.
    pub fn slot(&self, name: &SlotName, value: &Value) -> Result<(), FileError> {
        self.shared().slot(&self.main, name, value)
    }

    /// Copies what lies unchanged in another .h5ad, unread: a slot, a matrix, a branch of `uns`.
    ///
    /// # Errors
    /// As [`Writer::slot`], and if the original is gone or damaged.
    pub fn copy(&self, name: &SlotName, from: &InFile) -> Result<(), FileError> {
        self.shared().copy(&self.main, name, from)
    }

    /// Begins `X` or a layer, to be filled from the first cell to the last.
    pub fn matrix(&self, name: &SlotName, form: MatrixForm) -> Result<MatrixSink, FileError> {
        self.shared().matrix(&self.main, name, form)
    }

    /// Begins `raw`, with its own genes.
    pub fn raw(&self, var_names: &Names) -> Result<RawWriter, FileError> {
        let shared = Arc::clone(self.shared());
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
    pub fn finish(mut self) -> Result<(), FileError> {
        let fault = |problem: &str| FileError::new(&self.target, problem);
        let shared = self
            .shared
            .take()
            .ok_or_else(|| fault("is finished already"))?;
        let shared = Arc::into_inner(shared)
            .filter(|shared| shared.unfinished.load(SeqCst) == 0)
            .ok_or_else(|| fault("a matrix was not written to its end"))?;
        shared.finish_frames()?;
        shared.file.close()?;
        match self.unfinished.take() {
            Some(unfinished) => unfinished.finish()?,
            None => return Err(fault("is finished already")),
        }
        crate::io::probe::trust(&self.target);
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The library closes the file before it is deleted.
        self.shared = None;
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
        self.shared.matrix(&self.part, &SlotName::x(), form)
    }
}

const GROUPS: [&str; 6] = ["layers", "obsm", "obsp", "uns", "varm", "varp"];

impl Shared {
    fn dictionary(&self, path: &str) -> Result<(), FileError> {
        self.file.group(path)?;
        self.file.encoding(path, "dict", "0.1.0")
    }

    fn frame(&self, path: &str, index: Names) -> Result<(), FileError> {
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

    fn call_index(&self, path: &str, called: Option<&str>) {
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(frame) = frames.get_mut(path) {
            frame.called = called.map(str::to_owned);
        }
    }

    /// The path of a slot. A column is noted down in its frame.
    fn path(&self, part: &Part, name: &SlotName) -> String {
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

    fn slot(&self, part: &Part, name: &SlotName, value: &Value) -> Result<(), FileError> {
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

    fn copy(&self, part: &Part, name: &SlotName, from: &InFile) -> Result<(), FileError> {
        let path = self.path(part, name);
        let from = stored(from)?;
        self.file.copy(&from, &path)?;
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

    fn matrix(
        self: &Arc<Self>,
        part: &Part,
        name: &SlotName,
        form: MatrixForm,
    ) -> Result<MatrixSink, FileError> {
        let path = self.path(part, name);
        MatrixSink::create(Arc::clone(self), path, part.n_genes, form)
    }

    /// Indices and attributes of the frames, now that all columns are known.
    fn finish_frames(&self) -> Result<(), FileError> {
        let elements = self.elements();
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        for (path, frame) in frames.drain(..) {
            let called = frame.called.as_deref();
            elements.frame_index(&path, &frame.index, called, &frame.columns)?;
        }
        Ok(())
    }
}

/// The object that lies in a file.
pub(super) fn stored(from: &InFile) -> Result<Object, FileError> {
    let file = H5File::of(from)?;
    Object::at(&file, &from.object)?.ok_or_else(|| {
        FileError::new(&from.file, format!("no longer has {}", from.object))
            .object(&from.object)
            .remedy("the file was changed after it was opened: open it again")
    })
}

#[cfg(test)]
mod tests {
    use super::super::sink::Encoded;
    use super::*;
    use crate::data::{Column, Dataset, ElementType, Matrix, NumberType, Rows, Uns};
    use crate::io::h5ad::open;
    use crate::io::testing::{all_rows, data, everything, folder, load, same};
    use std::sync::Arc;

    /// Writes a dataset: each slot copied where it lies in a file, if `copies`, else by its value.
    fn write(dataset: &Dataset, path: &Path, copies: bool) -> Result<(), FileError> {
        use crate::data::Place::*;
        let obs_names = load(&dataset.obs_names.value)?.names().unwrap().clone();
        let var_names = load(&dataset.var_names.value)?.names().unwrap().clone();
        let writer = Writer::create(path, &obs_names, &var_names, WriteOptions::default())?;
        writer.call_names(dataset.obs_index.as_deref(), dataset.var_index.as_deref());
        for place in [Obs, Var, Obsm, Varm, Obsp, Varp, Uns] {
            for (key, slot) in dataset.slots(place).unwrap() {
                let name = SlotName::new(place, key.clone());
                match slot.value.in_file().filter(|_| copies) {
                    Some(from) => writer.copy(&name, &from)?,
                    None => writer.slot(&name, &load(&slot.value)?)?,
                }
            }
        }
        let x = dataset.x.iter().map(|x| (SlotName::x(), x));
        let layers = dataset.layers.iter();
        for (name, matrix) in x.chain(layers.map(|(key, m)| (SlotName::new(Layers, key), m))) {
            match matrix.blocks.in_file().filter(|_| copies) {
                Some(from) => writer.copy(&name, &from)?,
                None => stream(matrix, writer.matrix(&name, MatrixForm::of(matrix))?)?,
            }
        }
        if let Some(raw) = &dataset.raw {
            let names = load(&raw.var_names.value)?.names().unwrap().clone();
            let part = writer.raw(&names)?;
            part.call_names(raw.var_index.as_deref());
            for (place, slots) in [(Var, &raw.var), (Varm, &raw.varm)] {
                for (key, slot) in slots {
                    part.slot(&SlotName::new(place, key.clone()), &load(&slot.value)?)?;
                }
            }
            stream(&raw.x, part.matrix(MatrixForm::of(&raw.x))?)?;
        }
        writer.finish()
    }

    fn stream(matrix: &Matrix, mut sink: MatrixSink) -> Result<(), FileError> {
        for ends in matrix.blocks.grains()?.windows(2) {
            push(&mut sink, &matrix.blocks.read(ends[0]..ends[1])?)?;
        }
        sink.finish()
    }

    fn push(sink: &mut MatrixSink, rows: &Rows) -> Result<(), FileError> {
        let mut cells = Encoded::default();
        sink.encoder().encode(rows.view(), &mut cells);
        sink.push(&cells)
    }

    fn assert_same(a: &Dataset, b: &Dataset, path: &Path) {
        let (of_a, of_b) = (everything(a).unwrap(), everything(b).unwrap());
        // Columns keep their order; other groups are sorted by name in the file.
        for (name, value) in &of_a {
            let other = of_b.iter().find(|(other, _)| other == name);
            let other = &other.unwrap_or_else(|| panic!("{name} is lost")).1;
            let stored = matches!(value, Value::Uns(uns) if format!("{uns:?}").contains("Stored"));
            assert!(stored || same(value, other), "{name} of {}", path.display());
        }
        assert_eq!(of_a.len(), of_b.len());
        let indices = |d: &Dataset| {
            let raw = d.raw.as_ref().and_then(|raw| raw.var_index.clone());
            (d.obs_index.clone(), d.var_index.clone(), raw)
        };
        assert_eq!(indices(a), indices(b), "{}", path.display());
        assert_eq!(
            a.layers.keys().collect::<Vec<_>>(),
            b.layers.keys().collect::<Vec<_>>()
        );
        let matrices = |d: &Dataset| {
            let raw = d.raw.iter().map(|raw| raw.x.clone());
            let all = d.x.iter().chain(d.layers.values()).cloned().chain(raw);
            all.map(|m| (all_rows(&m).unwrap(), m.state))
                .collect::<Vec<_>>()
        };
        assert_eq!(format!("{:?}", matrices(a)), format!("{:?}", matrices(b)));
    }

    #[test]
    fn write_then_read_is_identity_for_every_file() {
        let Some(formats) = data("formats") else {
            return;
        };
        let out = folder("round-trip");
        let mut files = vec![data("pbmc68k_reduced/10x_pbmc68k_reduced.h5ad").unwrap()];
        let mut folders = vec![formats];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path)
                } else {
                    files.push(path)
                }
            }
        }
        files.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "h5ad")
        });
        for path in &files {
            let parent = path.parent().and_then(Path::file_name).unwrap();
            let stem = format!("{}-{}", parent.display(), crate::io::file_name(path));
            for copies in [false, true] {
                let dataset = open(path).unwrap().dataset;
                let written = out.join(format!("{copies}-{stem}"));
                write(&dataset, &written, copies).unwrap_or_else(|error| panic!("{error:?}"));
                let again = open(&written).unwrap();
                assert_eq!(again.warnings, []);
                assert_same(&dataset, &again.dataset, path);
            }
        }
    }

    fn names(n: usize) -> Names {
        (0..n).map(|i| format!("n{i}")).collect()
    }

    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn whole_numbers_stay_whole_and_their_type_is_kept() {
        let folder = folder("whole");
        let path = folder.join("a.h5ad");
        let rows = Rows::new((2, 3), vec![0, 2, 3], vec![0, 2, 1], vec![1.0, 300.0, 7.0]);
        let writer = Writer::create(&path, &names(2), &names(3), WriteOptions::default()).unwrap();
        let form = MatrixForm {
            stored: ElementType::Number(NumberType::U16),
            dense: false,
            by_gene: false,
        };
        let mut sink = writer.matrix(&SlotName::x(), form).unwrap();
        push(&mut sink, &rows).unwrap();
        sink.finish().unwrap();
        let form = MatrixForm {
            stored: ElementType::Number(NumberType::I8),
            dense: true,
            by_gene: false,
        };
        let mut sink = writer
            .matrix(&SlotName::new(Place::Layers, "a"), form)
            .unwrap();
        assert!(
            push(&mut sink, &rows)
                .unwrap_err()
                .problem
                .contains("does not fit")
        );
        let form = MatrixForm {
            stored: ElementType::Number(NumberType::F32),
            dense: true,
            by_gene: false,
        };
        let mut sink = writer
            .matrix(&SlotName::new(Place::Layers, "b"), form)
            .unwrap();
        push(&mut sink, &rows).unwrap();
        sink.finish().unwrap();
        drop(writer);
        assert!(!path.exists());
    }

    #[test]
    fn an_unfinished_file_leaves_the_target_alone_and_nothing_behind() {
        let folder = folder("unfinished");
        let path = folder.join("a.h5ad");
        let write = || Writer::create(&path, &names(2), &names(3), WriteOptions::default());
        write().unwrap().finish().unwrap();
        let before = fs::read(&path).unwrap();
        let writer = write().unwrap();
        assert_eq!(entries(&folder), 2);
        let form = MatrixForm {
            stored: ElementType::Number(NumberType::F32),
            dense: false,
            by_gene: false,
        };
        let sink = writer.matrix(&SlotName::x(), form).unwrap();
        assert!(writer.finish().is_err());
        drop(sink);
        assert_eq!(entries(&folder), 1);
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn the_file_may_replace_the_one_that_is_being_read() {
        let Some(original) = data("pbmc68k_reduced/10x_pbmc68k_reduced.h5ad") else {
            return;
        };
        let folder = folder("replace");
        let path = folder.join("a.h5ad");
        fs::copy(&original, &path).unwrap();
        let dataset = open(&path).unwrap().dataset;
        // Twice: the second time the path leads to the first copy, the dataset to the original.
        write(&dataset, &path, true).unwrap();
        write(&dataset, &path, false).unwrap();
        assert_same(&dataset, &open(&path).unwrap().dataset, &path);
    }

    #[test]
    fn the_same_data_makes_the_same_bytes() {
        let folder = folder("bytes");
        let write = |name: &str| {
            let path = folder.join(name);
            let writer = Writer::create(&path, &names(2), &names(3), WriteOptions::default());
            let writer = writer.unwrap();
            let column = Column::category(vec![0, -1], names(2));
            let slot = SlotName::new(Place::Obs, "c");
            writer
                .slot(&slot, &Value::Column(Arc::new(column)))
                .unwrap();
            let tree = Uns::map().with("a", 1.5).with("b", "text").with("c", true);
            let slot = SlotName::new(Place::Uns, "tree");
            writer.slot(&slot, &Value::Uns(Arc::new(tree))).unwrap();
            writer.finish().unwrap();
            fs::read(path).unwrap()
        };
        assert_eq!(write("a.h5ad"), write("b.h5ad"));
    }

    #[test]
    fn mistakes_are_told() {
        let nowhere = Path::new("/no/such/folder/a.h5ad");
        let error = Writer::create(nowhere, &names(1), &names(1), WriteOptions::default());
        assert_eq!(error.unwrap_err().problem, "the folder does not exist");
        let folder = folder("mistakes");
        let path = folder.join("a.h5ad");
        let writer = Writer::create(&path, &names(2), &names(3), WriteOptions::default()).unwrap();
        let column = Value::Column(Arc::new(Column::Bool(vec![true])));
        let error = writer
            .slot(&SlotName::new(Place::Obs, "a"), &column)
            .unwrap_err();
        assert_eq!(error.object.as_deref(), Some("/obs/a"));
        assert!(
            error.problem.contains("1 values instead of 2"),
            "{}",
            error.problem
        );
    }
}

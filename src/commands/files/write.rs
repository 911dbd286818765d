//! `write`: a dataset as .h5ad or .zarr, in anndata's current format, or as a folder of 10x.

mod as_stored;
mod format;
mod record;
mod streams;
mod tenx;

use crate::command::params::{Count, Data, Flag, Many, PathOut};
use crate::command::{Command, Job, Reply, Scene, Spec, Val};
use crate::data::{
    Dataset, FileError, InFile, Lazy, Matrix, Names, Place, Promise, Slot, SlotName, Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::io::WriteFormat;
use crate::io::h5ad::{WriteOptions, Writer};
use crate::plan::engine::of_file;
use crate::plan::{Engine, View, aligned};
use crate::source::Origin;
use crate::{params, words};
use format::{Form, Packing};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use streams::Stream;

words! {
    /// Parts of a dataset.
    Selection {
        /// the matrix
        X = "X",
        /// other matrices of the same shape, such as the counts
        Layers = "layers",
        /// columns of cells
        Obs = "obs",
        /// columns of genes
        Var = "var",
        /// representations of cells, such as X_pca
        Obsm = "obsm",
        /// arrays of genes, such as loadings
        Varm = "varm",
        /// graphs of cells
        Obsp = "obsp",
        /// graphs of genes
        Varp = "varp",
        /// unstructured results
        Uns = "uns",
        /// the raw matrix, with its own genes
        Raw = "raw",
    }
}

params! {
    Write {
        /// The dataset.
        adata: Data,
        /// The .h5ad, .zarr or folder to write. An existing file or store is replaced when the new one is complete.
        path: PathOut,
        /// File format, if the name does not show it.
        format: Option<Form>,
        /// Version of the zarr format: 3, in shards, or 2 for anndata before 0.12; by default 3.
        zarr_format: Option<Count>,
        /// How matrices are compressed; by default with gzip in .h5ad and zstd in .zarr.
        compression: Option<Packing>,
        /// The parts to write, as in keep=[X, obs, obsm]; by default all. Names of cells and genes are always written.
        keep: Option<Many<Selection>>,
        /// Whether a write-protected file or store may be replaced.
        overwrite: Flag = false,
    }
}

impl Command for Write {
    const SPEC: Spec = Spec {
        name: "write",
        summary: "Write a dataset as .h5ad or .zarr.",
        keywords: "save export h5ad zarr",
        about: "Computes pending steps and streams the matrices; Python's anndata opens the file.\nUnmodified data are written unchanged.\nA .zarr is a folder of chunks, version 3 in shards as anndata 0.13 writes it; version 2: zarr_format=2.\nFor R, write a folder: write adata \"out/\" format=10x. Seurat opens it with two lines: counts <- Read10X(\"out\"), and CreateSeuratObject(counts, meta.data = read.csv(\"out/obs.csv\", row.names = 1)); scanpy with sc.read_10x_mtx(\"out\").",
        like: &[
            "sc.write",
            "adata.write_h5ad",
            "adata.write_zarr",
            "SaveH5Seurat",
        ],
        examples: &[
            "write adata \"out.h5ad\"",
            "write adata \"out.h5ad\" keep=[X, obs, var, obsm]",
            "write adata \"out.zarr\"",
            "write adata \"out/\" format=\"10x\"",
        ],
        holds: "a few blocks of cells",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let Some(format) = format::chosen(&self, scene)? else {
            return tenx::plan(self, scene);
        };
        let path = PathBuf::from(&self.path.0);
        format::check_path(scene, &path, format, self.overwrite.0)?;
        let options = format::options(&self, scene, format)?;
        let data = match &self.keep {
            Some(keep) => Arc::new(kept(&self.adata.0, &keep.0)),
            None => self.adata.0,
        };
        if format != WriteFormat::H5ad {
            format::check_content(scene, &data)?;
        }
        let mut slots = gather(&data, format);
        leave_out(scene, &data, &mut slots);
        let values: Vec<Option<Lazy>> = slots.iter().map(|slot| slot.value.clone()).collect();
        let needs = (scene.cell_names(&data), scene.gene_names(&data), values);
        let origin = scene.origin();
        let (file, shown) = (path.clone(), self.path.0.clone());
        let of = data.clone();
        let job = Job::new(needs, move |values, engine| {
            put(&of, (&file, options), &slots, values, engine, &origin).map(|()| Val::None)
        });
        Ok(Reply::Job(Job {
            writes: Some((path, Some((*data).clone()))),
            said: Some(format!("wrote {shown}")),
            ..job
        }))
    }
}

/// A dataset without the parts that are not in `keep`.
fn kept(data: &Dataset, keep: &[Selection]) -> Dataset {
    use Place::*;
    let mut data = data.clone();
    if !keep.contains(&Selection::X) {
        data.x = None;
    }
    if !keep.contains(&Selection::Layers) {
        data.layers.clear();
    }
    if !keep.contains(&Selection::Raw) {
        data.raw = None;
    }
    for (place, word) in [
        (Obs, Selection::Obs),
        (Var, Selection::Var),
        (Obsm, Selection::Obsm),
        (Varm, Selection::Varm),
        (Obsp, Selection::Obsp),
        (Varp, Selection::Varp),
        (Uns, Selection::Uns),
    ] {
        if let (false, Some(slots)) = (keep.contains(&word), data.slots_mut(place)) {
            slots.clear();
        }
    }
    data
}

/// A slot to be written: copied as it is stored in a file, or from a value.
struct Entry {
    name: SlotName,
    copy: Option<InFile>,
    value: Option<Lazy>,
}

fn gather(data: &Dataset, format: WriteFormat) -> Vec<Entry> {
    use Place::*;
    let mut entries = Vec::new();
    for place in [Obs, Var, Obsm, Varm, Obsp, Varp, Uns] {
        for (key, slot) in data.slots(place).into_iter().flatten() {
            let name = SlotName::new(place, key.clone());
            // Our own record is made again.
            if place == Uns && key == "sca" {
                continue;
            }
            entries.push(entry(name, slot, data, format));
        }
    }
    entries
}

fn entry(name: SlotName, slot: &Slot, data: &Dataset, format: WriteFormat) -> Entry {
    let axis = data.axis(name.place);
    let unchanged = match (&slot.rows, axis) {
        (Some(made_on), Some(axis)) => made_on.same(axis),
        _ => true,
    };
    let copies = unchanged && format == WriteFormat::H5ad;
    match slot.value.in_file().filter(|_| copies) {
        Some(place) => Entry {
            name,
            copy: Some(place),
            value: None,
        },
        None => {
            let value = aligned(&exact(&name, slot), axis);
            Entry {
                name,
                copy: None,
                value: Some(value),
            }
        }
    }
}

/// The slot with all digits that its file has; columns have them as they are.
fn exact(name: &SlotName, slot: &Slot) -> Slot {
    let mut slot = slot.clone();
    if !matches!(name.place, Place::Obs | Place::Var) {
        slot.value = slot.value.exact();
    }
    slot
}

/// Cells or genes were left out since: what is only known as stored does not belong to the rest.
fn leave_out(scene: &mut Scene, data: &Dataset, slots: &mut Vec<Entry>) {
    slots.retain(|slot| {
        let stored = data.slot(&slot.name).map(|slot| &slot.value);
        let kept = stored
            .is_some_and(|value| value.promise() == Promise::Unknown && value.in_file().is_some());
        if kept && slot.copy.is_none() {
            let name = &slot.name;
            scene.note(
                Diagnostic::warning(
                    code::SLOT_LEFT_OUT,
                    format!("{name} is left out: sca cannot subset the way it is stored"),
                )
                .label(
                    scene.args.span("adata"),
                    "has been filtered since it was read",
                )
                .in_source(scene.source),
            );
        }
        !kept || slot.copy.is_some()
    });
}

fn put(
    data: &Arc<Dataset>,
    (path, options): (&Path, WriteOptions),
    slots: &[Entry],
    (cells, genes, values): (Arc<Names>, Arc<Names>, Vec<Option<Value>>),
    engine: &Engine,
    origin: &Origin,
) -> Outcome<()> {
    let said = |error: FileError| of_file(error).at(origin);
    let writer = Writer::create(path, &cells, &genes, options).map_err(said)?;
    writer.call_names(data.obs_index.as_deref(), data.var_index.as_deref());
    for (slot, value) in slots.iter().zip(&values) {
        match (&slot.copy, value) {
            (Some(place), _) => {
                if let Some(stored) = data.slot(&slot.name) {
                    stored.value.check().map_err(said)?;
                }
                writer.copy(&slot.name, place).map_err(said)?;
            }
            (None, Some(value)) => writer.slot(&slot.name, value).map_err(said)?,
            (None, None) => {}
        }
    }
    let layers = data.layers.iter();
    let layers = layers.map(|(key, layer)| (SlotName::new(Place::Layers, key.clone()), layer));
    let mut streams = Vec::new();
    for (name, of) in data.x.iter().map(|x| (SlotName::x(), x)).chain(layers) {
        streams.extend(matrix(data, of, &name, &writer).map_err(said)?);
    }
    streams.extend(raw(data, &writer, engine, origin)?);
    // Slots as they were written are let go of before blocks are held.
    if let Some(release) = engine.release {
        release();
    }
    streams::fill(streams, engine, origin)?;
    // The totals that cells were brought to are known once their blocks have been made.
    let record = Value::Uns(Arc::new(record::record(data)));
    writer
        .slot(&SlotName::new(Place::Uns, "sca"), &record)
        .map_err(said)?;
    writer.finish().map_err(said)
}

/// Copies a matrix from a file unchanged; else gives what fills its place.
fn matrix(
    data: &Dataset,
    matrix: &Matrix,
    name: &SlotName,
    writer: &Writer,
) -> Result<Option<Stream>, FileError> {
    let untouched =
        matrix.steps.is_empty() && matrix.cells.same(&data.cells) && matrix.genes.same(&data.genes);
    let copies = untouched && writer.copies();
    if let (true, Some(place)) = (copies, matrix.blocks.in_file().filter(is_h5ad)) {
        matrix.blocks.check()?;
        return writer.copy(name, &place).map(|()| None);
    }
    let view = View::new(matrix, &data.cells, &data.genes);
    Stream::new(view, |form| writer.matrix(name, form)).map(Some)
}

fn is_h5ad(place: &InFile) -> bool {
    place
        .file
        .extension()
        .is_some_and(|extension| extension == "h5ad" || extension == "h5mu")
        && !place.object.is_empty()
}

/// `raw`, with its own genes; gives what fills its matrix, unless that was copied.
fn raw(
    data: &Dataset,
    writer: &Writer,
    engine: &Engine,
    origin: &Origin,
) -> Outcome<Option<Stream>> {
    let Some(raw) = &data.raw else {
        return Ok(None);
    };
    let said = |error: FileError| of_file(error).at(origin);
    let names = engine.value(&aligned(&raw.var_names, Some(&raw.genes)))?;
    let names = names.names().cloned().unwrap_or_default();
    let part = writer.raw(&names).map_err(said)?;
    part.call_names(raw.var_index.as_deref());
    for (place, slots) in [(Place::Var, &raw.var), (Place::Varm, &raw.varm)] {
        for (key, slot) in slots {
            let name = SlotName::new(place, key.clone());
            match slot
                .value
                .in_file()
                .filter(|_| slot.rows.as_ref().is_none_or(|rows| rows.same(&raw.genes)))
                .filter(|_| writer.copies())
            {
                Some(place) => {
                    slot.value.check().map_err(said)?;
                    part.copy(&name, &place).map_err(said)?;
                }
                None => {
                    let value = engine.value(&aligned(&exact(&name, slot), Some(&raw.genes)))?;
                    part.slot(&name, &value).map_err(said)?;
                }
            }
        }
    }
    let untouched = writer.copies()
        && raw.x.steps.is_empty()
        && raw.x.cells.same(&data.cells)
        && raw.x.genes.same(&raw.genes);
    match raw
        .x
        .blocks
        .in_file()
        .filter(|place| untouched && is_h5ad(place))
    {
        Some(place) => {
            raw.x.blocks.check().map_err(said)?;
            let copied = part.copy(&SlotName::x(), &place).map(|()| None);
            copied.map_err(said)
        }
        None => {
            let view = View::new(&raw.x, &data.cells, &raw.genes);
            Stream::new(view, |form| part.matrix(form))
                .map(Some)
                .map_err(said)
        }
    }
}

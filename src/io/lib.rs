//! Files to datasets and back.
//!
//! [`read`] opens any file sca knows: names and shapes at once, values when somebody asks.
//! [`h5ad::Writer`] writes. hdf5 is named here and nowhere else.

extern crate sca_data as data;
extern crate self as io;

pub mod cache;
mod chunks;
mod compressed;
pub mod csv;
pub mod csv_matrix;
mod declared;
mod dense;
mod features;
mod h5;
pub mod h5ad;
pub mod loom;
pub mod memory;
pub mod mtx;
mod once;
pub mod packed;
mod rows;
pub mod sheet;
mod stored;
pub mod tenx;
mod text;
mod transposed;
pub mod unfinished;
mod unknown;
mod visium;
mod zarr;

pub use features::Features;
pub use h5::Compression;
pub use h5::Deflate;
pub use h5::outside::allow as allow_outside;
pub use h5::probe;

use crate::data::matrix::LARGEST_LOG;
use crate::data::{Dataset, FileError, FileFault, Names, State};
use std::fs::File;
use std::path::Path;
use stored::Object;

/// A dataset as it was opened, and what is wrong with parts of it.
#[derive(Debug)]
pub struct Opened {
    pub dataset: Dataset,
    pub warnings: Vec<FileError>,
    /// What else the file holds: no mistake, and not read.
    pub notes: Vec<FileError>,
}

impl Opened {
    pub fn new(dataset: Dataset, warnings: Vec<FileError>) -> Self {
        Opened {
            dataset,
            warnings,
            notes: Vec::new(),
        }
    }
}

/// What is said of a file that it does not say itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// What it is, whatever its name.
    pub format: Option<Format>,
    /// Of a text: whether lines are genes and columns are cells.
    pub genes_in_rows: Option<bool>,
    /// Of a text: whether the first column holds names; its first lines tell, if `None`.
    pub row_names: Option<bool>,
    /// Of a text: whether values are whole numbers from 0 on; a few of them tell, if `None`.
    pub counts: Option<bool>,
    /// Which of the samples of a folder, by what their files' names share.
    pub sample: Option<String>,
    /// Which of the genomes of a 10x .h5; all, if `None`.
    pub genome: Option<String>,
    /// Which dataset of a file that holds several.
    pub modality: Option<String>,
    /// Which kinds of features.
    pub features: Features,
}

/// Formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    H5ad,
    Tenx,
    Loom,
    Zarr,
    Mtx,
    /// Texts: commas, tabs, or whatever stands between the fields.
    Csv,
    Tsv,
    Txt,
}

impl Format {
    pub fn is_text(self) -> bool {
        matches!(self, Format::Csv | Format::Tsv | Format::Txt)
    }
}

/// Opens a file or folder by what it contains, else by its extension.
///
/// # Errors
/// It does not exist, is damaged, or is of a kind that sca does not read: the remedy says how to
/// convert it.
pub fn read(path: &Path) -> Result<Opened, FileError> {
    read_with(path, &Hints::default())
}

/// [`read`], where more is known of the file than it says itself.
///
/// # Errors
/// As [`read`]; what was asked for (a kind of features, a genome, a sample) is not there.
pub fn read_with(path: &Path, hints: &Hints) -> Result<Opened, FileError> {
    let opened = match hints.format {
        Some(format) => read_as(path, format, hints)?,
        None if path.is_dir() => read_folder(path, hints)?,
        None => read_file(path, hints)?,
    };
    features::choose(opened, path, hints)
}

fn read_as(path: &Path, format: Format, hints: &Hints) -> Result<Opened, FileError> {
    match format {
        Format::H5ad => h5ad::open(path),
        Format::Tenx if path.is_dir() => mtx::open_folder(path, hints),
        Format::Tenx => tenx::open(path, hints),
        Format::Loom => loom::open(path),
        Format::Zarr => open_zarr(path, hints),
        Format::Mtx => mtx::open(path, hints),
        Format::Csv | Format::Tsv | Format::Txt => csv::open(path, hints),
    }
}

fn read_file(path: &Path, hints: &Hints) -> Result<Opened, FileError> {
    let name = plain_name(path);
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "mtx" => mtx::open(path, hints),
        "csv" | "tsv" | "txt" | "tab" | "data" => csv::open(path, hints),
        "rds" | "rdata" | "rda" => Err(of_r(path)),
        "h5seurat" => Err(of_seurat_disk(path)),
        "zip" | "zarr" => open_zarr(path, hints),
        "xlsx" | "xls" => Err(FileError::new(path, "is a spreadsheet")
            .of(FileFault::UnknownFormat)
            .remedy("save the sheet as .csv or .tsv and read that")),
        "h5ad" | "h5" | "hdf5" | "loom" | "h5mu" => read_hdf5(path, hints),
        other => read_hdf5(path, hints).map_err(|error| match error.fault {
            FileFault::NotHdf5 => unknown::ending(path, other),
            _ => error,
        }),
    }
}

fn read_hdf5(path: &Path, hints: &Hints) -> Result<Opened, FileError> {
    let root = Object::of_hdf5(path)?;
    let has = |name: &str| root.child(name).is_ok_and(|child| child.is_some());
    if let Some(modality) = modality(&root, hints)? {
        h5ad::open_root(modality)
    } else if has("obs") && has("var") {
        h5ad::open(path)
    } else if has("matrix") && has("row_attrs") && has("col_attrs") {
        loom::open(path)
    } else if has("matrix") || !tenx::genomes(&root)?.is_empty() {
        tenx::open(path, hints)
    } else {
        // Says what an .h5ad lacks.
        h5ad::open(path)
    }
}

fn read_folder(path: &Path, hints: &Hints) -> Result<Opened, FileError> {
    if let Some(positions) = visium::positions(path) {
        return visium::open(path, &positions, hints);
    }
    if !mtx::is_folder(path) && zarr::is_store(path) {
        return open_zarr(path, hints);
    }
    mtx::open_folder(path, hints)
}

/// HDF5 with Seurat's groups (SeuratDisk): cells and genes are named, factors and layers laid out in another way.
fn of_seurat_disk(path: &Path) -> FileError {
    let problem = "is an HDF5 file in SeuratDisk's layout, which sca does not read";
    FileError::new(path, problem)
        .of(FileFault::UnknownFormat)
        .remedy(format!(
            "in R: SeuratDisk::Convert({path:?}, dest = \"h5ad\")"
        ))
}

fn of_r(path: &Path) -> FileError {
    let h5ad = path.with_extension("h5ad");
    let is_image = plain_name(path)
        .rsplit_once('.')
        .is_some_and(|(_, extension)| extension != "rds");
    if is_image {
        let problem = "holds objects of R, which only R can read";
        return FileError::new(path, problem)
            .of(FileFault::UnknownFormat)
            .remedy(format!(
                "in R: library(zellkonverter)\n      name <- load({path:?})\n      \
             writeH5AD(as.SingleCellExperiment(get(name[1])), {h5ad:?})"
            ));
    }
    let problem = "is an R object, which only R can read";
    FileError::new(path, problem).of(FileFault::UnknownFormat).remedy(format!(
        "in R: library(zellkonverter)\n      writeH5AD(as.SingleCellExperiment(readRDS({:?})), {:?})",
        path, h5ad
    ))
}

/// A dataset in a zarr store, a folder or a .zip: laid out as an .h5ad.
fn open_zarr(path: &Path, hints: &Hints) -> Result<Opened, FileError> {
    let root = Object::of_zarr(path)?;
    match modality(&root, hints)? {
        Some(modality) => h5ad::open_root(modality),
        None => h5ad::open_root(root),
    }
}

fn holds_datasets(group: &Object) -> Result<bool, FileError> {
    for name in group.children()? {
        let member = group.child(&name)?;
        if member.is_some_and(|member| matches!(member.child("obs"), Ok(Some(_)))) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The dataset that is asked for of a file that holds several: MuData keeps them in `mod`, with
/// obs and var of their own beside it, SpatialData in `tables`. `None` if the file is a dataset.
fn modality(root: &Object, hints: &Hints) -> Result<Option<Object>, FileError> {
    let fault = |problem: String| FileError::new(root.file(), problem);
    let mut found = None;
    for folder in ["mod", "tables"] {
        let group = root.child(folder)?.filter(Object::is_group);
        // A dataset with a group of that name is one dataset still.
        let group = match (root.child("X")?, group) {
            (None, Some(group)) if holds_datasets(&group)? => Some(group),
            _ => None,
        };
        found = found.or(group);
    }
    let Some(group) = found else {
        return match &hints.modality {
            None => Ok(None),
            Some(_) => Err(fault("is one dataset, without modalities".to_owned())
                .remedy("leave modality= out")),
        };
    };
    let names = group.children()?;
    let listed = names.join(", ");
    let shown = format!("{:?}", file_name(root.file()));
    match (&hints.modality, names.first()) {
        (Some(wanted), _) if names.contains(wanted) => group.need(wanted).map(Some),
        (Some(wanted), Some(first)) => {
            let problem = format!("has no modality {wanted:?}: it holds {listed}");
            Err(fault(problem).remedy(format!("read {shown} modality={first:?}")))
        }
        (None, Some(first)) => {
            // Gene expression is what most commands are for.
            let first = names.iter().find(|name| *name == "rna").unwrap_or(first);
            let problem = match group.path() {
                "/mod" => format!("is MuData with several modalities: {listed}"),
                _ => format!("holds several datasets: {listed}"),
            };
            Err(fault(problem).remedy(format!("read {shown} modality={first:?}")))
        }
        (_, None) => Err(fault("is MuData without a modality".to_owned())),
    }
}

/// Opens a file for reading; a device or a pipe is none, unless the person trusts it.
///
/// # Errors
/// Not there, no permission, a folder, or no file.
fn plain_file(path: &Path) -> Result<File, FileError> {
    // Looked at before it is opened: opening a pipe waits for somebody to write to it.
    let about = path
        .metadata()
        .map_err(|error| h5::cannot_open(path, &error))?;
    if about.is_dir() {
        return Err(FileError::new(path, "is a folder, not a file"));
    }
    if !about.is_file() && !h5::outside::is_allowed(path) {
        let read = format!("read {:?} external=true", path.display().to_string());
        return Err(FileError::new(path, "is a device or a pipe, not a file")
            .remedy(format!("use a file, or if you trust it: {read}")));
    }
    File::open(path).map_err(|error| h5::cannot_open(path, &error))
}

/// What a person calls a file: its last part.
fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// Whole numbers of at least zero.
fn is_counts(sample: &[f32]) -> bool {
    sample
        .iter()
        .all(|value| *value >= 0.0 && value.fract() == 0.0)
}

/// What values are by what a few of them and a name say, where nothing is recorded.
///
/// Whole numbers from 0 on are counts. Values below zero have been corrected or centered, which
/// only their name tells further. Fractions are logarithms or normalized counts if they are
/// called so and are of such a size; else nobody knows.
fn judged(sample: &[f32], name: &str) -> State {
    if sample.is_empty() || sample.iter().any(|x| !x.is_finite()) {
        return State::Unknown;
    }
    if is_counts(sample) {
        return State::Counts;
    }
    let name = name.to_lowercase();
    let called = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if sample.iter().any(|&x| x < 0.0) {
        return match () {
            () if called(&["scale", "zscore", "z_score"]) => State::Scaled,
            () if called(&["resid"]) => State::Residuals,
            () if called(&["clr"]) => State::LogRatios,
            () => State::Corrected,
        };
    }
    let small = sample.iter().all(|&x| x <= LARGEST_LOG);
    if small && called(&["log"]) {
        State::Log
    } else if !small && called(&["norm", "cpm", "tpm", "rpkm", "fpkm"]) {
        State::Normalized
    } else {
        State::Unknown
    }
}

/// The name of a file in lower case, without the endings of compression.
fn plain_name(path: &Path) -> String {
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

/// Gene names that can be told apart, with a warning if they could not.
fn unique_genes(names: Names, path: &Path, warnings: &mut Vec<FileError>) -> Names {
    unique("genes", names, path, warnings)
}

/// The same of cells, of a file whose cells have no other mark than their names.
fn unique_cells(names: Names, path: &Path, warnings: &mut Vec<FileError>) -> Names {
    unique("cells", names, path, warnings)
}

fn unique(what: &str, names: Names, path: &Path, warnings: &mut Vec<FileError>) -> Names {
    let Some(duplicate) = names.duplicate() else {
        return names;
    };
    warnings.push(repeated(what, path, duplicate));
    names.made_unique()
}

/// Some names repeat and were numbered.
fn repeated(what: &str, path: &Path, name: &str) -> FileError {
    let problem =
        format!("some {what} have the same name, such as {name:?}; they were numbered: {name}-1 …");
    FileError::new(path, problem)
}

#[cfg(test)]
mod tests {
    use super::testing::{data, folder};
    use super::*;

    #[test]
    fn what_can_be_read_is_read_and_what_cannot_is_explained() {
        for name in [
            "pbmc3k/pbmc3k_raw.h5ad",
            "tenx/1K_pbmc_citeseq.h5",
            "tenx/1.2.0/multiple_genomes.h5",
            "tenx/3.0.0/filtered_feature_bc_matrix",
            "zarr/10x-10k-subset.zarr",
            "formats/anndata/archives/v0.7.0/adata.zarr.zip",
            "tenx/3.0.0/filtered_feature_bc_matrix/matrix.mtx.gz",
            "loom/sympathetic.loom",
            "formats/anndata/adata.csv",
        ] {
            let Some(path) = data(name) else { return };
            let opened = read(&path).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert!(opened.dataset.x.is_some(), "{name}");
        }
        for name in [
            "formats/anndata/excel.xlsx",
            "tenx",
            "formats/anndata/archives/readme.md",
        ] {
            let Some(path) = data(name) else { return };
            assert!(read(&path).unwrap_err().remedy.is_some(), "{name}");
        }
    }

    #[test]
    fn an_r_object_comes_with_the_lines_that_convert_it() {
        let folder = folder("rds");
        let path = folder.join("a.rds");
        std::fs::write(&path, "x").unwrap();
        let remedy = read(&path).unwrap_err().remedy.unwrap();
        assert!(remedy.contains("writeH5AD") && remedy.contains("a.h5ad"));
        let path = folder.join("a.h5Seurat");
        std::fs::write(&path, "x").unwrap();
        let error = read(&path).unwrap_err();
        assert!(error.problem.contains("HDF5"), "{}", error.problem);
        let remedy = error.remedy.unwrap();
        assert!(remedy.contains("SeuratDisk::Convert") && remedy.contains("a.h5Seurat"));
    }
}

#[cfg(test)]
mod testing {
    //! What the tests of readers and writers share.

    use super::*;
    use crate::data::{Lazy, Maker, Matrix, Rows, Value};
    use std::io::Write;
    use std::path::PathBuf;
    use std::sync::Once;

    static SAID: Once = Once::new();

    /// A file of the published data; `None`, said once, where they are not (CONTRIBUTING.md says how to get them).
    pub fn data(name: &str) -> Option<PathBuf> {
        let named = std::env::var_os("SCA_TEST_DATA").map(PathBuf::from);
        let promised = named.is_some();
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
        let path = named.unwrap_or(beside).join(name);
        if path.exists() {
            return Some(path);
        }
        assert!(!promised, "{} is missing", path.display());
        SAID.call_once(|| {
            let said = "note: tests of published files are left out: set SCA_TEST_DATA, see CONTRIBUTING.md";
            let _ = writeln!(std::io::stderr(), "{said}");
        });
        None
    }

    /// A folder of its own for a test, removed afterwards unless `SCA_TEST_KEEP` says where to keep it.
    pub struct Folder(PathBuf);

    pub fn folder(name: &str) -> Folder {
        let kept = std::env::var_os("SCA_TEST_KEEP").map(PathBuf::from);
        let parent = kept.unwrap_or_else(|| {
            std::env::temp_dir().join(format!("sca-test-{}", std::process::id()))
        });
        let folder = parent.join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    impl std::ops::Deref for Folder {
        type Target = Path;

        fn deref(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            if std::env::var_os("SCA_TEST_KEEP").is_none() {
                let _ = std::fs::remove_dir_all(&self.0);
                // Goes when the last test's folder has gone.
                let _ = self.0.parent().map(std::fs::remove_dir);
            }
        }
    }

    /// The value of a slot, read now.
    pub fn load(lazy: &Lazy) -> Result<Value, FileError> {
        match (lazy.get(), lazy.maker()) {
            (Some(value), _) => Ok(value.clone()),
            (None, Some(Maker::File(load))) => load.load(),
            _ => panic!("nobody promised this value"),
        }
    }

    /// All cells of a matrix as its source has them.
    pub fn all_rows(matrix: &Matrix) -> Result<Rows, FileError> {
        matrix.blocks.read(0..matrix.blocks.n_cells())
    }

    /// Every slot by name, with its value.
    pub fn everything(dataset: &Dataset) -> Result<Vec<(String, Value)>, FileError> {
        use crate::data::Place::*;
        let mut found = vec![
            ("obs_names".to_owned(), load(&dataset.obs_names.value)?),
            ("var_names".to_owned(), load(&dataset.var_names.value)?),
        ];
        for place in [Obs, Var, Obsm, Varm, Obsp, Varp, Uns] {
            for (key, slot) in dataset.slots(place).unwrap() {
                let value = load(&slot.value)?;
                found.push((format!("{}.{key}", place.word()), value));
            }
        }
        for (key, slot) in dataset
            .raw
            .iter()
            .flat_map(|raw| raw.var.iter().chain(&raw.varm))
        {
            found.push((format!("raw.var.{key}"), load(&slot.value)?));
        }
        Ok(found)
    }

    /// Whether two values are the same; NaN is NaN.
    pub fn same(a: &Value, b: &Value) -> bool {
        let (a, b) = (format!("{:?}", Shown(a)), format!("{:?}", Shown(b)));
        if let Some(at) = a.bytes().zip(b.bytes()).position(|(a, b)| a != b) {
            let from = a.floor_char_boundary(at.saturating_sub(60));
            eprintln!("{:.160}\n{:.160}", &a[from..], &b[from..]);
        }
        a == b
    }

    /// Shows what [`Value`] itself only names.
    pub struct Shown<'a>(pub &'a Value);

    impl std::fmt::Debug for Shown<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            match self.0 {
                Value::Column(column) => match &**column {
                    // What is stored as a number of records may come back wider.
                    crate::data::Column::Text(names) => {
                        f.debug_list().entries(names.iter()).finish()
                    }
                    column => write!(f, "{column:?}"),
                },
                Value::Names(names) => f.debug_list().entries(names.iter()).finish(),
                Value::Dense(dense) => write!(f, "{dense:?}"),
                Value::Graph(graph) => write!(f, "{graph:?}"),
                Value::Uns(uns) => write!(f, "{uns:?}"),
                other => write!(f, "{other:?}"),
            }
        }
    }
}

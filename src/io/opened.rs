//! Opens a file or folder of any format, recognized by its contents first and its name second.

use super::modality::modality;
use super::paths::plain_name;
use super::remote::{is_remote, may_pass};
use super::stored::Object;
use super::{
    Format, Hints, Opened, csv, features, gene_names, h5ad, loom, mtx, tenx, unknown, visium, zarr,
};
use crate::data::{FileError, FileFault};
use std::path::Path;

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
/// As [`read`]; what was asked for (a kind of features, a genome, a sample) is missing.
pub fn read_with(path: &Path, hints: &Hints) -> Result<Opened, FileError> {
    let mut opened = match hints.format {
        None if is_remote(path) => open_elsewhere(path, hints)?,
        Some(Format::Zarr) if is_remote(path) => open_elsewhere(path, hints)?,
        Some(_) if is_remote(path) => {
            return Err(FileError::new(path, "only zarr stores are read from a URL")
                .of(FileFault::UnknownFormat)
                .remedy("download it, or leave format= out"));
        }
        Some(format) => read_as(path, format, hints)?,
        None if path.is_dir() => read_folder(path, hints)?,
        None => read_file(path, hints)?,
    };
    // The counts in a folder of Space Ranger have been through this.
    let named = hints.format.is_none() && visium::positions(path).is_some();
    if let Some(column) = hints.var_names.as_deref().filter(|_| !named) {
        gene_names::name_by(&mut opened.dataset, path, column)?;
    }
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

/// A remote store. What is damaged in a store is left out and said; what did not arrive is not left out.
fn open_elsewhere(path: &Path, hints: &Hints) -> Result<Opened, FileError> {
    let mut opened = open_zarr(path, hints)?;
    match opened.warnings.iter().position(may_pass) {
        Some(failed) => Err(opened.warnings.swap_remove(failed)),
        None => Ok(opened),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::testing::{data, folder};

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

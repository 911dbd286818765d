//! The format that a dataset is written in, and the checks that can be made before the work starts.

use super::Write;
use crate::command::Scene;
use crate::commands::files::export::{check_folder, check_place};
use crate::data::{Dataset, Place, Promise, Slot, SlotName};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::io::h5ad::{WriteOptions, not_understood_in};
use crate::io::{self, Compression, WriteFormat, ZarrVersion};
use crate::plan::engine::of_file;
use crate::words;
use std::path::Path;

words! {
    /// How matrices are compressed.
    Packing {
        /// readable everywhere
        Gzip = "gzip",
        /// smaller and faster; .zarr only
        Zstd = "zstd",
        /// uncompressed: larger
        None = "none",
    }
}

words! {
    /// What a dataset is written as.
    Form {
        /// everything, as anndata's HDF5
        H5ad = "h5ad",
        /// everything, as anndata's zarr store, which is a folder
        Zarr = "zarr",
        /// a folder for R: the counts as matrix.mtx.gz, features.tsv.gz and barcodes.tsv.gz, and obs.csv, var.csv and obsm_*.csv
        Tenx = "10x",
    }
}

/// The format that the path or `format=` names; `None` for a folder of 10x.
///
/// # Errors
/// Another ending, or a `zarr_format=` that is no version or has no store.
pub fn chosen(write: &Write, scene: &Scene) -> Outcome<Option<WriteFormat>> {
    let version = match write.zarr_format.as_ref().map(|version| version.0) {
        None | Some(3) => ZarrVersion::V3,
        Some(2) => ZarrVersion::V2,
        Some(other) => {
            let headline = format!("zarr has no version {other} that anndata reads");
            return Err(scene
                .error("zarr_format", code::INVALID_VALUE, headline, "is 2 or 3")
                .help("zarr_format=3, or for anndata before 0.12: zarr_format=2"));
        }
    };
    let format = match write.format {
        Some(Form::Tenx) => None,
        _ => Some(by_name(write, scene, version)?),
    };
    if write.zarr_format.is_some() && !matches!(format, Some(WriteFormat::Zarr(_))) {
        let headline = "zarr_format= applies to zarr stores";
        return Err(scene
            .error(
                "zarr_format",
                code::NOT_APPLICABLE,
                headline,
                "has no effect here",
            )
            .help("write adata \"out.zarr\" zarr_format=2"));
    }
    Ok(format)
}

fn by_name(write: &Write, scene: &Scene, version: ZarrVersion) -> Outcome<WriteFormat> {
    let path = Path::new(&write.path.0);
    let ending = path.extension().and_then(|ending| ending.to_str());
    let wrong =
        |headline: &str, label: &str| scene.error("path", code::UNWRITABLE_FORMAT, headline, label);
    match (write.format, ending) {
        (None | Some(Form::H5ad), Some("h5ad")) => Ok(WriteFormat::H5ad),
        (None | Some(Form::Zarr), Some("zarr")) => Ok(WriteFormat::Zarr(version)),
        (Some(Form::H5ad), Some("zarr")) => {
            Err(wrong("an .h5ad file ends in .h5ad", "is the name of a zarr store")
                .help("write adata \"out.h5ad\", or leave format= out"))
        }
        (Some(Form::Zarr), _) => Err(wrong("a zarr store ends in .zarr", "has another extension")
            .help("write adata \"out.zarr\"")),
        (None, Some("zip")) if write.path.0.ends_with(".zarr.zip") => {
            Err(wrong("`write` does not zip zarr stores", "is a .zip").help(
                "write adata \"out.zarr\", then in a shell: (cd out.zarr && zip -r0 ../out.zarr.zip .)",
            ))
        }
        _ => Err(wrong("`write` writes .h5ad files and .zarr stores", "has another extension").help(
            "write adata \"out.h5ad\", or for R: write adata \"out/\" format=\"10x\"; tables go to .csv with `export`",
        )),
    }
}

/// Whether the file or store can be there.
///
/// # Errors
/// Its folder is not writable; something is there that must not be replaced.
pub fn check_path(scene: &Scene, path: &Path, format: WriteFormat, overwrite: bool) -> Outcome<()> {
    if format == WriteFormat::H5ad {
        return check_folder(scene, "path", path, overwrite);
    }
    io::check_replaceable(path).map_err(|error| {
        let headline = format!("{} cannot be written", path.display());
        let cannot = scene.error("path", code::NOT_WRITABLE, headline, error.problem);
        match error.remedy {
            Some(remedy) => cannot.help(remedy),
            None => cannot,
        }
    })?;
    check_place(scene, "path", path, overwrite)
}

/// How matrices are compressed.
///
/// # Errors
/// HDF5 with a compression that it does not have.
pub fn options(write: &Write, scene: &Scene, format: WriteFormat) -> Outcome<WriteOptions> {
    let compression = match (write.compression, format) {
        (None, WriteFormat::H5ad) | (Some(Packing::Gzip), _) => Compression::Gzip,
        (None | Some(Packing::Zstd), WriteFormat::Zarr(_)) => Compression::Zstd,
        (Some(Packing::None), _) => Compression::None,
        (Some(Packing::Zstd), WriteFormat::H5ad) => {
            let headline = "an .h5ad is not compressed with zstd";
            return Err(scene
                .error(
                    "compression",
                    code::NOT_APPLICABLE,
                    headline,
                    "applies to .zarr only",
                )
                .help("leave compression= out, or write a store: write adata \"out.zarr\""));
        }
    };
    Ok(WriteOptions {
        format,
        compression,
    })
}

/// Whether a zarr store can hold all slots: what sca does not understand can only be copied from one
/// HDF5 file to another.
///
/// # Errors
/// It cannot.
pub fn check_content(scene: &Scene, data: &Dataset) -> Outcome<()> {
    use Place::*;
    for place in [Obs, Var, Obsm, Varm, Obsp, Varp, Uns] {
        for (key, slot) in data.slots(place).into_iter().flatten() {
            if let Some(object) = strange(scene, place, slot)? {
                let name = SlotName::new(place, key.clone()).to_string();
                return Err(cannot_hold(scene, data, &name, place.word(), &object));
            }
        }
    }
    for (key, slot) in data.raw.iter().flat_map(|raw| &raw.varm) {
        if let Some(object) = strange(scene, Varm, slot)? {
            let name = format!("raw.varm.{key}");
            return Err(cannot_hold(scene, data, &name, "raw", &object));
        }
    }
    Ok(())
}

/// The object of the file that is not understood, if there is one in a slot.
fn strange(scene: &Scene, place: Place, slot: &Slot) -> Outcome<Option<String>> {
    let doubtful = place == Place::Uns || slot.value.promise() == Promise::Unknown;
    let Some(lies) = slot.value.in_file().filter(|_| doubtful) else {
        return Ok(None);
    };
    let wrong = not_understood_in(&lies).map_err(|error| of_file(error).at(&scene.origin()))?;
    let first = wrong.into_iter().next();
    Ok(first.map(|error| error.object.unwrap_or(lies.object)))
}

fn cannot_hold(
    scene: &Scene,
    data: &Dataset,
    name: &str,
    part: &str,
    object: &str,
) -> Box<Diagnostic> {
    use Place::*;
    let filled = |place: &Place| match place {
        X => data.x.is_some(),
        Layers => !data.layers.is_empty(),
        place => data.slots(*place).is_some_and(|slots| !slots.is_empty()),
    };
    let places = [X, Layers, Obs, Var, Obsm, Varm, Obsp, Varp, Uns];
    let raw = data.raw.as_ref().map(|_| "raw");
    let others: Vec<&str> = places
        .iter()
        .filter(|place| filled(place))
        .map(|place| place.word())
        .chain(raw)
        .filter(|word| *word != part)
        .collect();
    let typed = scene.args.span("adata").text(&scene.source.text);
    let is_name = !typed.is_empty() && typed.chars().all(|c| c.is_alphanumeric() || c == '_');
    let adata = if is_name { typed } else { "adata" };
    let headline = format!("{name} cannot be written to a zarr store");
    let label = format!("sca can only copy {object} from .h5ad to .h5ad");
    Diagnostic::error(code::NOT_WRITABLE, headline)
        .label(scene.args.span("adata"), label)
        .in_source(scene.source)
        .help(format!(
            "write {adata} \"out.h5ad\", or leave {part} out: write {adata} \"out.zarr\" keep=[{}]",
            others.join(", ")
        ))
}

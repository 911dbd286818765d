//! Files to datasets and back.
//!
//! [`read`] opens any file sca knows: names and shapes at once, values when somebody asks.
//! [`h5ad::Writer`] writes, as HDF5 or zarr. hdf5 is named here and nowhere else.
//!
//! ```
//! let file = std::env::temp_dir().join(format!("sca-io-{}.csv", std::process::id()));
//! std::fs::write(&file, "cell,CD3D,LYZ\na,1,0\nb,0,3\n")?;
//! let adata = sca_io::read(&file)?.dataset;
//! assert_eq!((adata.cells.len(), adata.genes.len()), (Some(2), Some(2)));
//! # std::fs::remove_file(&file)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

extern crate sca_data as data;
extern crate self as io;

pub mod cache;
mod chunks;
mod compressed;
pub mod csv;
pub mod csv_matrix;
mod declared;
mod dense;
mod element;
mod exact;
mod features;
mod fields;
mod gene_names;
pub mod gmt;
mod h5;
pub mod h5ad;
mod judged;
pub mod loom;
pub mod memory;
mod modality;
pub mod mtx;
mod once;
mod opened;
pub mod packed;
mod packing;
mod paths;
mod planes;
mod positioned;
mod reason;
pub mod remote;
mod rows;
pub mod sheet;
pub mod spill;
mod stored;
mod target;
pub mod temporary;
pub mod tenx;
mod text;
mod transposed;
pub mod unfinished;
mod unfinished_folder;
mod unique;
mod unknown;
mod visium;
mod zarr;

#[cfg(test)]
mod testing;

pub use features::Features;
pub use h5::outside::allow as allow_outside;
pub use h5::{Deflate, NumberDeflate};
pub use h5::{probe, walk};
pub use opened::{read, read_with};
pub use packing::Compression;
pub use target::{WriteFormat, check_replaceable};
pub use zarr::Version as ZarrVersion;

use crate::data::{Dataset, FileError};

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
    /// The column of var that names the genes.
    pub var_names: Option<String>,
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

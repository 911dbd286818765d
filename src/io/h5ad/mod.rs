//! AnnData's format, in HDF5 or zarr, read in every version since 0.5 and written as 0.12 does.
//!
//! The format is described in anndata's documentation ("On-disk format"); what older versions
//! wrote is known from their files. An element says what it is by its attributes
//! `encoding-type` and `encoding-version`; before anndata 0.7 it did not.

mod arrays;
mod codes;
mod column;
mod elements;
mod frame;
mod matrix;
mod numbers;
mod origins;
mod provenance;
mod read;
mod records;
mod sink;
mod slots;
mod sparse;
mod state;
#[cfg(test)]
mod tests;
mod unknown_elements;
mod valid_names;

mod uns;
mod write;

pub(super) use arrays::open as open_array;
pub(super) use column::{StoredColumn, StoredNames};
pub use provenance::record as made_record;
pub use read::{open, open_root};
pub use sink::{Encoded, Encoder, MatrixForm, MatrixSink};
pub use state::record as state_record;
pub use uns::not_understood_in;
pub use valid_names::is_nameable;
pub use write::{RawWriter, WriteOptions, Writer};

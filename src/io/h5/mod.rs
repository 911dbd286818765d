//! HDF5 as sca sees it: open files, groups, arrays and attributes that return errors instead of
//! panicking.
//!
//! A file in the wild lies: attributes have the wrong type, links lead nowhere, texts are
//! Latin-1. Everything here returns a [`FileError`](crate::data::FileError) that names the
//! object, and no declared size is trusted before memory is allocated for it.

mod chunked;
mod datatype;
mod deflate;
mod element;
mod extent;
mod heaps;
mod library;
mod limits;
mod object;
mod open;
pub mod outside;
pub mod probe;
mod read;
mod records;
mod texts;
pub mod walk;
mod write;

pub use chunked::GrowingArray;
pub use datatype::Kind as WriteKind;
pub use deflate::{Deflate, NumberDeflate};
pub use library::check;
pub use object::Object;
pub use open::H5File;
pub use read::{Native, Values};
pub use write::NewFile;

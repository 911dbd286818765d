//! Where the values of an array lie: a run of bytes, chunks in an HDF5 file, chunks of a zarr store.

use super::cache::Cache;
use super::filters::Pipeline;
use super::table::{Extent, Table};
use crate::data::FileError;
use crate::io::element::Number;
use crate::io::h5::{self, H5File};
use crate::io::stored::{Home, Object};
use crate::io::zarr;
use std::sync::Arc;

#[derive(Debug)]
pub enum Layout {
    /// One run of bytes at this offset of the file.
    Contiguous(Arc<H5File>, u64),
    Chunks(Box<Chunks>),
    /// Only the library can.
    Library,
}

#[derive(Debug)]
pub struct Chunks {
    /// Shape of a chunk; one column where the array has one dimension.
    pub rows: usize,
    pub columns: usize,
    /// Chunks side by side.
    pub across: usize,
    source: Source,
    pub cache: Cache,
}

/// Where chunks come from.
#[derive(Debug)]
enum Source {
    Hdf5 {
        object: h5::Object,
        table: Box<Table>,
        pipeline: Pipeline,
    },
    Zarr(Arc<zarr::Array>),
}

/// A chunk that is there.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    Hdf5(&'a H5File, &'a Pipeline, Extent),
    /// Its place among the others.
    Zarr(&'a zarr::Array, [usize; 2]),
}

impl Chunks {
    fn new(shape: [usize; 3], element: usize, source: Source) -> Box<Self> {
        let [rows, columns, across] = shape;
        Box::new(Chunks {
            rows,
            columns,
            across,
            source,
            cache: Cache::new(rows * columns * element),
        })
    }

    /// A chunk; `None` if it was never written and has zeros. All places are looked up at once when
    /// `all` are going to be asked for.
    pub fn find(&self, chunk: usize, all: bool) -> Result<Option<Found<'_>>, FileError> {
        Ok(match &self.source {
            Source::Hdf5 {
                object,
                table,
                pipeline,
            } => {
                let place = table.place(object, chunk, all)?;
                place.map(|place| Found::Hdf5(&object.file, pipeline, place))
            }
            Source::Zarr(array) => {
                let at = [chunk / self.across, chunk % self.across];
                Some(Found::Zarr(array, at))
            }
        })
    }
}

/// How an array is stored in its file.
pub fn layout(object: &Object, number: Number) -> Layout {
    match &object.home {
        Home::Hdf5(object) if number.plain => {
            layout_of_hdf5(object, number).unwrap_or(Layout::Library)
        }
        Home::Hdf5(_) => Layout::Library,
        Home::Zarr(node) => match node.array().map(|array| (array, &array.chunk[..])) {
            Some((array, &[rows])) => {
                let source = Source::Zarr(Arc::clone(array));
                Layout::Chunks(Chunks::new([rows, 1, 1], number.size, source))
            }
            Some((array, &[rows, columns])) => {
                let source = Source::Zarr(Arc::clone(array));
                let across = array.shape[1].div_ceil(columns);
                Layout::Chunks(Chunks::new([rows, columns, across], number.size, source))
            }
            _ => Layout::Library,
        },
    }
}

/// `None` for what only the library knows to read.
fn layout_of_hdf5(object: &h5::Object, number: Number) -> Option<Layout> {
    let array = object.file.file.dataset(&object.path).ok()?;
    let creation = array.dcpl().ok()?;
    use hdf5::dataset::Layout as Stored;
    match creation.get_layout().ok()? {
        Stored::Contiguous => {
            let inside = creation.get_external().is_ok_and(|files| files.is_empty());
            let at = array.offset().filter(|_| inside)?;
            Some(Layout::Contiguous(Arc::clone(&object.file), at))
        }
        Stored::Chunked => {
            let pipeline = Pipeline::of(&creation.get_filters().ok()?, number.size)?;
            let table = Table::of(&array, &creation)?;
            let shape = [table.rows, table.columns, table.across];
            let source = Source::Hdf5 {
                object: object.clone(),
                table: Box::new(table),
                pipeline,
            };
            Some(Layout::Chunks(Chunks::new(shape, number.size, source)))
        }
        _ => None,
    }
}

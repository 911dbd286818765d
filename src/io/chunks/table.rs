//! Positions of the chunks of an array in the file.

use crate::data::FileError;
use crate::io::declared;
use crate::io::h5::{Object, check};
use crate::io::once::Once;
use hdf5::plist::dataset_create::DatasetCreate;

/// Shape of the chunks, and where they lie once that was asked.
#[derive(Debug)]
pub struct Table {
    pub rows: usize,
    /// 1 for arrays of one dimension.
    pub columns: usize,
    /// Chunks side by side.
    pub across: usize,
    chunks: usize,
    rank: usize,
    places: Once<Vec<Extent>>,
}

/// The bytes of one chunk.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    pub at: u64,
    /// Bytes as stored.
    pub size: u32,
    /// Bit `i` says that filter `i` was skipped for this chunk.
    pub skipped: u32,
}

impl Extent {
    const NONE: Extent = Extent {
        at: u64::MAX,
        size: 0,
        skipped: 0,
    };

    fn exists(self) -> Option<Extent> {
        (self.at != u64::MAX).then_some(self)
    }
}

impl Table {
    /// `None` for what only the library gets right: partial chunks that are not filtered, and
    /// fill values other than zero.
    pub fn of(array: &hdf5::Dataset, creation: &DatasetCreate) -> Option<Self> {
        let chunk = creation.get_chunk().ok().flatten()?;
        let shape = array.shape();
        let plain_fill = match creation.get_fill_value_defined().ok()? {
            hdf5::plist::dataset_create::FillValue::UserDefined => {
                creation.get_fill_value_as::<f64>().ok().flatten()? == 0.0
            }
            _ => true,
        };
        let options = creation.get_chunk_opts().ok()?;
        if !plain_fill || options.is_some_and(|options| !options.is_empty()) {
            return None;
        }
        let (rows, columns, across, down) = match (&chunk[..], &shape[..]) {
            (&[rows], &[n]) if rows > 0 => (rows, 1, 1, n.div_ceil(rows)),
            (&[rows, columns], &[n, m]) if rows > 0 && columns > 0 => {
                (rows, columns, m.div_ceil(columns), n.div_ceil(rows))
            }
            _ => return None,
        };
        Some(Table {
            rows,
            columns,
            across,
            chunks: across.checked_mul(down)?,
            rank: chunk.len(),
            places: Once::new(),
        })
    }

    /// Where a chunk lies; `None` if it was never written. The whole table is made when
    /// `all` are going to be asked for, else the library is asked for the one.
    pub fn place(
        &self,
        object: &Object,
        chunk: usize,
        all: bool,
    ) -> Result<Option<Extent>, FileError> {
        if let Some(places) = self.places.get() {
            return Ok(places?[chunk].exists());
        }
        if !all && chunk == 0 {
            return self.ask(object, chunk);
        }
        let places = self.places.get_or(|| self.visit(object))?;
        Ok(places[chunk].exists())
    }

    /// One chunk's place.
    fn ask(&self, object: &Object, chunk: usize) -> Result<Option<Extent>, FileError> {
        let first = [
            (chunk / self.across * self.rows) as u64,
            (chunk % self.across * self.columns) as u64,
        ];
        let (mut skipped, mut at, mut size) = (0, u64::MAX, 0);
        let id = object.id();
        // SAFETY: the array is open and has at most the two dimensions of `first`.
        check(|| unsafe {
            let first = first.as_ptr();
            hdf5_sys::h5d::H5Dget_chunk_info_by_coord(id, first, &mut skipped, &mut at, &mut size)
        })
        .map_err(|reason| object.unreadable(reason))?;
        checked(object, at, size, skipped).map(Extent::exists)
    }

    fn visit(&self, object: &Object) -> Result<Vec<Extent>, FileError> {
        let array = object
            .file
            .file
            .dataset(&object.path)
            .map_err(|error| object.unreadable(error.to_string()))?;
        let bytes = self.chunks.saturating_mul(size_of::<Extent>());
        declared::allow(bytes, || object.file.length)
            .map_err(|reason| object.unreadable(reason))?;
        let mut places = Vec::new();
        places
            .try_reserve_exact(self.chunks)
            .map_err(|_| object.fault(format!("has {} chunks, too many", self.chunks)))?;
        places.resize(self.chunks, Extent::NONE);
        let mut wrong = None;
        let visited = array.chunks_visit(|chunk| {
            let down = chunk.offset[0] as usize / self.rows;
            let across = match self.rank {
                1 => 0,
                _ => chunk.offset[1] as usize / self.columns,
            };
            match checked(object, chunk.addr, chunk.size, chunk.filter_mask) {
                Ok(place) if across < self.across => {
                    if let Some(slot) = places.get_mut(down * self.across + across) {
                        *slot = place;
                    }
                }
                Ok(_) => {}
                Err(error) => wrong = Some(error),
            }
            0
        });
        visited.map_err(|error| object.unreadable(error.to_string()))?;
        wrong.map_or(Ok(places), Err)
    }
}

/// A place that lies within the file.
fn checked(object: &Object, at: u64, size: u64, skipped: u32) -> Result<Extent, FileError> {
    if at == u64::MAX {
        return Ok(Extent::NONE);
    }
    let length = object.file.length;
    let size32 = u32::try_from(size).ok();
    match size32.filter(|_| at.checked_add(size).is_some_and(|end| end <= length)) {
        Some(size) => Ok(Extent { at, size, skipped }),
        None => Err(object
            .fault("a chunk lies beyond the end of the file")
            .remedy("copy or download it again")),
    }
}

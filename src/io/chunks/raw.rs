//! Elements of any type as they lie in an HDF5 file, read without the library.

use super::layout::{Layout, layout};
use super::{Chunked, SCRATCH};
use crate::io::declared;
use crate::io::element::Number;
use crate::io::h5;
use crate::io::stored::Object;

impl Chunked {
    /// The bytes of all elements of an array of one dimension as they lie in an HDF5 file, whatever they
    /// are; `None` where only the library can tell.
    pub fn raw(object: &h5::Object, size: usize) -> Option<Vec<u8>> {
        let array = Self::of_elements(object, size)?;
        let rows = array.rows;
        let mut bytes = array.room(rows, size)?;
        match &array.layout {
            Layout::Contiguous(file, at) => array.read_bytes(file, *at, &mut bytes).ok()?,
            Layout::Chunks(chunks) => {
                if chunks.rows == 0 {
                    return None;
                }
                let mut decoded = array.room(chunks.rows, size)?;
                for (chunk, to) in bytes.chunks_mut(chunks.rows * size).enumerate() {
                    let found = chunks.find(chunk, true).ok()??;
                    SCRATCH
                        .with_borrow_mut(|scratch| array.decode(found, scratch, &mut decoded))
                        .ok()?;
                    to.copy_from_slice(&decoded[..to.len()]);
                }
            }
            Layout::Library => return None,
        }
        Some(bytes)
    }

    /// Whether elements of this size lie where the file says, in one piece or in chunks with filters that are
    /// known: then the library reads them without surprises, too.
    pub fn is_plain(object: &h5::Object, size: usize) -> bool {
        let Some(array) = Self::of_elements(object, size) else {
            return false;
        };
        match &array.layout {
            Layout::Contiguous(..) => true,
            Layout::Chunks(chunks) if chunks.rows > 0 => {
                let mut all = 0..array.rows.div_ceil(chunks.rows);
                all.all(|chunk| matches!(chunks.find(chunk, true), Ok(Some(_))))
            }
            Layout::Chunks(_) | Layout::Library => false,
        }
    }

    /// An array of one dimension whose elements are taken as bytes.
    fn of_elements(object: &h5::Object, size: usize) -> Option<Self> {
        let object = Object::from(object.clone());
        let values = object.values()?.clone();
        let &[rows] = &values.shape[..] else {
            return None;
        };
        let number = Number {
            float: false,
            size,
            signed: false,
            big_endian: false,
            plain: true,
        };
        let layout = layout(&object, number);
        Some(Chunked {
            object,
            values,
            rows,
            columns: 1,
            number,
            layout,
        })
    }

    fn room(&self, n: usize, size: usize) -> Option<Vec<u8>> {
        let n = n.checked_mul(size)?;
        declared::allow(n, || self.object.length()).ok()?;
        Some(vec![0; n])
    }
}

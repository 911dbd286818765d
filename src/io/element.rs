//! What the elements of a stored array are, whichever format it is in.

use crate::data::NumberType;

/// What one element of an array is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    Number(Number),
    /// How h5py, zarr, R and Julia store a boolean, in this many bytes.
    Bool(usize),
    Text,
    /// Whole numbers that have names: the levels of R's factors, as rhdf5 writes them.
    Named(Vec<(String, i64)>),
    /// A compound: the names of its fields.
    Record(Vec<String>),
    /// A fixed number of elements each.
    Array,
    /// Not for us; what it is, in the plural.
    Other(&'static str),
}

/// A number as stored in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    pub float: bool,
    /// Bytes.
    pub size: usize,
    pub signed: bool,
    pub big_endian: bool,
    /// Neither odd bits nor odd sizes: its bytes can be read without the library.
    pub plain: bool,
}

impl Number {
    /// The nearest of our types.
    pub fn stored(self) -> NumberType {
        use NumberType::*;
        match (self.float, self.signed, self.size) {
            (true, _, 8..) => F64,
            (true, _, 2) if self.plain => F16,
            (true, ..) => F32,
            (_, true, 1) => I8,
            (_, true, 2) => I16,
            (_, true, 3..=4) => I32,
            (_, true, _) => I64,
            (_, false, 1) => U8,
            (_, false, 2) => U16,
            (_, false, 3..=4) => U32,
            (_, false, _) => U64,
        }
    }
}

impl Element {
    pub fn number(&self) -> Option<Number> {
        match self {
            Element::Number(number) => Some(*number),
            _ => None,
        }
    }
}

//! The fields of an array of records that is written: every format stores them in its own way.

use crate::data::{Names, NumberType};

/// One field of all records.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub values: FieldValues,
}

/// The values of a field, one for each record.
#[derive(Debug)]
pub enum FieldValues {
    /// Their bytes, little endian.
    Numbers(NumberType, Vec<u8>),
    /// 0 and 1.
    Truths(Vec<u8>),
    Texts(Names),
}

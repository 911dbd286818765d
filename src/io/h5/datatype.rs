//! Types of elements in files that are made, and the spaces that arrays of them fill.

use super::library::{Id, check};
use crate::data::{ElementType, NumberType};
use hdf5::globals;
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5s::{H5S_class_t, H5Screate, H5Screate_simple};
use hdf5_sys::h5t::{
    H5T_VARIABLE, H5T_class_t, H5T_cset_t, H5Tcopy, H5Tcreate, H5Tenum_create, H5Tenum_insert,
    H5Tinsert, H5Tset_cset, H5Tset_ebias, H5Tset_fields, H5Tset_size,
};
use std::ffi::{CString, c_char};

/// Types of elements in the file.
#[derive(Debug, Clone)]
pub enum Kind {
    Number(NumberType),
    /// As h5py does: an enumeration of FALSE and TRUE in one byte.
    Bool,
    Text,
}

impl Kind {
    /// Bytes of an element in memory.
    pub fn size(&self) -> usize {
        match self {
            Kind::Number(number) => number.size(),
            Kind::Bool => 1,
            Kind::Text => size_of::<*const c_char>(),
        }
    }

    pub fn of(element: ElementType) -> Kind {
        match element {
            ElementType::Number(number) => Kind::Number(number),
            ElementType::Bool => Kind::Bool,
        }
    }

    pub(super) fn datatype(&self) -> Result<Id, String> {
        use NumberType::*;
        match self {
            Kind::Text => variable_text(),
            Kind::Bool => truth(),
            Kind::Number(F16) => half(),
            Kind::Number(number) => copy_of(**match number {
                F16 | F32 => &globals::H5T_IEEE_F32LE,
                F64 => &globals::H5T_IEEE_F64LE,
                I8 => &globals::H5T_STD_I8LE,
                I16 => &globals::H5T_STD_I16LE,
                I32 => &globals::H5T_STD_I32LE,
                I64 => &globals::H5T_STD_I64LE,
                U8 => &globals::H5T_STD_U8LE,
                U16 => &globals::H5T_STD_U16LE,
                U32 => &globals::H5T_STD_U32LE,
                U64 => &globals::H5T_STD_U64LE,
            }),
        }
    }
}

/// Texts with a NUL after each, for the library; a text ends at its first NUL.
pub struct Texts {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl Texts {
    pub fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let (mut bytes, mut starts) = (Vec::new(), Vec::new());
        for text in texts {
            starts.push(bytes.len());
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(0);
        }
        Texts { bytes, starts }
    }

    /// Pointers that live as long as `self`.
    pub fn pointers(&self) -> Vec<*const c_char> {
        let starts = self.starts.iter();
        starts
            .map(|&start| self.bytes[start..].as_ptr().cast())
            .collect()
    }
}

/// The datatype of texts of any length, in UTF-8.
pub(super) fn variable_text() -> Result<Id, String> {
    // SAFETY: the copy is ours to change.
    let text = Id::made_by(|| unsafe { H5Tcopy(*globals::H5T_C_S1) })?;
    check(|| unsafe { H5Tset_size(text.raw(), H5T_VARIABLE) })?;
    check(|| unsafe { H5Tset_cset(text.raw(), H5T_cset_t::H5T_CSET_UTF8) })?;
    Ok(text)
}

/// One of the library's own datatypes.
pub(super) fn copy_of(datatype: hid_t) -> Result<Id, String> {
    // SAFETY: a predefined datatype.
    Id::made_by(|| unsafe { H5Tcopy(datatype) })
}

/// The space of one value.
pub(super) fn scalar() -> Result<Id, String> {
    // SAFETY: no pointers.
    Id::made_by(|| unsafe { H5Screate(H5S_class_t::H5S_SCALAR) })
}

/// The space of nothing at all.
pub(super) fn nothing() -> Result<Id, String> {
    // SAFETY: no pointers.
    Id::made_by(|| unsafe { H5Screate(H5S_class_t::H5S_NULL) })
}

/// The space of an array.
pub(super) fn simple(shape: &[usize]) -> Result<Id, String> {
    let dims: Vec<u64> = shape.iter().map(|&n| n as u64).collect();
    // SAFETY: as many lengths as dimensions.
    Id::made_by(|| unsafe { H5Screate_simple(dims.len() as i32, dims.as_ptr(), std::ptr::null()) })
}

/// A float of 16 bits, which the library has no name for: as h5py makes it.
fn half() -> Result<Id, String> {
    let half = copy_of(*globals::H5T_IEEE_F32LE)?;
    let (exponent, fraction) = (5, 10);
    let (sign, bias) = (exponent + fraction, 15);
    let id = half.raw();
    // SAFETY: a datatype of our own; the fields lie within its 16 bits.
    check(|| unsafe { H5Tset_fields(id, sign, fraction, exponent, 0, fraction) })?;
    check(|| unsafe { H5Tset_size(id, 2) })?;
    check(|| unsafe { H5Tset_ebias(id, bias) })?;
    Ok(half)
}

fn truth() -> Result<Id, String> {
    // SAFETY: the members are one byte each, as the base type is.
    let truth = Id::made_by(|| unsafe { H5Tenum_create(*globals::H5T_STD_I8LE) })?;
    for (name, value) in [(c"FALSE", 0_i8), (c"TRUE", 1)] {
        check(|| unsafe { H5Tenum_insert(truth.raw(), name.as_ptr(), (&raw const value).cast()) })?;
    }
    Ok(truth)
}

/// Packed fields of `size` bytes together.
pub(super) fn record(fields: &[(String, Kind)], size: usize) -> Result<Id, String> {
    // SAFETY: fields lie one after the other within `size` bytes.
    let record = Id::made_by(|| unsafe { H5Tcreate(H5T_class_t::H5T_COMPOUND, size) })?;
    let mut offset = 0;
    for (name, kind) in fields {
        let name = CString::new(name.as_str()).map_err(|error| error.to_string())?;
        let element = kind.datatype()?;
        check(|| unsafe { H5Tinsert(record.raw(), name.as_ptr(), offset, element.raw()) })?;
        offset += kind.size();
    }
    Ok(record)
}

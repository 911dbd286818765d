//! Values of arrays and attributes, converted by the library.
//!
//! Right for everything small. The large arrays of matrices go through `io::chunks`.

use super::element::element_of;
use super::extent::{self, array_of, file_length, shape};
use super::library::{Id, check};
use crate::data::{NumberType, half};
use crate::io::declared;
use crate::io::element::Element;
use crate::io::reason::Reason;
use hdf5::globals;
use hdf5_sys::h5a::{H5Aget_space, H5Aget_type, H5Aread};
use hdf5_sys::h5d::{H5Dget_space, H5Dget_type, H5Dread};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5s::{H5S_ALL, H5S_seloper_t, H5Screate_simple, H5Sselect_hyperslab};
use hdf5_sys::h5t::{
    H5T_class_t, H5Tarray_create2, H5Tcopy, H5Tcreate, H5Tget_member_index, H5Tget_member_type,
    H5Tinsert,
};
use std::ffi::{CString, c_void};
use std::ops::Range;

/// A number type that the library converts to.
pub trait Native: Copy + Default {
    fn datatype() -> hid_t;

    /// 0 or 1.
    fn of_truth(truth: bool) -> Self;

    /// The nearest.
    fn of_f64(number: f64) -> Self;

    /// The same, for who knows that it fits.
    fn of_whole(number: i128) -> Self;

    /// Appends its bytes as another type of number, little endian.
    fn put_as(self, stored: NumberType, bytes: &mut Vec<u8>);
}

macro_rules! native {
    ($($rust:ty: $name:ident),*) => {
        $(impl Native for $rust {
            fn datatype() -> hid_t {
                *globals::$name
            }

            fn of_truth(truth: bool) -> Self {
                u8::from(truth) as $rust
            }

            fn of_f64(number: f64) -> Self {
                number as $rust
            }

            fn of_whole(number: i128) -> Self {
                number as $rust
            }

            fn put_as(self, stored: NumberType, bytes: &mut Vec<u8>) {
                use NumberType::*;
                match stored {
                    F16 => bytes.extend(half::bits(self as f32).to_le_bytes()),
                    F32 => bytes.extend((self as f32).to_le_bytes()),
                    F64 => bytes.extend((self as f64).to_le_bytes()),
                    I8 => bytes.extend((self as i8).to_le_bytes()),
                    I16 => bytes.extend((self as i16).to_le_bytes()),
                    I32 => bytes.extend((self as i32).to_le_bytes()),
                    I64 => bytes.extend((self as i64).to_le_bytes()),
                    U8 => bytes.push(self as u8),
                    U16 => bytes.extend((self as u16).to_le_bytes()),
                    U32 => bytes.extend((self as u32).to_le_bytes()),
                    U64 => bytes.extend((self as u64).to_le_bytes()),
                }
            }
        })*
    };
}

native!(f32: H5T_NATIVE_FLOAT, f64: H5T_NATIVE_DOUBLE, i8: H5T_NATIVE_INT8,
        u8: H5T_NATIVE_UINT8, i32: H5T_NATIVE_INT32, u32: H5T_NATIVE_UINT32,
        i64: H5T_NATIVE_INT64, u64: H5T_NATIVE_UINT64);

/// An array or an attribute, or one field of an array of records.
#[derive(Debug, Clone)]
pub struct Values {
    pub(super) id: Id,
    pub(super) is_attribute: bool,
    pub datatype: Id,
    pub element: Element,
    /// Empty for a single value. A field of arrays has their length as a last dimension.
    pub shape: Vec<usize>,
    pub(super) field: Option<Field>,
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    name: CString,
    /// Elements in each record; 0 where the field is no array.
    width: usize,
}

impl Values {
    pub(super) fn of_array(id: Id) -> Result<Self, String> {
        // SAFETY: `id` is an open dataset.
        let datatype = Id::made_by(|| unsafe { H5Dget_type(id.raw()) })?;
        let space = Id::made_by(|| unsafe { H5Dget_space(id.raw()) })?;
        Self::new(id, false, datatype, &space)
    }

    pub(super) fn of_attribute(id: Id) -> Result<Self, String> {
        // SAFETY: `id` is an open attribute.
        let datatype = Id::made_by(|| unsafe { H5Aget_type(id.raw()) })?;
        let space = Id::made_by(|| unsafe { H5Aget_space(id.raw()) })?;
        Self::new(id, true, datatype, &space)
    }

    fn new(id: Id, is_attribute: bool, datatype: Id, space: &Id) -> Result<Self, String> {
        Ok(Values {
            id,
            is_attribute,
            element: element_of(&datatype),
            datatype,
            shape: shape(space)?,
            field: None,
        })
    }

    /// One field of an array of records, as an array of its own.
    pub fn field(&self, name: &str) -> Option<Values> {
        let name = CString::new(name).ok()?;
        let whole = self.datatype.raw();
        // SAFETY: `whole` is a datatype and the name ends in NUL.
        let index = check(|| unsafe { H5Tget_member_index(whole, name.as_ptr()) }).ok()?;
        let member = Id::made_by(|| unsafe { H5Tget_member_type(whole, index as u32) }).ok()?;
        let mut shape = self.shape.clone();
        let (datatype, width) = match element_of(&member) {
            Element::Array => {
                let (base, width) = array_of(&member).ok()?;
                shape.push(width);
                (base, width)
            }
            _ => (member, 0),
        };
        Some(Values {
            id: self.id.clone(),
            is_attribute: self.is_attribute,
            element: element_of(&datatype),
            datatype,
            shape,
            field: Some(Field { name, width }),
        })
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape
            .iter()
            .try_fold(1_usize, |product, &n| product.checked_mul(n))
            .unwrap_or(usize::MAX)
    }

    /// The values as numbers, in row order; of a range along the first dimension, or all. Booleans
    /// are 0 and 1.
    pub fn read<T: Native>(&self, rows: Option<Range<usize>>) -> Result<Vec<T>, Reason> {
        match self.element {
            Element::Number(_) | Element::Named(_) => {}
            Element::Bool(size) => {
                let truths = self.truths_of(size, rows)?;
                return Ok(truths.into_iter().map(T::of_truth).collect());
            }
            _ => return Err("its values are not numbers".into()),
        }
        let n = self.len_of(rows.as_ref());
        let mut values = self.room(n)?;
        values.resize(n, T::default());
        let datatype = self.memory_type(T::datatype(), size_of::<T>())?;
        self.fill(&datatype, rows, values.as_mut_ptr().cast(), n)?;
        Ok(values)
    }

    /// The values as booleans.
    pub fn truths(&self) -> Result<Vec<bool>, Reason> {
        let Element::Bool(size) = self.element else {
            return Ok(self
                .read::<i64>(None)?
                .into_iter()
                .map(|v| v != 0)
                .collect());
        };
        self.truths_of(size, None)
    }

    /// Elements of a range along the first dimension, or all.
    fn len_of(&self, rows: Option<&Range<usize>>) -> usize {
        match rows {
            Some(rows) => self.len() / self.shape[0].max(1) * rows.len(),
            None => self.len(),
        }
    }

    fn truths_of(&self, size: usize, rows: Option<Range<usize>>) -> Result<Vec<bool>, Reason> {
        let n = self.len_of(rows.as_ref());
        let mut bytes = self.room(n.saturating_mul(size))?;
        bytes.resize(n * size, 0_u8);
        let datatype = self.memory_type(self.datatype.raw(), size)?;
        self.fill(&datatype, rows, bytes.as_mut_ptr().cast(), n)?;
        let truths = bytes.chunks_exact(size);
        Ok(truths
            .map(|value| value.iter().any(|&byte| byte != 0))
            .collect())
    }

    /// A vector with room for `n`, or an error: a damaged file may ask for the impossible.
    pub(super) fn room<T>(&self, n: usize) -> Result<Vec<T>, Reason> {
        let length = || match super::outside::is_elsewhere(&self.id) {
            Ok(false) => file_length(&self.id),
            _ => u64::MAX,
        };
        declared::allow(n.saturating_mul(size_of::<T>()), length)?;
        let mut values = Vec::new();
        values
            .try_reserve_exact(n)
            .map_err(|_| format!("{n} values do not fit in memory"))?;
        Ok(values)
    }

    /// Reads `n` elements of `datatype` to `to`, which has room for them.
    pub(super) fn fill(
        &self,
        datatype: &Id,
        rows: Option<Range<usize>>,
        to: *mut c_void,
        n: usize,
    ) -> Result<(), Reason> {
        if n == 0 {
            return Ok(());
        }
        let (id, datatype) = (self.id.raw(), datatype.raw());
        if self.is_attribute {
            // SAFETY: callers made room for every element of `datatype`.
            check(|| unsafe { H5Aread(id, datatype, to) })?;
            return Ok(());
        }
        let chunk = extent::chunk_bytes(&self.id, &self.datatype);
        declared::allow(chunk, || file_length(&self.id))?;
        let (memory, selected) = match rows {
            Some(rows) => self
                .select(rows)?
                .map_or((None, None), |(a, b)| (Some(a), Some(b))),
            None => (None, None),
        };
        let memory = memory.as_ref().map_or(H5S_ALL, Id::raw);
        let selected = selected.as_ref().map_or(H5S_ALL, Id::raw);
        // SAFETY: as above; the selection has `n` elements.
        check(|| unsafe { H5Dread(id, datatype, memory, selected, H5P_DEFAULT, to) })?;
        Ok(())
    }

    /// Spaces in memory and in the file for a range of the first dimension; `None` for all of it.
    fn select(&self, rows: Range<usize>) -> Result<Option<(Id, Id)>, String> {
        if rows == (0..self.shape[0]) {
            return Ok(None);
        }
        let dims: Vec<u64> = self.shape.iter().map(|&n| n as u64).collect();
        let mut start = vec![0; dims.len()];
        let mut count = dims.clone();
        (start[0], count[0]) = (rows.start as u64, rows.len() as u64);
        let rank = dims.len() as i32;
        // SAFETY: all three arrays have as many entries as the array has dimensions.
        let memory =
            Id::made_by(|| unsafe { H5Screate_simple(rank, count.as_ptr(), std::ptr::null()) })?;
        let selected = Id::made_by(|| unsafe { H5Dget_space(self.id.raw()) })?;
        check(|| unsafe {
            let (from, none) = (start.as_ptr(), std::ptr::null());
            let set = H5S_seloper_t::H5S_SELECT_SET;
            H5Sselect_hyperslab(selected.raw(), set, from, none, count.as_ptr(), none)
        })?;
        Ok(Some((memory, selected)))
    }

    /// The type of an element in memory: for a field, a record that has nothing else.
    pub(super) fn memory_type(&self, element: hid_t, size: usize) -> Result<Id, String> {
        // SAFETY (of all): `element` is a valid datatype, names end in NUL.
        let Some(field) = &self.field else {
            return Id::made_by(|| unsafe { H5Tcopy(element) });
        };
        let mut element = Id::made_by(|| unsafe { H5Tcopy(element) })?;
        let mut size = size;
        if field.width > 0 {
            let width = field.width as u64;
            element = Id::made_by(|| unsafe { H5Tarray_create2(element.raw(), 1, &width) })?;
            size *= field.width;
        }
        let record = Id::made_by(|| unsafe { H5Tcreate(H5T_class_t::H5T_COMPOUND, size) })?;
        check(|| unsafe { H5Tinsert(record.raw(), field.name.as_ptr(), 0, element.raw()) })?;
        Ok(record)
    }
}

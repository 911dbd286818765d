//! What one element of an HDF5 array is.

use super::library::{Id, check};
use crate::io::element::{Element, Number};
use hdf5::globals;
use hdf5_sys::h5::H5free_memory;
use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5t::{
    H5T_class_t, H5T_order_t, H5T_sign_t, H5Tconvert, H5Tget_class, H5Tget_ebias, H5Tget_fields,
    H5Tget_member_name, H5Tget_member_value, H5Tget_nmembers, H5Tget_order, H5Tget_precision,
    H5Tget_sign, H5Tget_size, H5Tget_super, H5Tis_variable_str,
};
use std::ffi::CStr;

const UNKNOWN: &str = "values of an unknown type";

/// The element that a datatype describes.
pub fn element_of(datatype: &Id) -> Element {
    let id = datatype.raw();
    // SAFETY (of this and the next): `id` is a datatype that lives as long as the borrow.
    let Ok((class, size)) = check(|| unsafe { H5Tget_size(id) } as i64)
        .map(|size| (hdf5::sync::sync(|| unsafe { H5Tget_class(id) }), size))
    else {
        return Element::Other(UNKNOWN);
    };
    let size = size as usize;
    match class {
        H5T_class_t::H5T_INTEGER => Element::Number(number(datatype, false, size)),
        H5T_class_t::H5T_FLOAT => Element::Number(number(datatype, true, size)),
        H5T_class_t::H5T_STRING => Element::Text,
        H5T_class_t::H5T_COMPOUND => Element::Record(members(datatype)),
        H5T_class_t::H5T_ARRAY => Element::Array,
        H5T_class_t::H5T_BITFIELD if size == 1 => Element::Bool(1),
        H5T_class_t::H5T_ENUM if is_boolean(&members(datatype)) => Element::Bool(size),
        H5T_class_t::H5T_ENUM => {
            named(datatype, size).map_or(Element::Other(UNKNOWN), Element::Named)
        }
        H5T_class_t::H5T_VLEN => Element::Other("ragged arrays"),
        H5T_class_t::H5T_REFERENCE => Element::Other("references to other objects"),
        H5T_class_t::H5T_OPAQUE => Element::Other("opaque values such as dates"),
        H5T_class_t::H5T_TIME => Element::Other("dates"),
        _ => Element::Other(UNKNOWN),
    }
}

/// The members of an enumeration of `size` bytes, with their numbers.
fn named(datatype: &Id, size: usize) -> Option<Vec<(String, i64)>> {
    let id = datatype.raw();
    // SAFETY: `id` is an enumeration, which has a whole number beneath.
    let base = Id::made_by(|| unsafe { H5Tget_super(id) }).ok()?;
    let names = members(datatype);
    let numbers = (0..names.len() as u32).map(|i| {
        let mut bytes = [0_u8; 8];
        let to = bytes.as_mut_ptr().cast();
        // SAFETY: values of at most eight bytes fit, before and after they are converted.
        (size <= 8).then_some(())?;
        check(|| unsafe { H5Tget_member_value(id, i, to) }).ok()?;
        let whole = *globals::H5T_NATIVE_INT64;
        let none = std::ptr::null_mut();
        check(|| unsafe { H5Tconvert(base.raw(), whole, 1, to, none, H5P_DEFAULT) }).ok()?;
        Some(i64::from_ne_bytes(bytes))
    });
    let numbers: Option<Vec<i64>> = numbers.collect();
    Some(names.into_iter().zip(numbers?).collect())
}

fn is_boolean(members: &[String]) -> bool {
    members.len() == 2
        && members[0].eq_ignore_ascii_case("false")
        && members[1].eq_ignore_ascii_case("true")
}

fn number(datatype: &Id, float: bool, size: usize) -> Number {
    let id = datatype.raw();
    // SAFETY: as in `element_of`.
    let (order, sign, bits) =
        hdf5::sync::sync(|| unsafe { (H5Tget_order(id), H5Tget_sign(id), H5Tget_precision(id)) });
    let sizes: &[usize] = match float {
        true if size == 2 && is_half(datatype) => &[2],
        true => &[4, 8],
        false => &[1, 2, 4, 8],
    };
    let known_order = matches!(
        order,
        H5T_order_t::H5T_ORDER_LE | H5T_order_t::H5T_ORDER_BE | H5T_order_t::H5T_ORDER_NONE
    );
    Number {
        float,
        size,
        signed: sign == H5T_sign_t::H5T_SGN_2,
        big_endian: order == H5T_order_t::H5T_ORDER_BE,
        plain: known_order && bits == 8 * size && sizes.contains(&size),
    }
}

/// Whether a datatype of floats has the bits of a half; there are other floats of 16 bits.
fn is_half(datatype: &Id) -> bool {
    let id = datatype.raw();
    let mut places = [0_usize; 5];
    let [sign, exponent, exponent_bits, fraction, fraction_bits] = &mut places;
    // SAFETY: a datatype of floats, and places for what is asked of it.
    let known = check(|| unsafe {
        H5Tget_fields(id, sign, exponent, exponent_bits, fraction, fraction_bits)
    });
    // SAFETY: as above.
    let bias = hdf5::sync::sync(|| unsafe { H5Tget_ebias(id) });
    known.is_ok() && places == [15, 10, 5, 0, 10] && bias == 15
}

/// Names of the fields of a compound or of the members of an enumeration.
fn members(datatype: &Id) -> Vec<String> {
    let id = datatype.raw();
    // SAFETY: `id` as above; a name that comes back is a text the library allocated for us.
    let n = check(|| unsafe { H5Tget_nmembers(id) }).unwrap_or(0);
    (0..n as u32)
        .map(|i| {
            hdf5::sync::sync(|| unsafe {
                let name = H5Tget_member_name(id, i);
                if name.is_null() {
                    return String::new();
                }
                let text = CStr::from_ptr(name).to_string_lossy().into_owned();
                H5free_memory(name.cast());
                text
            })
        })
        .collect()
}

/// Whether texts of a datatype are pointers rather than a fixed number of bytes.
pub fn is_variable(datatype: &Id) -> bool {
    // SAFETY: `datatype` is valid.
    check(|| unsafe { H5Tis_variable_str(datatype.raw()) }).is_ok_and(|answer| answer > 0)
}

//! Sizes: of spaces, of array types, of files.

use super::library::{Id, check};
use hdf5_sys::h5d::H5Dget_create_plist;
use hdf5_sys::h5f::H5Fget_filesize;
use hdf5_sys::h5i::H5Iget_file_id;
use hdf5_sys::h5p::H5Pget_chunk;
use hdf5_sys::h5s::{H5Sget_simple_extent_dims, H5Sget_simple_extent_ndims};
use hdf5_sys::h5t::{H5Tget_array_dims2, H5Tget_array_ndims, H5Tget_size, H5Tget_super};

/// Element type and length of an array type; of several dimensions, their product.
pub fn array_of(datatype: &Id) -> Result<(Id, usize), String> {
    let id = datatype.raw();
    // SAFETY: `id` is an array type with `rank` dimensions.
    let rank = check(|| unsafe { H5Tget_array_ndims(id) })?;
    let mut dims = vec![0; rank as usize];
    check(|| unsafe { H5Tget_array_dims2(id, dims.as_mut_ptr()) })?;
    if dims.len() != 1 {
        return Err("a field of several dimensions".to_owned());
    }
    let base = Id::made_by(|| unsafe { H5Tget_super(id) })?;
    Ok((base, dims[0] as usize))
}

/// Dimensions of a space; a null space has one of length 0.
pub fn shape(space: &Id) -> Result<Vec<usize>, String> {
    let id = space.raw();
    // SAFETY: `id` is a dataspace with `rank` dimensions.
    let class = hdf5::sync::sync(|| unsafe { hdf5_sys::h5s::H5Sget_simple_extent_type(id) });
    if class == hdf5_sys::h5s::H5S_class_t::H5S_NULL {
        return Ok(vec![0]);
    }
    let rank = check(|| unsafe { H5Sget_simple_extent_ndims(id) })?;
    let mut dims = vec![0; rank as usize];
    if rank > 0 {
        let most = std::ptr::null_mut();
        check(|| unsafe { H5Sget_simple_extent_dims(id, dims.as_mut_ptr(), most) })?;
    }
    Ok(dims.into_iter().map(|n| n as usize).collect())
}

/// Bytes of the file that an object lies in.
pub fn file_length(object: &Id) -> u64 {
    let mut length = 0;
    // SAFETY: an open object, then its file; the library writes one number.
    let file = Id::made_by(|| unsafe { H5Iget_file_id(object.raw()) });
    let asked =
        file.and_then(|file| check(|| unsafe { H5Fget_filesize(file.raw(), &raw mut length) }));
    asked.map_or(u64::MAX, |_| length)
}

/// Bytes of a chunk of an array, which the library allocates to read any of it; 0 of an array that has none.
pub fn chunk_bytes(array: &Id, datatype: &Id) -> usize {
    const RANK: usize = 32;
    let mut sides = [0; RANK];
    // SAFETY: an open array, its list of properties, and room for all sides that the library allows.
    let creation = Id::made_by(|| unsafe { H5Dget_create_plist(array.raw()) });
    let Ok(rank) = creation.and_then(|creation| {
        check(|| unsafe { H5Pget_chunk(creation.raw(), RANK as i32, sides.as_mut_ptr()) })
    }) else {
        return 0;
    };
    let size = hdf5::sync::sync(|| unsafe { H5Tget_size(datatype.raw()) });
    sides[..(rank as usize).min(RANK)]
        .iter()
        .fold(size, |bytes, &side| bytes.saturating_mul(side as usize))
}

//! Arrays of texts: of any length, which lie elsewhere in the file, or all as long.
//!
//! The library takes each text on its own, so that millions take seconds: they are read and written in parts,
//! between which an end can be asked for.

use super::datatype::{Kind, Texts, simple, variable_text};
use super::element::is_variable;
use super::library::{Id, check};
use super::probe;
use super::read::Values;
use super::write::NewFile;
use crate::data::{FileError, Names, stop};
use crate::io::element::Element;
use crate::io::reason::Reason;
use hdf5_sys::h5d::{H5Dget_space, H5Dwrite};
use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5s::{H5S_seloper_t, H5Screate_simple, H5Sselect_hyperslab};
use hdf5_sys::h5t::{H5T_cset_t, H5Tget_cset, H5Tget_size, H5Treclaim, H5Tset_cset};
use std::borrow::Cow;
use std::ffi::{CStr, c_char};
use std::ops::Range;

/// Texts that are read or written at once.
const AT_ONCE: usize = 1 << 18;

impl Values {
    /// The values as texts. Bytes that are no UTF-8 are replaced, not refused.
    pub fn texts(&self) -> Result<Names, Reason> {
        if self.element != Element::Text {
            return Err("its values are not strings".into());
        }
        if is_variable(&self.datatype) {
            self.variable_texts()
        } else {
            self.fixed_texts()
        }
    }

    /// Whether each value is a reference to a text elsewhere in the file.
    pub fn are_references(&self) -> bool {
        !self.is_attribute && self.field.is_none() && is_variable(&self.datatype)
    }

    fn variable_texts(&self) -> Result<Names, Reason> {
        let n = self.len();
        probe::check_texts(&self.id, n)?;
        let Some(step) = (!self.is_attribute && self.shape.len() == 1).then_some(AT_ONCE) else {
            return self.some_texts(None, n);
        };
        let mut parts = Vec::new();
        for from in (0..n).step_by(step) {
            if stop::is_asked() {
                return Err(Reason::stopped());
            }
            let rows = from..n.min(from + step);
            parts.push(self.some_texts(Some(rows.clone()), rows.len())?);
        }
        Ok(parts.iter().flat_map(Names::iter).collect())
    }

    /// The `n` texts of a range along the first dimension, or of all.
    fn some_texts(&self, rows: Option<Range<usize>>, n: usize) -> Result<Names, Reason> {
        let mut pointers: Vec<*mut c_char> = self.room(n)?;
        pointers.resize(n, std::ptr::null_mut());
        let text = variable_text_as(&self.datatype)?;
        let datatype = self.memory_type(text.raw(), size_of::<*mut c_char>())?;
        self.fill(&datatype, rows, pointers.as_mut_ptr().cast(), n)?;
        let names = pointers
            .iter()
            .map(|&text| {
                if text.is_null() {
                    return Cow::Borrowed("");
                }
                // SAFETY: the library filled in texts that end in NUL, and they live until reclaimed.
                unsafe { CStr::from_ptr(text) }.to_string_lossy()
            })
            .collect();
        let dims = [n as u64];
        // SAFETY: the buffer holds `n` elements of `datatype` as the library allocated them.
        let space =
            Id::made_by(|| unsafe { H5Screate_simple(1, dims.as_ptr(), std::ptr::null()) })?;
        check(|| unsafe {
            let buffer = pointers.as_mut_ptr().cast();
            H5Treclaim(datatype.raw(), space.raw(), H5P_DEFAULT, buffer)
        })?;
        Ok(names)
    }

    /// Bytes of each text, where all have as many.
    pub fn text_size(&self) -> Option<usize> {
        let is_fixed = self.element == Element::Text && !is_variable(&self.datatype);
        // SAFETY: the datatype is valid.
        let size = || check(|| unsafe { H5Tget_size(self.datatype.raw()) } as i64);
        is_fixed.then(size)?.ok().map(|size| size as usize)
    }

    fn fixed_texts(&self) -> Result<Names, Reason> {
        // SAFETY: the datatype is valid.
        let size = check(|| unsafe { H5Tget_size(self.datatype.raw()) } as i64)? as usize;
        let mut bytes: Vec<u8> = self.room(self.len().saturating_mul(size))?;
        bytes.resize(self.len() * size, 0);
        let datatype = self.memory_type(self.datatype.raw(), size)?;
        self.fill(&datatype, None, bytes.as_mut_ptr().cast(), self.len())?;
        let texts = bytes.chunks_exact(size.max(1)).map(|text| {
            let end = text.iter().position(|&byte| byte == 0).unwrap_or(size);
            String::from_utf8_lossy(text[..end].trim_ascii_end())
        });
        Ok(texts.collect())
    }
}

impl NewFile {
    /// `n` texts of any length, along one dimension.
    pub(super) fn list_of_texts<'a>(
        &self,
        path: &str,
        n: usize,
        mut texts: impl Iterator<Item = &'a str>,
    ) -> Result<(), FileError> {
        let (array, memory) = self.named(path, |name| {
            let array = self.new_array(name, &Kind::Text.datatype()?, &simple(&[n])?)?;
            Ok((array, variable_text()?))
        })?;
        for from in (0..n).step_by(AT_ONCE) {
            let part = Texts::of(texts.by_ref().take(AT_ONCE));
            // Looks whether an end is asked for, each time.
            self.named(path, |_| {
                write_part(&array, &memory, from, &part.pointers())
            })?;
        }
        Ok(())
    }
}

/// Writes the texts of an array from `from` on.
fn write_part(array: &Id, memory: &Id, from: usize, texts: &[*const c_char]) -> Result<(), String> {
    let (start, count) = (from as u64, texts.len() as u64);
    let part = simple(&[texts.len()])?;
    // SAFETY (of all): the space has one dimension, and there are as many texts as are selected.
    let space = Id::made_by(|| unsafe { H5Dget_space(array.raw()) })?;
    check(|| unsafe {
        let (set, none) = (H5S_seloper_t::H5S_SELECT_SET, std::ptr::null());
        H5Sselect_hyperslab(space.raw(), set, &start, none, &count, none)
    })?;
    check(|| unsafe {
        let texts = texts.as_ptr().cast();
        H5Dwrite(
            array.raw(),
            memory.raw(),
            part.raw(),
            space.raw(),
            H5P_DEFAULT,
            texts,
        )
    })
    .map(drop)
}

/// Texts of any length in the character set of another type: the library turns none into another.
fn variable_text_as(stored: &Id) -> Result<Id, String> {
    let text = variable_text()?;
    // SAFETY: both are datatypes of texts, and the copy is ours to change.
    let set = hdf5::sync::sync(|| unsafe { H5Tget_cset(stored.raw()) });
    if set == H5T_cset_t::H5T_CSET_ASCII {
        check(|| unsafe { H5Tset_cset(text.raw(), set) })?;
    }
    Ok(text)
}

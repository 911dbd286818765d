//! The only access to the HDF5 library: identifiers that close themselves, errors as text.

use hdf5::sync::sync;
use hdf5_sys::h5i::{H5Idec_ref, H5Iinc_ref, hid_t};
use std::ffi::c_char;
use std::io;

/// An identifier of the library, given back when dropped.
#[derive(Debug)]
pub struct Id(hid_t);

impl Id {
    /// Takes what a call of the library made.
    pub fn made_by(make: impl FnOnce() -> hid_t) -> Result<Id, String> {
        check(make).map(Id)
    }

    pub fn raw(&self) -> hid_t {
        self.0
    }
}

impl Clone for Id {
    fn clone(&self) -> Self {
        // SAFETY: the identifier is valid as long as `self` lives; counting it up has no other effect.
        sync(|| unsafe { H5Iinc_ref(self.0) });
        Id(self.0)
    }
}

impl Drop for Id {
    fn drop(&mut self) {
        // SAFETY: every `Id` owns one count of a valid identifier.
        sync(|| unsafe { H5Idec_ref(self.0) });
    }
}

/// Calls the library under its lock; a negative answer becomes the library's own words.
pub fn check<T: Into<i64> + Copy>(call: impl FnOnce() -> T) -> Result<T, String> {
    sync(|| {
        let answer = call();
        if answer.into() < 0 {
            Err(last_words())
        } else {
            Ok(answer)
        }
    })
}

fn last_words() -> String {
    match hdf5::Error::query() {
        Ok(error) => error.to_string(),
        Err(_) => "the HDF5 library gave no reason".to_owned(),
    }
}

/// The error of the operating system after a failure of the library. It has no code of its own for a full
/// disk, and `errno` may have changed by the time a call returns, so the number is taken from the words.
pub(super) fn system_error(words: &str) -> Option<io::Error> {
    let (_, number) = words.split_once("errno = ")?;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().map(io::Error::from_raw_os_error)
}

/// A text that the library copies out when it is given room, and without says its length.
pub(super) fn text(copy: impl Fn(*mut c_char, usize) -> isize) -> Result<String, String> {
    let length = check(|| copy(std::ptr::null_mut(), 0) as i64)? as usize;
    let mut bytes = vec![0_u8; length + 1];
    check(|| copy(bytes.as_mut_ptr().cast(), length + 1) as i64)?;
    bytes.truncate(length);
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_the_number_of_the_system() {
        let folder = crate::io::testing::folder("h5-errno");
        let file = folder.join("there.h5");
        std::fs::write(&file, b"").unwrap();
        let error = hdf5::File::create_excl(&file).unwrap_err();
        let kind = system_error(&error.to_string()).map(|error| error.kind());
        assert_eq!(kind, Some(io::ErrorKind::AlreadyExists), "{error}");
        assert!(system_error("can't open attribute").is_none());
    }
}

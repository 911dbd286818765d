//! A value that is read from a file on first use and then kept, or the error.
//!
//! An end that was asked for is not kept, nor that a remote store did not answer: the next who asks reads again.

use super::remote::may_pass;
use crate::data::FileError;
use std::sync::{Mutex, OnceLock, PoisonError};

#[derive(Debug)]
pub struct Once<T> {
    made: OnceLock<Result<T, FileError>>,
    making: Mutex<()>,
}

impl<T> Once<T> {
    pub fn new() -> Self {
        Once {
            made: OnceLock::new(),
            making: Mutex::new(()),
        }
    }

    /// What is there already.
    pub fn get(&self) -> Option<Result<&T, FileError>> {
        self.made
            .get()
            .map(|made| made.as_ref().map_err(Clone::clone))
    }

    /// What is there, or what `make` makes of it.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn get_or(&self, make: impl FnOnce() -> Result<T, FileError>) -> Result<&T, FileError> {
        if let Some(made) = self.get() {
            return made;
        }
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = self.get() {
            return made;
        }
        match make() {
            Err(error) if may_pass(&error) => Err(error),
            made => self
                .made
                .get_or_init(|| made)
                .as_ref()
                .map_err(Clone::clone),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_kept_and_ends_are_not() {
        let once = Once::new();
        assert!(once.get_or(|| Err(FileError::stopped("a"))).is_err());
        assert_eq!(once.get_or(|| Ok(1)), Ok(&1));
        assert_eq!(once.get_or(|| Ok(2)), Ok(&1));
        let once = Once::<u8>::new();
        assert!(once.get_or(|| Err(FileError::new("a", "damaged"))).is_err());
        assert!(once.get_or(|| Ok(1)).is_err());
    }
}

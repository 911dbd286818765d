//! Names of columns and keys that a file can hold. In HDF5 and zarr they are parts of paths, in which
//! `/` separates parts, an empty one and `.` are nothing, and `..` leads elsewhere.

use super::elements::Elements;
use crate::data::FileError;

impl Elements<'_> {
    /// Refuses a path whose last name, that of a column or a key, no file can hold.
    pub fn named(&self, path: &str) -> Result<(), FileError> {
        if is_nameable(path.trim_start_matches('/')) {
            return Ok(());
        }
        let reason = "no file can hold a column or key of this name; rename it";
        Err(self.file.fault(path, reason))
    }
}

/// Whether a column or a key may have this name. One with `/` is several groups, one in the other.
pub fn is_nameable(name: &str) -> bool {
    !name.split('/').any(|part| matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_paths_are_no_names() {
        for name in ["", ".", "..", "/", "a/", "a//b", "a/../b"] {
            assert!(!is_nameable(name), "{name:?}");
        }
        for name in ["a", "...", "a.b", "T/NK", "CD4 T", " "] {
            assert!(is_nameable(name), "{name:?}");
        }
    }
}

//! Files to datasets and back.
//!
//! Opening reads names and shapes; values are read when somebody asks. hdf5 is named here and
//! nowhere else.

pub mod cache;
pub mod chunks;
mod compressed;
mod dense;
pub mod h5;
pub mod h5ad;
pub mod memory;
mod rows;
mod transposed;

use crate::data::{Dataset, FileError, Names};
use std::path::Path;

/// A dataset as it was opened, and what is wrong with parts of it.
#[derive(Debug)]
pub struct Opened {
    pub dataset: Dataset,
    pub warnings: Vec<FileError>,
}

/// What a person calls a file: its last part.
fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// Gene names that can be told apart, with a warning if they could not.
fn unique_genes(names: Names, path: &Path, warnings: &mut Vec<FileError>) -> Names {
    let Some(duplicate) = names.duplicate() else {
        return names;
    };
    let problem = format!(
        "some genes have the same name, such as {duplicate:?}; they were numbered: {duplicate}-1 …"
    );
    warnings.push(FileError::new(path, problem));
    names.made_unique()
}

#[cfg(test)]
mod testing {
    //! What the tests of readers and writers share.

    use super::*;
    use crate::data::{Lazy, Maker, Matrix, Rows, Value};
    use std::path::PathBuf;

    /// A file of the test data; `None`, with a word, where there is none.
    pub fn data(name: &str) -> Option<PathBuf> {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
        let folder = std::env::var_os("SCA_TEST_DATA").map_or_else(beside, PathBuf::from);
        let path = folder.join(name);
        if path.exists() {
            return Some(path);
        }
        assert!(
            std::env::var_os("CI").is_none(),
            "{} is missing",
            path.display()
        );
        eprintln!("skipped: {} is missing", path.display());
        None
    }

    /// A folder of its own for a test, emptied.
    pub fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("sca-test-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// The value of a slot, read now.
    pub fn load(lazy: &Lazy) -> Result<Value, FileError> {
        match (lazy.get(), lazy.maker()) {
            (Some(value), _) => Ok(value.clone()),
            (None, Some(Maker::File(load))) => load.load(),
            _ => panic!("nobody promised this value"),
        }
    }

    /// All cells of a matrix as its source has them.
    pub fn all_rows(matrix: &Matrix) -> Result<Rows, FileError> {
        matrix.blocks.read(0..matrix.blocks.n_cells())
    }

    /// Every slot by name, with its value.
    pub fn everything(dataset: &Dataset) -> Result<Vec<(String, Value)>, FileError> {
        use crate::data::Place::*;
        let mut found = vec![
            ("obs_names".to_owned(), load(&dataset.obs_names.value)?),
            ("var_names".to_owned(), load(&dataset.var_names.value)?),
        ];
        for place in [Obs, Var, Obsm, Varm, Obsp, Varp, Uns] {
            for (key, slot) in dataset.slots(place).unwrap() {
                let value = load(&slot.value)?;
                found.push((format!("{}.{key}", place.word()), value));
            }
        }
        for (key, slot) in dataset
            .raw
            .iter()
            .flat_map(|raw| raw.var.iter().chain(&raw.varm))
        {
            found.push((format!("raw.var.{key}"), load(&slot.value)?));
        }
        Ok(found)
    }
}

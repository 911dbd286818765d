//! Names of genes and cells that repeat in a file.

use crate::data::{FileError, Names};
use std::path::Path;

/// Gene names that can be told apart, with a warning if they could not.
pub fn unique_genes(names: Names, path: &Path, warnings: &mut Vec<FileError>) -> Names {
    unique("genes", names, path, warnings)
}

/// The same of cells, of a file whose cells have no other mark than their names.
pub fn unique_cells(names: Names, path: &Path, warnings: &mut Vec<FileError>) -> Names {
    unique("cells", names, path, warnings)
}

fn unique(what: &str, names: Names, path: &Path, warnings: &mut Vec<FileError>) -> Names {
    let Some(duplicate) = names.duplicate() else {
        return names;
    };
    warnings.push(repeated(what, path, duplicate));
    names.made_unique()
}

/// Some names repeat and were numbered.
pub fn repeated(what: &str, path: &Path, name: &str) -> FileError {
    let problem =
        format!("some {what} have the same name, such as {name:?}; they were numbered: {name}-1 …");
    FileError::new(path, problem)
}

//! What Seurat and Scanpy call arguments of many commands. What they call those of one is said by the command: its
//! parameters' other spellings, and `theirs` of its declaration.

use crate::command::{Entry, Param};

/// Arguments by their places, where those of another tool are not in our order.
pub(super) const PLACES: &[(&str, &[&str])] = &[
    ("FindMarkers", &["object", "ident.1", "ident.2"]),
    ("subset", &["x", "subset"]),
    ("merge", &["x", "y"]),
    ("cbind", &["x", "y"]),
];

/// What Seurat calls parameters that several commands have, and one of their names here.
pub(super) const SYNONYMS: &[(&str, &str)] = &[
    ("ncol", "ncols"),
    ("group", "groups"),
    ("seed.use", "seed"),
    ("random.seed", "seed"),
    ("selection.method", "flavor"),
    ("reduction", "basis"),
    ("pt.size", "size"),
    ("file", "path"),
];

/// What other tools call the dataset.
pub(super) const OBJECT: [&str; 4] = ["object", "x", "data", "seurat"];

/// The parameter that Seurat calls so.
pub(in crate::eval) fn synonym<'e>(entry: &'e Entry, name: &str) -> Option<&'e Param> {
    let (_, ours) = SYNONYMS.iter().find(|(theirs, _)| *theirs == name)?;
    entry.param(ours)
}

//! How many neighbors can be requested, and the names of the results.

use crate::command::Scene;
use crate::diagnostic::{Diagnostic, Outcome, code};

/// # Errors
/// The cell itself is the only one.
pub fn check(scene: &Scene, k: usize) -> Outcome<()> {
    if k > 1 {
        return Ok(());
    }
    let headline = "k=1 leaves no neighbors: `k` counts the cell itself";
    let error = scene.error("k", code::INVALID_VALUE, headline, "is the cell itself");
    Err(error.help("neighbors adata k=15"))
}

/// The note on more neighbors than there are cells.
pub fn too_many(k: usize, cells: usize) -> Option<Box<Diagnostic>> {
    let headline = || format!("k={k} of {cells} cells: every cell is a neighbor of every other");
    (k > cells).then(|| Diagnostic::note(headline()))
}

/// Where the graph, the distances and the record go.
pub fn keys(prefix: Option<&str>) -> [String; 3] {
    match prefix {
        Some(key) => [
            format!("{key}_connectivities"),
            format!("{key}_distances"),
            key.to_owned(),
        ],
        None => ["connectivities", "distances", "neighbors"].map(str::to_owned),
    }
}

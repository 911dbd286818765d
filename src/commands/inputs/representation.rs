//! Representations of cells that commands measure distances in: a key of obsm, or X itself.

use crate::command::Scene;
use crate::data::quantity;
use crate::data::{Dataset, Lazy, Matrix, Place, Promise, RowsView, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::ticker::Ticker;
use crate::plan::{Extent, Fold, Folding};
use crate::source::Origin;
use ndarray::Array2;
use std::sync::Arc;

/// The key that means the values of all genes.
pub const X: &str = "X";

/// The representation that `param` names, cells × dimensions.
pub fn representation(scene: &Scene, data: &Dataset, key: &str, param: &str) -> Outcome<Lazy> {
    if key != X || data.obsm.contains_key(X) {
        return scene.value(data, Place::Obsm, key);
    }
    let matrix = scene.matrix(data, None)?;
    let (cells, genes) = (data.cells.at_most(), data.genes.at_most());
    let bytes = cells as u64 * genes as u64 * 4;
    if bytes > scene.settings.memory / 4 {
        let headline = format!(
            "X ({} cells × {} genes) is too large to be dense",
            quantity::count(cells as u64),
            quantity::count(genes as u64)
        );
        return Err(scene
            .error(
                param,
                code::MEMORY,
                headline,
                "needs all genes of all cells at once",
            )
            .help("use principal components (`pca`, then on=pca) or fewer genes"));
    }
    Ok(dense_values(scene, data, &matrix))
}

/// The numbers of a representation: a slot of obsm may hold anything.
///
/// # Errors
/// It holds a data frame, texts, or a graph.
pub fn numeric<'a>(representation: &'a Value, origin: &Origin) -> Outcome<&'a Array2<f32>> {
    let numbers = representation.dense().map(|dense| &**dense);
    numbers.ok_or_else(|| {
        let headline = "the representation is not numeric";
        Diagnostic::error(code::UNEXPECTED_CONTENT, headline)
            .at(origin)
            .help("on= needs a matrix of numbers in obsm, as `pca` makes one")
    })
}

/// A matrix on the dataset's cells and genes, with its zeros.
pub fn dense_values(scene: &Scene, data: &Dataset, matrix: &Matrix) -> Lazy {
    let view = scene.view(data, matrix);
    scene.fold(view, (), Promise::Dense(None), |extent, ()| {
        Ok(dense(extent))
    })
}

fn dense(extent: Extent) -> Box<dyn Fold<Value>> {
    let genes = extent.genes;
    Folding {
        new: Vec::new,
        add: move |values: &mut Vec<f32>, rows: RowsView, _: &[u32], _: &Ticker| {
            for row in rows.outer_iterator() {
                let start = values.len();
                values.resize(start + genes, 0.0);
                row.iter().for_each(|(gene, &x)| values[start + gene] = x);
            }
            Ok(())
        },
        merge: |into: &mut Vec<f32>, next: Vec<f32>| into.extend(next),
        finish: move |values: Vec<f32>, _: &Ticker| {
            let cells = values.len() / genes.max(1);
            let dense = Array2::from_shape_vec((cells, genes), values);
            let dense = dense.unwrap_or_else(|_| Array2::zeros((cells, genes)));
            Ok(Value::Dense(Arc::new(dense)))
        },
        partial_bytes: genes as u64 * 4 * 1024,
    }
    .by_cell()
}

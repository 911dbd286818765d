//! `X` and layers: dense, by cell or by gene.

use super::sparse::compression;
use crate::data::{Blocks, FileError};
use crate::io::compressed::Compressed;
use crate::io::dense::Dense;
use crate::io::stored::Object;
use crate::io::transposed::Transposed;
use std::sync::Arc;

/// The matrix of a group or array, in whichever way it is stored.
///
/// # Errors
/// It is no matrix, has the wrong shape, or contradicts itself.
pub fn open_matrix(
    object: Object,
    n_cells: usize,
    n_genes: usize,
) -> Result<Arc<dyn Blocks>, FileError> {
    let current = !object.encoding().is_empty();
    let found = match (object.values(), compression(&object)) {
        (Some(values), _) => match values.shape[..] {
            [rows] => [rows, 1],
            [rows, columns] => [rows, columns],
            _ => return Err(object.fault("is not a matrix")),
        },
        (None, Some((_, shape))) => shape,
        (None, None) => return Err(no_matrix(&object)),
    };
    if found != [n_cells, n_genes] {
        let [rows, columns] = found;
        let problem =
            format!("is {rows} × {columns}, but there are {n_cells} cells and {n_genes} genes");
        return Err(object.fault(problem));
    }
    Ok(match compression(&object) {
        None => {
            let dense = Dense::open(object)?;
            Arc::new(if current { dense.current() } else { dense })
        }
        Some((false, [rows, columns])) => {
            let csr = Compressed::open(object, rows, columns)?;
            Arc::new(if current { csr.current() } else { csr })
        }
        Some((true, [rows, columns])) => {
            let csc = Compressed::open(object, columns, rows)?;
            let csc = if current { csc.current() } else { csc };
            Arc::new(Transposed::new(Arc::new(csc)))
        }
    })
}

fn no_matrix(object: &Object) -> FileError {
    let encoding = object.encoding();
    if encoding.is_empty() {
        object.fault("is missing the attributes that say how it is stored")
    } else {
        object.fault(format!(
            "is stored as {encoding:?}, which sca cannot read as a matrix"
        ))
    }
}

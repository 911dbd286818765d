//! `obsm`, `varm`, `obsp`, `varp`: which values their elements hold.

use super::frame::StoredFrame;
use super::sparse::{StoredGraph, compression};
use super::unknown_elements::kept;
use super::uns::StoredUns;
use crate::data::{FileError, InFile, Lazy, Load, Promise, Uns, Value};
use crate::io::chunks::Chunked;
use crate::io::element::Element;
use crate::io::stored::{Object, Values};
use ndarray::Array2;
use std::sync::Arc;

/// An element of `obsm`, `varm`, `obsp` or `varp`, of which the first dimension is `n`.
///
/// Arrays of other shapes, frames, and sparse matrices that are no graphs are read as `uns` is;
/// what sca does not understand is kept as stored, to be copied.
///
/// # Errors
/// Its length is wrong, or it cannot be opened.
pub fn open(object: Object, n: usize, square: bool) -> Result<Lazy, FileError> {
    let current = !object.encoding().is_empty();
    if let Some(values) = object.values().cloned() {
        return Ok(match (&values.element, &values.shape[..]) {
            (Element::Number(_), &[rows, _]) if square => {
                has_rows(&object, rows, n)?;
                Lazy::from_file(StoredUns::new(object).square(), Promise::Uns)
            }
            (Element::Number(_) | Element::Bool(_), &[rows] | &[rows, _]) => {
                has_rows(&object, rows, n)?;
                let columns = values.shape.get(1).copied().unwrap_or(1);
                let promise = Promise::Dense(Some(columns));
                let dense = StoredDense {
                    object,
                    values,
                    current,
                };
                Lazy::from_file(dense, promise)
            }
            (Element::Number(_), &[rows, _, _]) | (Element::Record(_), &[rows]) => {
                has_rows(&object, rows, n)?;
                as_uns(object)
            }
            _ => kept(&object)?,
        });
    }
    match compression(&object) {
        Some((by_column, [rows, columns])) if square => {
            has_rows(&object, rows, n)?;
            let graph = StoredGraph {
                object,
                shape: [rows, columns],
                by_column,
                square,
                current,
            };
            Ok(Lazy::from_file(graph, Promise::Graph))
        }
        Some((_, [rows, _])) => {
            has_rows(&object, rows, n)?;
            Ok(as_uns(object))
        }
        None if object.encoding() == "dataframe" => {
            let frame = StoredFrame::open(object.clone())?;
            has_rows(&object, frame.len(), n)?;
            Ok(as_uns(object))
        }
        None => kept(&object),
    }
}

fn as_uns(object: Object) -> Lazy {
    Lazy::from_file(StoredUns::new(object), Promise::Uns)
}

fn has_rows(object: &Object, rows: usize, n: usize) -> Result<(), FileError> {
    if rows == n {
        return Ok(());
    }
    Err(object.fault(format!("has {rows} rows instead of {n}; it is left out")))
}

/// A field of the array of records that `obsm` and `varm` were before anndata 0.7.
pub fn open_field(object: &Object, name: &str, n: usize) -> Result<Lazy, FileError> {
    let values = object.values().and_then(|records| records.field(name));
    let values = values.ok_or_else(|| object.fault(format!("has no field {name:?}")))?;
    has_rows(object, values.shape[0], n)?;
    let columns = values.shape.get(1).copied().unwrap_or(1);
    let dense = StoredDense {
        object: object.clone(),
        values,
        current: false,
    };
    Ok(Lazy::from_file(dense, Promise::Dense(Some(columns))))
}

#[derive(Debug)]
struct StoredDense {
    object: Object,
    values: Values,
    current: bool,
}

impl Load for StoredDense {
    fn load(&self) -> Result<Value, FileError> {
        let rows = self.values.shape[0];
        let columns = self.values.shape.get(1).copied().unwrap_or(1);
        let unreadable = |reason| self.object.unreadable(reason);
        let is_own_array =
            matches!(self.object.values(), Some(values) if values.element == self.values.element);
        let numbers: Vec<f32> = match self.values.element {
            Element::Bool(_) => {
                let truths = self.values.truths().map_err(unreadable)?;
                truths
                    .into_iter()
                    .map(|truth| f32::from(u8::from(truth)))
                    .collect()
            }
            _ if is_own_array => Chunked::open(self.object.clone())?.rows(0..rows)?,
            _ => self.values.read(None).map_err(unreadable)?,
        };
        let dense = Array2::from_shape_vec((rows, columns), numbers)
            .map_err(|error| self.object.fault(error.to_string()))?;
        Ok(Value::Dense(Arc::new(dense)))
    }

    fn load_exact(&self) -> Result<Value, FileError> {
        let exact = self.values.exact();
        let exact = exact.map_err(|reason| self.object.unreadable(reason))?;
        Ok(Value::Uns(Arc::new(Uns::Exact(Arc::new(exact)))))
    }

    fn in_file(&self) -> Option<InFile> {
        self.object.place().filter(|_| self.current)
    }
}

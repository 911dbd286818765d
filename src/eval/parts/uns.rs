//! Between `uns` and values of the language.

use crate::command::{Val, tables};
use crate::data::{FileError, Uns};
use std::sync::Arc;

/// A leaf of uns as a value of the language.
///
/// # Errors
/// It is made from a file that cannot be read.
pub(in crate::eval) fn uns_value(uns: &Uns) -> Result<Val, FileError> {
    Ok(match uns {
        Uns::Null => Val::None,
        Uns::Text(text) => Val::Text(text.clone()),
        Uns::Number(number) => Val::Number(*number),
        Uns::Integer(number) => Val::Number(*number as f64),
        Uns::Bool(truth) => Val::Bool(*truth),
        Uns::Texts(texts) => Val::List(texts.iter().map(Val::text).collect()),
        Uns::Truths(truths) => Val::List(truths.iter().map(|&truth| Val::Bool(truth)).collect()),
        Uns::Steps(numbers) => Val::List(numbers.iter().map(|&n| Val::Number(n as f64)).collect()),
        Uns::Exact(array) if array.shape.is_empty() => {
            Val::Number(array.numbers().next().unwrap_or(f64::NAN))
        }
        Uns::Exact(array) if array.shape.len() == 1 => {
            Val::List(array.numbers().map(Val::Number).collect())
        }
        Uns::Array(array) if array.ndim() == 1 => {
            Val::List(array.iter().map(|&x| Val::Number(x)).collect())
        }
        Uns::Array32(array) if array.ndim() == 1 => {
            Val::List(array.iter().map(|&x| Val::Number(x.into())).collect())
        }
        Uns::Made(making) => return uns_value(&making.make()?),
        other => match tables::of_uns(other) {
            Some(table) => Val::table(table),
            None => Val::Uns(Arc::new(other.clone())),
        },
    })
}

/// A value as it is kept in uns; `None` for what cannot be.
pub(in crate::eval) fn to_uns(value: &Val) -> Option<Uns> {
    Some(match value {
        Val::Number(number) => Uns::Number(*number),
        Val::Text(text) => Uns::Text(text.clone()),
        Val::Bool(truth) => Uns::Bool(*truth),
        Val::List(items) if items.iter().all(|item| matches!(item, Val::Text(_))) => {
            let texts = items.iter().filter_map(|item| match item {
                Val::Text(text) => Some(text),
                _ => None,
            });
            Uns::Texts(Arc::new(texts.collect()))
        }
        Val::List(items) => {
            let numbers: Option<Vec<f64>> = items
                .iter()
                .map(|item| match item {
                    Val::Number(number) => Some(*number),
                    _ => None,
                })
                .collect();
            Uns::Array(ndarray::Array1::from(numbers?).into_dyn())
        }
        Val::Record(fields) => fields.iter().try_fold(Uns::map(), |map, (key, value)| {
            Some(map.with(key, to_uns(value)?))
        })?,
        _ => return None,
    })
}

//! After a comparison: the values that a column can have.

use super::super::symbols::{self, Symbols};
use super::Candidate;
use super::levels::of_column;
use super::values::{of, variables};
use crate::command::Val;
use crate::data::{Column, Dataset, Place};
use crate::lang::cursor::{CursorContext, Expected};
use std::sync::Arc;

/// Values that a column is compared with: its levels, with how often they occur.
pub fn levels(known: &Symbols, compared: &str, context: &CursorContext) -> Vec<Candidate> {
    let (data, key) = match column_of(known, compared, context) {
        Some(found) => found,
        None => return of_operand(known, context),
    };
    let Some(column) = symbols::column(data, Place::Obs, &key) else {
        return Vec::new();
    };
    match &*column {
        Column::Bool(_) => ["true", "false"].map(|it| Candidate::new(it, "")).into(),
        Column::Number(_) => variables(known, |it| matches!(it, Val::Number(_))).collect(),
        Column::Text(_) | Column::Category(_) => of_column(&column, context),
    }
}

fn of_operand(known: &Symbols, context: &CursorContext) -> Vec<Candidate> {
    let context = CursorContext {
        place: Expected::Operand,
        ..context.clone()
    };
    of(known, &context, "")
}

/// `leiden`, `obs.leiden`, `adata.obs.leiden`: the dataset and the key.
pub fn column_of<'a>(
    known: &Symbols<'a>,
    compared: &str,
    context: &CursorContext,
) -> Option<(&'a Arc<Dataset>, String)> {
    let (before, key) = match compared.rsplit_once('.') {
        Some((before, key)) => (Some(before), key),
        None => (None, compared),
    };
    let key = key.trim_matches('`').to_owned();
    let data = match before {
        None | Some("obs") => known.subject(context)?,
        Some(path) => known.dataset(path.strip_suffix(".obs")?)?,
    };
    symbols::has(data, Place::Obs, &key).then_some((data, key))
}

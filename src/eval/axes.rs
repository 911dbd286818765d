//! How many cells and genes are left, and their names: promised where a selection still is.

use crate::command::Val;
use crate::data::{Axis, Column, ColumnType, Lazy, NumberType, Promise, Value};
use crate::plan;
use crate::source::Origin;
use std::sync::Arc;

/// The selections from the root down to an axis.
pub(super) fn chain(axis: &Axis) -> Vec<Lazy> {
    let mut selections = Vec::new();
    let mut at = axis;
    while let Some((parent, keep)) = at.parent() {
        selections.push(keep.clone());
        at = parent;
    }
    selections.reverse();
    selections
}

pub(super) fn root_length(axis: &Axis) -> usize {
    let mut at = axis;
    while let Some((parent, _)) = at.parent() {
        at = parent;
    }
    at.at_most()
}

pub(super) fn chain_length(selections: &[Value], root: usize) -> usize {
    selections
        .last()
        .and_then(|value| value.keep())
        .map_or(root, |keep| keep.len())
}

/// The number of cells or genes: a number if known, else a promise of one.
pub(super) fn axis_length(axis: &Axis, origin: Origin) -> Val {
    if let Some(n) = axis.len() {
        return Val::Number(n as f64);
    }
    let root = root_length(axis);
    let values = plan::whole(
        "count",
        Some(origin),
        chain(axis),
        &[Promise::Column(ColumnType::Number)],
        move |needs, _| {
            let n = chain_length(needs, root) as f64;
            Ok(vec![Value::Column(Arc::new(Column::numbers(
                vec![n],
                NumberType::I64,
            )))])
        },
    );
    Val::promised(values[0].clone(), ColumnType::Number)
}

/// Names as a column of texts.
pub(super) fn as_text_column(names: Lazy) -> Lazy {
    let values = plan::whole(
        "names",
        None,
        vec![names],
        &[Promise::Column(ColumnType::Text)],
        |needs, _| {
            let names = needs[0]
                .names()
                .map(|names| Column::Text((**names).clone()));
            Ok(names
                .map(|names| Value::Column(Arc::new(names)))
                .into_iter()
                .collect())
        },
    );
    values[0].clone()
}

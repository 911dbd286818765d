//! How many cells and genes are left, and their names: promised where a selection still is.

use crate::command::Val;
use crate::data::{Axis, Column, ColumnType, Lazy, NumberType, Promise, Value};
use crate::plan;
use crate::source::Origin;

/// The selections from the root down to an axis.
pub(in crate::eval) fn chain(axis: &Axis) -> Vec<Lazy> {
    let mut selections = Vec::new();
    let mut at = axis;
    while let Some((parent, keep)) = at.parent() {
        selections.push(keep.clone());
        at = parent;
    }
    selections.reverse();
    selections
}

pub(in crate::eval) fn root_length(axis: &Axis) -> usize {
    let mut at = axis;
    while let Some((parent, _)) = at.parent() {
        at = parent;
    }
    at.at_most()
}

pub(in crate::eval) fn chain_length(selections: &[Value], root: usize) -> usize {
    selections
        .last()
        .and_then(|value| value.keep())
        .map_or(root, |keep| keep.len())
}

/// The number of cells or genes: a number if known, else a promise of one.
pub(in crate::eval) fn axis_length(axis: &Axis, origin: Origin) -> Val {
    if let Some(n) = axis.len() {
        return Val::Number(n as f64);
    }
    let root = root_length(axis);
    let promise = Promise::Column(ColumnType::Number);
    let length = plan::light_step(
        "count",
        Some(origin),
        chain(axis),
        promise,
        move |chain, _| {
            let n = chain_length(&chain, root) as f64;
            Ok(Value::of(Column::numbers(vec![n], NumberType::I64)))
        },
    );
    Val::promised(length, ColumnType::Number)
}

/// Names as a column of texts.
pub(in crate::eval) fn as_text_column(names: Lazy) -> Lazy {
    let promise = Promise::Column(ColumnType::Text);
    plan::light_step("names", None, names, promise, |names, _| {
        Ok(match names.names() {
            Some(names) => Value::of(Column::Text((**names).clone())),
            None => names,
        })
    })
}

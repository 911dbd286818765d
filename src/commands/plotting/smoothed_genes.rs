//! Genes that smoothed values lack: `magic` with `genes=` leaves all others 0, and a figure of these says so.

use crate::command::Scene;
use crate::data::{Column, Lazy, Names, State, Value};
use crate::diagnostic::Diagnostic;
use crate::plan::{Needs, Promised, Shared};
use std::any::Any;

/// The values of one gene, with a note if none of them was smoothed.
pub fn noted(scene: &Scene, state: State, name: &str, values: Lazy) -> Lazy {
    if state != State::Smoothed {
        return values;
    }
    let (name, promise) = (name.to_owned(), values.promise());
    scene.step(values, promise, move |values, cx| {
        let lacks = values.column().is_some_and(|column| is_zero(column));
        cx.remark(lacks.then(|| note(&[&name])).flatten());
        Ok(values)
    })
}

/// What a figure draws, with a note on the genes of these names that were not smoothed: `zeros` says of
/// their values which are 0 in all cells.
pub fn genes_noted<T: Any + Send + Sync, N: Needs>(
    scene: &Scene,
    state: State,
    drawn: Promised<T>,
    (names, values): (&Promised<Names>, N),
    zeros: impl Fn(&N::Values) -> Vec<bool> + Send + Sync + 'static,
) -> Promised<T> {
    if state != State::Smoothed {
        return drawn;
    }
    let needs = (drawn, names.clone(), values);
    scene.step(needs, Shared::new(), move |(drawn, names, values), cx| {
        let zeros = names.iter().zip(zeros(&values));
        let lacking: Vec<&str> = zeros.filter_map(|(name, is)| is.then_some(name)).collect();
        cx.remark(note(&lacking));
        Ok(drawn)
    })
}

/// Which columns of an array are 0 in every row.
pub fn zero_columns(values: &Value) -> Vec<bool> {
    let dense = values.dense();
    let columns = dense.iter().flat_map(|dense| dense.columns());
    columns
        .map(|column| column.iter().all(|&x| x == 0.0))
        .collect()
}

fn is_zero(column: &Column) -> bool {
    match column {
        Column::Number(numbers) => numbers.values.iter().all(|&x| x == 0.0),
        _ => false,
    }
}

fn note(names: &[&str]) -> Option<Box<Diagnostic>> {
    if names.is_empty() {
        return None;
    }
    let headline = format!("smoothed values of {} are 0 in all cells", names.join(", "));
    let help =
        "a layer is 0 for genes that genes= did not name: smooth them, too, or draw without layer=";
    Some(Diagnostic::note(headline).help(help))
}

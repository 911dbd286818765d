//! Integers that f64 does not hold, such as identifiers of 17 digits: written in a line, compared,
//! added, and reduced to one with all their digits.

use crate::command::{Along, LazyColumn, Val};
use crate::data::column::Numbers;
use crate::data::number::Number;
use crate::data::{Column, Lazy, Value};
use crate::eval::parts::ordered::comparison;
use crate::lang::ast::Binary;
use std::sync::Arc;

/// A number as it was typed, `text`, and as f64 `value`: a column of one value where that differs.
pub fn literal(text: &str, value: f64) -> Val {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    match digits.parse::<i128>() {
        Ok(exact) if exact != value as i128 => {
            let numbers = Numbers::of_numbers([Number::Whole(exact)].into_iter());
            numbers.map_or(Val::Number(value), |numbers| one(Column::Number(numbers)))
        }
        _ => Val::Number(value),
    }
}

/// A value that is there, as a column of one.
pub fn one(column: Column) -> Val {
    let column_type = column.column_type();
    Val::Column(LazyColumn {
        value: Lazy::ready(Value::Column(Arc::new(column))),
        along: Along::One,
        column_type,
    })
}

/// The text of an integer that f64 does not hold, if a value is such a one.
pub fn digits(value: &Val) -> Option<String> {
    match value {
        Val::Column(column) => column.single_exact().map(|exact| exact.to_string()),
        _ => None,
    }
}

/// An operation on numbers one side of which has integers that f64 does not hold; `None` where f64
/// serves, or a result is no integer.
pub fn operated(binary: Binary, a: &Column, b: &Column, len: usize) -> Option<Column> {
    let (Column::Number(a), Column::Number(b)) = (a, b) else {
        return None;
    };
    if a.exact.is_none() && b.exact.is_none() {
        return None;
    }
    let at =
        |numbers: &Numbers, i: usize| numbers.number(if numbers.values.len() == 1 { 0 } else { i });
    let pairs = (0..len).map(|i| (at(a, i), at(b, i)));
    if let Some(holds) = comparison::<Number>(binary) {
        return Some(Column::Bool(pairs.map(|(x, y)| holds(x, y)).collect()));
    }
    let values = |make: fn(i128, i128) -> Option<i128>| {
        let made: Option<Vec<Number>> = pairs.clone().map(|pair| combined(pair, make)).collect();
        Numbers::of_numbers(made?.into_iter()).map(Column::Number)
    };
    match binary {
        Binary::Add => values(i128::checked_add),
        Binary::Subtract => values(i128::checked_sub),
        Binary::Multiply => values(i128::checked_mul),
        _ => None,
    }
}

/// Two integers made one; missing where one is. `None` if one is a fraction.
fn combined(pair: (Number, Number), make: fn(i128, i128) -> Option<i128>) -> Option<Number> {
    match pair {
        (Number::Whole(x), Number::Whole(y)) => make(x, y).map(Number::Whole),
        (x, y) if x.value().is_nan() || y.value().is_nan() => Some(Number::Float(f64::NAN)),
        _ => None,
    }
}

/// `min`, `max` and `sum` of integers that f64 does not hold.
pub fn reduced(name: &str, column: &Column) -> Option<Column> {
    let Column::Number(numbers) = column else {
        return None;
    };
    let found = numbers.reduced(name, 0..numbers.values.len())?;
    Numbers::of_numbers([found].into_iter()).map(Column::Number)
}

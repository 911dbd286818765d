//! Elementwise operations on columns; a column of one value stands for as many as are needed.

use crate::command::missing::{missing_in, note_of_rows};
use crate::command::{Along, Val};
use crate::data::{Column, ColumnType, Names, NumberType};
use crate::diagnostic::Diagnostic;
use crate::eval::parts::{integers, ordered};
use crate::lang::ast::Binary;
use crate::math;
use regex::Regex;
use std::sync::Arc;

/// An operator whose operands fit it.
pub struct Operation {
    binary: Binary,
    pattern: Option<Regex>,
    makes: ColumnType,
    /// Of either side, whether it is one text for all rows: an empty one is no missing value.
    constant: (bool, bool),
}

fn type_of(value: &Val) -> Option<ColumnType> {
    Some(match value {
        Val::Number(_) => ColumnType::Number,
        Val::Bool(_) => ColumnType::Bool,
        Val::Text(_) | Val::List(_) => ColumnType::Text,
        Val::Column(column) => column.column_type,
        _ => return None,
    })
}

impl Operation {
    /// Checks types before anything is computed; the error is a headline.
    pub fn new(binary: Binary, a: &Val, b: &Val) -> Result<Self, String> {
        use ColumnType::*;
        let (Some(left), Some(right)) = (type_of(a), type_of(b)) else {
            return Err(format!(
                "`{}` takes numbers, text, and columns",
                binary.symbol()
            ));
        };
        let texts = |t| matches!(t, Text | Category);
        let fits = match binary {
            Binary::And | Binary::Or => left == Bool && right == Bool,
            Binary::Equal | Binary::NotEqual => left == right || (texts(left) && texts(right)),
            Binary::Less | Binary::LessEqual | Binary::Greater | Binary::GreaterEqual => {
                (left == Number && right == Number) || (texts(left) && texts(right))
            }
            Binary::In | Binary::NotIn => matches!(b, Val::List(_)),
            Binary::Matches => texts(left) && matches!(b, Val::Text(_)),
            Binary::Add => (left == Number && right == Number) || (texts(left) && texts(right)),
            Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Power => {
                matches!(left, Number | Bool) && matches!(right, Number | Bool)
            }
        };
        if !fits {
            return Err(needs(binary, a, b));
        }
        let pattern = match (binary, b) {
            (Binary::Matches, Val::Text(pattern)) => Some(
                Regex::new(pattern)
                    .map_err(|_| format!("`{pattern}` is not a regular expression"))?,
            ),
            _ => None,
        };
        let makes = match binary {
            Binary::Add if texts(left) => Text,
            Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Power => {
                Number
            }
            _ => Bool,
        };
        let is_constant = |side: &Val| !matches!(side, Val::Column(_));
        Ok(Operation {
            binary,
            pattern,
            makes,
            constant: (is_constant(a), is_constant(b)),
        })
    }

    pub fn column_type(&self) -> ColumnType {
        self.makes
    }

    pub fn apply(&self, a: &Column, b: &Column) -> Result<Column, String> {
        match self.binary {
            Binary::In => return Ok(Column::Bool(is_in(a, b))),
            Binary::NotIn => {
                return Ok(Column::Bool(is_in(a, b).into_iter().map(|x| !x).collect()));
            }
            Binary::Matches => {
                let Some(pattern) = &self.pattern else {
                    return Err("no pattern".to_owned());
                };
                return Ok(Column::Bool(by_text(a, false, |text| {
                    pattern.is_match(text)
                })));
            }
            _ => {}
        }
        let len = match (a.len(), b.len()) {
            (1, n) | (n, 1) => n,
            (n, m) if n == m => n,
            (n, m) => return Err(format!("one column has {n} values, the other {m}")),
        };
        if let Some(made) = integers::operated(self.binary, a, b, len) {
            return Ok(made);
        }
        match (a.to_numbers(), b.to_numbers()) {
            (Some(x), Some(y)) => Ok(self.on_numbers(&x, &y, len)),
            _ => self.on_texts(a, b, len),
        }
    }

    /// Whether it looks for values: `==`, `!=`, `in`, `not in`.
    pub fn is_equality(&self) -> bool {
        use Binary::*;
        matches!(self.binary, Equal | NotEqual | In | NotIn)
    }

    /// The note on rows that are compared and have no value on one side; `text` is what was typed.
    /// To compare with the empty text is to ask for them. Under a `not` the rest of the rows is meant.
    pub fn note_on_missing(
        &self,
        (a, b): (&Column, &Column),
        text: &str,
        (rows, negated): (&str, bool),
    ) -> Option<Box<Diagnostic>> {
        use Binary::*;
        let meet = match self.binary {
            Equal | Less | LessEqual | Greater | GreaterEqual | In | Matches => negated,
            NotEqual | NotIn => !negated,
            _ => return None,
        };
        let so = if meet {
            "meet the condition"
        } else {
            "do not meet the condition"
        };
        let is_list = matches!(self.binary, In | NotIn);
        if asks_for_missing(a)
            || asks_for_missing(b)
            || is_list && (0..b.len()).any(|i| b.text(i).is_empty())
        {
            return None;
        }
        let (left, right) = text
            .rsplit_once(self.binary.symbol())
            .unwrap_or((text, text));
        let sides = [(a, left, true), (b, right, !is_list)];
        let sides = sides
            .into_iter()
            .filter(|(side, _, counts)| *counts && side.len() > 1);
        let missing = sides.map(|(side, text, _)| (missing_in(side), side.len(), text));
        let (missing, n, column) = missing.max_by_key(|&(missing, ..)| missing)?;
        note_of_rows(missing, n, rows, column.trim(), so)
    }

    /// What a column is asked for although it has no such level: `(asked for, levels)`.
    pub fn unknown_levels(&self, a: &Column, b: &Column) -> Option<(Vec<String>, Arc<Names>)> {
        let is_list = matches!(self.binary, Binary::In | Binary::NotIn);
        let (column, asked) = match (a, b) {
            _ if !self.is_equality() && !ordered::is_order(self.binary) => return None,
            (column, list) if is_list => (column, list),
            (column @ Column::Category(_), one) | (one, column @ Column::Category(_))
                if one.len() == 1 =>
            {
                (column, one)
            }
            (column @ Column::Text(_), one) | (one, column @ Column::Text(_))
                if one.len() == 1 && column.len() != 1 =>
            {
                (column, one)
            }
            _ => return None,
        };
        // What is no level of an order is neither less nor greater than one.
        if !self.is_equality() && !ordered::is_ordered(column) {
            return None;
        }
        let levels = match column {
            Column::Category(category) => category.levels.clone(),
            Column::Text(texts) => Arc::new(texts.clone()),
            _ => return None,
        };
        // The empty text asks for missing values.
        let unknown = |word: &String| !word.is_empty() && levels.position(word).is_none();
        let words = (0..asked.len()).map(|i| asked.text(i));
        let unknown_levels: Vec<String> = words.filter(unknown).collect();
        let levels = match column {
            Column::Text(_) if !unknown_levels.is_empty() => column.to_category().levels,
            _ => levels,
        };
        (!unknown_levels.is_empty()).then_some((unknown_levels, levels))
    }

    /// Whether the operator holds for no row, since nothing that is asked for is a level.
    pub fn holds_for_none(&self, a: &Column, b: &Column) -> bool {
        let asked = match self.binary {
            Binary::In => b.len(),
            Binary::Equal => 1,
            _ => return false,
        };
        let unknown_levels = self.unknown_levels(a, b);
        unknown_levels.is_some_and(|(words, _)| words.len() == asked)
    }

    fn on_numbers(&self, a: &[f64], b: &[f64], len: usize) -> Column {
        let pairs = (0..len).map(|i| (at(a, i), at(b, i)));
        let truths = |test: fn(f64, f64) -> bool| {
            Column::Bool(pairs.clone().map(|(x, y)| test(x, y)).collect())
        };
        let values = |make: fn(f64, f64) -> f64| {
            Column::numbers(
                pairs.clone().map(|(x, y)| make(x, y)).collect(),
                NumberType::F64,
            )
        };
        match self.binary {
            Binary::Or => truths(|x, y| x != 0.0 || y != 0.0),
            Binary::And => truths(|x, y| x != 0.0 && y != 0.0),
            Binary::Add => values(|x, y| x + y),
            Binary::Subtract => values(|x, y| x - y),
            Binary::Multiply => values(|x, y| x * y),
            Binary::Divide => values(|x, y| x / y),
            Binary::Power => values(math::powf),
            // Numbers match nothing, and are in no list of texts.
            other => truths(ordered::comparison(other).unwrap_or(|_, _| false)),
        }
    }

    fn on_texts(&self, a: &Column, b: &Column, len: usize) -> Result<Column, String> {
        let text = |column: &Column, i: usize| column.text(if column.len() == 1 { 0 } else { i });
        if self.binary == Binary::Add {
            let (of_a, of_b) = self.constant;
            let joined = (0..len).map(|i| {
                let (left, right) = (text(a, i), text(b, i));
                let missing = left.is_empty() && !of_a || right.is_empty() && !of_b;
                if missing {
                    String::new()
                } else {
                    left + &right
                }
            });
            return Ok(Column::Text(joined.collect::<Names>()));
        }
        if let Some(truths) = ordered::compared(self.binary, a, b, len) {
            return Ok(Column::Bool(truths));
        }
        if let (Column::Category(_), 1) = (a, b.len()) {
            let other = b.text(0);
            let missing = self.compare("", &other, other.is_empty());
            let test = |text: &str| self.compare(text, &other, other.is_empty());
            return Ok(Column::Bool(by_text(a, missing, test)));
        }
        let asks = asks_for_missing(a) || asks_for_missing(b);
        Ok(Column::Bool(
            (0..len)
                .map(|i| self.compare(&text(a, i), &text(b, i), asks))
                .collect(),
        ))
    }

    /// Missing values are empty here. As NaN among numbers, they are unequal to everything, also
    /// to each other, and neither less nor greater; but to compare with the empty text asks for
    /// them.
    fn compare(&self, a: &str, b: &str, asks: bool) -> bool {
        let missing = a.is_empty() || b.is_empty();
        match self.binary {
            Binary::Equal => a == b && (asks || !missing),
            Binary::NotEqual => a != b || (missing && !asks),
            _ if missing => false,
            Binary::Less => a < b,
            Binary::LessEqual => a <= b,
            Binary::Greater => a > b,
            Binary::GreaterEqual => a >= b,
            _ => false,
        }
    }
}

fn needs(binary: Binary, a: &Val, b: &Val) -> String {
    let (left, right) = (described(a), described(b));
    let symbol = binary.symbol();
    match binary {
        Binary::And | Binary::Or => format!("`{symbol}` needs a boolean on both sides"),
        Binary::In | Binary::NotIn => format!("`{symbol}` needs a list on its right"),
        Binary::Matches => {
            "`~` needs text on its left and a regular expression on its right".into()
        }
        Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Power => {
            format!("`{symbol}` needs a number on both sides")
        }
        Binary::Add => format!("cannot add a {left} and a {right}"),
        _ => format!("cannot compare a {left} with a {right}"),
    }
}

fn at(values: &[f64], i: usize) -> f64 {
    if values.len() == 1 {
        values[0]
    } else {
        values[i]
    }
}

fn is_in(a: &Column, list: &Column) -> Vec<bool> {
    let wanted: std::collections::HashSet<String> = (0..list.len()).map(|i| list.text(i)).collect();
    by_text(a, wanted.contains(""), |text| wanted.contains(text))
}

/// Whether a side of a comparison is the empty text.
fn asks_for_missing(column: &Column) -> bool {
    match column {
        Column::Text(texts) => column.len() == 1 && texts.iter().any(str::is_empty),
        _ => false,
    }
}

/// A test on each value's text, once a level for categories, of which a value may be missing.
fn by_text(column: &Column, missing: bool, test: impl Fn(&str) -> bool) -> Vec<bool> {
    match column {
        Column::Category(category) => {
            let by_level: Vec<bool> = category.levels.iter().map(&test).collect();
            category
                .codes
                .iter()
                .map(|&code| usize::try_from(code).map_or(missing, |code| by_level[code]))
                .collect()
        }
        Column::Text(names) => {
            let of = |text: &str| if text.is_empty() { missing } else { test(text) };
            names.iter().map(of).collect()
        }
        other => {
            let of = |i| test(&other.text_if_there(i));
            (0..other.len()).map(of).collect()
        }
    }
}

/// Whether a column has a value for each cell, each gene, or is single.
pub fn is_single(along: &Along) -> bool {
    matches!(along, Along::One)
}

/// How messages call a value: `number column`, `text`.
pub(in crate::eval) fn described(value: &Val) -> String {
    match value {
        Val::Column(column) => match column.along {
            Along::One => column.column_type.word().to_owned(),
            _ => format!("{} column", column.column_type.word()),
        },
        other => other.type_word().to_owned(),
    }
}

//! Booleans some of which are missing: files hold them as a category of `False` and `True`. They
//! are conditions, true where they are true.

use crate::command::{LazyColumn, Val};
use crate::data::ColumnType;
use crate::diagnostic::Outcome;
use crate::eval::Interpreter;
use crate::lang::ast::Binary;
use crate::source::Span;

impl Interpreter<'_> {
    /// A condition: booleans some of which are missing are true where they are true.
    pub(in crate::eval) fn as_truth(&mut self, value: Val, span: Span) -> Outcome<Val> {
        match value {
            Val::Column(column) if is_truth_or_missing(&column) => {
                self.operate(Binary::Equal, Val::Column(column), Val::text("True"), span)
            }
            value => Ok(value),
        }
    }
}

/// Whether a column is of booleans, some of which are missing: a category of `False` and `True`.
pub(in crate::eval) fn is_truth_or_missing(column: &LazyColumn) -> bool {
    column.column_type == ColumnType::Category && column.value.holds_booleans()
}

/// Whether a column is of numbers or booleans.
pub(in crate::eval) fn is_numeric(column: &LazyColumn) -> bool {
    column.column_type == ColumnType::Number || column.value.holds_booleans()
}

/// `true` as the level that it is of such a column.
pub(in crate::eval) fn as_level(value: &Val, other: &Val) -> Val {
    match (value, other) {
        (Val::Bool(truth), Val::Column(column)) if is_truth_or_missing(column) => {
            Val::text(if *truth { "True" } else { "False" })
        }
        (value, _) => value.clone(),
    }
}

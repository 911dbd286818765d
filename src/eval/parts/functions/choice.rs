//! `when(condition, value, …, otherwise)`.

use crate::command::{Along, LazyColumn, Val};
use crate::data::{Column, ColumnType, Lazy, Names, NumberType, Value};
use crate::diagnostic::{Outcome, code};
use crate::eval::Interpreter;
use crate::eval::parts::columns::described;
use crate::eval::parts::columns::{is_single, numbers};
use crate::source::Span;
use std::sync::Arc;

impl Interpreter<'_> {
    /// `when(condition, value, …, otherwise)`: a category of the values.
    pub(super) fn when(&mut self, values: &[Val], span: Span) -> Outcome<Val> {
        let mut values = values.to_vec();
        for pair in values.chunks_mut(2).filter(|pair| pair.len() == 2) {
            pair[0] = self.as_truth(pair[0].clone(), span)?;
        }
        let mut needs = Vec::new();
        let mut along = Along::One;
        for value in &values {
            match value {
                Val::Column(column) => {
                    if is_single(&along) {
                        along = column.along.clone();
                    }
                    needs.push(column.value.clone());
                }
                Val::Text(text) => needs.push(ready(Column::Text([text].into_iter().collect()))),
                Val::Number(number) => {
                    needs.push(ready(Column::numbers(vec![*number], NumberType::F64)))
                }
                Val::Bool(truth) => needs.push(ready(Column::Bool(vec![*truth]))),
                other => {
                    return Err(self.error(
                        code::WRONG_FUNCTION_VALUES,
                        "`when` takes conditions and values",
                        span,
                        format!("this is a {}", described(other)),
                    ));
                }
            }
        }
        self.check_conditions(&values, span)?;
        let all_numbers = values.iter().skip(1).step_by(2).chain(values.last()).all(|value| {
            matches!(value, Val::Number(_)) || matches!(value, Val::Column(column) if column.column_type == ColumnType::Number)
        });
        let column_type = if all_numbers {
            ColumnType::Number
        } else {
            ColumnType::Category
        };
        let value = self.promise(span, needs, column_type, move |columns| {
            Ok(chosen(columns, all_numbers))
        });
        Ok(Val::Column(LazyColumn {
            value,
            along,
            column_type,
        }))
    }

    /// Each value but the last has a condition before it.
    fn check_conditions(&self, values: &[Val], span: Span) -> Outcome<()> {
        let pairs = values.chunks(2).filter(|pair| pair.len() == 2);
        for condition in pairs.map(|pair| &pair[0]) {
            let is_condition = match condition {
                Val::Bool(_) => true,
                Val::Column(column) => column.column_type == ColumnType::Bool,
                _ => false,
            };
            if !is_condition {
                return Err(self.error(
                    code::WRONG_FUNCTION_VALUES,
                    "`when` needs a condition before each value",
                    span,
                    format!("this is a {}", described(condition)),
                ));
            }
        }
        Ok(())
    }
}

fn ready(column: Column) -> Lazy {
    Lazy::ready(Value::Column(Arc::new(column)))
}

/// For each row the value after the first condition that holds.
fn chosen(columns: &[Arc<Column>], all_numbers: bool) -> Column {
    let n = columns.iter().map(|column| column.len()).max().unwrap_or(0);
    let row = |column: &Column, i: usize| if column.len() == 1 { 0 } else { i };
    let pick = |i: usize| {
        let holds =
            |column: &Column| matches!(column, Column::Bool(truths) if truths[row(column, i)]);
        let found = columns
            .chunks(2)
            .find(|pair| pair.len() == 2 && holds(&pair[0]));
        found.map_or(columns.len() - 1, |pair| {
            columns
                .iter()
                .position(|column| Arc::ptr_eq(column, &pair[1]))
                .unwrap_or(0)
        })
    };
    if all_numbers {
        let values = (0..n).map(|i| {
            let column = &columns[pick(i)];
            numbers(column).map_or(f64::NAN, |values| values[row(column, i)])
        });
        return Column::numbers(values.collect(), NumberType::F64);
    }
    let texts: Names = (0..n)
        .map(|i| {
            let column = &columns[pick(i)];
            column.text_if_there(row(column, i))
        })
        .collect();
    Column::Category(Column::Text(texts).to_category())
}

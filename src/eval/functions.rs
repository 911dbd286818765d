//! Functions on values: columns to columns, columns to one value, and a few on lists.

use super::Interpreter;
use super::columns::{is_single, numbers};
use super::expr::described;
use crate::command::{Along, LazyColumn, Val};
use crate::data::{Category, Column, ColumnType, Lazy, Names, NumberType, Promise, Table, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::lang::ast::{Call, Name};
use crate::plan;
use crate::source::{Origin, Span};
use std::sync::Arc;

/// Name, how it is called, what it gives.
pub const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("abs", "abs(x)", "without the sign"),
    ("all", "all(x)", "whether every value is true"),
    ("any", "any(x)", "whether any value is true"),
    ("ceil", "ceil(x)", "rounded up"),
    (
        "count",
        "count(x)",
        "how often each value occurs, as a table",
    ),
    ("exp", "exp(x)", "e to the power of x"),
    ("floor", "floor(x)", "rounded down"),
    ("is_missing", "is_missing(x)", "where there is no value"),
    ("len", "len(x)", "how many values"),
    ("levels", "levels(x)", "the distinct values, in order"),
    ("log", "log(x)", "natural logarithm"),
    ("log10", "log10(x)", "logarithm to base 10"),
    ("log1p", "log1p(x)", "natural logarithm of 1 + x"),
    ("log2", "log2(x)", "logarithm to base 2"),
    ("max", "max(x)", "the largest value"),
    ("mean", "mean(x)", "the mean"),
    ("median", "median(x)", "the median"),
    ("min", "min(x)", "the smallest value"),
    ("number", "number(x)", "texts read as numbers"),
    (
        "outlier",
        "outlier(x, mads=5)",
        "further from the median than so many median absolute deviations",
    ),
    (
        "quantile",
        "quantile(x, q)",
        "the value below which a share q lies",
    ),
    (
        "range",
        "range(from, to, step)",
        "numbers from, from + step, … below to",
    ),
    ("round", "round(x)", "rounded"),
    ("sqrt", "sqrt(x)", "square root"),
    ("std", "std(x)", "standard deviation, with n - 1"),
    ("sum", "sum(x)", "the sum"),
    ("text", "text(x)", "as texts"),
    ("type", "type(x)", "the type of a value, in a word"),
    ("var", "var(x)", "variance, with n - 1"),
    (
        "when",
        "when(condition, value, …, otherwise)",
        "the value after the first condition that holds",
    ),
];

pub(super) fn known(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, ..)| *known == name)
}

/// Columns to columns.
pub(super) fn elementwise(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "abs" => f64::abs,
        "ceil" => f64::ceil,
        "exp" => f64::exp,
        "floor" => f64::floor,
        "log" => f64::ln,
        "log10" => f64::log10,
        "log1p" => f64::ln_1p,
        "log2" => f64::log2,
        "round" => f64::round,
        "sqrt" => f64::sqrt,
        _ => return None,
    })
}

/// Columns to one number; missing values are left out.
fn reduction(name: &str, values: &[f64]) -> Option<f64> {
    let present: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    let n = present.len() as f64;
    let mean = present.iter().sum::<f64>() / n;
    let variance = || present.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    Some(match name {
        "sum" => present.iter().sum(),
        "mean" => mean,
        "min" => present.iter().copied().fold(f64::NAN, f64::min),
        "max" => present.iter().copied().fold(f64::NAN, f64::max),
        "median" => quantile(present, 0.5),
        "var" => variance(),
        "std" => variance().sqrt(),
        "any" => f64::from(present.iter().any(|&x| x != 0.0)),
        "all" => f64::from(present.iter().all(|&x| x != 0.0)),
        _ => return None,
    })
}

/// Linear interpolation between the neighbours, as numpy's default.
fn quantile(mut values: Vec<f64>, q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else {
        return f64::NAN;
    };
    let at = q.clamp(0.0, 1.0) * last as f64;
    let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

impl Interpreter<'_> {
    /// A function on values; `None` if the first argument is a dataset and a command is meant.
    pub(super) fn value_function(
        &mut self,
        name: &Name,
        call: &Call,
        head: Option<&Val>,
    ) -> Outcome<Option<Val>> {
        let mut values: Vec<Val> = head.cloned().into_iter().collect();
        let mut named = Vec::new();
        for arg in &call.args {
            let value = self.expr(&arg.value)?;
            match &arg.name {
                None => values.push(value),
                Some(name) => named.push((name.text.clone(), value)),
            }
        }
        if matches!(values.first(), Some(Val::Dataset(..))) && name.text != "type" {
            return Ok(None);
        }
        if values.iter().any(|value| matches!(value, Val::Unknown)) {
            return Ok(Some(Val::Unknown));
        }
        let span = call.span;
        let wrong = |interpreter: &Self, usage: &str| {
            interpreter.error(
                "E068",
                format!("`{}` is called {usage}", name.text),
                span,
                "has other arguments",
            )
        };
        let usage = FUNCTIONS
            .iter()
            .find(|(known, ..)| *known == name.text)
            .map_or("", |(_, usage, _)| usage);
        let value = match (name.text.as_str(), &values[..]) {
            ("range", [Val::Number(from), Val::Number(to), rest @ ..]) => {
                let step = match rest {
                    [Val::Number(step)] if *step > 0.0 => *step,
                    [] => 1.0,
                    _ => return Err(wrong(self, usage)),
                };
                let n = ((to - from) / step - 1e-9).ceil().clamp(0.0, 1e6) as usize;
                Val::List(
                    (0..n)
                        .map(|i| Val::Number(rounded(from + i as f64 * step)))
                        .collect(),
                )
            }
            ("len", [Val::List(items)]) => Val::Number(items.len() as f64),
            ("type", [value]) => Val::text(value.type_word()),
            ("text", [value @ (Val::Number(_) | Val::Truth(_))]) => Val::Text(value.to_string()),
            ("number", [Val::Text(text)]) => Val::Number(text.parse().map_err(|_| {
                self.error(
                    "E068",
                    format!("`{text}` is no number"),
                    span,
                    "cannot be read as one",
                )
            })?),
            ("when", values) if values.len() >= 3 && values.len() % 2 == 1 => {
                self.when(values, span)?
            }
            ("quantile", [value, Val::Number(q)]) => {
                let q = *q;
                self.reduced(value, span, "quantile", move |values| {
                    quantile(values.iter().copied().filter(|x| !x.is_nan()).collect(), q)
                })?
            }
            ("outlier", [value]) => {
                let mads = match named.iter().find(|(name, _)| name == "mads") {
                    Some((_, Val::Number(mads))) => *mads,
                    _ => 5.0,
                };
                self.outlier(value, mads, span)?
            }
            ("count", [value]) => self.counted(value, span)?,
            ("levels", [value]) => self.levels(value, span)?,
            ("len", [value]) => self.reduced(value, span, "len", |values| values.len() as f64)?,
            ("is_missing", [value]) => self.mapped(value, span, ColumnType::Truth, missing)?,
            ("text", [value]) => self.mapped(value, span, ColumnType::Text, |column| {
                Ok(Column::Text(
                    (0..column.len()).map(|i| column.text(i)).collect(),
                ))
            })?,
            ("number", [value]) => self.mapped(value, span, ColumnType::Number, |column| {
                let numbers = (0..column.len()).map(|i| column.text(i).parse().unwrap_or(f64::NAN));
                Ok(Column::numbers(numbers.collect(), NumberType::F64))
            })?,
            (function, [value]) => match elementwise(function) {
                Some(f) => self.each(value, span, function, f)?,
                None => {
                    let function = name.text.clone();
                    self.reduced(value, span, &name.text, move |values| {
                        reduction(&function, values).unwrap_or(f64::NAN)
                    })?
                }
            },
            (function @ ("min" | "max" | "sum" | "mean"), numbers) if numbers.len() > 1 => {
                let plain: Option<Vec<f64>> = numbers.iter().map(number).collect();
                Val::Number(
                    plain
                        .and_then(|plain| reduction(function, &plain))
                        .ok_or_else(|| wrong(self, usage))?,
                )
            }
            _ => return Err(wrong(self, usage)),
        };
        Ok(Some(value))
    }

    fn each(&mut self, value: &Val, span: Span, name: &str, f: fn(f64) -> f64) -> Outcome<Val> {
        if let Val::Number(number) = value {
            return Ok(Val::Number(f(*number)));
        }
        self.wants_numbers(value, span, name)?;
        self.mapped(value, span, ColumnType::Number, move |column| {
            let values = numbers(column).unwrap_or_default();
            Ok(Column::numbers(
                values.into_iter().map(f).collect(),
                NumberType::F64,
            ))
        })
    }

    fn wants_numbers(&self, value: &Val, span: Span, name: &str) -> Outcome<()> {
        match value {
            Val::Column(column)
                if matches!(column.column_type, ColumnType::Number | ColumnType::Truth) =>
            {
                Ok(())
            }
            Val::List(items) if items.iter().all(|item| number(item).is_some()) => Ok(()),
            other => Err(self.error(
                "E068",
                format!("`{name}` wants numbers"),
                span,
                format!("this is a {}", described(other)),
            )),
        }
    }

    /// A function of a whole column, promised.
    fn mapped(
        &mut self,
        value: &Val,
        span: Span,
        column_type: ColumnType,
        f: impl Fn(&Column) -> Result<Column, String> + Send + Sync + 'static,
    ) -> Outcome<Val> {
        let Val::Column(column) = value else {
            return Err(self.error(
                "E068",
                "this wants a column",
                span,
                format!("this is a {}", described(value)),
            ));
        };
        let value = self.promise(
            span,
            vec![column.value.clone()],
            column_type,
            move |needs| f(&needs[0]),
        );
        Ok(Val::Column(LazyColumn {
            value,
            along: column.along.clone(),
            column_type,
        }))
    }

    fn reduced(
        &mut self,
        value: &Val,
        span: Span,
        name: &str,
        f: impl Fn(&[f64]) -> f64 + Send + Sync + 'static,
    ) -> Outcome<Val> {
        if name != "len" {
            self.wants_numbers(value, span, name)?;
        }
        if let Val::List(items) = value {
            return Ok(Val::Number(f(&items
                .iter()
                .filter_map(number)
                .collect::<Vec<_>>())));
        }
        let Val::Column(column) = value else {
            return Err(self.error(
                "E068",
                format!("`{name}` wants a column or a list"),
                span,
                format!("this is a {}", described(value)),
            ));
        };
        let truth = matches!(name, "any" | "all");
        let column_type = if truth {
            ColumnType::Truth
        } else {
            ColumnType::Number
        };
        let value = self.promise(
            span,
            vec![column.value.clone()],
            column_type,
            move |needs| {
                let values = numbers(&needs[0]).unwrap_or_else(|| vec![0.0; needs[0].len()]);
                let result = f(&values);
                Ok(if truth {
                    Column::Truth(vec![result != 0.0])
                } else {
                    Column::numbers(vec![result], NumberType::F64)
                })
            },
        );
        Ok(Val::promised(value, column_type))
    }

    fn outlier(&mut self, value: &Val, mads: f64, span: Span) -> Outcome<Val> {
        self.wants_numbers(value, span, "outlier")?;
        self.mapped(value, span, ColumnType::Truth, move |column| {
            let values = numbers(column).unwrap_or_default();
            let middle = quantile(
                values.iter().copied().filter(|x| !x.is_nan()).collect(),
                0.5,
            );
            let far = quantile(
                values
                    .iter()
                    .map(|x| (x - middle).abs())
                    .filter(|x| !x.is_nan())
                    .collect(),
                0.5,
            );
            Ok(Column::Truth(
                values
                    .iter()
                    .map(|x| (x - middle).abs() > mads * far)
                    .collect(),
            ))
        })
    }

    /// How often each value occurs: value, cells, share.
    fn counted(&mut self, value: &Val, span: Span) -> Outcome<Val> {
        let Val::Column(column) = value else {
            return Err(self.error(
                "E068",
                "`count` wants a column",
                span,
                format!("this is a {}", described(value)),
            ));
        };
        let heading = span
            .text(&self.source.text)
            .trim_start_matches("count(")
            .trim_end_matches(')')
            .rsplit('.')
            .next()
            .unwrap_or("value")
            .to_owned();
        let rows = match column.along {
            Along::Genes(_) => "genes",
            _ => "cells",
        };
        let origin = Origin::new(&self.source, span);
        let values = plan::whole(
            "count",
            Some(origin),
            vec![column.value.clone()],
            &[Promise::Table],
            move |needs, _| {
                let category = needs[0].column().map(|column| column.to_category());
                Ok(category
                    .map(|category| Value::Table(Arc::new(count_table(&heading, rows, &category))))
                    .into_iter()
                    .collect())
            },
        );
        Ok(Val::Table(values[0].clone()))
    }

    fn levels(&mut self, value: &Val, span: Span) -> Outcome<Val> {
        let Val::Column(column) = value else {
            return Err(self.error(
                "E068",
                "`levels` wants a column",
                span,
                format!("this is a {}", described(value)),
            ));
        };
        // The levels of a category that is there are a plain list, without any work.
        if let Some(Column::Category(category)) = column
            .value
            .get()
            .and_then(|value| value.column())
            .map(|column| &**column)
        {
            return Ok(Val::List(category.levels.iter().map(Val::text).collect()));
        }
        let value = self.promise(
            span,
            vec![column.value.clone()],
            ColumnType::Text,
            |needs| Ok(Column::Text((*needs[0].to_category().levels).clone())),
        );
        Ok(Val::promised(value, ColumnType::Text))
    }

    /// `when(condition, value, …, otherwise)`: a category of the values.
    fn when(&mut self, values: &[Val], span: Span) -> Outcome<Val> {
        let mut needs = Vec::new();
        let mut along = Along::One;
        for value in values {
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
                Val::Truth(truth) => needs.push(ready(Column::Truth(vec![*truth]))),
                other => {
                    return Err(self.error(
                        "E068",
                        "`when` takes conditions and values",
                        span,
                        format!("this is a {}", described(other)),
                    ));
                }
            }
        }
        for condition in values
            .chunks(2)
            .filter(|pair| pair.len() == 2)
            .map(|pair| &pair[0])
        {
            let truth = matches!(condition, Val::Truth(_))
                || matches!(condition, Val::Column(column) if column.column_type == ColumnType::Truth);
            if !truth {
                return Err(self.error(
                    "E068",
                    "`when` wants a condition before each value",
                    span,
                    format!("a condition is a truth, this is a {}", described(condition)),
                ));
            }
        }
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

    fn promise(
        &self,
        span: Span,
        needs: Vec<Lazy>,
        column_type: ColumnType,
        f: impl Fn(&[Arc<Column>]) -> Result<Column, String> + Send + Sync + 'static,
    ) -> Lazy {
        let origin = Origin::new(&self.source, span);
        let label = span.text(&self.source.text).to_owned();
        let values = plan::whole(
            label,
            Some(origin),
            needs,
            &[Promise::Column(column_type)],
            move |needs, _| {
                let columns: Vec<Arc<Column>> = needs
                    .iter()
                    .filter_map(|value| value.column().cloned())
                    .collect();
                let column = f(&columns).map_err(|problem| Diagnostic::error("E047", problem))?;
                Ok(vec![Value::Column(Arc::new(column))])
            },
        );
        values[0].clone()
    }
}

fn ready(column: Column) -> Lazy {
    Lazy::ready(Value::Column(Arc::new(column)))
}

fn number(value: &Val) -> Option<f64> {
    match value {
        Val::Number(number) => Some(*number),
        _ => None,
    }
}

/// Steps such as 0.1 land on the numbers people mean.
fn rounded(number: f64) -> f64 {
    (number * 1e12).round() / 1e12
}

fn missing(column: &Column) -> Result<Column, String> {
    Ok(Column::Truth(match column {
        Column::Number(numbers) => numbers.values.iter().map(|x| x.is_nan()).collect(),
        Column::Category(category) => category.codes.iter().map(|&code| code < 0).collect(),
        Column::Text(names) => names.iter().map(str::is_empty).collect(),
        Column::Truth(truths) => vec![false; truths.len()],
    }))
}

/// Level, count and share, in the order of the levels.
pub fn count_table(heading: &str, rows: &str, category: &Category) -> Table {
    let counts = category.counts();
    let all = category.codes.len().max(1) as f64;
    let shares = counts.iter().map(|&n| n as f64 / all).collect();
    let counts = counts.iter().map(|&n| n as f64).collect();
    Table::new()
        .with(heading, Column::Text((*category.levels).clone()))
        .with(rows, Column::numbers(counts, NumberType::I64))
        .with("share", Column::numbers(shares, NumberType::F64))
}

/// For each row the value after the first condition that holds.
fn chosen(columns: &[Arc<Column>], all_numbers: bool) -> Column {
    let n = columns.iter().map(|column| column.len()).max().unwrap_or(0);
    let row = |column: &Column, i: usize| if column.len() == 1 { 0 } else { i };
    let pick = |i: usize| {
        let holds =
            |column: &Column| matches!(column, Column::Truth(truths) if truths[row(column, i)]);
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
            column.text(row(column, i))
        })
        .collect();
    Column::Category(Column::Text(texts).to_category())
}

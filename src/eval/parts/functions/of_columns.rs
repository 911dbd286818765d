//! Functions of a column, promised: their values are computed when they are needed.

use crate::command::missing::{missing_in, note_of_rows};
use crate::command::{Along, LazyColumn, Val};
use crate::data::number::Number;
use crate::data::{Category, Column, ColumnType, Lazy, NumberType, Numbers, Promise, Table, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::Interpreter;
use crate::eval::parts::booleans::is_numeric;
use crate::eval::parts::columns::described;
use crate::eval::parts::functions::{Spans, number};
use crate::eval::parts::integers;
use crate::kernels::stats::reduction::Reduction;
use crate::plan;
use crate::plan::engine::of_file;
use crate::source::{Origin, Span};
use std::sync::Arc;

impl Interpreter<'_> {
    pub(super) fn each(
        &mut self,
        value: &Val,
        spans: Spans,
        name: &str,
        f: fn(f64) -> f64,
    ) -> Outcome<Val> {
        if let Val::Number(number) = value {
            return Ok(Val::Number(f(*number)));
        }
        self.wants_numbers(value, spans.call, name)?;
        let made = self.mapped(value, spans, None, ColumnType::Number, move |column| {
            let values = column.to_numbers().unwrap_or_default();
            Ok(Column::numbers(
                values.into_iter().map(f).collect(),
                NumberType::F64,
            ))
        })?;
        let rounds = matches!(name, "ceil" | "floor" | "round");
        Ok(match (made, value) {
            (Val::Column(made), Val::Column(of)) if of.value.is_measured() && !rounds => {
                let value = made.value.measured();
                Val::Column(LazyColumn { value, ..made })
            }
            (made, _) => made,
        })
    }

    fn wants_numbers(&self, value: &Val, span: Span, name: &str) -> Outcome<()> {
        match value {
            Val::Column(column) if is_numeric(column) => Ok(()),
            Val::List(items) if items.iter().all(|item| number(item).is_some()) => Ok(()),
            other => {
                let headline = format!("`{name}` needs numbers");
                let label = format!("this is a {}", described(other));
                let diagnostic = self.error(code::WRONG_FUNCTION_VALUES, headline, span, label);
                Err(match other {
                    Val::Matrix(..) => diagnostic.help(format!(
                        "use it on the values of a gene: {name}(adata.X.CD3D); `qc` summarizes cells and genes"
                    )),
                    _ => diagnostic,
                })
            }
        }
    }

    /// A function of a whole column, promised; `so` says what becomes of rows without a value.
    pub(super) fn mapped(
        &mut self,
        value: &Val,
        spans: Spans,
        so: Option<&'static str>,
        column_type: ColumnType,
        f: impl Fn(&Column) -> Result<Column, String> + Send + Sync + 'static,
    ) -> Outcome<Val> {
        let Val::Column(column) = value else {
            return Err(self.error(
                code::WRONG_FUNCTION_VALUES,
                "this needs a column",
                spans.call,
                format!("this is a {}", described(value)),
            ));
        };
        let remark = self.remark_on_missing(column, spans, so);
        let value = self.promise_of_column(spans.call, column, column_type, remark, f);
        Ok(Val::Column(LazyColumn {
            value,
            along: column.along.clone(),
            column_type,
        }))
    }

    /// What is said of rows without a value.
    fn remark_on_missing(
        &self,
        column: &LazyColumn,
        spans: Spans,
        so: Option<&'static str>,
    ) -> impl Fn(&Column) -> Option<Box<Diagnostic>> + Send + Sync + 'static {
        let of = spans.of.text(&self.source.text).to_owned();
        let rows = column.along.rows();
        move |column| note_of_rows(missing_in(column), column.len(), rows, &of, so?)
    }

    /// Texts as numbers.
    pub(super) fn parsed(&mut self, value: &Val, spans: Spans) -> Outcome<Val> {
        let Val::Column(column) = value else {
            return self.mapped(value, spans, None, ColumnType::Number, |_| {
                Err(String::new())
            });
        };
        let (of, rows) = (
            spans.of.text(&self.source.text).to_owned(),
            column.along.rows(),
        );
        let remark = move |texts: &Column| {
            let lost = missing_in(&numbers_of_texts(texts)) - missing_in(texts);
            let n = texts.len();
            let have = if lost == 1 { "has" } else { "have" };
            let headline = format!("{lost} of {n} {rows} {have} no number in {of}");
            (lost > 0).then(|| Diagnostic::note(headline))
        };
        let value =
            self.promise_of_column(spans.call, column, ColumnType::Number, remark, |texts| {
                Ok(numbers_of_texts(texts))
            });
        Ok(Val::Column(LazyColumn {
            value,
            along: column.along.clone(),
            column_type: ColumnType::Number,
        }))
    }

    pub(super) fn reduced(
        &mut self,
        value: &Val,
        spans: Spans,
        name: &str,
        f: impl Fn(&[f64]) -> f64 + Send + Sync + 'static,
    ) -> Outcome<Val> {
        let span = spans.call;
        if name != "len" {
            self.wants_numbers(value, span, name)?;
        }
        let truth = matches!(name, "any" | "all");
        if let Val::List(items) = value {
            if items.is_empty() && !truth && !matches!(name, "sum" | "len") {
                let headline = format!("`{name}` of an empty list");
                let label = "needs at least one number";
                return Err(self.error(code::WRONG_FUNCTION_VALUES, headline, span, label));
            }
            let found = f(&items.iter().filter_map(number).collect::<Vec<_>>());
            return Ok(if truth {
                Val::Bool(found != 0.0)
            } else {
                Val::Number(found)
            });
        }
        let Val::Column(column) = value else {
            return Err(self.error(
                code::WRONG_FUNCTION_VALUES,
                format!("`{name}` needs a column or a list"),
                span,
                format!("this is a {}", described(value)),
            ));
        };
        let column_type = if truth {
            ColumnType::Bool
        } else {
            ColumnType::Number
        };
        let so = (name != "len").then_some("are left out");
        let remark = self.remark_on_missing(column, spans, so);
        let function = name.to_owned();
        let value = self.promise_of_column(span, column, column_type, remark, move |column| {
            if let Some(exact) = integers::reduced(&function, column) {
                return Ok(exact);
            }
            let values = column
                .to_numbers()
                .unwrap_or_else(|| vec![0.0; column.len()]);
            let result = f(&values);
            Ok(if truth {
                Column::Bool(vec![result != 0.0])
            } else {
                Column::numbers(vec![result], NumberType::F64)
            })
        });
        Ok(Val::promised(value, column_type))
    }

    pub(super) fn outlier(&mut self, value: &Val, mads: f64, spans: Spans) -> Outcome<Val> {
        self.wants_numbers(value, spans.call, "outlier")?;
        let so = Some("count as ordinary");
        self.mapped(value, spans, so, ColumnType::Bool, move |column| {
            let values = column.to_numbers().unwrap_or_default();
            let middle = Reduction::Median.of(&values);
            let distances: Vec<f64> = values.iter().map(|x| (x - middle).abs()).collect();
            let most = mads * Reduction::Median.of(&distances);
            Ok(Column::Bool(
                distances.iter().map(|&far| far > most).collect(),
            ))
        })
    }

    /// How often each value occurs: value, cells, share.
    pub(super) fn counted(&mut self, value: &Val, span: Span) -> Outcome<Val> {
        let Val::Column(column) = value else {
            return Err(self.error(
                code::WRONG_FUNCTION_VALUES,
                "`count` needs a column",
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
        let value = column.value.clone();
        let table = plan::light_step(
            "count",
            Some(origin),
            value,
            Promise::Table,
            move |value, _| {
                Ok(match value.column() {
                    Some(column) => Value::of(count_table(&heading, rows, &column.to_category())),
                    None => value,
                })
            },
        );
        Ok(Val::Table(table))
    }

    pub(super) fn levels(&mut self, value: &Val, span: Span) -> Outcome<Val> {
        let Val::Column(column) = value else {
            return Err(self.error(
                code::WRONG_FUNCTION_VALUES,
                "`levels` needs a column",
                span,
                format!("this is a {}", described(value)),
            ));
        };
        // The levels of a category are a plain list as soon as they are known, without any work.
        let known = column.value.known_levels();
        let known = known.map_err(|error| of_file(error).at(&Origin::new(&self.source, span)))?;
        if let Some(Column::Category(category)) = known.map(|column| &**column) {
            return Ok(Val::List(category.levels.iter().map(Val::text).collect()));
        }
        let nothing = |_: &Column| None;
        let value = self.promise_of_column(span, column, ColumnType::Text, nothing, |column| {
            Ok(Column::Text((*column.to_category().levels).clone()))
        });
        Ok(Val::promised(value, ColumnType::Text))
    }

    pub(in crate::eval) fn promise(
        &self,
        span: Span,
        needs: Vec<Lazy>,
        column_type: ColumnType,
        f: impl Fn(&[Arc<Column>]) -> Result<Column, String> + Send + Sync + 'static,
    ) -> Lazy {
        self.promise_with_remark(span, needs, column_type, |_| Ok(None), f)
    }

    /// What one column makes; `remark` looks at that column once the new one is there.
    fn promise_of_column(
        &self,
        span: Span,
        column: &LazyColumn,
        column_type: ColumnType,
        remark: impl Fn(&Column) -> Option<Box<Diagnostic>> + Send + Sync + 'static,
        f: impl Fn(&Column) -> Result<Column, String> + Send + Sync + 'static,
    ) -> Lazy {
        let origin = Origin::new(&self.source, span);
        let label = span.text(&self.source.text).to_owned();
        let promise = Promise::Column(column_type);
        let value = column.value.clone();
        plan::light_step(label, Some(origin), value, promise, move |value, cx| {
            let column = column_of(&value);
            let made = f(&column)
                .map_err(|problem| Diagnostic::error(code::INCOMPATIBLE_OPERANDS, problem))?;
            cx.remark(remark(&column));
            Ok(Value::Column(Arc::new(made)))
        })
    }

    /// As [`Interpreter::promise`]; `remark` looks at the same columns once the new one is there, and may refuse them.
    pub(in crate::eval) fn promise_with_remark(
        &self,
        span: Span,
        needs: Vec<Lazy>,
        column_type: ColumnType,
        remark: impl Fn(&[Arc<Column>]) -> Outcome<Option<Box<Diagnostic>>> + Send + Sync + 'static,
        f: impl Fn(&[Arc<Column>]) -> Result<Column, String> + Send + Sync + 'static,
    ) -> Lazy {
        let origin = Origin::new(&self.source, span);
        let label = span.text(&self.source.text).to_owned();
        let promise = Promise::Column(column_type);
        plan::light_step(label, Some(origin), needs, promise, move |needs, cx| {
            let columns: Vec<Arc<Column>> = needs.iter().map(column_of).collect();
            let column = f(&columns)
                .map_err(|problem| Diagnostic::error(code::INCOMPATIBLE_OPERANDS, problem))?;
            cx.remark(remark(&columns)?);
            Ok(Value::Column(Arc::new(column)))
        })
    }
}

/// The texts of a column as numbers; what is none is missing.
fn numbers_of_texts(column: &Column) -> Column {
    let value = |i| {
        let text = column.text(i);
        let exact = text.parse().map(Number::Whole);
        exact.unwrap_or_else(|_| Number::Float(text.parse().unwrap_or(f64::NAN)))
    };
    // Identifiers keep their digits.
    match Numbers::of_numbers((0..column.len()).map(value)) {
        Some(whole) if whole.exact.is_some() => Column::Number(whole),
        _ => Column::numbers(
            (0..column.len()).map(|i| value(i).value()).collect(),
            NumberType::F64,
        ),
    }
}

fn column_of(value: &Value) -> Arc<Column> {
    let none = || Arc::new(Column::Bool(Vec::new()));
    value.column().cloned().unwrap_or_else(none)
}

/// Level, count and share, in the order of the levels; the last row is of those without a value, if
/// there are any.
fn count_table(heading: &str, rows: &str, category: &Category) -> Table {
    let mut counts = category.counts();
    let mut codes: Vec<i32> = (0..counts.len() as i32).collect();
    let missing = category.codes.iter().filter(|&&code| code < 0).count();
    if missing > 0 {
        counts.push(missing);
        codes.push(-1);
    }
    let levels = match missing {
        0 => Column::Text((*category.levels).clone()),
        _ => Column::category(codes, (*category.levels).clone()),
    };
    let all = category.codes.len().max(1) as f64;
    let shares = counts.iter().map(|&n| n as f64 / all).collect();
    let counts = counts.iter().map(|&n| n as f64).collect();
    Table::new()
        .with(heading, levels)
        .with(rows, Column::numbers(counts, NumberType::I64))
        .with("share", Column::numbers(shares, NumberType::F64))
}

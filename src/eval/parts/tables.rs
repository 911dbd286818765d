//! Tables as values: `m[group == "0"]`, `m[0..10]`, `m[:, [names, scores]]`, `adata.obs[…]`.

use crate::command::{Along, LazyColumn, Val, suggest, tables};
use crate::data::{Column, ColumnType, Dataset, Lazy, NumberType, Place, Promise, Table, Value};
use crate::diagnostic::{Outcome, code};
use crate::eval::parts::rows::Searched;
use crate::eval::{Interpreter, Output};
use crate::lang::ast::{Expr, ExprKind, Selector};
use crate::plan;
use crate::source::Span;
use std::sync::Arc;

impl Interpreter<'_> {
    /// Rows, and columns, of a table.
    pub(in crate::eval) fn table_part(
        &mut self,
        table: &Lazy,
        selectors: &[Selector],
        span: Span,
    ) -> Outcome<Val> {
        if self.checking && table.get().is_none() {
            return Ok(Val::Unknown);
        }
        let (rows, columns) = match selectors {
            [rows] => (rows, None),
            [rows, columns] => (rows, Some(columns)),
            _ => {
                return Err(self
                    .error(
                        code::NOT_INDEXABLE,
                        "a table is indexed by rows and columns",
                        span,
                        "has the wrong number of parts",
                    )
                    .help("count(adata.obs.leiden)[cells > 10]"));
            }
        };
        self.session.asked = true;
        let value = self.engine.value(table)?;
        let Some(table) = value.table() else {
            return Ok(Val::Unknown);
        };
        // `m["scores"]` is a column.
        if let (Selector::Expr(expr), None) = (rows, columns)
            && let ExprKind::Text(text) = &expr.kind
        {
            let heading = self.text(text)?;
            let columns = self.chosen(table, vec![heading], expr.span)?;
            return Ok(column_of(&columns.columns[0].1));
        }
        // `m[["names", "scores"]]` are some.
        if let (Selector::Expr(expr), None) = (rows, columns)
            && let Some(headings) = listed_texts(expr)
        {
            return Ok(Val::table(self.chosen(table, headings, expr.span)?));
        }
        let Some(mut picked) = self.picked(table, rows)? else {
            return Ok(Val::Unknown);
        };
        if let Some(Selector::Expr(expr)) = columns {
            let headings = self.headings(expr)?;
            picked = self.chosen(&picked, headings, expr.span)?;
        }
        Ok(Val::table(picked))
    }

    /// The rows that a condition or a range keeps; `None` while checking, if only the data can tell.
    fn picked(&mut self, table: &Table, rows: &Selector) -> Outcome<Option<Table>> {
        let Selector::Expr(condition) = rows else {
            return Ok(Some(table.clone()));
        };
        if let ExprKind::Range(..) | ExprKind::Number(_) = &condition.kind {
            let of = (Some(table.n_rows()), "row");
            let (from, to) = match self.expr(condition)? {
                Val::Range(from, to) if from == to => return Ok(Some(table.pick(&[]))),
                Val::Range(from, to) => (from, to),
                Val::Number(row) => (row, row + 1.0),
                _ => return Ok(None),
            };
            let rows = self.positions((from, to), of, condition.span)?;
            let rows = rows.among(table.n_rows()).unwrap_or_default();
            return Ok(Some(table.pick(&rows.collect::<Vec<u32>>())));
        }
        let Some(test) = self.row_test(condition, &Searched::table(table))? else {
            return Ok(None);
        };
        let mut notes = Vec::new();
        let rows = test.rows(table, &mut |note| notes.push(*note));
        let rows = rows.map_err(|problem| {
            self.error(
                code::INCOMPATIBLE_OPERANDS,
                problem,
                condition.span,
                "cannot be done",
            )
        })?;
        notes
            .into_iter()
            .for_each(|note| self.say(Output::Note(note)));
        Ok(Some(table.pick(&rows)))
    }

    /// `[names, scores]` or `scores`: headings as bare words or texts.
    fn headings(&mut self, expr: &Expr) -> Outcome<Vec<String>> {
        let value = match &expr.kind {
            ExprKind::List(_) => self.words_within(expr)?,
            _ => Val::List(vec![self.words_within(expr)?]),
        };
        let Val::List(items) = value else {
            return Ok(Vec::new());
        };
        Ok(items
            .iter()
            .map(|item| match item {
                Val::Text(text) => text.clone(),
                other => other.to_string(),
            })
            .collect())
    }

    fn chosen(&self, table: &Table, headings: Vec<String>, span: Span) -> Outcome<Table> {
        let column = |heading: String| {
            let found = table.column(&heading).cloned();
            found
                .map(|column| (heading.clone(), column))
                .ok_or_else(|| {
                    let known = table.columns.iter().map(|(name, _)| name.clone());
                    let known: Vec<String> = known.collect();
                    self.error(
                        code::NO_SUCH_FIELD,
                        format!("no column `{heading}`"),
                        span,
                        "is not in the table",
                    )
                    .help(suggest::nearest_or_list(
                        &heading,
                        known,
                        "the table",
                    ))
                })
        };
        let columns = headings.into_iter().map(column).collect::<Outcome<_>>()?;
        Ok(Table {
            columns,
            title: table.title.clone(),
        })
    }

    /// `adata.obs["leiden"]`, a column, or `adata.obs[pct_counts_mt > 15]`, rows of the table.
    pub(in crate::eval) fn part_of_dataset(
        &mut self,
        data: &Arc<Dataset>,
        place: Place,
        selectors: &[Selector],
        span: Span,
    ) -> Outcome<Val> {
        let frame = matches!(place, Place::Obs | Place::Var);
        let named = match selectors {
            [Selector::Expr(expr)] => match &expr.kind {
                ExprKind::Text(_) => true,
                ExprKind::Name(name) => {
                    matches!(
                        self.session.get(&name.text),
                        Some(Val::Text(_) | Val::Unknown)
                    )
                }
                _ => false,
            },
            _ => false,
        };
        if !frame || named {
            return match self.one_name(selectors, span)? {
                Some(name) => self.part_field(data, place, &name),
                None => Ok(Val::Unknown),
            };
        }
        if let Some(columns) = listed_columns(data, place, selectors)
            && let Some(table) = tables::of(&Val::Part(data.clone(), place))
        {
            let columns = Selector::Expr(columns.clone());
            return self.table_part(&table, &[Selector::Every(span), columns], span);
        }
        let rows = |selector: &Selector| match selector {
            Selector::Expr(expr) => Some(expr.clone()),
            Selector::Every(_) => None,
        };
        let mut part = data.clone();
        if let Some(expr) = selectors.first().and_then(rows) {
            let Some((keep, most)) = self.selection(data, place, &expr)? else {
                return Ok(Val::Unknown);
            };
            let mut next = (**data).clone();
            match place {
                Place::Var => next.genes = next.genes.select_at_most(keep, most),
                _ => next.cells = next.cells.select_at_most(keep, most),
            }
            part = Arc::new(next);
        }
        let part = Val::Part(part, place);
        match (selectors, tables::of(&part)) {
            ([_], _) => Ok(part),
            ([_, columns], Some(table)) => {
                let every = Selector::Every(span);
                self.table_part(&table, &[every, columns.clone()], span)
            }
            _ => Ok(part),
        }
    }

    /// The number of rows, promised where the table is.
    pub(in crate::eval) fn n_rows(&self, table: &Lazy) -> Val {
        let rows = |value: &Value| value.table().map_or(0, |table| table.n_rows());
        if let Some(value) = table.get() {
            return Val::Number(rows(value) as f64);
        }
        let number = Promise::Column(ColumnType::Number);
        let made = plan::light_step("len", None, table.clone(), number, move |table, _| {
            let n = rows(&table) as f64;
            Ok(Value::of(Column::numbers(vec![n], NumberType::I64)))
        });
        Val::promised(made, ColumnType::Number)
    }
}

/// The list of `adata.obs[["leiden", "batch"]]`, if one of them is a column.
fn listed_columns<'e>(data: &Dataset, place: Place, selectors: &'e [Selector]) -> Option<&'e Expr> {
    let [Selector::Expr(expr)] = selectors else {
        return None;
    };
    let columns = data.slots(place)?;
    let listed = listed_texts(expr)?;
    let some = listed.iter().any(|it| columns.contains_key(it));
    some.then_some(expr)
}

/// The texts of a list, if it holds some and nothing else.
fn listed_texts(expr: &Expr) -> Option<Vec<String>> {
    let ExprKind::List(items) = &expr.kind else {
        return None;
    };
    let text = |item: &Expr| match &item.kind {
        ExprKind::Text(text) => text.plain().map(str::to_owned),
        _ => None,
    };
    let texts: Option<Vec<String>> = items.iter().map(text).collect();
    texts.filter(|texts| !texts.is_empty())
}

fn column_of(column: &Arc<Column>) -> Val {
    Val::Column(LazyColumn {
        column_type: column.column_type(),
        value: Lazy::ready(Value::Column(column.clone())),
        along: Along::One,
    })
}

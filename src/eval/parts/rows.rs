//! Conditions on the rows of a table: bare words are its columns. The expression becomes a function
//! of the table, since the table itself may not be computed yet.

use crate::command::row_filter::{OfTable, RowTest};
use crate::command::{Along, LazyColumn, Val, suggest};
use crate::data::{Column, ColumnType, Lazy, NumberType, Table, Value};
use crate::diagnostic::{Outcome, code};
use crate::eval::Interpreter;
use crate::eval::parts::booleans::{as_level, is_truth_or_missing};
use crate::eval::parts::columns::{Operation, is_single};
use crate::eval::parts::functions::{elementwise, missing};
use crate::eval::parts::levels::unknown_levels;
use crate::lang::ast::{Binary, Expr, ExprKind, Name, Unary};
use crate::source::{Origin, Span};
use std::sync::Arc;

/// The columns that the words of a condition may name.
pub(in crate::eval) struct Searched<'t> {
    pub headings: Vec<(&'t str, ColumnType)>,
    /// The table itself, if it is there already.
    pub table: Option<&'t Table>,
}

impl<'t> Searched<'t> {
    /// Of a table that is not known yet.
    pub fn headings(headings: &[(&'t str, ColumnType)]) -> Self {
        Searched {
            headings: headings.to_vec(),
            table: None,
        }
    }

    pub fn table(table: &'t Table) -> Self {
        let columns = table.columns.iter();
        Searched {
            headings: columns
                .map(|(name, column)| (name.as_str(), column.column_type()))
                .collect(),
            table: Some(table),
        }
    }
}

/// A part of a condition.
struct Part {
    /// What operators see of it: a constant, or a column of some type.
    val: Val,
    make: OfTable,
}

impl Part {
    fn column(column_type: ColumnType, make: OfTable) -> Self {
        let unread = Arc::new(Column::Bool(Vec::new()));
        Part::of(unread, column_type, make)
    }

    fn of(column: Arc<Column>, column_type: ColumnType, make: OfTable) -> Self {
        Part {
            val: Val::Column(LazyColumn {
                value: Lazy::ready(Value::Column(column)),
                along: Along::One,
                column_type,
            }),
            make,
        }
    }
}

impl Interpreter<'_> {
    /// The condition as a test of rows; `None` while checking, if only the data can tell.
    pub(in crate::eval) fn row_test(
        &mut self,
        expr: &Expr,
        searched: &Searched,
    ) -> Outcome<Option<RowTest>> {
        let Some(part) = self.row_part(expr.inner(), searched)? else {
            return Ok(None);
        };
        let part = self.row_truth(part, expr.span)?;
        let is_boolean = match &part.val {
            Val::Bool(_) => true,
            Val::Column(column) => column.column_type == ColumnType::Bool,
            _ => false,
        };
        if !is_boolean {
            return Err(self
                .error(
                    code::CONDITION_NOT_BOOLEAN,
                    "rows are selected by a condition",
                    expr.span,
                    format!(
                        "this is a {}",
                        crate::eval::parts::columns::described(&part.val)
                    ),
                )
                .help("compare a column with something: (logfoldchanges > 1)"));
        }
        Ok(Some(RowTest(part.make)))
    }

    fn row_part(&mut self, expr: &Expr, searched: &Searched) -> Outcome<Option<Part>> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.row_part(inner, searched),
            ExprKind::Name(name) => self.row_name(name, searched),
            ExprKind::Unary(unary, operand) => {
                let (other, binary) = match unary {
                    Unary::Negative => (Val::Number(0.0), Binary::Subtract),
                    Unary::Not => (Val::Bool(false), Binary::Equal),
                };
                let negated = self.negation_of(*unary, expr.span);
                let part = self.with_negation(negated, |it| it.row_part(operand, searched));
                let Some(part) = part? else {
                    return Ok(None);
                };
                let Some(other) = constant(other) else {
                    return Ok(None);
                };
                self.row_operation(binary, other, part, expr.span).map(Some)
            }
            ExprKind::Binary(binary, left, right) => {
                let within = self.negation_within(*binary);
                let left = self.with_negation(within, |it| it.row_part(left, searched))?;
                let right_side = right;
                let right = self.with_negation(within, |it| it.row_part(right, searched));
                let right = match (right, &left) {
                    (Err(wrong), Some(left)) => {
                        return Err(self.quoted_level(*binary, &left.val, right_side, wrong));
                    }
                    (right, _) => right?,
                };
                match (left, right) {
                    (Some(a), Some(b)) => {
                        let compared = a.val.clone();
                        let made = self.row_operation(*binary, a, b, expr.span);
                        made.map(Some)
                            .map_err(|it| self.number_as_level(*binary, &compared, right_side, it))
                    }
                    _ => Ok(None),
                }
            }
            ExprKind::Chain(first, rest) => self.row_chain(first, rest, searched),
            ExprKind::Call(call) if call.args.len() == 1 => {
                let name = call.name().map_or("", |name| &name.text);
                let Some((column_type, function)) = of_rows(name) else {
                    return self.row_constant(expr);
                };
                let operand = &call.args[0].value;
                let part = self.with_negation(None, |it| it.row_part(operand, searched));
                let Some(part) = part? else {
                    return Ok(None);
                };
                let make = part.make;
                Ok(Some(Part::column(
                    column_type,
                    Arc::new(move |table, notes| function(&make(table, notes)?)),
                )))
            }
            _ => self.row_constant(expr),
        }
    }

    fn row_constant(&mut self, expr: &Expr) -> Outcome<Option<Part>> {
        let value = self.expr(expr)?;
        match self.settled(value)? {
            Val::Unknown => Ok(None),
            value => match constant(value.clone()) {
                Some(part) => Ok(Some(part)),
                None => Err(self.error(
                    code::INCOMPATIBLE_OPERANDS,
                    "rows can be compared with numbers and text",
                    expr.span,
                    format!(
                        "this is a {}",
                        crate::eval::parts::columns::described(&value)
                    ),
                )),
            },
        }
    }

    fn row_name(&mut self, name: &Name, searched: &Searched) -> Outcome<Option<Part>> {
        let mut headings = searched.headings.iter();
        let column = headings.find(|(heading, _)| *heading == name.text);
        let variable = self.session.get(&name.text).cloned();
        match (column, variable) {
            (Some(_), Some(_)) => Err(self
                .error(
                    code::AMBIGUOUS_WORD,
                    format!(
                        "`{}` is both a column of the table and a variable",
                        name.text
                    ),
                    name.span,
                    "ambiguous",
                )
                .help("rename the variable to use it here")),
            (Some((heading, column_type)), None) => {
                let heading = (*heading).to_owned();
                let known = searched.table.and_then(|table| table.column(&heading));
                let make: OfTable = Arc::new(move |table, _| match table.column(&heading) {
                    Some(column) => Ok((**column).clone()),
                    None => Err(format!("the table has no column `{heading}`")),
                });
                Ok(Some(match known {
                    Some(column) => Part::of(column.clone(), *column_type, make),
                    None => Part::column(*column_type, make),
                }))
            }
            (None, Some(value)) => {
                self.running
                    .substitutions
                    .push((name.span, value.to_string()));
                self.row_constant(&Expr {
                    span: name.span,
                    kind: ExprKind::Name(name.clone()),
                })
            }
            (None, None) => {
                let known = searched.headings.iter().map(|(heading, _)| *heading);
                Err(self
                    .error(
                        code::NO_SUCH_COLUMN,
                        format!("no column `{}`", name.text),
                        name.span,
                        "searched the table and the variables",
                    )
                    .help(suggest::nearest_or_list(&name.text, known, "the table")))
            }
        }
    }

    fn row_chain(
        &mut self,
        first: &Expr,
        rest: &[(Binary, Expr)],
        searched: &Searched,
    ) -> Outcome<Option<Part>> {
        let mut all: Option<Part> = None;
        let mut left = first;
        for (binary, right) in rest {
            let (a, b) = (
                self.row_part(left, searched)?,
                self.row_part(right, searched)?,
            );
            let (Some(a), Some(b)) = (a, b) else {
                return Ok(None);
            };
            let span = left.span.to(right.span);
            let one = self.row_operation(*binary, a, b, span)?;
            all = Some(match all {
                None => one,
                Some(so_far) => self.row_operation(Binary::And, so_far, one, span)?,
            });
            left = right;
        }
        Ok(all)
    }

    /// Booleans some of which are missing are true where they are true.
    fn row_truth(&self, part: Part, span: Span) -> Outcome<Part> {
        let unsure = matches!(&part.val, Val::Column(column) if is_truth_or_missing(column));
        match (unsure, constant(Val::text("True"))) {
            (true, Some(truth)) => self.row_operation(Binary::Equal, part, truth, span),
            _ => Ok(part),
        }
    }

    fn row_operation(&self, binary: Binary, a: Part, b: Part, span: Span) -> Outcome<Part> {
        let (a, b) = match binary {
            Binary::And | Binary::Or => (self.row_truth(a, span)?, self.row_truth(b, span)?),
            Binary::Equal | Binary::NotEqual => {
                let (left, right) = (as_level(&a.val, &b.val), as_level(&b.val, &a.val));
                (leveled(a, left), leveled(b, right))
            }
            _ => (a, b),
        };
        let operation = Operation::new(binary, &a.val, &b.val).map_err(|problem| {
            let (left, right) = (
                crate::eval::parts::columns::described(&a.val),
                crate::eval::parts::columns::described(&b.val),
            );
            self.error(
                code::INCOMPATIBLE_OPERANDS,
                problem,
                span,
                format!("{left} {} {right}", binary.symbol()),
            )
        })?;
        let column_type = operation.column_type();
        let (left, right) = (a.make, b.make);
        let origin = Origin::new(&self.source, span);
        let asked = self.asks_for_missing(span);
        let negated = self
            .running
            .negated
            .map(|span| Origin::new(&self.source, span));
        let make: OfTable = Arc::new(move |table, notes| {
            let (a, b) = (left(table, notes)?, right(table, notes)?);
            let text = span.text(&origin.source.text);
            let note = match operation.unknown_levels(&a, &b) {
                Some((words, levels)) => Some(unknown_levels(&words, &levels)),
                None if asked => None,
                None => {
                    let rows = (Along::One.rows(), negated.is_some());
                    let note = operation.note_on_missing((&a, &b), text, rows);
                    note.map(|note| note.at(negated.as_ref().unwrap_or(&origin)))
                }
            };
            if let Some(note) = note {
                notes(note.at(&origin));
            }
            operation.apply(&a, &b)
        });
        Ok(Part::column(column_type, make))
    }
}

/// `true` beside booleans some of which are missing is the level that it is of them.
fn leveled(part: Part, level: Val) -> Part {
    match (&part.val, &level) {
        (Val::Bool(_), Val::Text(_)) => constant(level).unwrap_or(part),
        _ => part,
    }
}

type OfColumn = Box<dyn Fn(&Column) -> Result<Column, String> + Send + Sync>;
/// A function that gives a value for each row, with the type of what it gives.
fn of_rows(name: &str) -> Option<(ColumnType, OfColumn)> {
    if name == "is_missing" {
        return Some((ColumnType::Bool, Box::new(missing)));
    }
    let function = elementwise(name)?;
    let each = move |column: &Column| {
        let numbers = column
            .to_numbers()
            .ok_or_else(|| "a function needs numbers".to_owned())?;
        let values = numbers.into_iter().map(function).collect();
        Ok(Column::numbers(values, NumberType::F64))
    };
    Some((ColumnType::Number, Box::new(each)))
}

/// A value that is the same for every row.
fn constant(val: Val) -> Option<Part> {
    let column = match &val {
        // An integer that f64 does not hold.
        Val::Column(LazyColumn { value, along, .. }) if is_single(along) => {
            Column::clone(value.get()?.column()?)
        }
        val => crate::eval::expr::plain_column(val)?,
    };
    Some(Part {
        val,
        make: Arc::new(move |_, _| Ok(column.clone())),
    })
}

//! Expressions: literals, operators, texts with holes, pipelines.

use super::Interpreter;
use crate::command::{Along, LazyColumn, Val};
use crate::data::{Column, ColumnType, LARGEST_EXACT, Lazy, NumberType, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::parts::booleans::as_level;
use crate::eval::parts::columns::{Operation, described};
use crate::eval::parts::integers;
use crate::eval::parts::levels::{no_such_level, unknown_levels};
use crate::lang::ast::{Binary, Expr, ExprKind, Key, Piece, Text};
use crate::source::{Origin, Span};
use std::sync::Arc;

impl Interpreter<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) -> Outcome<Val> {
        let negated = self.negation_inside(&expr.kind);
        self.with_negation(negated, |it| it.expr_inside(expr))
    }

    fn expr_inside(&mut self, expr: &Expr) -> Outcome<Val> {
        match &expr.kind {
            ExprKind::Number(number) => Ok(self.number(*number, expr.span)),
            ExprKind::Text(text) => self.text_value(text),
            ExprKind::Bool(truth) => Ok(Val::Bool(*truth)),
            ExprKind::None => Ok(Val::None),
            ExprKind::List(items) => Ok(Val::List(
                items
                    .iter()
                    .map(|item| self.expr(item))
                    .collect::<Outcome<_>>()?,
            )),
            ExprKind::Record(entries) => {
                let mut fields = Vec::with_capacity(entries.len());
                for entry in entries {
                    let key = match &entry.key {
                        Key::Word(name) => name.text.clone(),
                        Key::Text(text) => self.text(text)?,
                    };
                    fields.push((key, self.expr(&entry.value)?));
                }
                Ok(Val::Record(fields))
            }
            ExprKind::Name(name) => self.name(name),
            ExprKind::Word { text, reading } => {
                self.word_value(text, reading.as_deref(), expr.span)
            }
            ExprKind::Field(base, field) => self.field(base, field, expr.span),
            ExprKind::Index(base, selectors) => self.index(base, selectors, expr.span),
            ExprKind::Call(call) => self.call_value(call),
            ExprKind::Pipe { head, stages } => {
                let head = self.expr(head)?;
                self.stages(head, stages)
            }
            ExprKind::Unary(unary, operand) => self.unary(*unary, operand, expr.span),
            ExprKind::Binary(binary, left, right) => {
                let within = self.negation_within(*binary);
                let a = self.with_negation(within, |it| it.expr(left))?;
                let b = match self.with_negation(within, |it| it.expr(right)) {
                    Ok(b) => b,
                    Err(wrong) => return Err(self.quoted_level(*binary, &a, right, wrong)),
                };
                self.compared(*binary, (left, a), (right, b), expr.span)
            }
            ExprKind::Chain(first, rest) => self.chain(first, rest),
            ExprKind::Range(from, to) => self.range(from, to, expr.span),
            ExprKind::Paren(inner) => self.expr(inner),
        }
    }

    fn number(&self, number: f64, span: Span) -> Val {
        if number.abs() < LARGEST_EXACT {
            Val::Number(number)
        } else {
            integers::literal(span.text(&self.source.text), number)
        }
    }

    fn range(&mut self, from: &Expr, to: &Expr, span: Span) -> Outcome<Val> {
        match (self.expr(from)?, self.expr(to)?) {
            (Val::Number(a), Val::Number(b)) => Ok(Val::Range(a, b)),
            (Val::Unknown, _) | (_, Val::Unknown) => Ok(Val::Unknown),
            _ => {
                let headline = "a range needs numbers";
                Err(self.error(code::RANGE_WITHOUT_NUMBERS, headline, span, "not numbers"))
            }
        }
    }

    /// A text with its holes filled.
    pub(super) fn text(&mut self, text: &Text) -> Outcome<String> {
        match self.text_value(text)? {
            Val::Text(text) => Ok(text),
            _ => Ok(String::new()),
        }
    }

    fn text_value(&mut self, text: &Text) -> Outcome<Val> {
        let mut filled = String::new();
        for piece in &text.pieces {
            match piece {
                Piece::Plain(plain) => filled += plain,
                Piece::Hole(expr) => {
                    // A hole is an ordinary expression, whatever is around the text.
                    let contexts = std::mem::take(&mut self.running.contexts);
                    let value = self.expr(expr);
                    self.running.contexts = contexts;
                    match self.settled(value?)? {
                        Val::Text(text) => filled += &text,
                        Val::Unknown => return Ok(Val::Unknown),
                        value => filled += &value.to_string(),
                    }
                }
            }
        }
        Ok(Val::Text(filled))
    }

    /// A binary operator on values: at once on plain ones, promised on columns.
    pub(super) fn operate(&mut self, binary: Binary, a: Val, b: Val, span: Span) -> Outcome<Val> {
        if matches!(a, Val::Unknown) || matches!(b, Val::Unknown) {
            return Ok(Val::Unknown);
        }
        if let (Binary::Add, Val::List(a), Val::List(b)) = (binary, &a, &b) {
            return Ok(Val::List(a.iter().chain(b).cloned().collect()));
        }
        if let (Binary::In | Binary::NotIn, Val::List(items)) = (binary, &b)
            && !matches!(a, Val::Column(_))
        {
            let a = a.to_string();
            let found = items.iter().any(|item| item.to_string() == a);
            return Ok(Val::Bool(found == (binary == Binary::In)));
        }
        let (a, b) = match binary {
            Binary::And | Binary::Or => (self.as_truth(a, span)?, self.as_truth(b, span)?),
            Binary::Equal | Binary::NotEqual => (as_level(&a, &b), as_level(&b, &a)),
            _ => (a, b),
        };
        let operation = Operation::new(binary, &a, &b).map_err(|problem| {
            self.error(
                code::INCOMPATIBLE_OPERANDS,
                problem,
                span,
                both(binary, &a, &b),
            )
        })?;
        match (operand(&a), operand(&b)) {
            (Some(Operand::Plain(a)), Some(Operand::Plain(b))) => {
                let column = operation.apply(&a, &b).map_err(|problem| {
                    self.error(code::INCOMPATIBLE_OPERANDS, problem, span, "cannot be done")
                })?;
                Ok(plain(&column))
            }
            (Some(a), Some(b)) => self.promise_operation(operation, a, b, span),
            _ => Err(self.error(
                code::INCOMPATIBLE_OPERANDS,
                "an operator needs values on both sides",
                span,
                both(binary, &a, &b),
            )),
        }
    }

    fn promise_operation(
        &mut self,
        operation: Operation,
        a: Operand,
        b: Operand,
        span: Span,
    ) -> Outcome<Val> {
        let along = self.along_both(&a, &b, span)?;
        let column_type = operation.column_type();
        let needs = vec![a.lazy(), b.lazy()];
        let measured = column_type == ColumnType::Number && needs.iter().any(Lazy::is_measured);
        let operation = Arc::new(operation);
        let told = self.warn_of_unknown_levels(&operation, &needs, span)?;
        let of = operation.clone();
        let (rows, text) = (along.rows(), span.text(&self.source.text).to_owned());
        let asked = self.asks_for_missing(span);
        let negated = self
            .running
            .negated
            .map(|span| Origin::new(&self.source, span));
        let selects = self.selects_by(span);
        let origin = Origin::new(&self.source, span);
        let remark = move |columns: &[Arc<Column>]| {
            let (a, b) = (&columns[0], &columns[1]);
            Ok(match of.unknown_levels(a, b).filter(|_| !told) {
                Some((words, levels)) if selects && of.holds_for_none(a, b) => {
                    return Err(no_such_level(&words, &levels, &origin));
                }
                Some((words, levels)) => Some(unknown_levels(&words, &levels)),
                None if asked => None,
                None => {
                    let note = of.note_on_missing((a, b), &text, (rows, negated.is_some()));
                    note.map(|note| note.at(negated.as_ref().unwrap_or(&origin)))
                }
            })
        };
        let value = self.promise_with_remark(span, needs, column_type, remark, move |columns| {
            operation.apply(&columns[0], &columns[1])
        });
        Ok(Val::Column(LazyColumn {
            value: if measured { value.measured() } else { value },
            along,
            column_type,
        }))
    }

    /// What both sides of an operator describe.
    fn along_both(&self, a: &Operand, b: &Operand, span: Span) -> Outcome<Along> {
        Ok(match (a.along(), b.along()) {
            (Some(Along::Cells(x)), Some(Along::Cells(y))) if !x.same(&y) => {
                return Err(self.unequal(span));
            }
            (Some(Along::Genes(x)), Some(Along::Genes(y))) if !x.same(&y) => {
                return Err(self.unequal(span));
            }
            (Some(Along::Cells(_)), Some(Along::Genes(_)))
            | (Some(Along::Genes(_)), Some(Along::Cells(_))) => {
                return Err(self.error(
                    code::CELLS_WITH_GENES,
                    "one column describes cells, the other genes",
                    span,
                    "they cannot be combined",
                ));
            }
            (Some(along @ (Along::Cells(_) | Along::Genes(_))), _) => along,
            (_, Some(along)) => along,
            (Some(along), None) => along,
            (None, None) => Along::One,
        })
    }

    /// Whether the line of an operator asks which values are missing.
    pub(super) fn asks_for_missing(&self, span: Span) -> bool {
        let text = &self.source.text;
        let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[span.end..]
            .find('\n')
            .map_or(text.len(), |at| span.end + at);
        text[start..end].contains("is_missing(")
    }

    fn unequal(&self, span: Span) -> Box<Diagnostic> {
        self.error(
            code::DIFFERENT_DATASETS,
            "these columns belong to different datasets",
            span,
            "their rows do not match",
        )
        .help("select the same cells first, or use one version of the dataset")
    }
}

/// A side of an operator: known, or a column.
enum Operand {
    Plain(Column),
    Column(LazyColumn),
}

impl Operand {
    fn along(&self) -> Option<Along> {
        match self {
            Operand::Plain(_) => None,
            Operand::Column(column) => Some(column.along.clone()),
        }
    }

    fn lazy(self) -> Lazy {
        match self {
            Operand::Plain(column) => Lazy::ready(Value::Column(Arc::new(column))),
            Operand::Column(column) => column.value,
        }
    }
}

fn operand(value: &Val) -> Option<Operand> {
    match value {
        Val::Column(column) if column.single_exact().is_some() => {
            let column = column.value.get()?.column()?;
            Some(Operand::Plain(Column::clone(column)))
        }
        Val::Column(column) => Some(Operand::Column(column.clone())),
        value => plain_column(value).map(Operand::Plain),
    }
}

/// A plain value as a column: one value, or those of a list.
pub(super) fn plain_column(value: &Val) -> Option<Column> {
    Some(match value {
        Val::Number(number) => Column::numbers(vec![*number], NumberType::F64),
        Val::Text(text) => Column::Text([text].into_iter().collect()),
        Val::Bool(truth) => Column::Bool(vec![*truth]),
        Val::List(items) => {
            let texts: Vec<String> = items
                .iter()
                .map(|item| match item {
                    Val::Text(text) => text.clone(),
                    other => integers::digits(other).unwrap_or_else(|| other.to_string()),
                })
                .collect();
            Column::Text(texts.iter().collect())
        }
        _ => return None,
    })
}

/// A column of one value as a plain one.
pub(super) fn plain(column: &Column) -> Val {
    match column {
        _ if column.len() != 1 => Val::List(
            (0..column.len())
                .map(|i| plain(&column.pick(&[i as u32])))
                .collect(),
        ),
        column if column.single_exact().is_some() => integers::one(column.clone()),
        Column::Number(numbers) => Val::Number(numbers.values[0]),
        Column::Bool(truths) => Val::Bool(truths[0]),
        other => Val::Text(other.text(0)),
    }
}

fn both(binary: Binary, a: &Val, b: &Val) -> String {
    format!("{} {} {}", described(a), binary.symbol(), described(b))
}

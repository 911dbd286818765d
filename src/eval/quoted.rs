//! Levels that were typed without quotes in a condition: `cell_type == B`, `leiden == 3`.

use super::Interpreter;
use crate::command::Val;
use crate::data::ColumnType;
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::lang::ast::{Binary, Expr, ExprKind};
use crate::source::Span;

impl Interpreter<'_> {
    /// `leiden == 3`, where the levels are texts, is answered with `leiden == "3"`.
    pub(super) fn compared(
        &mut self,
        binary: Binary,
        a: Val,
        b: Val,
        right: &Expr,
        span: Span,
    ) -> Outcome<Val> {
        let left = a.clone();
        let outcome = self.operate(binary, a, b, span);
        outcome.map_err(|wrong| self.number_as_level(binary, &left, right, wrong))
    }

    /// The answer to a comparison of texts with a number, if it is one: the number in quotes.
    pub(super) fn number_as_level(
        &self,
        binary: Binary,
        left: &Val,
        right: &Expr,
        wrong: Box<Diagnostic>,
    ) -> Box<Diagnostic> {
        let equality = matches!(binary, Binary::Equal | Binary::NotEqual);
        if equality && holds_texts(left) && right.literal_number().is_some() {
            self.with_quotes(right, wrong)
        } else {
            wrong
        }
    }

    /// `cell_type == B`, where nothing is called B, is answered with `cell_type == "B"`.
    pub(super) fn quoted_level(
        &self,
        binary: Binary,
        a: &Val,
        right: &Expr,
        wrong: Box<Diagnostic>,
    ) -> Box<Diagnostic> {
        let compares = matches!(
            binary,
            Binary::Equal | Binary::NotEqual | Binary::In | Binary::NotIn
        );
        let word = |expr: &Expr| matches!(expr.kind, ExprKind::Name(_) | ExprKind::Word { .. });
        let words = match &right.kind {
            ExprKind::List(items) => items.iter().all(|item| {
                word(item) || matches!(item.kind, ExprKind::Text(_) | ExprKind::Number(_))
            }),
            _ => word(right),
        };
        let unknown = matches!(wrong.code, code::UNKNOWN_NAME | code::NO_SUCH_COLUMN);
        if compares && words && unknown && holds_texts(a) {
            self.with_quotes(right, wrong)
        } else {
            wrong
        }
    }

    fn with_quotes(&self, expr: &Expr, wrong: Box<Diagnostic>) -> Box<Diagnostic> {
        let quoted = self.in_quotes(expr);
        wrong
            .help(self.in_line(expr.span, &quoted))
            .fix(expr.span, quoted)
    }

    /// The words of an expression in quotes.
    fn in_quotes(&self, expr: &Expr) -> String {
        let written = |expr: &Expr| {
            let text = expr.span.text(&self.source.text);
            match expr.kind {
                ExprKind::Text(_) => text.to_owned(),
                _ => format!("\"{}\"", text.trim_matches('`')),
            }
        };
        match &expr.kind {
            ExprKind::List(items) => {
                let items: Vec<String> = items.iter().map(written).collect();
                format!("[{}]", items.join(", "))
            }
            _ => written(expr),
        }
    }
}

/// Whether a value is a column of texts or of categories.
fn holds_texts(value: &Val) -> bool {
    let texts = |it: ColumnType| matches!(it, ColumnType::Text | ColumnType::Category);
    matches!(value, Val::Column(column) if texts(column.column_type))
}

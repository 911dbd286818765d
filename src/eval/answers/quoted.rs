//! Levels that were typed without quotes in a condition: `cell_type == B`, `leiden == 3`.

use crate::command::Val;
use crate::data::ColumnType;
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::Interpreter;
use crate::lang::ast::{Binary, Expr, ExprKind};
use crate::source::Span;

impl Interpreter<'_> {
    /// `leiden == 3`, where the levels are texts, is answered with `leiden == "3"`.
    pub(in crate::eval) fn compared(
        &mut self,
        binary: Binary,
        (left, a): (&Expr, Val),
        (right, b): (&Expr, Val),
        span: Span,
    ) -> Outcome<Val> {
        let before = a.clone();
        let outcome = self.operate(binary, a, b, span);
        outcome.map_err(|wrong| {
            let wrong = self.number_as_level(binary, &before, right, wrong);
            self.either(binary, (left, right), span, wrong)
        })
    }

    /// The answer to a comparison of texts with a number, if it is one: the number in quotes.
    pub(in crate::eval) fn number_as_level(
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
    pub(in crate::eval) fn quoted_level(
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

    /// `filter adata "pct_counts_mt < 5"`, as pandas' queries are written.
    pub(in crate::eval) fn condition_in_quotes(&self, expr: &Expr) -> Option<Box<Diagnostic>> {
        let ExprKind::Text(text) = &expr.inner().kind else {
            return None;
        };
        let condition = text.plain().filter(|it| it.contains(['<', '>', '=']))?;
        let line = format!("({condition})");
        let headline = "a condition stands in parentheses, without quotes";
        let error = self.error(code::CONDITION_NOT_BOOLEAN, headline, expr.span, "is text");
        Some(
            error
                .help(self.in_line(expr.span, &line))
                .fix(expr.span, line),
        )
    }

    /// `cell_type == "B" or "NK"` is answered with `cell_type in ["B", "NK"]`.
    pub(in crate::eval) fn either(
        &self,
        binary: Binary,
        (left, right): (&Expr, &Expr),
        span: Span,
        wrong: Box<Diagnostic>,
    ) -> Box<Diagnostic> {
        let ExprKind::Binary(Binary::Equal, column, first) = &left.kind else {
            return wrong;
        };
        let is_text = |expr: &Expr| matches!(expr.kind, ExprKind::Text(_));
        if binary != Binary::Or || !is_text(first) || !is_text(right) {
            return wrong;
        }
        let text = |expr: &Expr| expr.span.text(&self.source.text);
        let line = format!("{} in [{}, {}]", text(column), text(first), text(right));
        wrong.help(self.in_line(span, &line)).fix(span, line)
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

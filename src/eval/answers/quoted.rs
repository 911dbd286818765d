//! Operands that are nearly right: levels without quotes, `cell_type == B`, numbers within them,
//! `total_counts < "5"`, a dataset for a column of it.

use crate::command::Val;
use crate::data::ColumnType;
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::Interpreter;
use crate::eval::answers::of_datasets::numbers_of;
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
        let before = (a.clone(), b.clone());
        let outcome = self.operate(binary, a, b, span);
        outcome.map_err(|wrong| {
            let wrong = self.number_as_level(binary, &before.0, right, wrong);
            let wrong = self.number_in_quotes(&before.0, right, wrong);
            let wrong = self.operand_as_value((left, &before.0), (right, &before.1), span, wrong);
            self.either(binary, (left, right), span, wrong)
        })
    }

    /// `total_counts < "5"`, where the values are numbers, is answered with `total_counts < 5`.
    fn number_in_quotes(
        &self,
        left: &Val,
        right: &Expr,
        wrong: Box<Diagnostic>,
    ) -> Box<Diagnostic> {
        let ExprKind::Text(text) = &right.kind else {
            return wrong;
        };
        let number = text.plain().map(str::trim);
        let number = number.filter(|it| it.parse::<f64>().is_ok_and(f64::is_finite));
        let of_numbers = matches!(left, Val::Number(_))
            || matches!(left, Val::Column(column) if column.column_type == ColumnType::Number);
        match number {
            Some(number) if of_numbers => wrong
                .help(self.in_line(right.span, number))
                .fix(right.span, number),
            _ => wrong,
        }
    }

    /// `adata < 5` compares a column of it, and `p + q` of two figures puts them side by side.
    fn operand_as_value(
        &self,
        (left, a): (&Expr, &Val),
        (right, b): (&Expr, &Val),
        span: Span,
        wrong: Box<Diagnostic>,
    ) -> Box<Diagnostic> {
        let text = |expr: &Expr| expr.span.text(&self.source.text).to_owned();
        match (a, b) {
            (Val::Figure(_), Val::Figure(_)) => {
                let line = format!("figure [{}, {}]", text(left), text(right));
                wrong.help(self.in_line(span, &line)).fix(span, line)
            }
            (Val::Dataset(data, None), Val::Number(_) | Val::Text(_)) => {
                let column = numbers_of(&text(left), data);
                let parts = ["obs.", "X."].map(|part| format!("{}.{part}", text(left)));
                let bare = parts
                    .iter()
                    .find_map(|part| column.strip_prefix(part.as_str()));
                let line = match bare {
                    Some(bare) if !self.running.contexts.is_empty() => bare.to_owned(),
                    _ => column,
                };
                wrong
                    .help(self.in_line(left.span, &line))
                    .fix(left.span, line)
            }
            _ => wrong,
        }
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
        let is_value = |expr: &Expr| is_text(expr) || expr.literal_number().is_some();
        if binary != Binary::Or || !is_value(first) || !is_value(right) {
            return wrong;
        }
        let text = |expr: &Expr| expr.span.text(&self.source.text);
        let second = if is_text(first) && !is_text(right) {
            format!("\"{}\"", text(right))
        } else {
            text(right).to_owned()
        };
        let line = format!("{} in [{}, {second}]", text(column), text(first));
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

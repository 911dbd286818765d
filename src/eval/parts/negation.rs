//! `not`, `-`, and chains of comparisons.
//!
//! A row without a value does not meet a comparison, so it meets the `not` of one: the message about
//! such rows is about the outermost `not`.

use crate::command::Val;
use crate::data::ColumnType;
use crate::diagnostic::{Outcome, code};
use crate::eval::Interpreter;
use crate::eval::parts::booleans::is_truth_or_missing;
use crate::eval::parts::columns::described;
use crate::lang::ast::{Binary, Expr, ExprKind, Unary};
use crate::source::Span;

impl Interpreter<'_> {
    /// Evaluates a part of an expression, which is under the `not`s that this one is under
    /// only if it is a part of a condition.
    pub(in crate::eval) fn with_negation<T>(
        &mut self,
        negated: Option<Span>,
        evaluate: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = std::mem::replace(&mut self.running.negated, negated);
        let value = evaluate(self);
        self.running.negated = outer;
        value
    }

    /// The `not` that the operand of `unary` is under.
    pub(in crate::eval) fn negation_of(&self, unary: Unary, span: Span) -> Option<Span> {
        match (unary, self.running.negated) {
            (Unary::Negative, _) | (Unary::Not, Some(_)) => None,
            (Unary::Not, None) => Some(span),
        }
    }

    /// The `not` that the sides of an operator are under.
    pub(in crate::eval) fn negation_within(&self, binary: Binary) -> Option<Span> {
        self.running
            .negated
            .filter(|_| matches!(binary, Binary::And | Binary::Or))
    }

    /// The same of what is at other places: in brackets it is a part of the condition.
    pub(in crate::eval) fn negation_inside(&self, kind: &ExprKind) -> Option<Span> {
        let is_part = matches!(
            kind,
            ExprKind::Paren(_) | ExprKind::Unary(..) | ExprKind::Binary(..) | ExprKind::Chain(..)
        );
        self.running.negated.filter(|_| is_part)
    }

    pub(in crate::eval) fn unary(
        &mut self,
        unary: Unary,
        operand: &Expr,
        span: Span,
    ) -> Outcome<Val> {
        let negated = self.negation_of(unary, span);
        let value = self.with_negation(negated, |it| it.expr(operand))?;
        match (unary, value) {
            (_, Val::Unknown) => Ok(Val::Unknown),
            (Unary::Negative, Val::Number(number)) => Ok(Val::Number(-number)),
            (Unary::Not, Val::Bool(truth)) => Ok(Val::Bool(!truth)),
            (Unary::Negative, Val::Column(column)) if column.column_type == ColumnType::Number => {
                let (zero, column) = (Val::Number(0.0), Val::Column(column));
                self.operate(Binary::Subtract, zero, column, span)
            }
            (Unary::Not, Val::Column(column)) if column.column_type == ColumnType::Bool => {
                self.operate(Binary::Equal, Val::Column(column), Val::Bool(false), span)
            }
            (Unary::Not, Val::Column(column)) if is_truth_or_missing(&column) => {
                self.operate(Binary::Equal, Val::Column(column), Val::text("False"), span)
            }
            (Unary::Not, value) => Err(self.error(
                code::WRONG_OPERAND,
                "`not` needs a boolean",
                operand.span,
                format!("this is a {}", described(&value)),
            )),
            (Unary::Negative, value) => Err(self.error(
                code::WRONG_OPERAND,
                "`-` needs a number",
                operand.span,
                format!("this is a {}", described(&value)),
            )),
        }
    }

    /// `200 < n < 6000` is `200 < n and n < 6000`, with `n` evaluated once.
    pub(in crate::eval) fn chain(&mut self, first: &Expr, rest: &[(Binary, Expr)]) -> Outcome<Val> {
        let mut left = self.with_negation(None, |it| it.expr(first))?;
        let mut left_span = first.span;
        let mut all: Option<Val> = None;
        for (binary, right) in rest {
            let value = self.with_negation(None, |it| it.expr(right))?;
            let span = left_span.to(right.span);
            let one = self.operate(*binary, left, value.clone(), span)?;
            all = Some(match all {
                None => one,
                Some(so_far) => self.operate(Binary::And, so_far, one, span)?,
            });
            (left, left_span) = (value, right.span);
        }
        Ok(all.unwrap_or(Val::Bool(true)))
    }
}

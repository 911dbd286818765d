//! Texts with what is to be filled in, and words with what they say as expressions.

use super::{Grammar, Node, Reader, Rule, explain, next};
use crate::diagnostic::Outcome;
use crate::lang::ast::*;
use crate::lang::excerpt::Excerpt;
use crate::lang::{build, text, unclosed};
use crate::source::Span;
use pest::Parser;

impl Reader<'_> {
    /// What a word says as an expression, if it says anything but itself.
    pub(super) fn reading(&mut self, node: &Node) -> Outcome<Option<Box<Expr>>> {
        let read = Grammar::parse(Rule::filling, node.as_str()).ok();
        let Some(inner) = read.and_then(|mut nodes| nodes.next()) else {
            return Ok(None);
        };
        let start = self.span(node).start;
        let base = std::mem::replace(&mut self.base, start);
        let expr = self.expr(inner);
        self.base = base;
        let other = |expr: &Expr| !matches!(expr.kind, ExprKind::Word { .. });
        Ok(Some(expr?).filter(other).map(Box::new))
    }

    pub(super) fn text(&mut self, node: &Node) -> Outcome<Text> {
        let span = self.span(node);
        if node.as_rule() == Rule::raw {
            return Ok(build::raw(span, node.as_str()));
        }
        let pieces = text::parts(self.excerpt, span)?
            .into_iter()
            .map(|part| match part {
                text::Part::Plain(plain) => Ok(Piece::Plain(plain)),
                text::Part::Hole(hole) => Ok(Piece::Hole(self.hole(hole)?)),
            })
            .collect::<Outcome<_>>()?;
        Ok(Text { span, pieces })
    }

    fn hole(&mut self, span: Span) -> Outcome<Expr> {
        let excerpt = Excerpt {
            span,
            ..*self.excerpt
        };
        unclosed::hole(&excerpt)?;
        let mut nodes = Grammar::parse(Rule::filling, excerpt.read())
            .map_err(|error| explain(error, &excerpt))?;
        let base = std::mem::replace(&mut self.base, span.start);
        let expr = self.expr(next(&mut nodes)?);
        self.base = base;
        expr
    }
}

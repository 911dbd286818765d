//! Nodes of the tree from their parts: what the operators mean, and which parentheses count.

use super::ast::*;
use crate::source::Span;

/// A name as it is written, with or without backticks.
pub fn name(span: Span, written: &str) -> Name {
    let inside = written
        .strip_prefix('`')
        .and_then(|it| it.strip_suffix('`'));
    Name {
        span,
        text: inside.unwrap_or(written).to_string(),
        quoted: inside.is_some(),
    }
}

/// A name that is alone.
pub fn bare(name: Name) -> Expr {
    Expr {
        span: name.span,
        kind: ExprKind::Name(name),
    }
}

pub fn call(span: Span, callee: Expr, args: Vec<Arg>, style: Style) -> Expr {
    let callee = Box::new(callee);
    let kind = ExprKind::Call(Call {
        span,
        callee,
        args,
        style,
    });
    Expr { span, kind }
}

/// `-x` or `not x`.
pub fn unary(symbol: &str, start: usize, operand: Expr) -> Expr {
    let operator = match symbol {
        "-" => Unary::Negative,
        _ => Unary::Not,
    };
    Expr {
        span: Span::new(start, operand.span.end),
        kind: ExprKind::Unary(operator, Box::new(operand)),
    }
}

/// Two operands and the operator between them; comparisons side by side become a chain.
pub fn infix(left: Expr, symbol: &str, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    if symbol == ".." {
        let kind = ExprKind::Range(Box::new(left), Box::new(right));
        return Expr { span, kind };
    }
    let operator = binary(symbol);
    let kind = match left.kind {
        ExprKind::Binary(first, a, b) if first.compares() && operator.compares() => {
            ExprKind::Chain(a, vec![(first, *b), (operator, right)])
        }
        ExprKind::Chain(first, mut rest) if operator.compares() => {
            rest.push((operator, right));
            ExprKind::Chain(first, rest)
        }
        _ => ExprKind::Binary(operator, Box::new(left), Box::new(right)),
    };
    Expr { span, kind }
}

/// `5..` in an index: a range without an end.
pub fn open_range(from: Expr, end: usize) -> Expr {
    let endless = Expr {
        span: Span::new(end, end),
        kind: ExprKind::Number(f64::INFINITY),
    };
    Expr {
        span: from.span.to(endless.span),
        kind: ExprKind::Range(Box::new(from), Box::new(endless)),
    }
}

fn binary(symbol: &str) -> Binary {
    match symbol {
        "or" => Binary::Or,
        "and" => Binary::And,
        "==" => Binary::Equal,
        "!=" => Binary::NotEqual,
        "<" => Binary::Less,
        "<=" => Binary::LessEqual,
        ">" => Binary::Greater,
        ">=" => Binary::GreaterEqual,
        "in" => Binary::In,
        "~" => Binary::Matches,
        "+" => Binary::Add,
        "-" => Binary::Subtract,
        "*" => Binary::Multiply,
        "/" => Binary::Divide,
        "**" => Binary::Power,
        // `not in`, with any blanks between.
        _ => Binary::NotIn,
    }
}

/// Parentheses round a whole argument say nothing, except round a name.
pub fn unwrapped(mut value: Expr) -> Expr {
    loop {
        match value.kind {
            ExprKind::Paren(inner) if inner.bare_name().is_none() => value = *inner,
            _ => return value,
        }
    }
}

/// What pipes between operands make of them: a head alone, or a pipeline.
pub fn pipe(span: Span, head: Expr, stages: Vec<Call>) -> Expr {
    if stages.is_empty() {
        return head;
    }
    let head = Box::new(head);
    Expr {
        span,
        kind: ExprKind::Pipe { head, stages },
    }
}

/// A stage of a pipeline, if the expression can be one: a command, or a name alone.
pub fn stage(expr: Expr) -> Result<Call, Expr> {
    match expr.kind {
        ExprKind::Call(call) => Ok(call),
        ExprKind::Name(_) => Ok(Call {
            span: expr.span,
            callee: Box::new(expr),
            args: Vec::new(),
            style: Style::Command,
        }),
        _ => Err(expr),
    }
}

/// The contents of a raw text, as one piece or none.
pub fn raw(span: Span, written: &str) -> Text {
    let inside = written.trim_matches('\'');
    let pieces = if inside.is_empty() {
        Vec::new()
    } else {
        vec![Piece::Plain(inside.to_string())]
    };
    Text { span, pieces }
}

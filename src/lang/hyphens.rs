//! Names with hyphens: `HLA-DRA > 1` parses as a subtraction until a gene of that name is known.
//!
//! The tree of operators is laid flat again, the runs `a-b-c` that are a name become one operand,
//! and the tree is built again, so that `2*HLA-DRA` is twice the gene.

use super::ast::*;
use super::build;
use crate::source::Span;

/// Names have fewer hyphens; sums may have any number of minus signs.
const LONGEST: usize = 8;

/// An operand, or an operator before or between operands.
enum Token {
    Operand(Expr),
    Infix(&'static str),
    Prefix(&'static str, usize),
}

/// The expression with each hyphenated run that is `known` as one name. Runs are tried longest
/// first; `text` is what the spans are of.
pub fn joined(expr: &Expr, text: &str, known: &mut dyn FnMut(&str, &Expr) -> bool) -> Expr {
    if !expr.span.text(text).contains('-') {
        return expr.clone();
    }
    let kind = match &expr.kind {
        ExprKind::Binary(Binary::Subtract, ..) if known_whole(expr, text, known) => {
            return word(expr.span, text);
        }
        ExprKind::Binary(..) | ExprKind::Chain(..) | ExprKind::Unary(..) | ExprKind::Range(..) => {
            let mut tokens = Vec::new();
            flatten(expr, text, known, &mut tokens);
            let mut tokens = merged(tokens, text, known).into_iter().peekable();
            return climb(&mut tokens, 0).unwrap_or_else(|| expr.clone());
        }
        ExprKind::Paren(inner) => ExprKind::Paren(Box::new(joined(inner, text, known))),
        ExprKind::List(items) => {
            ExprKind::List(items.iter().map(|it| joined(it, text, known)).collect())
        }
        ExprKind::Call(call) => {
            let mut call = call.clone();
            for arg in &mut call.args {
                arg.value = joined(&arg.value, text, known);
            }
            ExprKind::Call(call)
        }
        other => other.clone(),
    };
    Expr {
        span: expr.span,
        kind,
    }
}

fn word(span: Span, text: &str) -> Expr {
    build::bare(Name {
        span,
        text: span.text(text).to_owned(),
        quoted: true,
    })
}

fn known_whole(expr: &Expr, text: &str, known: &mut dyn FnMut(&str, &Expr) -> bool) -> bool {
    let written = expr.span.text(text);
    let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    written.chars().all(part) && known(written, expr)
}

fn flatten(
    expr: &Expr,
    text: &str,
    known: &mut dyn FnMut(&str, &Expr) -> bool,
    tokens: &mut Vec<Token>,
) {
    match &expr.kind {
        ExprKind::Binary(operator, a, b) => {
            flatten(a, text, known, tokens);
            tokens.push(Token::Infix(operator.symbol()));
            flatten(b, text, known, tokens);
        }
        ExprKind::Range(a, b) => {
            flatten(a, text, known, tokens);
            tokens.push(Token::Infix(".."));
            flatten(b, text, known, tokens);
        }
        ExprKind::Chain(first, rest) => {
            flatten(first, text, known, tokens);
            for (operator, operand) in rest {
                tokens.push(Token::Infix(operator.symbol()));
                flatten(operand, text, known, tokens);
            }
        }
        ExprKind::Unary(operator, operand) => {
            let symbol = match operator {
                Unary::Negative => "-",
                Unary::Not => "not",
            };
            tokens.push(Token::Prefix(symbol, expr.span.start));
            flatten(operand, text, known, tokens);
        }
        _ => tokens.push(Token::Operand(joined(expr, text, known))),
    }
}

/// The tokens with known runs as one operand.
fn merged(
    tokens: Vec<Token>,
    text: &str,
    known: &mut dyn FnMut(&str, &Expr) -> bool,
) -> Vec<Token> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let ends = ends_of_run(&tokens, at);
        let found = ends.iter().rev().find_map(|&end| {
            let (first, last) = (span(&tokens[at])?, span(&tokens[end])?);
            let span = first.to(last);
            let reading = difference(&tokens[at..=end])?;
            known(span.text(text), &reading).then_some((span, end))
        });
        if let Some((span, end)) = found {
            out.push(Token::Operand(word(span, text)));
            at = end + 1;
        } else {
            out.push(match &tokens[at] {
                Token::Operand(expr) => Token::Operand(expr.clone()),
                Token::Infix(symbol) => Token::Infix(symbol),
                Token::Prefix(symbol, start) => Token::Prefix(symbol, *start),
            });
            at += 1;
        }
    }
    out
}

/// Where runs that begin at a token may end: operands with nothing but a hyphen between them.
fn ends_of_run(tokens: &[Token], from: usize) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = from;
    while ends.len() < LONGEST
        && let [Token::Operand(a), Token::Infix("-"), Token::Operand(b), ..] = &tokens[at..]
        && part_of_name(a)
        && part_of_name(b)
        && a.span.end + 1 == b.span.start
    {
        at += 2;
        ends.push(at);
    }
    ends
}

fn part_of_name(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => !name.quoted,
        ExprKind::Number(_) | ExprKind::Word { .. } => true,
        ExprKind::Field(inner, name) => !name.quoted && part_of_name(inner),
        _ => false,
    }
}

fn span(token: &Token) -> Option<Span> {
    match token {
        Token::Operand(expr) => Some(expr.span),
        _ => None,
    }
}

/// What a run says with its hyphens as minus signs.
fn difference(tokens: &[Token]) -> Option<Expr> {
    let mut operands = tokens.iter().filter_map(|token| match token {
        Token::Operand(expr) => Some(expr.clone()),
        _ => None,
    });
    let first = operands.next()?;
    Some(operands.fold(first, |left, right| build::infix(left, "-", right)))
}

type Tokens = std::iter::Peekable<std::vec::IntoIter<Token>>;

/// How tightly an operator binds; the grammar's order, loosest first.
fn strength(symbol: &str) -> u8 {
    match symbol {
        "or" => 1,
        "and" => 2,
        "not" => 3,
        ".." => 5,
        "+" | "-" => 6,
        "*" | "/" => 7,
        "**" => 9,
        _ => 4,
    }
}

/// A minus sign before an operand binds tighter than between two.
const NEGATION: u8 = 8;

fn climb(tokens: &mut Tokens, least: u8) -> Option<Expr> {
    let mut left = match tokens.next()? {
        Token::Operand(expr) => expr,
        Token::Prefix(symbol, start) => {
            let inner = if symbol == "-" {
                NEGATION
            } else {
                strength(symbol)
            };
            build::unary(symbol, start, climb(tokens, inner)?)
        }
        Token::Infix(_) => return None,
    };
    while let Some(Token::Infix(symbol)) = tokens.peek() {
        let symbol = *symbol;
        let here = strength(symbol);
        if here < least {
            break;
        }
        tokens.next();
        // Powers are taken from the right.
        let right = climb(tokens, if symbol == "**" { here } else { here + 1 })?;
        left = build::infix(left, symbol, right);
    }
    Some(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::outline::outline;
    use crate::lang::parse;
    use crate::source::Source;

    fn read(text: &str, genes: &[&str]) -> String {
        let mut parsed = parse(&Source::new("test", text));
        for statement in &mut parsed.statements {
            if let StatementKind::Expr(expr) = &mut statement.kind {
                *expr = joined(expr, text, &mut |name, _| genes.contains(&name));
            }
        }
        outline(&parsed.statements)
    }

    #[test]
    fn known_names_hold_together() {
        let genes = ["HLA-DRA", "H2-K1", "a-b", "a-b-c"];
        for (text, meant) in [
            ("HLA-DRA > 1", "(`HLA-DRA` > 1)"),
            ("2*H2-K1 + n-1", "(((2 * `H2-K1`) + n) - 1)"),
            ("a-b-c - a-b", "(`a-b-c` - `a-b`)"),
            ("n - a-b-d", "((n - `a-b`) - d)"),
            ("not H2-K1 < 2 and x", "((not (`H2-K1` < 2)) and x)"),
            ("-H2-K1 ** 2", "(-(`H2-K1` ** 2))"),
            ("f(H2-K1, 2) > 0", "((f word H2-K1 2) > 0)"),
            ("a - b", "(a - b)"),
        ] {
            assert_eq!(read(text, &genes), meant, "{text}");
        }
    }

    /// Without a known name the tree is as it was.
    #[test]
    fn operators_keep_their_order() {
        for text in [
            "a-b*c**d**e - -f",
            "not a-b == c and d or not e-f in [g-h]",
            "1 < a-b <= c..d-e",
            "-(a-b)*c-d/e+f",
        ] {
            let plain = parse(&Source::new("test", text));
            assert_eq!(read(text, &[]), outline(&plain.statements), "{text}");
        }
    }
}

//! Mistakes that are seen in the layout or in a tree: brackets, blocks, operators in arguments.
//!
//! Each function says one mistake; the wording follows the rules in `diagnostic`.

use super::ast::*;
use super::excerpt::{Excerpt, replace};
use super::layout::{MAX_NESTING, Problem};
use super::lexeme::Kind;
use super::words::spelled;
use crate::diagnostic::{Diagnostic, Fix, Outcome, code};
use crate::source::Span;

pub use super::explain::explain;

/// What the grammar rules out; said only if the grammar and the conversion disagree.
pub fn nothing() -> Box<Diagnostic> {
    Diagnostic::error(code::UNEXPECTED_INPUT, "there is nothing to read here")
}

pub fn too_deep(span: Span) -> Box<Diagnostic> {
    Diagnostic::error(code::NESTED_TOO_DEEPLY, "this is nested too deeply")
        .label(span, "assign a part of it to a variable first")
}

// ---- brackets and quotes ----------------------------------------------------

pub fn bracket(excerpt: &Excerpt, problem: Problem) -> Box<Diagnostic> {
    let one = |at| Span::new(at, at + 1);
    let char = |at| one(at).text(excerpt.source);
    match problem {
        Problem::Unclosed { open } => {
            let diagnostic = open_bracket(open, char(open));
            match closers(excerpt) {
                Some(missing) => excerpt.mend(diagnostic, &[missing]),
                None => diagnostic,
            }
        }
        Problem::Mismatch { open, close } => {
            let headline = format!("this {} is closed by {}", char(open), char(close));
            let diagnostic = Diagnostic::error(code::MISMATCHED_BRACKETS, headline)
                .label(one(open), "opened here")
                .label(one(close), "does not match");
            let missing = replace(Span::new(close, close), counterpart(char(open)));
            excerpt.mend(diagnostic, &[missing])
        }
        Problem::Swapped { open, close } => {
            let headline = format!("this {} is closed by {}", char(open), char(close));
            let diagnostic = Diagnostic::error(code::MISMATCHED_BRACKETS, headline)
                .label(one(close), "does not match")
                .label(one(open), "opened here");
            excerpt.mend(diagnostic, &[replace(one(close), counterpart(char(open)))])
        }
        Problem::Unopened { close } => {
            let headline = format!("this {} has no opening bracket", char(close));
            let diagnostic = Diagnostic::error(code::MISMATCHED_BRACKETS, headline)
                .label(one(close), "was never opened");
            excerpt.mend(diagnostic, &[replace(one(close), "")])
        }
        Problem::Quote { open } => quote(excerpt, open),
        Problem::TooDeep { open } => too_deep(one(open)),
    }
}

fn open_bracket(open: usize, char: &str) -> Box<Diagnostic> {
    Diagnostic::error(
        code::UNCLOSED_BRACKET,
        format!("this {char} is never closed"),
    )
    .label(Span::new(open, open + 1), "opened here")
}

/// A block without its end.
pub fn open_block(open: usize) -> Box<Diagnostic> {
    open_bracket(open, "{")
}

fn counterpart(open: &str) -> &'static str {
    match open {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

/// What closes the brackets of a statement on one line.
fn closers(excerpt: &Excerpt) -> Option<Fix> {
    let mut open = Vec::new();
    for lexeme in excerpt.lexemes() {
        match lexeme.kind {
            Kind::Open => open.push(counterpart(excerpt.at(lexeme.span))),
            Kind::Close => drop(open.pop()),
            _ => {}
        }
    }
    let end = Span::new(excerpt.span.end, excerpt.span.end);
    let single = !excerpt.at(excerpt.span).contains('\n');
    single.then(|| replace(end, open.into_iter().rev().collect::<String>()))
}

fn quote(excerpt: &Excerpt, open: usize) -> Box<Diagnostic> {
    let rest = Span::new(open, excerpt.span.end).text(excerpt.source);
    let mark = &rest[..1];
    let diagnostic =
        Diagnostic::error(code::UNCLOSED_QUOTE, format!("this {mark} is never closed"))
            .label(Span::new(open, open + 1), "opened here");
    // With a bracket in it one cannot know where the text was meant to end.
    if rest.contains([')', ']', '}', '|']) {
        diagnostic
    } else {
        let end = Span::new(excerpt.span.end, excerpt.span.end);
        excerpt.mend(diagnostic, &[replace(end, mark)])
    }
}

// ---- blocks and where statements may stand ----------------------------------

/// Refuses `if x` without a block.
pub fn no_block(excerpt: &Excerpt) -> Outcome<()> {
    let lexemes = excerpt.lexemes();
    let Some(first) = lexemes.first() else {
        return Ok(());
    };
    let word = excerpt.at(first.span);
    let as_name = lexemes.get(1).is_some_and(|it| excerpt.at(it.span) == "=");
    if as_name || first.kind != Kind::Keyword || !["if", "for", "def", "else"].contains(&word) {
        return Ok(());
    }
    let diagnostic = Diagnostic::error(
        code::MISSING_BRACES,
        format!("`{word}` needs a block in {{ }}"),
    )
    .label(first.span, "has none")
    .help(format!("{} {{ … }}", excerpt.read().trim()));
    Err(diagnostic)
}

pub fn glued(before: Span, span: Span) -> Box<Diagnostic> {
    let between = Span::new(before.end, span.start);
    Diagnostic::error(
        code::MISSING_SEPARATOR,
        "two statements without a separator",
    )
    .label(span, "separate it with a line break or `;`")
    .fix(between, "; ")
}

pub fn lone_else(span: Span) -> Box<Diagnostic> {
    Diagnostic::error(code::ELSE_WITHOUT_IF, "`else` without an `if`")
        .label(span, "does not follow a block of an `if`")
        .help("if … { … } else { … }")
}

pub fn inner_def(span: Span) -> Box<Diagnostic> {
    Diagnostic::error(
        code::MISPLACED_STATEMENT,
        "`def` is allowed only outside blocks",
    )
    .label(span, "is inside a block")
}

/// Refuses a statement that cannot stand where it does: in a function, in a block, as the first
/// statement of its text.
pub fn place(
    excerpt: &Excerpt,
    kind: &StatementKind,
    (function, block, first): (bool, bool, bool),
) -> Outcome<()> {
    let (word, label) = match kind {
        StatementKind::Return(_) if !function => ("return", "is not inside a `def`"),
        StatementKind::Param { .. } if block => ("param", "is inside a block"),
        StatementKind::Use { .. } if block => ("use", "is inside a block"),
        StatementKind::Resume(_) if !first => ("|", "the statement before it has ended"),
        _ => return Ok(()),
    };
    let headline = match word {
        "return" => "`return` is allowed only in a function".to_string(),
        "|" => "only the first statement can begin with `|`".to_string(),
        word => format!("`{word}` is allowed only outside blocks"),
    };
    Err(Diagnostic::error(code::MISPLACED_STATEMENT, headline).label(excerpt.span, label))
}

// ---- arguments and pipelines ------------------------------------------------

/// Bare operators among the `bits` behind a command's name: each is an argument, or (true) an
/// operator with the operands behind it.
pub fn stray(excerpt: &Excerpt, bits: &[(Span, bool)]) -> Box<Diagnostic> {
    let mut groups: Vec<(Span, bool)> = Vec::new();
    for &(span, stray) in bits {
        match groups.last_mut() {
            // `not x` begins anew; any other operator belongs to the argument before it.
            Some(last) if stray && !excerpt.at(span).starts_with("not") => {
                *last = (last.0.to(span), true);
            }
            _ => groups.push((span, stray)),
        }
    }
    let edits: Vec<Fix> = groups
        .iter()
        .filter(|(_, stray)| *stray)
        .map(|(span, _)| value(excerpt, *span))
        .map(|span| replace(span, format!("({})", excerpt.at(span))))
        .collect();
    let place = edits.first().map_or(excerpt.span, |edit| edit.span);
    let diagnostic = Diagnostic::error(
        code::OPERATOR_IN_ARGUMENTS,
        "operators in arguments need parentheses",
    )
    .label(place, "put it in parentheses");
    excerpt.mend(diagnostic, &edits)
}

/// The value of an argument that may be `name=value`.
fn value(excerpt: &Excerpt, argument: Span) -> Span {
    let lexemes = Excerpt {
        span: argument,
        ..*excerpt
    }
    .lexemes();
    match lexemes.as_slice() {
        [name, sign, value, ..] if name.kind == Kind::Name && excerpt.at(sign.span) == "=" => {
            Span::new(value.span.start, argument.end)
        }
        _ => argument,
    }
}

/// A stage of a pipeline that is not a command.
pub fn no_stage(excerpt: &Excerpt, expr: &Expr) -> Box<Diagnostic> {
    let pipe = excerpt
        .lexemes()
        .into_iter()
        .rfind(|it| it.span.end <= expr.span.start && it.is_pipe(excerpt.source));
    match (expr.inner().kind.clone(), pipe) {
        (ExprKind::Binary(..) | ExprKind::Chain(..) | ExprKind::Unary(..), Some(pipe)) => {
            let diagnostic =
                Diagnostic::error(code::FOREIGN_OPERATOR, "`|` passes data along to a command")
                    .label(pipe.span, "use `or`");
            excerpt.mend(diagnostic, &[replace(pipe.span, "or")])
        }
        _ => Diagnostic::error(
            code::INCOMPLETE_PIPELINE,
            "a pipeline continues with a command",
        )
        .label(expr.span, "is not a command"),
    }
}

/// Refuses a name that is given twice.
pub fn twice<'a>(names: impl Iterator<Item = &'a Name>) -> Outcome<()> {
    let mut known: Vec<&Name> = Vec::new();
    for name in names {
        if let Some(first) = known.iter().find(|it| it.text == name.text) {
            return Err(Diagnostic::error(
                code::DUPLICATE_NAME,
                format!("`{}` is given twice", name.text),
            )
            .label(name.span, "given again here")
            .label(first.span, "first given here"));
        }
        known.push(name);
    }
    Ok(())
}

// ---- values -----------------------------------------------------------------

/// The path of names that an assignment binds.
pub fn target(excerpt: &Excerpt, expr: Expr) -> Outcome<Vec<Name>> {
    let span = expr.span;
    match expr.kind {
        ExprKind::Name(name) => Ok(vec![name]),
        ExprKind::Field(inner, name) => {
            let mut path = target(excerpt, *inner)?;
            path.push(name);
            Ok(path)
        }
        ExprKind::Index(inner, places) => Err(indexed_target(excerpt, &inner, &places, span)),
        ExprKind::Word { text, .. } => {
            let edit = replace(span, spelled_path(&text));
            let diagnostic =
                Diagnostic::error(code::NAME_NEEDS_BACKTICKS, "this name needs backticks")
                    .label(span, "is not a plain name");
            Err(excerpt.mend(diagnostic, &[edit]))
        }
        _ => Err(
            Diagnostic::error(code::INVALID_TARGET, "only a name can be assigned to")
                .label(span, "is not a name"),
        ),
    }
}

/// `adata.obs.7SK` with its last name in backticks.
fn spelled_path(text: &str) -> String {
    let mut parts = text.splitn(3, '.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(data), Some(place), Some(key)) if super::words::is_plain(place) => {
            format!("{data}.{place}.{}", spelled(key))
        }
        _ => spelled(text),
    }
}

/// `adata.obs["group"] = …` of Python; other places cannot be set at all.
fn indexed_target(
    excerpt: &Excerpt,
    inner: &Expr,
    places: &[Selector],
    span: Span,
) -> Box<Diagnostic> {
    if let [Selector::Expr(place)] = places
        && let ExprKind::Text(text) = &place.kind
        && let Some(column) = text.plain()
    {
        let path = format!("{}.{}", excerpt.at(inner.span), spelled(column));
        let diagnostic =
            Diagnostic::error(code::INVALID_TARGET, "a new column is named with a dot")
                .label(span, "a dot, then the column's name");
        return excerpt.mend(diagnostic, &[replace(span, path)]);
    }
    Diagnostic::error(code::INVALID_TARGET, "values are never changed in place")
        .label(span, "assign to a whole column or a variable")
}

/// `a[0:100]` of Python.
pub fn slice(excerpt: &Excerpt, span: Span) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::error(code::FOREIGN_RANGE, "a range is written with `..` here")
        .label(
            span,
            "from the first number up to, but not including, the second",
        );
    let (from, to) = excerpt.at(span).split_once(':').unwrap_or_default();
    match (from.trim(), to.trim()) {
        (from, "") => {
            let edit = replace(span, format!("{from}..1000"));
            diagnostic.help(excerpt.corrected(&[edit]))
        }
        ("", to) => excerpt.mend(diagnostic, &[replace(span, format!("0..{to}"))]),
        (from, to) => excerpt.mend(diagnostic, &[replace(span, format!("{from}..{to}"))]),
    }
}

/// Refuses what a `{hole}` of a text cannot hold, before it is read.
pub fn hole(excerpt: &Excerpt) -> Outcome<()> {
    let mut open: Vec<Span> = Vec::new();
    for lexeme in excerpt.lexemes() {
        match lexeme.kind {
            Kind::Open => open.push(lexeme.span),
            Kind::Close => drop(open.pop()),
            Kind::Operator if open.is_empty() && excerpt.at(lexeme.span) == ":" => {
                return Err(format_of_hole(excerpt, lexeme.span));
            }
            _ => {}
        }
        if open.len() > MAX_NESTING {
            return Err(too_deep(lexeme.span));
        }
    }
    match open.first() {
        Some(span) => Err(open_bracket(span.start, excerpt.at(*span))),
        None => Ok(()),
    }
}

/// `{x:.2f}` of Python.
fn format_of_hole(excerpt: &Excerpt, colon: Span) -> Box<Diagnostic> {
    let format = Span::new(colon.start, excerpt.span.end);
    let value = Span::new(excerpt.span.start, colon.start);
    Diagnostic::error(
        code::SPECIAL_CHARACTER,
        "format specifiers are not supported",
    )
    .label(format, "leave this out")
    .help(format!("{{{}}}", excerpt.at(value)))
    .fix(format, "")
}

pub fn number(written: &str, span: Span) -> Outcome<f64> {
    match written.replace('_', "").parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(
            Diagnostic::error(code::INVALID_NUMBER, "this number is too large")
                .label(span, "more than about 1.8e308"),
        ),
    }
}

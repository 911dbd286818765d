//! Mistakes that are seen in the layout or in a tree: brackets, blocks, operators in arguments.
//!
//! Each function says one mistake; the wording follows the rules in `diagnostic`.

use super::ast::*;
use super::excerpt::{Excerpt, replace};
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

// ---- blocks and where statements may be ----------------------------------

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

/// Refuses a statement that cannot be where it does: in a function, in a block, as the first
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

/// Bare operators among the `bits` after a command's name: each is an argument, or (true) an
/// operator with the operands after it.
pub fn stray(excerpt: &Excerpt, bits: &[(Span, bool)]) -> Box<Diagnostic> {
    let mut groups: Vec<(Span, bool)> = Vec::new();
    for &(span, stray) in bits {
        match groups.last_mut() {
            // `not x` begins again; any other operator belongs to the argument before it.
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
        .map(|span| {
            let typed = excerpt.at(span);
            let values = between(typed);
            replace(span, values.unwrap_or_else(|| format!("({typed})")))
        })
        .collect();
    let place = edits.first().map_or(excerpt.span, |edit| edit.span);
    let label = if between(excerpt.at(place)).is_some() {
        "a range is of whole numbers; several values are a list"
    } else if sets_or_compares(excerpt, place) {
        "one `=` sets a parameter; a comparison needs parentheses"
    } else {
        "put it in parentheses"
    };
    let diagnostic = Diagnostic::error(
        code::OPERATOR_IN_ARGUMENTS,
        "operators in arguments need parentheses",
    )
    .label(place, label);
    excerpt.mend(diagnostic, &edits)
}

/// `0.4..1.0`, which stands for a list of values: `[0.4, 0.6, 0.8, 1]`.
pub fn between(typed: &str) -> Option<String> {
    let (from, to) = typed.trim_matches(['(', ')']).split_once("..")?;
    let numbers = |text: &str| text.trim().parse::<f64>().ok().filter(|it| it.is_finite());
    let (from, to) = (numbers(from)?, numbers(to)?);
    let whole = from.fract() == 0.0 && to.fract() == 0.0;
    if whole || to <= from {
        return None;
    }
    // In steps of 0.2 where these lead from one to the other, else of a third.
    let fifths = (to - from) * 5.0;
    let steps = if (fifths - fifths.round()).abs() < 1e-9 && (1.0..=10.0).contains(&fifths.round())
    {
        fifths.round()
    } else {
        3.0
    };
    let value = |i: usize| {
        let value = from + (to - from) * i as f64 / steps;
        format!("{}", (value * 1000.0).round() / 1000.0)
    };
    let values: Vec<String> = (0..=steps as usize).map(value).collect();
    Some(format!("[{}]", values.join(", ")))
}

/// `res==0.5` and `leiden == "0"`: which of them is meant, only the command knows.
fn sets_or_compares(excerpt: &Excerpt, span: Span) -> bool {
    let lexemes = Excerpt { span, ..*excerpt }.lexemes();
    match lexemes.as_slice() {
        [name, sign, _] => name.kind == Kind::Name && excerpt.at(sign.span) == "==",
        _ => false,
    }
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

/// Whether a path names columns: `adata.obs`.
fn is_columns(path: &str) -> bool {
    path.ends_with(".obs") || path.ends_with(".var")
}

/// `adata.obs["group"] = …` of Python; other places cannot be set at all.
fn indexed_target(
    excerpt: &Excerpt,
    inner: &Expr,
    places: &[Selector],
    span: Span,
) -> Box<Diagnostic> {
    let column = match places {
        [Selector::Expr(place)] => match &place.kind {
            ExprKind::Text(text) => text.plain(),
            ExprKind::Name(name) if is_columns(excerpt.at(inner.span)) => Some(&*name.text),
            _ => None,
        },
        _ => None,
    };
    if let Some(column) = column {
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
        (from, "") => excerpt.mend(diagnostic, &[replace(span, format!("{from}.."))]),
        ("", to) => excerpt.mend(diagnostic, &[replace(span, format!("0..{to}"))]),
        (from, to) => excerpt.mend(diagnostic, &[replace(span, format!("{from}..{to}"))]),
    }
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

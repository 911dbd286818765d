//! Brackets and quotes that are left open, or closed by another kind, in statements and in the
//! `{holes}` of texts.

use super::excerpt::{Excerpt, replace};
use super::layout::{MAX_NESTING, Problem};
use super::lexeme::Kind;
use super::mistakes::too_deep;
use crate::diagnostic::{Diagnostic, Fix, Outcome, code};
use crate::source::Span;

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
    match meant_end(excerpt, open) {
        Some(end) => {
            // `'MT-"` was closed with another quote.
            let text = Span::new(open + 1, end).text(excerpt.source);
            let is_quote = |c: char| matches!(c, '"' | '\'' | '`' | '”' | '’');
            let last = text.chars().last().filter(|&last| is_quote(last));
            let alone = text.chars().filter(|&c| is_quote(c)).count() == 1;
            let length = last.filter(|_| alone).map_or(0, char::len_utf8);
            excerpt.mend(diagnostic, &[replace(Span::new(end - length, end), mark)])
        }
        // With a bracket in it one cannot know where the text was meant to end.
        None => diagnostic,
    }
}

/// Where a text was meant to end: with the statement, or before the brackets that were opened
/// before it, or before a pipe.
fn meant_end(excerpt: &Excerpt, open: usize) -> Option<usize> {
    let mut opened = Vec::new();
    for lexeme in excerpt.lexemes() {
        match lexeme.kind {
            _ if lexeme.span.start >= open => break,
            Kind::Open => opened.push(counterpart(excerpt.at(lexeme.span))),
            Kind::Close => drop(opened.pop()),
            _ => {}
        }
    }
    let mut text = Span::new(open + 1, excerpt.span.end).text(excerpt.source);
    text = text.split(" |").next().unwrap_or(text);
    for close in opened {
        text = text.strip_suffix(close).map_or(text, str::trim_end);
    }
    let inside = text.contains([')', ']', '}', '|']);
    (!inside).then(|| open + 1 + text.len())
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

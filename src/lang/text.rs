//! What is between quotes: plain text, escapes, and holes `{expr}` to be filled in.

use super::excerpt::{Excerpt, replace};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::source::Span;

/// A piece of a text, its hole not yet read.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Plain(String),
    /// The bytes between `{` and `}`.
    Hole(Span),
}

/// Takes a `"text"` apart; `span` holds its quotes.
pub fn parts(excerpt: &Excerpt, span: Span) -> Outcome<Vec<Part>> {
    let source = excerpt.source;
    let end = span.end - 1;
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut at = span.start + 1;
    while let Some(char) = Span::new(at, end).text(source).chars().next() {
        match char {
            '\\' => {
                let (meant, length) = escape(excerpt, at, span)?;
                plain.push(meant);
                at += length;
            }
            '{' => {
                let hole = hole(excerpt, at, span)?;
                if !plain.is_empty() {
                    parts.push(Part::Plain(std::mem::take(&mut plain)));
                }
                parts.push(Part::Hole(hole));
                at = hole.end + 1;
            }
            _ => {
                plain.push(char);
                at += char.len_utf8();
            }
        }
    }
    if !plain.is_empty() {
        parts.push(Part::Plain(plain));
    }
    Ok(parts)
}

/// The character that the escape at `at` means, and the escape's length in bytes.
fn escape(excerpt: &Excerpt, at: usize, text: Span) -> Outcome<(char, usize)> {
    let char = excerpt.source[at + 1..].chars().next().unwrap_or('\\');
    let meant = match char {
        'n' => '\n',
        't' => '\t',
        '"' | '\\' | '{' | '}' => char,
        _ => {
            let span = Span::new(at, at + 1 + char.len_utf8());
            let headline = format!("`\\{char}` is not a valid escape");
            let diagnostic = Diagnostic::error(code::SPECIAL_CHARACTER, headline)
                .label(span, "valid escapes are \\n \\t \\\" \\\\ \\{ \\}");
            return Err(literally(diagnostic, excerpt, text));
        }
    };
    Ok((meant, 1 + char.len_utf8()))
}

/// What lies between the `{` at `open` and its `}`.
fn hole(excerpt: &Excerpt, open: usize, text: Span) -> Outcome<Span> {
    let mut depth = 0;
    let mut raw = false;
    for (offset, char) in excerpt.source[open..text.end - 1].char_indices() {
        match char {
            '\'' => raw = !raw,
            '{' if !raw => depth += 1,
            '}' if !raw => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return checked(excerpt, Span::new(open + 1, open + offset), text);
        }
    }
    let diagnostic = Diagnostic::error(code::SPECIAL_CHARACTER, "this { in text is never closed")
        .label(Span::new(open, open + 1), "starts a value to fill in");
    Err(literally(diagnostic, excerpt, text))
}

/// Refuses holes that are none: `{}` and the `{2}` of a regular expression.
fn checked(excerpt: &Excerpt, hole: Span, text: Span) -> Outcome<Span> {
    let inside = excerpt.at(hole).trim();
    let brace = Span::new(hole.start - 1, hole.end + 1);
    if inside.is_empty() {
        let diagnostic = Diagnostic::error(
            code::SPECIAL_CHARACTER,
            "there is nothing between { and } in text",
        )
        .label(brace, "expected a value to fill in");
        return Err(literally(diagnostic, excerpt, text));
    }
    if inside.chars().all(|c| c.is_ascii_digit() || c == ',') {
        let diagnostic = Diagnostic::error(code::SPECIAL_CHARACTER, "{ } in text is filled in")
            .label(brace, "would become the number alone");
        return Err(literally(diagnostic, excerpt, text));
    }
    Ok(hole)
}

/// Offers single quotes, between which everything stands as it is.
fn literally(diagnostic: Box<Diagnostic>, excerpt: &Excerpt, text: Span) -> Box<Diagnostic> {
    let inside = excerpt.at(Span::new(text.start + 1, text.end - 1));
    if inside.contains('\'') {
        return diagnostic.help("write \\\\ for \\ and \\{ for {");
    }
    let raw = format!("'{}'", inside.replace("\\\"", "\""));
    excerpt.mend(diagnostic, &[replace(text, raw)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take_apart(text: &str) -> Result<Vec<Part>, Box<Diagnostic>> {
        let span = Span::new(0, text.len());
        let excerpt = Excerpt {
            source: text,
            text,
            span,
        };
        parts(&excerpt, span)
    }

    #[test]
    fn escapes_and_holes() {
        let parts = take_apart(r#""a\t\{{x['}']}µ\"""#);
        let expected = vec![
            Part::Plain("a\t{".into()),
            Part::Hole(Span::new(7, 13)),
            Part::Plain("µ\"".into()),
        ];
        assert_eq!(parts, Ok(expected));
        assert_eq!(take_apart("\"\""), Ok(vec![]));
    }

    #[test]
    fn regular_expressions_want_single_quotes() {
        let error = take_apart(r#""^\d{2}""#).unwrap_err();
        assert_eq!(error.headline, r"`\d` is not a valid escape");
        assert_eq!(error.help.as_deref(), Some(r"'^\d{2}'"));
        for text in ["\"[A-Z]{2}\"", "\"[A-Z]{2,}\"", "\"a{\"", "\"{}\""] {
            assert!(take_apart(text).is_err(), "{text}");
        }
    }
}

//! A statement in its text, for error messages: what was typed, and the corrected line.

use super::lexeme::{Lexeme, lex};
use crate::diagnostic::{Diagnostic, Fix};
use crate::source::Span;

/// A statement, or a block's header, in the text it is part of.
#[derive(Debug, Clone, Copy)]
pub struct Excerpt<'a> {
    /// The whole text as typed.
    pub source: &'a str,
    /// The same with comments and inner line breaks blanked; offsets agree.
    pub text: &'a str,
    pub span: Span,
}

impl<'a> Excerpt<'a> {
    /// What the grammar reads.
    pub fn read(&self) -> &'a str {
        self.span.text(self.text)
    }

    /// The significant lexemes, with their offsets in the whole text.
    pub fn lexemes(&self) -> Vec<Lexeme> {
        let start = self.span.start;
        let mut lexemes = lex(self.read());
        lexemes.retain(|lexeme| lexeme.significant());
        for lexeme in &mut lexemes {
            lexeme.span = Span::new(start + lexeme.span.start, start + lexeme.span.end);
        }
        lexemes
    }

    /// The text under a span, as typed.
    pub fn at(&self, span: Span) -> &'a str {
        span.text(self.source)
    }

    /// The corrected line as help, and the edits as one fix.
    pub fn mend(&self, diagnostic: Box<Diagnostic>, edits: &[Fix]) -> Box<Diagnostic> {
        let (Some(first), Some(last)) = (edits.first(), edits.last()) else {
            return diagnostic;
        };
        let span = Span::new(first.span.start, last.span.end);
        diagnostic
            .help(self.corrected(edits))
            .fix(span, edited(self.source, span, edits))
    }

    /// The statement with edits (in order, apart from each other) made; of a statement over
    /// several lines only those that are edited. A header is shown with what its block has on
    /// the same line.
    pub fn corrected(&self, edits: &[Fix]) -> String {
        let mut region = self.span;
        if let (Some(first), Some(last)) = (edits.first(), edits.last()) {
            let before = &self.source[region.start..first.span.start];
            let behind = &self.source[last.span.end..region.end];
            region.start += before.rfind('\n').map_or(0, |at| at + 1);
            region.end = last.span.end + behind.find('\n').unwrap_or(behind.len());
        }
        let block = &self.source[self.span.end..];
        if region.end == self.span.end && block.trim_start_matches(' ').starts_with('{') {
            region.end += block.find('\n').unwrap_or(block.len());
        }
        edited(self.source, region, edits).trim().to_string()
    }
}

/// The text of a region after edits within it.
fn edited(source: &str, region: Span, edits: &[Fix]) -> String {
    let mut out = String::new();
    let mut from = region.start;
    for edit in edits {
        out.push_str(Span::new(from, edit.span.start).text(source));
        out.push_str(&edit.text);
        from = edit.span.end;
    }
    out.push_str(Span::new(from, region.end).text(source));
    out
}

/// An edit that replaces what is under the span.
pub fn replace(span: Span, text: impl Into<String>) -> Fix {
    Fix {
        span,
        text: text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_edited_line_of_a_long_statement_is_shown() {
        let source = "x; f [\n  a,\n  b & c,\n]";
        let excerpt = Excerpt {
            source,
            text: source,
            span: Span::new(3, source.len()),
        };
        let and = source.find('&').unwrap_or(0);
        let edits = [replace(Span::new(and, and + 1), "and")];
        assert_eq!(excerpt.corrected(&edits), "b and c,");
        assert_eq!(excerpt.corrected(&[replace(Span::new(3, 4), "g")]), "g [");
    }
}

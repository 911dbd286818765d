//! Syntax of shells, lists and other languages: hyphens in names of arguments, `//` comments, numbered
//! lines, unquoted URLs and file patterns. Part of the explanations in `explain`.

use super::excerpt::replace;
use super::explain::Stop;
use super::lexeme::{Kind, Lexeme};
use crate::diagnostic::{Diagnostic, code};
use crate::source::Span;

type Answer = Option<Box<Diagnostic>>;

impl Stop<'_> {
    /// `umap adata min-dist=0.3`.
    pub fn hyphens_in_argument(&self) -> Answer {
        let here = self.here().filter(|it| self.excerpt.at(it.span) == "=")?;
        let mut first = self.at.checked_sub(1)?;
        while first >= 2 && self.glued(first) && self.text(self.get(first - 1)) == "-" {
            if !self.glued(first - 1) {
                return None;
            }
            first -= 2;
        }
        let names = (first..self.at).step_by(2);
        let are_names = { names }.all(|at| self.get(at).is_some_and(|it| it.kind == Kind::Name));
        if first + 1 == self.at || !are_names {
            return None;
        }
        let span = Span::new(self.get(first)?.span.start, here.span.start);
        let written = self.excerpt.at(span).trim_end();
        let span = Span::new(span.start, span.start + written.len());
        let diagnostic = Diagnostic::error(
            code::PUNCTUATION,
            "names of arguments have `_` instead of `-`",
        )
        .label(span, "`-` subtracts here");
        let edit = replace(span, written.replace('-', "_"));
        Some(self.excerpt.mend(diagnostic, &[edit]))
    }

    /// `// counts only`, and after a statement `leiden adata // at first`. In `7 // 2` it divides.
    pub fn slashes_as_comment(&self) -> Answer {
        let here = self.here().filter(|it| self.excerpt.at(it.span) == "//")?;
        let is_word = |at: usize| self.get(at).is_some_and(|it| it.kind == Kind::Name);
        let words = is_word(self.at + 1) && is_word(self.at + 2) && !self.glued(self.at + 2);
        if self.at > 0 && !words {
            return None;
        }
        let diagnostic = Diagnostic::error(code::PUNCTUATION, "a comment begins with `#`")
            .label(here.span, "use `#`");
        Some(self.excerpt.mend(diagnostic, &[replace(here.span, "#")]))
    }

    /// `1. leiden adata`, copied from a list.
    pub fn number_of_a_list(&self) -> Answer {
        let number = self.get(0).filter(|it| it.kind == Kind::Number)?;
        let sign = self.get(1).filter(|_| self.glued(1))?;
        let is_name = |it: &Lexeme| it.kind == Kind::Name && !self.glued(2);
        let name = self.get(2).filter(is_name)?;
        if ![".", ")", ":"].contains(&self.excerpt.at(sign.span)) {
            return None;
        }
        let headline = "a number stands before the statement";
        let diagnostic = Diagnostic::error(code::UNEXPECTED_INPUT, headline)
            .label(number.span.to(sign.span), "leave it out");
        let span = Span::new(number.span.start, name.span.start);
        Some(self.excerpt.mend(diagnostic, &[replace(span, "")]))
    }

    /// `read plates/*.h5ad` and `read https://host/x.zarr`.
    pub fn bare_address(&self) -> Answer {
        let here = self.here().or_else(|| self.before())?.span;
        let text = self.excerpt.at(self.excerpt.span);
        let at = here.start - self.excerpt.span.start;
        let outside = |c: char| c.is_whitespace() || matches!(c, '=' | '(' | ')' | ',' | '|' | ';');
        let start = text[..at].rfind(outside).map_or(0, |at| at + 1);
        let end = text[at..].find(outside).map_or(text.len(), |end| at + end);
        let word = text.get(start..end)?;
        let is_pattern = word.contains(['*', '?']) && word.contains(['.', '/']);
        let is_url = word.contains("://");
        if start == 0 || !(is_pattern || is_url) || word.contains(['"', '\'', '[', '{', '`']) {
            return None;
        }
        let from = self.excerpt.span.start + start;
        let span = Span::new(from, from + word.len());
        let (headline, label) = if is_url {
            ("a URL needs quotes", "is one text")
        } else {
            ("names of several files need quotes", "`*` multiplies here")
        };
        let diagnostic = Diagnostic::error(code::PUNCTUATION, headline).label(span, label);
        let edit = replace(span, format!("\"{word}\""));
        Some(self.excerpt.mend(diagnostic, &[edit]))
    }
}

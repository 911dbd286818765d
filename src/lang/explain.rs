//! Why a statement could not be read, by the place where reading stopped.
//!
//! The grammar gives only that place and what would have fitted. The usual mistakes are looked
//! for around it, most certain first; what remains is answered by the list of what would fit.

use super::excerpt::{Excerpt, replace};
use super::lexeme::{Kind, Lexeme};
use super::words::spelled;
use crate::diagnostic::{Diagnostic, code};
use crate::source::Span;

/// Answers a statement that the grammar reads only up to the offset `at`.
pub fn explain(excerpt: &Excerpt, at: usize, expected: &[&str]) -> Box<Diagnostic> {
    let lexemes = excerpt.lexemes();
    let stop = Stop {
        excerpt,
        at: lexemes
            .iter()
            .position(|lexeme| lexeme.span.end > at)
            .unwrap_or(lexemes.len()),
        lexemes: &lexemes,
    };
    let usual = [
        Stop::odd_name,
        Stop::number_of_a_list,
        Stop::odd_number,
        Stop::bare_address,
        Stop::hyphens_in_argument,
        Stop::slashes_as_comment,
        Stop::blank_in_key,
        Stop::unfinished_header,
        Stop::reserved_as_name,
        Stop::missing_value,
        Stop::reserved_word,
        Stop::numbered_pairs,
        Stop::single_equals,
        Stop::pipe_in_brackets,
        Stop::needless_comma,
        Stop::spaced_dot,
        Stop::quote_in_hole,
        Stop::missing_comma,
        Stop::command_in_header,
        Stop::dotted_command,
        Stop::missing_space,
        Stop::two_statements,
    ];
    usual
        .iter()
        .find_map(|answer| answer(&stop))
        .unwrap_or_else(|| stop.misfit(expected))
}

/// Where reading stopped: before the lexeme `at`, or at the end.
pub struct Stop<'a> {
    pub excerpt: &'a Excerpt<'a>,
    pub lexemes: &'a [Lexeme],
    pub at: usize,
}

impl<'a> Stop<'a> {
    pub fn get(&self, at: usize) -> Option<Lexeme> {
        self.lexemes.get(at).copied()
    }

    pub fn here(&self) -> Option<Lexeme> {
        self.get(self.at)
    }

    pub fn before(&self) -> Option<Lexeme> {
        self.at.checked_sub(1).and_then(|at| self.get(at))
    }

    pub fn text(&self, lexeme: Option<Lexeme>) -> &'a str {
        lexeme.map_or("", |it| self.excerpt.at(it.span))
    }

    pub fn glued(&self, at: usize) -> bool {
        match (at.checked_sub(1).and_then(|at| self.get(at)), self.get(at)) {
            (Some(before), Some(here)) => before.span.end == here.span.start,
            _ => false,
        }
    }

    /// The bracket that is open where reading stopped, by its index.
    pub fn bracket(&self) -> Option<usize> {
        let mut open = Vec::new();
        for (at, lexeme) in self.lexemes[..self.at].iter().enumerate() {
            match lexeme.kind {
                Kind::Open => open.push(at),
                Kind::Close => drop(open.pop()),
                _ => {}
            }
        }
        open.pop()
    }

    /// The innermost bracket takes arguments: it is a call's.
    pub fn in_call(&self) -> bool {
        self.bracket().is_some_and(|open| {
            let before = open.checked_sub(1).and_then(|before| self.get(before));
            let callee = before.is_some_and(|it| {
                matches!(
                    it.kind,
                    Kind::Name | Kind::Quoted | Kind::Keyword | Kind::Close
                )
            });
            self.text(self.get(open)) == "(" && self.glued(open) && callee
        })
    }

    // ---- names and numbers ----

    /// `7SK`, and `leiden_0.4`, which reads as a field of `leiden_0`.
    fn odd_name(&self) -> Option<Box<Diagnostic>> {
        let digits = |it: Lexeme| matches!(it.kind, Kind::Number | Kind::Muddle);
        let here = self.here()?;
        let mut span = here.span;
        if digits(here) && self.at >= 2 && self.glued(self.at) && self.glued(self.at - 1) {
            let dot = self.text(self.before()) == ".";
            let name = self.get(self.at - 2)?;
            if !dot || name.kind != Kind::Name {
                return None;
            }
            span = name.span.to(span);
        } else if here.kind != Kind::Muddle {
            return None;
        }
        let name = self.excerpt.at(span);
        let headline = if name.starts_with(|c: char| c.is_ascii_digit()) {
            "a name cannot begin with a digit".to_string()
        } else {
            format!("`{name}` is read as a number after a dot")
        };
        let diagnostic =
            Diagnostic::error(code::NAME_NEEDS_BACKTICKS, headline).label(span, "needs backticks");
        Some(
            self.excerpt
                .mend(diagnostic, &[replace(span, spelled(name))]),
        )
    }

    /// `1.` and `.5`.
    fn odd_number(&self) -> Option<Box<Diagnostic>> {
        let dot = (self.at.saturating_sub(1)..=self.at)
            .find(|&at| self.text(self.get(at)) == "." && self.get(at).is_some())?;
        let number = |at: usize| self.get(at).filter(|it| it.kind == Kind::Number);
        let before = dot.checked_sub(1).and_then(number);
        let (span, meant) = match (before, number(dot + 1)) {
            (Some(whole), _) if self.glued(dot) => {
                let whole_dot = whole.span.to(self.get(dot)?.span);
                (whole_dot, format!("{}.0", self.text(before)))
            }
            (_, Some(part)) if self.glued(dot + 1) => {
                let dot_part = self.get(dot)?.span.to(part.span);
                (dot_part, format!("0.{}", self.text(Some(part))))
            }
            _ => return None,
        };
        let diagnostic = Diagnostic::error(
            code::INVALID_NUMBER,
            "a number needs digits on both sides of its dot",
        )
        .label(span, "has none on one side");
        Some(self.excerpt.mend(diagnostic, &[replace(span, meant)]))
    }

    // ---- something is missing ----

    fn missing_value(&self) -> Option<Box<Diagnostic>> {
        let (here, before) = (self.text(self.here()), self.text(self.before()));
        let source = self.excerpt.source;
        // `res= k=5`: the name was taken for the value.
        if here == "=" && self.at >= 2 && self.text(self.get(self.at - 2)) == "=" {
            return self.nothing_behind(self.at - 2);
        }
        let ends = self.here().is_none_or(|it| {
            it.kind == Kind::Close || it.unfinished(source) && here != "not" && here != "-"
        });
        if !ends {
            return None;
        }
        let Some(last) = self.before() else {
            return self.nothing_before();
        };
        match before {
            "[" | "(" | "{" => self.empty_bracket(last),
            "if" | "for" | "def" | "param" | "use" | "." => self.nothing_behind(self.at - 1),
            _ if last.unfinished(source) => self.nothing_behind(self.at - 1),
            _ => None,
        }
    }

    fn nothing_behind(&self, at: usize) -> Option<Box<Diagnostic>> {
        let sign = self.get(at)?;
        let written = self.excerpt.at(sign.span);
        let what = match written {
            "|" => "a command",
            "for" | "def" | "param" | "." => "a name",
            "if" => "a condition",
            "use" => "a file's name in quotes",
            _ => "a value",
        };
        let named = at.checked_sub(1).and_then(|at| self.get(at));
        let label = match named.filter(|it| written == "=" && it.kind == Kind::Name) {
            Some(name) => format!("`{}` has no value", self.excerpt.at(name.span)),
            None => format!("expected {what} here"),
        };
        let headline = format!("{what} is missing after `{written}`");
        Some(Diagnostic::error(code::VALUE_EXPECTED, headline).label(sign.span, label))
    }

    fn nothing_before(&self) -> Option<Box<Diagnostic>> {
        let sign = self.here()?;
        let headline = format!("a value is missing before `{}`", self.excerpt.at(sign.span));
        Some(
            Diagnostic::error(code::VALUE_EXPECTED, headline)
                .label(sign.span, "begins the statement"),
        )
    }

    fn empty_bracket(&self, open: Lexeme) -> Option<Box<Diagnostic>> {
        let here = self.here()?;
        let headline = format!(
            "there is nothing between {} and {}",
            self.excerpt.at(open.span),
            self.excerpt.at(here.span)
        );
        let span = open.span.to(here.span);
        Some(Diagnostic::error(code::VALUE_EXPECTED, headline).label(span, "expected a value here"))
    }

    pub fn begins_operand(&self, lexeme: Lexeme) -> bool {
        use Kind::*;
        let value = ["true", "false", "none"].contains(&self.excerpt.at(lexeme.span));
        matches!(
            lexeme.kind,
            Name | Quoted | Number | Text | Raw | Open | Muddle
        ) || value
    }

    pub fn ends_operand(&self, lexeme: Lexeme) -> bool {
        lexeme.kind == Kind::Close || lexeme.kind != Kind::Open && self.begins_operand(lexeme)
    }

    /// Two operands side by side where reading stopped.
    pub fn side_by_side(&self) -> Option<(Lexeme, Lexeme)> {
        let (before, here) = (self.before()?, self.here()?);
        (self.ends_operand(before) && self.begins_operand(here)).then_some((before, here))
    }

    fn missing_space(&self) -> Option<Box<Diagnostic>> {
        let (before, here) = self.side_by_side()?;
        let quoted = matches!(here.kind, Kind::Text | Kind::Raw | Kind::Quoted);
        if !self.glued(self.at) || !quoted || before.kind != Kind::Name {
            return None;
        }
        let end = Span::new(before.span.end, before.span.end);
        let diagnostic = Diagnostic::error(code::PUNCTUATION, "a space is missing")
            .label(here.span, "needs a space before it");
        Some(self.excerpt.mend(diagnostic, &[replace(end, " ")]))
    }

    fn two_statements(&self) -> Option<Box<Diagnostic>> {
        let (before, here) = self.side_by_side()?;
        if self.bracket().is_some() {
            return None;
        }
        let between = Span::new(before.span.end, here.span.start);
        let diagnostic = Diagnostic::error(
            code::MISSING_SEPARATOR,
            "two statements without a separator",
        )
        .label(here.span, "separate it with a line break or `;`");
        Some(self.excerpt.mend(diagnostic, &[replace(between, "; ")]))
    }

    fn begins_with_a_dot(&self) -> bool {
        self.here()
            .is_some_and(|here| self.excerpt.at(here.span) == ".")
    }

    /// Nothing usual: names what would fit.
    fn misfit(&self, expected: &[&str]) -> Box<Diagnostic> {
        let end = Span::new(self.excerpt.span.end, self.excerpt.span.end);
        let (span, headline) = match self.here() {
            Some(here) => (
                here.span,
                format!("unexpected `{}`", self.excerpt.at(here.span)),
            ),
            None => (end, "something is missing at the end".to_string()),
        };
        let label = match (expected, self.here().map(|it| it.kind)) {
            (_, Some(Kind::Other)) => "this character is not part of the language".to_string(),
            (_, Some(Kind::Operator)) if self.at == 0 && self.begins_with_a_dot() => {
                "a line break ended the statement before it".to_string()
            }
            (_, Some(Kind::Operator)) if self.before().is_some_and(|it| self.ends_operand(it)) => {
                "cannot follow what comes before it".to_string()
            }
            ([], _) => "expected the end of the statement".to_string(),
            ([one], _) => format!("{one} would fit"),
            ([first, .., last], _) => format!("{first} or {last} would fit"),
        };
        Diagnostic::error(code::UNEXPECTED_INPUT, headline).label(span, label)
    }
}

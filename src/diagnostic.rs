//! Errors, warnings and notes: one type for all of them.
//!
//! Wording: the headline is the problem in the user's words, lower case, no full stop; a label
//! is the fact at the smallest place; `help` is the exact text to type. Drawn by `render` alone.

pub mod code;

use crate::source::{Origin, Source, Span};
use std::sync::Arc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
    /// A status worth a line, such as steps that were planned unasked.
    Note,
}

/// A fact at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// An edit that mends the mistake, for the prompt and editors to apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    pub span: Span,
    pub text: String,
}

/// An argument that a fix does without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name, or the argument as typed.
    pub typed: String,
    /// What is said of it: `has no counterpart here and is left out`.
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable code such as `E042`; `help E042` explains it. See [`code::CODES`].
    pub code: &'static str,
    pub headline: String,
    /// The first label is the primary one.
    pub labels: Vec<Label>,
    pub help: Option<String>,
    pub fix: Option<Fix>,
    /// What was typed and is not in the fix.
    pub left_out: Vec<LeftOut>,
    /// The source that the labels' spans point into; filled in where it is known.
    pub source: Option<Arc<Source>>,
}

/// What most functions above the kernels return. The error is boxed: it is large and rare.
pub type Outcome<T> = Result<T, Box<Diagnostic>>;

impl Diagnostic {
    pub fn error(code: &'static str, headline: impl Into<String>) -> Box<Self> {
        Self::new(Severity::Error, code, headline)
    }

    pub fn warning(code: &'static str, headline: impl Into<String>) -> Box<Self> {
        Self::new(Severity::Warning, code, headline)
    }

    pub fn note(headline: impl Into<String>) -> Box<Self> {
        Self::new(Severity::Note, "", headline)
    }

    fn new(severity: Severity, code: &'static str, headline: impl Into<String>) -> Box<Self> {
        Box::new(Diagnostic {
            severity,
            code,
            headline: headline.into(),
            labels: Vec::new(),
            help: None,
            fix: None,
            left_out: Vec::new(),
            source: None,
        })
    }

    pub fn label(mut self: Box<Self>, span: Span, text: impl Into<String>) -> Box<Self> {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    pub fn help(mut self: Box<Self>, text: impl Into<String>) -> Box<Self> {
        self.help = Some(text.into());
        self
    }

    pub fn fix(mut self: Box<Self>, span: Span, text: impl Into<String>) -> Box<Self> {
        self.fix = Some(Fix {
            span,
            text: text.into(),
        });
        self
    }

    /// Says at its place that an argument is not in the fix.
    pub fn leaving_out(
        mut self: Box<Self>,
        span: Span,
        typed: impl Into<String>,
        why: impl Into<String>,
    ) -> Box<Self> {
        let (typed, why) = (typed.into(), why.into());
        self.left_out.push(LeftOut {
            typed,
            why: why.clone(),
        });
        self.label(span, why)
    }

    /// Says which text the labels point into, unless that is known already.
    pub fn in_source(mut self: Box<Self>, source: &Arc<Source>) -> Box<Self> {
        self.source.get_or_insert_with(|| Arc::clone(source));
        self
    }

    /// Points at `origin` if the diagnostic points nowhere yet.
    pub fn at(mut self: Box<Self>, origin: &Origin) -> Box<Self> {
        if self.labels.is_empty() {
            self.labels.push(Label {
                span: origin.span,
                text: String::new(),
            });
            self.source = Some(Arc::clone(&origin.source));
        }
        self
    }
}

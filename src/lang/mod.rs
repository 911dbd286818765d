//! Text to syntax tree and back. Knows no command, no variable and no data.

pub mod ast;

use crate::diagnostic::Diagnostic;
use crate::source::Source;
use ast::Statement;
use std::sync::Arc;

/// Where in a text the reader stands: done, or waiting for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    Complete,
    /// A bracket that was opened at the offset and never closed.
    Open(char, usize),
    /// The text ends in an operator, a comma or `if …` without its block; the span is theirs.
    Dangling(crate::source::Span),
    /// A quote that was opened at the offset; more lines cannot close it.
    Quote(usize),
}

/// What a text says. Wrong statements are left out and told of, one diagnostic each.
#[derive(Debug, Clone)]
pub struct Parsed {
    pub statements: Vec<Statement>,
    pub diagnostics: Vec<Diagnostic>,
    pub completeness: Completeness,
}

/// Reads a text as statements. Never fails: what is wrong is left out and in `diagnostics`.
pub fn parse(_source: &Arc<Source>) -> Parsed {
    Parsed {
        statements: Vec::new(),
        diagnostics: Vec::new(),
        completeness: Completeness::Complete,
    }
}

pub const CODES: &[(&str, &str, &str)] = &[];

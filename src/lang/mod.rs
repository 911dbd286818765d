//! Text to syntax tree and back. Knows no command, no variable and no data.
//!
//! text → [`lexeme`] → [`layout`] (statements, blocks) → `parse` (pest, one statement at a time,
//! by `grammar/sca.pest`) → [`ast`], put together by `blocks`. What is wrong is explained by `python_r`
//! (other languages' idioms), `mistakes` (layout and tree), `explain` and `confusions` (what the
//! grammar could not read), always with the corrected line where it is known.
//!
//! Back to text goes [`mod@format`]; for the prompt there are [`highlight`] and [`cursor`], which
//! work on unfinished text. [`outline`] shows a tree, [`walk`] goes through it, [`mod@mentions`]
//! finds what a statement may read.
//!
//! ```
//! let source = sca::source::Source::new("line", "adata|qc mt = 'MT-'");
//! assert_eq!(sca::lang::parse(&source).statements.len(), 1);
//! assert_eq!(sca::lang::format(&source, None)?, "adata | qc mt='MT-'\n");
//! # Ok::<(), Box<sca::diagnostic::Diagnostic>>(())
//! ```

pub mod ast;
mod blocks;
mod build;
mod commas;
mod confusions;
pub mod cursor;
mod excerpt;
mod explain;
pub mod format;
pub mod highlight;
pub mod hyphens;
pub mod layout;
pub mod lexeme;
pub mod mentions;
mod mistakes;
mod names;
pub mod outline;
mod parse;
mod python_r;
mod text;
mod unclosed;
pub mod walk;
pub mod words;
mod written_elsewhere;

pub use blocks::parse;
pub use format::format;
pub use mistakes::between;
pub use python_r::called as foreign_call;

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use ast::Statement;

/// Where in a text the reader stands: done, or waiting for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    Complete,
    /// A bracket that was opened at the offset and never closed.
    Open(char, usize),
    /// The text ends in an operator, a comma, a backslash or `if …` without its block; the span
    /// is theirs.
    Dangling(Span),
    /// A quote that was opened at the offset; more lines cannot close it.
    Quote(usize),
}

/// What a text says. Wrong statements are left out, with one diagnostic each.
#[derive(Debug, Clone)]
pub struct Parsed {
    pub statements: Vec<Statement>,
    pub diagnostics: Vec<Diagnostic>,
    pub comments: Vec<layout::Comment>,
    pub completeness: Completeness,
}

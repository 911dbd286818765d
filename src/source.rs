//! Where text comes from: a source (script, prompt line, `-c`) and spans of bytes in it.
//!
//! Every node of the syntax tree and of the plan carries an [`Origin`], so that an error
//! found hours later still points at what was typed.

use std::sync::Arc;

/// A half-open range of byte offsets into a [`Source`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        Span { start, end }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The text under the span; empty if the span lies outside of it.
    pub fn text(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }

    /// The lines that the span lies in, with something else in its place.
    pub fn line_with(self, text: &str, instead: &str) -> String {
        let start = text[..self.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[self.end..].find('\n');
        let end = end.map_or(text.len(), |at| self.end + at);
        let line = format!(
            "{}{instead}{}",
            &text[start..self.start],
            &text[self.end..end]
        );
        line.trim().to_owned()
    }
}

/// A text with a name: `qc.sca`, or `sca:12` for the prompt's statement 12.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub name: String,
    pub text: String,
}

/// Bytes of the longest script: a device gives them without end.
const LONGEST: u64 = 64 << 20;

/// The text of a script.
///
/// # Errors
/// It is no UTF-8, or has more than 64 MB.
pub fn text_of(script: impl std::io::Read) -> std::io::Result<String> {
    use std::io::{Error, ErrorKind, Read};
    let mut text = String::new();
    let n = script.take(LONGEST + 1).read_to_string(&mut text)?;
    if n as u64 > LONGEST {
        Err(Error::new(
            ErrorKind::InvalidData,
            "more than 64 MB are no script",
        ))
    } else {
        Ok(text)
    }
}

impl Source {
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Source {
            name: name.into(),
            text: text.into(),
        })
    }

    /// The line of a byte offset, counted from one.
    pub fn line(&self, offset: usize) -> usize {
        let end = offset.min(self.text.len());
        1 + self.text.as_bytes()[..end]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count()
    }
}

/// A span in a known source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub source: Arc<Source>,
    pub span: Span,
}

impl Origin {
    pub fn new(source: &Arc<Source>, span: Span) -> Self {
        Origin {
            source: Arc::clone(source),
            span,
        }
    }

    /// Line of the first byte, counted from one.
    pub fn line(&self) -> usize {
        self.source.line(self.span.start)
    }
}

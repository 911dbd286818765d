//! Stable codes of errors, each with a paragraph that `help E042` prints.

/// Codes of everything after the parser, sorted. The parser keeps its own.
pub const CODES: &[(&str, &str, &str)] = &[];

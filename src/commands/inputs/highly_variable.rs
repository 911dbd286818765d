//! The genes that `hvg` flagged.

use crate::data::{Selection, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};

/// Positions of the genes that `var.highly_variable` flags.
///
/// # Errors
/// It holds no booleans.
pub fn highly_variable(value: &Value) -> Outcome<Selection> {
    let Some(flags) = value.column_booleans() else {
        let headline = "var.highly_variable is not boolean";
        return Err(Diagnostic::error(code::UNEXPECTED_CONTENT, headline).help("rerun `hvg`"));
    };
    let flagged = (0..).zip(flags).filter(|(_, flag)| *flag);
    Ok(flagged.map(|(i, _)| i).collect())
}

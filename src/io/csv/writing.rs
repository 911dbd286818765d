//! Tables as comma- or tab-separated text.

use crate::data::{Column, FileError, NumberType, Table, stop};
use crate::io::unfinished;
use std::path::Path;

/// Writes a table with a line of headings; `.tsv` and `.txt` with tabs, all else with commas. A
/// missing value is left empty. `safe`: spreadsheets take no text for a formula.
///
/// # Errors
/// The folder does not exist, cannot be written to, or the disk is full.
pub fn write_table(table: &Table, path: &Path, safe: bool) -> Result<(), FileError> {
    let tab = path
        .extension()
        .is_some_and(|end| end == "tsv" || end == "txt");
    let separator = if tab { '\t' } else { ',' };
    let mut text = String::new();
    let as_text = |text: String| if safe { harmless(text) } else { text };
    let headings = table.columns.iter();
    let headings = headings.map(|(heading, _)| as_text(heading.clone()));
    push_line(&mut text, headings, separator);
    for row in 0..table.n_rows() {
        if row % 4096 == 0 {
            stop::check(path)?;
        }
        let fields = table.columns.iter().map(|(_, column)| match &**column {
            Column::Text(_) | Column::Category(_) => as_text(field(column, row)),
            column => field(column, row),
        });
        push_line(&mut text, fields, separator);
    }
    unfinished::write(path, text.as_bytes())
}

/// A text that begins as a formula does gets a quote before it, as OWASP's "CSV Injection" advises.
fn harmless(text: String) -> String {
    if text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r']) {
        format!("'{text}")
    } else {
        text
    }
}

fn push_line(text: &mut String, fields: impl Iterator<Item = String>, separator: char) {
    for (i, field) in fields.enumerate() {
        if i > 0 {
            text.push(separator);
        }
        if field.contains([separator, '"', '\n', '\r']) {
            text.push('"');
            text.push_str(&field.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&field);
        }
    }
    text.push('\n');
}

/// A value as it reads back: f32 with its own digits, not those of the f64 it is held as.
fn field(column: &Column, row: usize) -> String {
    match column {
        Column::Number(numbers) if numbers.values[row].is_nan() => String::new(),
        Column::Number(numbers) if matches!(numbers.stored, NumberType::F16 | NumberType::F32) => {
            (numbers.values[row] as f32).to_string()
        }
        column => column.text(row),
    }
}

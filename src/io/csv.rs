//! Comma- and tab-separated text: tables of any columns, and small matrices.
//!
//! Quoting as in RFC 4180: a field with a separator, a quote or a line end is in quotes, and
//! a quote within is doubled.

mod commas;
mod start;
mod umi_tools;
mod writing;

use start::{Start, check_line_ends};
pub use writing::write_table;

use super::csv_matrix::{self, Beginning};
use super::text::{self, Pieces};
use super::{Format, Hints, Opened};
use crate::data::{Category, Column, FileError, LARGEST_EXACT, NumberType, Numbers, Table};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// How fields are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    Byte(u8),
    /// Any number of spaces and tabs.
    Blanks,
}

/// The lines of a file, each as its fields.
struct Grid {
    rows: Vec<Vec<String>>,
    separator: Separator,
}

/// Reads a table; its first line names the columns. Types follow from the values: whole numbers,
/// numbers, true and false, else text. Missing are `NA`, `NaN` and nothing.
///
/// # Errors
/// No such file; a line has more or fewer fields than the first.
pub fn read_table(path: &Path) -> Result<Table, FileError> {
    read_table_as(path, None)
}

/// [`read_table`] of a file whose name does not say what is between its fields.
///
/// # Errors
/// As [`read_table`].
pub fn read_table_as(path: &Path, format: Option<Format>) -> Result<Table, FileError> {
    let grid = read_grid(path, format)?;
    let semicolons = grid.separator == Separator::Byte(b';');
    let mut rows = grid.rows.into_iter();
    let mut header = rows
        .next()
        .ok_or_else(|| FileError::new(path, "is empty"))?;
    // R's write.table gives the names of rows no heading.
    let widths = || rows.as_slice().iter().map(Vec::len);
    if widths().len() > 0 && widths().all(|width| width == header.len() + 1) {
        header.insert(0, "index".to_owned());
    }
    let mut columns: Vec<Vec<String>> = vec![Vec::new(); header.len()];
    for (row, number) in rows.zip(2..) {
        check_width(path, number, row.len(), header.len())?;
        for (column, field) in columns.iter_mut().zip(row) {
            column.push(field);
        }
    }
    let mut typed_columns = Vec::with_capacity(header.len());
    for (name, mut fields) in header.into_iter().zip(columns) {
        commas::mend(path, &name, &mut fields, (semicolons, is_text))?;
        typed_columns.push((name, Arc::new(typed(&fields))));
    }
    Ok(Table {
        columns: typed_columns,
        title: None,
    })
}

fn check_width(path: &Path, line: usize, found: usize, expected: usize) -> Result<(), FileError> {
    if found == expected {
        return Ok(());
    }
    let problem = format!("line {line} has {found} fields instead of {expected}");
    Err(FileError::new(path, problem).remedy("quote fields that contain a separator"))
}

/// Opens a matrix: names in the first column, and in the first line.
///
/// # Errors
/// A field is not a number; lines differ in length; it may be a table as well as a matrix.
pub fn open(path: &Path, hints: &Hints) -> Result<Opened, FileError> {
    let head = text::head(path, HEAD)?;
    check_line_ends(path, &head)?;
    let start = Start::of(&head);
    if start.first_line(&head) == "gene\tcell\tcount" {
        return umi_tools::open(path, &read_grid(path, hints.format)?.rows[1..]);
    }
    let separator = separator(path, &start.rest(&head), hints.format);
    let (mut pieces, byte) = match separator {
        Separator::Byte(byte) => (Pieces::open(path)?, byte),
        Separator::Blanks => (Pieces::of_blanks(path)?, b'\t'),
    };
    let mut text = pieces.next()?;
    let mut more = pieces.next()?;
    if !more.contains(&b'\n') {
        // The last line has no end.
        text.append(&mut more);
        more = pieces.next()?;
    }
    // Blanks in comments were made tabs, so that they lie elsewhere.
    let start = Start::of(&text);
    let beginning = Beginning {
        text: &text,
        skipped: start.skipped,
        separator: byte,
        blanks: separator == Separator::Blanks,
        whole: more.is_empty(),
        comment: start.comment.as_deref(),
    };
    csv_matrix::look(path, &beginning, hints)?.dataset(path)
}

/// Bytes of a file that are looked at to find out what it is.
const HEAD: u64 = 1 << 16;

/// Neither a number nor missing.
fn is_text(field: &str) -> bool {
    !is_missing(field) && number(field).is_none()
}

/// What pandas and R take for a missing value.
pub(super) fn is_missing(field: &str) -> bool {
    matches!(
        field,
        "" | "NA" | "NaN" | "nan" | "N/A" | "n/a" | "NULL" | "null" | "#N/A" | "<NA>"
    )
}

pub(super) fn typed(fields: &[String]) -> Column {
    let present = || fields.iter().filter(|field| !is_missing(field));
    let texts = || {
        let there = |field: &'_ String| if is_missing(field) { "" } else { field }.to_owned();
        Column::Text(fields.iter().map(there).collect())
    };
    if present().next().is_none() {
        return texts();
    }
    if present().all(|field| number(field).is_some()) {
        let whole = present().all(|field| field.parse::<i64>().is_ok());
        let missing = present().count() < fields.len();
        let values: Vec<f64> = fields
            .iter()
            .map(|field| number(field).unwrap_or(f64::NAN))
            .collect();
        let wide = whole && values.iter().any(|x| x.abs() >= LARGEST_EXACT);
        let exact = || fields.iter().map(|field| field.parse().unwrap_or(0));
        return Column::Number(Numbers {
            exact: wide.then(|| exact().collect()),
            values,
            stored: if whole {
                NumberType::I64
            } else {
                NumberType::F64
            },
            nullable: whole && missing,
        });
    }
    let truth = |field: &str| match field {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    };
    if !present().all(|field| truth(field).is_some()) {
        return texts();
    }
    let truths = fields.iter().map(|field| truth(field));
    if present().count() < fields.len() {
        Column::Category(Category::masked_truths(truths))
    } else {
        Column::Bool(truths.flatten().collect())
    }
}

fn number(field: &str) -> Option<f64> {
    // Rust also takes "infinity" and "nan" for numbers; so do pandas and R.
    field.trim().parse().ok()
}

fn read_grid(path: &Path, format: Option<Format>) -> Result<Grid, FileError> {
    let text = Pieces::open(path)?.all()?;
    check_line_ends(path, &text)?;
    let start = Start::of(&text);
    let first = 1 + memchr::memchr_iter(b'\n', &text[..start.skipped]).count();
    let rest = text::utf8(path, &text[start.skipped..], first)?;
    let separator = separator(path, rest, format);
    let rows = match separator {
        Separator::Byte(byte) => split(rest, char::from(byte)),
        Separator::Blanks => split(&String::from_utf8_lossy(&unblanked(path)?), '\t'),
    };
    let rows = rows.ok_or_else(|| FileError::new(path, "a quote is not closed"))?;
    Ok(Grid { rows, separator })
}

/// The lines at the beginning, as fields; nothing of what is no text.
pub fn first_lines(path: &Path, format: Option<Format>) -> Option<Vec<Vec<String>>> {
    let mut head = text::head(path, HEAD).ok()?;
    let cut = head.len() as u64 == HEAD;
    let start = Start::of(&head);
    let separator = separator(path, &start.rest(&head), format);
    if separator == Separator::Blanks {
        let mut tabs = Vec::new();
        let squeezed = text::blanks_as_tabs(&head).read_to_end(&mut tabs);
        squeezed.ok()?;
        head = tabs;
    }
    let skipped = Start::of(&head).skipped;
    let mut lines = String::from_utf8_lossy(&head[skipped..]).into_owned();
    if cut {
        lines.truncate(lines.rfind('\n')?);
    }
    match separator {
        Separator::Byte(byte) => split(&lines, char::from(byte)),
        Separator::Blanks => split(&lines, '\t'),
    }
}

/// The lines with tabs for blanks, without the comments.
fn unblanked(path: &Path) -> Result<Vec<u8>, FileError> {
    let mut text = Pieces::of_blanks(path)?.all()?;
    let skipped = Start::of(&text).skipped;
    Ok(text.split_off(skipped))
}

/// By the name of the file, if its first line has such a separator at all.
fn separator(path: &Path, text: &str, format: Option<Format>) -> Separator {
    let first = unquoted(text.lines().next().unwrap_or(""));
    let second = unquoted(text.lines().nth(1).unwrap_or(""));
    let name = super::paths::plain_name(path);
    let usual = match (format, name.rsplit('.').next()) {
        (Some(Format::Csv), _) => b',',
        (Some(Format::Tsv), _) => b'\t',
        (Some(_), _) => 0,
        (None, Some("csv")) => b',',
        (None, Some("tsv" | "tab")) => b'\t',
        _ => 0,
    };
    let has = |line: &str, byte: u8| line.as_bytes().contains(&byte);
    // If headings are separated by semicolons, commas are decimal commas.
    let count = |line: &str, byte: u8| line.bytes().filter(|&it| it == byte).count();
    let alike = |byte: u8| {
        let (above, below) = (count(&first, byte), count(&second, byte));
        above > 0 && (above == below || above + 1 == below)
    };
    let semicolons =
        usual == b',' && has(&first, b';') && (!has(&first, b',') || alike(b';') && !alike(b','));
    if usual != 0 && !semicolons && (has(&first, usual) || has(&second, usual)) {
        return Separator::Byte(usual);
    }
    for line in [&first, &second] {
        let found = [b'\t', b',', b';'].into_iter();
        let mut found = found.filter(|byte| line.as_bytes().contains(byte));
        if let Some(byte) = found.next() {
            return Separator::Byte(byte);
        }
        if line.trim().contains(' ') {
            return Separator::Blanks;
        }
    }
    match usual {
        0 => Separator::Blanks,
        usual => Separator::Byte(usual),
    }
}

/// A line without what is in quotes.
fn unquoted(line: &str) -> String {
    line.split('"').step_by(2).collect::<Vec<_>>().join("")
}

/// Lines of fields; empty lines are skipped. `None` if a quote is not closed.
fn split(text: &str, separator: char) -> Option<Vec<Vec<String>>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    // Whether the field is between quotes now, and whether it was: its blanks are its own then.
    let (mut quoted, mut was_quoted) = (false, false);
    let take = |field: &mut String, was_quoted: &mut bool| {
        let text = std::mem::take(field);
        if std::mem::take(was_quoted) {
            text
        } else {
            text.trim_matches([' ', '\t']).to_owned()
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted => quoted = false,
            '"' if !was_quoted && field.trim_matches([' ', '\t']).is_empty() => {
                field.clear();
                (quoted, was_quoted) = (true, true);
            }
            c if quoted => field.push(c),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                row.push(take(&mut field, &mut was_quoted));
                end_row(&mut rows, &mut row);
            }
            c if c == separator => row.push(take(&mut field, &mut was_quoted)),
            ' ' if was_quoted => {}
            c => field.push(c),
        }
    }
    row.push(take(&mut field, &mut was_quoted));
    end_row(&mut rows, &mut row);
    (!quoted).then_some(rows)
}

fn end_row(rows: &mut Vec<Vec<String>>, row: &mut Vec<String>) {
    let row = std::mem::take(row);
    if row.len() > 1 || !row[0].is_empty() {
        rows.push(row);
    }
}

#[cfg(test)]
mod tests;

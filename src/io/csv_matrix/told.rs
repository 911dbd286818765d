//! Error messages about a line of a matrix.

use super::Layout;
use super::fields::{COMMAS, has_commas, is_grouped, is_sheet_error};
use super::row::{Shape, Wrong};
use crate::data::FileError;
use crate::io::text::ENCODING;
use std::path::Path;

/// What is wrong with a line of numbers. `last`: the file ends there, without a line end.
pub fn told(layout: &Layout, line: usize, wrong: &Wrong, last: bool) -> FileError {
    let error = describe(
        &layout.path,
        &layout.columns,
        &layout.shape,
        line,
        wrong,
        last,
    );
    match wrong {
        _ if error.remedy.is_some() => error,
        Wrong::Number { column, .. } if *column == layout.shape.n_texts + 1 => error.remedy(
            "a matrix has names in the first line and the first column, and numbers elsewhere; \
             genes=\"rows\" or genes=\"columns\" allows more text columns before the numbers",
        ),
        _ => error.remedy(
            "a matrix has names in the first line and the first column, and numbers elsewhere",
        ),
    }
}

/// The same, with the number of the line, as the user reads it.
pub fn describe(
    path: &Path,
    columns: &[String],
    shape: &Shape,
    line: usize,
    wrong: &Wrong,
    last: bool,
) -> FileError {
    let expected = shape.n_columns + shape.n_texts;
    let place = |column: usize| match columns.get(column.wrapping_sub(1 + shape.n_texts)) {
        Some(name) => format!("line {line}, column {column} ({name})"),
        None => format!("line {line}, column {column}"),
    };
    match wrong {
        Wrong::Width { found } if last && *found < expected => FileError::new(
            path,
            format!("is cut short: it ends in line {line}, after {found} of {expected} fields"),
        )
        .remedy("copy or download it again"),
        Wrong::Width { found } => FileError::new(
            path,
            format!("line {line} has {found} fields instead of {expected}"),
        )
        .remedy("quote fields that contain a separator"),
        Wrong::Number { column, field } => {
            let problem = format!("{}: {field:?} is not a number", place(*column));
            let error = FileError::new(path, problem);
            match () {
                () if has_commas(field) || is_grouped(field) => error.remedy(COMMAS),
                () if field.is_empty() => error.remedy("write 0 where nothing was counted"),
                () if is_sheet_error(field) => {
                    error.remedy("a formula of the spreadsheet failed there: correct it and save again")
                }
                () => error,
            }
        }
        Wrong::Encoding { column } => {
            let problem = format!("line {line}, column {column} is not UTF-8 text");
            FileError::new(path, problem).remedy(ENCODING)
        }
        Wrong::Count { column, field } => FileError::new(
            path,
            format!("{}: {field:?} is not a count", place(*column)),
        )
        .remedy(format!(
            "the first lines hold counts; if others do not: read {path:?} counts=false"
        )),
        Wrong::Digits { column, field } => FileError::new(
            path,
            format!("{}: {field} has more digits than a matrix holds", place(*column)),
        )
        .remedy(
            "whole numbers are read up to 9223372036854775807; up to 9007199254740992 where others have fractions",
        ),
        Wrong::Quote { column } => {
            FileError::new(path, format!("{}: a quote is not closed", place(*column)))
                .remedy("double a quote within a quoted name; names cannot contain line breaks")
        }
    }
}

//! Large delimited matrices: names of genes in the first line, then a line for each cell.
//!
//! Opening looks at the first lines. The values are read once, when somebody asks: the file is
//! cut into ranges, all cores turn ranges into sparse blocks ([`row`]), and the packed blocks
//! ([`super::packed`]) serve every pass. How many cells there are is known only then; until then
//! the cells are a selection from as many as could be in a file of this size.

mod looking;
mod reading;
mod row;
mod scan;
mod source;

pub use row::{Entries, Shape, read as read_row};

use super::text::lines;
use super::transposed::Transposed;
use super::{Opened, tenx};
use crate::data::{FileError, Lazy, Names, Promise, Value};
use indexmap::IndexMap;
use row::{Fields, Wrong};
use source::{LineNames, LinesThere, Source};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the first lines of a file tell.
#[derive(Debug, Clone)]
struct Layout {
    path: PathBuf,
    shape: Shape,
    /// Names of the columns that hold numbers.
    columns: Vec<String>,
    /// Where the first line with numbers begins, in bytes of the decoded text.
    body: u64,
}

/// A file that was looked at.
#[derive(Debug)]
pub struct Looked {
    source: Arc<Source>,
    columns: Vec<String>,
}

/// The beginning of a text: lines that are about it, and the lines of the matrix.
pub struct Beginning<'a> {
    /// Whole lines of the file, from its start.
    pub text: &'a [u8],
    /// Bytes before the line of names: a mark of the encoding, comments.
    pub skipped: usize,
    pub separator: u8,
    /// Whether `text` is the whole file.
    pub whole: bool,
    /// Comments may name the columns.
    pub comment: Option<&'a str>,
}

/// Looks at the first lines; reads a small file at once.
///
/// # Errors
/// No cells; a name is missing; the first line of numbers does not fit the names. Of a small
/// file: any mistake in it.
pub fn look(path: &Path, beginning: &Beginning, counts: Option<bool>) -> Result<Looked, FileError> {
    let text = &beginning.text[beginning.skipped..];
    let mut rest = lines(text).filter(|line| !line.is_empty());
    let first = rest
        .next()
        .ok_or_else(|| FileError::new(path, "is empty"))?;
    let fields = fields(first, beginning.separator).map_err(|wrong| {
        let line = line_of(&beginning.text[..beginning.skipped]);
        told(path, line, &wrong, &Shape::any(), &[], false)
    })?;
    let has_names = fields.len() < 2 || !fields[1..].iter().all(|field| is_number(field));
    let body = match has_names {
        true => rest.next(),
        false => Some(first),
    };
    let Some(line) = body else {
        return Err(
            FileError::new(path, "has names of columns but no line of numbers")
                .remedy("copy or download it again"),
        );
    };
    let width = memchr::memchr_iter(beginning.separator, line).count() + 1;
    let names = has_names.then_some(fields);
    let columns = super::csv::gene_names(names.as_ref(), beginning.comment, width);
    let number = line_of(&beginning.text[..beginning.skipped]);
    no_name_missing(
        path,
        number,
        &columns,
        names.is_some_and(|n| n.len() == columns.len()),
    )?;
    let body = line.as_ptr() as usize - beginning.text.as_ptr() as usize;
    let shape = Shape {
        separator: beginning.separator,
        n_columns: columns.len(),
        counts: false,
    };
    let mut layout = Layout {
        path: path.to_owned(),
        shape,
        columns: columns.clone(),
        body: body as u64,
    };
    let sample = reading::sample(&layout, &beginning.text[body..])?;
    layout.shape.counts = counts.unwrap_or_else(|| super::is_counts(&sample));
    let source = Source::new(layout, sample)?;
    if beginning.whole {
        source.read_text(&beginning.text[body..])?;
    }
    Ok(Looked {
        source: Arc::new(source),
        columns,
    })
}

impl Looked {
    /// As a dataset with a cell in each line, or with a gene in each line.
    ///
    /// # Errors
    /// Names of genes must be known, so lines of genes are looked at: the file cannot be read.
    pub fn dataset(self, path: &Path, genes_in_rows: bool) -> Result<Opened, FileError> {
        match genes_in_rows {
            true => self.with_genes_in_rows(path),
            false => Ok(self.with_cells_in_rows(path)),
        }
    }

    fn with_cells_in_rows(self, path: &Path) -> Opened {
        let names = Lazy::from_file(LineNames(self.source.clone()), Promise::Unknown);
        let genes = self.columns.into_iter().collect();
        let mut opened = tenx::dataset(path, self.source.clone(), names, genes, IndexMap::new());
        self.source.tell_state(&mut opened);
        if !self.source.is_read() {
            let dataset = &mut opened.dataset;
            let there = Lazy::from_file(LinesThere(self.source), Promise::Unknown);
            dataset.cells = dataset.cells.select(there);
            dataset.obs_names.rows = Some(dataset.cells.clone());
        }
        opened
    }

    fn with_genes_in_rows(self, path: &Path) -> Result<Opened, FileError> {
        let genes = self.source.names()?;
        let cells: Names = self.columns.into_iter().collect();
        if let Some(name) = cells.duplicate() {
            let problem = format!("line 1: the cell {name:?} is there twice");
            return Err(FileError::new(path, problem)
                .remedy("give every cell a name of its own in the first line"));
        }
        let cells = Lazy::ready(Value::Names(Arc::new(cells)));
        let blocks = Arc::new(Transposed::new(self.source.clone()));
        let mut opened = tenx::dataset(path, blocks, cells, genes, IndexMap::new());
        self.source.tell_state(&mut opened);
        Ok(opened)
    }
}

impl Shape {
    fn any() -> Self {
        Shape {
            separator: b',',
            n_columns: 0,
            counts: false,
        }
    }
}

fn fields(line: &[u8], separator: u8) -> Result<Vec<String>, Wrong> {
    Fields::new(line, separator)
        .map(|field| field.map(|field| field.into_owned()))
        .collect()
}

fn is_number(field: &str) -> bool {
    row::number(field).is_some()
}

fn no_name_missing(
    path: &Path,
    line: usize,
    columns: &[String],
    without_corner: bool,
) -> Result<(), FileError> {
    let Some(at) = columns.iter().position(|name| name.trim().is_empty()) else {
        return Ok(());
    };
    let column = at + if without_corner { 1 } else { 2 };
    let problem = format!("line {line}, column {column}: there is no name");
    Err(FileError::new(path, problem)
        .remedy("the first line names every column but the one of the names"))
}

/// The number of the line that begins after `text`, counted from one.
fn line_of(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count() + 1
}

/// What is wrong with a line, with its number, as a person reads it. `last`: the file ends there,
/// without a line end.
fn told(
    path: &Path,
    line: usize,
    wrong: &Wrong,
    shape: &Shape,
    columns: &[String],
    last: bool,
) -> FileError {
    let expected = shape.n_columns + 1;
    let place = |column: usize| match columns.get(column.wrapping_sub(2)) {
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
        .remedy("put fields that contain a separator in quotes"),
        Wrong::Number { column, field } => FileError::new(
            path,
            format!("{}: {field:?} is not a number", place(*column)),
        )
        .remedy("a matrix has names in the first line and the first column, and numbers else"),
        Wrong::Count { column, field } => FileError::new(
            path,
            format!("{}: {field:?} is not a count", place(*column)),
        )
        .remedy(format!(
            "the lines looked at first hold counts; if others do not: read {path:?} counts=false"
        )),
        Wrong::Quote { column } => FileError::new(
            path,
            format!("{}: a quote is opened and not closed", place(*column)),
        )
        .remedy("a quote within a quoted name is doubled; names have no line ends"),
    }
}

#[cfg(test)]
mod tests;

//! Large delimited matrices: names of genes in the first line, then a line for each cell.
//!
//! Opening looks at the first lines. The values are read once, when they are needed: the file is
//! cut into ranges, all cores turn ranges into sparse blocks (`row`), and the packed blocks
//! ([`super::packed`]) serve every pass. How many cells there are is known only then; until then
//! the cells are a selection from as many as could be in a file of this size.

mod columns;
mod fields;
mod lines;
mod reading;
mod row;
mod scan;
mod source;
mod told;

pub use columns::is_ensembl;
pub use fields::{COMMAS, has_commas, has_thousands, is_decimal_comma, is_sheet_error};
pub use row::{Entries, Shape, read as read_row};

use super::text::{Pieces, lines};
use super::transposed::Transposed;
use super::{Hints, Opened, tenx};
use crate::data::{Column, FileError, Lazy, Names, Promise, Slot, Stamp, Value};
use columns::Columns;
use indexmap::IndexMap;
use row::{Fields, Wrong};
use source::{LineNames, LineTexts, LinesThere, Source};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use told::{describe, told};

/// What the first lines of a file tell.
#[derive(Debug, Clone)]
struct Layout {
    path: PathBuf,
    shape: Shape,
    /// Names of the columns that hold numbers.
    columns: Vec<String>,
    /// Which column of texts has the names of the lines.
    name_at: usize,
    /// Where the first line with numbers begins, in bytes of the decoded text.
    body: u64,
    /// Fields are separated by runs of blanks, which are read as tabs.
    blanks: bool,
}

impl Layout {
    fn pieces(&self) -> Result<Pieces, FileError> {
        if self.blanks {
            Pieces::of_blanks(&self.path)
        } else {
            Pieces::open(&self.path)
        }
    }

    /// Names of lines that have none.
    fn numbered(&self, n: usize) -> Names {
        (0..n).map(|i| i.to_string()).collect()
    }
}

/// A file that was looked at.
#[derive(Debug)]
pub struct Looked {
    source: Arc<Source>,
    columns: Columns,
    genes_in_rows: bool,
    name_at: usize,
    warnings: Vec<FileError>,
}

/// The beginning of a text: lines that are about it, and the lines of the matrix.
pub struct Beginning<'a> {
    /// Whole lines of the file, from its start.
    pub text: &'a [u8],
    /// Bytes before the line of names: a mark of the encoding, comments.
    pub skipped: usize,
    pub separator: u8,
    /// Runs of blanks were made the separator.
    pub blanks: bool,
    /// Whether `text` is the whole file.
    pub whole: bool,
    /// Comments may name the columns.
    pub comment: Option<&'a str>,
}

/// The first lines of a matrix, as fields.
struct Head<'a> {
    /// The line of headings, if there is one.
    header: Option<Vec<String>>,
    /// The first line of numbers.
    line: &'a [u8],
    /// Its fields.
    width: usize,
    /// The first fields of some lines.
    lines: Vec<Vec<String>>,
    /// The first field of more lines.
    firsts: Vec<String>,
}

/// Fields of a line that are looked at to find texts.
const FIELDS: usize = 12;
/// Lines that are looked at for it.
const LINES: usize = 64;
/// Lines whose first field is looked at.
const NAMES: usize = 4096;

impl<'a> Head<'a> {
    fn of(path: &Path, beginning: &Beginning<'a>) -> Result<Self, FileError> {
        let text = &beginning.text[beginning.skipped..];
        let rest = || lines(text).filter(|line| !line.is_empty());
        let first = rest()
            .next()
            .ok_or_else(|| FileError::new(path, "is empty"))?;
        let fields = fields(first, beginning.separator).map_err(|wrong| {
            let line = line_of(&beginning.text[..beginning.skipped]);
            describe(path, &[], &Shape::any(), line, &wrong, false)
        })?;
        let has_header = fields.len() < 2
            || fields[0].trim().is_empty()
            || columns::is_label(&fields[0])
            || !fields[1..].iter().all(|field| is_number(field));
        let body = || rest().skip(usize::from(has_header));
        let Some(line) = body().next() else {
            return Err(
                FileError::new(path, "has column names but no rows of numbers")
                    .remedy("copy or download it again"),
            );
        };
        let some = |line: &[u8], n: usize| -> Vec<String> {
            let fields = Fields::new(line, beginning.separator).take(n);
            fields
                .map(|field| field.map_or_else(|_| String::new(), |it| it.into_owned()))
                .collect()
        };
        Ok(Head {
            header: has_header.then_some(fields),
            line,
            width: Fields::new(line, beginning.separator).count(),
            lines: body().take(LINES).map(|line| some(line, FIELDS)).collect(),
            firsts: body().take(NAMES).flat_map(|line| some(line, 1)).collect(),
        })
    }
}

/// Looks at the first lines; reads a small file at once.
///
/// # Errors
/// No cells; a name is missing; the first line of numbers does not fit the names. Of a small
/// file: any mistake in it.
pub fn look(path: &Path, beginning: &Beginning, hints: &Hints) -> Result<Looked, FileError> {
    let head = Head::of(path, beginning)?;
    let columns = columns::columns(&head, beginning.comment, hints).map_err(|called| {
        let problem = format!("{called} holds whole numbers, which could be row names or counts");
        FileError::new(path, problem).remedy(format!(
            "say which: read {path:?} row_names=true, or row_names=false"
        ))
    })?;
    let number = line_of(&beginning.text[..beginning.skipped]);
    no_name_missing(path, number, &columns)?;
    let body = head.line.as_ptr() as usize - beginning.text.as_ptr() as usize;
    let n_texts = columns.texts.len();
    let mut layout = Layout {
        path: path.to_owned(),
        shape: Shape {
            separator: beginning.separator,
            n_texts,
            n_columns: columns.numbers.len(),
            counts: false,
        },
        columns: columns.numbers.clone(),
        name_at: columns.name_at,
        body: body as u64,
        blanks: beginning.blanks,
    };
    let sample = reading::sample(&layout, &beginning.text[body..])?;
    layout.shape.counts = hints
        .counts
        .unwrap_or_else(|| super::judged::is_counts(&sample));
    let source = Source::new(layout, sample)?;
    if beginning.whole {
        source.read_text(&beginning.text[body..])?;
    }
    let remark = |text: &String| FileError::new(path, text.clone());
    let mut warnings: Vec<FileError> = columns.remarks.iter().map(remark).collect();
    let seem = n_texts > 0 && columns::look_like_genes(&head.firsts, &columns.numbers);
    if hints.genes_in_rows.is_none() && seem {
        warnings.push(
            FileError::new(path, "is read with genes as rows, judging by the names")
                .remedy("use genes=\"rows\", or genes=\"columns\" if rows are cells"),
        );
    }
    let genes = if hints.genes_in_rows.unwrap_or(seem) {
        &head.firsts
    } else {
        &columns.numbers
    };
    warnings.extend(dates(path, genes));
    Ok(Looked {
        source: Arc::new(source),
        name_at: columns.name_at,
        columns,
        genes_in_rows: hints.genes_in_rows.unwrap_or(seem),
        warnings,
    })
}

impl Looked {
    /// As a dataset with a cell in each line, or with a gene in each line.
    ///
    /// # Errors
    /// Names of genes must be known, so lines of genes are looked at: the file cannot be read.
    pub fn dataset(mut self, path: &Path) -> Result<Opened, FileError> {
        let mut warnings = std::mem::take(&mut self.warnings);
        let mut opened = if self.genes_in_rows {
            self.with_genes_in_rows(path)?
        } else {
            self.with_cells_in_rows(path)
        };
        opened.warnings.append(&mut warnings);
        Ok(opened)
    }

    fn with_cells_in_rows(self, path: &Path) -> Opened {
        let names = Lazy::from_file(LineNames(self.source.clone()), Promise::Unknown);
        let genes = self.columns.numbers.iter().collect();
        let mut opened = tenx::dataset(path, self.source.clone(), names, genes, IndexMap::new());
        self.source.tell_state(&mut opened);
        if let Some(name) = self.source.repeated() {
            opened
                .warnings
                .push(super::unique::repeated("cells", path, &name));
        }
        let dataset = &mut opened.dataset;
        if !self.source.is_read() {
            let there = Lazy::from_file(LinesThere(self.source.clone()), Promise::Unknown);
            dataset.cells = dataset.cells.select(there);
            dataset.obs_names.rows = Some(dataset.cells.clone());
        }
        for (i, heading) in self.columns.texts.iter().enumerate() {
            if i != self.name_at {
                let promise = Promise::Column(crate::data::ColumnType::Text);
                let slot = Slot {
                    value: Lazy::from_file(LineTexts(self.source.clone(), i), promise),
                    rows: Some(dataset.cells.clone()),
                    stamp: Stamp::original(),
                };
                dataset.obs.insert(heading.clone(), slot);
            }
        }
        opened
    }

    fn with_genes_in_rows(self, path: &Path) -> Result<Opened, FileError> {
        let mut texts = self.source.texts()?;
        let mut var = IndexMap::new();
        for (i, heading) in self.columns.texts.iter().enumerate() {
            if i != self.name_at {
                var.insert(heading.clone(), Column::Text(texts[i].clone()));
            }
        }
        let genes = texts.swap_remove(self.name_at);
        let mut warnings = Vec::new();
        let cells: Names = self.columns.numbers.iter().collect();
        let cells = super::unique::unique_cells(cells, path, &mut warnings);
        let cells = Lazy::ready(Value::Names(Arc::new(cells)));
        let blocks = Arc::new(Transposed::new(self.source.clone()));
        let mut opened = tenx::dataset(path, blocks, cells, genes, var);
        opened.warnings.append(&mut warnings);
        self.source.tell_state(&mut opened);
        Ok(opened)
    }
}

impl Shape {
    fn any() -> Self {
        Shape {
            separator: b',',
            n_texts: 1,
            n_columns: 0,
            counts: false,
        }
    }
}

/// A remark on names that a spreadsheet has changed.
fn dates(path: &Path, genes: &[String]) -> Option<FileError> {
    let dates: Vec<&str> = genes
        .iter()
        .map(String::as_str)
        .filter(|name| fields::is_date(name))
        .collect();
    let first = dates.first()?;
    let names = if dates.len() == 1 { "name" } else { "names" };
    let problem = format!(
        "has {} gene {names} as a spreadsheet makes of MARCH1 and SEPT2: {first}",
        dates.len()
    );
    Some(
        FileError::new(path, problem)
            .remedy("rename these genes, or use a table that no spreadsheet has saved"),
    )
}

fn fields(line: &[u8], separator: u8) -> Result<Vec<String>, Wrong> {
    Fields::new(line, separator)
        .map(|field| field.map(|field| field.into_owned()))
        .collect()
}

fn is_number(field: &str) -> bool {
    fields::number(field).is_some()
}

fn no_name_missing(path: &Path, line: usize, columns: &Columns) -> Result<(), FileError> {
    let numbers = &columns.numbers;
    let Some(at) = numbers.iter().position(|name| name.trim().is_empty()) else {
        return Ok(());
    };
    let before = columns.texts.len() - usize::from(columns.without_corner);
    let column = at + before + 1;
    let problem = format!("line {line}, column {column}: the name is missing");
    let remedy = if numbers[at..].iter().all(|name| name.trim().is_empty()) {
        "if these columns are empty, as spreadsheets leave them, delete them and save again"
    } else {
        "the first line names every column except the one with the names"
    };
    Err(FileError::new(path, problem).remedy(remedy))
}

/// The number of the line that begins after `text`, counted from one.
fn line_of(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count() + 1
}

#[cfg(test)]
mod tests;

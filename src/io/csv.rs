//! Comma- and tab-separated text: tables of any columns, and small matrices.
//!
//! Quoting as in RFC 4180: a field with a separator, a quote or a line end stands in quotes, and
//! a quote within is doubled.

use super::csv_matrix::{self, Beginning};
use super::memory::InMemory;
use super::text::Pieces;
use super::{Hints, Opened, rows, tenx, unfinished};
use crate::data::{
    Column, FileError, LARGEST_EXACT, Lazy, Names, NumberType, Numbers, Table, Value, stop,
};
use indexmap::IndexMap;
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
    /// The last comment before the first line.
    comment: Option<String>,
}

/// Reads a table; its first line names the columns. Types follow from the values: whole numbers,
/// numbers, true and false, else text. Missing are `NA`, `NaN` and nothing.
///
/// # Errors
/// No such file; a line has more or fewer fields than the first.
pub fn read_table(path: &Path) -> Result<Table, FileError> {
    let grid = read_grid(path)?;
    let mut rows = grid.rows.into_iter();
    let header = rows
        .next()
        .ok_or_else(|| FileError::new(path, "is empty"))?;
    let mut columns: Vec<Vec<String>> = vec![Vec::new(); header.len()];
    for (row, number) in rows.zip(2..) {
        check_width(path, number, row.len(), header.len())?;
        for (column, field) in columns.iter_mut().zip(row) {
            column.push(field);
        }
    }
    let columns = header.into_iter().zip(columns);
    let columns = columns.map(|(name, fields)| (name, Arc::new(typed(&fields))));
    Ok(Table {
        columns: columns.collect(),
        title: None,
    })
}

fn check_width(path: &Path, line: usize, found: usize, expected: usize) -> Result<(), FileError> {
    if found == expected {
        return Ok(());
    }
    let problem = format!("line {line} has {found} fields instead of {expected}");
    Err(FileError::new(path, problem).remedy("put fields that contain a separator in quotes"))
}

/// Opens a matrix: names in the first column, and in the first line.
///
/// # Errors
/// A field is not a number; lines differ in length.
pub fn open(path: &Path, hints: &Hints) -> Result<Opened, FileError> {
    let mut pieces = Pieces::open(path)?;
    let mut text = pieces.next()?;
    let mut more = pieces.next()?;
    if !more.contains(&b'\n') {
        // The last line has no end.
        text.append(&mut more);
        more = pieces.next()?;
    }
    let mark = if text.starts_with(&[0xef, 0xbb, 0xbf]) {
        3
    } else {
        0
    };
    let comments: usize = text[mark..]
        .split_inclusive(|&byte| byte == b'\n')
        .take_while(|line| line.starts_with(b"#"))
        .map(<[u8]>::len)
        .sum();
    let skipped = mark + comments;
    let head = String::from_utf8_lossy(&text[skipped..text.len().min(skipped + SAMPLE)]);
    let umi_tools = head.lines().next() == Some("gene\tcell\tcount");
    let Separator::Byte(separator) = separator(path, &head) else {
        return open_grid(path);
    };
    if umi_tools {
        return open_grid(path);
    }
    let comment = String::from_utf8_lossy(&text[mark..skipped]);
    let comment = comment.lines().last().map(|line| line[1..].trim());
    let beginning = Beginning {
        text: &text,
        skipped,
        separator,
        whole: more.is_empty(),
        comment,
    };
    csv_matrix::look(path, &beginning, hints.counts)?.dataset(path, hints.genes_in_rows)
}

/// Bytes of the first line that are looked at to find its separator.
const SAMPLE: usize = 1 << 16;

/// A small matrix with blanks between its fields, or what umi_tools writes.
fn open_grid(path: &Path) -> Result<Opened, FileError> {
    let grid = read_grid(path)?;
    if is_umi_tools(&grid) {
        return open_umi_tools(path, &grid.rows[1..]);
    }
    let is_number = |field: &String| number(field).is_some();
    let first = grid
        .rows
        .first()
        .ok_or_else(|| FileError::new(path, "is empty"))?;
    let has_header = !first.iter().skip(1).all(is_number) || first.len() < 2;
    let body = &grid.rows[usize::from(has_header)..];
    let width = body.first().map_or(first.len(), Vec::len);
    let genes = gene_names(has_header.then_some(first), grid.comment.as_deref(), width);
    let (mut cells, mut values) = (Vec::new(), Vec::new());
    for (row, line) in body.iter().zip(1 + usize::from(has_header)..) {
        check_width(path, line, row.len(), genes.len() + 1)?;
        cells.push(row[0].as_str());
        for field in &row[1..] {
            values.push(number(field).ok_or_else(|| {
                let problem = format!("line {line}: {field:?} is not a number");
                FileError::new(path, problem).remedy(
                    "a matrix has cells in rows and genes in columns; read anything else as a table",
                )
            })? as f32);
        }
    }
    let block = rows::block_of_dense(cells.len(), genes.len(), &values);
    let blocks = InMemory::new(block, NumberType::F32);
    let cells: Names = cells.into_iter().collect();
    let cells = Lazy::ready(Value::Names(Arc::new(cells)));
    let genes = genes.into_iter().collect();
    Ok(tenx::dataset(
        path,
        Arc::new(blocks),
        cells,
        genes,
        IndexMap::new(),
    ))
}

/// From the first line, else from a comment above it with as many words, else numbers. The word
/// above the cells' names may be missing.
pub(super) fn gene_names(
    header: Option<&Vec<String>>,
    comment: Option<&str>,
    width: usize,
) -> Vec<String> {
    let comment = || comment.map(|line| line.split_whitespace().map(str::to_owned).collect());
    let words = header.cloned().or_else(comment);
    match words {
        Some(words) if words.len() == width => words[1.min(width)..].to_vec(),
        Some(words) if words.len() + 1 == width || header.is_some() => words,
        _ => (0..width.saturating_sub(1))
            .map(|i| i.to_string())
            .collect(),
    }
}

/// What `umi_tools count` writes: a line for each value.
fn is_umi_tools(grid: &Grid) -> bool {
    grid.rows
        .first()
        .is_some_and(|header| *header == ["gene", "cell", "count"])
}

fn open_umi_tools(path: &Path, lines: &[Vec<String>]) -> Result<Opened, FileError> {
    let (mut cells, mut genes) = (IndexMap::new(), IndexMap::new());
    let mut entries: Vec<(usize, u32, f32)> = Vec::new();
    for (row, line) in lines.iter().zip(2..) {
        check_width(path, line, row.len(), 3)?;
        let count = number(&row[2])
            .ok_or_else(|| FileError::new(path, format!("line {line}: no count")))?;
        let place =
            |of: &mut IndexMap<String, ()>, name: &String| of.insert_full(name.clone(), ()).0;
        let (cell, gene) = (place(&mut cells, &row[1]), place(&mut genes, &row[0]));
        entries.push((cell, gene as u32, count as f32));
    }
    entries.sort_by_key(|&(cell, ..)| cell);
    let mut indptr = vec![0; cells.len() + 1];
    for &(cell, ..) in &entries {
        indptr[cell + 1] += 1;
    }
    for i in 0..cells.len() {
        indptr[i + 1] += indptr[i];
    }
    let (indices, values) = entries
        .iter()
        .map(|&(_, gene, count)| (gene, count))
        .unzip();
    let block = rows::block(genes.len(), indptr, indices, values)
        .map_err(|_| FileError::new(path, "contradicts itself"))?;
    let blocks = InMemory::new(block, NumberType::I32);
    let obs = Lazy::ready(Value::Names(Arc::new(cells.keys().collect())));
    Ok(tenx::dataset(
        path,
        Arc::new(blocks),
        obs,
        genes.keys().collect(),
        IndexMap::new(),
    ))
}

/// Writes a table with a line of headings; `.tsv` and `.txt` with tabs, all else with commas. A
/// missing value is left empty. `safe`: no text is taken for a formula by a spreadsheet.
///
/// # Errors
/// The folder does not exist, cannot be written to, or the disk is full.
pub fn write_table(table: &Table, path: &Path, safe: bool) -> Result<(), FileError> {
    let tab = path
        .extension()
        .is_some_and(|end| end == "tsv" || end == "txt");
    let separator = if tab { '\t' } else { ',' };
    let mut text = String::new();
    let made = |text: String| if safe { harmless(text) } else { text };
    let headings = table
        .columns
        .iter()
        .map(|(heading, _)| made(heading.clone()));
    push_line(&mut text, headings, separator);
    for row in 0..table.n_rows() {
        if row % 4096 == 0 {
            stop::check(path)?;
        }
        let fields = table.columns.iter().map(|(_, column)| match **column {
            Column::Number(_) => field(column, row),
            _ => made(field(column, row)),
        });
        push_line(&mut text, fields, separator);
    }
    unfinished::write(path, text.as_bytes())
}

/// What a spreadsheet takes for a formula, as a text: the quote is the spreadsheets' own mark for it.
fn harmless(text: String) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text,
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
        Column::Number(numbers) if numbers.stored == NumberType::F32 => {
            (numbers.values[row] as f32).to_string()
        }
        column => column.text(row),
    }
}

fn typed(fields: &[String]) -> Column {
    let is_missing = |field: &str| matches!(field, "" | "NA" | "NaN" | "nan" | "N/A" | "NULL");
    let present = || fields.iter().filter(|field| !is_missing(field));
    if present().next().is_none() {
        return Column::Text(fields.iter().collect());
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
    match fields.iter().map(|field| truth(field)).collect() {
        Some(truths) => Column::Truth(truths),
        None => Column::Text(fields.iter().collect()),
    }
}

fn number(field: &str) -> Option<f64> {
    // Rust also takes "infinity" and "nan" for numbers; so do pandas and R.
    field.trim().parse().ok()
}

fn read_grid(path: &Path) -> Result<Grid, FileError> {
    let text = Pieces::open(path)?.all()?;
    let text = String::from_utf8_lossy(&text);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut comment = None;
    let mut rest = text;
    while let Some(line) = rest.strip_prefix('#') {
        let (line, after) = line.split_once('\n').unwrap_or((line, ""));
        comment = Some(line.trim().to_owned());
        rest = after;
    }
    let separator = separator(path, rest);
    let rows = split(rest, separator)
        .ok_or_else(|| FileError::new(path, "a quote is opened and not closed"))?;
    Ok(Grid { rows, comment })
}

/// By the name of the file; .txt files have tabs or blanks.
fn separator(path: &Path, text: &str) -> Separator {
    let name = path.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let first = text.lines().next().unwrap_or("");
    match name.rsplit('.').next() {
        Some("csv") if !first.contains(',') && first.contains(';') => Separator::Byte(b';'),
        Some("csv") => Separator::Byte(b','),
        Some("tsv") | Some("tab") => Separator::Byte(b'\t'),
        _ if first.contains('\t') => Separator::Byte(b'\t'),
        _ if first.contains(',') => Separator::Byte(b','),
        _ => Separator::Blanks,
    }
}

/// Lines of fields; empty lines are skipped. `None` if a quote is not closed.
fn split(text: &str, separator: Separator) -> Option<Vec<Vec<String>>> {
    let Separator::Byte(separator) = separator else {
        let lines = text
            .lines()
            .map(|line| line.split_whitespace().map(str::to_owned).collect());
        return Some(lines.filter(|row: &Vec<String>| !row.is_empty()).collect());
    };
    let separator = char::from(separator);
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted || field.is_empty() => quoted = !quoted,
            c if quoted => field.push(c),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                row.push(std::mem::take(&mut field));
                end_row(&mut rows, &mut row);
            }
            c if c == separator => row.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    row.push(field);
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
mod tests {
    use super::*;
    use crate::io::testing::{all_rows, data, folder, load};

    #[test]
    fn matrices_in_several_spellings_open() {
        for (name, shape, genes) in [
            ("formats/anndata/adata.csv", (3, 2), "c1"),
            ("formats/anndata/adata-comments.tsv", (3, 2), "c1"),
            (
                "formats/anndata/umi_tools.tsv.gz",
                (2, 13),
                "ENSG00000011304.18",
            ),
            ("krumsiek11/toggleswitch.txt", (200, 2), "0"),
            ("krumsiek11/krumsiek11.txt", (640, 11), "Gata2"),
        ] {
            let Some(path) = data(name) else { return };
            let dataset = open(&path, &Hints::default())
                .unwrap_or_else(|e| panic!("{name}: {e:?}"))
                .dataset;
            let rows = all_rows(dataset.x.as_ref().unwrap()).unwrap();
            assert_eq!(rows.shape(), shape, "{name}");
            let names = load(&dataset.var_names.value)
                .unwrap()
                .names()
                .unwrap()
                .clone();
            assert_eq!(names.get(0), genes, "{name}");
        }
    }

    #[test]
    fn tables_get_types() {
        let Some(path) = data("pbmc3k/annotations/scanpy_pbmc3k_processed_obs.csv") else {
            return;
        };
        let table = read_table(&path).unwrap();
        assert_eq!(table.n_rows(), 2638);
        let types: Vec<&str> = table
            .columns
            .iter()
            .map(|(_, column)| column.column_type().word())
            .collect();
        assert!(
            types.contains(&"number") && types.contains(&"text"),
            "{types:?}"
        );
    }

    #[test]
    fn what_is_written_reads_back() {
        let table = Table::new()
            .with(
                "name, quoted",
                Column::Text(["a,b", "say \"hi\"", "two\nlines"].into_iter().collect()),
            )
            .with(
                "f32",
                Column::numbers(vec![f64::from(0.1_f32), 2.0, -1e-7], NumberType::F32),
            )
            .with(
                "whole",
                Column::numbers(vec![1.0, 2.0, 3.0], NumberType::I64),
            )
            .with("truth", Column::Truth(vec![true, false, true]));
        for name in ["a.csv", "a.tsv"] {
            let folder = folder(&format!("table-{name}"));
            let path = folder.join(name);
            write_table(&table, &path, false).unwrap();
            let again = read_table(&path).unwrap();
            assert_eq!(again.columns[0], table.columns[0]);
            assert_eq!(again.columns[2], table.columns[2]);
            assert_eq!(again.columns[3], table.columns[3]);
            assert_eq!(again.columns[1].1.text(0), "0.1");
            assert_eq!(std::fs::read_dir(&*folder).unwrap().count(), 1);
        }
    }

    #[test]
    fn missing_values_and_mistakes() {
        let typed =
            |fields: &[&str]| typed(&fields.iter().map(|f| f.to_string()).collect::<Vec<_>>());
        let Column::Number(numbers) = typed(&["1", "", "NA"]) else {
            panic!()
        };
        assert!(numbers.nullable && numbers.values[1].is_nan());
        assert!(matches!(typed(&["1.5", "nan"]), Column::Number(n) if !n.nullable));
        assert!(matches!(typed(&["", ""]), Column::Text(_)));
        assert!(split("a,\"b", Separator::Byte(b',')).is_none());
        let folder = folder("csv-error");
        let path = folder.join("a.csv");
        std::fs::write(&path, "a,b\n1,2\n3\n").unwrap();
        assert_eq!(
            read_table(&path).unwrap_err().problem,
            "line 3 has 1 fields instead of 2"
        );
        std::fs::write(&path, "a,b\nx,y\n").unwrap();
        assert!(
            open(&path, &Hints::default())
                .unwrap_err()
                .problem
                .contains("\"y\" is not a number")
        );
    }
}

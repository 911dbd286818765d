//! Tables as comma- or tab-separated text (RFC 4180).

use super::cache::cannot_write;
use crate::data::{FileError, Table};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Writes a table; tabs separate in a .tsv, commas elsewhere.
pub fn write_table(table: &Table, path: &Path) -> Result<(), FileError> {
    let separator = if path.extension().is_some_and(|ending| ending == "tsv") {
        "\t"
    } else {
        ","
    };
    let file = File::create(path).map_err(|error| cannot_write(path, &error))?;
    let mut out = BufWriter::new(file);
    let mut line = |fields: &mut dyn Iterator<Item = String>| -> std::io::Result<()> {
        let fields: Vec<String> = fields.map(|field| quoted(&field, separator)).collect();
        writeln!(out, "{}", fields.join(separator))
    };
    let result =
        line(&mut table.columns.iter().map(|(heading, _)| heading.clone())).and_then(|()| {
            (0..table.n_rows()).try_for_each(|row| {
                line(&mut table.columns.iter().map(|(_, column)| column.text(row)))
            })
        });
    result
        .and_then(|()| out.flush())
        .map_err(|error| cannot_write(path, &error))
}

fn quoted(field: &str, separator: &str) -> String {
    if field.contains(['"', '\n', '\r']) || field.contains(separator) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

//! Arrays of records, as which anndata writes `rank_genes_groups`.

use super::elements::Elements;
use super::numbers::{number_bytes, stored_exactly};
use crate::data::{Column, FileError};
use crate::io::fields::{Field, FieldValues};

impl Elements<'_> {
    /// A record array: one field for each column, a category as its text.
    pub fn records(&self, path: &str, columns: &[(String, Column)]) -> Result<(), FileError> {
        let n = columns.first().map_or(0, |(_, column)| column.len());
        if columns.is_empty() || columns.iter().any(|(_, column)| column.len() != n) {
            return Err(self.file.fault(path, "its columns differ in length"));
        }
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, column)| Field {
                name: name.clone(),
                values: values(column),
            })
            .collect();
        self.file.records(path, &fields)?;
        self.file.encoding(path, "rec-array", "0.2.0")
    }
}

/// The values of a field; a category as its text.
fn values(column: &Column) -> FieldValues {
    match column {
        Column::Bool(truths) => {
            FieldValues::Truths(truths.iter().map(|&truth| u8::from(truth)).collect())
        }
        Column::Number(numbers) => {
            let stored = stored_exactly(numbers);
            FieldValues::Numbers(stored, number_bytes(numbers, stored))
        }
        Column::Text(_) | Column::Category(_) => {
            FieldValues::Texts((0..column.len()).map(|i| column.text(i)).collect())
        }
    }
}

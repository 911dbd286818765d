//! Arrays of records, as which anndata writes `rank_genes_groups`.

use super::elements::{Elements, stored_exactly};
use crate::data::{Column, FileError, NumberType, Numbers, half};
use crate::io::h5::{Texts, WriteKind};

impl Elements<'_> {
    /// A record array: one field for each column, a category as its text.
    pub fn records(&self, path: &str, columns: &[(String, Column)]) -> Result<(), FileError> {
        let n = columns.first().map_or(0, |(_, column)| column.len());
        if columns.is_empty() || columns.iter().any(|(_, column)| column.len() != n) {
            return Err(self.file.fault(path, "its columns differ in length"));
        }
        let fields: Vec<Field> = columns
            .iter()
            .map(|(_, column)| Field::of(column))
            .collect();
        let kinds: Vec<_> = columns
            .iter()
            .zip(&fields)
            .map(|((name, _), field)| (name.clone(), field.kind.clone()))
            .collect();
        let mut rows = Vec::new();
        for row in 0..n {
            for field in &fields {
                let size = field.kind.size();
                rows.extend_from_slice(&field.bytes[row * size..(row + 1) * size]);
            }
        }
        self.file.records(path, &kinds, &rows)?;
        self.file.encoding(path, "rec-array", "0.2.0")
    }
}

/// A column as the bytes of its elements in memory.
struct Field {
    kind: WriteKind,
    bytes: Vec<u8>,
    /// What the pointers of texts point to.
    _texts: Option<Texts>,
}

impl Field {
    fn of(column: &Column) -> Self {
        let (kind, bytes) = match column {
            Column::Bool(truths) => (
                WriteKind::Bool,
                truths.iter().map(|&truth| u8::from(truth)).collect(),
            ),
            Column::Number(numbers) => {
                let stored = stored_exactly(numbers);
                (WriteKind::Number(stored), number_bytes(numbers, stored))
            }
            Column::Text(_) | Column::Category(_) => return Field::of_texts(column),
        };
        Field {
            kind,
            bytes,
            _texts: None,
        }
    }

    fn of_texts(column: &Column) -> Self {
        let texts: Vec<String> = (0..column.len()).map(|i| column.text(i)).collect();
        let texts = Texts::of(texts.iter().map(String::as_str));
        let pointers = texts.pointers();
        let bytes = pointers
            .iter()
            .flat_map(|&pointer| (pointer as usize).to_ne_bytes());
        Field {
            kind: WriteKind::Text,
            bytes: bytes.collect(),
            _texts: Some(texts),
        }
    }
}

/// Numbers in the fields of records.
fn number_bytes(numbers: &Numbers, stored: NumberType) -> Vec<u8> {
    let whole = |at: usize| match &numbers.exact {
        Some(exact) => exact[at],
        None => numbers.values[at] as i128,
    };
    let mut bytes = Vec::with_capacity(numbers.values.len() * stored.size());
    for (at, &value) in numbers.values.iter().enumerate() {
        match stored {
            NumberType::F16 => bytes.extend(half::bits(value as f32).to_le_bytes()),
            NumberType::F32 => bytes.extend((value as f32).to_le_bytes()),
            NumberType::F64 => bytes.extend(value.to_le_bytes()),
            _ => bytes.extend_from_slice(&whole(at).to_le_bytes()[..stored.size()]),
        }
    }
    bytes
}

//! Arrays of records, written: packed fields, one record after the other.

use super::datatype::{Kind, Texts, record, simple};
use super::write::{NewFile, write_all};
use crate::data::FileError;
use crate::io::fields::{Field, FieldValues};

impl NewFile {
    /// An array of records whose fields are equally long.
    ///
    /// # Errors
    /// The disk is full, or a name has a NUL.
    pub fn records(&self, path: &str, fields: &[Field]) -> Result<(), FileError> {
        let columns: Vec<Column> = fields
            .iter()
            .map(|field| Column::of(&field.values))
            .collect();
        let kinds: Vec<(String, Kind)> = fields
            .iter()
            .zip(&columns)
            .map(|(field, column)| (field.name.clone(), column.kind.clone()))
            .collect();
        let size: usize = kinds.iter().map(|(_, kind)| kind.size()).sum();
        let n = columns.first().map_or(0, Column::len);
        let mut rows = Vec::with_capacity(n * size);
        for row in 0..n {
            for column in &columns {
                let size = column.kind.size();
                rows.extend_from_slice(&column.bytes[row * size..(row + 1) * size]);
            }
        }
        self.named(path, |name| {
            let datatype = record(&kinds, size)?;
            let array = self.new_array(name, &datatype, &simple(&[n])?)?;
            write_all(&array, &datatype, n, rows.as_ptr().cast())
        })
    }
}

/// A field as the bytes of its elements in memory.
struct Column {
    kind: Kind,
    bytes: Vec<u8>,
    /// What the pointers of texts point to.
    _texts: Option<Texts>,
}

impl Column {
    fn of(values: &FieldValues) -> Self {
        let (kind, bytes) = match values {
            FieldValues::Numbers(number, bytes) => (Kind::Number(*number), bytes.clone()),
            FieldValues::Truths(bytes) => (Kind::Bool, bytes.clone()),
            FieldValues::Texts(texts) => {
                let texts = Texts::of(texts.iter());
                let pointers = texts.pointers();
                let bytes = pointers
                    .iter()
                    .flat_map(|&pointer| (pointer as usize).to_ne_bytes());
                return Column {
                    kind: Kind::Text,
                    bytes: bytes.collect(),
                    _texts: Some(texts),
                };
            }
        };
        Column {
            kind,
            bytes,
            _texts: None,
        }
    }

    fn len(&self) -> usize {
        self.bytes.len() / self.kind.size()
    }
}

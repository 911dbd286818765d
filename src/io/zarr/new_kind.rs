//! What the elements of an array that is written are called in its metadata: numpy's letters in version 2, the
//! names of the specification in version 3.

use super::Version;
use crate::data::{ElementType, NumberType};
use crate::io::fields::{Field, FieldValues};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewKind {
    Number(NumberType),
    Bool,
    /// Of any length.
    Text,
    /// So many characters of 32 bits: a field of records.
    Characters(usize),
    Record(Vec<(String, NewKind)>),
}

impl From<ElementType> for NewKind {
    fn from(element: ElementType) -> Self {
        match element {
            ElementType::Number(number) => NewKind::Number(number),
            ElementType::Bool => NewKind::Bool,
        }
    }
}

impl NewKind {
    /// The records of some fields, and their bytes, one record after the other.
    pub fn records(fields: &[Field]) -> (NewKind, Vec<u8>) {
        let columns: Vec<(NewKind, Vec<u8>)> =
            fields.iter().map(|field| column(&field.values)).collect();
        let n = columns
            .first()
            .map_or(0, |(kind, bytes)| bytes.len() / kind.size());
        let mut rows = Vec::new();
        for row in 0..n {
            for (kind, bytes) in &columns {
                rows.extend_from_slice(&bytes[row * kind.size()..][..kind.size()]);
            }
        }
        let names = fields.iter().map(|field| field.name.clone());
        let kinds = columns.into_iter().map(|(kind, _)| kind);
        (NewKind::Record(names.zip(kinds).collect()), rows)
    }

    /// Bytes of an element; 0 where they differ.
    pub fn size(&self) -> usize {
        match self {
            NewKind::Number(number) => number.size(),
            NewKind::Bool => 1,
            NewKind::Text => 0,
            NewKind::Characters(n) => 4 * n,
            NewKind::Record(fields) => fields.iter().map(|(_, kind)| kind.size()).sum(),
        }
    }

    /// The `dtype` of version 2, or the `data_type` of version 3.
    pub fn name(&self, version: Version) -> Value {
        match version {
            Version::V2 => self.dtype(),
            Version::V3 => self.data_type(),
        }
    }

    fn dtype(&self) -> Value {
        match self {
            NewKind::Number(number) => {
                let (name, size) = (spelled(*number), number.size());
                let order = if size == 1 { '|' } else { '<' };
                json!(format!("{order}{}{size}", &name[..1]))
            }
            NewKind::Bool => json!("|b1"),
            NewKind::Text => json!("|O"),
            NewKind::Characters(n) => json!(format!("<U{n}")),
            NewKind::Record(fields) => fields
                .iter()
                .map(|(name, kind)| json!([name, kind.dtype()]))
                .collect(),
        }
    }

    /// Records are `structured`, not `struct` as zarr 3.4 calls them: zarr reads the first from 3.1 on.
    fn data_type(&self) -> Value {
        match self {
            NewKind::Number(number) => {
                json!(format!("{}{}", spelled(*number), 8 * number.size()))
            }
            NewKind::Bool => json!("bool"),
            NewKind::Text => json!("string"),
            NewKind::Characters(n) => {
                json!({"name": "fixed_length_utf32", "configuration": {"length_bytes": 4 * n}})
            }
            NewKind::Record(fields) => {
                let fields: Value = fields
                    .iter()
                    .map(|(name, kind)| json!([name, kind.data_type()]))
                    .collect();
                json!({"name": "structured", "configuration": {"fields": fields}})
            }
        }
    }

    /// What is read where nothing was written: nought, false, or nothing.
    pub fn fill(&self) -> Value {
        match self {
            NewKind::Number(number) if number.is_whole() => json!(0),
            NewKind::Number(_) => json!(0.0),
            NewKind::Bool => json!(false),
            NewKind::Text | NewKind::Characters(_) => json!(""),
            NewKind::Record(_) => json!(noughts_in_base64(self.size())),
        }
    }

    /// The codec of version 3 that makes bytes of the elements.
    pub fn serializer(&self) -> Value {
        match self {
            NewKind::Text => json!({"name": "vlen-utf8", "configuration": {}}),
            kind if kind.size() == 1 => json!({"name": "bytes"}),
            _ => json!({"name": "bytes", "configuration": {"endian": "little"}}),
        }
    }
}

fn spelled(number: NumberType) -> &'static str {
    use NumberType::*;
    match number {
        F16 | F32 | F64 => "float",
        I8 | I16 | I32 | I64 => "int",
        U8 | U16 | U32 | U64 => "uint",
    }
}

/// A field as its kind and its bytes.
fn column(values: &FieldValues) -> (NewKind, Vec<u8>) {
    match values {
        FieldValues::Numbers(number, bytes) => (NewKind::Number(*number), bytes.clone()),
        FieldValues::Truths(bytes) => (NewKind::Bool, bytes.clone()),
        FieldValues::Texts(texts) => {
            let longest = texts.iter().map(|text| text.chars().count()).max();
            let width = longest.unwrap_or(0).max(1);
            let mut bytes = Vec::with_capacity(4 * width * texts.len());
            for text in texts.iter() {
                let start = bytes.len();
                bytes.extend(text.chars().flat_map(|c| u32::from(c).to_le_bytes()));
                bytes.resize(start + 4 * width, 0);
            }
            (NewKind::Characters(width), bytes)
        }
    }
}

fn noughts_in_base64(bytes: usize) -> String {
    let mut text = "A".repeat((8 * bytes).div_ceil(6));
    text.push_str(["", "==", "="][bytes % 3]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_in_both_versions() {
        let names = |kind: NewKind| (kind.name(Version::V2), kind.name(Version::V3));
        let number = |number| names(NewKind::Number(number));
        assert_eq!(number(NumberType::F16), (json!("<f2"), json!("float16")));
        assert_eq!(number(NumberType::U8), (json!("|u1"), json!("uint8")));
        assert_eq!(number(NumberType::I64), (json!("<i8"), json!("int64")));
        assert_eq!(names(NewKind::Bool), (json!("|b1"), json!("bool")));
    }

    #[test]
    fn records_lie_one_after_the_other() {
        let texts = FieldValues::Texts(["é", "", "ab"].into_iter().collect());
        let fields = [
            Field {
                name: "name".into(),
                values: texts,
            },
            Field {
                name: "sure".into(),
                values: FieldValues::Truths(vec![1, 0, 1]),
            },
        ];
        let (kind, rows) = NewKind::records(&fields);
        assert_eq!(kind.size(), 9);
        assert_eq!(&rows[..9], [0xe9, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(&rows[18..], [b'a', 0, 0, 0, b'b', 0, 0, 0, 1]);
        assert_eq!(
            kind.name(Version::V2),
            json!([["name", "<U2"], ["sure", "|b1"]])
        );
        assert_eq!(kind.fill(), json!("AAAAAAAAAAAA"));
        assert_eq!(
            (noughts_in_base64(1), noughts_in_base64(2)),
            ("AA==".into(), "AAA=".into())
        );
    }
}

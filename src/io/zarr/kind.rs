//! What an element of a zarr array is: the data types of versions 2 and 3.

use crate::io::element::{Element, Number};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Number(Number),
    Bool,
    /// So many bytes, padded with NUL.
    Bytes(usize),
    /// So many characters of 32 bits, padded with NUL.
    Characters {
        n: usize,
        big_endian: bool,
    },
    /// Of any length; chunks of these have a form of their own.
    Text,
    Record(Vec<Field>),
    /// So many bytes of something else, which is named.
    Other(usize, &'static str),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    /// Elements in each record; 0 where the field is no array.
    pub width: usize,
    /// Bytes of a record before it.
    pub at: usize,
}

impl Kind {
    /// The `dtype` of version 2: a text as numpy has it, or a list of fields.
    pub fn v2(dtype: &Value) -> Kind {
        match dtype {
            Value::String(text) => of_numpy(text),
            Value::Array(fields) => {
                let named = fields.iter().map(|field| {
                    let width = match &field[2] {
                        Value::Null => 0,
                        shape => shape[0].as_u64().or(shape.as_u64()).unwrap_or(0) as usize,
                    };
                    (&field[0], Kind::v2(&field[1]), width)
                });
                record(named)
            }
            _ => Kind::Other(0, UNKNOWN),
        }
    }

    /// The `data_type` of version 3: a text, or a record with a name and a configuration.
    pub fn v3(data_type: &Value, big_endian: bool) -> Kind {
        let name = data_type["name"].as_str().or(data_type.as_str());
        let settings = &data_type["configuration"];
        let bytes = settings["length_bytes"].as_u64().unwrap_or(0) as usize;
        match name.unwrap_or("") {
            "bool" => Kind::Bool,
            "string" => Kind::Text,
            "fixed_length_utf32" => Kind::Characters {
                n: bytes / 4,
                big_endian,
            },
            "null_terminated_bytes" => Kind::Bytes(bytes),
            "structured" | "struct" => {
                let fields = settings["fields"].as_array();
                let named = fields.into_iter().flatten().map(|field| {
                    let (name, kind) = match field {
                        Value::Array(pair) => (pair.first(), pair.get(1)),
                        field => (field.get("name"), field.get("data_type")),
                    };
                    let kind = Kind::v3(kind.unwrap_or(&Value::Null), big_endian);
                    (name.unwrap_or(&Value::Null), kind, 0)
                });
                record(named)
            }
            name => {
                let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
                let bits: usize = name[letters.len()..].parse().unwrap_or(0);
                match letters {
                    "float" | "int" | "uint" => number(&letters[..1], bits / 8, big_endian),
                    _ => Kind::Other(0, named(name)),
                }
            }
        }
    }

    /// Bytes of an element; 0 where that is not known.
    pub fn size(&self) -> usize {
        match self {
            Kind::Number(number) => number.size,
            Kind::Bool => 1,
            Kind::Bytes(n) | Kind::Other(n, _) => *n,
            Kind::Characters { n, .. } => 4 * n,
            Kind::Text => 0,
            Kind::Record(fields) => fields.last().map_or(0, |last| last.at + last.size()),
        }
    }

    pub fn element(&self) -> Element {
        match self {
            Kind::Number(number) => Element::Number(*number),
            Kind::Bool => Element::Bool(1),
            Kind::Bytes(_) | Kind::Characters { .. } | Kind::Text => Element::Text,
            Kind::Record(fields) => {
                Element::Record(fields.iter().map(|field| field.name.clone()).collect())
            }
            Kind::Other(_, what) => Element::Other(what),
        }
    }

    /// The bytes of an element that is a fill value.
    pub fn fill(&self, value: &Value) -> Vec<u8> {
        let mut bytes = vec![0; self.size()];
        match self {
            Kind::Number(number) => {
                let of = |value: Vec<u8>| {
                    let mut value = value;
                    value.truncate(number.size);
                    if number.big_endian {
                        value.reverse();
                    }
                    value
                };
                let float = value.as_f64().or(match value.as_str() {
                    Some("NaN") => Some(f64::NAN),
                    Some("Infinity") => Some(f64::INFINITY),
                    Some("-Infinity") => Some(f64::NEG_INFINITY),
                    _ => None,
                });
                let whole = value.as_i64().or(value.as_u64().map(|x| x as i64));
                match (number.float, number.size, float, whole) {
                    (true, 8, Some(x), _) => bytes = of(x.to_le_bytes().to_vec()),
                    (true, 4, Some(x), _) => bytes = of((x as f32).to_le_bytes().to_vec()),
                    (false, _, _, Some(x)) => bytes = of(x.to_le_bytes().to_vec()),
                    _ => {}
                }
            }
            Kind::Bool => bytes[0] = u8::from(value.as_bool().unwrap_or(false)),
            _ => {}
        }
        bytes
    }
}

impl Field {
    pub fn size(&self) -> usize {
        self.kind.size() * self.width.max(1)
    }
}

/// A type as numpy writes it: `<f4`, `|S18`, `<U12`.
fn of_numpy(text: &str) -> Kind {
    let big_endian = text.starts_with('>');
    let text = text.trim_start_matches(['<', '>', '|', '=']);
    let (letter, size) = text.split_at(text.len().min(1));
    let size: usize = size.parse().unwrap_or(0);
    match letter {
        "f" | "i" | "u" => number(letter, size, big_endian),
        "b" => Kind::Bool,
        "S" => Kind::Bytes(size),
        "U" => Kind::Characters {
            n: size,
            big_endian,
        },
        "O" => Kind::Text,
        "M" => Kind::Other(size, DATES),
        "m" => Kind::Other(size, DURATIONS),
        "c" => Kind::Other(size, COMPLEX),
        _ => Kind::Other(size, UNKNOWN),
    }
}

const DATES: &str = "dates";
const DURATIONS: &str = "time differences";
const COMPLEX: &str = "complex numbers";
const UNKNOWN: &str = "values of an unknown type";

/// What a data type of version 3 is.
fn named(data_type: &str) -> &'static str {
    match data_type {
        "numpy.datetime64" => DATES,
        "numpy.timedelta64" => DURATIONS,
        name if name.starts_with("complex") => COMPLEX,
        _ => UNKNOWN,
    }
}

/// `f`, `i` or `u` of that many bytes.
fn number(letter: &str, size: usize, big_endian: bool) -> Kind {
    let sizes: &[usize] = match letter {
        "f" => &[2, 4, 8],
        _ => &[1, 2, 4, 8],
    };
    if !sizes.contains(&size) {
        return Kind::Other(size, UNKNOWN);
    }
    Kind::Number(Number {
        float: letter == "f",
        size,
        signed: letter != "u",
        big_endian,
        plain: true,
    })
}

fn record<'a>(named: impl Iterator<Item = (&'a Value, Kind, usize)>) -> Kind {
    let mut at = 0;
    let fields = named.map(|(name, kind, width)| {
        let field = Field {
            name: name.as_str().unwrap_or("").to_owned(),
            kind,
            width,
            at,
        };
        at += field.size();
        field
    });
    Kind::Record(fields.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_of_both_versions() {
        let float = |size, big_endian| number("f", size, big_endian);
        assert_eq!(Kind::v2(&json!("<f4")), float(4, false));
        assert_eq!(Kind::v2(&json!(">f8")), float(8, true));
        assert_eq!(Kind::v3(&json!("float64"), false), float(8, false));
        assert_eq!(Kind::v3(&json!("uint16"), true), number("u", 2, true));
        assert_eq!(Kind::v2(&json!("|b1")), Kind::v3(&json!("bool"), false));
        assert_eq!(Kind::v2(&json!("|O")), Kind::Text);
        assert_eq!(Kind::v2(&json!("<M8[ns]")).element(), Element::Other(DATES));
        assert_eq!(
            Kind::v3(&json!("complex64"), false).element(),
            Element::Other(COMPLEX)
        );
        let fixed = json!({"name": "fixed_length_utf32", "configuration": {"length_bytes": 48}});
        assert_eq!(Kind::v3(&fixed, false), Kind::v2(&json!("<U12")));
        let fields = json!([["names", "<U2"], ["scores", "<f4"], ["pair", "<i2", [3]]]);
        let Kind::Record(fields) = Kind::v2(&fields) else {
            panic!("a record");
        };
        let places: Vec<_> = fields.iter().map(|f| (f.at, f.size())).collect();
        assert_eq!(places, [(0, 8), (8, 4), (12, 6)]);
        let of_three = json!({"name": "structured", "configuration": {"fields": [
            ["names", {"name": "fixed_length_utf32", "configuration": {"length_bytes": 8}}],
            {"name": "scores", "data_type": "float32"}
        ]}});
        assert_eq!(
            Kind::v3(&of_three, false),
            Kind::Record(fields[..2].to_vec())
        );
    }

    #[test]
    fn fill_values() {
        let fill = |kind: &str, value| Kind::v2(&json!(kind)).fill(&value);
        assert_eq!(fill("<f4", json!(1.5)), 1.5_f32.to_le_bytes());
        assert_eq!(fill(">i2", json!(-2)), (-2_i16).to_be_bytes());
        assert!(f64::from_le_bytes(fill("<f8", json!("NaN")).try_into().unwrap()).is_nan());
        assert_eq!(fill("|b1", json!(true)), [1]);
        assert_eq!(fill("<i8", Value::Null), [0; 8]);
        assert_eq!(fill("<U3", json!("")), [0; 12]);
    }
}

//! Values as bytes, for processes that map ranges of a pass: what folds, row steps and axes wait for.
//! Intermediate results, whose types only commands know, are packed by a table that is handed in.

use crate::data::column::{Category, LevelType, Numbers};
use crate::data::names::Missing;
use crate::data::{Column, Names, NumberType, Uns, Value};
use crate::kernels::transfer::{Packing, Sent, Torn, Unpacking};
use ndarray::{Array2, ArrayD};
use std::sync::Arc;

/// One type of intermediate results that can be sent.
#[derive(Clone, Copy)]
pub struct SentType {
    /// False for values of other types.
    pack: fn(&Value, &mut Packing) -> bool,
    unpack: fn(&mut Unpacking) -> Result<Value, Torn>,
}

impl SentType {
    pub const fn of<T: Sent>() -> Self {
        SentType {
            pack: |value, to| match value.typed::<T>() {
                Some(inner) => {
                    inner.pack(to);
                    true
                }
                None => false,
            },
            unpack: |from| Ok(Value::Private(Arc::new(T::unpack(from)?))),
        }
    }
}

/// All types that can be sent; both sides have the same table.
pub type SentTypes = &'static [SentType];

/// Appends a value; false if it cannot be sent.
pub fn pack(value: &Value, types: SentTypes, to: &mut Packing) -> bool {
    match value {
        Value::Column(column) => {
            to.number(0u8);
            pack_column(column, to);
        }
        Value::Names(names) => {
            to.number(1u8);
            pack_names(names, to);
        }
        Value::Dense(dense) => {
            to.number(2u8);
            to.list(&[dense.nrows() as u64, dense.ncols() as u64]);
            to.list(&dense.iter().copied().collect::<Vec<f32>>());
        }
        Value::Selection(keep) => {
            to.number(3u8);
            to.list(keep);
        }
        Value::Numbers(numbers) => {
            to.number(4u8);
            to.list(numbers);
        }
        Value::Uns(uns) => {
            let Uns::Array(array) = &**uns else {
                return false;
            };
            to.number(5u8);
            let shape: Vec<u64> = array.shape().iter().map(|&n| n as u64).collect();
            to.list(&shape);
            to.list(&array.iter().copied().collect::<Vec<f64>>());
        }
        Value::Private(_) => return pack_private(value, types, to),
        Value::Graph(_) | Value::Table(_) => return false,
    }
    true
}

fn pack_private(value: &Value, types: SentTypes, to: &mut Packing) -> bool {
    let start = to.0.len();
    for (number, sent) in (0u16..).zip(types) {
        to.number(6u8);
        to.number(number);
        if (sent.pack)(value, to) {
            return true;
        }
        to.0.truncate(start);
    }
    false
}

/// The value that was packed.
///
/// # Errors
/// The bytes are damaged.
pub fn unpack(types: SentTypes, from: &mut Unpacking) -> Result<Value, Torn> {
    Ok(match from.number::<u8>()? {
        0 => Value::Column(Arc::new(unpack_column(from)?)),
        1 => Value::Names(Arc::new(unpack_names(from)?)),
        2 => {
            let shape: Vec<u64> = from.list()?;
            let [rows, columns] = shape[..] else {
                return Err(Torn);
            };
            let values = from.list()?;
            let dense = Array2::from_shape_vec((rows as usize, columns as usize), values);
            Value::Dense(Arc::new(dense.map_err(|_| Torn)?))
        }
        3 => Value::Selection(Arc::new(from.list()?)),
        4 => Value::Numbers(Arc::new(from.list()?)),
        5 => {
            let shape: Vec<usize> = from.list::<u64>()?.iter().map(|&n| n as usize).collect();
            let array = ArrayD::from_shape_vec(shape, from.list()?).map_err(|_| Torn)?;
            Value::Uns(Arc::new(Uns::Array(array)))
        }
        6 => {
            let number: u16 = from.number()?;
            let sent = types.get(usize::from(number)).ok_or(Torn)?;
            (sent.unpack)(from)?
        }
        _ => return Err(Torn),
    })
}

const NUMBER_TYPES: [NumberType; 11] = [
    NumberType::F32,
    NumberType::F64,
    NumberType::I8,
    NumberType::I16,
    NumberType::I32,
    NumberType::I64,
    NumberType::U8,
    NumberType::U16,
    NumberType::U32,
    NumberType::U64,
    NumberType::F16,
];

fn pack_type(of: NumberType, to: &mut Packing) {
    let place = NUMBER_TYPES.iter().position(|one| *one == of);
    to.number(place.unwrap_or_default() as u8);
}

fn unpack_type(from: &mut Unpacking) -> Result<NumberType, Torn> {
    let place = usize::from(from.number::<u8>()?);
    NUMBER_TYPES.get(place).copied().ok_or(Torn)
}

fn pack_column(column: &Column, to: &mut Packing) {
    match column {
        Column::Number(numbers) => {
            to.number(0u8);
            to.list(&numbers.values);
            pack_type(numbers.stored, to);
            to.number(numbers.nullable);
            to.number(numbers.exact.is_some());
            to.list(numbers.exact.as_deref().unwrap_or_default());
        }
        Column::Bool(truths) => {
            to.number(1u8);
            to.list(truths);
        }
        Column::Text(names) => {
            to.number(2u8);
            pack_names(names, to);
        }
        Column::Category(category) => {
            to.number(3u8);
            to.list(&category.codes);
            pack_names(&category.levels, to);
            let (kind, stored) = match category.level_type {
                LevelType::Text => (0u8, NumberType::F64),
                LevelType::Number(stored) => (1, stored),
                LevelType::Bool => (2, NumberType::F64),
                LevelType::MaskedTruth => (3, NumberType::F64),
            };
            to.number(kind);
            pack_type(stored, to);
            to.number(category.ordered);
        }
    }
}

fn unpack_column(from: &mut Unpacking) -> Result<Column, Torn> {
    Ok(match from.number::<u8>()? {
        0 => {
            let (values, stored, nullable) = (from.list()?, unpack_type(from)?, from.number()?);
            let has_exact: bool = from.number()?;
            let exact = Some(from.list()?).filter(|_| has_exact);
            Column::Number(Numbers {
                values,
                stored,
                nullable,
                exact,
            })
        }
        1 => Column::Bool(from.list()?),
        2 => Column::Text(unpack_names(from)?),
        3 => {
            let (codes, levels) = (from.list()?, Arc::new(unpack_names(from)?));
            let (kind, stored) = (from.number::<u8>()?, unpack_type(from)?);
            let level_type = match kind {
                0 => LevelType::Text,
                1 => LevelType::Number(stored),
                2 => LevelType::Bool,
                3 => LevelType::MaskedTruth,
                _ => return Err(Torn),
            };
            Column::Category(Category {
                codes,
                levels,
                level_type,
                ordered: from.number()?,
            })
        }
        _ => return Err(Torn),
    })
}

/// Texts as they lie, one after the other.
pub fn pack_names(names: &Names, to: &mut Packing) {
    let lengths: Vec<u32> = names.iter().map(|name| name.len() as u32).collect();
    to.list(&lengths);
    let text: String = names.iter().collect();
    to.text(&text);
    let missing = names.missing();
    to.number(missing.is_some());
    if let Some(missing) = missing {
        to.list(&missing.mask);
        to.number(missing.called.is_some());
        to.text(missing.called.as_deref().unwrap_or_default());
    }
}

/// # Errors
/// The bytes are damaged.
pub fn unpack_names(from: &mut Unpacking) -> Result<Names, Torn> {
    let (lengths, text): (Vec<u32>, String) = (from.list()?, from.text()?);
    let mut rest = &text[..];
    let mut parts = Vec::with_capacity(lengths.len());
    for n in lengths {
        let (part, after) = rest.split_at_checked(n as usize).ok_or(Torn)?;
        parts.push(part);
        rest = after;
    }
    let names: Names = parts.into_iter().collect();
    if !from.number::<bool>()? {
        return Ok(names);
    }
    let mask: Vec<bool> = from.list()?;
    if mask.len() != names.len() {
        return Err(Torn);
    }
    let has_name: bool = from.number()?;
    let called = Some(from.text()?).filter(|_| has_name);
    Ok(names.with_missing(Missing { mask, called }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: SentTypes = &[SentType::of::<Flags>()];

    fn back(value: &Value) -> Value {
        let mut to = Packing::default();
        assert!(pack(value, TYPES, &mut to));
        let mut from = Unpacking(&to.0);
        let back = unpack(TYPES, &mut from).unwrap();
        assert_eq!(from.end(), Ok(()));
        for end in 0..to.0.len() {
            let torn = unpack(TYPES, &mut Unpacking(&to.0[..end]));
            assert!(torn.is_err());
        }
        back
    }

    struct Flags(Vec<bool>);

    impl Sent for Flags {
        fn pack(&self, to: &mut Packing) {
            to.list(&self.0);
        }

        fn unpack(from: &mut Unpacking) -> Result<Self, Torn> {
            from.list().map(Flags)
        }
    }

    #[test]
    fn values_come_back() {
        let names: Names = ["T", "", "µ"].into_iter().collect();
        let missing = Missing {
            mask: vec![false, true, false],
            called: Some("NA".to_owned()),
        };
        let columns = [
            Column::numbers(vec![1.0, f64::INFINITY], NumberType::I64),
            Column::Bool(vec![true, false]),
            Column::Text(names.clone().with_missing(missing)),
            Column::category(vec![0, -1, 2], names.clone()),
        ];
        for column in columns {
            let value = Value::Column(Arc::new(column.clone()));
            assert_eq!(**back(&value).column().unwrap(), column);
        }
        let keep = Value::Selection(Arc::new(vec![1, 5]));
        assert_eq!(**back(&keep).keep().unwrap(), [1, 5]);
        let dense = Array2::from_shape_fn((2, 3), |(i, j)| (10 * i + j) as f32);
        let value = Value::Dense(Arc::new(dense.clone()));
        assert_eq!(**back(&value).dense().unwrap(), dense);
        let flags = Value::Private(Arc::new(Flags(vec![true])));
        assert_eq!(back(&flags).typed::<Flags>().unwrap().0, [true]);
        let other = Value::Private(Arc::new(5u8));
        static SENT: [SentType; 1] = [SentType::of::<Flags>()];
        assert!(!pack(&other, &SENT, &mut Packing::default()));
    }
}

//! How the numbers of a column are stored, so that none loses a digit.

use crate::data::{NumberType, Numbers, half};

/// The type of a column's numbers, or a wider one where that has no room for them.
pub fn stored_exactly(numbers: &Numbers) -> NumberType {
    // Beyond 2²⁴, f32 does not hold every whole number: sums of counts get there.
    let rounded = |&x: &f64| x.fract() == 0.0 && f64::from(x as f32) != x;
    match numbers.stored {
        NumberType::F32 if numbers.values.iter().any(rounded) => NumberType::F64,
        stored => stored,
    }
}

/// Numbers in the fields of records.
pub fn number_bytes(numbers: &Numbers, stored: NumberType) -> Vec<u8> {
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

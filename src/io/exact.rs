//! Whole numbers of text files that 32-bit floats round: blocks hold the nearest float, and the
//! exact numbers are kept for files that are written.

use crate::data::{ElementType, NumberType, Rows, StoredArray, StoredSparse};

/// f32 holds every whole number up to here: 2²⁴.
const LARGE: f64 = 16_777_216.0;

/// The bytes of an element of [`ExactValues`].
pub type Bytes = [u8; 8];

/// A number of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// An f32, and as good as the text: whole numbers are exact, fractions the nearest.
    Near(f32),
    /// A whole number, the nearest f32, and what it is.
    Rounded(f32, Bytes),
    /// A whole number with more digits than 64 bits hold.
    TooLarge,
}

/// Reads a number as Rust, pandas and R do. Among `whole` numbers large ones are kept as i64, else
/// as f64. `None` if it is none.
pub fn number(text: &str, whole: bool) -> Option<Number> {
    let text = text.trim();
    let value: f64 = text.parse().ok()?;
    let near = value as f32;
    if !value.is_finite() || value.abs() <= LARGE || value.fract() != 0.0 {
        return Some(Number::Near(near));
    }
    // Beyond 2⁵³ f64 does not hold what the digits say.
    let digits = text.strip_prefix('+').unwrap_or(text);
    let written = digits.trim_start_matches('-').bytes();
    let spelled = written.clone().all(|byte| byte.is_ascii_digit());
    let exact: Option<i128> = if spelled {
        digits.parse().ok()
    } else {
        (value.abs() < 1e38).then_some(value as i128)
    };
    let bytes = match exact {
        Some(exact) if whole => i64::try_from(exact).ok().map(i64::to_le_bytes),
        Some(exact) if value as i128 != exact => None,
        None if whole || spelled => None,
        _ => Some(value.to_le_bytes()),
    };
    Some(match bytes {
        None => Number::TooLarge,
        Some(_) if near.is_finite() && Some(near as i128) == exact => Number::Near(near),
        Some(bytes) => Number::Rounded(near, bytes),
    })
}

/// Values of a matrix that its blocks round, in the order of their places.
#[derive(Debug)]
pub struct ExactValues {
    element: NumberType,
    values: Vec<(u64, u32, Bytes)>,
}

impl ExactValues {
    /// Rows, columns and what is there; `None` where nothing is rounded.
    pub fn new(mut values: Vec<(u64, u32, Bytes)>, whole: bool) -> Option<ExactValues> {
        values.sort_by_key(|&(row, column, _)| (row, column));
        let element = if whole {
            NumberType::I64
        } else {
            NumberType::F64
        };
        (!values.is_empty()).then_some(ExactValues { element, values })
    }

    /// The type of all values of the matrix.
    pub fn element(&self) -> NumberType {
        self.element
    }

    /// Rows from `first` on with all digits.
    pub fn rows(&self, first: usize, rows: Rows) -> StoredSparse {
        let shape = [rows.rows(), rows.cols()];
        let (indptr, indices, values) = rows.into_raw_storage();
        let bytes = |row: usize, at: usize| {
            let place = ((first + row) as u64, indices[at]);
            let found = self.values.binary_search_by_key(&place, |it| (it.0, it.1));
            match (found, self.element) {
                (Ok(found), _) => self.values[found].2,
                (Err(_), NumberType::I64) => (values[at] as i64).to_le_bytes(),
                (Err(_), _) => f64::from(values[at]).to_le_bytes(),
            }
        };
        let all: Vec<u8> = (0..shape[0])
            .flat_map(|row| (indptr[row]..indptr[row + 1]).map(move |at| (row, at)))
            .flat_map(|(row, at)| bytes(row, at))
            .collect();
        StoredSparse {
            shape,
            by_column: false,
            ends: indptr.iter().map(|&end| end as u64).collect(),
            values: StoredArray {
                shape: vec![values.len()],
                element: ElementType::Number(self.element),
                bytes: all,
                square: false,
            },
            indices: Some(indices),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_keep_their_digits_or_are_too_large() {
        let whole = |text| number(text, true);
        assert_eq!(whole("16777216"), Some(Number::Near(16_777_216.0)));
        assert_eq!(
            whole("16777217"),
            Some(Number::Rounded(16_777_216.0, 16_777_217_i64.to_le_bytes()))
        );
        assert_eq!(
            whole("9007199254740993"),
            Some(Number::Rounded(
                9_007_199_254_740_992.0,
                9_007_199_254_740_993_i64.to_le_bytes()
            ))
        );
        assert_eq!(whole("9223372036854775808"), Some(Number::TooLarge));
        assert_eq!(whole("1e300"), Some(Number::TooLarge));
        let any = |text| number(text, false);
        assert_eq!(any("0.1"), Some(Number::Near(0.1)));
        assert_eq!(any("20000000.5"), Some(Number::Near(20_000_000.0)));
        assert_eq!(
            any("-16777217.0"),
            Some(Number::Rounded(
                -16_777_216.0,
                (-16_777_217.0_f64).to_le_bytes()
            ))
        );
        assert_eq!(any("9007199254740993"), Some(Number::TooLarge));
        assert!(matches!(any("1e300"), Some(Number::Rounded(x, _)) if x.is_infinite()));
        assert_eq!(any("inf"), Some(Number::Near(f32::INFINITY)));
        assert_eq!(any("x"), None);
    }

    #[test]
    fn rows_have_the_exact_values_in_their_places() {
        let rows = Rows::new((2, 3), vec![0, 1, 3], vec![1, 0, 2], vec![5.0, 7.0, 2e7]);
        let exact = ExactValues::new(vec![(11, 2, 20_000_001_i64.to_le_bytes())], true).unwrap();
        let found = exact.rows(10, rows);
        let numbers: Vec<f64> = found.values.numbers().collect();
        assert_eq!(numbers, [5.0, 7.0, 20_000_001.0]);
        assert_eq!(found.ends, [0, 1, 3]);
        assert!(ExactValues::new(Vec::new(), true).is_none());
    }
}

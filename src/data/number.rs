//! Single numbers of columns, compared and added with all their digits: f64 holds integers up to 2⁵³,
//! and identifiers may be longer.

use super::column::{Column, NumberType, Numbers};
use std::cmp::Ordering;

/// A value of a column of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    Whole(i128),
    /// A fraction, an infinity, or NaN where a value is missing.
    Float(f64),
}

impl Number {
    pub fn of(value: f64) -> Number {
        if value.fract() == 0.0 && value.abs() < 1e38 {
            Number::Whole(value as i128)
        } else {
            Number::Float(value)
        }
    }

    /// The nearest f64.
    pub fn value(self) -> f64 {
        match self {
            Number::Whole(value) => value as f64,
            Number::Float(value) => value,
        }
    }

    fn is_missing(self) -> bool {
        matches!(self, Number::Float(value) if value.is_nan())
    }
}

/// Missing values are neither less nor greater than any.
impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Whole(a), Number::Whole(b)) => Some(a.cmp(b)),
            (a, b) => a.value().partial_cmp(&b.value()),
        }
    }
}

impl Numbers {
    /// The `i`-th value.
    pub fn number(&self, i: usize) -> Number {
        match &self.exact {
            Some(exact) if !self.values[i].is_nan() => Number::Whole(exact[i]),
            _ => Number::of(self.values[i]),
        }
    }

    /// Integers of 64 bits with all their digits, some of which may be missing; `None` if there is
    /// another number.
    pub fn of_numbers(numbers: impl Iterator<Item = Number>) -> Option<Numbers> {
        let (mut values, mut exact) = (Vec::new(), Vec::new());
        for number in numbers {
            values.push(number.value());
            exact.push(match number {
                Number::Whole(value) => value,
                missing if missing.is_missing() => 0,
                _ => return None,
            });
        }
        let whole = |least: i128, most: i128| exact.iter().all(|x| (least..=most).contains(x));
        let stored = match () {
            () if whole(i64::MIN.into(), i64::MAX.into()) => NumberType::I64,
            () if whole(0, u64::MAX.into()) => NumberType::U64,
            () => return None,
        };
        let held = |value: &i128| *value as f64 as i128 == *value;
        Some(Numbers {
            nullable: values.iter().any(|x| x.is_nan()),
            exact: (!exact.iter().all(held)).then_some(exact),
            values,
            stored,
        })
    }
}

impl Column {
    /// The only value, if it is an integer that f64 does not hold.
    pub fn single_exact(&self) -> Option<i128> {
        match self {
            Column::Number(numbers) if numbers.values.len() == 1 => match numbers.number(0) {
                Number::Whole(value) if value as f64 as i128 != value => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    /// The `i`-th value as text; empty if it is missing, NaN among floats included.
    pub fn text_if_there(&self, i: usize) -> String {
        match self {
            Column::Number(numbers) if numbers.values[i].is_nan() => String::new(),
            _ => self.text(i),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_compared_by_all_their_digits() {
        let large = 1_i128 << 53;
        let numbers = Numbers {
            values: vec![large as f64, large as f64, f64::NAN],
            stored: NumberType::I64,
            nullable: true,
            exact: Some(vec![large, large + 1, 0]),
        };
        assert!(numbers.number(0) < numbers.number(1));
        assert_ne!(numbers.number(0), numbers.number(1));
        assert_eq!(numbers.number(0), Number::of(large as f64));
        assert!(numbers.number(1) > Number::of(0.5));
        assert_eq!(numbers.number(2).partial_cmp(&Number::of(1.0)), None);
        let again = Numbers::of_numbers((0..3).map(|i| numbers.number(i))).unwrap();
        assert_eq!(again.exact, numbers.exact);
        assert!(Numbers::of_numbers([Number::of(0.5)].into_iter()).is_none());
        assert_eq!(Number::of(-0.0), Number::of(0.0));
    }
}

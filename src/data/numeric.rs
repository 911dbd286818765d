//! Columns as booleans and as numbers, however they are stored: pandas has booleans with room for
//! missing values, and without a missing one such a column is like any other of booleans.

use super::column::{Category, Column, ColumnType};
use super::lazy::{Lazy, Promise, Value};

impl Column {
    /// Booleans, some of which may be missing.
    pub fn is_boolean(&self) -> bool {
        match self {
            Column::Bool(_) => true,
            Column::Category(category) => category.level_type.is_boolean(),
            Column::Number(_) | Column::Text(_) => false,
        }
    }

    /// Numbers or booleans.
    pub fn is_numeric(&self) -> bool {
        matches!(self, Column::Number(_)) || self.is_boolean()
    }

    /// Booleans; `None` if the column holds something else or some are missing.
    pub fn to_booleans(&self) -> Option<Vec<bool>> {
        match self {
            Column::Bool(values) => Some(values.clone()),
            Column::Category(category) if category.level_type.is_boolean() => {
                masked(category).collect()
            }
            _ => None,
        }
    }

    /// Numbers, with booleans as 0 and 1 and missing values as NaN; `None` for texts and categories.
    pub fn to_numbers(&self) -> Option<Vec<f64>> {
        match self {
            Column::Number(numbers) => Some(numbers.values.clone()),
            Column::Bool(values) => Some(values.iter().map(|&value| f64::from(value)).collect()),
            Column::Category(category) if category.level_type.is_boolean() => {
                let number = |value: Option<bool>| value.map_or(f64::NAN, f64::from);
                Some(masked(category).map(number).collect())
            }
            _ => None,
        }
    }
}

/// The booleans of a category whose levels are `False` and `True`.
fn masked(category: &Category) -> impl Iterator<Item = Option<bool>> {
    category.codes.iter().map(|&code| {
        let level = category.levels.get(usize::try_from(code).ok()?);
        Some(level == "True")
    })
}

impl Value {
    /// The values of a column of booleans none of which is missing.
    pub fn column_booleans(&self) -> Option<Vec<bool>> {
        self.column()?.to_booleans()
    }
}

impl Lazy {
    /// Whether it holds booleans, some of which may be missing, as far as that is known now.
    pub fn holds_booleans(&self) -> bool {
        // A damaged file is reported by the step that reads the column.
        let known = || self.known_levels().ok().flatten();
        self.promise() == Promise::Column(ColumnType::Bool)
            || known().is_some_and(|column| column.is_boolean())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::NumberType;

    #[test]
    fn nullable_booleans_are_booleans_unless_some_are_missing() {
        let of = |values: &[Option<bool>]| {
            Column::Category(Category::masked_truths(values.iter().copied()))
        };
        let known = of(&[Some(true), Some(false), Some(true)]);
        assert!(known.is_boolean() && known.is_numeric());
        assert_eq!(known.to_booleans(), Some(vec![true, false, true]));
        assert_eq!(known.to_numbers(), Some(vec![1.0, 0.0, 1.0]));
        let some = of(&[Some(true), None]);
        assert!(some.is_boolean());
        assert_eq!(some.to_booleans(), None);
        assert!(some.to_numbers().unwrap()[1].is_nan());
        let numbers = Column::numbers(vec![1.0], NumberType::F32);
        assert!(!numbers.is_boolean() && numbers.is_numeric());
        assert_eq!(numbers.to_booleans(), None);
    }
}

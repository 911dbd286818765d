//! Columns of true and false. Files of pandas may have them with room for missing values: where none
//! is missing, such a column says the same.

use crate::data::{Column, Selection, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};

/// The values of a column of booleans; `None` if it holds something else or some are missing.
pub fn truths(value: &Value) -> Option<Vec<bool>> {
    match &**value.column()? {
        Column::Bool(truths) => Some(truths.clone()),
        Column::Category(category) if category.level_type.is_boolean() => {
            let truth = |&code: &i32| {
                let level = category.levels.get(usize::try_from(code).ok()?);
                Some(level == "True")
            };
            category.codes.iter().map(truth).collect()
        }
        _ => None,
    }
}

/// Positions of the genes that `var.highly_variable` flags.
///
/// # Errors
/// It holds no booleans.
pub fn highly_variable(value: &Value) -> Outcome<Selection> {
    let Some(flags) = truths(value) else {
        let headline = "var.highly_variable is not boolean";
        return Err(Diagnostic::error(code::UNEXPECTED_CONTENT, headline).help("rerun `hvg`"));
    };
    let flagged = (0..).zip(flags).filter(|(_, flag)| *flag);
    Ok(flagged.map(|(i, _)| i).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Category, NumberType};

    #[test]
    fn nullable_booleans_are_booleans_unless_some_are_missing() {
        let of = |truths: &[Option<bool>]| {
            let category = Category::masked_truths(truths.iter().copied());
            Value::of(Column::Category(category))
        };
        let known = of(&[Some(true), Some(false), Some(true)]);
        assert_eq!(truths(&known), Some(vec![true, false, true]));
        assert_eq!(highly_variable(&known).unwrap(), [0, 2]);
        assert_eq!(truths(&of(&[Some(true), None])), None);
        let numbers = Column::numbers(vec![1.0], NumberType::F32);
        assert!(highly_variable(&Value::of(numbers)).is_err());
    }
}

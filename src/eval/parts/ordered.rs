//! Which of two levels of a category is less: where a file says that its levels have an order, it
//! decides, and if all are numbers, their values do.

use crate::data::{Column, Names};
use crate::lang::ast::Binary;

/// How levels are compared.
enum Scale<'a> {
    /// Levels from the least on.
    Levels(&'a Names),
    Numbers,
}

impl Scale<'_> {
    fn of(column: &Column) -> Option<Scale<'_>> {
        let Column::Category(category) = column else {
            return None;
        };
        let levels = &category.levels;
        if category.ordered {
            return Some(Scale::Levels(levels));
        }
        let numbers = !levels.is_empty() && levels.iter().all(|level| level.parse::<f64>().is_ok());
        numbers.then_some(Scale::Numbers)
    }

    /// `None` for what is no level, or no number.
    fn place(&self, text: &str) -> Option<f64> {
        match self {
            Scale::Levels(levels) => levels.position(text).map(|at| at as f64),
            Scale::Numbers => text.parse().ok(),
        }
    }
}

/// Whether the levels of a column have an order of their own.
pub fn is_ordered(column: &Column) -> bool {
    matches!(column, Column::Category(category) if category.ordered)
}

/// Whether an operator asks which side is less.
pub fn is_order(binary: Binary) -> bool {
    use Binary::*;
    matches!(binary, Less | LessEqual | Greater | GreaterEqual)
}

/// What an operator that compares two values asks of them.
pub fn comparison<T: PartialOrd>(binary: Binary) -> Option<fn(T, T) -> bool> {
    Some(match binary {
        Binary::Equal => |x, y| x == y,
        Binary::NotEqual => |x, y| x != y,
        Binary::Less => |x, y| x < y,
        Binary::LessEqual => |x, y| x <= y,
        Binary::Greater => |x, y| x > y,
        Binary::GreaterEqual => |x, y| x >= y,
        _ => return None,
    })
}

/// `<`, `<=`, `>` or `>=` of texts one side of which has levels with an order; `None` where there is no
/// such order. A missing value, and what is no level, is neither less nor greater.
pub fn compared(binary: Binary, a: &Column, b: &Column, len: usize) -> Option<Vec<bool>> {
    if !is_order(binary) {
        return None;
    }
    let scale = match (Scale::of(a), Scale::of(b)) {
        (Some(Scale::Levels(x)), Some(Scale::Levels(y))) if !x.iter().eq(y.iter()) => return None,
        (Some(scale @ Scale::Levels(_)), _) | (_, Some(scale @ Scale::Levels(_))) => scale,
        (scale, other) => scale.or(other)?,
    };
    let place = |column: &Column, i: usize| {
        let text = column.text(if column.len() == 1 { 0 } else { i });
        scale.place(&text)
    };
    let holds = comparison(binary)?;
    let test = |i| Some(holds(place(a, i)?, place(b, i)?));
    Some((0..len).map(|i| test(i).unwrap_or(false)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Category, LevelType};
    use std::sync::Arc;

    fn category(levels: &[&str], ordered: bool) -> Column {
        let n = levels.len() as i32;
        Column::Category(Category {
            codes: (0..n).chain([-1]).collect(),
            levels: Arc::new(levels.iter().collect()),
            level_type: LevelType::Text,
            ordered,
        })
    }

    fn text(text: &str) -> Column {
        Column::Text([text].into_iter().collect())
    }

    #[test]
    fn levels_follow_their_order_and_numbers_their_size() {
        let grade = category(&["low", "mid", "high"], true);
        let of = |binary, b: &str| compared(binary, &grade, &text(b), 4);
        assert_eq!(
            of(Binary::Greater, "low"),
            Some(vec![false, true, true, false])
        );
        assert_eq!(
            of(Binary::LessEqual, "mid"),
            Some(vec![true, true, false, false])
        );
        assert_eq!(of(Binary::Less, "no such"), Some(vec![false; 4]));
        assert_eq!(of(Binary::Equal, "mid"), None);
        let turned = compared(Binary::Less, &text("mid"), &grade, 4);
        assert_eq!(turned, Some(vec![false, false, true, false]));
        let clusters = category(&["2", "9", "10"], false);
        let found = compared(Binary::Greater, &clusters, &text("5"), 4);
        assert_eq!(found, Some(vec![false, true, true, false]));
        let types = category(&["B", "T"], false);
        assert_eq!(compared(Binary::Greater, &types, &text("A"), 3), None);
    }
}

//! Columns of several datasets as one: types that differ become categories of their texts, and
//! categories keep all levels.

use crate::data::{Category, Column, ColumnType, Names, NumberType};
use std::sync::Arc;

/// The type of columns together; `None` where a dataset has no such column.
pub fn column_type(types: &[Option<ColumnType>]) -> ColumnType {
    let mut there = types.iter().flatten();
    let first = there.next().copied().unwrap_or(ColumnType::Text);
    let missing = types.iter().any(Option::is_none);
    match first {
        // A truth that may be missing is no truth.
        ColumnType::Truth if missing => ColumnType::Category,
        _ if there.all(|&other| other == first) => first,
        _ => ColumnType::Category,
    }
}

/// The columns one below the other, `lengths[i]` values of each, of the type that
/// [`column_type`] says.
pub fn joined_column(
    columns: &[Option<Arc<Column>>],
    lengths: &[usize],
    column_type: ColumnType,
) -> Column {
    match column_type {
        ColumnType::Number => numbers(columns, lengths),
        ColumnType::Truth => Column::Truth(
            columns
                .iter()
                .flatten()
                .flat_map(|column| match &**column {
                    Column::Truth(truths) => truths.clone(),
                    other => vec![false; other.len()],
                })
                .collect(),
        ),
        ColumnType::Text => Column::Text(texts(columns, lengths).collect::<Names>()),
        ColumnType::Category => Column::Category(category(columns, lengths)),
    }
}

fn numbers(columns: &[Option<Arc<Column>>], lengths: &[usize]) -> Column {
    let mut values = Vec::with_capacity(lengths.iter().sum());
    let mut stored: Option<NumberType> = None;
    let mut whole = true;
    for (column, &n) in columns.iter().zip(lengths) {
        match column.as_deref() {
            Some(Column::Number(numbers)) => {
                whole &= stored.is_none_or(|stored| stored == numbers.stored);
                stored = Some(numbers.stored);
                values.extend(&numbers.values);
            }
            _ => {
                whole = false;
                values.extend(std::iter::repeat_n(f64::NAN, n));
            }
        }
    }
    let stored = stored.filter(|_| whole).unwrap_or(NumberType::F64);
    Column::numbers(values, stored)
}

/// Texts of all values, empty where there is none.
fn texts<'a>(
    columns: &'a [Option<Arc<Column>>],
    lengths: &'a [usize],
) -> impl Iterator<Item = String> + 'a {
    columns.iter().zip(lengths).flat_map(|(column, &n)| {
        (0..n).map(move |i| {
            column
                .as_ref()
                .map_or(String::new(), |column| column.text(i))
        })
    })
}

/// Levels as they are where all have the same, else all of them, sorted.
fn category(columns: &[Option<Arc<Column>>], lengths: &[usize]) -> Category {
    let parts: Vec<Option<Category>> = columns
        .iter()
        .map(|column| column.as_ref().map(|column| column.to_category()))
        .collect();
    let mut there = parts.iter().flatten();
    let first = there
        .next()
        .map(|part| part.levels.clone())
        .unwrap_or_default();
    let same = there.all(|part| part.levels == first);
    let levels = if same {
        first
    } else {
        let all = parts.iter().flatten().flat_map(|part| part.levels.iter());
        let all = Column::Text(all.collect::<Names>());
        all.to_category().levels
    };
    let mut codes = Vec::with_capacity(lengths.iter().sum());
    for (part, &n) in parts.iter().zip(lengths) {
        match part {
            None => codes.extend(std::iter::repeat_n(-1, n)),
            Some(part) => {
                let place = |level: &str| levels.position(level).map_or(-1, |at| at as i32);
                let places: Vec<i32> = part.levels.iter().map(place).collect();
                let code = |&code: &i32| usize::try_from(code).map_or(-1, |code| places[code]);
                codes.extend(part.codes.iter().map(code));
            }
        }
    }
    Category {
        codes,
        levels,
        ordered: parts.iter().flatten().all(|part| part.ordered) && same,
    }
}

/// The column with its rows put elsewhere: `rows[i]` is the row that comes to `i`.
pub fn spread(column: &Column, rows: &[Option<u32>]) -> Column {
    if let Some(rows) = rows.iter().copied().collect::<Option<Vec<u32>>>() {
        return column.pick(&rows);
    }
    let at = |row: &Option<u32>| row.map(|row| row as usize);
    match column {
        Column::Number(numbers) => {
            let value = |row| at(row).map_or(f64::NAN, |row| numbers.values[row]);
            let stored = if numbers.stored.is_whole() {
                NumberType::F64
            } else {
                numbers.stored
            };
            Column::numbers(rows.iter().map(value).collect(), stored)
        }
        Column::Text(names) => Column::Text(
            rows.iter()
                .map(|row| at(row).map_or("", |row| names.get(row)))
                .collect(),
        ),
        other => {
            let category = other.to_category();
            let code = |row| at(row).map_or(-1, |row| category.codes[row]);
            Column::Category(Category {
                codes: rows.iter().map(code).collect(),
                ..category.clone()
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category_of(texts: &[&str]) -> Option<Arc<Column>> {
        let column = Column::Text(texts.iter().collect());
        Some(Arc::new(Column::Category(column.to_category())))
    }

    #[test]
    fn levels_are_those_of_all() {
        let parts = [category_of(&["b", "a"]), None, category_of(&["c", "a"])];
        let joined = joined_column(&parts, &[2, 1, 2], ColumnType::Category);
        let texts: Vec<String> = (0..5).map(|i| joined.text(i)).collect();
        assert_eq!(texts, ["b", "a", "", "c", "a"]);
        assert_eq!(
            joined.to_category().levels.iter().collect::<Vec<_>>(),
            ["a", "b", "c"]
        );
    }

    #[test]
    fn types_that_differ_become_texts() {
        use ColumnType::*;
        assert_eq!(column_type(&[Some(Number), Some(Number)]), Number);
        assert_eq!(column_type(&[Some(Number), None]), Number);
        assert_eq!(column_type(&[Some(Truth), None]), Category);
        assert_eq!(column_type(&[Some(Text), Some(Number)]), Category);
        let number = Some(Arc::new(Column::numbers(vec![2.0], NumberType::I32)));
        let joined = joined_column(&[number.clone(), None], &[1, 1], Number);
        assert!(
            matches!(&joined, Column::Number(n) if n.values[0] == 2.0 && n.values[1].is_nan() && n.stored == NumberType::F64)
        );
        let mixed = joined_column(&[number, category_of(&["x"])], &[1, 1], Category);
        assert_eq!((mixed.text(0), mixed.text(1)), ("2".into(), "x".into()));
    }
}

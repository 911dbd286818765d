//! Columns of several datasets as one: types that differ become categories of their texts, and
//! categories keep all levels.

use crate::data::{Category, Column, ColumnType, LevelType, Names, NumberType, Numbers};
use std::sync::Arc;

/// The type of columns together; `None` where a dataset has no such column.
pub fn column_type(types: &[Option<ColumnType>]) -> ColumnType {
    let mut there = types.iter().flatten();
    let first = there.next().copied().unwrap_or(ColumnType::Text);
    let missing = types.iter().any(Option::is_none);
    match first {
        // Neither texts nor booleans have a term for a missing value.
        ColumnType::Bool | ColumnType::Text if missing => ColumnType::Category,
        _ if there.all(|&other| other == first) => first,
        _ => ColumnType::Category,
    }
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Numbers,
    Booleans,
    Names,
    /// A category that is not known yet: booleans some of which are missing are such.
    NamesOrBooleans,
}

impl Kind {
    /// As far as the type tells.
    pub fn of_type(of_type: ColumnType) -> Kind {
        match of_type {
            ColumnType::Number => Kind::Numbers,
            ColumnType::Bool => Kind::Booleans,
            ColumnType::Text => Kind::Names,
            ColumnType::Category => Kind::NamesOrBooleans,
        }
    }

    pub fn of(column: &Column) -> Kind {
        match column {
            Column::Category(category) if category.level_type.is_boolean() => Kind::Booleans,
            Column::Category(_) => Kind::Names,
            other => Kind::of_type(other.column_type()),
        }
    }

    /// As a message calls such values.
    pub fn values(self) -> &'static str {
        match self {
            Kind::Numbers => "numbers",
            Kind::Booleans => "booleans",
            Kind::Names | Kind::NamesOrBooleans => "names",
        }
    }

    fn may_be(self, other: Kind) -> bool {
        let category = [self, other].contains(&Kind::NamesOrBooleans);
        self == other || category && ![self, other].contains(&Kind::Numbers)
    }
}

/// Two datasets that have different kinds of values in a column.
pub fn of_two_kinds(kinds: impl Iterator<Item = Option<Kind>>) -> Option<[(usize, Kind); 2]> {
    let there = kinds.enumerate();
    let there: Vec<(usize, Kind)> = there
        .filter_map(|(part, kind)| Some((part, kind?)))
        .collect();
    let mut pairs = (0..there.len()).flat_map(|first| {
        let others = there[first + 1..].iter();
        others.map(move |other| (first, *other))
    });
    let (first, other) = pairs.find(|&(first, (_, other))| !there[first].1.may_be(other))?;
    Some([there[first], other])
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
        ColumnType::Bool => Column::Bool(
            columns
                .iter()
                .flatten()
                .flat_map(|column| match &**column {
                    Column::Bool(truths) => truths.clone(),
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
    let mut parts: Vec<&Numbers> = Vec::new();
    for (column, &n) in columns.iter().zip(lengths) {
        match column.as_deref() {
            Some(Column::Number(numbers)) => {
                parts.push(numbers);
                values.extend(&numbers.values);
            }
            _ => values.extend(std::iter::repeat_n(f64::NAN, n)),
        }
    }
    let types: Vec<NumberType> = parts.iter().map(|part| part.stored).collect();
    let stored = NumberType::holding(&types);
    let nullable = stored.is_whole() && parts.iter().any(|part| part.nullable);
    let exact = exact(columns, lengths).filter(|_| stored.is_whole());
    // Integers that f64 does not hold stay integers, some of which are missing.
    let nullable = nullable || exact.is_some() && parts.len() < columns.len();
    if parts.len() < columns.len() && !nullable {
        let stored = match stored {
            NumberType::F16 | NumberType::F32 => stored,
            _ => NumberType::F64,
        };
        return Column::numbers(values, stored);
    }
    Column::Number(Numbers {
        exact,
        values,
        stored,
        nullable,
    })
}

/// All integers as they are, if f64 does not hold those of one part.
fn exact(columns: &[Option<Arc<Column>>], lengths: &[usize]) -> Option<Vec<i128>> {
    let mut all = Vec::new();
    let mut wide = false;
    for (column, &n) in columns.iter().zip(lengths) {
        match column.as_deref() {
            Some(Column::Number(numbers)) => match &numbers.exact {
                Some(exact) => {
                    wide = true;
                    all.extend(exact);
                }
                None => all.extend(numbers.values.iter().map(|&x| x as i128)),
            },
            _ => all.extend(std::iter::repeat_n(0, n)),
        }
    }
    wide.then_some(all)
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
                .map_or(String::new(), |column| column.text_if_there(i))
        })
    })
}

/// Levels as they are where all have the same, else all of them, sorted.
fn category(columns: &[Option<Arc<Column>>], lengths: &[usize]) -> Category {
    let parts: Vec<Option<Category>> = columns
        .iter()
        .map(|column| column.as_ref().map(|column| as_category(column)))
        .collect();
    let level_type = level_type(parts.iter().flatten().map(|part| part.level_type));
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
        level_type,
        ordered: parts.iter().flatten().all(|part| part.ordered) && same,
    }
}

/// What levels together are. Booleans stay such, whether or not some are missing.
fn level_type(mut types: impl Iterator<Item = LevelType>) -> LevelType {
    let first = types.next().unwrap_or_default();
    let both = |ours: LevelType, theirs: LevelType| {
        if ours == theirs {
            ours
        } else if ours.is_boolean() && theirs.is_boolean() {
            LevelType::Bool
        } else {
            LevelType::Text
        }
    };
    types.fold(first, both)
}

/// Booleans become booleans that may be missing.
fn as_category(column: &Column) -> Category {
    match column {
        Column::Bool(truths) => Category::masked_truths(truths.iter().copied().map(Some)),
        other => other.to_category(),
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
            let values: Vec<f64> = rows.iter().map(value).collect();
            if numbers.nullable {
                return Column::Number(Numbers {
                    exact: numbers.exact.as_ref().map(|exact| {
                        rows.iter()
                            .map(|row| at(row).map_or(0, |row| exact[row]))
                            .collect()
                    }),
                    values,
                    ..*numbers
                });
            }
            let stored = if numbers.stored.is_whole() {
                NumberType::F64
            } else {
                numbers.stored
            };
            Column::numbers(values, stored)
        }
        other => {
            let category = as_category(other);
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
    fn identifiers_and_missing_truths_stay() {
        let ids = Column::Number(Numbers {
            values: vec![2f64.powi(60); 2],
            stored: NumberType::I64,
            nullable: false,
            exact: Some(vec![(1 << 60) + 1, (1 << 60) + 2]),
        });
        let few = Column::numbers(vec![7.0], NumberType::I64);
        let parts = [Some(Arc::new(few)), Some(Arc::new(ids))];
        let joined = joined_column(&parts, &[1, 2], ColumnType::Number);
        let texts: Vec<String> = (0..3).map(|i| joined.text(i)).collect();
        assert_eq!(texts, ["7", "1152921504606846977", "1152921504606846978"]);
        let truths = [Some(Arc::new(Column::Bool(vec![true, false]))), None];
        let Column::Category(joined) = joined_column(&truths, &[2, 1], ColumnType::Category) else {
            panic!("a truth that may be missing has three values");
        };
        assert_eq!(joined.level_type, LevelType::MaskedTruth);
        assert_eq!(joined.codes, [1, 0, -1]);
    }

    #[test]
    fn booleans_of_a_category_are_booleans() {
        let of_level = |level_type| Category {
            level_type,
            ..Category::masked_truths([Some(true), None].into_iter())
        };
        let plain = Arc::new(Column::Bool(vec![true, false]));
        let joined = |level_type| {
            let category = Arc::new(Column::Category(of_level(level_type)));
            let kinds = [&plain, &category].map(|it| Some(Kind::of(it)));
            let columns = [Some(plain.clone()), Some(category)];
            let joined = joined_column(&columns, &[2, 2], ColumnType::Category).to_category();
            (joined.level_type, of_two_kinds(kinds.into_iter()).is_some())
        };
        assert_eq!(joined(LevelType::Bool), (LevelType::Bool, false));
        assert_eq!(joined(LevelType::MaskedTruth).0, LevelType::MaskedTruth);
        assert_eq!(joined(LevelType::Text), (LevelType::Text, true));
    }

    #[test]
    fn types_that_differ_become_texts() {
        use ColumnType::*;
        assert_eq!(column_type(&[Some(Number), Some(Number)]), Number);
        assert_eq!(column_type(&[Some(Number), None]), Number);
        assert_eq!(column_type(&[Some(Bool), None]), Category);
        assert_eq!(column_type(&[Some(Text), Some(Number)]), Category);
        let two = |types: &[Option<ColumnType>]| {
            let kinds = types.iter().map(|it| it.map(Kind::of_type));
            of_two_kinds(kinds).map(|two| two.map(|(part, _)| part))
        };
        assert_eq!(two(&[Some(Bool), None, Some(Number)]), Some([0, 2]));
        assert_eq!(two(&[Some(Category), Some(Bool), Some(Text)]), Some([1, 2]));
        for alike in [[Some(Text), Some(Category)], [Some(Bool), None]] {
            assert_eq!(two(&alike), None);
        }
        let number = Some(Arc::new(Column::numbers(vec![2.0], NumberType::I32)));
        let joined = joined_column(&[number.clone(), None], &[1, 1], Number);
        assert!(
            matches!(&joined, Column::Number(n) if n.values[0] == 2.0 && n.values[1].is_nan() && n.stored == NumberType::F64)
        );
        let mixed = joined_column(&[number, category_of(&["x"])], &[1, 1], Category);
        assert_eq!((mixed.text(0), mixed.text(1)), ("2".into(), "x".into()));
    }
}

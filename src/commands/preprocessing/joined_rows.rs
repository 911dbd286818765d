//! `join`: the row of a table for each cell, found by a key.

use crate::data::quantity;
use crate::data::{Category, Column, ColumnType, Lazy, Numbers, Promise, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::Fault;
use crate::source::Origin;
use std::collections::HashMap;
use std::sync::Arc;

/// Which row of a table each key has.
pub struct Rows {
    of: HashMap<String, u32>,
    first: String,
}

impl Rows {
    pub fn new(keys: &Column, heading: &str, from: &str) -> Outcome<Self> {
        let mut of = HashMap::with_capacity(keys.len());
        for row in 0..keys.len() {
            if let Some(before) = of.insert(keys.text(row), row as u32) {
                let key = keys.text(row);
                // Headings are the first line of a file.
                let headline = format!(
                    "{from}: {heading} is {key:?} in line {} and again in line {}",
                    before + 2,
                    row + 2
                );
                return Err(Diagnostic::error(code::UNEXPECTED_CONTENT, headline)
                    .help("keys must be unique; on= selects another column"));
            }
        }
        let first = (!keys.is_empty()).then(|| keys.text(0));
        Ok(Rows {
            of,
            first: first.unwrap_or_default(),
        })
    }
}

/// A column as obs keeps it: texts are categories, some of which may be missing. Only where none can be,
/// each cell having a row (`strict`), are texts that hardly repeat left as they are.
pub fn as_kept(column: &Column, strict: bool) -> Column {
    match column {
        Column::Text(texts) => {
            let category = column.to_category();
            let none_missing = category.codes.iter().all(|&code| code >= 0);
            if strict && none_missing && 2 * category.levels.len() > texts.len() {
                column.clone()
            } else {
                Column::Category(category)
            }
        }
        other => other.clone(),
    }
}

/// Everything but the cells.
pub struct Joining {
    pub rows: Rows,
    pub columns: Vec<Arc<Column>>,
    pub strict: bool,
    /// What is looked up, in words.
    pub keys: String,
    pub from: String,
    pub origin: Origin,
}

impl Joining {
    pub fn joined(&self, cells: &Value) -> Result<Vec<Value>, Fault> {
        let cells: Vec<String> = match cells {
            Value::Names(names) => names.iter().map(str::to_owned).collect(),
            Value::Column(column) => (0..column.len()).map(|i| column.text(i)).collect(),
            _ => Vec::new(),
        };
        let rows: Vec<Option<u32>> = cells
            .iter()
            .map(|cell| self.rows.of.get(cell).copied())
            .collect();
        let missing = rows.iter().filter(|row| row.is_none()).count();
        let without = || {
            rows.iter()
                .position(Option::is_none)
                .map_or("", |i| cells[i].as_str())
        };
        if missing == rows.len() && missing > 0 {
            let fact = format!(
                "{} are named {:?} …, the table has {:?} …",
                self.keys, cells[0], self.rows.first
            );
            return Err(self
                .mistake(format!(
                    "{} has a row for none of {} cells",
                    self.from,
                    quantity::count(missing as u64)
                ))
                .help(format!("{fact}; on= selects another column"))
                .into());
        }
        if missing > 0 && self.strict {
            let headline = format!(
                "{} has no row for {} of {} cells",
                self.from,
                quantity::count(missing as u64),
                quantity::count(rows.len() as u64)
            );
            return Err(self
                .mistake(headline)
                .help(format!(
                    "the first is {:?}; missing=keep leaves their values missing",
                    without()
                ))
                .into());
        }
        let columns = self.columns.iter();
        let columns = columns.map(|column| picked(column, &rows, self.strict));
        Ok(columns
            .map(|column| Value::Column(Arc::new(column)))
            .collect())
    }

    fn mistake(&self, headline: String) -> Box<Diagnostic> {
        Diagnostic::error(code::UNEXPECTED_CONTENT, headline).at(&self.origin)
    }
}

/// The type that a column has once it is joined. Rows without a match are found when the cells are
/// known; so that the type does not depend on it, booleans are always ones that may be missing,
/// unless every cell must have a row.
pub fn joined_type(column: ColumnType, strict: bool) -> ColumnType {
    match column {
        ColumnType::Bool | ColumnType::Text if !strict => ColumnType::Category,
        other => other,
    }
}

/// A joined column, known to have the levels of `column`.
pub fn with_levels(joined: Lazy, column: &Lazy) -> Lazy {
    match (column.promise(), joined.promise()) {
        (Promise::Column(ColumnType::Bool), Promise::Column(ColumnType::Category)) => {
            let none = Column::Category(Category::masked_truths(std::iter::empty()));
            joined.picked_from(&Lazy::ready(Value::of(none)))
        }
        (Promise::Column(ColumnType::Text), Promise::Column(ColumnType::Category)) => joined,
        (_, Promise::Column(ColumnType::Category)) => joined.picked_from(column),
        _ => joined,
    }
}

/// The values at some rows, of [`joined_type`].
fn picked(column: &Column, rows: &[Option<u32>], strict: bool) -> Column {
    let row = |row: &Option<u32>| row.map(|row| row as usize);
    match column {
        Column::Number(numbers) => {
            let values = rows.iter().map(row);
            let missing = rows.contains(&None) && numbers.stored.is_whole();
            Column::Number(Numbers {
                values: values
                    .map(|row| row.map_or(f64::NAN, |row| numbers.values[row]))
                    .collect(),
                stored: numbers.stored,
                nullable: numbers.nullable || missing,
                exact: (numbers.exact.as_ref()).map(|exact| {
                    let rows = rows.iter().map(row);
                    rows.map(|row| row.map_or(0, |row| exact[row])).collect()
                }),
            })
        }
        Column::Bool(truths) => {
            let truths = rows.iter().map(row).map(|row| row.map(|row| truths[row]));
            if strict {
                Column::Bool(truths.flatten().collect())
            } else {
                Column::Category(Category::masked_truths(truths))
            }
        }
        Column::Text(_) if !strict => picked(&Column::Category(column.to_category()), rows, strict),
        Column::Text(texts) => {
            let texts = rows
                .iter()
                .map(row)
                .map(|row| row.map_or("", |row| texts.get(row)));
            Column::Text(texts.collect())
        }
        Column::Category(category) => {
            let mut kept = category.clone();
            let codes = rows
                .iter()
                .map(row)
                .map(|row| row.map_or(-1, |row| category.codes[row]));
            kept.codes = codes.collect();
            Column::Category(kept)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Names, NumberType};

    fn joining(strict: bool, keys: &[&str], column: Column) -> Joining {
        let keys = Column::Text(keys.iter().collect());
        let source = crate::source::Source::new("test", "join adata");
        Joining {
            rows: Rows::new(&keys, "name", "cells.csv").unwrap(),
            columns: vec![Arc::new(column)],
            strict,
            keys: "cells".into(),
            from: "cells.csv".into(),
            origin: Origin::new(&source, Default::default()),
        }
    }

    fn names(names: &[&str]) -> Value {
        Value::Names(Arc::new(names.iter().collect::<Names>()))
    }

    #[test]
    fn cells_get_their_rows_and_others_nothing() {
        let ages = Column::numbers(vec![3.0, 5.0], NumberType::I64);
        let joined = joining(false, &["b", "a"], ages)
            .joined(&names(&["a", "x", "b"]))
            .unwrap();
        let column = joined[0].column().unwrap();
        assert_eq!(column.column_type(), ColumnType::Number);
        let Column::Number(numbers) = &**column else {
            panic!()
        };
        assert!(numbers.nullable && numbers.values[1].is_nan());
        assert_eq!((numbers.values[0], numbers.values[2]), (5.0, 3.0));
        let kinds = as_kept(
            &Column::Text(["t", "u", "t", ""].into_iter().collect()),
            true,
        );
        let joined =
            joining(false, &["a", "b", "c", "d"], kinds).joined(&names(&["c", "d", "x", "b"]));
        let joined = joined.unwrap();
        let Column::Category(kinds) = &**joined[0].column().unwrap() else {
            panic!()
        };
        assert_eq!(kinds.codes, [0, -1, -1, 1]);
    }

    #[test]
    fn booleans_without_a_row_are_missing() {
        let truths = || Column::Bool(vec![true, false]);
        let joined = |strict, cells: &[&str]| {
            let joined = joining(strict, &["a", "b"], truths()).joined(&names(cells));
            Column::clone(joined.unwrap()[0].column().unwrap())
        };
        let Column::Category(flags) = joined(false, &["b", "x", "a"]) else {
            panic!()
        };
        assert_eq!(flags.codes, [0, -1, 1]);
        // Whether all have a row is not known when it is planned.
        assert_eq!(
            joined(false, &["a", "b"]).column_type(),
            joined_type(ColumnType::Bool, false)
        );
        assert_eq!(joined(true, &["a", "b"]), truths());
    }

    #[test]
    fn what_does_not_match_is_told() {
        let truths = || Column::Bool(vec![true, false]);
        let said = |strict, cells: &[&str]| match joining(strict, &["a", "b"], truths())
            .joined(&names(cells))
        {
            Err(Fault::Reported(diagnostic)) => diagnostic.headline.clone(),
            _ => "joined".to_owned(),
        };
        assert_eq!(said(true, &["b", "a"]), "joined");
        assert_eq!(
            said(false, &["x", "y"]),
            "cells.csv has a row for none of 2 cells"
        );
        assert_eq!(
            said(true, &["a", "y"]),
            "cells.csv has no row for 1 of 2 cells"
        );
        assert_eq!(said(false, &["a", "y"]), "joined");
        let twice = Rows::new(
            &Column::Text(["a", "a"].into_iter().collect()),
            "name",
            "cells.csv",
        );
        let headline = twice.err().unwrap().headline;
        assert_eq!(
            headline,
            "cells.csv: name is \"a\" in line 2 and again in line 3"
        );
    }

    #[test]
    fn texts_of_cells_without_a_row_are_missing() {
        let texts = Column::Text(["u", "v"].into_iter().collect());
        let joined = picked(&texts, &[Some(0), None, Some(1)], false);
        let Column::Category(joined) = joined else {
            panic!("no category");
        };
        assert_eq!(joined.codes, [0, -1, 1]);
        assert_eq!(joined_type(ColumnType::Text, false), ColumnType::Category);
    }
}

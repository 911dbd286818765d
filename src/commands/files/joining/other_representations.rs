//! obsm that are no dense matrices, of datasets that are put one below the other: sparse matrices,
//! arrays of three dimensions, and tables, by anndata's rules. Without a value are zeros in a
//! sparse matrix, missing values in all others.

use super::arrays::{stacked_exactly, stored};
use crate::commands::files::joined_columns::{column_type, joined_column};
use crate::data::{Column, ColumnType, ElementType, FrameIndex, Names, StoredSparse, Uns, Value};
use indexmap::IndexSet;
use std::sync::Arc;

/// The values of all parts one below the other, `lengths[i]` rows of each; `wide` keeps columns that
/// any has, else those that all have.
///
/// # Errors
/// They are of kinds that do not go together: what the parts hold.
pub fn stacked(values: &[Option<Value>], lengths: &[usize], wide: bool) -> Result<Value, String> {
    let kinds: Vec<Option<Kind>> = values
        .iter()
        .map(|value| value.as_ref().map(kind).transpose())
        .collect::<Result<_, _>>()?;
    let there = || kinds.iter().flatten();
    let first = there().next().copied().unwrap_or(Kind::Sparse);
    let arrays = |kind: &Kind| matches!(kind, Kind::Sparse | Kind::Array(2));
    let stacked = match first {
        Kind::Table if there().all(|kind| *kind == Kind::Table) => table(values, lengths, wide),
        Kind::Records if there().all(|kind| *kind == Kind::Records) => {
            Uns::Records(columns(values, lengths, wide))
        }
        _ if there().all(arrays) => Uns::Sparse(Arc::new(sparse(values, lengths, wide))),
        Kind::Array(n) if there().all(|kind| *kind == Kind::Array(n)) => {
            deep(values, lengths, wide)?
        }
        _ => {
            let mut words: Vec<String> = there().map(Kind::word).collect();
            words.dedup();
            return Err(format!("the parts hold {}", words.join(", ")));
        }
    };
    Ok(Value::Uns(Arc::new(stacked)))
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Table,
    Records,
    Sparse,
    /// Dimensions.
    Array(usize),
}

impl Kind {
    fn word(&self) -> String {
        match self {
            Kind::Table => "a table".to_owned(),
            Kind::Records => "records".to_owned(),
            Kind::Sparse => "a sparse matrix".to_owned(),
            Kind::Array(n) => format!("an array of {n} dimensions"),
        }
    }
}

fn kind(value: &Value) -> Result<Kind, String> {
    match value {
        Value::Dense(_) => Ok(Kind::Array(2)),
        Value::Uns(uns) => match &**uns {
            Uns::Frame(..) => Ok(Kind::Table),
            Uns::Records(_) => Ok(Kind::Records),
            Uns::Sparse(_) => Ok(Kind::Sparse),
            Uns::Exact(array) => Ok(Kind::Array(array.shape.len())),
            _ => Err("a part holds values that cannot be put one below the other".to_owned()),
        },
        _ => Err("a part holds values that are no array".to_owned()),
    }
}

fn table(values: &[Option<Value>], lengths: &[usize], wide: bool) -> Uns {
    let index = |value: &Option<Value>| match value.as_ref()?.uns().map(|uns| &**uns) {
        Some(Uns::Frame(index, _)) => Some(index.clone()),
        _ => None,
    };
    // A written file gets the names of the cells in their place.
    let names = values.iter().zip(lengths).flat_map(|(value, &n)| {
        let index = index(value);
        let text = move |i| index.as_ref().map_or(String::new(), |it| it.values.text(i));
        (0..n).map(text)
    });
    let index = FrameIndex {
        values: Column::Text(names.collect::<Names>()),
        called: values
            .iter()
            .find_map(index)
            .and_then(|index| index.called.clone()),
    };
    Uns::Frame(Arc::new(index), columns(values, lengths, wide))
}

/// Columns of tables or records, in the order in which they first occur.
fn columns(values: &[Option<Value>], lengths: &[usize], wide: bool) -> Vec<(String, Column)> {
    let of_value = |value: &Option<Value>| -> Vec<(String, Column)> {
        match value.as_ref().and_then(Value::uns).map(|uns| &**uns) {
            Some(Uns::Frame(_, columns) | Uns::Records(columns)) => columns.clone(),
            _ => Vec::new(),
        }
    };
    let parts: Vec<Vec<(String, Column)>> = values.iter().map(of_value).collect();
    let has = |part: &[(String, Column)], key: &str| part.iter().any(|(name, _)| name == key);
    let keys: IndexSet<&String> = parts.iter().flatten().map(|(name, _)| name).collect();
    let there = || {
        parts
            .iter()
            .zip(values)
            .filter(|(_, value)| value.is_some())
    };
    let stays = |key: &&String| wide || there().all(|(part, _)| has(part, key));
    let joined = |key: &String| {
        let of_part = |part: &Vec<(String, Column)>| {
            let mut found = part.iter().filter(|(name, _)| name == key);
            found.next().map(|(_, column)| Arc::new(column.clone()))
        };
        let columns: Vec<Option<Arc<Column>>> = parts.iter().map(of_part).collect();
        let types: Vec<Option<ColumnType>> = columns
            .iter()
            .map(|column| column.as_ref().map(|column| column.column_type()))
            .collect();
        joined_column(&columns, lengths, column_type(&types))
    };
    keys.into_iter()
        .filter(stays)
        .map(|key| (key.clone(), joined(key)))
        .collect()
}

/// Sparse matrices, and dense ones beside them, as one that is compressed by row.
fn sparse(values: &[Option<Value>], lengths: &[usize], wide: bool) -> StoredSparse {
    let parts: Vec<Option<StoredSparse>> = values
        .iter()
        .map(|value| value.as_ref().and_then(by_row))
        .collect();
    let widths = parts.iter().flatten().map(|part| part.shape[1]);
    let width = if wide { widths.max() } else { widths.min() }.unwrap_or(0);
    let types: Vec<ElementType> = parts.iter().flatten().map(|it| it.values.element).collect();
    let element = ElementType::holding(&types).of_sparse();
    let mut all = StoredSparse::empty(element, width, false);
    for (part, &n) in parts.into_iter().zip(lengths) {
        match part.map(|part| part.cast(element)) {
            Some(part) => (0..n).for_each(|row| {
                all.push_row(part.row(row), |at| (at < width).then_some(at as u32));
            }),
            None => {
                let end = all.ends.last().copied().unwrap_or(0);
                all.ends.extend(std::iter::repeat_n(end, n));
                all.shape[0] += n;
            }
        }
    }
    all
}

/// A matrix whose lines are rows.
fn by_row(value: &Value) -> Option<StoredSparse> {
    if let Some(Uns::Sparse(sparse)) = value.uns().map(|uns| &**uns) {
        return Some(if sparse.by_column {
            sparse.turned()
        } else {
            (**sparse).clone()
        });
    }
    let array = stored(value)?;
    let (rows, columns) = (array.shape[0], array.shape.get(1).copied().unwrap_or(1));
    Some(StoredSparse {
        shape: [rows, columns],
        by_column: false,
        ends: (0..=rows).map(|row| (row * columns) as u64).collect(),
        indices: None,
        values: array,
    })
}

/// Arrays of more than two dimensions, of which those after the second are the same.
fn deep(values: &[Option<Value>], lengths: &[usize], wide: bool) -> Result<Uns, String> {
    let parts: Vec<_> = values.iter().map(|value| stored(value.as_ref()?)).collect();
    let mut inner = parts.iter().flatten().map(|part| part.shape.get(2..));
    let first = inner.next().flatten();
    if !inner.all(|other| other == first) {
        return Err("the parts hold arrays of different shapes".to_owned());
    }
    Ok(Uns::Exact(Arc::new(stacked_exactly(parts, lengths, wide))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{NumberType, StoredArray};

    fn array(shape: &[usize], values: &[f64]) -> StoredArray {
        StoredArray {
            shape: shape.to_vec(),
            element: ElementType::Number(NumberType::F64),
            bytes: values.iter().flat_map(|x| x.to_le_bytes()).collect(),
            square: false,
        }
    }

    fn uns(uns: Uns) -> Option<Value> {
        Some(Value::Uns(Arc::new(uns)))
    }

    fn by_column() -> StoredSparse {
        // 1 0 2
        // 0 3 0
        StoredSparse {
            shape: [2, 3],
            by_column: true,
            ends: vec![0, 1, 2, 3],
            indices: Some(vec![0, 1, 0]),
            values: array(&[3], &[1.0, 3.0, 2.0]),
        }
    }

    #[test]
    fn sparse_matrices_of_both_arrangements_and_dense_ones_are_stacked() {
        let dense = array(&[1, 2], &[0.0, 7.0]);
        let values = [
            uns(Uns::Sparse(Arc::new(by_column()))),
            None,
            uns(Uns::Exact(Arc::new(dense))),
        ];
        let of = |wide| match stacked(&values, &[2, 1, 1], wide)
            .unwrap()
            .uns()
            .map(|it| (**it).clone())
        {
            Some(Uns::Sparse(all)) => (*all).clone(),
            other => panic!("{other:?}"),
        };
        let wide = of(true);
        assert_eq!((wide.shape, wide.ends), ([4, 3], vec![0, 2, 3, 3, 4]));
        assert_eq!(wide.indices, Some(vec![0, 2, 1, 1]));
        assert_eq!(
            wide.values.numbers().collect::<Vec<_>>(),
            [1.0, 2.0, 3.0, 7.0]
        );
        let narrow = of(false);
        assert_eq!((narrow.shape, narrow.ends), ([4, 2], vec![0, 1, 2, 2, 3]));
    }

    #[test]
    fn arrays_of_three_dimensions_need_the_same_last_one() {
        let deep = |columns: usize, last: usize| {
            let values: Vec<f64> = (0..columns * last).map(|x| x as f64).collect();
            uns(Uns::Exact(Arc::new(array(&[1, columns, last], &values))))
        };
        let all = stacked(&[deep(2, 2), deep(1, 2)], &[1, 1], true).unwrap();
        let Some(Uns::Exact(all)) = all.uns().map(|it| &**it) else {
            panic!("an array")
        };
        assert_eq!(all.shape, [2, 2, 2]);
        let numbers: Vec<f64> = all.numbers().collect();
        assert_eq!(numbers[..6], [0.0, 1.0, 2.0, 3.0, 0.0, 1.0]);
        assert!(numbers[6].is_nan() && numbers[7].is_nan());
        assert!(stacked(&[deep(2, 2), deep(2, 3)], &[1, 1], true).is_err());
    }

    #[test]
    fn tables_keep_shared_columns_or_all() {
        let table = |columns: &[(&str, f64)]| {
            let columns = columns.iter().map(|(name, x)| {
                let column = Column::numbers(vec![*x], NumberType::F64);
                ((*name).to_owned(), column)
            });
            let names: Names = ["c"].into_iter().collect();
            uns(Uns::Frame(Arc::new(names.into()), columns.collect()))
        };
        let values = [
            table(&[("x", 1.0), ("y", 2.0)]),
            table(&[("y", 3.0), ("z", 4.0)]),
        ];
        let names = |wide| match stacked(&values, &[1, 1], wide)
            .unwrap()
            .uns()
            .map(|it| (**it).clone())
        {
            Some(Uns::Frame(_, columns)) => columns,
            other => panic!("{other:?}"),
        };
        let keys = |wide| {
            names(wide)
                .into_iter()
                .map(|(key, _)| key)
                .collect::<String>()
        };
        assert_eq!(
            (keys(false), keys(true)),
            ("y".to_owned(), "xyz".to_owned())
        );
        assert_eq!(names(true)[0].1.text_if_there(1), "");
        let mixed = [
            table(&[("x", 1.0)]),
            uns(Uns::Sparse(Arc::new(by_column()))),
        ];
        let wrong = stacked(&mixed, &[1, 2], true).unwrap_err();
        assert_eq!(wrong, "the parts hold a table, a sparse matrix");
    }
}

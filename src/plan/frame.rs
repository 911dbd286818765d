//! `obs` or `var` as a table: names first, then every column, on the axes the dataset has now. What
//! `compute` shows and what `export` writes.

use super::align::aligned;
use super::edge::Needs;
use crate::data::{Column, Dataset, Lazy, Place, Table, Value};
use std::slice;
use std::sync::Arc;

/// What must be there for the table, and what its columns are called. It is the need of a table.
pub struct Frame {
    targets: Vec<Lazy>,
    headings: Vec<String>,
}

impl Frame {
    /// Of `var`, or else of `obs`.
    pub fn new(data: &Dataset, place: Place) -> Self {
        let (names, heading) = match place {
            Place::Var => (&data.var_names, "gene"),
            _ => (&data.obs_names, "cell"),
        };
        let axis = data.axis(place);
        let mut frame = Frame {
            targets: vec![aligned(names, axis)],
            headings: vec![heading.to_owned()],
        };
        for (key, slot) in data.slots(place).into_iter().flatten() {
            frame.targets.push(aligned(slot, axis));
            frame.headings.push(key.clone());
        }
        frame
    }

    /// What the columns are called.
    pub fn headings(&self) -> &[String] {
        &self.headings
    }
}

impl Needs for Frame {
    type Values = Table;

    fn lazies(&self, into: &mut Vec<Lazy>) {
        into.extend_from_slice(&self.targets);
    }

    fn values(&self, from: &mut slice::Iter<Value>) -> Table {
        let columns = from.take(self.targets.len()).zip(&self.headings);
        let columns = columns.filter_map(|(value, heading)| {
            let column = match value {
                Value::Column(column) => column.clone(),
                Value::Names(names) => Arc::new(Column::Text((**names).clone())),
                _ => return None,
            };
            Some((heading.clone(), column))
        });
        Table {
            columns: columns.collect(),
            title: None,
        }
    }
}

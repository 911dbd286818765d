//! `sort`: the rows of a table by the values of columns.

use crate::command::params::{Flag, Many, TableArg, Text};
use crate::command::{Command, Reply, Scene, Spec, Val, suggest, tables};
use crate::data::{Column, Table};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::params;
use crate::source::Origin;
use std::cmp::Ordering;

params! {
    Sort {
        /// The table; obs and var of a dataset are tables, too.
        table: TableArg,
        /// The column to sort by, or several; ties are sorted by the next one.
        by: Many<Text>,
        /// Largest first.
        #[also("desc", "decreasing")]
        descending: Flag = false,
    }
}

impl Command for Sort {
    const SPEC: Spec = Spec {
        name: "sort",
        summary: "Sort the rows of a table.",
        keywords: "arrange order rows",
        about: "Rows with equal values keep their order, and missing values come last. Categories are sorted by the order of their levels.",
        like: &["DataFrame.sort_values", "dplyr::arrange"],
        examples: &[
            "sort count(adata.obs.cell_type) by=cells descending=true",
            "qc adata; sort adata.obs by=total_counts | top n=3 | export \"smallest.csv\"",
        ],
        holds: "the table, twice",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let (by, descending) = (self.by.texts(), self.descending.0);
        let origin = Origin::new(scene.source, scene.args.span("by"));
        known(self.table.1.as_deref(), &by).map_err(|wrong| wrong.at(&origin))?;
        let sorted = tables::made_of(&self.table.0, "sort", move |table| {
            sorted(table, &by, descending).map_err(|wrong| wrong.at(&origin))
        });
        Ok(Reply::Value(Val::Table(sorted?)))
    }
}

/// The rows in the order of the columns `by`.
pub fn sorted(table: &Table, by: &[String], descending: bool) -> Result<Table, Box<Diagnostic>> {
    let mut keys = Vec::with_capacity(by.len());
    for name in by {
        keys.push(column(table, name)?);
    }
    let mut rows: Vec<u32> = (0..table.n_rows() as u32).collect();
    rows.sort_by(|&a, &b| {
        let mut orders = keys
            .iter()
            .map(|key| compared(key, a as usize, b as usize, descending));
        orders
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    Ok(table.pick(&rows))
}

/// A column of a table, or what there is instead.
pub fn column<'t>(table: &'t Table, name: &str) -> Result<&'t Column, Box<Diagnostic>> {
    table.column(name).map(|column| &**column).ok_or_else(|| {
        let known: Vec<String> = table.columns.iter().map(|(name, _)| name.clone()).collect();
        no_column(name, known)
    })
}

fn no_column(name: &str, known: Vec<String>) -> Box<Diagnostic> {
    Diagnostic::error(code::NO_SUCH_FIELD, format!("no column `{name}`"))
        .help(suggest::nearest_or_list(name, known, "the table"))
}

/// Refuses columns that a table does not have, where its columns are known before it is computed.
pub fn known<'n>(
    columns: Option<&[String]>,
    names: impl IntoIterator<Item = &'n String>,
) -> Result<(), Box<Diagnostic>> {
    let Some(columns) = columns else {
        return Ok(());
    };
    let mut names = names.into_iter();
    match names.find(|name| !columns.contains(name)) {
        Some(name) => Err(no_column(name, columns.to_vec())),
        None => Ok(()),
    }
}

/// Which of two rows comes first; missing values last, whatever the direction.
fn compared(column: &Column, a: usize, b: usize, descending: bool) -> Ordering {
    let (missing, order) = match column {
        Column::Number(numbers) => {
            let (x, y) = (numbers.values[a], numbers.values[b]);
            let order = match &numbers.exact {
                Some(exact) => exact[a].cmp(&exact[b]),
                None => x.total_cmp(&y),
            };
            ((x.is_nan(), y.is_nan()), order)
        }
        Column::Category(category) => {
            let (x, y) = (category.codes[a], category.codes[b]);
            ((x < 0, y < 0), x.cmp(&y))
        }
        Column::Bool(truths) => ((false, false), truths[a].cmp(&truths[b])),
        Column::Text(names) => {
            let (x, y) = (names.get(a), names.get(b));
            ((x.is_empty(), y.is_empty()), x.cmp(y))
        }
    };
    match missing {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        _ if descending => order.reverse(),
        _ => order,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Names, NumberType};

    #[test]
    fn ties_keep_their_order_and_missing_values_come_last() {
        let names: Names = ["a", "b", "c", "d"].into_iter().collect();
        let table = Table::new().with("name", Column::Text(names)).with(
            "x",
            Column::numbers(vec![2.0, f64::NAN, 1.0, 2.0], NumberType::F64),
        );
        let order = |descending| {
            let by = ["x".to_owned()];
            let sorted = sorted(&table, &by, descending).unwrap();
            let names = sorted.column("name").unwrap().clone();
            (0..4).map(|i| names.text(i)).collect::<String>()
        };
        assert_eq!(order(false), "cadb");
        assert_eq!(order(true), "adcb");
        assert!(sorted(&table, &["y".to_owned()], false).is_err());
    }
}

//! `top`: the first rows of a table, by a column, over all or in each group.

use super::sort::{column, known, sorted};
use crate::command::params::{Count, Flag, TableArg, Text};
use crate::command::{Command, Reply, Scene, Spec, Val, tables};
use crate::data::Table;
use crate::diagnostic::{Diagnostic, Outcome};
use crate::params;
use std::collections::HashMap;

params! {
    Top {
        /// The table; obs and var of a dataset are tables, too.
        table: TableArg,
        /// Number of rows.
        n: Count = 10,
        /// The column to rank by, largest first; by default the order of the table.
        by: Option<Text>,
        /// Take this many rows per group in this column.
        each: Option<Text>,
        /// Smallest first.
        ascending: Flag = false,
    }
}

impl Command for Top {
    const SPEC: Spec = Spec {
        name: "top",
        summary: "Keep the first rows of a table.",
        keywords: "head best first rows",
        about: "Without by=, takes the first rows. With each=, takes that many rows per group.",
        like: &[
            "DataFrame.head",
            "DataFrame.nlargest",
            "dplyr::top_n",
            "dplyr::slice_max",
        ],
        examples: &[
            "markers adata by=cell_type; last | top n=3 each=group",
            "qc adata; top adata.obs n=5 by=total_counts",
        ],
        holds: "the table, twice",
        tells: &["n"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let (n, ascending) = (self.n.0, self.ascending.0);
        let by = self.by.map(|by| by.0);
        let each = self.each.map(|each| each.0);
        let origin = scene.origin();
        for (param, name) in [("by", &by), ("each", &each)] {
            let wrong = known(self.table.1.as_deref(), name);
            wrong.map_err(|wrong| wrong.at(&scene.origin_of(param)))?;
        }
        let top = tables::made_of(&self.table.0, "top", move |table| {
            top(table, n, by.as_deref(), each.as_deref(), ascending)
                .map_err(|wrong| wrong.at(&origin))
        });
        Ok(Reply::Value(Val::Table(top?)))
    }
}

fn top(
    table: &Table,
    n: usize,
    by: Option<&str>,
    each: Option<&str>,
    ascending: bool,
) -> Result<Table, Box<Diagnostic>> {
    let table = match by {
        Some(by) => sorted(table, &[by.to_owned()], !ascending)?,
        None => table.clone(),
    };
    let groups = each.map(|each| column(&table, each)).transpose()?;
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut keep: Vec<u32> = Vec::new();
    for row in 0..table.n_rows() {
        let group = groups.map_or_else(String::new, |groups| groups.text(row));
        let seen = seen.entry(group).or_default();
        *seen += 1;
        if *seen <= n {
            keep.push(row as u32);
        }
    }
    let kept = table.pick(&keep);
    // Groups stay together, in the order in which they are kept.
    Ok(match each {
        Some(each) => sorted(&kept, &[each.to_owned()], false)?,
        None => kept,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Column, Names, NumberType};

    #[test]
    fn of_all_and_of_each_group() {
        let groups: Names = ["a", "b", "a", "b", "a"].into_iter().collect();
        let numbers = Column::numbers(vec![1.0, 5.0, 3.0, 4.0, 2.0], NumberType::F64);
        let table = Table::new()
            .with("group", Column::Text(groups))
            .with("x", numbers);
        let values = |table: Table| {
            let column = table.column("x").unwrap().clone();
            (0..column.len())
                .map(|i| column.text(i))
                .collect::<Vec<_>>()
                .join(" ")
        };
        let of = |by, each, ascending| values(top(&table, 2, by, each, ascending).unwrap());
        assert_eq!(of(None, None, false), "1 5");
        assert_eq!(of(Some("x"), None, false), "5 4");
        assert_eq!(of(Some("x"), None, true), "1 2");
        assert_eq!(of(Some("x"), Some("group"), false), "3 2 5 4");
    }
}

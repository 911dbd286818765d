//! `summarize`: a table with a row per group of cells and a column for each thing asked.

use crate::command::params::{Data, GroupKey, Many, Summaries};
use crate::command::{Command, Reply, Scene, Spec, Val};
use crate::commands::comparing::combined::combined;
use crate::commands::inputs::groups::Groups;
use crate::commands::inputs::missing;
use crate::data::{Column, Lazy, NumberType, Numbers, Promise, Table, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::stats::reduction::Reduction;
use crate::kernels::stats::sums::NO_GROUP;
use crate::params;
use std::sync::Arc;

params! {
    Summarize {
        /// The dataset.
        adata: Data,
        /// Column of obs to group by, or several for their combinations.
        #[also("groupby")]
        by: Many<GroupKey>,
        /// Columns of the table: n=count() mt=median(pct_counts_mt).
        what: Summaries = Summaries(Vec::new()),
    }
}

impl Command for Summarize {
    const SPEC: Spec = Spec {
        name: "summarize",
        also: &["summarise"],
        summary: "Summarize columns of obs by group, as a table.",
        keywords: "composition proportions group_by statistics",
        about: "Each name=function(column) adds a column to the table; functions are count(), sum, mean, median, min, max, var, and std. Missing values are ignored. Without any, cells are counted.",
        like: &["adata.obs.groupby", "dplyr::summarise"],
        examples: &[
            "qc adata; compute (summarize adata by=[batch, cell_type] n=count() depth=median(total_counts))",
            "summarize adata by=cell_type | export \"composition.csv\"",
        ],
        holds: "the columns",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let keys = self.by.texts();
        let grouped = combined(scene, &self.adata.0, &keys, 1)?;
        let level = |key: &String| grouped.data.obs[key].value.clone();
        let levels: Vec<Lazy> = keys.iter().map(level).collect();
        let (mut wanted, mut columns) = (Vec::new(), Vec::new());
        for (name, function, column) in self.what.0 {
            wanted.push((name, function));
            columns.push(column.map(|column| column.value));
        }
        if wanted.is_empty() {
            wanted.push(("cells".to_owned(), "count".to_owned()));
            columns.push(None);
        }
        let n_cells = grouped.data.obs["n_cells"].value.clone();
        let needs = (grouped.groups, levels, n_cells, columns);
        let table = scene.light_step(needs, Promise::Table, move |needs, cx| {
            let (groups, levels, n_cells, columns) = needs;
            let mut table = Table::new();
            for (key, level) in keys.iter().zip(&levels) {
                let level = level.column().cloned();
                table
                    .columns
                    .extend(level.map(|level| (key.clone(), level)));
            }
            let asked = wanted.iter().zip(&columns);
            cx.remark(left_out(asked.clone()));
            for ((name, function), column) in asked {
                let column = match column {
                    Some(column) => Some(of_groups(function, &groups, column)),
                    None => n_cells.column().cloned(),
                };
                table
                    .columns
                    .extend(column.map(|column| (name.clone(), column)));
            }
            Ok(Value::Table(Arc::new(table)))
        });
        Ok(Reply::Value(Val::Table(table)))
    }
}

/// How many cells have no value in the columns that are summarized, by the names of the results.
fn left_out<'a>(
    asked: impl Iterator<Item = (&'a (String, String), &'a Option<Value>)>,
) -> Option<Box<Diagnostic>> {
    let missing = asked.filter_map(|((name, _), column)| {
        let column = column.as_ref()?.column()?;
        let missing = missing::missing_in(column);
        (missing > 0).then_some((name, missing, column.len()))
    });
    let missing: Vec<(&String, usize, usize)> = missing.collect();
    let (name, n, cells) = *missing.first()?;
    if missing.len() == 1 {
        let of = format!("the column of {name}");
        return missing::note(n, cells, &of, "are left out");
    }
    let others = missing[1..].iter();
    let others: String = others
        .map(|(name, n, _)| format!(", {n} for {name}"))
        .collect();
    Some(Diagnostic::note(format!(
        "cells without a value are left out: {n} of {cells} for {name}{others}"
    )))
}

/// `min`, `max` and `sum` of integers that f64 does not hold, in each group.
fn of_integers(function: &str, groups: &Groups, value: &Value) -> Option<Column> {
    let numbers = value.column_numbers()?;
    numbers.exact.as_ref()?;
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); groups.levels.len()];
    for (row, &group) in groups.codes.iter().enumerate() {
        if group != NO_GROUP {
            rows[group as usize].push(row);
        }
    }
    let found = rows
        .iter()
        .map(|rows| numbers.reduced(function, rows.iter().copied()));
    let found: Option<Vec<_>> = found.collect();
    Numbers::of_numbers(found?.into_iter()).map(Column::Number)
}

fn of_groups(function: &str, groups: &Groups, value: &Value) -> Arc<Column> {
    if let Some(exact) = of_integers(function, groups, value) {
        return Arc::new(exact);
    }
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); groups.levels.len()];
    let numbers = value.column().and_then(|column| column.to_numbers());
    let numbers = numbers.unwrap_or_default();
    for (&group, &x) in groups.codes.iter().zip(&numbers) {
        if group != NO_GROUP {
            values[group as usize].push(x);
        }
    }
    let reduction = Reduction::named(function);
    let stored = match reduction {
        Some(Reduction::Count) => NumberType::I64,
        _ => NumberType::F64,
    };
    let reduced = |values: &Vec<f64>| reduction.map_or(f64::NAN, |it| it.of(values));
    Arc::new(Column::numbers(
        values.iter().map(reduced).collect(),
        stored,
    ))
}

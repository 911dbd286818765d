//! `join` of another dataset: each of its genes or proteins becomes a column, matched by cell name.

use super::joined_rows::{Joining, Rows};
use crate::command::{Scene, suggest};
use crate::data::{
    Column, ColumnType, Dataset, Lazy, Names, NumberType, Place, Promise, RowsView, Selection,
    Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::ticker::Ticker;
use crate::plan::{Folding, View, aligned, gene_column};
use std::sync::Arc;

/// Columns of obs at most: more are a matrix.
const MOST: usize = 1000;

/// Which features are taken, and how they are called.
pub struct Wanted<'a> {
    /// All, if `None`.
    pub columns: Option<Vec<String>>,
    pub prefix: &'a str,
    pub strict: bool,
}

/// Puts them into obs; gives the names of the columns.
///
/// # Errors
/// No such feature, or too many; a column has the name already. When computed: no cell is in both.
pub fn join(
    scene: &mut Scene,
    data: &mut Dataset,
    other: &Dataset,
    wanted: &Wanted,
) -> Outcome<Vec<String>> {
    let (names, positions) = chosen(scene, other, wanted)?;
    let called: Vec<String> = names
        .iter()
        .map(|name| format!("{}{name}", wanted.prefix))
        .collect();
    not_taken(scene, data, &called)?;
    let cells = scene.cell_names(data).lazy().clone();
    let columns = match positions {
        Some(positions) => gathered(scene, other, positions)?,
        None => one_by_one(scene, other, &names)?,
    };
    let needs = (cells, scene.cell_names(other), columns);
    let promises = vec![Promise::Column(ColumnType::Number); names.len()];
    let (from, origin, strict) = (other.from.clone(), scene.origin(), wanted.strict);
    let columns = scene.step(needs, promises, move |(cells, keys, columns), _| {
        let keys = Column::Text(Names::clone(&keys));
        let columns = columns.iter().filter_map(|value| value.column().cloned());
        let joining = Joining {
            rows: Rows::new(&keys, "a cell", &from)?,
            columns: columns.collect(),
            strict,
            keys: "cells".to_owned(),
            from: from.clone(),
            origin: origin.clone(),
        };
        joining.joined(&cells)
    });
    for (name, value) in called.iter().zip(columns) {
        scene.put(data, Place::Obs, name, value, &[]);
    }
    tell_genes(scene, data, &called);
    Ok(called)
}

/// Names and positions of the features; no positions where these are still to be computed.
fn chosen(scene: &Scene, other: &Dataset, wanted: &Wanted) -> Outcome<(Names, Option<Selection>)> {
    // Names of a file that were not read yet.
    let _ = other.var_names.value.known();
    let names = aligned(&other.var_names, Some(&other.genes));
    if let (None, Some(columns)) = (names.get(), &wanted.columns) {
        return Ok((columns.iter().collect(), None));
    }
    let Some(Value::Names(names)) = names.get().cloned() else {
        return Err(scene
            .error(
                "table",
                code::INVALID_VALUE,
                "its genes are not known yet",
                "has been filtered since it was read",
            )
            .help("compute it first, or name the genes: columns=[…]"));
    };
    let positions: Selection = match &wanted.columns {
        None => (0..names.len() as u32).collect(),
        Some(columns) => columns
            .iter()
            .map(|name| match names.position(name) {
                Some(at) => Ok(at as u32),
                None => Err(scene
                    .error(
                        "columns",
                        code::NO_SUCH_GENE_OR_CELL,
                        format!("no gene `{name}`"),
                        "does not exist",
                    )
                    .help(suggest::nearest_or_list(name, names.iter(), "the dataset"))),
            })
            .collect::<Outcome<_>>()?,
    };
    if positions.len() > MOST {
        let headline = format!("{} genes would become columns of obs", positions.len());
        return Err(scene
            .error("table", code::INVALID_VALUE, headline, "has too many")
            .help(format!("columns=[…] selects some, at most {MOST}")));
    }
    Ok((names.pick(&positions), Some(positions)))
}

pub(super) fn not_taken(scene: &Scene, data: &Dataset, called: &[String]) -> Outcome<()> {
    let taken = called.iter().filter(|name| data.obs.contains_key(*name));
    let taken: Vec<&str> = taken.map(String::as_str).collect();
    if taken.is_empty() {
        return Ok(());
    }
    let headline = format!(
        "obs already has columns with these names: {}",
        taken.join(", ")
    );
    Err(scene
        .error("table", code::COLUMN_EXISTS, headline, "would replace them")
        .help("add a prefix: prefix=\"adt_\""))
}

/// A protein that is called as a gene is: which one a figure shows must be said.
fn tell_genes(scene: &mut Scene, data: &Dataset, called: &[String]) {
    let Some(genes) = scene.known_genes(data) else {
        return;
    };
    let same = called.iter().filter(|name| genes.position(name).is_some());
    let same: Vec<&str> = same.take(3).map(String::as_str).collect();
    if let Some(first) = same.first() {
        let fact = format!(
            "genes have the same names as columns of obs now: {}",
            same.join(", ")
        );
        let help =
            format!("obs.{first} is the column, gene.{first} the gene; prefix= tells them apart");
        scene.note(Diagnostic::note(fact).help(help));
    }
}

/// Features by name; their positions are known only when they are computed.
fn one_by_one(scene: &Scene, other: &Dataset, names: &Names) -> Outcome<Vec<Lazy>> {
    let matrix = scene.matrix(other, None)?;
    let column = |name: &str| gene_column(other, &matrix, name, scene.origin());
    Ok(names.iter().map(column).collect())
}

/// One pass that gathers the values of some features.
fn gathered(scene: &Scene, other: &Dataset, positions: Selection) -> Outcome<Vec<Lazy>> {
    let matrix = scene.matrix(other, None)?;
    let n = positions.len();
    let keep = Lazy::ready(Value::Selection(Arc::new(positions)));
    let view = View::new(&matrix, &other.cells, &other.genes.select(keep));
    let promises = vec![Promise::Column(ColumnType::Number); n];
    Ok(scene.fold(view, (), promises, move |_, ()| {
        Ok(Folding {
            new: move || vec![Vec::new(); n],
            add: move |columns: &mut Vec<Vec<f64>>, rows: RowsView, _: &[u32], _: &Ticker| {
                for row in rows.outer_iterator() {
                    for column in columns.iter_mut() {
                        column.push(0.0);
                    }
                    for (&at, &value) in row.indices().iter().zip(row.data()) {
                        if let Some(last) = columns[at as usize].last_mut() {
                            *last = f64::from(value);
                        }
                    }
                }
                Ok(())
            },
            merge: |into: &mut Vec<Vec<f64>>, next: Vec<Vec<f64>>| {
                for (column, more) in into.iter_mut().zip(next) {
                    column.extend(more);
                }
            },
            finish: |columns: Vec<Vec<f64>>, _: &Ticker| {
                let column = |values| Column::numbers(values, NumberType::F32);
                let columns = columns.into_iter().map(column);
                Ok(columns
                    .map(|column| Value::Column(Arc::new(column)))
                    .collect())
            },
            partial_bytes: 2048 * n as u64,
        }
        .by_cell())
    }))
}

//! The values of one gene, gathered in a pass.

use super::align::aligned;
use super::edge::{Private, Promised};
use super::fold::Folding;
use super::node::{fold, step};
use super::view::View;
use crate::data::{
    Column, ColumnType, Dataset, Lazy, Matrix, Names, NumberType, Promise, RowsView, Selection,
    Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::source::Origin;

/// Whether raw has a gene, as far as its names are known.
fn in_raw(data: &Dataset, name: &str) -> bool {
    let raw = data.raw.as_ref();
    // A damaged file is reported by the step that reads the names.
    let known = raw.and_then(|raw| raw.var_names.value.known().ok()?);
    let names = known.and_then(Value::names);
    names.is_some_and(|names| names.position(name).is_some())
}

/// Where a gene is among those that are left.
///
/// # Errors
/// It is not among them.
pub fn position(names: &Names, wanted: &str) -> Outcome<u32> {
    let position = names.position(wanted).map(|at| at as u32);
    position.ok_or_else(|| {
        let headline = format!("no gene `{wanted}` among the remaining genes");
        Diagnostic::error(code::NO_SUCH_GENE_OR_CELL, headline)
    })
}

/// Where genes stand, ascending, each once.
///
/// # Errors
/// One of them is not among those that are left.
pub fn positions(names: &Names, wanted: &[String]) -> Outcome<Selection> {
    let positions = wanted.iter().map(|name| position(names, name));
    let mut positions = positions.collect::<Outcome<Selection>>()?;
    positions.sort_unstable();
    positions.dedup();
    Ok(positions)
}

/// A fold that gathers one gene's values, in the order of the cells.
pub fn gene_column(data: &Dataset, matrix: &Matrix, name: &str, origin: Origin) -> Lazy {
    let names = Promised::<Names>::of(aligned(&data.var_names, Some(&data.genes)));
    let (label, wanted) = (format!("gene {name}"), name.to_owned());
    let help = if in_raw(data, name) {
        format!("raw still has it: raw.{name} in conditions, raw=true in figures")
    } else {
        "color and filter by genes before filter_genes, or keep them".to_owned()
    };
    let keep = step(
        &label,
        Some(origin.clone()),
        names,
        Private::new(),
        move |names, _| {
            let found = position(&names, &wanted).map_err(|error| error.help(help.clone()))?;
            Ok(Selection::from([found]))
        },
    );
    gathered(data, matrix, &label, keep, origin)
}

/// The same of a gene that may be gone: the value is then no column, and a warning says so.
pub fn gene_column_if_there(data: &Dataset, matrix: &Matrix, name: &str, origin: Origin) -> Lazy {
    let names = Promised::<Names>::of(aligned(&data.var_names, Some(&data.genes)));
    let (label, wanted) = (format!("gene {name}"), name.to_owned());
    let find = wanted.clone();
    let keep = step(
        &label,
        Some(origin.clone()),
        names,
        Private::new(),
        move |names, _| {
            let position = names.position(&find);
            Ok(position
                .into_iter()
                .map(|at| at as u32)
                .collect::<Selection>())
        },
    );
    let values = gathered(data, matrix, &label, keep.clone(), origin.clone());
    step(
        &label,
        Some(origin),
        (keep, values),
        Promise::Unknown,
        move |(keep, values), cx| {
            if !keep.is_empty() {
                return Ok(values);
            }
            let headline = format!("no gene `{wanted}` among the remaining genes; it is left out");
            cx.remark(Diagnostic::warning(code::LEFT_OUT_OF_FIGURE, headline));
            Ok(Value::of(Selection::new()))
        },
    )
}

/// The values of the one gene that is kept; zeros if none is.
fn gathered(
    data: &Dataset,
    matrix: &Matrix,
    label: &str,
    keep: Promised<Selection>,
    origin: Origin,
) -> Lazy {
    let genes = data.genes.select(keep.lazy().clone());
    let view = View::new(matrix, &data.cells, &genes);
    fold(
        label,
        Some(origin),
        view,
        (),
        Promise::Column(ColumnType::Number),
        |extent, ()| {
            let n_cells = extent.cells;
            Ok(Folding {
                new: Vec::new,
                add: |values: &mut Vec<f64>, rows: RowsView, _: &[u32], _: &_| {
                    values.extend(
                        rows.outer_iterator()
                            .map(|row| row.data().first().map_or(0.0, |&x| f64::from(x))),
                    );
                    Ok(())
                },
                merge: |into: &mut Vec<f64>, next: Vec<f64>| into.extend(next),
                finish: move |values: Vec<f64>, _: &_| {
                    debug_assert_eq!(values.len(), n_cells);
                    Ok(Value::of(Column::numbers(values, NumberType::F32)))
                },
                partial_bytes: 8 * 1024,
            }
            .by_cell())
        },
    )
}

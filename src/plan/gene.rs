//! The values of one gene, gathered in a pass.

use super::align::aligned;
use super::fold::Folding;
use super::node::{Fault, fold, whole};
use super::view::View;
use crate::data::{
    Column, ColumnType, Dataset, Lazy, Matrix, NumberType, Promise, RowsView, Value,
};
use crate::diagnostic::Diagnostic;
use crate::source::Origin;
use std::sync::Arc;

/// A fold that gathers one gene's values, in the order of the cells.
pub fn gene_column(data: &Dataset, matrix: &Matrix, name: &str, origin: Origin) -> Lazy {
    let names = aligned(&data.var_names, Some(&data.genes));
    let wanted = name.to_owned();
    let keep = whole(
        format!("gene {name}"),
        Some(origin.clone()),
        vec![names],
        &[Promise::Unknown],
        move |needs, _| {
            let position = needs[0].names().and_then(|names| names.position(&wanted));
            match position {
                Some(position) => Ok(vec![Value::Keep(Arc::new(vec![position as u32]))]),
                None => Err(Fault::Said(
                    Diagnostic::error(
                        "E036",
                        format!("no gene `{wanted}` among the remaining genes"),
                    )
                    .help("color and filter by genes before filter_genes, or keep them"),
                )),
            }
        },
    );
    let view = View::new(matrix, &data.cells, &data.genes.select(keep[0].clone()));
    let values = fold(
        format!("gene {name}"),
        Some(origin),
        view,
        Vec::new(),
        &[Promise::Column(ColumnType::Number)],
        |extent, _| {
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
                    Ok(vec![Value::Column(Arc::new(Column::numbers(
                        values,
                        NumberType::F32,
                    )))])
                },
                partial_bytes: 8 * 1024,
            }
            .by_cell())
        },
    );
    values[0].clone()
}

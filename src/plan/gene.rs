//! The values of one gene, gathered in a pass.

use super::align::aligned;
use super::node::{Fault, Fold, Folding, fold, whole, whole_with_remark};
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
    gathered(data, matrix, name, keep[0].clone(), origin)
}

/// The same of a gene that may be gone: the value is then no column, and a warning says so.
pub fn gene_column_if_there(data: &Dataset, matrix: &Matrix, name: &str, origin: Origin) -> Lazy {
    let label = format!("gene {name}");
    let names = aligned(&data.var_names, Some(&data.genes));
    let wanted = name.to_owned();
    let keep = whole(
        label.clone(),
        Some(origin.clone()),
        vec![names],
        &[Promise::Unknown],
        move |needs, _| {
            let position = needs[0].names().and_then(|names| names.position(&wanted));
            let keep = position.into_iter().map(|at| at as u32).collect();
            Ok(vec![Value::Keep(Arc::new(keep))])
        },
    );
    let keep = keep[0].clone();
    let needs = vec![
        keep.clone(),
        gathered(data, matrix, name, keep, origin.clone()),
    ];
    let gone = |needs: &[Value]| needs[0].keep().is_none_or(|keep| keep.is_empty());
    let wanted = name.to_owned();
    let remark = move |needs: &[Value], _: &[Value]| {
        let headline = format!("no gene `{wanted}` among the remaining genes; it is left out");
        gone(needs).then(|| Diagnostic::warning("W122", headline))
    };
    let make = move |needs: &[Value], _: &_| match gone(needs) {
        true => Ok(vec![Value::Keep(Arc::default())]),
        false => Ok(vec![needs[1].clone()]),
    };
    let promises = [Promise::Unknown];
    let made = whole_with_remark(label, Some(origin), needs, &promises, remark, make);
    made[0].clone()
}

/// The values of the one gene that is kept; zeros if none is.
fn gathered(data: &Dataset, matrix: &Matrix, name: &str, keep: Lazy, origin: Origin) -> Lazy {
    let view = View::new(matrix, &data.cells, &data.genes.select(keep));
    let values = fold(
        format!("gene {name}"),
        Some(origin),
        view,
        Vec::new(),
        &[Promise::Column(ColumnType::Number)],
        |extent, _| {
            let n_cells = extent.cells;
            Ok(Box::new(Folding {
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
            }) as Box<dyn Fold>)
        },
    );
    values[0].clone()
}

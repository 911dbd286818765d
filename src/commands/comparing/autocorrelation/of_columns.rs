//! Columns of obs and obsm on the neighbor graph, as genes are.

use super::graph_of;
use crate::command::Scene;
use crate::command::missing::headline;
use crate::commands::inputs::missing;
use crate::data::{Dataset, Lazy, Names, Place, Promise, Value, component_name};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::Rows;
use crate::kernels::methods::autocorrelation::autocorrelation;
use crate::plan::Fault;
use crate::source::Origin;
use std::sync::Arc;

/// A table with a row for each column; `graph`: its value, and its key in obsp.
pub(super) fn table(
    scene: &Scene,
    data: &Dataset,
    (graph, key): (Lazy, String),
    keys: &[String],
    obsm: Option<&str>,
) -> Outcome<Lazy> {
    let columns = keys.iter().map(|key| scene.value(data, Place::Obs, key));
    let columns = columns.collect::<Outcome<Vec<Lazy>>>()?;
    let components = obsm.map(|obsm| scene.value(data, Place::Obsm, obsm));
    let needs = (graph, columns, components.transpose()?);
    let (keys, obsm) = (keys.to_vec(), obsm.map(ToOwned::to_owned));
    let origin = scene.origin();
    Ok(scene.step(
        needs,
        Promise::Table,
        move |(graph, columns, components), ticker| {
            let graph = graph_of(&graph, &key, &origin)?;
            let (mut names, mut values) = (Vec::new(), Vec::new());
            for (key, column) in keys.iter().zip(&columns) {
                names.push(key.clone());
                values.push(numbers(column, key, &origin)?);
            }
            if let (Some(key), Some(dense)) = (&obsm, components.as_ref().and_then(Value::dense)) {
                let holes = dense.rows().into_iter();
                let holes = holes
                    .filter(|row| !row.iter().all(|x| x.is_finite()))
                    .count();
                if holes > 0 {
                    let headline = headline(holes, dense.nrows(), "cells", &format!("obsm.{key}"));
                    let said = Diagnostic::error(code::MISSING_VALUES, headline).at(&origin);
                    return Err(said
                        .help("a statistic of neighbors needs a value for every cell")
                        .into());
                }
                for (i, column) in dense.columns().into_iter().enumerate() {
                    names.push(component_name(key, i));
                    values.push(column.to_vec());
                }
            }
            let rows = rows(&values, graph.rows());
            let found = autocorrelation(graph.view(), rows.view(), ticker)?;
            let names: Names = names.iter().collect();
            Ok(Value::Table(Arc::new(super::table(&names, &found))))
        },
    ))
}

fn numbers(value: &Value, key: &str, origin: &Origin) -> Result<Vec<f32>, Fault> {
    let Some(column) = value.column().filter(|column| column.is_numeric()) else {
        let said = Diagnostic::error(code::NOT_NUMERIC, format!("obs.{key} is not numeric"));
        let help = "autocorrelation needs numeric or boolean columns; for a category: adata.obs.is_b = (cell_type == \"B\")";
        return Err(said.at(origin).help(help).into());
    };
    missing::refuse(missing::missing_in(column), column.len(), key, origin)?;
    let numbers = column.to_numbers().unwrap_or_default();
    Ok(numbers.into_iter().map(|x| x as f32).collect())
}

/// Columns as rows of a matrix without zeros.
fn rows(columns: &[Vec<f32>], n_cells: usize) -> Rows {
    let mut indptr = vec![0];
    let (mut indices, mut values) = (Vec::new(), Vec::new());
    for column in columns {
        for (cell, &x) in (0..).zip(column).filter(|(_, x)| **x != 0.0) {
            indices.push(cell);
            values.push(x);
        }
        indptr.push(indices.len());
    }
    Rows::new((columns.len(), n_cells), indptr, indices, values)
}

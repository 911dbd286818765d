//! Matrices that steps hold with all digits, such as sums of groups, put one below the other: as one
//! such matrix, since blocks have no room for large sums.

use super::{Axes, selected, selections};
use crate::command::Scene;
use crate::data::{Axis, Matrix, Promise, Selection, State, Uns, Value};
use crate::diagnostic::{Diagnostic, code};
use crate::plan::joined::JoinPart;
use crate::plan::{Promised, promised_matrix};
use ndarray::Array2;
use std::sync::Arc;

/// The matrices as one, where every part has one that a step holds and nothing else was planned on.
pub(super) fn joined(
    scene: &Scene,
    parts: &[JoinPart],
    axes: &Axes,
    state: State,
) -> Option<Matrix> {
    let mut needs = Vec::new();
    for part in parts {
        let [step] = &part.matrix.as_ref()?.steps[..] else {
            return None;
        };
        let shown = (
            below(&part.cells, &step.cells)?,
            below(&part.genes, &step.genes)?,
            selections(&part.genes),
        );
        needs.push((step.step.held()?.clone(), shown));
    }
    let places: Vec<Arc<[u32]>> = parts.iter().map(|part| part.places.clone()).collect();
    let needs = (needs, selections(&axes.genes));
    let n_genes = axes.all_genes.at_most();
    let values = scene.step(needs, Promise::Uns, move |(parts, kept), _| {
        let genes = selected(&kept, n_genes);
        let mut rows = Vec::new();
        let mut n_cells = 0;
        for ((held, (cells, own_genes, of_root)), places) in parts.iter().zip(&places) {
            let Some(values) = array(held) else { continue };
            let cells = selected(cells, values.shape()[0]);
            let shown = selected(own_genes, values.shape()[1]);
            let of_root = selected(of_root, places.len());
            let mut columns = vec![None; n_genes];
            for (&column, &gene) in shown.iter().zip(&of_root) {
                columns[places[gene as usize] as usize] = Some(column as usize);
            }
            for &cell in &cells {
                let at = |column: usize| values[[cell as usize, column]];
                let row = genes
                    .iter()
                    .map(|&gene| columns[gene as usize].map_or(0.0, at));
                rows.extend(row);
            }
            n_cells += cells.len();
        }
        let all = Array2::from_shape_vec((n_cells, genes.len()), rows);
        let all = all.map_err(|error| Diagnostic::error(code::BUG, error.to_string()))?;
        Ok(Value::Uns(Arc::new(Uns::Array(all.into_dyn()))))
    });
    let (cells, genes) = (&axes.cells, &axes.genes);
    Some(promised_matrix(&scene.label, values, cells, genes, state))
}

fn array(value: &Value) -> Option<&ndarray::ArrayD<f64>> {
    match value {
        Value::Uns(uns) => match &**uns {
            Uns::Array(values) => Some(values),
            _ => None,
        },
        _ => None,
    }
}

fn below(axis: &Axis, from: &Axis) -> Option<Vec<Promised<Selection>>> {
    let selections = axis.selections_from(from)?;
    Some(selections.into_iter().map(Promised::of).collect())
}

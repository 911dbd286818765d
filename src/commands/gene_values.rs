//! Values of some genes in every cell: what heat maps, tracks and stacked violins show.

use super::drawn_genes::DrawnGenes;
use super::genes_by_group::{GenesByGroup, standardize};
use super::group_rows::GroupRows;
use crate::command::Scene;
use crate::data::figure::Expression;
use crate::data::{Dataset, Lazy, Promise, RowsView, Value};
use crate::diagnostic::Outcome;
use crate::kernels::ticker::Ticker;
use crate::plan::{Fold, Folding, View};
use crate::words;
use std::sync::Arc;

words! {
    /// What is scaled to run from 0 to 1.
    StandardCells {
        /// each gene
        Var = "var",
        /// each cell
        Obs = "obs",
    }
}

/// Promises rows, genes and values of each cell; [`expression`] reads them.
pub fn promise(
    scene: &Scene,
    data: &Dataset,
    shown: &GenesByGroup,
    layer: Option<&str>,
) -> Outcome<Vec<Lazy>> {
    let matrix = scene.matrix(data, layer)?;
    let drawn = shown.promise(scene, data)?;
    let view = View::new(&matrix, &drawn.data.cells, &drawn.data.genes);
    let values = scene.fold(view, Vec::new(), &[Promise::Unknown], |extent, _| {
        let n_genes = extent.genes;
        Ok(Box::new(Folding {
            new: Vec::new,
            add: move |values: &mut Vec<f32>, rows: RowsView, _: &[u32], _: &Ticker| {
                for row in rows.outer_iterator() {
                    let start = values.len();
                    values.resize(start + n_genes, 0.0);
                    for (gene, &x) in row.iter() {
                        values[start + gene] = x;
                    }
                }
                Ok(())
            },
            merge: |into: &mut Vec<f32>, next: Vec<f32>| into.extend(next),
            finish: |values: Vec<f32>, _: &Ticker| Ok(vec![Value::Inner(Arc::new(values))]),
            partial_bytes: 4 * 1024 * n_genes as u64,
        }) as Box<dyn Fold>)
    });
    Ok(vec![
        drawn.rows,
        drawn.genes,
        drawn.names,
        values[0].clone(),
    ])
}

/// From the values of [`promise`]: genes in the order drawn.
pub fn expression(values: &[Value], standard: Option<StandardCells>) -> Expression {
    let (Some(rows), Some(genes), Some(found), Some(all)) = (
        values[0].inner::<GroupRows>(),
        values[1].inner::<DrawnGenes>(),
        values[2].names(),
        values[3].inner::<Vec<f32>>(),
    ) else {
        unreachable!("inner values are of one type each");
    };
    let n_found = found.len();
    let places: Vec<usize> = genes
        .names
        .iter()
        .filter_map(|name| found.position(name))
        .collect();
    let in_order = n_found == places.len() && places.iter().enumerate().all(|(i, &at)| i == at);
    let mut drawn = if in_order {
        all.to_vec()
    } else {
        let cells = all.chunks_exact(n_found.max(1));
        cells
            .flat_map(|cell| places.iter().map(|&at| cell[at]))
            .collect()
    };
    if let Some(standard) = standard {
        standardize(&mut drawn, places.len(), standard == StandardCells::Var);
    }
    Expression {
        brackets: genes.brackets.clone(),
        tree: rows.tree.clone(),
        group_label: rows.label.clone(),
        ..Expression::new(Arc::new(drawn), rows.groups.clone(), genes.names.clone())
    }
}

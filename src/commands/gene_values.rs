//! Values of some genes in every cell: what heat maps, tracks and stacked violins show.

use super::drawn_genes::{DrawnGenes, drawn_genes, positions};
use super::group_rows::{GroupRows, group_rows};
use crate::command::Scene;
use crate::command::params::{GeneNames, Many, Text};
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

/// What figures of every cell are asked.
pub struct Asked<'a> {
    pub genes: Option<&'a GeneNames>,
    /// Markers of each group, where no genes are named.
    pub top: usize,
    pub by: &'a str,
    pub groups: Option<&'a Many<Text>>,
    pub dendrogram: bool,
    pub layer: Option<&'a str>,
}

/// Promises rows, genes and values; [`expression`] reads them.
pub fn promise(scene: &Scene, data: &Dataset, asked: &Asked) -> Outcome<Vec<Lazy>> {
    let matrix = scene.matrix(data, asked.layer)?;
    let rows = group_rows(scene, data, asked.by, asked.groups, asked.dendrogram)?;
    let genes = drawn_genes(scene, data, asked.genes, asked.top, &rows)?;
    let keep = positions(scene, data, &genes);
    let mut some = data.clone();
    some.genes = data.genes.select(keep);
    let names = scene.gene_names(&some);
    let view = View::new(&matrix, &some.cells, &some.genes);
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
    Ok(vec![rows, genes, names, values[0].clone()])
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
        scale(&mut drawn, places.len(), standard);
    }
    Expression {
        brackets: genes.brackets.clone(),
        tree: rows.tree.clone(),
        group_label: rows.label.clone(),
        ..Expression::new(Arc::new(drawn), rows.groups.clone(), genes.names.clone())
    }
}

/// Each gene (or cell) to run from 0 to 1; what does not vary becomes 0.
fn scale(values: &mut [f32], n_genes: usize, standard: StandardCells) {
    let n_genes = n_genes.max(1);
    let n_lines = match standard {
        StandardCells::Var => n_genes,
        StandardCells::Obs => values.len() / n_genes,
    };
    let line = |i: usize| match standard {
        StandardCells::Var => i % n_genes,
        StandardCells::Obs => i / n_genes,
    };
    let mut ends = vec![(f32::INFINITY, f32::NEG_INFINITY); n_lines];
    for (i, &value) in values.iter().enumerate() {
        let (low, high) = &mut ends[line(i)];
        (*low, *high) = (low.min(value), high.max(value));
    }
    for (i, value) in values.iter_mut().enumerate() {
        let (low, high) = ends[line(i)];
        *value = match high > low {
            true => (*value - low) / (high - low),
            false => 0.0,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_runs_from_zero_to_one() {
        let values = [1.0, 5.0, 3.0, 5.0];
        let mut by_gene = values;
        scale(&mut by_gene, 2, StandardCells::Var);
        assert_eq!(by_gene, [0.0, 0.0, 1.0, 0.0]);
        let mut by_cell = values;
        scale(&mut by_cell, 2, StandardCells::Obs);
        assert_eq!(by_cell, [0.0, 1.0, 0.0, 1.0]);
        scale(&mut [], 0, StandardCells::Obs);
    }
}

//! Values of some genes in every cell: what heat maps, tracks and stacked violins show.

use crate::command::Scene;
use crate::commands::inputs::gene_values::{GeneValues, label_of};
use crate::commands::inputs::representation::dense_values;
use crate::commands::plotting::color_scale::GroupColors;
use crate::commands::plotting::drawn_genes::Source;
use crate::commands::plotting::genes_by_group::{
    Gathered, GatheredValues, GenesByGroup, standardize,
};
use crate::commands::plotting::smoothed_genes::{genes_noted, zero_columns};
use crate::data::figure::Expression;
use crate::data::{Dataset, Lazy, Value};
use crate::diagnostic::Outcome;
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

impl StandardCells {
    /// Within what values run from 0 to 1.
    pub fn within(self) -> &'static str {
        match self {
            StandardCells::Var => "gene",
            StandardCells::Obs => "cell",
        }
    }
}

/// Promises rows, genes and values of each cell; [`expression`] reads them.
pub fn promise(
    scene: &Scene,
    data: &Dataset,
    shown: &GenesByGroup,
    values: &GeneValues,
    palette: Option<&GroupColors>,
) -> Outcome<Gathered<Lazy>> {
    let input = values.logs(scene, data)?;
    let drawn = shown.promise(scene, &input.data, palette)?;
    let values = dense_values(scene, &drawn.data, &input.matrix);
    let state = input.matrix.state;
    let named = (&drawn.names, values.clone());
    let genes = genes_noted(scene, state, drawn.genes, named, zero_columns);
    Ok(Gathered {
        needs: (drawn.rows, genes, drawn.names, values),
        label: label_of(state),
    })
}

/// From the values of [`promise`]: genes in the order drawn.
pub fn expression(
    (rows, genes, found, all): GatheredValues<Value>,
    standard: Option<StandardCells>,
) -> Expression {
    let all = all.dense().cloned().unwrap_or_default();
    let n_found = found.len();
    let sources: Vec<Source> = genes.sources(&found).collect();
    let in_place = |(i, source): (usize, &Source)| matches!(source, Source::Gene(at) if *at == i);
    let in_order = n_found == sources.len() && sources.iter().enumerate().all(in_place);
    let mut drawn: Vec<f32> = if in_order {
        all.iter().copied().collect()
    } else {
        // Without a gene the array has no rows.
        let cells = 0..rows.groups.codes.len();
        let each = cells.flat_map(|cell| sources.iter().map(move |source| (cell, source)));
        each.map(|(cell, source)| match source {
            Source::Gene(at) => all[(cell, *at)],
            Source::Column(column) => column[cell],
        })
        .collect()
    };
    if let Some(standard) = standard {
        standardize(&mut drawn, sources.len(), standard == StandardCells::Var);
    }
    Expression {
        brackets: genes.brackets.clone(),
        tree: rows.tree.clone(),
        group_label: rows.label.clone(),
        ..Expression::new(Arc::new(drawn), rows.groups.clone(), genes.names.clone())
    }
}

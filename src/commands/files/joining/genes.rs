//! Genes of concatenated datasets: which are kept, and which columns of var.

use super::{Axes, Join, Joining, Merge, at_once, selected, selections};
use crate::command::Scene;
use crate::commands::files::joined_columns::{column_type, joined_column, spread};
use crate::data::{Axis, Column, Dataset, Lazy, Maker, Names, Selection, Slot, Stamp, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::{Private, Promised};
use indexmap::IndexSet;
use std::sync::Arc;

impl Joining {
    /// Genes in anndata's order: of the first dataset where all must have them; by name where any
    /// may, unless all have the same.
    pub(super) fn kept_genes(
        &self,
        scene: &Scene,
        parts: &[Arc<Dataset>],
        places: &[Arc<[u32]>],
        names: &Arc<Names>,
    ) -> Promised<Selection> {
        let needs: Vec<_> = parts.iter().map(|part| selections(&part.genes)).collect();
        let (places, names, join) = (places.to_vec(), names.clone(), self.join);
        at_once(scene, needs, Private::new(), move |keeps| {
            let mut sets: Vec<Selection> = Vec::new();
            for (keeps, places) in keeps.iter().zip(&places) {
                let present = selected(keeps, places.len());
                sets.push(present.iter().map(|&gene| places[gene as usize]).collect());
            }
            joined_genes(&sets, &names, join)
        })
    }

    /// Columns of var by the rule asked for. They have been computed before; a script that is
    /// checked is taken to have them all.
    pub(super) fn gene_columns(
        &self,
        scene: &Scene,
        parts: &[Arc<Dataset>],
        axes: &Axes,
        data: &mut Dataset,
    ) {
        let keys: IndexSet<&String> = parts.iter().flat_map(|part| part.var.keys()).collect();
        for key in keys.into_iter().filter(|_| self.merge != Merge::None) {
            let slots: Vec<(usize, &Slot)> = (0..)
                .zip(parts)
                .filter_map(|(i, part)| Some((i, part.var.get(key)?)))
                .collect();
            let wanted = match self.merge {
                Merge::Only => slots.len() == 1,
                Merge::Same => slots.len() == parts.len(),
                _ => true,
            };
            let columns: Option<Vec<OfGenes>> = slots
                .iter()
                .map(|(i, slot)| OfGenes::new(slot, &parts[*i], axes, *i))
                .collect();
            match columns {
                Some(columns) if wanted => {
                    let column = match self.merge {
                        Merge::First | Merge::Only => columns.first().map(|first| first.spread()),
                        _ => together(&columns),
                    };
                    if let Some(column) = column {
                        let slot = Slot {
                            value: Lazy::ready(Value::Column(Arc::new(column))),
                            rows: Some(axes.with_columns().0.clone()),
                            stamp: Stamp::original(),
                        };
                        data.var.insert(key.clone(), slot);
                    }
                }
                None if wanted && scene.checking => {
                    let promise = slots[0].1.value.promise();
                    let never = scene.step(Vec::<Lazy>::new(), promise, |_, _| {
                        Ok(Value::Column(Arc::new(Column::Bool(Vec::new()))))
                    });
                    let slot = Slot {
                        value: never,
                        rows: Some(axes.all_genes.clone()),
                        stamp: Stamp::original(),
                    };
                    data.var.insert(key.clone(), slot);
                }
                _ => {}
            }
        }
    }
}

/// The value of a slot, if it is known or in a file.
fn at_hand(lazy: &Lazy) -> Option<Value> {
    match (lazy.get(), lazy.maker()) {
        (Some(value), _) => Some(value.clone()),
        (None, Some(Maker::File(file))) => file.load().ok(),
        _ => None,
    }
}

/// The names of the genes of the root.
pub(super) fn root_names(scene: &Scene, part: &Dataset, key: &str) -> Outcome<Arc<Names>> {
    let said = |text: String, help: &str| {
        Diagnostic::error(code::NO_SUCH_GENE_OR_CELL, text)
            .label(scene.args.span("datasets"), "genes are matched by name")
            .help(help)
            .in_source(scene.source)
    };
    let on_root = part
        .var_names
        .rows
        .as_ref()
        .is_some_and(|rows| rows.parent().is_none());
    let names = at_hand(&part.var_names.value).filter(|_| on_root);
    let Some(names) = names.and_then(|value| value.names().cloned()) else {
        let text = format!("the gene names of {key} are not known yet");
        return Err(said(text, "compute it first, or write it to a file"));
    };
    match names.duplicate() {
        Some(name) => {
            let text = format!("{key} has several genes called {name}");
            Err(said(text, "make its gene names unique first"))
        }
        None => Ok(names),
    }
}

fn joined_genes(sets: &[Selection], names: &Names, join: Join) -> Selection {
    let first = sets.first().cloned().unwrap_or_default();
    if sets.iter().all(|set| *set == first) {
        return first;
    }
    let mut count = vec![0; names.len()];
    sets.iter()
        .flatten()
        .for_each(|&gene| count[gene as usize] += 1);
    match join {
        Join::Inner => first
            .into_iter()
            .filter(|&gene| count[gene as usize] == sets.len())
            .collect(),
        Join::Outer => {
            let mut any: Selection = (0..names.len() as u32)
                .filter(|&gene| count[gene as usize] > 0)
                .collect();
            any.sort_by_key(|&gene| names.get(gene as usize));
            any
        }
    }
}

impl Axes {
    /// The axis that columns of var are made on, and its genes among all: those that are kept, if
    /// it is known which, so that nothing is missing on behalf of a gene that is not.
    fn with_columns(&self) -> (&Axis, Selection) {
        let kept = self
            .genes
            .parent()
            .and_then(|(_, keep)| keep.get()?.keep().cloned());
        match kept {
            Some(kept) => (&self.genes, kept.to_vec()),
            None => (&self.all_genes, (0..self.names.len() as u32).collect()),
        }
    }
}

/// A column of var of one part.
struct OfGenes {
    column: Arc<Column>,
    /// For each gene that there will be, its row in this part.
    rows: Vec<Option<u32>>,
}

impl OfGenes {
    /// `None` if the column or its rows are still to be computed.
    fn new(slot: &Slot, part: &Dataset, axes: &Axes, i: usize) -> Option<Self> {
        let value = at_hand(&slot.value)?;
        let made_on = slot.rows.as_ref()?;
        let selections = made_on.selections_from(&part.genes.outermost())?;
        let keeps = selections.iter().map(|keep| keep.get()?.keep().cloned());
        let keeps: Option<Vec<Arc<Selection>>> = keeps.collect();
        let genes = selected(&keeps?, axes.places[i].len());
        let mut row_of = vec![None; axes.names.len()];
        for (row, &gene) in (0u32..).zip(&genes) {
            row_of[axes.places[i][gene as usize] as usize] = Some(row);
        }
        let (_, kept) = axes.with_columns();
        Some(OfGenes {
            column: value.column()?.clone(),
            rows: kept.iter().map(|&gene| row_of[gene as usize]).collect(),
        })
    }

    /// A value for every gene; missing where the part has none.
    fn spread(&self) -> Column {
        spread(&self.column, &self.rows)
    }
}

/// The values that parts agree on, each from the first part that has the gene; `None` if two parts
/// have different ones for a gene.
fn together(parts: &[OfGenes]) -> Option<Column> {
    let types = parts.iter().map(|part| Some(part.column.column_type()));
    let columns: Vec<_> = parts.iter().map(|part| Some(part.column.clone())).collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.column.len()).collect();
    let all = joined_column(&columns, &lengths, column_type(&types.collect::<Vec<_>>()));
    let n_genes = parts.first()?.rows.len();
    let mut rows: Vec<Option<u32>> = vec![None; n_genes];
    let mut before = 0;
    for (part, n) in parts.iter().zip(lengths) {
        for (place, row) in rows.iter_mut().zip(&part.rows) {
            let row = row.map(|row| row + before);
            match (&place, row) {
                (Some(a), Some(b)) if all.text(*a as usize) != all.text(b as usize) => return None,
                (None, _) => *place = row,
                _ => {}
            }
        }
        before += n as u32;
    }
    Some(spread(&all, &rows))
}

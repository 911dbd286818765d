//! `filter`: keep the cells that meet conditions.

use crate::command::params::{CellMask, Data, NotNegative};
use crate::command::{Command, Group, Reply, Scene, Spec, Write};
use crate::data::{
    Column, ColumnType, Dataset, Lazy, NumberType, Place, Promise, RowsView, SlotName, Value,
};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::filter::{CellCriteria, Range};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::{AnyOrder, Fold, Folding};
use std::sync::Arc;

params! {
    Filter {
        /// The dataset.
        adata: Data,
        /// A condition on columns and genes, in parentheses: (pct_counts_mt < 5).
        keep: Option<CellMask>,
        /// Genes a cell must have at least.
        min_genes: Option<NotNegative>,
        /// Genes a cell may have at most.
        max_genes: Option<NotNegative>,
        /// Counts a cell must have at least.
        min_counts: Option<NotNegative>,
        /// Counts a cell may have at most.
        max_counts: Option<NotNegative>,
    }
}

impl Command for Filter {
    const SPEC: Spec = Spec {
        name: "filter",
        group: Group::Preparing,
        summary: "Keep the cells that meet conditions.",
        about: "Costs nothing until it is computed; everything else of the dataset stays aligned.",
        writes: &[Write::Cells],
        like: &["sc.pp.filter_cells", "subset"],
        examples: &[
            "filter adata min_genes=50",
            "qc adata mt=\"MT-\"; filter adata (pct_counts_mt < 20 and n_genes_by_counts > 50)",
        ],
        holds: "a position a cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = (*self.adata.0).clone();
        let range = |min: &Option<NotNegative>, max: &Option<NotNegative>| Range {
            min: min.as_ref().map(|x| x.0),
            max: max.as_ref().map(|x| x.0),
        };
        let genes = range(&self.min_genes, &self.max_genes);
        let counts = range(&self.min_counts, &self.max_counts);
        let unbounded = Range::default();
        if self.keep.is_none() && genes == unbounded && counts == unbounded {
            return Err(Diagnostic::error("E062", "`filter` needs a condition")
                .label(scene.args.span, "keeps every cell")
                .help("filter adata (pct_counts_mt < 5) or filter adata min_genes=200"));
        }
        let mut next = data.clone();
        let mut needs: Vec<Lazy> = self.keep.iter().map(|mask| mask.0.value.clone()).collect();
        let mut columns = Vec::new();
        for (wanted, range, name) in [(0, genes, "n_genes"), (1, counts, "n_counts")] {
            if range != unbounded {
                let values = criteria(scene, &data)?;
                needs.push(values[wanted].clone());
                scene.put(
                    &mut next,
                    Place::Obs,
                    name,
                    values[wanted].clone(),
                    &[SlotName::x()],
                );
                columns.push((needs.len() - 1, range));
            }
        }
        let label = scene.label.clone();
        let keep = scene.one(needs, Promise::Unknown, move |needs, _| {
            let mut flags: Option<Vec<bool>> = None;
            for (i, value) in needs.iter().enumerate() {
                let flag = match (
                    value.column().map(|column| &**column),
                    columns.iter().find(|(at, _)| *at == i),
                ) {
                    (Some(Column::Truth(truths)), None) => truths.clone(),
                    (Some(Column::Number(numbers)), Some((_, range))) => {
                        range.keep(&numbers.values)
                    }
                    _ => continue,
                };
                flags = Some(match flags {
                    None => flag,
                    Some(flags) => flags.iter().zip(flag).map(|(&a, b)| a && b).collect(),
                });
            }
            let flags = flags.unwrap_or_default();
            let keep: Vec<u32> = (0..)
                .zip(&flags)
                .filter(|(_, flag)| **flag)
                .map(|(i, _)| i)
                .collect();
            if keep.is_empty() && !flags.is_empty() {
                return Err(Diagnostic::error(
                    "E300",
                    format!("no cell is left of {}", flags.len()),
                )
                .help(format!(
                    "look at the columns that `{label}` goes by, and at its bounds"
                ))
                .into());
            }
            Ok(Value::Keep(Arc::new(keep)))
        });
        let at_most = data.cells.at_most();
        next.cells = data.cells.select(keep);
        Ok(Reply::Dataset(next, format!("cells (at most {at_most})")))
    }
}

/// Number of genes and of counts of each cell, as columns.
fn criteria(scene: &Scene, data: &Dataset) -> Outcome<Vec<Lazy>> {
    let matrix = scene.matrix(data, None)?;
    let promises = [Promise::Column(ColumnType::Number); 2];
    Ok(
        scene.fold(scene.view(data, &matrix), Vec::new(), &promises, |_, _| {
            Ok(Box::new(AnyOrder(Folding {
                new: CellCriteria::default,
                add: |criteria: &mut CellCriteria, rows: RowsView, cells: &[u32], _: &Ticker| {
                    criteria.add(rows, cells);
                    Ok(())
                },
                merge: CellCriteria::merge,
                finish: |criteria: CellCriteria, _: &Ticker| {
                    let found = criteria.finish();
                    let column =
                        |values, stored| Value::Column(Arc::new(Column::numbers(values, stored)));
                    Ok(vec![
                        column(found.n_genes, NumberType::I64),
                        column(found.n_counts, NumberType::F32),
                    ])
                },
                partial_bytes: 24 * 1024,
            })) as Box<dyn Fold>)
        }),
    )
}

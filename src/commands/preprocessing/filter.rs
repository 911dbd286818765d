//! `filter`: keep the cells that meet conditions.

use crate::command::input_matrix::InputMatrix;
use crate::command::params::{CellMask, Data, NotNegative};
use crate::command::spec::{COUNTS_FOR_BOUNDS, Theirs};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::preprocessing::bounds::{Conditions, counted, range};
use crate::data::quantity;
use crate::data::{Column, ColumnType, Lazy, NumberType, Place, Promise, RowsView, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::filter::{CellCriteria, Range};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::Folding;
use std::sync::Arc;

params! {
    Filter {
        /// The dataset.
        adata: Data,
        /// A condition on columns and genes, in parentheses: (pct_counts_mt < 5).
        #[also("subset")]
        keep: Option<CellMask>,
        /// Minimum number of genes per cell.
        min_genes: Option<NotNegative>,
        /// Maximum number of genes per cell.
        max_genes: Option<NotNegative>,
        /// Minimum counts per cell.
        min_counts: Option<NotNegative>,
        /// Maximum counts per cell.
        max_counts: Option<NotNegative>,
    }
}

impl Command for Filter {
    const SPEC: Spec = Spec {
        name: "filter",
        summary: "Filter cells by conditions.",
        keywords: "subset quality control low quality cells threshold",
        about: "Costs nothing until computed; the rest of the dataset stays aligned.",
        reads: &[COUNTS_FOR_BOUNDS],
        writes: &[
            Write::Cells,
            Write::Slot(Place::Obs, Key::Pattern("n_genes")),
            Write::Slot(Place::Obs, Key::Pattern("n_counts")),
        ],
        like: &["sc.pp.filter_cells", "subset"],
        theirs: &[
            ("idents", Theirs::Groups),
            ("invert", Theirs::Inverted),
            ("subset", Theirs::Condition("{}")),
        ],
        examples: &[
            "filter adata min_genes=50",
            "qc adata mt=\"MT-\"; filter adata (pct_counts_mt < 20 and n_genes_by_counts > 50)",
        ],
        method: "Cells were filtered ([keep|{keep}; ][min_genes|at least {min_genes} genes; ][max_genes|at most {max_genes} genes; ][min_counts|at least {min_counts} counts; ][max_counts|at most {max_counts} counts; ]).",
        holds: "one position per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let genes = range(&self.min_genes, &self.max_genes);
        let counts = range(&self.min_counts, &self.max_counts);
        let unbounded = genes == Range::default() && counts == Range::default();
        if self.keep.is_none() && unbounded {
            return Err(
                Diagnostic::error(code::MISSING_PARAMETER, "`filter` needs a condition")
                    .label(scene.args.span, "keeps every cell")
                    .help("filter adata (pct_counts_mt < 5) or filter adata min_genes=200"),
            );
        }
        let mut conditions = Conditions::new(self.keep.map(|mask| mask.0.value));
        if !unbounded {
            let input = counted(scene, &data, counts != Range::default())?;
            let [n_genes, n_counts] = criteria(scene, &input);
            let numbers = [("n_genes", n_genes, genes), ("n_counts", n_counts, counts)];
            conditions.bound(scene, &mut data, Place::Obs, numbers, &input.from());
        }
        let label = scene.label.clone();
        let keep = conditions.kept(scene, "cells", move |n| {
            let help = format!("check the columns and bounds in `{label}`");
            Diagnostic::error(
                code::NOTHING_LEFT,
                format!("all {} cells were filtered out", quantity::count(n as u64)),
            )
            .help(help)
        });
        data.cells = data.cells.select(keep.lazy().clone());
        Ok(Reply::Dataset(data, Vec::new()))
    }
}

/// Number of genes and of counts of each cell, as columns.
fn criteria(scene: &Scene, input: &InputMatrix) -> [Lazy; 2] {
    let view = scene.view(&input.data, &input.matrix);
    let promises = [Promise::Column(ColumnType::Number); 2];
    scene.fold(view, (), promises, |_, ()| {
        Ok(Folding {
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
                Ok([
                    column(found.n_genes, NumberType::I64),
                    column(found.n_counts, NumberType::F32),
                ])
            },
            partial_bytes: 24 * 1024,
        }
        .exact())
    })
}

//! `filter_genes`: keep the genes that meet conditions.

use crate::command::input_matrix::InputMatrix;
use crate::command::params::{Data, GeneMask, NotNegative};
use crate::command::spec::COUNTS_FOR_BOUNDS;
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::preprocessing::bounds::{Conditions, counted, range};
use crate::data::{Column, ColumnType, Lazy, NumberType, Place, Promise, RowsView, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::filter::{GeneCriteria, Range};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::Folding;
use std::sync::Arc;

params! {
    FilterGenes {
        /// The dataset.
        adata: Data,
        /// A condition on columns of var, in parentheses: (highly_variable).
        keep: Option<GeneMask>,
        /// Minimum number of cells with the gene.
        min_cells: Option<NotNegative>,
        /// Maximum number of cells with the gene.
        max_cells: Option<NotNegative>,
        /// Minimum counts per gene.
        min_counts: Option<NotNegative>,
        /// Maximum counts per gene.
        max_counts: Option<NotNegative>,
    }
}

impl Command for FilterGenes {
    const SPEC: Spec = Spec {
        name: "filter_genes",
        summary: "Filter genes by conditions.",
        keywords: "subset feature selection quality control",
        about: "Costs nothing until computed; the rest of the dataset stays aligned.",
        reads: &[COUNTS_FOR_BOUNDS],
        writes: &[
            Write::Genes,
            Write::Slot(Place::Var, Key::Pattern("n_cells")),
            Write::Slot(Place::Var, Key::Pattern("n_counts")),
        ],
        like: &["sc.pp.filter_genes"],
        examples: &["filter_genes adata min_cells=3"],
        method: "Genes were filtered ([keep|{keep}; ][min_cells|detected in at least {min_cells} cells; ][max_cells|detected in at most {max_cells} cells; ][min_counts|at least {min_counts} counts; ][max_counts|at most {max_counts} counts; ]).",
        holds: "one position per gene",
        tells: &["min_cells"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let cells = range(&self.min_cells, &self.max_cells);
        let counts = range(&self.min_counts, &self.max_counts);
        let unbounded = cells == Range::default() && counts == Range::default();
        if self.keep.is_none() && unbounded {
            return Err(Diagnostic::error(
                code::MISSING_PARAMETER,
                "`filter_genes` needs a condition",
            )
            .label(scene.args.span, "keeps every gene")
            .help("filter_genes adata min_cells=3 or filter_genes adata (highly_variable)"));
        }
        let mut conditions = Conditions::new(self.keep.map(|mask| mask.0.value));
        if !unbounded {
            let input = counted(scene, &data, counts != Range::default())?;
            let [n_cells, n_counts] = criteria(scene, &input);
            let numbers = [("n_cells", n_cells, cells), ("n_counts", n_counts, counts)];
            conditions.bound(scene, &mut data, Place::Var, numbers, &input.from());
        }
        let keep = conditions.kept(scene, "genes", |n| {
            Diagnostic::error(
                code::NOTHING_LEFT,
                format!("all {n} genes were filtered out"),
            )
        });
        data.genes = data.genes.select(keep.lazy().clone());
        Ok(Reply::Dataset(data, Vec::new()))
    }
}

/// In how many cells each gene is seen, and its counts, as columns.
fn criteria(scene: &Scene, input: &InputMatrix) -> [Lazy; 2] {
    let promises = [Promise::Column(ColumnType::Number); 2];
    scene.fold(
        scene.view(&input.data, &input.matrix),
        (),
        promises,
        |extent, ()| {
            Ok(Folding {
                new: move || GeneCriteria::new(extent.genes),
                add: |criteria: &mut GeneCriteria, rows: RowsView, _: &[u32], _: &Ticker| {
                    criteria.add(rows);
                    Ok(())
                },
                merge: GeneCriteria::merge,
                finish: |criteria: GeneCriteria, _: &Ticker| {
                    let found = criteria.finish();
                    let column =
                        |values, stored| Value::Column(Arc::new(Column::numbers(values, stored)));
                    Ok([
                        column(found.n_cells, NumberType::I64),
                        column(found.n_counts, NumberType::F32),
                    ])
                },
                partial_bytes: extent.genes as u64 * 48,
            }
            .exact())
        },
    )
}

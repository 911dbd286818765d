//! `aggregate`: cells summed up by group, as a dataset with a row per group.

use crate::command::params::{Count, Data, GroupKey, Many};
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::comparing::combined::combined;
use crate::commands::comparing::group_numbers::Func;
use crate::commands::comparing::group_tables::{layer_of, tables};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::passes::gene_sums::base_of;
use crate::data::{Place, SlotName, State};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::params;

params! {
    Aggregate {
        /// The dataset.
        adata: Data,
        /// Column of obs to group by, or several for their combinations.
        #[also("groupby", "group.by")]
        by: Many<GroupKey>,
        /// Statistics of each gene in each group; each becomes a layer.
        func: Many<Func> = [Func::Sum],
        use GeneValues as values,
        /// Minimum number of cells per group.
        min_cells: Count = 1,
    }
}

impl Command for Aggregate {
    const SPEC: Spec = Spec {
        name: "aggregate",
        summary: "Aggregate cells by group into a dataset with one row per group.",
        keywords: "average expression pseudobulk mean",
        about: "Writes one layer per function: sum, mean, var (with n - 1), median, count_nonzero. As in scanpy, the result has no X; `pseudobulk` stores sums of counts in X. If the table of all groups would take half of the memory, it is kept sparse, as 32-bit floats.",
        without: &[
            (
                "axis",
                "only cells are aggregated; `summarize` summarizes columns in a table",
            ),
            (
                "mask",
                "filter first, or subset the cells: adata[batch == \"a\"]",
            ),
            ("dof", "variances are divided by n − 1"),
            ("obsm", "only X and layers can be aggregated"),
            ("varm", "only X and layers can be aggregated"),
        ],
        like: &[
            "sc.get.aggregate",
            "AggregateExpression",
            "AverageExpression",
        ],
        examples: &[
            "means = aggregate(adata, by=cell_type, func=[mean, count_nonzero])",
            "compute aggregate(adata, by=[cell_type, batch], func=[sum, var, median])",
        ],
        method: "Expression was aggregated by {by} ({func}).",
        holds: "a few numbers per gene and group; for medians, the values of some genes at a time",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = (*self.adata.0).clone();
        let input = self.values.given(scene, &data)?;
        let (data, matrix) = (input.data.clone(), input.matrix.clone());
        if self.func.0.contains(&Func::Sum) && !self.values.is_named() {
            tell_sums(scene, matrix.state);
        }
        let keys = self.by.texts();
        let mut grouped = combined(scene, &data, &keys, self.min_cells.0)?;
        let tables = tables(scene, &data, &matrix, grouped.counted(), &self.func.0);
        let base = match matrix.state {
            State::Log => Some(base_of(scene, &data, &matrix)?),
            _ => None,
        };
        for (func, table) in self.func.0.iter().zip(tables) {
            let mut layer = layer_of(scene, &data, &grouped.data, table, func.state(matrix.state));
            layer.log_base = base.filter(|_| layer.state == State::Log);
            grouped.data.layers.insert(func.word().to_owned(), layer);
        }
        let layer = |func: &Func| SlotName::new(Place::Layers, func.word());
        let written = self.func.0.iter().map(layer).collect();
        Ok(Reply::Dataset(grouped.data, written))
    }
}

/// Sums of something else than counts are seldom what is wanted.
fn tell_sums(scene: &mut Scene, state: State) {
    let is_counts = matches!(state, State::Counts | State::Unknown);
    let headline = format!("X holds {}, and these are summed", state.values());
    if !is_counts {
        let help = "`pseudobulk` sums counts; layer=X says that X is meant";
        scene.note(Diagnostic::note(headline).help(help));
    }
}

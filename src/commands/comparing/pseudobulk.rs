//! `pseudobulk`: counts summed up by sample, for tests between conditions.

use crate::command::params::{Count, Data, GroupKey, Many};
use crate::command::references;
use crate::command::spec::COUNTS;
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::comparing::combined::combined;
use crate::commands::comparing::group_numbers::Func;
use crate::commands::comparing::group_tables::{layer_of, tables};
use crate::commands::inputs::gene_values::GeneValues;
use crate::data::{SlotName, State};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Pseudobulk {
        /// The dataset.
        adata: Data,
        /// Columns of obs that identify a sample, such as [donor, condition].
        #[also("groupby", "group.by")]
        by: Many<GroupKey>,
        /// Minimum number of cells per sample.
        min_cells: Count = 10,
        use GeneValues as values,
    }
}

impl Command for Pseudobulk {
    const SPEC: Spec = Spec {
        name: "pseudobulk",
        summary: "Sum counts into pseudobulk samples.",
        keywords: "differential expression aggregate samples replicates",
        about: "Returns a dataset whose rows are samples and whose X is the sum of their counts; obs has the grouping columns and n_cells. Cells of one sample are not independent observations; `de` compares samples.",
        reads: &[COUNTS],
        like: &[
            "dc.pp.pseudobulk",
            "aggregateAcrossCells",
            "pseudobulk_matrix",
            "AggregateExpression",
        ],
        examples: &["bulk = pseudobulk(adata, by=[batch, cell_type])"],
        cite: &[&references::SQUAIR_2021],
        method: "Counts were summed to pseudobulk samples ({by}) of at least {min_cells} cells <SQUAIR_2021>.",
        holds: "one number per gene and sample",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = (*self.adata.0).clone();
        let input = self.values.counts(scene, &data)?;
        let (data, matrix) = (&input.data, &input.matrix);
        let keys = self.by.texts();
        let mut grouped = combined(scene, data, &keys, self.min_cells.0)?;
        let mut sums = tables(scene, data, matrix, grouped.counted(), &[Func::Sum]);
        let x = layer_of(scene, data, &grouped.data, sums.remove(0), State::Counts);
        grouped.data.x = Some(x);
        Ok(Reply::Dataset(grouped.data, vec![SlotName::x()]))
    }
}

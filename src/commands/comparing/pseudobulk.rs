//! `pseudobulk`: counts summed up by sample, for tests between conditions.

use crate::command::params::{Count, Data, GroupKey, LayerKey, Many};
use crate::command::{Command, Group, Reply, Scene, Spec};
use crate::commands::comparing::aggregate::{Func, layer_of, makings};
use crate::commands::comparing::combined::combined;
use crate::data::{Dataset, Matrix, State};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::params;

params! {
    Pseudobulk {
        /// The dataset.
        adata: Data,
        /// Columns of obs: the sample and what is known of it, such as [donor, condition].
        #[also("groupby", "group.by")]
        by: Many<GroupKey>,
        /// Cells that a sample must have.
        min_cells: Count = 10,
        /// The layer with counts; X, or layers.counts once X is past counts, if left out.
        layer: Option<LayerKey>,
    }
}

impl Command for Pseudobulk {
    const SPEC: Spec = Spec {
        name: "pseudobulk",
        group: Group::Comparing,
        summary: "Sum counts into pseudobulk samples.",
        keywords: "differential expression aggregate samples replicates",
        about: "A dataset whose rows are samples and whose X is the sum of their counts; obs has the columns and n_cells. Cells of one sample are no independent observations: `de` compares samples.",
        like: &[
            "dc.pp.pseudobulk",
            "aggregateAcrossCells",
            "pseudobulk_matrix",
            "AggregateExpression",
        ],
        examples: &["bulk = pseudobulk(adata, by=[batch, cell_type])"],
        cite: &["Squair et al., Nat. Commun. 12, 5692 (2021)"],
        holds: "one number per gene and sample",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = (*self.adata.0).clone();
        let layer = self.layer.as_deref();
        let matrix = counts(scene, &data, layer)?;
        let keys = self.by.texts();
        let mut grouped = combined(scene, &data, &keys, self.min_cells.0)?;
        let mut sums = makings(scene, &data, &matrix, &grouped.groups, &[Func::Sum]);
        let x = layer_of(scene, &data, &grouped.data, sums.remove(0), State::Counts);
        grouped.data.x = Some(x);
        let said = format!("X (sums of counts) by {}", keys.join(", "));
        Ok(Reply::Dataset(grouped.data, said))
    }
}

/// The counts of a dataset, wherever they are kept.
fn counts(scene: &Scene, data: &Dataset, layer: Option<&str>) -> Outcome<Matrix> {
    let wanted = scene.matrix(data, layer)?;
    if matches!(wanted.state, State::Counts | State::Unknown) {
        return Ok(wanted);
    }
    let kept = data
        .layers
        .values()
        .find(|matrix| matrix.state == State::Counts);
    match (layer, kept) {
        (None, Some(kept)) => Ok(kept.clone()),
        _ => {
            let state = wanted.state.word();
            Err(
                Diagnostic::error("E102", format!("these values are {state}, not counts"))
                    .label(scene.args.span("layer"), "sums of counts are wanted")
                    .help("take the dataset before `normalize`, or a layer of counts")
                    .in_source(scene.source),
            )
        }
    }
}

//! `combat`: batch effects removed gene by gene.

use crate::command::params::{Data, GroupKey, LayerKey, Many, ObsKey};
use crate::command::references;
use crate::command::spec::LOG_X;
use crate::command::suggest::{spelled, without_group};
use crate::command::transformed::{Kept, Transformed};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::groups::{Groups, fit, groups_of_all};
use crate::commands::preprocessing::cell_numbers::{self, Model};
use crate::commands::preprocessing::dense_step::{DenseStep, Fill};
use crate::data::{Dataset, Matrix, Place, RowsView, State};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::combat::{Combat as Effects, CombatError, CombatSums};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::{Edges, Fault, Folding, Private, Promised};
use crate::source::Origin;
use std::sync::Arc;

params! {
    Combat {
        /// The dataset.
        adata: Data,
        /// Column of obs with the batches.
        #[also("by", "key", "batch_key")]
        batch: GroupKey = "batch",
        /// Columns of obs whose effects to keep, such as a condition or age.
        covariates: Option<Many<ObsKey>>,
        /// Correct a layer instead of X.
        layer: Option<LayerKey>,
    }
}

impl Command for Combat {
    const SPEC: Spec = Spec {
        name: "combat",
        summary: "Correct expression values for batch effects with ComBat.",
        keywords: "integration batch correction batch effect",
        about: "Empirical Bayes across genes, in one pass; corrected values are computed block by block while reading. Select variable genes first, since corrected values are dense. Constant genes are left unchanged and do not affect the others.\nThe original log values are kept in layers.uncorrected; markers, scores, and figures use them.",
        reads: &[LOG_X],
        writes: &[
            Write::X(State::Corrected),
            Write::Slot(Place::Layers, Key::Pattern("uncorrected")),
        ],
        like: &["sc.pp.combat", "ComBat"],
        examples: &[
            "hvg adata n=200; filter_genes adata (highly_variable); combat adata batch=batch",
            "combat adata batch=batch covariates=cell_type",
        ],
        cite: &[&references::COMBAT],
        method: "Batch effects ({batch}) were removed with ComBat[covariates|, preserving the effects of {covariates}] <COMBAT>.",
        holds: "a few numbers per gene and batch",
        tells: &["batch"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut to = Transformed::new(scene, &self.adata.0, self.layer.as_deref())?;
        let keys = self
            .covariates
            .as_ref()
            .map(Many::texts)
            .unwrap_or_default();
        let effects = effects(scene, &to.data, &to.matrix, &self.batch.0, &keys)?;
        let prepare = |effects: Arc<Effects>, genes: &[usize]| -> Fill {
            let effects = effects.picked(genes);
            Box::new(move |rows: RowsView, cells: &[u32]| effects.corrected(rows, cells))
        };
        let step = DenseStep {
            needs: Edges::new(effects),
            prepare,
        };
        let corrected = scene.row_step(&to.data, &to.matrix, step, State::Corrected);
        to.put(corrected, Kept::Logs("uncorrected"));
        Ok(to.reply())
    }
}

/// Bytes of the sums of a gene in a batch, for each column of the model.
const SUMS: usize = 64;

fn effects(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    batch: &str,
    keys: &[String],
) -> Outcome<Promised<Effects>> {
    let batches = groups_of_all(scene, data, batch)?;
    let model = Model {
        keys: keys.to_vec(),
        batch: Some(batch.to_owned()),
        without,
    };
    let explaining = cell_numbers::promised(scene, data, model, Some(batches.clone()))?;
    let needs = (batches, explaining);
    let (origin, key) = (scene.origin(), batch.to_owned());
    let memory = scene.settings.memory;
    let view = scene.view(data, matrix);
    Ok(scene.fold(
        view,
        needs,
        Private::new(),
        move |extent, (batches, covariates)| {
            let (n_batches, n_columns) = (batches.levels.len(), covariates.n_columns());
            if n_batches < 2 {
                let headline = format!("obs.{key} has only one batch");
                let help = "nothing to correct: use another column";
                let said = Diagnostic::error(code::TOO_FEW_GROUPS, headline).at(&origin);
                return Err(said.help(help).into());
            }
            // Those of one thread, and what they are merged into.
            let sums = extent.genes * (1 + n_columns) * SUMS;
            fit(n_batches, 2 * sums, memory)?;
            let codes = batches.codes.clone();
            let empty = CombatSums::new(extent.genes, codes, n_batches, covariates);
            let empty = empty.map_err(|error| fault(error, &batches, &key, &origin))?;
            let (key, origin) = (key.clone(), origin.clone());
            Ok(Folding {
                new: move || empty.clone(),
                add: |sums: &mut CombatSums, rows: RowsView, cells: &[u32], _: &Ticker| {
                    sums.add(rows, cells);
                    Ok(())
                },
                merge: CombatSums::merge,
                finish: move |sums: CombatSums, _: &Ticker| {
                    let found = sums.finish();
                    found.map_err(|error| fault(error, &batches, &key, &origin))
                },
                partial_bytes: (sums * n_batches) as u64,
            }
            .exact())
        },
    ))
}

/// The statement without a covariate.
fn without(batch: &str, others: &[String]) -> String {
    match others {
        [] => format!("combat adata batch={batch}"),
        [one] => format!("combat adata batch={batch} covariates={one}"),
        many => format!(
            "combat adata batch={batch} covariates=[{}]",
            many.join(", ")
        ),
    }
}

fn fault(error: CombatError, batches: &Groups, key: &str, origin: &Origin) -> Fault {
    let (code, headline, help) = match error {
        CombatError::BatchTooSmall { batch, n_cells } => {
            let name = batches.levels.get(batch);
            let cells = if n_cells == 1 { "cell" } else { "cells" };
            (
                code::GROUPS_TOO_SMALL,
                format!(
                    "batch {name} of obs.{key} has {n_cells} {cells}; its variance needs at least 2"
                ),
                format!("leave it out: {}", without_group(key, name)),
            )
        }
        CombatError::NoBatch { cell } => (
            code::MISSING_VALUES,
            format!("cell {cell} has no batch in obs.{key}"),
            format!(
                "leave such cells out: filter adata (not is_missing({}))",
                spelled(key)
            ),
        ),
    };
    Fault::Reported(Diagnostic::error(code, headline).at(origin).help(help))
}

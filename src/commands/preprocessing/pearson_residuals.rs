//! `pearson_residuals`: counts as residuals of a model with only the depth of each cell and the mean of
//! each gene.

use crate::command::params::{Data, Endless, LayerKey};
use crate::command::references;
use crate::command::spec::COUNTS;
use crate::command::transformed::{keep_counts, keep_logs};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::counts::counts;
use crate::commands::passes::gene_sums::{group_sums, totals};
use crate::commands::preprocessing::dense_step::{DenseStep, Fill};
use crate::data::{Lazy, Place, RowsView, SlotName, State, Uns, Value};
use crate::diagnostic::{Outcome, code};
use crate::kernels::methods::pearson::{PearsonParams, PearsonResiduals as Residuals};
use crate::kernels::stats::sums::{GroupSums, Of};
use crate::params;
use crate::plan::Edges;
use std::sync::Arc;

params! {
    PearsonResiduals {
        /// The dataset.
        adata: Data,
        /// Overdispersion of the negative binomial; inf for a Poisson model.
        theta: Endless = 100.0,
        /// Clip residuals to ± this value; inf for not at all; by default the square root of the number of cells.
        clip: Option<Endless>,
        /// Layer with the counts; by default layers.counts or X.
        layer: Option<LayerKey>,
    }
}

impl Command for PearsonResiduals {
    const SPEC: Spec = Spec {
        name: "pearson_residuals",
        summary: "Compute analytic Pearson residuals of the counts.",
        keywords: "normalization SCTransform variance stabilization",
        about: "Normalizes, stabilizes variances, and scales in one step; `pca` can follow. Select variable genes first (hvg flavor=pearson_residuals): residuals are dense, and are computed block by block while reading.\nCounts are kept in layers.counts.",
        reads: &[COUNTS],
        writes: &[
            Write::X(State::Residuals),
            Write::Slot(Place::Layers, Key::Is("counts")),
            Write::Slot(Place::Layers, Key::Pattern("log")),
            Write::Slot(Place::Uns, Key::Is("pearson_residuals_normalization")),
        ],
        like: &[
            "sc.experimental.pp.normalize_pearson_residuals",
            "sc.experimental.pp.recipe_pearson_residuals",
            "SCTransform",
        ],
        examples: &[
            "hvg adata n=200 flavor=pearson_residuals; filter_genes adata (highly_variable); pearson_residuals adata; pca adata n=20",
        ],
        cite: &[&references::PEARSON_RESIDUALS],
        method: "Counts were transformed to analytic Pearson residuals (theta = {theta}) <PEARSON_RESIDUALS>.",
        holds: "one number per cell and one per gene",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let layer = self.layer.as_deref();
        let counts = counts(scene, &data, layer)?;
        if counts.state == State::Unknown {
            return Err(scene
                .error(
                    "adata",
                    code::WRONG_STATE,
                    "pearson_residuals needs counts, which are whole numbers",
                    "holds values that are not counts",
                )
                .help("name the layer with counts: layer=\"counts\""));
        }
        let sums = group_sums(scene, &data, &counts, Of::Value, None);
        let totals = totals(scene, &data, &counts);
        let params = PearsonParams {
            theta: self.theta.0,
            clip: self.clip.map(|clip| clip.0),
        };
        type Values = (Arc<GroupSums>, Arc<Vec<f64>>);
        let prepare = move |(sums, totals): Values, genes: &[usize]| -> Fill {
            let all = Residuals::new(&sums.all().sum, totals.to_vec(), &params);
            let residuals = all.picked(genes);
            Box::new(move |rows: RowsView, cells: &[u32]| residuals.residuals(rows, cells))
        };
        let step = DenseStep {
            needs: Edges::new((sums, totals)),
            prepare,
        };
        let mut record = Uns::map().with("theta", params.theta);
        if let Some(clip) = params.clip {
            record = record.with("clip", clip);
        }
        let record = record.with("computed_on", layer.unwrap_or("adata.X"));
        let residuals = scene.row_step(&data, &counts, step, State::Residuals);
        keep_counts(&mut data, counts);
        if let Some(logs) = data.x.replace(residuals)
            && logs.state == State::Log
        {
            keep_logs(&mut data, "log", logs);
        }
        let record = Lazy::ready(Value::Uns(Arc::new(record)));
        let key = "pearson_residuals_normalization";
        scene.put(&mut data, Place::Uns, key, record, &[SlotName::x()]);
        Ok(Reply::Dataset(data, vec![SlotName::x()]))
    }
}

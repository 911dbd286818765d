//! `harmony`: cells of several batches brought together in principal-component space.

use crate::command::params::{
    Count, Data, GroupKey, Integer, Many, NewName, NotNegative, ObsmKey, Positive,
};
use crate::command::references;
use crate::command::spec::{Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::groups;
use crate::commands::inputs::groups::Groups;
use crate::commands::inputs::representation::numeric;
use crate::data::{Place, Promise, SlotName, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::harmony::{Harmony as Found, HarmonyError, HarmonyParams, harmony};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::Fault;
use crate::source::Origin;
use ndarray::Array1;
use std::sync::Arc;

params! {
    Harmony {
        /// The dataset.
        adata: Data,
        /// Column of obs with the batches, or several.
        #[also("batch", "batch_key", "group.by.vars")]
        by: Many<GroupKey>,
        /// Representation in obsm to correct.
        #[also("basis", "use_rep", "reduction")]
        on: ObsmKey = "X_pca",
        /// Diversity penalty: 0 ignores batches, larger mixes more; one value for all columns, or a list with one each.
        theta: Many<NotNegative> = [2.0],
        /// Ridge penalty: larger corrects less.
        #[also("lamb")]
        lambda: Positive = 1.0,
        /// Width of the soft clusters: smaller is harder.
        sigma: Positive = 0.1,
        /// Protection against overclustering small batches: expected cells per cluster below which a batch is mixed less; 0 turns it off.
        tau: NotNegative = 0.0,
        /// Number of clusters; by default one per 30 cells, at most 100.
        #[also("nclust")]
        clusters: Option<Count>,
        /// Maximum number of rounds of clustering and correction.
        #[also("max_iter_harmony")]
        iterations: Count = 10,
        /// Random seed; by default the session's seed.
        #[also("random_state")]
        seed: Option<Integer>,
        /// Name of the result: obsm.X_<key>.
        key: NewName = "pca_harmony",
    }
}

/// What commands on batches go by.
pub(in crate::commands) const REPRESENTATION: Need = Need {
    want: Want::Slot(Place::Obsm, Key::Param("on")),
    what: "principal components",
    made_by: "pca",
};

impl Command for Harmony {
    const SPEC: Spec = Spec {
        name: "harmony",
        summary: "Integrate batches with Harmony: correct principal components for batch effects.",
        keywords: "integration batch correction batch effect integrate samples",
        about: "Corrects the principal components; X is unchanged. Continue with `neighbors adata on=harmony`; `lisi` measures how well batches are mixed.",
        reads: &[REPRESENTATION],
        writes: &[
            Write::Slot(Place::Obsm, Key::Around("X_", "key", "")),
            Write::Slot(Place::Uns, Key::Param("key")),
        ],
        without: &[
            (
                "adjusted_basis",
                "key= is the name of the result, without X_",
            ),
            ("max_iter_kmeans", "clustering takes at most 20 rounds"),
            (
                "epsilon_cluster",
                "clustering has converged when the objective changes by less than 1e-5",
            ),
            (
                "epsilon_harmony",
                "it has converged when the objective changes by less than 1e-4",
            ),
            ("block_size", "cells are updated in blocks of 5%"),
        ],
        like: &[
            "sc.pp.harmony_integrate",
            "sc.external.pp.harmony_integrate",
            "sce.pp.harmony_integrate",
            "harmonypy.run_harmony",
            "RunHarmony",
            "IntegrateLayers",
        ],
        examples: &[
            "harmony adata by=batch",
            "harmony adata by=batch theta=3; neighbors adata on=harmony",
            "harmony adata by=[batch, is_doublet] theta=[2, 1]",
        ],
        cite: &[&references::HARMONY],
        method: "Batches ({by}) were integrated with Harmony on {on} (theta = {theta}) <HARMONY>.",
        holds: "the representation, and cells × clusters",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let keys = self.by.texts();
        let rep = scene.value(&data, Place::Obsm, &self.on.0)?;
        let needs = (rep, groups::each_of_all(scene, &data, &keys)?);
        let theta: Vec<f64> = self.theta.0.iter().map(|theta| theta.0).collect();
        if theta.len() != 1 && theta.len() != keys.len() {
            let headline = format!("{} values of theta for {} columns", theta.len(), keys.len());
            return Err(scene
                .error(
                    "theta",
                    code::INVALID_VALUE,
                    headline,
                    "needs one for each column",
                )
                .help("give one for all, as in theta=2, or one for each column of by="));
        }
        let params = HarmonyParams {
            theta,
            lambda: self.lambda.0,
            sigma: self.sigma.0,
            tau: self.tau.0,
            clusters: self.clusters.map(|n| n.0),
            max_iterations: self.iterations.0,
            seed: scene.seed(&self.seed),
            ..HarmonyParams::default()
        };
        let mut from = vec![SlotName::new(Place::Obsm, self.on.0.clone())];
        from.extend(
            keys.iter()
                .map(|key| SlotName::new(Place::Obs, key.clone())),
        );
        let (origin, memory) = (scene.origin(), scene.settings.memory);
        let promises = [Promise::Dense(None), Promise::Uns];
        let [layout, record] = scene.step(needs, promises, move |(rep, batches), ticker| {
            let n_batches: usize = batches.iter().map(|groups| groups.levels.len()).sum();
            // Effects are solved for from a matrix of all batches by all.
            groups::fit(n_batches, 2 * size_of::<f64>() * n_batches, memory)?;
            let found = corrected(&rep, (&keys, &batches), &params, &origin, ticker)?;
            let uns = record(&found, &keys, &params);
            Ok([
                Value::Dense(Arc::new(found.corrected)),
                Value::Uns(Arc::new(uns)),
            ])
        });
        let key = format!("X_{}", self.key.0);
        scene.put(&mut data, Place::Obsm, &key, layout, &from);
        scene.put(&mut data, Place::Uns, &self.key.0, record, &from);
        Ok(Reply::Dataset(data, vec![SlotName::new(Place::Obsm, key)]))
    }
}

fn corrected(
    rep: &Value,
    (keys, batches): (&[String], &[Arc<Groups>]),
    params: &HarmonyParams,
    origin: &Origin,
    ticker: &Ticker,
) -> Result<Found, Fault> {
    let said = |text: String| Fault::Reported(Diagnostic::error(code::NOT_FINITE, text).at(origin));
    let rep = numeric(rep, origin)?;
    let mut labels = Vec::new();
    for (groups, key) in batches.iter().zip(keys) {
        if groups.levels.len() < 2 {
            return Err(Fault::Reported(
                Diagnostic::error(
                    code::TOO_FEW_GROUPS,
                    format!("obs.{key} has only one batch"),
                )
                .at(origin)
                .help("nothing to integrate: use another column"),
            ));
        }
        labels.push(groups.codes.clone());
    }
    let labels: Vec<&[u32]> = labels.iter().map(|codes| &**codes).collect();
    harmony(rep.view(), &labels, params, ticker).map_err(|error| match error {
        HarmonyError::Stopped(stopped) => stopped.into(),
        error => said(error.to_string()),
    })
}

fn record(found: &Found, keys: &[String], params: &HarmonyParams) -> Uns {
    let by = Uns::Texts(Arc::new(keys.iter().collect()));
    let theta = match params.theta[..] {
        [one] => Uns::Number(one),
        _ => Uns::Array(Array1::from(params.theta.clone()).into_dyn()),
    };
    let params = Uns::map()
        .with("batch_key", by)
        .with("theta", theta)
        .with("lambda", params.lambda)
        .with("sigma", params.sigma)
        .with("random_state", params.seed as i64);
    Uns::map()
        .with("params", params)
        .with("iterations", found.iterations)
        .with("converged", found.converged)
}

//! `tsne`: the t-SNE embedding of a representation.

use crate::command::params::{Count, Data, NewName, NotNegative, ObsmKey, Positive};
use crate::command::references;
use crate::command::spec::{Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::representation::{self, numeric, representation};
use crate::commands::structure::neighbors::{Metric, distance};
use crate::data::{Place, Promise, SlotName, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::graph::knn;
use crate::kernels::methods::tsne::{self, neighbors_for};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::Fault;
use crate::source::Origin;
use ndarray::{Array2, s};
use std::sync::Arc;

params! {
    Tsne {
        /// The dataset.
        adata: Data,
        /// Effective number of neighbors; less than a third of the cells.
        perplexity: Positive = 30.0,
        /// Representation in obsm: pca, harmony …; X for all genes.
        #[also("use_rep", "reduction")]
        on: ObsmKey = "X_pca",
        /// Number of components to use; by default all.
        #[also("n_pcs", "dims")]
        pcs: Option<Count>,
        /// Distance metric.
        metric: Metric = Metric::Euclidean,
        /// Early exaggeration, applied in the first 250 iterations.
        #[also("early_exaggeration")]
        exaggeration: Positive = 12.0,
        /// Learning rate; by default cells / exaggeration / 4.
        #[also("learning_rate")]
        rate: Option<Positive>,
        /// Number of iterations.
        #[also("n_iter")]
        iterations: Count = 1000,
        /// Barnes-Hut accuracy: 0 is exact, larger is faster and less accurate.
        theta: NotNegative = 0.5,
        /// Name of the result: obsm.X_<key>.
        #[also("key_added")]
        key: NewName = "tsne",
    }
}

impl Command for Tsne {
    const SPEC: Spec = Spec {
        name: "tsne",
        summary: "Compute a t-SNE embedding.",
        keywords: "embedding dimensionality reduction visualization t-SNE",
        about: "Starts from the first two components, so the result is deterministic. Distances between groups\nmean little; neighborhoods are preserved.",
        reads: &[Need {
            want: Want::Slot(Place::Obsm, Key::Param("on")),
            what: "principal components",
            made_by: "pca",
        }],
        writes: &[
            Write::Slot(Place::Obsm, Key::Around("X_", "key", "")),
            Write::Slot(Place::Uns, Key::Param("key")),
        ],
        without: &[
            ("use_fast_tsne", "there is one method, Barnes-Hut"),
            (
                "n_components",
                "t-SNE is computed in two dimensions; umap components=3 computes three",
            ),
            (
                "components",
                "t-SNE is computed in two dimensions; umap components=3 computes three",
            ),
        ],
        like: &["sc.tl.tsne", "RunTSNE"],
        examples: &[
            "tsne adata",
            "tsne adata perplexity=15 pcs=20 iterations=300",
        ],
        cite: &[&references::TSNE, &references::KOBAK_2019],
        method: "A t-SNE embedding was computed from [pcs|the first {pcs} of ]{on} (perplexity {perplexity}) <TSNE> <KOBAK_2019>.",
        holds: "the representation, 90 neighbors per cell, and the layout",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let rep = representation(scene, &data, &self.on.0, "on")?;
        let params = tsne::Params {
            perplexity: self.perplexity.0,
            exaggeration: self.exaggeration.0,
            learning_rate: self.rate.as_ref().map(|rate| rate.0),
            iterations: self.iterations.0,
            theta: self.theta.0,
        };
        let how = How {
            params,
            metric: distance(self.metric),
            pcs: self.pcs.as_ref().map(|pcs| pcs.0),
            origin: scene.origin(),
        };
        let promises = [Promise::Dense(Some(2)), Promise::Uns];
        let metric = self.metric.word();
        let on = self.on.0.clone();
        let [layout, record] = scene.step(rep, promises, move |rep, ticker| {
            let layout = how.layout(&rep, ticker)?;
            let record = Uns::map()
                .with("perplexity", how.params.perplexity)
                .with("early_exaggeration", how.params.exaggeration)
                .with("metric", metric)
                .with("use_rep", on.as_str());
            Ok([
                Value::Dense(Arc::new(layout)),
                Value::Uns(Arc::new(Uns::map().with("params", record))),
            ])
        });
        let from = match self.on.0.as_str() {
            representation::X => [SlotName::x()],
            key => [SlotName::new(Place::Obsm, key)],
        };
        let key = format!("X_{}", self.key.0);
        scene.put(&mut data, Place::Obsm, &key, layout, &from);
        scene.put(&mut data, Place::Uns, &self.key.0, record, &from);
        Ok(Reply::Dataset(data, vec![SlotName::new(Place::Obsm, key)]))
    }
}

/// What was asked for.
struct How {
    params: tsne::Params,
    metric: knn::Metric,
    pcs: Option<usize>,
    origin: Origin,
}

impl How {
    fn layout(&self, rep: &Value, ticker: &Ticker) -> Result<Array2<f32>, Fault> {
        let said =
            |code, text: String| Fault::Reported(Diagnostic::error(code, text).at(&self.origin));
        let rep = numeric(rep, &self.origin)?;
        let width = self.pcs.unwrap_or(rep.ncols()).min(rep.ncols());
        let rows = rep.slice(s![.., ..width]);
        let params = knn::Params {
            n_neighbors: neighbors_for(self.params.perplexity, rows.nrows()),
            metric: self.metric,
            ..knn::Params::default()
        };
        let found = knn::neighbors(rows, &params, ticker).map_err(|error| match error {
            knn::Error::Stopped(stopped) => stopped.into(),
            error => said(code::NOT_FINITE, error.to_string()),
        })?;
        tsne::embed(rows, &found, &self.params, ticker).map_err(|error| match error {
            tsne::Error::Stopped(stopped) => stopped.into(),
            error => said(code::TOO_FEW, error.to_string()),
        })
    }
}

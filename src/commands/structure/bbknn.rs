//! `bbknn`: link each cell to its nearest cells of every batch.

use crate::command::params::{Count, Data, GroupKey, Integer, NewName, ObsmKey};
use crate::command::references;
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::groups;
use crate::commands::inputs::groups::Groups;
use crate::commands::inputs::neighbor_graph::GRAPH_WRITES;
use crate::commands::inputs::representation::numeric;
use crate::commands::structure::harmony::REPRESENTATION;
use crate::commands::structure::neighbors::{Metric, distance};
use crate::data::{Place, Promise, SlotName, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::graph::connectivities::{self, Knn};
use crate::kernels::graph::knn;
use crate::kernels::methods::bbknn;
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::Fault;
use crate::source::Origin;
use ndarray::s;
use std::sync::Arc;

params! {
    Bbknn {
        /// The dataset.
        adata: Data,
        /// Column of obs with the batches.
        #[also("batch", "batch_key")]
        by: GroupKey = "batch",
        /// Neighbors of each cell in each batch, counting the cell itself in its own batch.
        #[also("neighbors_within_batch")]
        k: Count = 3,
        /// Number of components to use; by default all.
        #[also("n_pcs")]
        pcs: Option<Count>,
        /// Representation in obsm.
        #[also("use_rep")]
        on: ObsmKey = "X_pca",
        /// Distance metric.
        metric: Metric = Metric::Euclidean,
        /// Number of strongest edges to keep per cell, 0 for all; by default ten times its neighbors.
        trim: Option<Integer>,
        /// Prefix of the results, to keep several graphs.
        #[also("key_added")]
        key: Option<NewName>,
    }
}

impl Command for Bbknn {
    const SPEC: Spec = Spec {
        name: "bbknn",
        summary: "Compute a batch-balanced nearest neighbor graph (BBKNN).",
        keywords: "integration batch correction batch effect knn",
        about: "Replaces the graph of `neighbors`; clusters and embeddings computed from it are shared across batches.",
        reads: &[REPRESENTATION],
        writes: GRAPH_WRITES,
        without: &[
            ("approx", "neighbors are exact up to 20,000 cells per batch"),
            (
                "use_annoy",
                "neighbors are exact up to 20,000 cells per batch",
            ),
            (
                "use_faiss",
                "neighbors are exact up to 20,000 cells per batch",
            ),
            ("annoy_n_trees", "no search trees are built"),
            ("pynndescent_n_neighbors", "no search graph is built"),
            ("pynndescent_random_state", "results are deterministic"),
            (
                "set_op_mix_ratio",
                "edges are combined by union, not intersection",
            ),
            (
                "local_connectivity",
                "each cell is connected to its nearest neighbor",
            ),
        ],
        like: &[
            "sc.external.pp.bbknn",
            "sc.pp.bbknn",
            "sce.pp.bbknn",
            "bbknn.bbknn",
        ],
        examples: &[
            "bbknn adata by=batch",
            "bbknn adata by=batch k=5; leiden adata",
        ],
        cite: &[&references::BBKNN, &references::UMAP],
        method: "A batch-balanced neighbor graph was computed with BBKNN from {on} ({k} neighbors of each cell in each batch of {by}) <BBKNN>.",
        holds: "the representation and the graph",
        tells: &["by", "k"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let rep = scene.value(&data, Place::Obsm, &self.on.0)?;
        let needs = (rep, groups::groups_of_all(scene, &data, &self.by.0)?);
        let from = [
            SlotName::new(Place::Obsm, self.on.0.clone()),
            SlotName::new(Place::Obs, self.by.0.clone()),
        ];
        let prefix = self.key.as_ref().map(|key| key.0.clone());
        let name = |of: &str| {
            prefix
                .as_ref()
                .map_or(of.into(), |key| format!("{key}_{of}"))
        };
        let (connectivities, distances) = (name("connectivities"), name("distances"));
        let record = prefix.clone().unwrap_or_else(|| "neighbors".into());
        let (origin, memory) = (scene.origin(), scene.settings.memory);
        let promises = [Promise::Graph, Promise::Graph, Promise::Uns];
        let keys = (connectivities.clone(), distances.clone());
        let values = scene.step(needs, promises, move |(rep, batches), ticker| {
            let edges = batches.codes.len() * self.k.0;
            groups::fit(batches.levels.len(), EDGE * edges, memory)?;
            self.graphs(&rep, &batches, &keys, (&origin, ticker))
        });
        let keys = [
            (Place::Obsp, &connectivities),
            (Place::Obsp, &distances),
            (Place::Uns, &record),
        ];
        for ((place, key), value) in keys.into_iter().zip(values) {
            scene.put(&mut data, place, key, value, &from);
        }
        Ok(Reply::Dataset(
            data,
            vec![SlotName::new(Place::Obsp, connectivities)],
        ))
    }
}

fn fault(error: bbknn::Error, batches: &Groups, origin: &Origin) -> Fault {
    match error {
        bbknn::Error::Knn(knn::Error::Stopped(stopped)) => stopped.into(),
        bbknn::Error::BatchTooSmall { batch, cells, .. } => {
            let unit = if cells == 1 { "cell" } else { "cells" };
            let headline = format!("batch {} has {cells} {unit}", batches.levels.get(batch));
            let help = format!("k={cells} or fewer neighbors per batch, or leave the batch out");
            let said = Diagnostic::error(code::GROUPS_TOO_SMALL, headline).at(origin);
            Fault::Reported(said.help(help))
        }
        error => Fault::Reported(Diagnostic::error(code::NOT_FINITE, error.to_string()).at(origin)),
    }
}

/// Bytes of an edge: as it is found, and in both graphs.
const EDGE: usize = 40;

impl Bbknn {
    /// Connectivities, distances, and the record in uns.
    fn graphs(
        &self,
        rep: &Value,
        batches: &Groups,
        keys: &(String, String),
        (origin, ticker): (&Origin, &Ticker),
    ) -> Result<[Value; 3], Fault> {
        let said =
            |text: String| Fault::Reported(Diagnostic::error(code::NOT_FINITE, text).at(origin));
        let rep = numeric(rep, origin)?;
        let width = self
            .pcs
            .as_ref()
            .map_or(rep.ncols(), |pcs| pcs.0.min(rep.ncols()));
        let params = knn::Params {
            n_neighbors: self.k.0,
            metric: distance(self.metric),
            ..knn::Params::default()
        };
        let x = rep.slice(s![.., ..width]);
        let n_batches = batches.levels.len();
        let found = bbknn::neighbors(x, &batches.codes, n_batches, &params, ticker)
            .map_err(|error| fault(error, batches, origin))?;
        let bad = |error: connectivities::Error| match error {
            connectivities::Error::Stopped(stopped) => Fault::from(stopped),
            error => said(error.to_string()),
        };
        let knn = Knn::new(found.indices.view(), found.distances.view()).map_err(bad)?;
        let graph = connectivities::umap(knn, ticker).map_err(bad)?;
        let neighbors = self.k.0 * n_batches;
        let most = self.trim.as_ref().map_or(10 * neighbors, |most| most.0);
        let record = self.record(keys, neighbors, width, most);
        Ok([
            Value::Graph(Arc::new(bbknn::trim(&graph, most))),
            Value::Graph(Arc::new(connectivities::distances(knn))),
            Value::Uns(Arc::new(record)),
        ])
    }

    /// As the Python package leaves it, so that what follows finds its graph.
    fn record(&self, keys: &(String, String), k: usize, pcs: usize, trim: usize) -> Uns {
        let own = Uns::map()
            .with("batch_key", self.by.0.as_str())
            .with("neighbors_within_batch", self.k.0)
            .with("trim", trim);
        let params = Uns::map()
            .with("n_neighbors", k)
            .with("method", "umap")
            .with("metric", self.metric.word())
            .with("n_pcs", pcs)
            .with("use_rep", self.on.0.as_str())
            .with("bbknn", own);
        Uns::map()
            .with("connectivities_key", keys.0.as_str())
            .with("distances_key", keys.1.as_str())
            .with("params", params)
    }
}

//! `neighbors`: link each cell to its nearest cells.

mod limits;
mod workers;

use crate::command::params::{Count, Data, GraphKey, Integer, NewName, ObsmKey};
use crate::command::references;
use crate::command::spec::{Need, Sometimes, Want, When};
use crate::command::{Command, Key, Reply, Scene, Spec};
use crate::commands::inputs::neighbor_graph::GRAPH_WRITES;
use crate::commands::inputs::representation::{X, numeric};
use crate::data::matrix::GRAIN_CELLS;
use crate::data::quantity;
use crate::data::{Dataset, Lazy, Place, Promise, RowsView, SlotName, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::graph::connectivities::{self, Knn};
use crate::kernels::graph::knn::{self, Metric as Distance};
use crate::kernels::graph::snn::{self, SnnError, SnnParams};
use crate::kernels::linalg::dense;
use crate::kernels::ticker::Ticker;
use crate::plan::{Extent, Fault, Folding};
use crate::source::Origin;
use crate::{params, words};
use ndarray::{Array2, ArrayView2, s};
use std::sync::Arc;

words! {
    /// Distance metric.
    Metric {
        /// Euclidean distance
        Euclidean = "euclidean",
        /// angle between profiles
        Cosine = "cosine",
        /// angle between centered profiles
        Correlation = "correlation",
        /// sum of differences
        Manhattan = "manhattan",
    }
}

words! {
    /// How edges are weighted.
    Method {
        /// fuzzy union of local neighborhoods
        Umap = "umap",
        /// Gaussian kernel of local width
        Gauss = "gauss",
        /// fraction of shared neighbors of neighbors, as in PhenoGraph
        Jaccard = "jaccard",
        /// fraction of shared neighbors of all cells, as used by Seurat for clustering
        Shared = "shared",
        /// 1 if either cell is a neighbor of the other
        Union = "union",
    }
}

params! {
    Neighbors {
        /// The dataset.
        adata: Data,
        /// Number of neighbors, counting the cell itself.
        #[also("n_neighbors", "k.param")]
        k: Count = 15,
        /// Number of components to use; by default all.
        #[also("n_pcs", "dims")]
        pcs: Option<Count>,
        /// Representation in obsm: pca, harmony …; X for the genes themselves.
        #[also("use_rep", "reduction")]
        on: ObsmKey = "X_pca",
        /// Distance metric.
        metric: Metric = Metric::Euclidean,
        /// How edges are weighted.
        method: Method = Method::Umap,
        /// Distances in obsp to use instead of a representation; each cell needs k - 1 of them.
        distances: Option<GraphKey>,
        /// Prefix of the results, to keep several graphs.
        #[also("key_added")]
        key: Option<NewName>,
        /// Recorded with the result; the neighbor search is deterministic.
        #[also("random_state")]
        seed: Option<Integer>,
    }
}

/// Columns that a representation is thought to have before it is there.
const WIDTH: usize = 50;

impl Command for Neighbors {
    const SPEC: Spec = Spec {
        name: "neighbors",
        summary: "Compute the k-nearest neighbor (kNN) graph of cells.",
        keywords: "knn SNN nearest neighbors neighbor graph connectivity",
        about: "Exact up to 20,000 cells; approximate beyond that, with a recall of about \
                0.99. With on=X, distances are computed from gene values: select a few genes \
                first.",
        reads: &[Need {
            want: Want::If(&Sometimes {
                when: When::LeftOut("distances"),
                want: Want::Slot(Place::Obsm, Key::Param("on")),
                with: &["on"],
            }),
            what: "principal components",
            made_by: "pca",
        }],
        writes: GRAPH_WRITES,
        without: &[
            (
                "knn",
                "each cell keeps its k nearest neighbors, also with method=gauss",
            ),
            (
                "transformer",
                "sca uses its own search, with a recall of about 0.99",
            ),
            ("metric_kwds", "the metrics have no parameters"),
        ],
        like: &["sc.pp.neighbors", "FindNeighbors"],
        examples: &[
            "neighbors adata k=15",
            "neighbors adata k=10 metric=cosine",
            "neighbors adata k=10 method=jaccard key=phenograph; leiden adata graph=phenograph",
            "neighbors adata k=30; neighbors adata k=10 distances=distances key=narrow",
            "filter_genes adata min_cells=30; normalize adata; log1p adata; neighbors adata on=X",
        ],
        cite: &[&references::UMAP],
        method: "A neighbor graph of the cells was computed from [pcs|the first {pcs} of ]{on} (k = {k}, {metric} distance)[method=umap|, with edge weights as in UMAP <UMAP>][method=gauss|, with Gaussian edge weights][method=jaccard|, with Jaccard indices as edge weights].",
        holds: "the representation and the graph",
        tells: &["k"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        limits::check(scene, self.k.0)?;
        let origin = scene.origin();
        let typed_k = scene.args.given.contains_key("k").then_some(self.k.0);
        let how = Arc::new(How {
            params: knn::Params {
                n_neighbors: self.k.0,
                metric: distance(self.metric),
                ..knn::Params::default()
            },
            pcs: self.pcs.as_ref().map(|pcs| pcs.0),
            method: self.method,
            uns: self.uns(scene.settings.seed),
            origin,
        });
        let promises = [Promise::Graph, Promise::Graph, Promise::Uns];
        let (values, from) = if let Some(GraphKey(key)) = &self.distances {
            let given = scene.value(&data, Place::Obsp, key)?;
            let slot = SlotName::new(Place::Obsp, key);
            let of = slot.to_string();
            let values = scene.step(given, promises, move |given, cx| {
                how.of_distances(&given, &of, cx)
            });
            (values, slot)
        } else if self.on.0 == X {
            (of_genes(scene, &data, promises, how)?, SlotName::x())
        } else {
            let rep = scene.value(&data, Place::Obsm, &self.on.0)?;
            let parts = workers::searched(scene, &data, &rep, &how);
            let values = scene.step((rep, parts), promises, move |(rep, parts), cx| {
                let rep = numeric(&rep, &how.origin)?;
                cx.remark(typed_k.and_then(|k| limits::too_many(k, rep.nrows())));
                match parts {
                    Some(parts) => {
                        let found = knn::together(parts.iter().map(|part| &**part));
                        how.graphs(found.indices.view(), found.distances.view(), cx)
                    }
                    None => how.make(rep.view(), cx),
                }
            });
            (values, SlotName::new(Place::Obsm, self.on.0.clone()))
        };
        let (cells, k) = (data.cells.at_most(), self.k.0);
        // Points packed for comparison and candidates; then two graphs, one of them symmetric. (How many
        // genes there will be is known when they are gathered: see `too_large`.)
        scene.holds(&values, cells * (4 * WIDTH + 16 * k), cells * 24 * k);
        let [graph, lengths, uns] = values;
        let from = [from];
        let [connectivities, distances, record] = limits::keys(self.key.as_deref());
        scene.put(&mut data, Place::Obsp, &connectivities, graph, &from);
        scene.put(&mut data, Place::Obsp, &distances, lengths, &from);
        scene.put(&mut data, Place::Uns, &record, uns, &from);
        Ok(Reply::Dataset(
            data,
            vec![SlotName::new(Place::Obsp, connectivities)],
        ))
    }
}

/// Neighbors by the values of all genes, which are held for it as dense numbers.
fn of_genes(
    scene: &Scene,
    data: &Dataset,
    promises: [Promise; 3],
    how: Arc<How>,
) -> Outcome<[Lazy; 3]> {
    let matrix = scene.matrix(data, None)?;
    let (memory, origin) = (scene.settings.memory, scene.origin());
    let view = scene.view(data, &matrix);
    Ok(scene.fold(view, (), promises, move |extent, ()| {
        let bytes = 4 * extent.cells as u64 * extent.genes as u64;
        if bytes > memory / 2 {
            return Err(too_large(extent, bytes, memory).at(&origin).into());
        }
        let how = how.clone();
        Ok(Folding {
            new: Vec::new,
            add: |rows: &mut Vec<f32>, block: RowsView, _: &[u32], _: &Ticker| {
                dense::append(rows, block);
                Ok(())
            },
            merge: move |all: &mut Vec<f32>, next: Vec<f32>| {
                // The first block's memory becomes that of all, once.
                all.reserve_exact(extent.cells * extent.genes - all.len());
                all.extend_from_slice(&next);
            },
            finish: move |all: Vec<f32>, ticker: &Ticker| {
                let rows = Array2::from_shape_vec((extent.cells, extent.genes), all);
                how.make(rows.unwrap_or_default().view(), ticker)
            },
            partial_bytes: (bytes / extent.cells.max(1) as u64) * GRAIN_CELLS as u64,
        }
        .here())
    }))
}

fn too_large(extent: Extent, bytes: u64, memory: u64) -> Box<Diagnostic> {
    Diagnostic::error(
        code::MEMORY,
        format!(
            "{} cells × {} genes as dense numbers take {}, more than half of memory={}",
            quantity::count(extent.cells as u64),
            quantity::count(extent.genes as u64),
            quantity::bytes(bytes),
            quantity::bytes(memory)
        ),
    )
    .help("use fewer genes (`filter_genes`, `hvg`), or principal components: on=pca")
}

/// The metric as the kernels know it.
pub(in crate::commands) fn distance(metric: Metric) -> Distance {
    match metric {
        Metric::Euclidean => Distance::Euclidean,
        Metric::Cosine => Distance::Cosine,
        Metric::Correlation => Distance::Correlation,
        Metric::Manhattan => Distance::Manhattan,
    }
}

impl Neighbors {
    /// The record that scanpy leaves in `uns`.
    fn uns(&self, seed: u64) -> Uns {
        let mut params = Uns::map()
            .with("n_neighbors", self.k.0)
            .with("method", self.method.word())
            .with(
                "random_state",
                self.seed.as_ref().map_or(seed as i64, |seed| seed.0 as i64),
            )
            .with("metric", self.metric.word());
        if let Some(Count(pcs)) = &self.pcs {
            params = params.with("n_pcs", *pcs);
        }
        if self.on.0 != "X_pca" {
            params = params.with("use_rep", self.on.0.as_str());
        }
        let prefix = self
            .key
            .as_ref()
            .map_or(String::new(), |key| format!("{}_", key.0));
        Uns::map()
            .with("connectivities_key", format!("{prefix}connectivities"))
            .with("distances_key", format!("{prefix}distances"))
            .with("params", params)
    }
}

/// What was asked for.
struct How {
    params: knn::Params,
    pcs: Option<usize>,
    method: Method,
    uns: Uns,
    origin: Origin,
}

impl How {
    fn make(&self, rep: ArrayView2<'_, f32>, ticker: &Ticker) -> Result<[Value; 3], Fault> {
        let (rep, params) = self.asked(rep)?;
        let found = knn::neighbors(rep, &params, ticker).map_err(|error| self.said(error))?;
        self.graphs(found.indices.view(), found.distances.view(), ticker)
    }

    /// The dimensions that are compared, and how.
    fn asked<'a>(
        &self,
        rep: ArrayView2<'a, f32>,
    ) -> Result<(ArrayView2<'a, f32>, knn::Params), Fault> {
        if rep.nrows() < 2 {
            let text = format!("{} cell has no neighbors", rep.nrows());
            let said = Diagnostic::error(code::TOO_FEW, text).at(&self.origin);
            return Err(Fault::Reported(said));
        }
        let width = self.pcs.unwrap_or(rep.ncols()).min(rep.ncols());
        let params = knn::Params {
            n_neighbors: knn::possible_neighbors(self.params.n_neighbors, rep.nrows()),
            ..self.params.clone()
        };
        Ok((rep.slice_move(s![.., ..width]), params))
    }

    fn said(&self, error: knn::Error) -> Fault {
        match error {
            knn::Error::Stopped(stopped) => stopped.into(),
            error => Fault::Reported(
                Diagnostic::error(code::NOT_FINITE, error.to_string()).at(&self.origin),
            ),
        }
    }

    /// From distances that are given: of each cell the nearest.
    fn of_distances(&self, given: &Value, of: &str, ticker: &Ticker) -> Result<[Value; 3], Fault> {
        let said = |text: String| Diagnostic::error(code::TOO_FEW, text).at(&self.origin);
        let Some(given) = given.graph() else {
            return Err(said(format!("{of} does not hold distances")).into());
        };
        let others = knn::possible_neighbors(self.params.n_neighbors, given.rows()).max(2) - 1;
        let (mut indices, mut distances) = (Vec::new(), Vec::new());
        for (cell, row) in given.outer_iterator().enumerate() {
            let mut nearest: Vec<(f32, u32)> = row.iter().map(|(j, &d)| (d, j as u32)).collect();
            nearest.retain(|&(_, j)| j as usize != cell);
            if nearest.len() < others {
                let n = nearest.len();
                let headline = format!(
                    "{of} has {n} distances of cell {cell}, and k={} needs {others}",
                    others + 1
                );
                let help = "lower k=, or store more distances";
                return Err(said(headline).help(help).into());
            }
            nearest.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            indices.extend(nearest[..others].iter().map(|near| near.1));
            distances.extend(nearest[..others].iter().map(|near| near.0));
        }
        let shape = (given.rows(), others);
        let indices = ArrayView2::from_shape(shape, &indices);
        let distances = ArrayView2::from_shape(shape, &distances);
        match (indices, distances) {
            (Ok(indices), Ok(distances)) => self.graphs(indices, distances, ticker),
            _ => unreachable!("every row has the same length"),
        }
    }

    /// The graphs of neighbors, each cell without itself.
    fn graphs(
        &self,
        indices: ArrayView2<'_, u32>,
        distances: ArrayView2<'_, f32>,
        ticker: &Ticker,
    ) -> Result<[Value; 3], Fault> {
        let said =
            |text: String| Fault::Reported(Diagnostic::error(code::TOO_FEW, text).at(&self.origin));
        let bad = |error: connectivities::Error| match error {
            connectivities::Error::Stopped(stopped) => Fault::from(stopped),
            error => said(error.to_string()),
        };
        let knn = Knn::new(indices, distances).map_err(bad)?;
        let k = indices.ncols();
        let neighbors = || indices.iter().copied().collect::<Vec<u32>>();
        let worse = |error: SnnError| match error {
            SnnError::Stopped(stopped) => Fault::from(stopped),
            error => said(error.to_string()),
        };
        let graph = match self.method {
            Method::Umap => connectivities::umap(knn, ticker).map_err(bad)?,
            Method::Gauss => connectivities::gauss(knn, ticker).map_err(bad)?,
            Method::Jaccard => connectivities::jaccard(knn, ticker).map_err(bad)?,
            Method::Shared => {
                let params = SnnParams::default();
                snn::shared_neighbors(&neighbors(), k, &params, ticker).map_err(worse)?
            }
            Method::Union => snn::neighbor_union(&neighbors(), k, ticker).map_err(worse)?,
        };
        let distances = connectivities::distances(knn);
        Ok([
            Value::Graph(Arc::new(graph)),
            Value::Graph(Arc::new(distances)),
            Value::Uns(Arc::new(self.uns.clone())),
        ])
    }
}

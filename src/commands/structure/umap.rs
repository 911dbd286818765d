//! `umap`: the UMAP embedding of the neighbor graph.

use crate::command::params::{Count, Data, Integer, NewName, NotNegative, Positive};
use crate::command::references;
use crate::command::spec::Theirs;
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::neighbor_graph::{GRAPH, NeighborGraph};
use crate::commands::structure::paga;
use crate::data::{Place, Promise, SlotName, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::umap::{self, Init};
use crate::plan::Fault;
use crate::{params, words};
use std::sync::Arc;

words! {
    /// Where cells start.
    Start {
        /// from eigenvectors of the graph
        Spectral = "spectral",
        /// random positions
        Random = "random",
        /// from the graph of groups that `paga` makes
        Paga = "paga",
    }
}

params! {
    Umap {
        /// The dataset.
        adata: Data,
        /// Minimum distance between points: smaller values give tighter clusters.
        #[also("min.dist")]
        min_dist: NotNegative = 0.5,
        /// Scale of the layout.
        spread: Positive = 1.0,
        /// Dimensions of the layout.
        #[also("n_components")]
        components: Count = 2,
        /// Number of optimization epochs; by default 500 up to 10,000 cells, else 200.
        #[also("maxiter", "n.epochs")]
        epochs: Option<Count>,
        /// Initial positions.
        #[also("init_pos")]
        init: Start = Start::Spectral,
        /// Negative samples per positive edge.
        #[also("negative_sample_rate")]
        negatives: Count = 5,
        /// Initial learning rate.
        #[also("learning_rate")]
        alpha: Positive = 1.0,
        /// Weight of negative samples (repulsion).
        #[also("repulsion_strength")]
        gamma: NotNegative = 1.0,
        /// Random seed; by default the session's seed.
        #[also("random_state")]
        seed: Option<Integer>,
        /// Name of the result: obsm.X_<key>.
        #[also("key_added")]
        key: NewName = "umap",
        use NeighborGraph as on,
    }
}

impl Command for Umap {
    const SPEC: Spec = Spec {
        name: "umap",
        summary: "Compute a UMAP embedding of the neighbor graph.",
        keywords: "embedding dimensionality reduction visualization manifold",
        about: "Distances between groups mean little; neighborhoods are preserved. Results are the same on every run and machine.",
        reads: &[GRAPH, paga::START],
        writes: &[
            Write::Slot(Place::Obsm, Key::Around("X_", "key", "")),
            Write::Slot(Place::Uns, Key::Param("key")),
        ],
        without: &[
            ("a", "min_dist and spread determine the curve"),
            ("b", "min_dist and spread determine the curve"),
            ("method", "there is one layout method"),
        ],
        like: &["sc.tl.umap", "RunUMAP"],
        theirs: &[
            ("dims", Theirs::Instead("neighbors has pcs=")),
            ("reduction", Theirs::Instead("neighbors has on=")),
            ("n.neighbors", Theirs::Instead("neighbors has k=")),
        ],
        examples: &[
            "umap adata",
            "umap adata min_dist=0.3 seed=1",
            "paga adata; umap adata init=paga",
        ],
        cite: &[&references::UMAP],
        method: "A UMAP embedding[components=3| in three dimensions] was computed from the neighbor graph (minimum distance {min_dist}, spread {spread}) <UMAP>.",
        holds: "the neighbor graph and the layout",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let key = self.on.key();
        let graph = scene.value(&data, Place::Obsp, &key)?;
        let seed = scene.seed(&self.seed);
        let params = self.params(seed);
        let origin = scene.origin();
        let promises = [Promise::Dense(Some(self.components.0)), Promise::Uns];
        if self.init == Start::Paga && self.components.0 != 2 {
            return Err(scene
                .error(
                    "components",
                    code::NOT_APPLICABLE,
                    "the PAGA layout has two dimensions",
                    "is not 2",
                )
                .help("init=spectral works in any number of dimensions"));
        }
        let start = (self.init == Start::Paga).then(|| paga::start(scene, &data, seed));
        let needs = (graph, start.transpose()?);
        let values = scene.step(needs, promises, move |(graph, start), ticker| {
            let Some(graph) = graph.graph() else {
                return Err(Diagnostic::error(
                    code::UNEXPECTED_CONTENT,
                    "obsp.connectivities is not a graph",
                )
                .into());
            };
            let mut params = params.clone();
            if let Some(start) = start {
                params.init = Init::Given((*start).clone());
            }
            let layout =
                umap::embed(graph.view(), &params, ticker).map_err(|error| match error {
                    umap::Error::Stopped(stopped) => stopped.into(),
                    error => Fault::Reported(
                        Diagnostic::error(code::UNUSABLE_GRAPH, error.to_string()).at(&origin),
                    ),
                })?;
            let (a, b) = umap::find_ab(params.min_dist, params.spread).unwrap_or_default();
            let record = Uns::map()
                .with("a", a)
                .with("b", b)
                .with("random_state", params.seed as i64);
            Ok([
                Value::Dense(Arc::new(layout)),
                Value::Uns(Arc::new(Uns::map().with("params", record))),
            ])
        });
        let cells = data.cells.at_most();
        // Edges with their schedules, of about 15 neighbors; two layouts.
        scene.holds(&values, cells * 400, cells * 4 * self.components.0);
        let [layout, record] = values;
        let from = [SlotName::new(Place::Obsp, key)];
        let key = format!("X_{}", self.key.0);
        scene.put(&mut data, Place::Obsm, &key, layout, &from);
        scene.put(&mut data, Place::Uns, &self.key.0, record, &from);
        Ok(Reply::Dataset(data, vec![SlotName::new(Place::Obsm, key)]))
    }
}

impl Umap {
    fn params(&self, seed: u64) -> umap::Params {
        umap::Params {
            min_dist: self.min_dist.0,
            spread: self.spread.0,
            n_components: self.components.0,
            n_epochs: self.epochs.as_ref().map(|epochs| epochs.0),
            negative_sample_rate: self.negatives.0,
            alpha: self.alpha.0,
            gamma: self.gamma.0,
            init: match self.init {
                Start::Spectral | Start::Paga => Init::Spectral,
                Start::Random => Init::Random,
            },
            seed,
            ..umap::Params::default()
        }
    }
}

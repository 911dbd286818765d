//! `leiden`: clusters on the neighbour graph.

use super::clustering::{How, cluster, restriction};
use crate::command::params::{Count, Data, GraphKey, Many, NewName, NotNegative, Pairs, Whole};
use crate::command::spec::{Need, Want};
use crate::command::{Command, Group, Key, Reply, Scene, Spec, Write};
use crate::data::Place;
use crate::diagnostic::Outcome;
use crate::kernels::leiden::LeidenParams;
use crate::params;

params! {
    Leiden {
        /// The dataset to cluster.
        adata: Data,
        /// Resolution: higher gives more, smaller clusters. A list clusters once for each.
        res: Many<NotNegative> = [1.0],
        /// Column of obs to write; for several resolutions <key>_<resolution>, with restrict <key>_R.
        key: NewName = "leiden",
        /// Iterations at most; until nothing improves, if left out.
        iterations: Option<Count>,
        /// Where the random order of cells starts; the session's seed, if left out.
        seed: Option<Whole>,
        /// Cluster within some groups only: {leiden: ["0", "3"]}.
        restrict: Option<Pairs>,
        /// The graph in obsp; that of the last `neighbors` without a name, if left out.
        graph: Option<GraphKey>,
    }
}

/// The graph in obsp that `neighbors` makes unless it is told a name.
pub(super) const CONNECTIVITIES: &str = "connectivities";

/// The graph that was asked for.
pub(super) fn graph_key(given: Option<GraphKey>) -> String {
    given.map_or_else(|| CONNECTIVITIES.to_owned(), |GraphKey(key)| key)
}

/// What clustering commands need.
pub(super) const GRAPH: Need = Need {
    want: Want::Slot(Place::Obsp, Key::ParamOr("graph", CONNECTIVITIES)),
    what: "a neighbour graph",
    made_by: "neighbors",
};

impl Command for Leiden {
    const SPEC: Spec = Spec {
        name: "leiden",
        group: Group::Structure,
        summary: "Group cells into clusters on the neighbour graph.",
        about: "Maximises modularity; every cluster is connected; cluster 0 is the largest.\nWithin groups the clusters of {leiden: [\"0\", \"3\"]} are called 0-3,0 and so on.",
        reads: &[GRAPH],
        writes: &[
            Write::Slot(Place::Obs, Key::Param("key")),
            Write::Slot(Place::Uns, Key::Param("key")),
        ],
        aliases: &[
            ("resolution", "res"),
            ("key_added", "key"),
            ("n_iterations", "iterations"),
            ("random_state", "seed"),
            ("restrict_to", "restrict"),
            ("obsp", "graph"),
            ("neighbors_key", "graph"),
        ],
        like: &["sc.tl.leiden", "FindClusters"],
        examples: &[
            "leiden adata res=0.6",
            "leiden adata res=[0.4, 0.8]",
            "leiden adata restrict={cell_type: [\"B\", \"NK\"]} res=0.4",
        ],
        cite: &["Traag, Waltman & van Eck, Sci. Rep. 9, 5233 (2019)"],
        holds: "the neighbour graph",
        tells: &["res"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let restrict = restriction(scene, &self.restrict)?;
        let key = match restrict {
            Some(_) if self.key.0 == "leiden" => "leiden_R".to_owned(),
            _ => self.key.0,
        };
        let how = How {
            params: LeidenParams {
                resolutions: self.res.0.iter().map(|res| res.0).collect(),
                n_iterations: self.iterations.map(|n| n.0),
                refine: true,
                seed: self.seed.map_or(scene.settings.seed, |seed| seed.0 as u64),
            },
            graph: graph_key(self.graph),
            key,
            restrict,
        };
        cluster(scene, &self.adata.0, how)
    }
}

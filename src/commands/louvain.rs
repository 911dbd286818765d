//! `louvain`: clusters on the neighbour graph, by moves alone.

use super::clustering::{How, cluster, restriction};
use super::leiden::{GRAPH, graph_key};
use crate::command::params::{Count, Data, GraphKey, Many, NewName, NotNegative, Pairs, Whole};
use crate::command::{Command, Group, Key, Reply, Scene, Spec, Write};
use crate::data::Place;
use crate::diagnostic::Outcome;
use crate::kernels::leiden::LeidenParams;
use crate::params;

params! {
    Louvain {
        /// The dataset to cluster.
        adata: Data,
        /// Resolution: higher gives more, smaller clusters. A list clusters once for each.
        res: Many<NotNegative> = [1.0],
        /// Column of obs to write; for several resolutions <key>_<resolution>, with restrict <key>_R.
        key: NewName = "louvain",
        /// Iterations at most; until nothing improves, if left out.
        iterations: Option<Count>,
        /// Where the random order of cells starts; the session's seed, if left out.
        seed: Option<Whole>,
        /// Cluster within some groups only: {louvain: ["0", "3"]}.
        restrict: Option<Pairs>,
        /// The graph in obsp; that of the last `neighbors` without a name, if left out.
        graph: Option<GraphKey>,
    }
}

impl Command for Louvain {
    const SPEC: Spec = Spec {
        name: "louvain",
        group: Group::Structure,
        summary: "Group cells into clusters by the Louvain algorithm.",
        about: "Maximises modularity by moving cells alone: clusters may be unconnected. `leiden` mends that and\nis to be preferred; this is for results that must be compared.",
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
        like: &["sc.tl.louvain"],
        examples: &["louvain adata res=0.6"],
        cite: &["Blondel et al., J. Stat. Mech. P10008 (2008)"],
        holds: "the neighbour graph",
        tells: &["res"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let restrict = restriction(scene, &self.restrict)?;
        let key = match restrict {
            Some(_) if self.key.0 == "louvain" => "louvain_R".to_owned(),
            _ => self.key.0,
        };
        let how = How {
            params: LeidenParams {
                resolutions: self.res.0.iter().map(|res| res.0).collect(),
                n_iterations: self.iterations.map(|n| n.0),
                refine: false,
                seed: self.seed.map_or(scene.settings.seed, |seed| seed.0 as u64),
            },
            graph: graph_key(self.graph),
            key,
            restrict,
        };
        cluster(scene, &self.adata.0, how)
    }
}

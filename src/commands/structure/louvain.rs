//! `louvain`: clusters on the neighbor graph, by Leiden's predecessor.

use crate::command::params::{Data, Many, NewName, NotNegative};
use crate::command::references;
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::neighbor_graph::GRAPH;
use crate::commands::structure::clustering::{Asked, CLUSTERS, Search, cluster};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Louvain {
        /// The dataset to cluster.
        adata: Data,
        /// Resolution: higher values give more, smaller clusters. With a list, clusters once for each.
        #[also("resolution")]
        res: Many<NotNegative> = [1.0],
        /// Column of obs to write; for several resolutions <key>_<resolution>, with restrict <key>_R.
        #[also("key_added")]
        key: NewName = "louvain",
        use Search as search,
    }
}

impl Command for Louvain {
    const SPEC: Spec = Spec {
        name: "louvain",
        summary: "Cluster cells with the Louvain algorithm on the neighbor graph.",
        keywords: "clustering clusters community detection SNN",
        about: "Maximizes modularity by moving single cells, so clusters may be disconnected. `leiden` avoids this\nand is preferred; use louvain to compare with earlier results.",
        reads: &[GRAPH],
        writes: &CLUSTERS,
        without: &[
            ("adjacency", "graph= names a graph in obsp"),
            ("directed", "neighbor graphs are undirected"),
            (
                "partition_type",
                "modularity with a resolution is maximized",
            ),
            ("flavor", "there is one implementation"),
            (
                "partition_kwargs",
                "only res, iterations, and seed can be set",
            ),
        ],
        like: &["sc.tl.louvain"],
        examples: &["louvain adata res=0.6"],
        cite: &[&references::LOUVAIN],
        method: "Cells were clustered with the Louvain algorithm (resolution {res}[restrict|, within {restrict}]) <LOUVAIN>.",
        holds: "the neighbor graph",
        tells: &["res"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let asked = Asked {
            refine: false,
            usual_key: "louvain",
            res: self.res,
            key: self.key,
            search: self.search,
        };
        cluster(scene, &self.adata.0, asked)
    }
}

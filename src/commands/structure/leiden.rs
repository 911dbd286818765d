//! `leiden`: clusters on the neighbor graph.

use crate::command::params::{Data, Many, NewName, NotNegative};
use crate::command::references;
use crate::command::spec::Theirs;
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::neighbor_graph::GRAPH;
use crate::commands::structure::clustering::{Asked, CLUSTERS, Search, cluster};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Leiden {
        /// The dataset to cluster.
        adata: Data,
        /// Resolution: higher values give more, smaller clusters. With a list, clusters once for each.
        #[also("resolution")]
        res: Many<NotNegative> = [1.0],
        /// Column of obs to write; for several resolutions <key>_<resolution>, with restrict <key>_R.
        #[also("key_added")]
        key: NewName = "leiden",
        use Search as search,
    }
}

impl Command for Leiden {
    const SPEC: Spec = Spec {
        name: "leiden",
        summary: "Cluster cells with the Leiden algorithm on the neighbor graph.",
        keywords: "clustering clusters community detection SNN resolution cell populations",
        about: "Maximizes modularity; every cluster is connected; cluster 0 is the largest.\nWithin groups the clusters of {leiden: [\"0\", \"3\"]} are named 0-3,0 and so on.\nWith method=union or method=shared of `neighbors`, doublets and rare cells form fewer clusters of their own.",
        reads: &[GRAPH],
        writes: &CLUSTERS,
        without: &[
            ("adjacency", "graph= names a graph in obsp"),
            ("directed", "neighbor graphs are undirected"),
            (
                "partition_type",
                "modularity with a resolution is maximized",
            ),
            (
                "flavor",
                "there is one implementation; it maximizes the same function as leidenalg and igraph",
            ),
            (
                "clustering_args",
                "only res, iterations, and seed can be set",
            ),
        ],
        like: &["sc.tl.leiden", "FindClusters"],
        theirs: &[(
            "algorithm",
            Theirs::Instead("louvain is a command of its own"),
        )],
        examples: &[
            "leiden adata res=0.6",
            "leiden adata res=[0.4, 0.8]",
            "neighbors adata k=20 method=union key=links; leiden adata graph=links",
            "leiden adata restrict={cell_type: [\"B\", \"NK\"]} res=0.4",
        ],
        cite: &[&references::LEIDEN],
        method: "Cells were clustered with the Leiden algorithm (resolution {res}[restrict|, within {restrict}]) <LEIDEN>.",
        holds: "the neighbor graph",
        tells: &["res"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let asked = Asked {
            refine: true,
            usual_key: "leiden",
            res: self.res,
            key: self.key,
            search: self.search,
        };
        cluster(scene, &self.adata.0, asked)
    }
}

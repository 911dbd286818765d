//! Leiden clustering: communities of a weighted graph that maximize modularity with a resolution.
//!
//! Traag, Waltman & van Eck, "From Louvain to Leiden: guaranteeing well-connected communities",
//! Sci. Rep. 9, 5233 (2019), with the quality of Reichardt & Bornholdt (2006):
//! Q = Σ_ij (A_ij − γ·k_i·k_j/2m)·δ(c_i, c_j) / 2m. Local moving, refinement and aggregation repeat
//! level by level, and the whole again from its own result until nothing gains.
//! Louvain (Blondel et al. 2008) is the same without refinement.

mod levels;
mod locality;
mod moving;
mod network;
mod partition;
mod refinement;

use rayon::prelude::*;

use super::modularity::modularity;
use crate::kernels::graph::components::GraphView;
use crate::kernels::ticker::{Stopped, Ticker};
use levels::cluster;
use locality::renumbered;
pub use partition::number_by_size;
use partition::through;

/// How to cluster; the defaults are scanpy's.
#[derive(Debug, Clone, PartialEq)]
pub struct LeidenParams {
    /// γ of each clustering wanted: the larger, the more clusters.
    pub resolutions: Vec<f64>,
    /// Repetitions of the whole algorithm, each from the result before; `None`: until none gains
    /// 1e-5 of modularity.
    pub n_iterations: Option<usize>,
    /// Without refinement it is the Louvain algorithm, and communities need not be connected.
    pub refine: bool,
    /// Chooses the order in which nodes are first visited.
    pub seed: u64,
}

impl Default for LeidenParams {
    fn default() -> Self {
        Self {
            resolutions: vec![1.0],
            n_iterations: None,
            refine: true,
            seed: 0,
        }
    }
}

/// A partition of the nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Clustering {
    pub resolution: f64,
    /// Cluster of each node; cluster 0 is the largest, equals go by their first member.
    pub labels: Vec<u32>,
    pub n_clusters: usize,
    /// At `resolution`; see [`modularity`].
    pub modularity: f64,
    pub iterations: usize,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LeidenError {
    #[error("the graph has {rows} rows and {cols} columns")]
    NotSquare { rows: usize, cols: usize },
    #[error("the graph is not symmetric at node {node}")]
    NotSymmetric { node: usize },
    #[error("the edge from {node} to {neighbor} weighs {weight}: weights are 0 or more")]
    BadWeight {
        node: usize,
        neighbor: usize,
        weight: f32,
    },
    #[error("resolution {resolution} is not a number of at least 0")]
    BadResolution { resolution: f64 },
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Clusters a symmetric graph once for each resolution, in parallel, results in their order.
/// Nodes without edges are clusters of their own.
pub fn leiden(
    graph: GraphView<'_>,
    params: &LeidenParams,
    ticker: &Ticker,
) -> Result<Vec<Clustering>, LeidenError> {
    let wrong = |resolution: &&f64| !(resolution.is_finite() && **resolution >= 0.0);
    if let Some(&resolution) = params.resolutions.iter().find(wrong) {
        return Err(LeidenError::BadResolution { resolution });
    }
    let (network, number) = renumbered(graph, params.seed)?;
    params
        .resolutions
        .par_iter()
        .map(|&resolution| {
            let (found, iterations) = cluster(&network, resolution, params, ticker)?;
            let (labels, n_clusters) = number_by_size(&through(&number, &found));
            Ok(Clustering {
                resolution,
                modularity: modularity(graph, &labels, resolution),
                labels,
                n_clusters,
                iterations,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::graph::components::{connected_components, graph_of};
    use sprs::CsMatI;

    type Graph = CsMatI<f32, u32, usize>;

    fn clusters(graph: &Graph, resolution: f64) -> Clustering {
        let params = LeidenParams {
            resolutions: vec![resolution],
            ..Default::default()
        };
        leiden(graph.view(), &params, &Ticker::new())
            .unwrap()
            .remove(0)
    }

    /// `cliques` cliques of `size` nodes in a ring, neighbors joined by one edge.
    fn ring_of_cliques(cliques: usize, size: usize) -> Graph {
        let mut edges = Vec::new();
        for clique in 0..cliques {
            let first = clique * size;
            for i in 0..size {
                edges.extend((0..i).map(|j| (first + i, first + j, 1.0)));
            }
            edges.push((first + size - 1, (first + size) % (cliques * size), 1.0));
        }
        graph_of(cliques * size, &edges)
    }

    /// A graph without structure: chance edges of chance weights.
    fn chance_graph(nodes: u64) -> Graph {
        let mut state = 1u64;
        let mut draw = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            state >> 33
        };
        let mut edges = std::collections::BTreeMap::new();
        for node in 0..nodes {
            for _ in 0..8 {
                let other = draw() % nodes;
                if other != node {
                    let ends = (node.min(other) as usize, node.max(other) as usize);
                    edges.insert(ends, (draw() % 1000) as f32 / 1000.0);
                }
            }
        }
        let edges: Vec<_> = edges.into_iter().map(|((i, j), w)| (i, j, w)).collect();
        graph_of(nodes as usize, &edges)
    }

    /// Whether the nodes of every cluster hang together inside it.
    fn all_connected(graph: &Graph, found: &Clustering) -> bool {
        let mut inside = sprs::TriMatI::<f32, u32>::new(graph.shape());
        for (&weight, (i, j)) in graph.iter() {
            if found.labels[i as usize] == found.labels[j as usize] {
                inside.add_triplet(i as usize, j as usize, weight);
            }
        }
        connected_components(inside.to_csr().view()).1 == found.n_clusters
    }

    #[test]
    fn cliques_are_found() {
        let found = clusters(&ring_of_cliques(6, 5), 1.0);
        assert_eq!(found.n_clusters, 6);
        assert_eq!(&found.labels[..11], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2]);
    }

    #[test]
    fn resolution_chooses_the_number() {
        let graph = ring_of_cliques(6, 5);
        assert_eq!(clusters(&graph, 0.0).n_clusters, 1);
        assert!(clusters(&graph, 0.1).n_clusters < 6);
        assert_eq!(clusters(&graph, 50.0).n_clusters, 30);
    }

    #[test]
    fn clusters_are_connected() {
        let graph = chance_graph(700);
        for resolution in [0.3, 1.0, 3.0] {
            let found = clusters(&graph, resolution);
            assert!(all_connected(&graph, &found), "resolution {resolution}");
        }
    }

    #[test]
    fn threads_and_other_resolutions_change_nothing() {
        let graph = chance_graph(3000);
        let params = LeidenParams {
            resolutions: vec![0.5, 1.0, 2.0],
            ..Default::default()
        };
        let with_threads = |n| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n)
                .build()
                .unwrap();
            pool.install(|| leiden(graph.view(), &params, &Ticker::new()).unwrap())
        };
        let one = with_threads(1);
        assert_eq!(one, with_threads(5));
        assert_eq!(one[1], clusters(&graph, 1.0));
    }

    #[test]
    fn refinement_scores_no_worse_than_louvain() {
        let graph = chance_graph(2000);
        let params = LeidenParams {
            refine: false,
            ..Default::default()
        };
        let louvain = leiden(graph.view(), &params, &Ticker::new())
            .unwrap()
            .remove(0);
        assert!(clusters(&graph, 1.0).modularity >= louvain.modularity);
    }

    #[test]
    fn nodes_without_weight_stay_alone() {
        let graph = graph_of(5, &[(1, 3, 1.0), (0, 4, 0.0)]);
        let found = clusters(&graph, 1.0);
        assert_eq!((found.labels, found.n_clusters), (vec![1, 0, 2, 0, 3], 4));
    }

    #[test]
    fn tiny_graphs() {
        assert_eq!(clusters(&graph_of(0, &[]), 1.0).n_clusters, 0);
        let one = clusters(&graph_of(1, &[]), 1.0);
        assert_eq!((one.labels, one.modularity), (vec![0], 0.0));
        let unconnected = clusters(&graph_of(3, &[(0, 1, 0.0)]), 1.0);
        assert_eq!(unconnected.labels, [0, 1, 2]);
        let looped = clusters(&graph_of(2, &[(0, 0, 5.0), (0, 1, 1.0)]), 1.0);
        assert_eq!(looped.n_clusters, 1);
    }

    #[test]
    fn what_has_no_modularity_is_refused() {
        let run = |graph: &Graph, resolution| {
            let params = LeidenParams {
                resolutions: vec![resolution],
                ..Default::default()
            };
            leiden(graph.view(), &params, &Ticker::new()).unwrap_err()
        };
        let one_way = Graph::new((2, 2), vec![0, 1, 1], vec![1], vec![1.0]);
        assert_eq!(run(&one_way, 1.0), LeidenError::NotSymmetric { node: 0 });
        let negative = graph_of(2, &[(0, 1, -1.0)]);
        assert!(matches!(run(&negative, 1.0), LeidenError::BadWeight { .. }));
        let wide = Graph::zero((2, 3));
        assert!(matches!(run(&wide, 1.0), LeidenError::NotSquare { .. }));
        let fine = graph_of(2, &[(0, 1, 1.0)]);
        assert!(matches!(
            run(&fine, f64::NAN),
            LeidenError::BadResolution { .. }
        ));
    }

    #[test]
    fn stops_when_asked() {
        let stopped = leiden(
            chance_graph(500).view(),
            &LeidenParams::default(),
            &Ticker::stopping_at(3),
        );
        assert_eq!(stopped, Err(LeidenError::Stopped(Stopped)));
    }
}

//! Leiden clustering: communities of a weighted graph that maximise modularity with a resolution.
//!
//! Traag, Waltman & van Eck, "From Louvain to Leiden: guaranteeing well-connected communities",
//! Sci. Rep. 9, 5233 (2019), with the quality of Reichardt & Bornholdt (2006):
//! Q = Σ_ij (A_ij − γ·k_i·k_j/2m)·δ(c_i, c_j) / 2m. Local moving, refinement and aggregation repeat
//! level by level, and the whole again from its own result until nothing gains.
//! Louvain (Blondel et al. 2008) is the same without refinement; one such pass is where Leiden
//! starts from, as it finds communities of the right size in a third of the time.

mod locality;
mod moving;
mod network;
mod partition;
mod refinement;

use rayon::prelude::*;

use super::components::GraphView;
use super::modularity::modularity;
use super::ticker::{Stopped, Ticker};
use locality::renumbered;
use moving::move_nodes;
use network::Network;
pub use partition::number_by_size;
use partition::{Members, numbered, through};
use refinement::refine;

/// Iterations end when one gains less modularity.
const SMALLEST_GAIN: f64 = 1e-5;

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
    /// Chooses the node to begin with.
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
    #[error("the edge from {node} to {neighbour} weighs {weight}: weights are 0 or more")]
    BadWeight {
        node: usize,
        neighbour: usize,
        weight: f32,
    },
    #[error("resolution {resolution} is not a number from 0 on")]
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

/// Repeats the algorithm from its own result. Returns the communities and the iterations taken.
fn cluster(
    network: &Network,
    resolution: f64,
    params: &LeidenParams,
    ticker: &Ticker,
) -> Result<(Vec<u32>, usize), Stopped> {
    let mut community: Vec<u32> = (0..network.nodes() as u32).collect();
    let mut iterations = 0;
    if network.total <= 0.0 {
        return Ok((community, iterations));
    }
    if params.refine {
        (community, _) = iterate(network, resolution, community, false, ticker)?;
    }
    while params.n_iterations.is_none_or(|n| iterations < n) {
        let gain;
        (community, gain) = iterate(network, resolution, community, params.refine, ticker)?;
        iterations += 1;
        if gain < SMALLEST_GAIN * network.total {
            break;
        }
    }
    Ok((community, iterations))
}

/// One pass over all levels, from the nodes to a graph whose nodes are the communities.
/// Returns them and the gain in units of weight.
fn iterate(
    base: &Network,
    resolution: f64,
    mut community: Vec<u32>,
    refining: bool,
    ticker: &Ticker,
) -> Result<(Vec<u32>, f64), Stopped> {
    let mut coarse: Option<Network> = None;
    // From the base's nodes to those of the current level.
    let mut node_of: Vec<u32> = (0..base.nodes() as u32).collect();
    let mut total_gain = 0.0;
    loop {
        let network = coarse.as_ref().unwrap_or(base);
        total_gain += move_nodes(network, resolution, &mut community, ticker)?;
        let communities = Members::new(numbered(community));
        let parts = if refining && communities.count() < network.nodes() {
            refine(network, resolution, &communities, ticker)?
        } else {
            communities.community.clone()
        };
        let parts = Members::new(parts);
        if parts.count() == network.nodes() {
            return Ok((through(&node_of, &communities.community), total_gain));
        }
        community = (0..parts.count())
            .map(|part| communities.community[parts.of(part)[0] as usize])
            .collect();
        coarse = Some(network.aggregate(&parts, ticker)?);
        node_of = through(&node_of, &parts.community);
    }
}

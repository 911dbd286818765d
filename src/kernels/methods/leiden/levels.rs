//! How local moving, refinement and aggregation follow each other, and where they start from.
//!
//! One run from single nodes often ends in a poor optimum, another one for another order of visits.
//! So Leiden starts from the *overlap* of a few quick runs without refinement: nodes that all of
//! them put together stay together, and one more run joins these cores (Ovelgönne & Geyer-Schulz
//! 2012, "core groups"). That scores higher, and differs less by seed, than the best of as many runs.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::LeidenParams;
use super::moving::move_nodes;
use super::network::Network;
use super::partition::{Members, numbered, through};
use super::refinement::refine;
use crate::kernels::ticker::{Stopped, Ticker};

/// Iterations end when one gains less modularity.
const SMALLEST_GAIN: f64 = 1e-5;

/// Neighboring nodes that stay together in a random order of visits: memory is read in runs.
const RUN: usize = 32;

/// Edges beyond which two runs, not four, must do to start from.
const MANY_EDGES: usize = 8 << 20;

/// Edges beyond which graphs of levels are made from the whole graph, each when the one before is gone:
/// two of them beside the whole are half of the memory.
const LARGE: usize = 128 << 20;

/// What stays the same through all levels and iterations.
struct Task<'a> {
    network: &'a Network,
    resolution: f64,
    /// Edges beyond which a graph is large.
    large: usize,
    ticker: &'a Ticker,
}

/// Communities of the network and the iterations taken.
pub(super) fn cluster(
    network: &Network,
    resolution: f64,
    params: &LeidenParams,
    ticker: &Ticker,
) -> Result<(Vec<u32>, usize), Stopped> {
    let singles: Vec<u32> = (0..network.nodes() as u32).collect();
    if network.total <= 0.0 {
        return Ok((singles, 0));
    }
    let task = Task {
        network,
        resolution,
        large: LARGE,
        ticker,
    };
    let mut community = if params.refine {
        task.cores(params.seed)?
    } else {
        singles
    };
    let mut iterations = 0;
    while params.n_iterations.is_none_or(|n| iterations < n) {
        let gain;
        (community, gain) = task.iterate(community, params.refine, None)?;
        iterations += 1;
        if gain < SMALLEST_GAIN * network.total {
            break;
        }
    }
    Ok((community, iterations))
}

impl Task<'_> {
    /// Communities of the cores that several runs agree on.
    fn cores(&self, seed: u64) -> Result<Vec<u32>, Stopped> {
        let singles = |network: &Network| (0..network.nodes() as u32).collect::<Vec<u32>>();
        let runs = if self.network.neighbors.len() > MANY_EDGES {
            2
        } else {
            4
        };
        let found: Vec<Vec<u32>> = (0..runs)
            .into_par_iter()
            .map(|run| {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                random.set_stream(run);
                // The order in memory is the quickest and as good as any: one run takes it.
                let random = (run > 0).then_some(random);
                Ok(self.iterate(singles(self.network), false, random)?.0)
            })
            .collect::<Result<_, Stopped>>()?;
        let cores = found
            .into_iter()
            .reduce(|a, b| overlap(a, &b))
            .unwrap_or_default();
        let cores = Members::new(numbered(cores));
        let coarse = self.network.aggregate(&cores, self.ticker)?;
        let task = Task {
            network: &coarse,
            ..*self
        };
        let (joined, _) = task.iterate(singles(&coarse), false, None)?;
        Ok(through(&cores.community, &joined))
    }

    /// One pass over all levels, from the nodes to a graph whose nodes are the communities.
    /// Returns them and the gain in units of weight.
    fn iterate(
        &self,
        mut community: Vec<u32>,
        refining: bool,
        mut random: Option<ChaCha8Rng>,
    ) -> Result<(Vec<u32>, f64), Stopped> {
        let mut coarse: Option<Network> = None;
        // From the task's nodes to those of the current level.
        let mut node_of: Vec<u32> = (0..self.network.nodes() as u32).collect();
        let mut total_gain = 0.0;
        loop {
            let network = coarse.as_ref().unwrap_or(self.network);
            let order = visits(network.nodes(), random.as_mut());
            total_gain += move_nodes(network, self.resolution, &mut community, order, self.ticker)?;
            let communities = Members::new(numbered(community));
            let parts = if refining && communities.count() < network.nodes() {
                refine(network, self.resolution, &communities, self.ticker)?
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
            node_of = through(&node_of, &parts.community);
            if self.network.neighbors.len() > self.large {
                drop(coarse.take());
                let parts = Members::new(node_of);
                coarse = Some(self.network.aggregate(&parts, self.ticker)?);
                node_of = parts.community;
            } else {
                coarse = Some(network.aggregate(&parts, self.ticker)?);
            }
        }
    }
}

/// All nodes in the order of memory, or random.
fn visits(nodes: usize, random: Option<&mut ChaCha8Rng>) -> impl Iterator<Item = u32> + use<> {
    let mut runs: Vec<usize> = (0..nodes).step_by(RUN).collect();
    if let Some(random) = random {
        runs.shuffle(random);
    }
    runs.into_iter()
        .flat_map(move |start| start as u32..nodes.min(start + RUN) as u32)
}

/// Nodes that share a community in both; numbered without gaps.
fn overlap(a: Vec<u32>, b: &[u32]) -> Vec<u32> {
    let a = Members::new(numbered(a));
    let mut both = vec![0; b.len()];
    // For each community of b: the last community of a it met, and the number of their overlap.
    let mut met = vec![(u32::MAX, 0); b.len()];
    let mut count = 0;
    for c in 0..a.count() {
        for &node in a.of(c) {
            let (last, number) = &mut met[b[node as usize] as usize];
            if *last != c as u32 {
                (*last, *number) = (c as u32, count);
                count += 1;
            }
            both[node as usize] = *number;
        }
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::graph::components::graph_of;
    use crate::kernels::methods::leiden::locality::renumbered;

    #[test]
    fn graphs_of_levels_are_the_same_from_the_whole() {
        let edges: Vec<_> = (0..3000)
            .flat_map(|i| [1, 7, 31].map(|step| (i, (i * step + step) % 3000, 1.0 / step as f32)))
            .filter(|(i, j, _)| i < j)
            .collect();
        let (network, _) = renumbered(graph_of(3000, &edges).view(), 0).unwrap();
        let ticker = Ticker::new();
        let gain = |large| {
            let task = Task {
                network: &network,
                resolution: 1.0,
                large,
                ticker: &ticker,
            };
            let (community, gain) = task.iterate((0..3000).collect(), true, None).unwrap();
            (numbered(community).into_iter().max(), gain)
        };
        let (whole, level) = (gain(0), gain(usize::MAX));
        assert_eq!(whole.0, level.0);
        assert!(
            (whole.1 - level.1).abs() < 1e-3 * level.1,
            "{whole:?}, {level:?}"
        );
    }
}

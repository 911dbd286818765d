//! Refinement (Traag, Waltman & van Eck 2019, algorithm A.2, RefinePartition): every community is
//! taken apart and its nodes merged again into well-connected parts. The parts become the nodes of
//! the coarser graph, so a badly connected community falls apart.
//!
//! Communities never look at each other here, so they are refined in parallel. A node goes where it
//! gains most, not at random: that needs no random numbers and costs a quarter of the time.

use rayon::prelude::*;

use super::network::Network;
use super::partition::{Members, NeighborWeights, numbered};
use crate::kernels::ticker::{Stopped, Ticker};

/// Nodes between two looks at the ticker.
const NODES_PER_CHECK: usize = 4096;

/// The part each node belongs to: parts are numbered without gaps, community after community.
pub(super) fn refine(
    network: &Network,
    resolution: f64,
    communities: &Members,
    ticker: &Ticker,
) -> Result<Vec<u32>, Stopped> {
    let mut position = vec![0; network.nodes()];
    for (i, &node) in communities.nodes().iter().enumerate() {
        position[node as usize] = i as u32;
    }
    let penalty = resolution / network.total;
    let parts: Vec<Vec<u32>> = (0..communities.count())
        .into_par_iter()
        .map(|community| {
            let nodes = communities.of(community);
            Refinement::new(network, nodes, &position, penalty).run(ticker)
        })
        .collect::<Result<_, _>>()?;
    let mut refined = vec![0; network.nodes()];
    let mut first = 0;
    for (community, parts) in parts.iter().enumerate() {
        for (&node, part) in communities.of(community).iter().zip(parts) {
            refined[node as usize] = first + part;
        }
        first += parts.iter().max().map_or(0, |&last| last + 1);
    }
    Ok(refined)
}

/// One community being refined. Its nodes are known by their rank in `nodes`; a part has the rank
/// of the node it began with.
struct Refinement<'a> {
    network: &'a Network,
    nodes: &'a [u32],
    /// Of all nodes of the network; those of this community are consecutive.
    position: &'a [u32],
    /// γ / 2m.
    penalty: f64,
    strength: f64,
    part_of: Vec<u32>,
    parts: Vec<Part>,
    weights: NeighborWeights,
}

#[derive(Clone, Copy)]
struct Part {
    strength: f64,
    /// Weight of the edges to the rest of the community.
    outward: f64,
    size: u32,
}

impl<'a> Refinement<'a> {
    fn new(network: &'a Network, nodes: &'a [u32], position: &'a [u32], penalty: f64) -> Self {
        Self {
            network,
            nodes,
            position,
            penalty,
            strength: nodes
                .iter()
                .map(|&node| network.strength[node as usize])
                .sum(),
            part_of: (0..nodes.len() as u32).collect(),
            parts: Vec::with_capacity(nodes.len()),
            weights: NeighborWeights::new(nodes.len()),
        }
    }

    fn run(mut self, ticker: &Ticker) -> Result<Vec<u32>, Stopped> {
        if self.nodes.len() == 1 {
            return Ok(self.part_of);
        }
        for rank in 0..self.nodes.len() {
            if rank % NODES_PER_CHECK == 0 {
                ticker.check()?;
            }
            self.parts.push(Part {
                strength: self.network.strength[self.nodes[rank] as usize],
                outward: self.edges(rank).map(|(_, weight)| weight).sum(),
                size: 1,
            });
        }
        for rank in 0..self.nodes.len() {
            if rank % NODES_PER_CHECK == 0 {
                ticker.check()?;
            }
            if self.parts[rank].size == 1 && self.well_connected(rank) {
                self.merge(rank);
            }
        }
        Ok(numbered(self.part_of))
    }

    /// Edges of a node to others of the community, by rank.
    fn edges(&self, rank: usize) -> impl Iterator<Item = (usize, f64)> + use<'a> {
        let (position, size) = (self.position, self.nodes.len());
        let first = position[self.nodes[0] as usize];
        self.network
            .edges(self.nodes[rank])
            .filter_map(move |(neighbor, weight)| {
                let other = position[neighbor as usize].wrapping_sub(first) as usize;
                (other < size).then_some((other, weight))
            })
    }

    fn well_connected(&self, part: usize) -> bool {
        let part = self.parts[part];
        part.outward >= self.penalty * part.strength * (self.strength - part.strength)
    }

    /// A node that is still alone joins the well-connected part by which it gains most.
    fn merge(&mut self, rank: usize) {
        for (other, weight) in self.edges(rank) {
            self.weights.add(self.part_of[other], weight);
        }
        let node = self.parts[rank];
        let mut weights = std::mem::replace(&mut self.weights, NeighborWeights::new(0));
        let mut best = None;
        let mut most = 0.0;
        for (part, weight) in weights.drain() {
            let gain = weight - self.penalty * node.strength * self.parts[part as usize].strength;
            if gain >= most && self.well_connected(part as usize) {
                most = gain;
                best = Some((part, weight));
            }
        }
        self.weights = weights;
        if let Some((target, weight)) = best {
            self.part_of[rank] = target;
            self.parts[rank].size = 0;
            let part = &mut self.parts[target as usize];
            part.strength += node.strength;
            part.outward += node.outward - 2.0 * weight;
            part.size += 1;
        }
    }
}

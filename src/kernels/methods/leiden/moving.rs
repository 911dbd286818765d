//! Local moving with a queue (Traag, Waltman & van Eck 2019, algorithm A.2, MoveNodesFast): a node
//! goes to the neighboring community where modularity gains most; its neighbors elsewhere are
//! visited again.

use std::collections::VecDeque;

use super::network::Network;
use crate::kernels::ticker::{Stopped, Ticker};

/// Nodes between two looks at the ticker.
const NODES_PER_CHECK: usize = 4096;

/// Gains below this share of a node's strength are rounding: moving for them might never end.
const SMALLEST_GAIN: f64 = 1e-9;

/// Moves nodes between communities until none gains, first visiting all in `order`. `community` holds numbers below the number of
/// nodes, on return perhaps with gaps. Returns the gain, in units of weight.
pub(super) fn move_nodes(
    network: &Network,
    resolution: f64,
    community: &mut [u32],
    order: impl Iterator<Item = u32>,
    ticker: &Ticker,
) -> Result<f64, Stopped> {
    let mut communities = Communities::new(network, community, resolution / network.total);
    let mut queue: VecDeque<u32> = order.collect();
    let mut queued = vec![true; network.nodes()];
    let mut total_gain = 0.0;
    let mut visits = 0;
    while let Some(node) = queue.pop_front() {
        if visits % NODES_PER_CHECK == 0 {
            ticker.check()?;
        }
        visits += 1;
        queued[node as usize] = false;
        let Some((target, gain)) = communities.best_move(node, community) else {
            continue;
        };
        total_gain += gain;
        let strength = network.strength[node as usize];
        communities.transfer(community[node as usize], target, strength);
        community[node as usize] = target;
        for &neighbor in network.row(node).0 {
            if community[neighbor as usize] != target && !queued[neighbor as usize] {
                queued[neighbor as usize] = true;
                queue.push_back(neighbor);
            }
        }
    }
    Ok(total_gain)
}

/// What local moving keeps of every community.
struct Communities<'a> {
    network: &'a Network,
    /// γ / 2m.
    penalty: f64,
    sums: Vec<Sums>,
    size: Vec<u32>,
    empty: Vec<u32>,
    touched: Vec<u32>,
}

/// Side by side in memory, as one is never read without the other.
#[derive(Clone, Copy, Default)]
struct Sums {
    strength: f64,
    /// Weight of the edges from the node being visited, else 0.
    weight: f64,
}

impl<'a> Communities<'a> {
    fn new(network: &'a Network, community: &[u32], penalty: f64) -> Self {
        let n = network.nodes();
        let mut sums = vec![Sums::default(); n];
        let mut size = vec![0; n];
        for (&c, strength) in community.iter().zip(&network.strength) {
            sums[c as usize].strength += strength;
            size[c as usize] += 1;
        }
        let empty = (0..n as u32)
            .rev()
            .filter(|&c| size[c as usize] == 0)
            .collect();
        Self {
            network,
            penalty,
            sums,
            size,
            empty,
            touched: vec![0; n + 1],
        }
    }

    /// The community that gains most over staying, an empty one included, and the gain; of equals
    /// the first found.
    fn best_move(&mut self, node: u32, community: &[u32]) -> Option<(u32, f64)> {
        let home = community[node as usize];
        let (neighbors, weights) = self.network.row(node);
        let mut touched = 0;
        for (&neighbor, &weight) in neighbors.iter().zip(weights) {
            let c = community[neighbor as usize];
            let sum = &mut self.sums[c as usize].weight;
            // Written always and counted only if new: a branch here would be guessed wrong often.
            self.touched[touched] = c;
            touched += usize::from(*sum == 0.0);
            *sum += f64::from(weight);
        }
        let strength = self.network.strength[node as usize];
        let penalty = self.penalty * strength;
        let own = &mut self.sums[home as usize];
        let stay = own.weight - penalty * (own.strength - strength);
        own.weight = 0.0;
        let mut best = (home, stay + SMALLEST_GAIN * strength);
        for &target in &self.touched[..touched] {
            let sums = &mut self.sums[target as usize];
            let score = sums.weight - penalty * sums.strength;
            sums.weight = 0.0;
            if score > best.1 && target != home {
                best = (target, score);
            }
        }
        if best.1 < 0.0 && self.size[home as usize] > 1 {
            best = (*self.empty.last()?, 0.0);
        }
        (best.0 != home).then_some((best.0, best.1 - stay))
    }

    fn transfer(&mut self, from: u32, to: u32, strength: f64) {
        if self.empty.last() == Some(&to) {
            self.empty.pop();
        }
        self.sums[to as usize].strength += strength;
        self.size[to as usize] += 1;
        self.sums[from as usize].strength -= strength;
        self.size[from as usize] -= 1;
        if self.size[from as usize] == 0 {
            // Exactly 0 again: what is left is the rounding of many sums.
            self.sums[from as usize].strength = 0.0;
            self.empty.push(from);
        }
    }
}

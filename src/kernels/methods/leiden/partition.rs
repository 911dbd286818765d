//! Partitions of nodes into communities: members, numbering, sums of edge weights by community.

use std::cmp::Reverse;

/// The nodes of every community, communities in order, nodes ascending within.
pub(super) struct Members {
    /// Community of each node: every number below `count` occurs.
    pub community: Vec<u32>,
    starts: Vec<u32>,
    nodes: Vec<u32>,
}

impl Members {
    /// `community` must be numbered without gaps.
    pub fn new(community: Vec<u32>) -> Self {
        let count = community.iter().max().map_or(0, |&c| c as usize + 1);
        let mut starts = vec![0u32; count + 1];
        for &c in &community {
            starts[c as usize + 1] += 1;
        }
        for c in 0..count {
            starts[c + 1] += starts[c];
        }
        let mut next = starts.clone();
        let mut nodes = vec![0u32; community.len()];
        for (node, &c) in community.iter().enumerate() {
            nodes[next[c as usize] as usize] = node as u32;
            next[c as usize] += 1;
        }
        Self {
            community,
            starts,
            nodes,
        }
    }

    pub fn count(&self) -> usize {
        self.starts.len() - 1
    }

    pub fn of(&self, community: usize) -> &[u32] {
        &self.nodes[self.starts[community] as usize..self.starts[community + 1] as usize]
    }

    /// All nodes, community after community.
    pub fn nodes(&self) -> &[u32] {
        &self.nodes
    }
}

/// Sums of weights by community: adding and taking all costs only the communities touched.
pub(super) struct NeighborWeights {
    sum: Vec<f64>,
    touched: Vec<u32>,
}

impl NeighborWeights {
    pub fn new(communities: usize) -> Self {
        Self {
            sum: vec![0.0; communities],
            touched: Vec::new(),
        }
    }

    /// `weight` must be positive.
    pub fn add(&mut self, community: u32, weight: f64) {
        let sum = &mut self.sum[community as usize];
        if *sum == 0.0 {
            self.touched.push(community);
        }
        *sum += weight;
    }

    /// The touched communities in the order of their first touch; all are 0 afterwards.
    pub fn drain(&mut self) -> impl Iterator<Item = (u32, f64)> + '_ {
        let sum = &mut self.sum;
        self.touched
            .drain(..)
            .map(|c| (c, std::mem::take(&mut sum[c as usize])))
    }
}

/// The same partition numbered without gaps, by first member. Labels stay below the node count.
pub(super) fn numbered(mut labels: Vec<u32>) -> Vec<u32> {
    let mut number = vec![u32::MAX; labels.len()];
    let mut next = 0;
    for label in &mut labels {
        let slot = &mut number[*label as usize];
        if *slot == u32::MAX {
            *slot = next;
            next += 1;
        }
        *label = *slot;
    }
    labels
}

/// Follows labels through one more level.
pub(super) fn through(nodes: &[u32], labels: &[u32]) -> Vec<u32> {
    nodes.iter().map(|&node| labels[node as usize]).collect()
}

/// Numbers clusters by decreasing size, equals by their first member, and counts them.
pub fn number_by_size(labels: &[u32]) -> (Vec<u32>, usize) {
    let mut sizes = vec![(0usize, 0usize); labels.iter().max().map_or(0, |&l| l as usize + 1)];
    for (node, &label) in labels.iter().enumerate().rev() {
        let (size, first) = &mut sizes[label as usize];
        *size += 1;
        *first = node;
    }
    let mut order: Vec<usize> = (0..sizes.len()).filter(|&l| sizes[l].0 > 0).collect();
    order.sort_by_key(|&l| (Reverse(sizes[l].0), sizes[l].1));
    let mut number = vec![0; sizes.len()];
    for (new, &old) in order.iter().enumerate() {
        number[old] = new as u32;
    }
    (through(labels, &number), order.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_numbered_by_size_then_first_member() {
        let (labels, n) = number_by_size(&[7, 2, 2, 7, 4, 2, 9]);
        assert_eq!((labels, n), (vec![1, 0, 0, 1, 2, 0, 3], 4));
        assert_eq!(number_by_size(&[]), (vec![], 0));
    }

    #[test]
    fn members_of_communities_ascend() {
        let members = Members::new(vec![1, 0, 1, 2, 0]);
        assert_eq!(members.count(), 3);
        assert_eq!((members.of(0), members.of(1)), (&[1, 4][..], &[0, 2][..]));
    }
}

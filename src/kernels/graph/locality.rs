//! An order of the nodes of a graph in which neighbors are near each other in memory: cells come in
//! any order, and every later pass over the edges is several times faster for it.

use crate::kernels::graph::components::GraphView;

/// Nodes that one breadth-first walk takes before the next one starts: about a cache full.
const WALK: usize = 4096;

/// All nodes in the order of breadth-first walks of limited size, the first of which starts at
/// `first`, modulo the number of nodes.
pub fn order(graph: &GraphView<'_>, first: usize) -> Vec<u32> {
    let n = graph.rows();
    let (indptr, indices) = (graph.proper_indptr(), graph.indices());
    let mut order: Vec<u32> = Vec::with_capacity(n);
    let mut seen = vec![false; n];
    for i in 0..n {
        let start = (first % n + i) % n;
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        let (begin, mut next) = (order.len(), order.len());
        order.push(start as u32);
        while next < order.len() && order.len() - begin < WALK {
            let node = order[next] as usize;
            for &neighbor in &indices[indptr[node]..indptr[node + 1]] {
                if !std::mem::replace(&mut seen[neighbor as usize], true) {
                    order.push(neighbor);
                }
            }
            next += 1;
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::graph::components::graph_of;

    #[test]
    fn neighbors_follow_each_other() {
        let graph = graph_of(6, &[(0, 3, 1.0), (3, 5, 0.5), (1, 4, 2.0)]);
        assert_eq!(order(&graph.view(), 0), [0, 3, 5, 1, 4, 2]);
        assert_eq!(order(&graph.view(), 6 + 4), [4, 1, 5, 3, 0, 2]);
        assert!(order(&graph_of(0, &[]).view(), 7).is_empty());
    }
}

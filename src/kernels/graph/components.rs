//! Weighted graphs: what they must be, and their connected components, by breadth-first search
//! from the lowest node not yet reached.

use sprs::CsMatViewI;

/// A symmetric weighted graph in compressed rows: f32 weights, u32 neighbors.
pub type GraphView<'a> = CsMatViewI<'a, f32, u32, usize>;

/// Why no method can use a graph.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadGraph {
    #[error("the graph has {rows} rows and {cols} columns")]
    NotSquare { rows: usize, cols: usize },
    #[error("the edge from {node} to {neighbor} weighs {weight}: weights are 0 or more")]
    BadWeight {
        node: usize,
        neighbor: usize,
        weight: f32,
    },
}

/// Whether a graph is square and its weights are finite, 0 or more.
pub fn check(graph: GraphView<'_>) -> Result<(), BadGraph> {
    let (rows, cols) = graph.shape();
    if rows != cols {
        return Err(BadGraph::NotSquare { rows, cols });
    }
    check_weights(graph)
}

/// Whether weights are finite, 0 or more.
pub fn check_weights(graph: GraphView<'_>) -> Result<(), BadGraph> {
    let bad = |weight: &f32| !(weight.is_finite() && *weight >= 0.0);
    if !graph.data().iter().any(bad) {
        return Ok(());
    }
    for (node, row) in graph.outer_iterator().enumerate() {
        if let Some((neighbor, &weight)) = row.iter().find(|(_, weight)| bad(weight)) {
            return Err(BadGraph::BadWeight {
                node,
                neighbor,
                weight,
            });
        }
    }
    Ok(())
}

/// The component of each node, numbered in the order of their first nodes, and their number.
/// Entries of weight 0 connect nothing. The graph must be symmetric.
pub fn connected_components(graph: GraphView<'_>) -> (Vec<u32>, usize) {
    let mut component = vec![u32::MAX; graph.rows()];
    let mut count = 0;
    let mut frontier = Vec::new();
    for start in 0..graph.rows() {
        if component[start] != u32::MAX {
            continue;
        }
        component[start] = count;
        frontier.push(start);
        while let Some(node) = frontier.pop() {
            for (neighbor, &weight) in graph.outer_view(node).iter().flat_map(|row| row.iter()) {
                if weight != 0.0 && component[neighbor] == u32::MAX {
                    component[neighbor] = count;
                    frontier.push(neighbor);
                }
            }
        }
        count += 1;
    }
    (component, count as usize)
}

/// A symmetric graph of `edges`, each given once.
#[cfg(test)]
pub(crate) fn graph_of(
    nodes: usize,
    edges: &[(usize, usize, f32)],
) -> sprs::CsMatI<f32, u32, usize> {
    let mut triplets = sprs::TriMatI::new((nodes, nodes));
    for &(i, j, weight) in edges {
        triplets.add_triplet(i, j, weight);
        if i != j {
            triplets.add_triplet(j, i, weight);
        }
    }
    triplets.to_csr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_numbered_by_their_first_node() {
        let graph = graph_of(6, &[(0, 3, 1.0), (3, 5, 0.5), (1, 4, 2.0)]);
        assert_eq!(
            connected_components(graph.view()),
            (vec![0, 1, 2, 0, 1, 0], 3)
        );
    }

    #[test]
    fn zero_weights_connect_nothing() {
        assert_eq!(
            connected_components(graph_of(2, &[(0, 1, 0.0)]).view()).1,
            2
        );
    }

    #[test]
    fn an_empty_graph_has_no_component() {
        assert_eq!(connected_components(graph_of(0, &[]).view()), (vec![], 0));
    }
}

//! Modularity with a resolution (Newman & Girvan 2004; Reichardt & Bornholdt 2006) of a labeled
//! weighted graph: Σ_c (w_c / 2m − γ·(k_c / 2m)²), w_c the weight inside cluster c counted in both
//! directions, k_c the summed strength of its nodes.

use crate::kernels::graph::components::GraphView;

/// Modularity of `labels` on a symmetric graph; 0 for a graph without weight. Labels may have gaps
/// but should stay below the number of nodes.
///
/// # Panics
/// If `labels` are fewer than the nodes.
pub fn modularity(graph: GraphView<'_>, labels: &[u32], resolution: f64) -> f64 {
    let clusters = labels.iter().max().map_or(0, |&l| l as usize + 1);
    let mut inside = 0.0;
    let mut strength = vec![0.0; clusters];
    for (node, row) in graph.outer_iterator().enumerate() {
        for (neighbor, &weight) in row.iter() {
            let weight = f64::from(weight);
            strength[labels[node] as usize] += weight;
            if labels[node] == labels[neighbor] {
                inside += weight;
            }
        }
    }
    let total: f64 = strength.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    let expected: f64 = strength.iter().map(|k| (k / total).powi(2)).sum();
    inside / total - resolution * expected
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::graph::components::graph_of;

    /// Two triangles joined by an edge: 7 edges, 3 inside each.
    const TRIANGLES: [(usize, usize, f32); 7] = [
        (0, 1, 1.0),
        (1, 2, 1.0),
        (0, 2, 1.0),
        (3, 4, 1.0),
        (4, 5, 1.0),
        (3, 5, 1.0),
        (2, 3, 1.0),
    ];

    #[test]
    fn two_triangles() {
        let graph = graph_of(6, &TRIANGLES);
        let q = modularity(graph.view(), &[0, 0, 0, 1, 1, 1], 1.0);
        assert!((q - (6.0 / 7.0 - 0.5)).abs() < 1e-12);
        let q = modularity(graph.view(), &[0, 0, 0, 1, 1, 1], 2.0);
        assert!((q - (6.0 / 7.0 - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn one_cluster_has_none() {
        let graph = graph_of(6, &TRIANGLES);
        assert!(modularity(graph.view(), &[0; 6], 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_graph_without_weight_has_none() {
        assert_eq!(modularity(graph_of(0, &[]).view(), &[], 1.0), 0.0);
        assert_eq!(
            modularity(graph_of(2, &[(0, 1, 0.0)]).view(), &[0, 1], 1.0),
            0.0
        );
    }
}

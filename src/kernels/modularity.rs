//! Modularity with a resolution (Newman & Girvan 2004; Reichardt & Bornholdt 2006) of a labelled
//! weighted graph: Σ_c (w_c / 2m − γ·(k_c / 2m)²), w_c the weight inside cluster c counted in both
//! directions, k_c the summed strength of its nodes.

use super::components::GraphView;

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
        for (neighbour, &weight) in row.iter() {
            let weight = f64::from(weight);
            strength[labels[node] as usize] += weight;
            if labels[node] == labels[neighbour] {
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

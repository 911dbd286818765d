//! Layouts as typed: what they keep of the neighborhoods, and densities in them.

use super::steps::{kept, reference, run};
use super::trajectories::correlation;
use sca::data::Place;

/// Densities of the reference's own layout: r of at least 0.999 within every group.
#[test]
fn densities_equal_the_reference() {
    let Some(graph) = reference("graph.h5ad") else {
        return;
    };
    let theirs = run(&format!("adata = read \"{graph}\""));
    let ours = run(&format!(
        "adata = read \"{graph}\"; density adata by=cell_type key=ours"
    ));
    let found = ours.numbers(Place::Obs, "ours");
    let expected = theirs.numbers(Place::Obs, "umap_density_cell_type");
    let r = correlation(&found, &expected);
    assert!(r >= 0.999, "{r}");
    for (a, b) in found.iter().zip(&expected) {
        assert!((a - b).abs() < 1e-3, "{a}, not {b}");
    }
}

/// t-SNE keeps more of the nearest neighbors than the reference's UMAP does, as it should; the
/// forces keep at least half of what UMAP keeps.
#[test]
fn layouts_keep_neighbors() {
    let Some(graph) = reference("graph.h5ad") else {
        return;
    };
    let ours = run(&format!(
        "adata = read \"{graph}\"; tsne adata; draw_graph adata; draw_graph adata layout=fr iterations=200"
    ));
    let weights = ours.graph("connectivities");
    let umap = kept(&ours.dense("X_umap"), &weights);
    let tsne = kept(&ours.dense("X_tsne"), &weights);
    assert!(tsne >= umap, "tsne keeps {tsne}, umap {umap}");
    for key in ["X_draw_graph_fa", "X_draw_graph_fr"] {
        let forces = kept(&ours.dense(key), &weights);
        assert!(forces >= 0.5 * umap, "{key} keeps {forces}, umap {umap}");
    }
}

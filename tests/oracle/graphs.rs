//! Kernels on graphs and groups against the reference results of scanpy.

use crate::published::reference;
use crate::read::opened;
use std::path::Path;

use sca::kernels::graph::components::connected_components;
use sca::kernels::methods::dendrogram::{Correlation, Linkage, dendrogram, group_means};
use sca::kernels::methods::leiden::{LeidenParams, leiden};
use sca::kernels::methods::paga::paga;
use sca::kernels::ticker::Ticker;
use sprs::{CsMatI, TriMatI};

fn sparse(path: &Path, group: &str) -> CsMatI<f32, u32, usize> {
    let group = opened(path).group(group).unwrap();
    let read = |name: &str| group.dataset(name).unwrap();
    let data = read("data").read_raw::<f32>().unwrap();
    let indices = read("indices").read_raw::<u32>().unwrap();
    let indptr = read("indptr").read_raw::<usize>().unwrap();
    let n = indptr.len() - 1;
    CsMatI::new_from_unsorted((n, n), indptr, indices, data)
        .map_err(|(.., error)| error)
        .unwrap()
}

fn dense<T: hdf5::H5Type>(path: &Path, name: &str) -> ndarray::Array2<T> {
    let dataset = opened(path).dataset(name).unwrap();
    let shape = dataset.shape();
    ndarray::Array2::from_shape_vec((shape[0], shape[1]), dataset.read_raw().unwrap()).unwrap()
}

/// Codes of the published cell types, and the number of types.
fn cell_types(path: &Path) -> (Vec<u32>, usize) {
    let group = opened(path).group("obs/cell_type").unwrap();
    let codes: Vec<i8> = group.dataset("codes").unwrap().read_raw().unwrap();
    let types = group.dataset("categories").unwrap().size();
    (codes.into_iter().map(|code| code as u32).collect(), types)
}

#[test]
fn leiden_is_no_worse_than_the_reference() {
    let (Some(graph), Some(facts)) = (reference("graph.h5ad"), reference("facts.json")) else {
        return;
    };
    let graph = sparse(&graph, "obsp/connectivities");
    let facts: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(facts).unwrap()).unwrap();
    let params = LeidenParams {
        resolutions: vec![0.5, 1.0, 2.0],
        ..Default::default()
    };
    for found in leiden(graph.view(), &params, &Ticker::new()).unwrap() {
        let key = format!("{:?}", found.resolution);
        let reference = facts["leiden"][&key]["modularity_at_resolution"]
            .as_f64()
            .unwrap();
        assert!(
            found.modularity > reference,
            "{} at {key}, not {reference}",
            found.modularity
        );
        let mut inside = TriMatI::<f32, u32>::new(graph.shape());
        for (&weight, (i, j)) in graph.iter() {
            if found.labels[i as usize] == found.labels[j as usize] {
                inside.add_triplet(i as usize, j as usize, weight);
            }
        }
        assert_eq!(
            connected_components(inside.to_csr().view()).1,
            found.n_clusters
        );
    }
}

#[test]
fn paga_equals_the_reference() {
    let Some(path) = reference("graph.h5ad") else {
        return;
    };
    let (labels, types) = cell_types(&path);
    let neighbors = sparse(&path, "obsp/distances");
    let found = paga(neighbors.view(), &labels, types, &Ticker::new()).unwrap();
    let connectivities = sparse(&path, "uns/paga_connectivities");
    assert_eq!(found.connectivities.nnz(), connectivities.nnz());
    for (&expected, (i, j)) in connectivities.iter() {
        let value = *found.connectivities.get(i as usize, j as usize).unwrap();
        assert!(
            (value - f64::from(expected)).abs() < 1e-6,
            "({i}, {j}): {value}"
        );
    }
    let tree = sparse(&path, "uns/paga_connectivities_tree");
    let mut edges: Vec<_> = tree
        .iter()
        .map(|(_, (i, j))| (i.min(j), i.max(j)))
        .collect();
    edges.sort();
    let found: Vec<_> = found.tree.iter().map(|&(i, j, _)| (i, j)).collect();
    assert_eq!(found, edges);
}

#[test]
fn dendrogram_equals_the_reference() {
    let Some(path) = reference("graph.h5ad") else {
        return;
    };
    let (labels, types) = cell_types(&path);
    let means = group_means(dense::<f32>(&path, "obsm/X_pca").view(), &labels, types);
    let found = dendrogram(means.view(), Correlation::Pearson, Linkage::Complete);
    let correlation = dense::<f64>(&path, "uns/dendrogram_correlation");
    let linkage = dense::<f64>(&path, "uns/dendrogram_linkage");
    assert!(
        (&found.correlation - &correlation)
            .iter()
            .all(|d| d.abs() < 1e-5)
    );
    for (merge, row) in found.merges.iter().zip(linkage.rows()) {
        assert_eq!(
            [merge.nodes.0, merge.nodes.1, merge.size],
            [row[0] as usize, row[1] as usize, row[3] as usize]
        );
        assert!((merge.distance - row[2]).abs() < 1e-5);
    }
    // Megakaryocytes, dendritic cells, both monocytes, CD8 T, NK, B, CD4 T
    assert_eq!(found.order, [6, 4, 1, 5, 3, 7, 0, 2]);
}

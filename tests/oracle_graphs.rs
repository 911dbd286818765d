//! Kernels on graphs and groups against the reference results of scanpy.

use std::path::PathBuf;

use sca::kernels::components::connected_components;
use sca::kernels::leiden::{LeidenParams, leiden};
use sca::kernels::ticker::Ticker;
use sprs::{CsMatI, TriMatI};

/// A file of the reference results; absent ones are announced and skip the test.
fn reference(name: &str) -> Option<PathBuf> {
    let folder = std::env::var("SCA_TEST_REFERENCE")
        .map_or_else(|_| PathBuf::from("../shared/reference"), PathBuf::from);
    let path = folder.join(name);
    if !path.exists() {
        eprintln!("skipped: {} is absent", path.display());
        return None;
    }
    Some(path)
}

fn sparse(path: &PathBuf, group: &str) -> CsMatI<f32, u32, usize> {
    let group = hdf5::File::open(path).unwrap().group(group).unwrap();
    let read = |name: &str| group.dataset(name).unwrap();
    let data = read("data").read_raw::<f32>().unwrap();
    let indices = read("indices").read_raw::<u32>().unwrap();
    let indptr = read("indptr").read_raw::<usize>().unwrap();
    let n = indptr.len() - 1;
    CsMatI::new_from_unsorted((n, n), indptr, indices, data)
        .map_err(|(.., error)| error)
        .unwrap()
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

//! Components, neighbors, graphs and embeddings held against scanpy's results on PBMC 3k.
//!
//! Each step starts from the reference's own input of that step. Tolerances are stated once,
//! where they are used.

use ndarray::Array2;
use sca::kernels::graph::connectivities::Knn;
use sca::kernels::ticker::Ticker;
use sca::kernels::{Rows, graph::connectivities, graph::knn, methods::pca};

/// `None` where the results are absent.
fn reference(name: &str) -> Option<hdf5::File> {
    let path = crate::steps::reference(name)?;
    Some(crate::read::opened(path.as_ref()))
}

fn matrix<T: hdf5::H5Type>(file: &hdf5::File, name: &str) -> Array2<T> {
    let dataset = file.dataset(name).unwrap();
    let shape = (dataset.shape()[0], dataset.shape()[1]);
    Array2::from_shape_vec(shape, dataset.read_raw().unwrap()).unwrap()
}

fn vector<T: hdf5::H5Type>(file: &hdf5::File, name: &str) -> Vec<T> {
    file.dataset(name).unwrap().read_raw().unwrap()
}

/// A CSR group; column indices are sorted within each row.
fn sparse(file: &hdf5::File, name: &str, columns: usize) -> Rows {
    let starts: Vec<i64> = vector(file, &format!("{name}/indptr"));
    let starts: Vec<usize> = starts.into_iter().map(|x| x as usize).collect();
    let indices: Vec<u32> = vector(file, &format!("{name}/indices"));
    let values: Vec<f32> = vector(file, &format!("{name}/data"));
    Rows::new_from_unsorted((starts.len() - 1, columns), starts, indices, values).unwrap()
}

/// The given columns, renumbered.
fn select(rows: &Rows, wanted: &[bool]) -> Rows {
    let mut place = Vec::new();
    let mut count = 0;
    for &w in wanted {
        place.push(w.then_some(count));
        count += u32::from(w);
    }
    let (mut starts, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    for row in rows.outer_iterator() {
        for (gene, &x) in row.iter() {
            if let Some(to) = place[gene] {
                indices.push(to);
                values.push(x);
            }
        }
        starts.push(indices.len());
    }
    Rows::new((rows.rows(), count as usize), starts, indices, values)
}

fn variable_genes(graph: &hdf5::File) -> Option<(Vec<bool>, Rows)> {
    let file = reference("log_normalized.h5ad")?;
    let wanted: Vec<bool> = vector(graph, "var/highly_variable");
    let rows = select(&sparse(&file, "X", wanted.len()), &wanted);
    Some((wanted, rows))
}

#[test]
fn principal_components() {
    let Some(graph) = reference("graph.h5ad") else {
        return;
    };
    let Some((wanted, rows)) = variable_genes(&graph) else {
        return;
    };
    let mut gram = pca::Gram::new(rows.cols(), None);
    gram.add(rows.view(), &[]);
    let found = pca::components(gram, pca::Wanted::centered(50), &Ticker::new()).unwrap();
    let ratio: Vec<f32> = vector(&graph, "uns/pca_variance_ratio");
    for (a, &b) in found.variance_ratio.iter().zip(&ratio) {
        assert!((a / f64::from(b) - 1.0).abs() < 1e-4, "{a} {b}");
    }
    let all: Array2<f64> = matrix(&graph, "varm/PCs");
    let kept: Vec<usize> = (0..wanted.len()).filter(|&i| wanted[i]).collect();
    let loadings = all.select(ndarray::Axis(0), &kept);
    let expected: Array2<f32> = matrix(&graph, "obsm/X_pca");
    let projected = pca::project(&found, rows.view());
    for component in 0..30 {
        let cosine = loadings
            .column(component)
            .dot(&found.components.column(component));
        assert!(cosine > 0.999, "component {component}: {cosine}");
        let (a, b) = (projected.column(component), expected.column(component));
        let cosine = a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt();
        assert!(cosine > 0.999, "component {component}: {cosine}");
    }
}

#[test]
fn nearest_neighbors() {
    let Some(graph) = reference("graph.h5ad") else {
        return;
    };
    let x: Array2<f32> = matrix(&graph, "obsm/X_pca");
    let expected = sparse(&graph, "obsp/distances", x.nrows());
    let found = knn::neighbors(x.view(), &knn::Params::default(), &Ticker::new()).unwrap();
    let (mut same, mut worst) = (0, 0.0f32);
    for (row, (indices, distances)) in expected
        .outer_iterator()
        .zip(found.indices.rows().into_iter().zip(found.distances.rows()))
    {
        let mut indices = indices.to_vec();
        indices.sort_unstable();
        same += usize::from(indices == row.indices());
        let mut lengths = row.data().to_vec();
        lengths.sort_by(f32::total_cmp);
        let errors = lengths
            .iter()
            .zip(distances)
            .map(|(a, b)| (a / b - 1.0).abs());
        worst = errors.fold(worst, f32::max);
    }
    assert_eq!(same, x.nrows());
    assert!(worst < 1e-6, "{worst}");
}

fn pbmc_neighbors(graph: &hdf5::File) -> knn::Neighbors {
    let x: Array2<f32> = matrix(graph, "obsm/X_pca");
    knn::neighbors(x.view(), &knn::Params::default(), &Ticker::new()).unwrap()
}

/// The same entries, their values within `tolerance`.
fn assert_close(found: &Rows, expected: &Rows, tolerance: f32) {
    assert_eq!(found.indptr(), expected.indptr());
    assert_eq!(found.indices(), expected.indices());
    for (a, b) in found.data().iter().zip(expected.data()) {
        assert!((a - b).abs() < tolerance, "{a} {b}");
    }
}

#[test]
fn connectivities_of_both_methods() {
    let (Some(graph), Some(of_gauss)) =
        (reference("graph.h5ad"), reference("neighbors_gauss.h5ad"))
    else {
        return;
    };
    let (neighbors, ticker) = (pbmc_neighbors(&graph), Ticker::new());
    let n = neighbors.indices.nrows();
    let near = || Knn::new(neighbors.indices.view(), neighbors.distances.view()).unwrap();
    let expected = sparse(&graph, "obsp/connectivities", n);
    assert_close(
        &connectivities::umap(near(), &ticker).unwrap(),
        &expected,
        1e-4,
    );
    let expected = sparse(&of_gauss, "obsp/connectivities", n);
    assert_close(
        &connectivities::gauss(near(), &ticker).unwrap(),
        &expected,
        1e-4,
    );
}

//! Graphs of groups, clusters within clusters and hierarchies, as typed, against the reference.

use super::steps::{Ran, reference, run};
use sca::data::Graph;
use sca::data::{Column, Place, Uns};
use std::sync::Arc;

/// scanpy's results lie in the reference under flat names; ours are made from the same graph.
fn made(statement: &str) -> Option<(Ran, Ran)> {
    let graph = reference("graph.h5ad")?;
    let ours = run(&format!("adata = read \"{graph}\"; {statement}"));
    Some((ours, run(&format!("adata = read \"{graph}\""))))
}

fn graph(uns: &Uns) -> Arc<Graph> {
    match uns {
        Uns::Graph(graph) => graph.clone(),
        other => panic!("{other:?}"),
    }
}

/// Connectivities within 1e-4, and the same tree.
#[test]
fn paga_is_stored_as_scanpy_stores_it() {
    let Some((ours, theirs)) = made("paga adata by=cell_type") else {
        return;
    };
    let found = ours.value(Place::Uns, "paga");
    let found = found.uns().unwrap();
    let at = |key: &str| graph(found.get(key).unwrap());
    let stored = |key: &str| graph(theirs.value(Place::Uns, key).uns().unwrap());
    let (a, b) = (at("connectivities"), stored("paga_connectivities"));
    assert_eq!((a.shape(), a.nnz()), (b.shape(), b.nnz()));
    for (&weight, (i, j)) in b.iter() {
        let ours = *a.get(i as usize, j as usize).unwrap();
        assert!(
            (ours - weight).abs() < 1e-4,
            "{i} {j}: {ours}, not {weight}"
        );
    }
    let (a, b) = (
        at("connectivities_tree"),
        stored("paga_connectivities_tree"),
    );
    let edges = |tree: &Graph| {
        let mut edges: Vec<(u32, u32)> = tree
            .iter()
            .map(|(_, (i, j))| (i.min(j), i.max(j)))
            .collect();
        edges.sort_unstable();
        edges
    };
    assert_eq!(edges(&a), edges(&b));
    assert!(matches!(found.get("groups"), Some(Uns::Text(text)) if text == "cell_type"));
    let Some(Uns::Array(places)) = found.get("pos") else {
        panic!("no places");
    };
    assert_eq!(places.shape(), [8, 2]);
    let sizes = ours.value(Place::Uns, "cell_type_sizes");
    assert!(
        matches!(&**sizes.uns().unwrap(), Uns::Steps(sizes) if sizes.iter().sum::<i64>() == 2638)
    );
}

/// A layout from the graph of groups keeps as many neighbors as one from eigenvectors, and groups
/// that are connected lie nearer to each other.
#[test]
fn umap_starts_from_the_graph_of_groups() {
    let Some((ours, theirs)) = made("paga adata by=cell_type; umap adata init=paga") else {
        return;
    };
    let weights = theirs.graph("connectivities");
    let (a, b) = (
        super::steps::kept(&ours.dense("X_umap"), &weights),
        super::steps::kept(&theirs.dense("X_umap"), &weights),
    );
    assert!(
        a >= b - 0.02,
        "{a} of the neighbors are kept, the reference keeps {b}"
    );
}

/// Within two groups: the others keep their names, each new cluster lies in them.
#[test]
fn clusters_within_clusters() {
    let statement = "leiden adata res=0.8 restrict={cell_type: [\"CD4 T cells\", \"CD8 T cells\"]}";
    let Some((ours, _)) = made(statement) else {
        return;
    };
    let (new, old) = (
        ours.column(Place::Obs, "leiden_R"),
        ours.column(Place::Obs, "cell_type"),
    );
    let mut inside = 0;
    for cell in 0..new.len() {
        let (new, old) = (new.text(cell), old.text(cell));
        if ["CD4 T cells", "CD8 T cells"].contains(&old.as_str()) {
            assert!(new.starts_with("CD4 T cells-CD8 T cells,"), "{new}");
            inside += 1;
        } else {
            assert_eq!(new, old);
        }
    }
    assert!(inside > 1000);
    let Column::Category(category) = &*new else {
        panic!("no category");
    };
    assert!(category.levels.len() > 8, "{:?}", category.levels);
}

/// Moves alone reach the modularity of the reference's Leiden within 1 %.
#[test]
fn louvain_is_near_leiden() {
    let Some((ours, _)) = made("louvain adata res=1; leiden adata res=1") else {
        return;
    };
    let modularity = |key: &str| match ours.value(Place::Uns, key).uns().unwrap().get("modularity")
    {
        Some(Uns::Number(modularity)) => *modularity,
        other => panic!("{other:?}"),
    };
    let (louvain, leiden) = (modularity("louvain"), modularity("leiden"));
    assert!(
        louvain <= leiden + 1e-9 && louvain > 0.99 * leiden,
        "{louvain} and {leiden}"
    );
}

/// A graph with a name of its own is found by it.
#[test]
fn graphs_with_names() {
    let Some((ours, _)) = made(
        "neighbors adata k=10 metric=cosine key=angle; leiden adata graph=angle; umap adata graph=angle epochs=10; diffmap adata graph=angle; paga adata graph=angle",
    ) else {
        return;
    };
    let data = ours.dataset();
    assert!(data.obsp.contains_key("angle_connectivities"));
    assert!(data.obsp.contains_key("angle_distances"));
    assert_eq!(ours.column(Place::Obs, "leiden").len(), 2638);
    assert_eq!(ours.dense("X_diffmap").ncols(), 15);
    assert!(ours.value(Place::Uns, "paga").uns().is_some());
}

/// Weights of method gauss within 1e-4 of the reference.
#[test]
fn gaussian_weights() {
    let Some(expected) = reference("neighbors_gauss.h5ad") else {
        return;
    };
    let Some((ours, _)) = made("neighbors adata k=15 method=gauss") else {
        return;
    };
    let theirs = run(&format!("adata = read \"{expected}\""));
    let (a, b) = (ours.graph("connectivities"), theirs.graph("connectivities"));
    let mut far = 0;
    for (&weight, (i, j)) in b.iter() {
        let found = a.get(i as usize, j as usize).copied().unwrap_or(0.0);
        far += usize::from((found - weight).abs() > 1e-4);
    }
    assert!(far <= 40, "{far} of {} weights differ", b.nnz());
    assert!(
        a.nnz().abs_diff(b.nnz()) <= 40,
        "{} and {}",
        a.nnz(),
        b.nnz()
    );
}

/// The same merges and order, distances and correlations within 1e-5, stored under scanpy's names.
#[test]
fn dendrogram_is_stored_as_scanpy_stores_it() {
    let Some((ours, theirs)) = made("dendrogram adata by=cell_type") else {
        return;
    };
    let found = ours.value(Place::Uns, "dendrogram_cell_type");
    let found = found.uns().unwrap();
    for (path, key) in [
        ("linkage", "dendrogram_linkage"),
        ("correlation_matrix", "dendrogram_correlation"),
    ] {
        let expected = theirs.value(Place::Uns, key);
        let (Some(Uns::Array(a)), Uns::Array(b)) = (found.get(path), &**expected.uns().unwrap())
        else {
            panic!("{path} is no array");
        };
        assert_eq!(a.shape(), b.shape());
        for (x, y) in a.iter().zip(b) {
            assert!((x - y).abs() < 1e-5, "{path}: {x}, not {y}");
        }
    }
    let expected = theirs.value(Place::Uns, "dendrogram_order");
    let (Some(Uns::Texts(a)), Uns::Texts(b)) =
        (found.get("categories_ordered"), &**expected.uns().unwrap())
    else {
        panic!("no names");
    };
    assert_eq!(a, b);
    // scipy's drawing: leaves at 5, 15, …, the first bracket over the two that are most alike.
    let Some(Uns::Array(across)) = found.get("dendrogram_info/icoord") else {
        panic!("no drawing");
    };
    assert_eq!(across.shape(), [7, 4]);
    assert!(across.iter().all(|x| (5.0..=75.0).contains(x)));
}

/// Known cell types lie better in components than the same labels shifted by one cell; the table
/// has a line for each clustering, and modularity is that of the clustering.
#[test]
fn silhouettes_tell_clusterings_apart() {
    let Some((ours, _)) = made(
        "leiden adata res=[0.5, 2]; silhouette adata by=[`leiden_0.5`, `leiden_2`, cell_type]; silhouette adata by=cell_type simplified=true",
    ) else {
        return;
    };
    let mean = |key: &str| {
        let values = ours.numbers(Place::Obs, key);
        values.iter().sum::<f64>() / values.len() as f64
    };
    assert!(mean("silhouette_leiden_0.5") > mean("silhouette_leiden_2"));
    assert!(mean("silhouette_cell_type") > 0.1);
    assert!(mean("silhouette") > mean("silhouette_cell_type"));
}

/// Every metric on the first 20 components: the 14 nearest of some cells by the definitions.
#[test]
fn metrics_and_components() {
    let distance = |metric: &str, a: &[f64], b: &[f64]| -> f64 {
        let pairs = || a.iter().zip(b);
        let angle = |shift: [f64; 2]| {
            let dot: f64 = pairs().map(|(x, y)| (x - shift[0]) * (y - shift[1])).sum();
            let length =
                |x: &[f64], by: f64| x.iter().map(|x| (x - by).powi(2)).sum::<f64>().sqrt();
            1.0 - dot / (length(a, shift[0]) * length(b, shift[1]))
        };
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        match metric {
            "euclidean" => pairs().map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt(),
            "manhattan" => pairs().map(|(x, y)| (x - y).abs()).sum(),
            "cosine" => angle([0.0; 2]),
            _ => angle([mean(a), mean(b)]),
        }
    };
    for metric in ["euclidean", "manhattan", "cosine", "correlation"] {
        let Some((ours, _)) = made(&format!("neighbors adata k=15 pcs=20 metric={metric}")) else {
            return;
        };
        let rep = ours.dense("X_pca");
        let rows: Vec<Vec<f64>> = rep
            .rows()
            .into_iter()
            .map(|row| row.iter().take(20).map(|&x| f64::from(x)).collect())
            .collect();
        let graph = ours.graph("distances");
        let mut different = 0;
        for cell in (0..rows.len()).step_by(100) {
            let mut near: Vec<(f64, usize)> = (0..rows.len())
                .filter(|&other| other != cell)
                .map(|other| (distance(metric, &rows[cell], &rows[other]), other))
                .collect();
            near.sort_by(|a, b| a.0.total_cmp(&b.0));
            let found = graph.outer_view(cell).unwrap();
            assert_eq!(found.nnz(), 14);
            for (other, &d) in found.iter() {
                let place = near[..14].iter().find(|it| it.1 == other);
                different += usize::from(
                    place.is_none_or(|it| (it.0 - f64::from(d)).abs() > 1e-4 * it.0.max(1e-3)),
                );
            }
        }
        assert!(different <= 1, "{metric}: {different} neighbors differ");
    }
}

//! Diffusion maps and pseudotime against scanpy's from the same graph, and against known positions.

use super::steps::{Ran, data, reference, run};
use sca::data::{Place, Uns, Value};
use std::collections::BTreeMap;

fn evals(value: Value) -> Vec<f64> {
    match &**value.uns().unwrap() {
        Uns::Array(array) => array.iter().copied().collect(),
        Uns::Array32(array) => array.iter().map(|&x| f64::from(x)).collect(),
        other => panic!("{other:?}"),
    }
}

pub fn correlation(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let (of_a, of_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - of_a) * (y - of_b);
        aa += (x - of_a).powi(2);
        bb += (y - of_b).powi(2);
    }
    ab / (aa * bb).sqrt()
}

/// Eigenvalues 1e-5, |cos| of every component at least 0.999.
#[test]
fn diffmap_equals_the_reference() {
    let Some(graph) = reference("graph.h5ad") else {
        return;
    };
    let theirs = run(&format!("adata = read \"{graph}\""));
    let ours = run(&format!("adata = read \"{graph}\"; diffmap adata n=15"));
    let (a, b) = (
        evals(ours.value(Place::Uns, "diffmap_evals")),
        evals(theirs.value(Place::Uns, "diffmap_evals")),
    );
    assert_eq!(a.len(), 15);
    for (found, expected) in a.iter().zip(&b) {
        assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
    }
    let (a, b) = (ours.dense("X_diffmap"), theirs.dense("X_diffmap"));
    assert_eq!(a.dim(), b.dim());
    for (j, (x, y)) in a.columns().into_iter().zip(b.columns()).enumerate() {
        let (x, y) = (x.mapv(f64::from), y.mapv(f64::from));
        let cosine = x.dot(&y) / (x.dot(&x) * y.dot(&y)).sqrt();
        assert!(cosine.abs() >= 0.999, "component {j}: {cosine}");
    }
}

/// From the reference's own graph and root, r of at least 0.999 and the same furthest cell.
#[test]
fn pseudotime_equals_the_reference() {
    let Some(graph) = reference("graph.h5ad") else {
        return;
    };
    let theirs = run(&format!("adata = read \"{graph}\""));
    let expected = theirs.numbers(Place::Obs, "dpt_pseudotime");
    for statement in [
        "diffmap adata; dpt adata",
        "diffmap adata; dpt adata root=3",
    ] {
        let ours = run(&format!("adata = read \"{graph}\"; {statement}"));
        let found = ours.numbers(Place::Obs, "dpt_pseudotime");
        assert_eq!(found[3], 0.0);
        let r = correlation(&found, &expected);
        assert!(r >= 0.999, "{statement}: {r}");
        let far = found
            .iter()
            .zip(&expected)
            .filter(|(a, b)| (**a - **b).abs() > 1e-3);
        assert_eq!(far.count(), 0, "{statement}");
    }
}

/// Two branchings of the simulated myeloid progenitors: the same groups.
#[test]
fn branches_equal_the_reference() {
    let (Some(cells), Some(expected)) = (
        data("formats/zellkonverter/krumsiek11.h5ad"),
        reference("krumsiek11_dpt.csv"),
    ) else {
        return;
    };
    let ours = run(&format!(
        "adata = read \"{cells}\"; neighbors adata k=20 on=X; diffmap adata; dpt adata root=0 n_branchings=2"
    ));
    let table = sca::io::csv::read_table(expected.as_ref()).unwrap();
    let numbers: Vec<f64> = (0..table.n_rows())
        .map(|i| {
            table
                .column("dpt_pseudotime")
                .unwrap()
                .text(i)
                .parse()
                .unwrap()
        })
        .collect();
    let r = correlation(&ours.numbers(Place::Obs, "dpt_pseudotime"), &numbers);
    assert!(r >= 0.999, "{r}");
    let groups = ours.column(Place::Obs, "dpt_groups");
    let wanted = table.column("dpt_groups").unwrap();
    let mut pairs: BTreeMap<(String, String), usize> = BTreeMap::new();
    for i in 0..numbers.len() {
        *pairs.entry((groups.text(i), wanted.text(i))).or_default() += 1;
    }
    let same: usize = pairs
        .iter()
        .filter(|((a, b), _)| a == b)
        .map(|(_, n)| n)
        .sum();
    assert!(
        same >= 634,
        "of 640 cells {same} are in the same group: {pairs:?}"
    );
}

/// A simulated line and a tree, from the cell furthest back: r with the true position at least
/// scanpy's (0.960 and 0.365 from the same graph); with the published weights the tree is found.
#[test]
fn pseudotime_finds_the_true_order() {
    const LINE: &[(&str, f64)] = &[("0", 0.0), ("3", 1.0), ("2", 2.0), ("4", 3.0), ("1", 4.0)];
    const TREE: &[(&str, f64)] = &[
        ("sA", 0.0),
        ("sB", 1.0),
        ("sC", 2.0),
        ("sCmid", 3.0),
        ("sD", 4.0),
        ("sI", 4.0),
        ("sEndI", 5.0),
    ];
    for (file, places, root, scanpy, published) in [
        ("synthetic_linear", LINE, 12, 0.959, 0.955),
        ("synthetic_binary_tree_1", TREE, 120, 0.364, 0.92),
    ] {
        let Some(cells) = data(&format!("trajectories/{file}.h5ad")) else {
            return;
        };
        let prepared = format!(
            "adata = read \"{cells}\"; normalize adata target=1e4; log1p adata; hvg adata n=500; pca adata n=50; neighbors adata k=30"
        );
        for (arguments, least) in [("", scanpy), ("exact=true", published)] {
            let ran = run(&format!("{prepared}; dpt adata root={root} {arguments}"));
            let r = correlation(
                &ran.numbers(Place::Obs, "dpt_pseudotime"),
                &true_times(&ran, places),
            );
            assert!(r >= least, "{file} {arguments}: {r}");
        }
    }
}

/// Times of cells as dynverse has them: on the way from a milestone to the next.
fn true_times(ran: &Ran, places: &[(&str, f64)]) -> Vec<f64> {
    let (from, to) = (
        ran.column(Place::Obs, "ms_from"),
        ran.column(Place::Obs, "ms_to"),
    );
    let at = |name: String| {
        let place = places.iter().find(|(milestone, _)| *milestone == name);
        place.unwrap_or_else(|| panic!("milestone {name}")).1
    };
    let share = ran.numbers(Place::Obs, "ms_w");
    (0..share.len())
        .map(|i| {
            let (from, to) = (at(from.text(i)), at(to.text(i)));
            share[i] * from + (1.0 - share[i]) * to
        })
        .collect()
}

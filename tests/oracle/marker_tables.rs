//! `markers` as typed, against scanpy 1.11.5 on PBMC 3k with published labels.

use crate::read::reference_csv;
use crate::steps::{Ran, reference, run};
use sca::command::Val;
use sca::data::{Column, Table};
use std::collections::HashMap;
use std::sync::Arc;

/// What `markers` shows on the labeled cells.
fn shown(arguments: &str) -> Option<Arc<Table>> {
    let path = reference("log_normalized.h5ad")?;
    let ran = run(&format!(
        "adata = read \"{path}\"; adata = markers adata by=cell_type {arguments}"
    ));
    Some(table(&ran))
}

pub fn table(ran: &Ran) -> Arc<Table> {
    match ran.session.get("adata") {
        Some(Val::Dataset(_, Some(table)) | Val::Table(table)) => {
            ran.engine.value(table).unwrap().table().unwrap().clone()
        }
        other => panic!("{other:?} has no table"),
    }
}

pub fn numbers(table: &Table, heading: &str) -> Vec<f64> {
    match table.column(heading).map(|column| &**column) {
        Some(Column::Number(numbers)) => numbers.values.clone(),
        other => panic!("{heading} is {other:?}"),
    }
}

pub fn texts(table: &Table, heading: &str) -> Vec<String> {
    let column = table.column(heading).unwrap();
    (0..column.len()).map(|i| column.text(i)).collect()
}

/// Values by group and gene.
fn by_row(table: &Table, heading: &str) -> HashMap<(String, String), f64> {
    let keys = texts(table, "group").into_iter().zip(texts(table, "names"));
    keys.zip(numbers(table, heading)).collect()
}

/// Group, gene and the columns asked for of a reference file.
fn rows(file: &str, columns: &[&str]) -> Vec<((String, String), Vec<f64>)> {
    let lines = reference_csv(file).unwrap();
    let at = |name: &str| lines[0].iter().position(|head| head == name).unwrap();
    let places: Vec<usize> = columns.iter().map(|name| at(name)).collect();
    let (group, gene) = (at("group"), at("names"));
    let row = |line: &Vec<String>| {
        let values = places.iter().map(|&place| line[place].parse().unwrap());
        ((line[group].clone(), line[gene].clone()), values.collect())
    };
    lines[1..].iter().map(row).collect()
}

/// Coefficients: scikit-learn stops up to 0.05 before the minimum, so a correlation of 0.98.
#[test]
fn logreg() {
    let Some(table) = shown("method=logreg") else {
        return;
    };
    assert!(table.column("pvals").is_none());
    let found = by_row(&table, "scores");
    let pairs: Vec<(f64, f64)> = rows("markers_logreg.csv.gz", &["scores"])
        .iter()
        .map(|(key, values)| (found[key], values[0]))
        .collect();
    let n = pairs.len() as f64;
    let (a, b) = pairs
        .iter()
        .fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    let product = |f: fn(f64, f64) -> f64| pairs.iter().map(|(x, y)| f(x - a, y - b)).sum::<f64>();
    let r = product(|x, y| x * y) / (product(|x, _| x * x) * product(|_, y| y * y)).sqrt();
    eprintln!("{} coefficients, r = {r}", pairs.len());
    assert!(r > 0.98, "{r}");
}

/// log₁₀ of 2·sf(z) for large z: the first terms of the asymptotic series.
fn log10_tail(z: f64) -> f64 {
    let z = z.abs();
    let series = 1.0 - 1.0 / z.powi(2) + 3.0 / z.powi(4) - 15.0 / z.powi(6);
    let ln = 2f64.ln() - z * z / 2.0 - (z * (2.0 * std::f64::consts::PI).sqrt()).ln() + series.ln();
    ln / std::f64::consts::LN_10
}

/// Scores and fold changes 1e-5, p-values 1e-3, and their logarithms where p is 0 in f64.
#[test]
fn rank_sums_and_logarithms_of_small_p() {
    let Some(table) = shown("ties=false") else {
        return;
    };
    let [score, lfc, p, log10] =
        ["scores", "logfoldchanges", "pvals", "log10_pvals"].map(|name| by_row(&table, name));
    let columns = ["scores", "logfoldchanges", "pvals"];
    for (key, expected) in rows("markers_wilcoxon.csv.gz", &columns) {
        let near = |found: f64, expected: f64, tolerance: f64| {
            (found - expected).abs() <= tolerance * expected.abs().max(1.0)
        };
        assert!(near(score[&key], expected[0], 1e-5), "{key:?}");
        assert!(near(lfc[&key], expected[1], 1e-5), "{key:?}");
        let relative = (p[&key] / expected[2] - 1.0).abs();
        assert!(
            expected[2] < 1e-290 || relative < 1e-3,
            "{key:?}: {}",
            p[&key]
        );
    }
    let beyond = score.iter().filter(|(_, z)| z.abs() > 20.0);
    for (key, &z) in beyond {
        let expected = log10_tail(z);
        assert!(
            (log10[key] - expected).abs() < 1e-6 * expected.abs(),
            "{key:?}"
        );
    }
}

/// scanpy's filter_rank_genes_groups with its defaults, and the best three of what is left.
#[test]
fn rows_are_chosen_by_a_condition() {
    let condition = "where=(pts > 0.25 and pts_rest < 0.5 and logfoldchanges > 1)";
    let (Some(all), Some(some), Some(three)) = (
        shown("method=\"t-test\""),
        shown(&format!("method=\"t-test\" {condition}")),
        shown(&format!("method=\"t-test\" {condition} top=3")),
    ) else {
        return;
    };
    let columns = ["pts", "pts_rest", "logfoldchanges"].map(|name| numbers(&all, name));
    let holds = |i: &usize| columns[0][*i] > 0.25 && columns[1][*i] < 0.5 && columns[2][*i] > 1.0;
    let expected: Vec<usize> = (0..all.n_rows()).filter(holds).collect();
    let names = texts(&all, "names");
    let names: Vec<&String> = expected.iter().map(|&i| &names[i]).collect();
    assert_eq!(texts(&some, "names").iter().collect::<Vec<_>>(), names);
    assert!(some.n_rows() > 100 && three.n_rows() == 24);
}

//! Whole steps, as a person types them, against what scanpy computes from the same input.

use crate::published;
use flate2::read::GzDecoder;
use ndarray::Array2;
use sca::command::Val;
use sca::commands::COMMANDS;
use sca::data::Graph;
use sca::data::{Column, Dataset, Place, Promise, RowsView, SlotName, Value};
use sca::eval::{Interpreter, Output};
use sca::kernels::ticker::Ticker;
use sca::plan::{Engine, Folding, View, aligned, fold};
use sca::session::Session;
use sca::source::Source;
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

pub fn data(name: &str) -> Option<String> {
    Some(published::data(name)?.display().to_string())
}

pub fn reference(name: &str) -> Option<String> {
    Some(published::reference(name)?.display().to_string())
}

/// A session after a script, and the engine that ran it.
pub struct Ran {
    pub session: Session,
    pub engine: Engine,
}

pub fn run(script: &str) -> Ran {
    run_in(Session::default(), script)
}

pub fn run_in(session: Session, script: &str) -> Ran {
    let source = Source::new("oracle.sca", script);
    let parsed = sca::lang::parse(&source);
    assert!(parsed.diagnostics.is_empty(), "{:#?}", parsed.diagnostics);
    let engine = Engine::new(None);
    let mut said = |_: Output| {};
    let mut interpreter = Interpreter::new(session, COMMANDS, &engine, &mut said);
    for statement in &parsed.statements {
        if let Err(error) = interpreter.run(&source, statement) {
            panic!("{}: {error:#?}", statement.span.text(&source.text));
        }
    }
    let session = interpreter.session;
    Ran { session, engine }
}

impl Ran {
    pub fn dataset(&self) -> Arc<Dataset> {
        match self.session.get("adata") {
            Some(Val::Dataset(data, _)) => data.clone(),
            other => panic!("{other:?} is no dataset"),
        }
    }

    pub fn value(&self, place: Place, key: &str) -> Value {
        let data = self.dataset();
        let slot = data
            .slot(&SlotName::new(place, key))
            .unwrap_or_else(|| panic!("no {key}"))
            .clone();
        self.engine
            .value(&aligned(&slot, data.axis(place)))
            .unwrap()
    }

    pub fn column(&self, place: Place, key: &str) -> Arc<Column> {
        self.value(place, key).column().unwrap().clone()
    }

    pub fn numbers(&self, place: Place, key: &str) -> Vec<f64> {
        match &*self.column(place, key) {
            Column::Number(numbers) => numbers.values.clone(),
            Column::Bool(truths) => truths.iter().map(|&truth| f64::from(truth)).collect(),
            other => panic!("{key} is {other:?}"),
        }
    }

    pub fn dense(&self, key: &str) -> Arc<Array2<f32>> {
        self.value(Place::Obsm, key).dense().unwrap().clone()
    }

    pub fn graph(&self, key: &str) -> Arc<Graph> {
        self.value(Place::Obsp, key).graph().unwrap().clone()
    }

    /// `X` or a layer, dense.
    pub fn matrix(&self, name: &SlotName) -> Array2<f32> {
        let data = self.dataset();
        let view = View::new(data.matrix(name).unwrap(), &data.cells, &data.genes);
        let dense = fold("dense", None, view, (), Promise::Unknown, |_, ()| {
            Ok(Folding {
                new: Vec::new,
                add: |blocks: &mut Vec<Array2<f32>>, rows: RowsView, _: &[u32], _: &Ticker| {
                    blocks.push(rows.to_dense());
                    Ok(())
                },
                merge: |into: &mut Vec<Array2<f32>>, next: Vec<Array2<f32>>| into.extend(next),
                finish: |blocks: Vec<Array2<f32>>, _: &Ticker| {
                    let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
                    let dense = ndarray::concatenate(ndarray::Axis(0), &views).unwrap();
                    Ok(Value::of(dense))
                },
                partial_bytes: 1 << 20,
            }
            .here())
        });
        let value = self.engine.value(&dense).unwrap();
        value.dense().unwrap().as_ref().clone()
    }

    pub fn genes(&self) -> Vec<String> {
        let data = self.dataset();
        let names = self
            .engine
            .value(&aligned(&data.var_names, Some(&data.genes)))
            .unwrap();
        names.names().unwrap().iter().map(str::to_owned).collect()
    }
}

/// NaN equals NaN.
pub fn close(name: &str, found: &[f64], expected: &[f64], relative: f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let same = (a.is_nan() && b.is_nan()) || (a - b).abs() <= relative * b.abs() + 1e-9;
        assert!(same, "{name}[{i}]: {a} instead of {b}");
    }
}

/// All columns, relative 1e-5.
#[test]
fn quality_control() {
    let (Some(raw), Some(expected)) = (data("pbmc3k/pbmc3k_raw.h5ad"), reference("qc.h5ad")) else {
        return;
    };
    let ours = run(&format!(
        "adata = read \"{raw}\"; qc adata mt=\"MT-\" ribo='^RP[SL]'"
    ));
    let theirs = run(&format!("adata = read \"{expected}\""));
    let mut compared = 0;
    for place in [Place::Obs, Place::Var] {
        for (key, slot) in theirs.dataset().slots(place).unwrap() {
            if matches!(
                slot.value.promise(),
                sca::data::Promise::Column(
                    sca::data::ColumnType::Number | sca::data::ColumnType::Bool
                )
            ) && ours.dataset().slots(place).unwrap().contains_key(key)
            {
                close(
                    key,
                    &ours.numbers(place, key),
                    &theirs.numbers(place, key),
                    1e-5,
                );
                compared += 1;
            }
        }
    }
    assert!(compared >= 20, "only {compared} columns were compared");
}

/// The order of the reference: small cells and rare genes go first.
const PREPARED: &str = "filter adata min_genes=200
filter_genes adata min_cells=3
qc adata mt=\"MT-\"
filter adata (pct_counts_mt < 5 and n_genes_by_counts < 2500)
normalize adata target=1e4
log1p adata";

/// 2,638 cells × 13,714 genes, and values relative 1e-5.
#[test]
fn filters_normalization_and_logarithm() {
    let (Some(raw), Some(expected)) = (
        data("pbmc3k/pbmc3k_raw.h5ad"),
        reference("log_normalized.h5ad"),
    ) else {
        return;
    };
    let written = std::env::temp_dir().join(format!("sca-oracle-{}.h5ad", std::process::id()));
    run(&format!(
        "adata = read \"{raw}\"\n{PREPARED}\nwrite adata \"{}\"",
        written.display()
    ));
    let matrix = |path: &std::path::Path| {
        let opened = sca::io::read(path).unwrap().dataset;
        let blocks = opened.x.unwrap().blocks;
        blocks.read(0..blocks.n_cells()).unwrap()
    };
    let (ours, theirs) = (matrix(&written), matrix(expected.as_ref()));
    std::fs::remove_file(&written).unwrap();
    assert_eq!((ours.rows(), ours.cols()), (2638, 13714));
    assert_eq!(ours.indices(), theirs.indices());
    for (a, b) in ours.data().iter().zip(theirs.data()) {
        assert!((a - b).abs() <= 1e-5 * b.abs(), "{a} instead of {b}");
    }
}

/// Every method: the same 2,000 genes. Of seurat_v3 the last ranks are exact ties (four genes have one
/// score), which numpy's unstable sort breaks by chance and we by position: a few genes may swap.
#[test]
fn variable_genes() {
    let (Some(logs), Some(expected)) = (reference("log_normalized.h5ad"), reference("hvg.h5ad"))
    else {
        return;
    };
    let theirs = run(&format!("adata = read \"{expected}\""));
    for (arguments, variant) in [
        ("n=2000", "seurat_2000"),
        ("n=none", "seurat_cutoffs"),
        ("n=2000 flavor=cell_ranger", "cell_ranger_2000"),
        ("n=2000 flavor=seurat_v3", "seurat_v3_2000"),
        (
            "n=2000 flavor=seurat_v3_paper batch=batch",
            "seurat_v3_paper_2000_batch",
        ),
        ("n=2000 batch=batch", "seurat_2000_batch"),
        ("n=2000 flavor=pearson_residuals", "pearson_2000"),
    ] {
        let column = format!("{variant}__highly_variable");
        let ours = run(&format!("adata = read \"{logs}\"; hvg adata {arguments}"));
        let (a, b) = (
            ours.numbers(Place::Var, "highly_variable"),
            theirs.numbers(Place::Var, &column),
        );
        let different = a.iter().zip(&b).filter(|(a, b)| a != b).count();
        let tied = match variant {
            "seurat_v3_2000" => 2,
            "seurat_v3_paper_2000_batch" => 6,
            _ => 0,
        };
        assert!(different <= tied, "{variant}: {different} genes differ");
        for (name, tolerance) in [
            ("means", 1e-5),
            ("variances", 1e-5),
            ("dispersions", 1e-4),
            ("dispersions_norm", 1e-4),
            ("variances_norm", 1e-4),
            ("residual_variances", 1e-4),
        ] {
            let column = format!("{variant}__{name}");
            if theirs.dataset().var.contains_key(&column) {
                let (a, b) = (
                    ours.numbers(Place::Var, name),
                    theirs.numbers(Place::Var, &column),
                );
                // Normalized dispersions are differences: near 0, f32 leaves nothing relative.
                let near = |(a, b): (&f64, &f64)| (a - b).abs() <= tolerance * (b.abs() + 0.1);
                let far = a
                    .iter()
                    .zip(&b)
                    .position(|pair| !(near(pair) || pair.0.is_nan() && pair.1.is_nan()));
                assert_eq!(far.map(|at| (at, a[at], b[at])), None, "{column}");
            }
        }
    }
}

/// |cos| of the first 30 components at least 0.999 with the same signs; variance ratios 1e-4.
#[test]
fn components() {
    let (Some(logs), Some(graph)) = (reference("log_normalized.h5ad"), reference("graph.h5ad"))
    else {
        return;
    };
    let ours = run(&format!(
        "adata = read \"{logs}\"; hvg adata n=2000; pca adata n=50"
    ));
    let theirs = run(&format!("adata = read \"{graph}\""));
    let (a, b) = (ours.dense("X_pca"), theirs.dense("X_pca"));
    for component in 0..30 {
        let (x, y) = (
            a.column(component).mapv(f64::from),
            b.column(component).mapv(f64::from),
        );
        let cosine = x.dot(&y) / (x.dot(&x) * y.dot(&y)).sqrt();
        assert!(cosine >= 0.999, "component {component}: {cosine}");
    }
    let ratios = |value: Value, path: &str| match value.uns().unwrap().get(path) {
        Some(sca::data::Uns::Array(array)) => array.iter().copied().collect::<Vec<f64>>(),
        Some(sca::data::Uns::Array32(array)) => array.iter().map(|&x| f64::from(x)).collect(),
        other => panic!("{path}: {other:?}"),
    };
    let found = ratios(ours.value(Place::Uns, "pca"), "variance_ratio");
    let stored = theirs.value(Place::Uns, "pca_variance_ratio");
    let expected: Vec<f64> = match &**stored.uns().unwrap() {
        sca::data::Uns::Array(array) => array.iter().copied().collect(),
        sca::data::Uns::Array32(array) => array.iter().map(|&x| f64::from(x)).collect(),
        other => panic!("{other:?}"),
    };
    close("variance ratios", &found, &expected, 1e-4);
}

/// The same neighbors but for ties; weights within 1e-4.
#[test]
fn neighbor_graph() {
    let Some(graph) = reference("graph.h5ad") else {
        return;
    };
    let theirs = run(&format!("adata = read \"{graph}\""));
    let ours = run(&format!("adata = read \"{graph}\"; neighbors adata k=15"));
    let (a, b) = (ours.graph("distances"), theirs.graph("distances"));
    let mut different = 0;
    for (x, y) in a.outer_iterator().zip(b.outer_iterator()) {
        let wanted: HashSet<u32> = y.indices().iter().copied().collect();
        different += x
            .indices()
            .iter()
            .filter(|cell| !wanted.contains(cell))
            .count();
    }
    assert!(different <= 5, "{different} neighbors differ");
    let (a, b) = (ours.graph("connectivities"), theirs.graph("connectivities"));
    let mut far = 0;
    for (x, y) in a.outer_iterator().zip(b.outer_iterator()) {
        let of_y: BTreeMap<usize, f32> = y.iter().map(|(cell, &weight)| (cell, weight)).collect();
        far += x
            .iter()
            .filter(|(cell, weight)| {
                of_y.get(cell)
                    .is_none_or(|other| (*weight - other).abs() > 1e-4)
            })
            .count();
    }
    assert!(far <= 20, "{far} of {} weights differ", a.nnz());
}

/// Of each cell's 15 nearest in the graph, as many among its 15 nearest in the plane, within 2 %.
#[test]
fn layout_keeps_neighbors() {
    let Some(graph) = reference("graph.h5ad") else {
        return;
    };
    let theirs = run(&format!("adata = read \"{graph}\""));
    let ours = run(&format!("adata = read \"{graph}\"; umap adata"));
    let weights = theirs.graph("connectivities");
    let (a, b) = (
        kept(&ours.dense("X_umap"), &weights),
        kept(&theirs.dense("X_umap"), &weights),
    );
    assert!(
        a >= b - 0.02,
        "{a} of the neighbors are kept, the reference keeps {b}"
    );
}

/// The mean share of a cell's 15 strongest neighbors in the graph that are among its 15 nearest in a layout. All
/// cells are compared with all: without optimization, too, in plain loops over numbers.
pub fn kept(layout: &Array2<f32>, graph: &Graph) -> f64 {
    const K: usize = 15;
    let places: Vec<[f32; 2]> = layout
        .rows()
        .into_iter()
        .map(|row| [row[0], row[1]])
        .collect();
    let mut shares = 0.0;
    for (cell, row) in graph.outer_iterator().enumerate() {
        let mut strongest: Vec<(usize, f32)> =
            row.iter().map(|(other, &weight)| (other, weight)).collect();
        strongest.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
        strongest.truncate(K);
        let here = places[cell];
        // The nearest so far, the furthest of them last.
        let mut near = [(f32::INFINITY, 0); K];
        let mut other = 0;
        while other < places.len() {
            let (x, y) = (places[other][0] - here[0], places[other][1] - here[1]);
            let distance = x * x + y * y;
            if distance < near[K - 1].0 && other != cell {
                let at = near.partition_point(|it| it.0 <= distance);
                near.copy_within(at..K - 1, at + 1);
                near[at] = (distance, other);
            }
            other += 1;
        }
        let found = strongest
            .iter()
            .filter(|(other, _)| near.iter().any(|it| it.1 == *other))
            .count();
        shares += found as f64 / strongest.len().max(1) as f64;
    }
    shares / places.len() as f64
}

/// Scores correlate 1.000; adjusted p-values within 1e-6 or 1e-3 relative; the same top 25 but for ties.
#[test]
fn marker_genes() {
    let Some(logs) = reference("log_normalized.h5ad") else {
        return;
    };
    for (arguments, file) in [
        ("method=\"t-test\"", "markers_t-test.csv.gz"),
        (
            "method=\"t-test_overestim_var\"",
            "markers_t-test_overestim_var.csv.gz",
        ),
        ("method=wilcoxon ties=false", "markers_wilcoxon.csv.gz"),
        ("method=wilcoxon", "markers_wilcoxon_tie.csv.gz"),
        (
            "method=wilcoxon ties=false reference=\"B cells\"",
            "markers_wilcoxon_vs_B.csv.gz",
        ),
    ] {
        let Some(path) = reference(file) else {
            return;
        };
        let ran = run(&format!(
            "adata = read \"{logs}\"; found = markers adata by=cell_type {arguments}"
        ));
        let Some(Val::Dataset(_, Some(table))) = ran.session.get("found") else {
            panic!("no table");
        };
        let table = ran.engine.value(table).unwrap();
        compare_markers(file, table.table().unwrap(), &path);
    }
}

fn compare_markers(name: &str, table: &sca::data::Table, path: &str) {
    let text = |heading: &str, i: usize| table.column(heading).unwrap().text(i);
    let mut ours: BTreeMap<(String, String), (f64, f64)> = BTreeMap::new();
    for i in 0..table.n_rows() {
        let value = |heading: &str| text(heading, i).parse::<f64>().unwrap();
        ours.insert(
            (text("group", i), text("names", i)),
            (value("scores"), value("pvals_adj")),
        );
    }
    let mut csv = String::new();
    GzDecoder::new(File::open(path).unwrap())
        .read_to_string(&mut csv)
        .unwrap();
    let mut lines = csv.lines();
    let headings: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = |heading: &str| headings.iter().position(|found| *found == heading).unwrap();
    let (group_at, name_at, score_at, p_at) =
        (at("group"), at("names"), at("scores"), at("pvals_adj"));
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let key = (fields[group_at].to_owned(), fields[name_at].to_owned());
        let (score, p) = ours[&key];
        let (expected, expected_p): (f64, f64) = (
            fields[score_at].parse().unwrap(),
            fields[p_at].parse().unwrap(),
        );
        xs.push(score);
        ys.push(expected);
        let near = (p - expected_p).abs() <= 1e-6 || (p - expected_p).abs() <= 1e-3 * expected_p;
        assert!(
            near,
            "{name} {key:?}: adjusted p {p} instead of {expected_p}"
        );
    }
    assert!(correlation(&xs, &ys) > 0.9999999, "{name}");
}

pub fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mx, my) = (mean(x), mean(y));
    let sum = |f: &dyn Fn(f64, f64) -> f64| {
        x.iter()
            .zip(y)
            .map(|(&a, &b)| f(a - mx, b - my))
            .sum::<f64>()
    };
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
}

#[test]
fn genes_of_a_file_are_named() {
    let Some(raw) = data("pbmc3k/pbmc3k_raw.h5ad") else {
        return;
    };
    let ran = run(&format!(
        "adata = read \"{raw}\"; adata = adata[:, [\"CD3D\", \"MS4A1\"]]"
    ));
    assert_eq!(ran.genes(), ["CD3D", "MS4A1"]);
}

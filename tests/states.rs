//! What a matrix holds belongs to the matrix that is used: log values that are known are taken
//! after `scale`, `regress` and `combat`; what counts looks at counts or refuses; a layer is judged
//! by itself. Run from outside, as a person does.

use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A folder of its own, removed at the end.
struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sca-states-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Home(path)
    }

    /// What statements print, one JSON object per line, and whether all were done.
    fn run(&self, script: &str) -> (bool, String) {
        let mut program = Command::new(env!("CARGO_BIN_EXE_sca"));
        let done = program
            .args(["--json", "-c", script])
            .current_dir(&self.0)
            .output()
            .unwrap();
        let out = String::from_utf8_lossy(&done.stdout).into_owned();
        (done.status.success(), out)
    }

    /// The results alone, of statements that must be done.
    fn results(&self, script: &str) -> Vec<Value> {
        let (done, out) = self.run(script);
        assert!(done, "{script}\n{out}");
        let lines = out.lines().map(|line| serde_json::from_str(line).unwrap());
        let results = lines.filter(|it: &Value| it["type"] == "table" || it["type"] == "value");
        let without_place = |mut it: Value| {
            it.as_object_mut().unwrap().remove("statement");
            it
        };
        results.map(without_place).collect()
    }

    /// What is said of a mistake that a script makes.
    fn refused(&self, script: &str) -> String {
        let (done, out) = self.run(script);
        assert!(!done, "{script}\n{out}");
        out
    }

    /// The texts of a figure.
    fn texts(&self, file: &str) -> String {
        let drawn = fs::read_to_string(self.0.join(file)).unwrap();
        let texts = drawn.split("<text").skip(1);
        let inner = |text: &str| Some(text.split_once('>')?.1.split('<').next()?.to_owned());
        texts.filter_map(inner).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const LOGS: &str = "a = demo(pbmc, cells=200, genes=300); normalize a; log1p a; hvg a n=60";

/// What moves X on from log values.
const MOVES: &[&str] = &[
    "scale a",
    "regress a batch",
    "combat a",
    "scale a; pca a n=5; neighbors a",
];

#[test]
fn tests_and_scores_take_the_log_values_that_are_known() {
    let home = Home::new("scores");
    for step in [
        "compute (markers a by=cell_type top=2)",
        "compute (markers a by=cell_type method=\"t-test\" top=2)",
        "score a [\"CD3D\", \"CD3E\"]; compute a.obs.score",
        "cell_cycle a; compute a.obs.S_score",
        "compute (annotate a {T: [\"CD3D\"], B: [\"MS4A1\"]} by=cell_type key=\"rough\")",
        "hvg a n=30; compute a.var.means",
    ] {
        let before = home.results(&format!("{LOGS}; {step}"));
        assert!(!before.is_empty(), "{step}");
        for moved in MOVES {
            let script = format!("{LOGS}; {moved}; {step}");
            assert_eq!(home.results(&script), before, "{script}");
            let (_, out) = home.run(&script);
            assert!(
                out.contains("uses the log values in layers."),
                "{script}\n{out}"
            );
            // A file keeps what is known.
            let script =
                format!("{LOGS}; {moved}; write a \"f.h5ad\"; a = read \"f.h5ad\"; {step}");
            let after = home.results(&script);
            assert!(close(&after, &before), "{script}\n{after:?}\n{before:?}");
        }
    }
}

/// Every figure of genes, of log values as ever or of scaled ones that say so.
#[test]
fn a_figure_of_scaled_values_says_so() {
    let home = Home::new("figures");
    let ready = format!(
        "{LOGS}; scale a; pca a n=5; neighbors a k=5; umap a; leiden a; paga a by=leiden; dpt a root=0"
    );
    for figure in [
        "violin a CD3D by=cell_type",
        "plot a color=CD3D",
        "scatter a CD3D LYZ",
        "scatter a CD3D LYZ color=CST3",
        "dotplot a [\"CD3D\", \"LYZ\"] by=cell_type",
        "matrixplot a [\"CD3D\", \"LYZ\"] by=cell_type",
        "stacked_violin a [\"CD3D\", \"LYZ\"] by=cell_type",
        "heatmap a [\"CD3D\", \"LYZ\"] by=cell_type",
        "tracks a [\"CD3D\", \"LYZ\"] by=cell_type",
        "pca_overview a color=CD3D",
        "trends a CD3D",
        "paga_path a [\"0\", \"1\"] [\"CD3D\", \"LYZ\"]",
        "paga_plot a color=CD3D",
    ] {
        let (done, out) = home.run(&format!("{ready}; {figure} out=\"plain.svg\""));
        assert!(done, "{figure}\n{out}");
        assert!(
            out.contains("uses the log values in layers.log"),
            "{figure}\n{out}"
        );
        assert!(!home.texts("plain.svg").contains("scaled"), "{figure}");
        let (done, out) = home.run(&format!("{ready}; {figure} layer=X out=\"scaled.svg\""));
        assert!(done, "{figure}\n{out}");
        let texts = home.texts("scaled.svg");
        assert!(texts.contains("scaled"), "{figure}: {texts}");
    }
}

/// Commands that count, on X that holds something else.
const COUNTING: &[&str] = &[
    "qc a; compute a.obs.total_counts",
    "filter a min_counts=5; compute a.obs.n_counts",
    "filter_genes a min_counts=5; compute a.var.n_counts",
    "hvg a n=30 flavor=seurat_v3; compute a.var.variances",
    "hvg a n=30 flavor=pearson_residuals; compute a.var.residual_variances",
    "scrublet a; compute a.obs.doublet_score",
    "b = pseudobulk(a, by=cell_type, min_cells=1); qc b; compute b.obs.total_counts",
    "pearson_residuals a; compute (aggregate(a, by=cell_type, func=[mean])).layers.mean.CD3D",
];

#[test]
fn what_counts_takes_known_counts() {
    let home = Home::new("counting");
    let demo = "a = demo(pbmc, cells=200, genes=300)";
    for step in COUNTING {
        let of_counts = home.results(&format!("{demo}; {step}"));
        for moved in [
            "log1p a",
            "log1p a; scale a",
            "normalize a",
            "log1p a; combat a",
        ] {
            let script = format!("{demo}; {moved}; {step}");
            assert_eq!(home.results(&script), of_counts, "{script}");
        }
    }
}

#[test]
fn what_counts_refuses_logarithms() {
    let home = Home::new("refusing");
    let (done, out) = home.run(
        "a = demo(pbmc, cells=200, genes=300); log1p a; b = a; b.layers.counts = b.X; write b \"log.h5ad\"",
    );
    assert!(done, "{out}");
    let read = "a = read \"log.h5ad\"";
    let more = [
        "highest_expressed a out=\"h.svg\"",
        "downsample a counts_per_cell=10",
        "de a formula=\"~ batch\"",
        "filter a min_counts=5",
        "filter_genes a max_counts=5",
    ];
    let steps = COUNTING.iter().copied().chain(more);
    for step in steps {
        let out = home.refused(&format!("{read}; {step}"));
        assert!(out.contains("E102") && out.contains("log"), "{step}\n{out}");
        let out = home.refused(&format!("{read}; scale a; {step}"));
        assert!(out.contains("E102"), "{step}\n{out}");
    }
    // True columns stay.
    let script = "a = demo(pbmc, cells=200, genes=300); qc a; write a \"c.h5ad\"; compute a.obs.total_counts";
    let counted = home.results(script);
    let again = "a = read \"c.h5ad\"; log1p a; qc a; compute a.obs.total_counts";
    assert_eq!(home.results(again), counted);
}

/// A layer of counts is no layer of log values, whatever X holds.
#[test]
fn a_layer_is_judged_by_itself() {
    let home = Home::new("layers");
    let ready = format!("{LOGS}; scale a; pca a n=5; neighbors a; leiden a");
    for step in [
        "markers a by=cell_type layer=counts",
        "score a [\"CD3D\"] layer=counts",
        "cell_cycle a layer=counts",
        "annotate a {T: [\"CD3D\"]} by=cell_type key=\"rough\" layer=counts",
        "hvg a layer=counts",
        "pca a layer=counts",
        "dotplot a [\"CD3D\"] by=cell_type layer=counts out=\"d.svg\"",
        "heatmap a [\"CD3D\"] by=cell_type layer=counts out=\"d.svg\"",
    ] {
        let out = home.refused(&format!("{ready}; {step}"));
        assert!(out.contains("layers.counts holds counts"), "{step}\n{out}");
    }
    for step in [
        "markers a by=cell_type layer=log",
        "score a [\"CD3D\"] layer=log",
        "hvg a layer=log",
        "pca a layer=log",
        "dotplot a [\"CD3D\"] by=cell_type layer=log out=\"d.svg\"",
        "violin a CD3D by=cell_type layer=counts out=\"d.svg\"",
        "qc a layer=counts",
        "aggregate(a, by=cell_type, layer=log)",
        "autocorrelation a layer=counts",
    ] {
        let (done, out) = home.run(&format!("{ready}; {step}"));
        assert!(done && !out.contains("\"warning\""), "{step}\n{out}");
    }
    for step in [
        "qc a layer=log",
        "scrublet a layer=log",
        "hvg a flavor=seurat_v3 layer=log",
    ] {
        let out = home.refused(&format!("{ready}; {step}"));
        assert!(out.contains("layers.log holds log values"), "{step}\n{out}");
    }
}

/// Layers that a step goes on from are brought on themselves.
#[test]
fn a_layer_is_brought_on_by_itself() {
    let home = Home::new("brought");
    let demo = "a = demo(pbmc, cells=200, genes=300); a.layers.mine = a.X";
    let of_x = home.results(&format!("{demo}; log1p a; compute a.X.CD3D"));
    let of_layer = home.results(&format!(
        "{demo}; log1p a layer=mine; compute a.layers.mine.CD3D"
    ));
    assert_eq!(of_x, of_layer);
    let scaled = home.results(&format!(
        "{demo}; scale a layer=mine; compute a.layers.mine.CD3D"
    ));
    let of_x = home.results(&format!("{demo}; scale a; compute a.X.CD3D"));
    assert_eq!(of_x, scaled);
}

#[test]
fn raw_is_looked_at() {
    let home = Home::new("raw");
    let ready = "a = demo(pbmc, cells=200, genes=300); normalize a; log1p a; a.raw = a; hvg a n=40; filter_genes a (highly_variable); scale a; drop_log";
    // What a file of scanpy's has: scaled X of some genes, and raw with log values of all.
    let ready = ready.replace("; drop_log", "; a.layers.log = a.X; write a \"raw.h5ad\"");
    let (done, out) = home.run(&ready);
    assert!(done, "{out}");
    let plain = "a = demo(pbmc, cells=200, genes=300); normalize a; log1p a";
    for step in [
        "compute (markers a by=cell_type top=2)",
        "score a [\"CD3D\", \"CD3E\"]; compute a.obs.score",
    ] {
        let expected = home.results(&format!("{plain}; {step}"));
        let read = "a = read \"raw.h5ad\"";
        assert_eq!(home.results(&format!("{read}; {step}")), expected, "{step}");
        let named = step
            .replace("by=", "raw=true by=")
            .replace("]; ", "] raw=true; ");
        assert_eq!(
            home.results(&format!("{read}; {named}")),
            expected,
            "{named}"
        );
    }
    for figure in [
        "dotplot a [\"CD3D\", \"LYZ\"] by=cell_type",
        "violin a CD3D by=cell_type",
    ] {
        let (done, out) = home.run(&format!(
            "a = read \"raw.h5ad\"; {figure} raw=true out=\"f.svg\""
        ));
        assert!(done, "{figure}\n{out}");
        assert!(!home.texts("f.svg").contains("scaled"));
    }
}

#[test]
fn scaling_twice_is_refused_and_components_are_not() {
    let home = Home::new("twice");
    let out = home.refused(&format!("{LOGS}; scale a; scale a"));
    assert!(out.contains("X already holds scaled values"), "{out}");
    let (done, out) = home.run("a = demo(cells=200, genes=300); scale a; pca a n=5; leiden a");
    assert!(done, "{out}");
    // Genes that are left out after scaling are so in the means, too.
    let first = home.results("a = demo(pbmc, cells=200, genes=300); log1p a; hvg a n=60; scale a; filter_genes a (highly_variable); pca a n=3 all_genes=true; a.obs.pc = 0; neighbors a k=4; leiden a; compute count(a.obs.leiden)");
    let second = home.results("a = demo(pbmc, cells=200, genes=300); log1p a; hvg a n=60; filter_genes a (highly_variable); scale a; pca a n=3 all_genes=true; a.obs.pc = 0; neighbors a k=4; leiden a; compute count(a.obs.leiden)");
    assert_eq!(first, second);
}

#[test]
fn components_are_older_than_what_changed_x() {
    let home = Home::new("stale");
    let ready = format!("{LOGS}; pca a n=5");
    for moved in [
        "scale a",
        "combat a",
        "regress a batch",
        "a.X = a.layers.counts",
    ] {
        let (_, out) = home.run(&format!("{ready}; {moved}; neighbors a"));
        assert!(out.contains("obsm.X_pca is older than X"), "{moved}\n{out}");
    }
    for moved in ["regress a batch; scale a", "scale a", "combat a; scale a"] {
        let (done, out) = home.run(&format!(
            "{LOGS}; {moved}; pca a n=5; neighbors a; leiden a; markers a by=leiden; show a"
        ));
        assert!(done && !out.contains("older"), "{moved}\n{out}");
    }
    // The same tests are not taken from a layer as it was.
    let one = home.results(&format!("{LOGS}; a.layers.b = a.X; markers a by=cell_type layer=b; a.layers.b = a.layers.counts; log1p a layer=b base=2; compute (markers a by=cell_type layer=b top=1)"));
    let other = home.results(&format!("{LOGS}; a.layers.b = a.layers.counts; log1p a layer=b base=2; compute (markers a by=cell_type layer=b top=1)"));
    assert_eq!(one, other);
}

/// Results that scanpy left in a file, of X and of each other as its records say.
#[test]
fn results_of_a_file_are_older_than_what_changed_x() {
    let home = Home::new("of_a_file");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/graph.h5ad");
    for (changed, used, older) in [
        ("", "neighbors a", ""),
        ("scale a", "neighbors a", "obsm.X_pca is older than X"),
        ("combat a", "tsne a", "obsm.X_pca is older than X"),
        ("neighbors a k=5", "umap a", ""),
        (
            "pca a n=4",
            "leiden a",
            "obsp.connectivities is older than obsm.X_pca",
        ),
        (
            "neighbors a k=5",
            "plot a color=cell_type out=\"a.svg\"",
            "obsm.X_umap is older than obsp.connectivities",
        ),
        // X is not among the layers of the file, of which one holds its counts.
        (
            "markers a by=cell_type; a.X = a.layers.counts",
            "dotplot a by=cell_type n=2 out=\"a.svg\"",
            "uns.rank_genes_groups is older than X",
        ),
        // It is kept as a layer.
        (
            "markers a by=cell_type; scale a",
            "dotplot a by=cell_type n=2 out=\"a.svg\"",
            "",
        ),
    ] {
        for cut in [
            "",
            "write a \"cut.h5ad\" overwrite=true; a = read \"cut.h5ad\"",
        ] {
            let lines = [
                &format!("a = read {file:?}")[..],
                changed,
                cut,
                used,
                "compute a",
            ];
            let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
            let (done, out) = home.run(&lines.join("; "));
            assert!(done, "{lines:?}\n{out}");
            let told = out.contains("is older than");
            assert_eq!(told, !older.is_empty(), "{lines:?}\n{out}");
            assert!(out.contains(older), "{lines:?}\n{out}");
        }
    }
}

/// Fold changes are of the base that a layer was made with, here and in a file.
#[test]
fn a_layer_has_its_own_base() {
    let home = Home::new("base");
    let demo = "a = demo(pbmc, cells=200, genes=300); a.layers.two = a.X; log1p a; log1p a layer=two base=2";
    let ratios = |before: &str, layer: &str| -> Vec<f64> {
        let test = format!("compute (markers a by=cell_type{layer} where=(names == \"CD3D\"))");
        let tables = home.results(&format!("{demo}{before}; {test}"));
        let columns = tables[0]["columns"].as_array().unwrap();
        let found = columns
            .iter()
            .find(|it| it["name"] == "log2_ratio_of_means");
        let values = found.unwrap()["values"].as_array().unwrap();
        values.iter().map(|x| x.as_f64().unwrap()).collect()
    };
    let (of_x, of_layer) = (ratios("", ""), ratios("", " layer=two"));
    assert!(!of_x.is_empty());
    for (x, layer) in of_x.iter().zip(&of_layer) {
        assert!((x - layer).abs() < 1e-3, "{of_x:?} {of_layer:?}");
    }
    let file = "; write a \"b.h5ad\"; a = read \"b.h5ad\"";
    assert_eq!(ratios(file, " layer=two"), of_layer);
}

#[test]
fn what_a_matrix_holds_can_be_stated() {
    let home = Home::new("stated");
    let lines = [
        "cell,A,B,C",
        "c1,0.5,0,1.25",
        "c2,0,0.25,2.5",
        "c3,1.5,0.75,0",
        "c4,0,1.25,0.5",
    ];
    fs::write(home.0.join("t.csv"), lines.join("\n")).unwrap();
    let (_, out) = home.run("a = read \"t.csv\"; pca a n=2 all_genes=true; score a [\"A\"]");
    assert!(out.contains("W103"), "{out}");
    for (state, word) in [("log", "log"), ("counts", "counts"), ("scaled", "scaled")] {
        let (done, out) = home.run(&format!("a = read \"t.csv\" X={state}; a"));
        assert!(done && out.contains(&format!("\"{word}\"")), "{out}");
    }
    let out = home.refused("a = read \"t.csv\" X=log; qc a");
    assert!(out.contains("X holds log values, not counts"), "{out}");
    let (done, out) = home.run("a = read \"t.csv\" X=log; pca a n=2 all_genes=true");
    assert!(done && !out.contains("W103"), "{out}");
    let out = home.refused("a = read \"t.csv\" layers={nothing: \"log\"}");
    assert!(out.contains("layers.nothing"), "{out}");
}

#[test]
fn parts_of_different_kinds_are_not_joined() {
    let home = Home::new("concat");
    let two = "a = demo(pbmc, cells=100, genes=200, seed=1); b = demo(pbmc, cells=100, genes=200, seed=2)";
    let out = home.refused(&format!(
        "{two}; log1p a; log1p b base=2; concat({{old: a, new: b}})"
    ));
    assert!(
        out.contains("base e") && out.contains("base 2") && out.contains("new"),
        "{out}"
    );
    let out = home.refused(&format!("{two}; log1p a; concat({{old: a, new: b}})"));
    assert!(out.contains("old") && out.contains("new"), "{out}");
    // The base goes with what is joined.
    let joined = home.results(&format!("{two}; log1p a base=2; log1p b base=2; c = concat([a, b], label=part, unique=\"-\"); write c \"c.h5ad\"; c = read \"c.h5ad\"; compute c.uns.log1p.base"));
    assert_eq!(joined[0]["value"], 2.0, "{joined:?}");
}

#[test]
fn a_query_is_brought_to_the_depth_of_its_reference() {
    let home = Home::new("ingest");
    let two = "r = demo(pbmc, cells=300, genes=300, seed=1); q = demo(pbmc, cells=100, genes=300, seed=2)";
    let reference = "hvg r n=60; pca r n=10; neighbors r; umap r";
    let labels = "ingest q r labels=cell_type prefix=\"p_\"; compute q.obsm.X_pca; compute count(q.obs.p_cell_type); compute q.obs.p_cell_type_confidence";
    for (made, by_hand) in [
        (
            "normalize r target=1e4; log1p r",
            "normalize q target=1e4; log1p q",
        ),
        (
            "normalize r target=1e4; log1p r base=2",
            "normalize q target=1e4; log1p q base=2",
        ),
    ] {
        let planned = home.results(&format!("{two}; {made}; {reference}; {labels}"));
        let typed = home.results(&format!("{two}; {made}; {reference}; {by_hand}; {labels}"));
        assert_eq!(planned, typed, "{made}");
        // A file tells it as well.
        let file = home.results(&format!(
            "{two}; {made}; {reference}; write r \"r.h5ad\"; r = read \"r.h5ad\"; {labels}"
        ));
        assert_eq!(file, typed, "{made}");
    }
    let median = home.results(&format!("{two}; log1p r; {reference}; {labels}"));
    let file = home.results(&format!(
        "{two}; log1p r; {reference}; write r \"m.h5ad\"; r = read \"m.h5ad\"; {labels}"
    ));
    assert_eq!(median, file);
    let out = home.refused(&format!(
        "{two}; log1p r; {reference}; log1p q base=2; {labels}"
    ));
    assert!(out.contains("base 2"), "{out}");
    let (done, out) = home.run(&format!(
        "{two}; normalize r target=1e4; log1p r; {reference}; log1p q; {labels}"
    ));
    assert!(done && out.contains("W105"), "{out}");
    // Components of scaled values.
    let (done, out) = home.run(&format!(
        "{two}; log1p r; hvg r n=60; scale r max_value=10; pca r n=10; neighbors r; {labels}"
    ));
    assert!(done, "{out}");
}

/// Whether results are the same, numbers to one in 100,000: values in a file have 32 bits, those on
/// their way to it have 64.
fn close(a: &[Value], b: &[Value]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_close(a, b))
}

fn is_close(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or(0.0), b.as_f64().unwrap_or(0.0));
            (a - b).abs() <= 1e-5 * a.abs().max(b.abs())
        }
        (Value::Array(a), Value::Array(b)) => close(a, b),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| is_close(a, &b[key]))
        }
        (a, b) => a == b,
    }
}

/// Whether qc's columns say that cells or genes were left out since, in this session and in the next.
#[test]
fn columns_of_qc_know_what_was_left_out() {
    let home = Home::new("older");
    let stale = |script: &str| -> Vec<(String, String)> {
        let (done, out) = home.run(script);
        assert!(done, "{script}\n{out}");
        let last = out
            .lines()
            .rev()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut datasets = last.filter(|it| !it["slots"].is_null());
        let slots = datasets.next().expect("a dataset is shown")["slots"].clone();
        let slots = slots.as_object().unwrap().iter();
        let of = |(name, slot): (&String, &Value)| {
            Some((name.clone(), slot["stale"].as_str()?.to_owned()))
        };
        slots.filter_map(of).collect()
    };
    let begin = "a = demo pbmc cells=60 genes=300 seed=3; qc a; compute a; ";
    assert!(stale(&format!("{begin}a")).is_empty());
    let cells = stale(&format!(
        "{begin}filter a (total_counts > 1200); compute a; a"
    ));
    assert!(
        cells.contains(&("var.n_cells_by_counts".into(), "cells".into())),
        "{cells:?}"
    );
    assert!(
        cells
            .iter()
            .all(|(name, of)| name.starts_with("var.") && of == "cells")
    );
    let genes = stale(&format!(
        "{begin}filter_genes a min_cells=3; write a \"g.h5ad\"; a"
    ));
    assert!(
        genes.contains(&("obs.total_counts".into(), "genes".into())),
        "{genes:?}"
    );
    assert_eq!(stale("b = read \"g.h5ad\"; b"), genes);
    // What keeps all is no change, and qc looks again.
    assert!(stale(&format!("{begin}filter a (total_counts > 0); compute a; a")).is_empty());
    let again = "filter a (total_counts > 1200); qc a; compute a; a";
    assert!(stale(&format!("{begin}{again}")).is_empty());
}

//! Files that lie, values that cannot be, and data that are too small: each is an error that names
//! the object and the remedy, never a panic and never a result.

use hdf5::File;
use sca::commands::COMMANDS;
use sca::eval::{Interpreter, Output};
use sca::plan::Engine;
use sca::session::Session;
use sca::source::Source;
use std::path::PathBuf;

/// A folder of its own, removed at the end.
struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sca-bad-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Home(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// 60 cells × 200 genes of counts, as sca writes them.
    fn counts(&self, name: &str) -> String {
        let path = self.file(name);
        let written = run(&format!(
            "adata = demo pbmc cells=60 genes=200; write adata \"{path}\""
        ));
        assert_eq!(written, None);
        path
    }

    /// A table of counts, genes in the columns.
    fn csv(&self, name: &str, lines: &[&str]) -> String {
        let path = self.file(name);
        std::fs::write(&path, lines.join("\n")).unwrap();
        path
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The first error of a script: code, headline and remedy; `None` if there is none.
fn run(script: &str) -> Option<String> {
    let source = Source::new("bad.sca", script);
    let parsed = sca::lang::parse(&source);
    assert!(parsed.diagnostics.is_empty(), "{:#?}", parsed.diagnostics);
    let engine = Engine::new(Some(2));
    let mut said = |_: Output| {};
    let mut interpreter = Interpreter::new(Session::default(), COMMANDS, &engine, &mut said);
    interpreter.painter = |_, _| Ok(());
    for statement in &parsed.statements {
        if let Err(error) = interpreter.run(&source, statement) {
            let help = error.help.clone().unwrap_or_default();
            return Some(format!("{} {} | {help}", error.code, error.headline));
        }
    }
    None
}

/// A script fails, and says all of `words`.
fn fails(script: &str, words: &[&str]) {
    let Some(error) = run(script) else {
        panic!("{script}: no error");
    };
    for word in words {
        assert!(error.contains(word), "{script}\n{error}\nlacks {word:?}");
    }
}

/// Changes one entry of a dataset in a file.
fn change<T: hdf5::H5Type + Copy>(path: &str, name: &str, at: usize, value: T) {
    let file = File::open_rw(path).unwrap();
    let dataset = file.dataset(name).unwrap();
    let mut values = dataset.read_1d::<T>().unwrap();
    values[at] = value;
    dataset.write(&values).unwrap();
}

/// What wants counts, and a target that makes it work.
const OF_COUNTS: &[&str] = &[
    "qc adata; compute adata",
    "filter adata min_counts=1; compute adata",
    "filter_genes adata min_counts=1; compute adata",
    "normalize adata; compute adata; qc adata; compute adata",
    "normalize adata; log1p adata; hvg adata n=20; compute adata",
    "scrublet adata; compute adata",
    "downsample adata counts_per_cell=10; qc adata; compute adata",
    "sqrt adata; qc adata; compute adata",
    "pearson_residuals adata; pca adata n=2 all_genes=true; compute adata",
    "hvg adata n=20 flavor=seurat_v3; compute adata",
    "highest_expressed adata n=5",
    "markers adata by=cell_type; compute adata",
    "score adata [\"CD3D\"]; compute adata",
    "pca adata n=2; compute adata",
];

#[test]
fn negative_counts_and_nan_are_errors_in_every_step() {
    let home = Home::new("values");
    for (name, value, kind) in [
        ("negative.h5ad", -3f32, "a negative value: -3"),
        ("nan.h5ad", f32::NAN, "a value that is not a number: NaN"),
        ("infinite.h5ad", f32::INFINITY, "an infinite value: inf"),
    ] {
        let path = home.counts(name);
        // Far enough in that a sample of the first values does not meet it.
        let n = File::open(&path).unwrap().dataset("X/data").unwrap().size();
        change(&path, "X/data", n - 1, value);
        for steps in OF_COUNTS {
            let words = ["E303", "X of", name, kind, "cell_000059", "gene "];
            fails(&format!("adata = read \"{path}\"; {steps}"), &words);
        }
    }
}

/// Where nobody says what X is, values below zero are an error in what wants counts, and none in
/// what takes scaled and corrected values.
#[test]
fn negative_values_of_an_unknown_matrix() {
    let home = Home::new("unknown");
    let mut lines = vec!["cell,A,B,C,D".to_owned()];
    lines.extend((0..9).map(|i| format!("c{i},{},{},0.5,{}", i % 3, i % 4, -0.25 * i as f32)));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let path = home.csv("scaled.csv", &lines);
    let read = format!("adata = read \"{path}\"");
    for steps in [
        "qc adata; compute adata",
        "filter adata min_counts=1; compute adata",
        "normalize adata; compute adata.X",
    ] {
        let words = ["E303", "negative value", "cell c1", "gene D", "pca"];
        fails(&format!("{read}; {steps}"), &words);
    }
    for steps in [
        "pca adata n=2 all_genes=true; compute adata.obsm.X_pca",
        "scale adata; compute adata",
        "compute aggregate(adata, by=half, func=[mean, var])",
        "markers adata by=half; compute adata",
        "markers adata by=half method=\"t-test\"; compute adata",
        "hvg adata n=2; compute adata",
    ] {
        let half = "adata.obs.half = when(A > 1, \"a\", \"b\")";
        assert_eq!(run(&format!("{read}; {half}; {steps}")), None, "{steps}");
    }
}

#[test]
fn index_arrays_that_lie() {
    let home = Home::new("indices");
    for (dataset, at, value) in [
        ("X/indices", 3usize, 1_000_000i32),
        ("X/indices", 3, -1),
        ("X/indptr", 5, 2_000_000_000),
        ("X/indptr", 5, 0),
    ] {
        let path = home.counts("lying.h5ad");
        change(&path, dataset, at, value);
        fails(
            &format!("adata = read \"{path}\"; qc adata; compute adata"),
            &["lying.h5ad"],
        );
    }
}

#[test]
fn files_that_are_none() {
    let home = Home::new("files");
    let whole = home.counts("whole.h5ad");
    let bytes = std::fs::read(&whole).unwrap();
    let truncated = home.file("truncated.h5ad");
    std::fs::write(&truncated, &bytes[..bytes.len() / 2]).unwrap();
    let text = home.file("text.h5ad");
    std::fs::write(&text, "this is no HDF5 file").unwrap();
    let empty = home.file("empty.h5ad");
    std::fs::write(&empty, "").unwrap();
    for path in [&truncated, &text, &empty] {
        let name = path.rsplit('/').next().unwrap();
        fails(
            &format!("adata = read \"{path}\"; qc adata; compute adata"),
            &["E200", name],
        );
    }
    fails(
        "adata = read \"/nowhere/at/all.h5ad\"",
        &["/nowhere/at/all.h5ad"],
    );
    fails(
        "adata = demo pbmc cells=20; write adata \"/proc/x/y.h5ad\"",
        &["/proc/x"],
    );
}

#[test]
fn too_little_data() {
    let home = Home::new("little");
    let none = home.csv("none.csv", &["cell,A,B,C"]);
    let one = home.csv("one.csv", &["cell,A,B,C", "c1,1,2,0"]);
    for steps in [
        "qc adata; compute adata",
        "normalize adata; log1p adata; qc adata; compute adata",
        "scrublet adata; compute adata",
        "leiden adata; compute adata",
        "highest_expressed adata",
    ] {
        for path in [&none, &one] {
            // An error or a result; what counts is that it is one of them.
            if let Some(error) = run(&format!("adata = read \"{path}\"; {steps}")) {
                assert!(!error.contains("E900") && error.starts_with('E'), "{error}");
            }
        }
    }
    fails(
        &format!("adata = read \"{one}\"; scrublet adata; compute adata"),
        &["E302", "too few"],
    );
    fails(
        "adata = demo pbmc cells=20 genes=100; filter adata min_counts=1e9; compute adata",
        &["E300", "were filtered out"],
    );
}

#[test]
fn genes_of_one_name_are_told_apart() {
    let home = Home::new("names");
    let path = home.csv("twice.csv", &["cell,A,B,A", "c1,1,2,4", "c2,0,1,3"]);
    assert_eq!(
        run(&format!(
            "adata = read \"{path}\"; compute adata[:, [\"A\", \"A-1\"]]"
        )),
        None
    );
}

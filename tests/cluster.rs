//! Passes by several processes: with workers, files are the same, byte for byte, whatever happens to
//! the workers.

mod chains;

use chains::{CHAINS, FOLDS};
use sca::plan::cluster::{Frame, Kind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("sca-cluster-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    /// Runs a script with some workers; gives what it said.
    fn run(&self, script: &str, workers: usize, more: &[(&str, &Path)]) -> String {
        std::fs::write(self.0.join("script.sca"), script).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sca"));
        command
            .args(["run", "script.sca", "--no-init"])
            .current_dir(&self.0)
            .envs(more.iter().copied())
            .env_remove("SCA_CLUSTER");
        if workers > 0 {
            command.env("SCA_CLUSTER", format!("local:{workers}"));
        }
        let ran = command.output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{script}\n{said}");
        String::from_utf8_lossy(&ran.stdout).into_owned() + &said
    }

    /// Cells to read, in `in.h5ad`.
    fn demo(&self, cells: usize, genes: usize) {
        let made = format!("a = demo pbmc cells={cells} genes={genes}\nwrite a \"in.h5ad\"");
        self.run(&made, 0, &[]);
    }

    /// What a chain of statements writes.
    fn written(&self, chain: &str, workers: usize, more: &[(&str, &Path)]) -> Vec<u8> {
        let script = format!("adata = read \"in.h5ad\"\n{chain}\nwrite adata \"out.h5ad\"");
        self.run(&script, workers, more);
        std::fs::read(self.0.join("out.h5ad")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn no_number_of_workers_shows_in_a_file() {
    let folder = Folder::new("numbers");
    folder.demo(1500, 300);
    for chain in FOLDS {
        let expected = folder.written(chain, 0, &[]);
        for workers in 1..=3 {
            let same = folder.written(chain, workers, &[]) == expected;
            assert!(
                same,
                "the file differs with {workers} workers after:\n{chain}"
            );
        }
    }
}

#[test]
fn no_worker_shows_in_what_any_command_writes() {
    let folder = Folder::new("commands");
    folder.demo(600, 400);
    for chain in CHAINS {
        let same = folder.written(chain, 2, &[]) == folder.written(chain, 0, &[]);
        assert!(same, "the file differs with 2 workers after:\n{chain}");
    }
}

#[test]
fn a_worker_that_dies_shows_only_in_the_profile() {
    let folder = Folder::new("dies");
    folder.demo(3000, 300);
    let expected = folder.written(FOLDS[0], 0, &[]);
    let mark = folder.0.join("died");
    let dies = [("SCA_WORKER_DIES", mark.as_path())];
    assert!(folder.written(FOLDS[0], 2, &dies) == expected);
    assert!(mark.exists(), "no worker died");
    std::fs::remove_file(&mark).unwrap();
    let said = folder.run(
        "adata = read \"in.h5ad\"\nqc adata\nprofile adata",
        2,
        &dies,
    );
    assert!(said.contains("kB back, 1 worker lost"), "{said}");
}

#[test]
fn a_processor_without_fma_gives_the_same() {
    let folder = Folder::new("processor");
    folder.demo(1500, 300);
    let expected = folder.written(FOLDS[0], 0, &[]);
    let plain = [("SCA_INSTRUCTIONS", Path::new("portable"))];
    assert!(folder.written(FOLDS[0], 2, &plain) == expected);
}

/// Components are rounded sums of three chunks.
#[test]
fn chunks_are_summed_by_whoever_has_them() {
    let folder = Folder::new("chunks");
    folder.demo(150_000, 12);
    let chain = "filter adata min_genes=3\npca adata n=5 genes=(n_cells >= 0)";
    let chain = format!("filter_genes adata min_cells=1\n{chain}");
    let expected = folder.written(&chain, 0, &[]);
    for workers in [1, 3] {
        assert!(
            folder.written(&chain, workers, &[]) == expected,
            "{workers}"
        );
    }
}

/// What can be spread is: every pass up to the components, and those of tests on moments.
#[test]
fn passes_run_on_workers() {
    let folder = Folder::new("passes");
    folder.demo(1500, 300);
    let script = "adata = read \"in.h5ad\"
qc adata mt=\"MT-\"
filter adata (pct_counts_mt < 90) min_genes=5
filter_genes adata min_cells=3
normalize adata
log1p adata
hvg adata n=100
pca adata n=10
markers adata by=cell_type method=\"t-test\"
profile adata";
    let said = folder.run(script, 2, &[]);
    let there = said.matches("2 workers on this machine: ").count();
    assert!(there >= 5, "{said}");
    assert!(!said.contains("here: "), "{said}");
    // What gathers rows stays, and says so.
    let script = script.replace("\"t-test\"", "wilcoxon");
    let said = folder.run(&script, 2, &[]);
    assert!(said.contains("here: rows are gathered"), "{said}");
}

/// A failure is the one that one process has.
#[test]
fn errors_are_the_same() {
    let folder = Folder::new("errors");
    folder.demo(600, 100);
    std::fs::write(
        folder.0.join("script.sca"),
        "adata = read \"in.h5ad\"\nfilter adata min_genes=5000\nqc adata\ncompute adata",
    )
    .unwrap();
    let told = |cluster: &str| {
        let ran = Command::new(env!("CARGO_BIN_EXE_sca"))
            .args(["run", "script.sca"])
            .current_dir(&folder.0)
            .env("SCA_CLUSTER", cluster)
            .output()
            .unwrap();
        (
            ran.status.code(),
            String::from_utf8_lossy(&ran.stderr).into_owned(),
        )
    };
    let (code, said) = told("local:2");
    assert!(said.contains("E300"), "{said}");
    assert_eq!((code, said), told(""));
}

#[test]
fn a_wrong_cluster_is_told() {
    for (cluster, words) in [
        ("local:none", "the address of a Dask scheduler"),
        ("nowhere", "the address of a Dask scheduler"),
        ("missing.json", "no scheduler file missing.json"),
    ] {
        let ran = Command::new(env!("CARGO_BIN_EXE_sca"))
            .args(["--cluster", cluster, "-c", "1 + 1"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_worker_answers_and_goes_with_its_input() {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_sca"))
        .args(["worker", "--threads", "1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut output) = (worker.stdin.take().unwrap(), worker.stdout.take().unwrap());
    let hello = Frame::read(&mut output).unwrap();
    assert_eq!(hello.kind, Kind::Hello);
    assert!(
        hello.said().starts_with(env!("CARGO_PKG_VERSION")),
        "{}",
        hello.said()
    );
    let mut ask = |frame: Frame| {
        frame.write(&mut input).unwrap();
        Frame::read(&mut output).unwrap()
    };
    // A range of nothing, bytes that are no stage, a range again.
    assert_eq!(
        ask(Frame::new(Kind::Map, vec![0; 16])).kind,
        Kind::Elsewhere
    );
    assert_eq!(
        ask(Frame::new(Kind::Stage, vec![7; 100])).kind,
        Kind::Elsewhere
    );
    assert_eq!(
        ask(Frame::new(Kind::Map, vec![255; 16])).kind,
        Kind::Elsewhere
    );
    drop(input);
    assert!(worker.wait().unwrap().success());
}

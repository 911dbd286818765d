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

/// Beyond 20,000 cells, workers look up those of some groups.
#[test]
fn neighbors_are_looked_up_by_whoever_is_asked() {
    let folder = Folder::new("neighbors");
    folder.demo(21_000, 40);
    let chain = "normalize adata\nlog1p adata\npca adata n=8 all_genes=true\nneighbors adata k=8";
    let expected = folder.written(chain, 0, &[]);
    for workers in [1, 3] {
        let profiled = format!("{chain}\nprofile adata");
        assert!(
            folder.written(&profiled, workers, &[]) == expected,
            "{workers}"
        );
    }
    let script = format!("adata = read \"in.h5ad\"\n{chain}\nprofile adata");
    let said = folder.run(&script, 3, &[]);
    let after = said.split("neighbors k=8").nth(1).unwrap_or_default();
    let place = after.lines().nth(1).unwrap_or_default();
    assert!(place.contains("3 workers on this machine"), "{said}");
}

/// What can be spread is: every pass up to the components, those of tests on moments, and ranks by genes.
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
    let ranks = script.replace("\"t-test\"", "wilcoxon");
    let said = folder.run(&ranks, 2, &[]);
    let there = said.matches("2 workers on this machine: ").count();
    assert!(there >= 5 && !said.contains("here: "), "{said}");
    // What gathers rows stays, and says so.
    let rows = script.replace("\"t-test\"", "logreg");
    let said = folder.run(&rows, 2, &[]);
    assert!(said.contains("here: rows are gathered"), "{said}");
    let plan = script.replace("profile", "explain");
    let said = folder.run(&plan, 2, &[]);
    assert!(
        said.contains("offered to 2 workers on this machine"),
        "{said}"
    );
    assert!(!folder.run(&plan, 0, &[]).contains("offered"));
}

/// Workers that take tasks from a folder; ended with the test.
struct Array(Vec<std::process::Child>);

impl Array {
    fn start(folder: &Path, n: usize, more: &[(&str, &Path)]) -> Self {
        let start = |_| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_sca"));
            command
                .args(["worker", "--threads", "1", "--tasks"])
                .arg(folder)
                .envs(more.iter().copied())
                .env("SCA_CLUSTER_LOST", "3")
                .stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        Array((0..n).map(start).collect())
    }

    /// Waits until all have ended by themselves; gives what the last one said.
    fn end(mut self) -> String {
        let mut said = String::new();
        for worker in std::mem::take(&mut self.0) {
            let ran = worker.wait_with_output().unwrap();
            said = String::from_utf8_lossy(&ran.stderr).into_owned();
        }
        said
    }
}

impl Drop for Array {
    fn drop(&mut self) {
        for worker in &mut self.0 {
            let _ = worker.kill();
            let _ = worker.wait();
        }
    }
}

impl Folder {
    /// The file that a script writes without workers, of cells that are made for it.
    fn alone(&self, script: &str) -> Vec<u8> {
        self.demo(3000, 300);
        self.run(script, 0, &[]);
        std::fs::read(self.0.join("out.h5ad")).unwrap()
    }

    /// A folder for tasks, and the variables with which sca lays some there.
    fn tasks(&self, name: &str) -> (PathBuf, Vec<(&'static str, PathBuf)>) {
        let tasks = self.0.join(name);
        std::fs::create_dir(&tasks).unwrap();
        let cluster = PathBuf::from(format!("folder:{}", tasks.display()));
        let variables = [
            ("SCA_CLUSTER", cluster),
            ("SCA_CLUSTER_CELLS", "0".into()),
            ("SCA_CLUSTER_WORKERS", "2".into()),
            ("SCA_CLUSTER_LOST", "3".into()),
        ];
        (tasks, variables.into())
    }

    /// Runs a script whose passes go through a folder.
    fn through(
        &self,
        script: &str,
        variables: &[(&'static str, PathBuf)],
    ) -> (Option<i32>, String) {
        std::fs::write(self.0.join("script.sca"), script).unwrap();
        let ran = Command::new(env!("CARGO_BIN_EXE_sca"))
            .args(["run", "script.sca", "--no-init"])
            .current_dir(&self.0)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        (
            ran.status.code(),
            said + &String::from_utf8_lossy(&ran.stderr),
        )
    }
}

fn wait_for(folder: &Path, ending: &str) -> PathBuf {
    for _ in 0..6000 {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files = files.map(|entry| entry.path());
        let found = files.find(|path| path.to_string_lossy().ends_with(ending));
        if let Some(found) = found {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!(
        "no file that ends with {ending} comes into {}",
        folder.display()
    );
}

const READ: &str = "adata = read \"in.h5ad\"\nqc adata\nhvg adata n=50\npca adata n=5\n\
                    markers adata by=cell_type method=\"t-test\"\nprofile adata\n";

#[test]
fn tasks_in_a_folder_give_the_same_file() {
    let folder = Folder::new("folder");
    let script = format!("{READ}write adata \"out.h5ad\"");
    let expected = folder.alone(&script);
    let (tasks, variables) = folder.tasks("run");
    let workers = Array::start(&tasks, 3, &[]);
    let (code, said) = folder.through(&script, &variables);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("3 workers of") && said.contains("kB back"),
        "{said}"
    );
    assert!(std::fs::read(folder.0.join("out.h5ad")).unwrap() == expected);
    assert_eq!(workers.end(), "");
    let left = std::fs::read_dir(&tasks).unwrap().flatten();
    let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
    assert!(
        left.len() == 1 && left[0].to_string_lossy().ends_with(".ended"),
        "{left:?}"
    );
    // Who comes too late goes at once.
    assert_eq!(Array::start(&tasks, 1, &[]).end(), "");
}

#[test]
fn a_worker_of_a_folder_that_dies_shows_only_in_the_profile() {
    let folder = Folder::new("folder-dies");
    let script = format!("{READ}write adata \"out.h5ad\"");
    let expected = folder.alone(&script);
    let (tasks, variables) = folder.tasks("run");
    let mark = folder.0.join("died");
    let workers = Array::start(&tasks, 2, &[("SCA_WORKER_DIES", &mark)]);
    let (code, said) = folder.through(&script, &variables);
    assert_eq!(code, Some(0), "{said}");
    assert!(mark.exists() && said.contains("1 worker lost"), "{said}");
    assert!(std::fs::read(folder.0.join("out.h5ad")).unwrap() == expected);
    workers.end();
}

/// What a launcher of jobs does that knows of no folder: a process for each task. Of some tasks the part
/// is lost, or damaged; all are done again.
#[test]
fn a_process_for_each_task_gives_the_same_file() {
    let folder = Folder::new("launcher");
    let script = "adata = read \"in.h5ad\"\nqc adata\nprofile adata\nwrite adata \"out.h5ad\"";
    let expected = folder.alone(script);
    let (tasks, variables) = folder.tasks("run");
    let (code, said) = std::thread::scope(|scope| {
        let running = scope.spawn(|| folder.through(script, &variables));
        let mut done = std::collections::HashSet::new();
        while !running.is_finished() {
            let files = std::fs::read_dir(&tasks).unwrap().flatten();
            for task in files.map(|entry| entry.path()) {
                if task.extension().is_none_or(|it| it != "task") || !done.insert(task.clone()) {
                    continue;
                }
                let part = task.with_extension("part");
                let out = task.with_extension("out");
                let ran = Command::new(env!("CARGO_BIN_EXE_sca"))
                    .args(["worker", "--task"])
                    .arg(&task)
                    .arg("--out")
                    .arg(&out)
                    .output()
                    .unwrap();
                assert!(ran.status.success(), "{ran:?}");
                if done.len() == 1 {
                    let mut bytes = std::fs::read(&out).unwrap();
                    let middle = bytes.len() / 2;
                    bytes[middle] ^= 1;
                    std::fs::write(&part, bytes).unwrap();
                } else {
                    std::fs::rename(&out, &part).unwrap();
                }
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        running.join().unwrap()
    });
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 worker lost"), "{said}");
    // Nobody has looked at the folder before.
    let start = format!(
        "sca worker --tasks {}",
        tasks.canonicalize().unwrap().display()
    );
    assert!(said.contains(&start), "{said}");
    assert!(std::fs::read(folder.0.join("out.h5ad")).unwrap() == expected);
}

#[test]
fn parts_that_cannot_be_used_are_told() {
    let folder = Folder::new("parts");
    folder.demo(600, 100);
    let script = "adata = read \"in.h5ad\"\nqc adata\ncompute adata";
    // Another version has written it; nobody has it any more, three times.
    for (name, words) in [
        ("version", "was written by another version of sca"),
        ("missing", ".part is missing"),
    ] {
        let (tasks, mut variables) = folder.tasks(name);
        variables.push(("SCA_CLUSTER_LOST", "0".into()));
        let (code, said) = std::thread::scope(|scope| {
            let running = scope.spawn(|| folder.through(script, &variables));
            while !running.is_finished() {
                let files = std::fs::read_dir(&tasks).unwrap().flatten();
                for task in files.map(|entry| entry.path()) {
                    if task.extension().is_some_and(|it| it == "task") {
                        if name == "version" {
                            let part = task.with_extension("part");
                            let _ = std::fs::write(part, "sca frames 0\n");
                        } else {
                            let _ = std::fs::remove_file(&task);
                        }
                    }
                }
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            running.join().unwrap()
        });
        assert_eq!(code, Some(1), "{said}");
        // As one line, wherever it was wrapped.
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in ["E210", words, "set cluster=none"] {
            assert!(said.contains(word), "lacks {word}: {said}");
        }
    }
}

#[test]
fn a_worker_says_what_is_wrong_with_its_task() {
    let folder = Folder::new("task");
    let worker = |arguments: &[&str]| {
        let ran = Command::new(env!("CARGO_BIN_EXE_sca"))
            .arg("worker")
            .args(arguments)
            .current_dir(&folder.0)
            .output()
            .unwrap();
        (
            ran.status.code(),
            String::from_utf8_lossy(&ran.stderr).into_owned(),
        )
    };
    std::fs::write(folder.0.join("a-1-0001.task"), "nothing").unwrap();
    let alone = |task: &str| worker(&["--task", task, "--out", "a.part"]);
    let (code, said) = alone("a-1-0001.task");
    assert!(
        code == Some(1) && said.contains("a-1-0001.task is damaged"),
        "{said}"
    );
    let (code, said) = alone("b-1-0001.task");
    assert!(code == Some(1) && said.contains("b-1-0001.task"), "{said}");
    let (code, said) = worker(&["--tasks", "nowhere"]);
    assert!(code == Some(1) && said.contains("nowhere"), "{said}");
    let (code, said) = worker(&["--task", "a-1-0001.task"]);
    assert!(
        code == Some(2) && said.contains("usage: sca worker"),
        "{said}"
    );
}

/// What a worker has taken it gives back when it is told to end.
#[test]
fn a_worker_that_is_told_to_end_gives_back_its_task() {
    let folder = Folder::new("gives-back");
    let tasks = folder.0.join("run");
    std::fs::create_dir(&tasks).unwrap();
    let mut workers = Array::start(&tasks, 1, &[]);
    wait_for(&tasks, ".worker");
    let pid = workers.0[0].id().to_string();
    assert!(Command::new("kill").arg(&pid).status().unwrap().success());
    assert_eq!(workers.0[0].wait().unwrap().code(), Some(130));
    assert_eq!(std::fs::read_dir(&tasks).unwrap().count(), 0);
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

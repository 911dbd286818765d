//! Files that hang or crash the HDF5 library, declare more than they hold or point elsewhere, and
//! signals that arrive at a bad time: the program answers, in bounded time and memory.

#![cfg(unix)]

use hdf5::File;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Nothing here is more than seconds of work. What takes so long hangs, or needs quadratic time; how fast things
/// are is for `benches`.
const HANG: Duration = Duration::from_secs(180);

/// What a child says until it ends; one that hangs is ended, and the test fails.
fn heard(child: Child) -> Output {
    let id = child.id() as libc::pid_t;
    let (ended, end) = channel::<()>();
    let guard = std::thread::spawn(move || {
        let hangs = end.recv_timeout(HANG) == Err(RecvTimeoutError::Timeout);
        if hangs {
            // SAFETY: a process of ours that was not waited for.
            unsafe { libc::kill(id, libc::SIGKILL) };
        }
        hangs
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    assert!(!guard.join().unwrap(), "it hangs");
    output
}

/// A folder of its own, removed at the end.
struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sca-hostile-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Home(path)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sca"));
        command.current_dir(&self.0).env("HOME", &self.0);
        command.arg("--no-init").args(args).stdin(Stdio::null());
        command
    }

    fn sca(&self, args: &[&str]) -> Ran {
        Ran::of(heard(self.start(args)))
    }

    fn start(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// A copy of a small file that the tests come with.
    fn seed(&self, name: &str) -> PathBuf {
        let seeds = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds");
        let path = self.0.join(name);
        std::fs::copy(seeds.join(name), &path).unwrap();
        path
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    /// A text of `lines` lines that is a thousand times smaller.
    fn bomb(&self, name: &str, head: &str, line: &str, lines: usize) {
        use flate2::{Compression, write::GzEncoder};
        use std::io::Write;
        let file = std::fs::File::create(self.0.join(name)).unwrap();
        let mut gzip = GzEncoder::new(file, Compression::fast());
        gzip.write_all(head.as_bytes()).unwrap();
        let thousand = line.repeat(1000);
        for _ in 0..lines / 1000 {
            gzip.write_all(thousand.as_bytes()).unwrap();
        }
        gzip.finish().unwrap();
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Ran {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    fn is(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        for word in words {
            assert!(self.err.contains(word), "lacks {word:?}: {}", self.err);
        }
    }
}

#[test]
fn a_heap_that_hangs_the_library_is_an_error_and_the_session_goes_on() {
    let home = Home::new("heap");
    let path = home.seed("sparse.h5ad");
    let mut bytes = std::fs::read(&path).unwrap();
    let heaps: Vec<usize> = memchr::memmem::find_iter(&bytes, b"GCOL").collect();
    assert!(!heaps.is_empty());
    // As zeroed blocks of a partial download: an object of no size after which nothing comes.
    for at in heaps {
        bytes[at + 16..at + 512].fill(0);
    }
    std::fs::write(&path, bytes).unwrap();
    let script = "a = read \"sparse.h5ad\"; compute a; show 5";
    let ran = home.sca(&["--keep-going", "-c", script]);
    ran.is(1, &["sparse.h5ad", "damaged", "download"]);
    assert!(ran.out.ends_with("5\n"), "{}", ran.out);
}

#[test]
fn strings_that_declare_gigabytes_are_not_allocated() {
    let home = Home::new("gigabytes");
    for name in ["sparse.h5ad", "small.loom"] {
        let path = home.seed(name);
        let mut bytes = std::fs::read(&path).unwrap();
        let heaps: Vec<usize> = memchr::memmem::find_iter(&bytes, b"GCOL").collect();
        // Each string is stored as its length, its heap, and its place in that.
        for heap in heaps {
            let first = [&heap.to_le_bytes()[..], &1_u32.to_le_bytes()].concat();
            let found: Vec<usize> = memchr::memmem::find_iter(&bytes, &first).collect();
            for at in found {
                bytes[at - 4..at].copy_from_slice(&(u32::MAX - 15).to_le_bytes());
            }
        }
        std::fs::write(&path, bytes).unwrap();
        let script = format!("a = read {name:?}; compute a; write a \"out.h5ad\"");
        let mut child = home.start(&["--memory", "600MB", "-c", &script]);
        let peak = peak_memory(&mut child);
        assert!(peak < 300 << 20, "{name}: {} MB", peak >> 20);
        let script = format!("a = read {name:?}");
        home.sca(&["-c", &script])
            .is(1, &["declares more data", "download"]);
    }
}

/// Waits for a process; the most memory that it or a child of it had, in bytes.
fn peak_memory(child: &mut Child) -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    let mut status = 0;
    // SAFETY: a process of ours that was not waited for; the structure is valid as zeros.
    let usage = unsafe {
        libc::wait4(child.id() as i32, &raw mut status, 0, usage.as_mut_ptr());
        usage.assume_init()
    };
    usage.ru_maxrss as u64 * 1024
}

#[test]
fn a_group_in_itself_is_refused() {
    let home = Home::new("itself");
    let path = home.seed("sparse.h5ad");
    let file = File::open_rw(&path).unwrap();
    file.link_hard("/uns/deep", "/uns/deep/again").unwrap();
    file.close().unwrap();
    let script = "a = read \"sparse.h5ad\"; compute a; write a \"out.h5ad\"";
    home.sca(&["-c", script]).is(1, &["/uns/deep/again"]);
}

#[test]
fn groups_hundreds_deep_end() {
    let home = Home::new("deep");
    let path = home.seed("sparse.h5ad");
    let file = File::open_rw(&path).unwrap();
    file.create_group(&format!("/uns{}", "/g".repeat(800)))
        .unwrap();
    file.close().unwrap();
    let script = "a = read \"sparse.h5ad\"; compute a; write a \"out.h5ad\"";
    let ran = home.sca(&["-c", script]);
    assert!(
        matches!(ran.code, Some(0 | 1)),
        "{:?} {}",
        ran.code,
        ran.err
    );
}

#[test]
fn storage_elsewhere_needs_a_word() {
    let home = Home::new("elsewhere");
    let path = home.seed("sparse.h5ad");
    let file = File::open_rw(&path).unwrap();
    file.new_dataset_builder()
        .with_dcpl(|creation| creation.external("/etc/passwd", 0, 240))
        .empty::<u8>()
        .shape((24, 10))
        .create("obsm/X_secret")
        .unwrap();
    file.close().unwrap();
    let script = "a = read \"sparse.h5ad\"; compute a; write a \"out.h5ad\"";
    home.sca(&["-c", script])
        .is(1, &["/etc/passwd", "external=true"]);
    let script = "a = read \"sparse.h5ad\" external=true; show a";
    home.sca(&["-c", script]).is(0, &[]);
}

#[test]
fn pipes_and_devices_are_no_files() {
    let home = Home::new("pipe");
    for name in ["a.h5ad", "a.csv", "a.mtx", "a.zarr.zip"] {
        let path = home.0.join(name);
        let name = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: the name ends in NUL.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        let script = format!("a = read {:?}", path.file_name().unwrap());
        home.sca(&["-c", &script]).is(1, &["not a file"]);
    }
    std::os::unix::fs::symlink("/dev/zero", home.0.join("zero.csv")).unwrap();
    home.sca(&["-c", "a = read \"zero.csv\""])
        .is(1, &["not a file"]);
}

#[test]
fn what_a_file_declares_is_not_believed() {
    let home = Home::new("declared");
    let path = home.seed("sparse.h5ad");
    let file = File::open_rw(&path).unwrap();
    file.new_dataset_builder()
        .empty::<f64>()
        .shape(400_000_000)
        .chunk(1000)
        .create("uns/numbers")
        .unwrap();
    file.close().unwrap();
    let ran = home.sca(&[
        "-c",
        "a = read \"sparse.h5ad\"; show a.uns.numbers; compute a.uns",
    ]);
    assert!(
        matches!(ran.code, Some(0 | 1 | 3)),
        "{:?} {}",
        ran.code,
        ran.err
    );
    assert!(!ran.err.contains("E900"), "{}", ran.err);
}

#[test]
fn what_holds_no_matrix_says_what_to_do() {
    let home = Home::new("other");
    for (name, words) in [
        ("x.rds", "readRDS"),
        ("x.RData", "load(\"x.RData\")"),
        ("x.rda.gz", "get(name[1])"),
    ] {
        home.write(name, "X");
        home.sca(&["-c", &format!("a = read {name:?}")])
            .is(1, &["only R can read", words]);
    }
    // As STARsolo lays its folders out.
    for folder in [
        "Solo.out/Gene/raw",
        "Solo.out/Gene/filtered",
        "Solo.out/Velocyto/raw",
    ] {
        std::fs::create_dir_all(home.0.join(folder)).unwrap();
        home.write(&format!("{folder}/matrix.mtx"), "");
    }
    home.sca(&["-c", "a = read \"Solo.out\""]).is(
        1,
        &["3 folders", "Gene/raw", "read \"Solo.out/Gene/filtered\""],
    );
    let path = home.seed("sparse.h5ad");
    let file = File::open_rw(&path).unwrap();
    let text = hdf5::types::VarLenArray::from_slice(&[1_i32, 2]);
    let ragged = vec![text; 24];
    file.unlink("obs/score").unwrap();
    file.new_dataset_builder()
        .with_data(&ragged)
        .create("obs/score")
        .unwrap();
    file.close().unwrap();
    home.sca(&["-c", "a = read \"sparse.h5ad\""])
        .is(0, &["/obs/score", "ragged arrays", "left out", "Python"]);
}

#[test]
fn endless_scripts_and_full_memory_end_the_program() {
    let home = Home::new("endless");
    home.sca(&["run", "/dev/zero"]).is(2, &["/dev/zero"]);
    let script = "ulimit -v 300000; exec \"$0\" --no-init -c 'a = demo pbmc cells=20000; \
                  normalize a; log1p a; hvg a; pca a; umap a; compute a'";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_sca")]);
    command.current_dir(&home.0).stdin(Stdio::null());
    let ran = Ran::of(command.output().unwrap());
    assert!(
        matches!(ran.code, Some(0 | 3)),
        "{:?} {}",
        ran.code,
        ran.err
    );
}

#[test]
fn work_that_does_not_fit_ends_with_status_3() {
    let home = Home::new("memory");
    let script = "a = demo pbmc cells=100 genes=200; leiden a; compute a.obs";
    home.sca(&["--memory", "1MB", "-c", script])
        .is(3, &["E105"]);
    let script = "a = demo pbmc cells=3000; neighbors a on=X; compute a.obsp";
    home.sca(&["--memory", "40MB", "-c", script])
        .is(3, &["E105"]);
    // More groups than results of them fit, which is known only when they are counted.
    let script = "a = demo pbmc cells=4000\nqc a\nfilter a (total_counts > 0)\n\
                  a.obs.each = a.obs_names\naggregate a by=each\ncompute a.layers.sum";
    home.sca(&["--memory", "200MB", "-c", script])
        .is(3, &["E105", "groups"]);
}

#[test]
fn results_of_thousands_of_groups_are_refused() {
    let home = Home::new("refused");
    let pairs = "a = demo pbmc cells=6000 genes=600\na.obs.pair = a.obs_names\n\
                 normalize a; log1p a; pca a n=5\n";
    for statement in [
        "combat a batch=pair; compute a.X",
        "harmony a by=pair; compute a.obsm",
        "bbknn a by=pair; compute a.obsp",
        "markers a by=pair method=\"t-test\"; compute a.uns",
        "dendrogram a by=pair; compute a.uns",
    ] {
        let mut child = home.start(&["--memory", "200MB", "-c", &format!("{pairs}{statement}")]);
        let peak = peak_memory(&mut child);
        assert!(peak < 300 << 20, "{statement}: {} MB", peak >> 20);
        home.sca(&["--memory", "200MB", "-c", &format!("{pairs}{statement}")])
            .is(3, &["E105"]);
    }
}

#[test]
fn ranks_of_thousands_of_groups_go_to_a_file_and_come_back() {
    let home = Home::new("ranks");
    let pairs: String = (0..3000)
        .map(|cell| format!("cell_{cell:06},pair{}\n", cell / 2))
        .collect();
    home.write("pairs.csv", &format!("cell,pair\n{pairs}"));
    let script = "a = demo pbmc cells=3000 genes=600\njoin a \"pairs.csv\"\n\
                  normalize a; log1p a; markers a by=pair reference=pair7\n";
    // 900,000 tests take 36 MB: more than an eighth of this memory.
    let all = format!("{script}write a \"m.h5ad\"");
    let mut child = home.start(&["--memory", "200MB", "-c", &all]);
    let peak = peak_memory(&mut child);
    assert!(peak < 300 << 20, "{} MB", peak >> 20);
    // The best genes of a group, from the file and from the session, whatever the memory.
    let of = "groups=[pair6, pair8, pair1499]";
    let best = |script: &str, memory: &str| {
        let script = format!("{script}ranks a {of} top=3 out=\"r.svg\"");
        home.sca(&["--memory", memory, "-c", &script]).is(0, &[]);
        std::fs::read_to_string(home.0.join("r.svg")).unwrap()
    };
    let from_file = best("a = read \"m.h5ad\"\n", "4GB");
    assert!(from_file.contains("pair1499"));
    assert_eq!(best(script, "200MB"), from_file);
    assert_eq!(best(script, "4GB"), from_file);
}

#[test]
fn groups_whose_names_no_file_can_hold_are_refused_with_their_names() {
    let home = Home::new("names");
    let names = |n: usize, first: &str| {
        let rows = (0..2 * n).map(|cell| match cell % n {
            0 => format!("cell_{cell:06},{first}\n"),
            group => format!("cell_{cell:06},g{group}\n"),
        });
        format!("cell,k\n{}", rows.collect::<String>())
    };
    for (n, first, wrong) in [
        (3, ".", true),
        (3, "/", true),
        (3, "T/NK", false),
        (1100, "T/NK", true),
        (1100, "T NK", false),
    ] {
        home.write("k.csv", &names(n, first));
        let script = format!(
            "a = demo pbmc cells={} genes=60\njoin a \"k.csv\"\nnormalize a; log1p a\n\
             markers a by=k\nwrite a \"k.h5ad\" overwrite=true\nb = read \"k.h5ad\"\ncompute b.uns.rank_genes_groups.params",
            2 * n
        );
        let ran = home.sca(&["-c", &script]);
        if wrong {
            ran.is(1, &["E204", first, "obs.k", "label a by=k"]);
        } else {
            ran.is(0, &[]);
        }
    }
}

#[test]
fn columns_that_no_file_can_hold_are_named() {
    let home = Home::new("unnameable");
    for (name, file) in [(".", "a.h5ad"), ("..", "a.zarr"), ("a/", "a.h5ad")] {
        let script =
            format!("a = demo pbmc cells=20 genes=30\na.obs.`{name}` = 1\nwrite a \"{file}\"");
        home.sca(&["-c", &script])
            .is(1, &[file, &format!("/obs/{name}"), "rename it"]);
        assert!(!home.0.join(file).exists());
    }
}

#[test]
fn sums_of_thousands_of_groups_stay_within_the_memory_setting() {
    let home = Home::new("groups");
    // Sums of all genes at once take a gigabyte.
    let script = "a = demo pbmc cells=4000\na.obs.each = a.obs_names\ncompute a\n\
                  b = aggregate(a, by=each, func=[sum])\nwrite b \"b.h5ad\"";
    let mut child = home.start(&["--memory", "300MB", "-c", script]);
    let peak = peak_memory(&mut child);
    assert!(peak < 400 << 20, "{} MB", peak >> 20);
    // Each group is one cell, whose counts come back.
    let script = "a = demo pbmc cells=4000\nb = read \"b.h5ad\"\nqc a\nqc b layer=sum\n\
                  compute (sum(a.obs.total_counts) == sum(b.obs.total_counts))";
    let ran = home.sca(&["-c", script]);
    assert!(ran.out.contains("true"), "{} {}", ran.out, ran.err);
}

#[test]
fn long_scripts_are_read_in_proportion_to_their_length() {
    let home = Home::new("proportion");
    // Seconds; an hour if each line looked at all before it.
    let lines: String = (0..200_000).map(|i| format!("x{i} = {i}\n")).collect();
    home.write("lines.sca", &lines);
    home.sca(&["check", "lines.sca"]).is(0, &[]);
}

#[test]
fn files_of_unknown_types_are_named() {
    let home = Home::new("unknown");
    home.write("notes.bin", "text");
    home.sca(&["-c", "read \"notes.bin\""])
        .is(1, &["E201", ".bin", "format="]);
}

#[test]
fn a_protected_file_is_replaced_only_on_request() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new("protected");
    for (name, statement) in [
        ("out.h5ad", "write a \"out.h5ad\""),
        ("out.csv", "export a.obs \"out.csv\""),
        ("out.svg", "violin a CD3D by=cell_type out=\"out.svg\""),
    ] {
        home.write(name, "mine");
        let path = home.0.join(name);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o444)).unwrap();
        let script = format!("a = demo pbmc cells=100; {statement}");
        home.sca(&["-c", &script])
            .is(1, &["E203", "write-protected", "overwrite=true"]);
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
        home.sca(&["-c", &format!("{script} overwrite=true")])
            .is(0, &[]);
        assert_ne!(std::fs::read(&path).unwrap(), b"mine");
    }
    home.has_nothing_unfinished();
}

#[test]
fn a_store_replaces_only_a_store() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new("store");
    let write = |more: &str| {
        home.sca(&[
            "-c",
            &format!("a = demo pbmc cells=100; write a \"a.zarr\"{more}"),
        ])
    };
    let has = |path: &str| home.0.join("a.zarr").join(path).exists();
    // A folder with something else in it.
    std::fs::create_dir(home.0.join("a.zarr")).unwrap();
    home.write("a.zarr/notes.txt", "mine");
    write(" overwrite=true").is(1, &["E203", "is not a dataset in zarr"]);
    assert!(has("notes.txt"));
    std::fs::remove_file(home.0.join("a.zarr/notes.txt")).unwrap();
    write("").is(0, &["wrote a.zarr"]);
    // A store with something beside the dataset.
    std::fs::create_dir(home.0.join("a.zarr/images")).unwrap();
    write("").is(1, &["E203", "also contains \"images\""]);
    std::fs::remove_dir_all(home.0.join("a.zarr/images")).unwrap();
    // A store that its owner protects.
    let path = home.0.join("a.zarr");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o555)).unwrap();
    write(" zarr_format=2").is(1, &["E203", "write-protected", "overwrite=true"]);
    assert!(!has(".zgroup"));
    write(" zarr_format=2 overwrite=true").is(0, &[]);
    assert!(has(".zgroup") && !has("zarr.json"));
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    home.write("b.zarr", "a file");
    home.sca(&["-c", "a = demo pbmc cells=100; write a \"b.zarr\""])
        .is(1, &["E203", "is a file, not a zarr store"]);
    home.has_nothing_unfinished();
}

#[test]
fn a_store_that_is_not_finished_is_not_there() {
    let home = Home::new("store-ended");
    home.sca(&["-c", "a = demo pbmc cells=100; write a \"a.zarr\""])
        .is(0, &[]);
    let before = std::fs::read(home.0.join("a.zarr/zarr.json")).unwrap();
    // Many cells, so that it is killed while it writes.
    let script = "a = demo pbmc cells=60000; write a \"a.zarr\"; write a \"new.zarr\"";
    for (signal, code) in [
        (libc::SIGINT, 130),
        (libc::SIGTERM, 130),
        (libc::SIGKILL, -1),
    ] {
        let child = home.start(&["-c", script]);
        home.wait_for_unfinished();
        // SAFETY: a process of ours that was not waited for.
        unsafe { libc::kill(child.id() as libc::pid_t, signal) };
        let status = child.wait_with_output().unwrap().status;
        assert_eq!(status.code().unwrap_or(-1), code);
        assert_eq!(
            std::fs::read(home.0.join("a.zarr/zarr.json")).unwrap(),
            before
        );
        assert!(!home.0.join("new.zarr").exists());
        if signal != libc::SIGKILL {
            home.has_nothing_unfinished();
        }
    }
    // What a killed process left goes with the next writing.
    home.sca(&["-c", "a = demo pbmc cells=100; write a \"a.zarr\""])
        .is(0, &[]);
    home.has_nothing_unfinished();
}

impl Home {
    /// What is there under the names of files and folders that are being written.
    fn unfinished(&self) -> Vec<std::path::PathBuf> {
        let left = std::fs::read_dir(&self.0).unwrap().flatten();
        let left = left.map(|entry| entry.path());
        left.filter(|path| path.to_string_lossy().contains("sca-tmp"))
            .collect()
    }

    fn has_nothing_unfinished(&self) {
        assert_eq!(self.unfinished(), [] as [std::path::PathBuf; 0]);
    }

    /// Until X is being written.
    fn wait_for_unfinished(&self) {
        let begun = Instant::now();
        let is_there = || {
            let mut left = self.unfinished().into_iter();
            left.any(|folder| folder.join("X").exists() && !folder.join("zarr.json").exists())
        };
        while !is_there() {
            assert!(begun.elapsed() < HANG, "nothing is written");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn names_give_no_orders_to_the_terminal() {
    let home = Home::new("orders");
    let order = "\x1b]0;owned\x07\x1b[31m\u{9b}2J";
    home.write("a.csv", &format!(",{order}G1,G2\n{order}c1,1,2\nc2,3,4\n"));
    home.write("t.csv", &format!("{order},b\n{order},2\n"));
    let script = format!(
        "a = read \"a.csv\"; show a; show a.var; show a.obs; a.X; show a.var_names\n\
         t = read \"t.csv\"; t; show t.b\nfilter a (nothing{} > 1)",
        "_x"
    );
    for manner in ["--json", "--verbose"] {
        let ran = home.sca(&[manner, "--keep-going", "-c", &script]);
        for (stream, text) in [("out", &ran.out), ("err", &ran.err)] {
            let orders = |c: char| c.is_control() && c != '\n' && c != '\t';
            assert!(!text.contains(orders), "{manner} {stream}: {text:?}");
        }
        assert!(ran.out.contains("owned"), "{}", ran.out);
    }
}

#[test]
fn signals_are_heard_in_every_reading() {
    let home = Home::new("signals");
    let row = format!("1{}\n", ",1".repeat(60));
    home.bomb(
        "bomb.csv.gz",
        &format!("c{}\n", ",g".repeat(60)),
        &row,
        3_000_000,
    );
    let head = "%%MatrixMarket matrix coordinate integer general\n1000 1000 40000000\n";
    home.bomb("bomb.mtx.gz", head, "1 1 1\n", 40_000_000);
    for (name, signal, code) in [
        ("bomb.csv.gz", libc::SIGINT, 130),
        ("bomb.csv.gz", libc::SIGTERM, 130),
        ("bomb.mtx.gz", libc::SIGINT, 130),
        ("bomb.mtx.gz", libc::SIGHUP, 130),
    ] {
        let script = format!("a = read \"{name}\"\ncompute a\nshow \"went on\"");
        let child = home.start(&["--keep-going", "-c", &script]);
        std::thread::sleep(Duration::from_millis(700));
        // SAFETY: a process of ours that was not waited for.
        unsafe { libc::kill(child.id() as libc::pid_t, signal) };
        let ran = Ran::of(heard(child));
        ran.is(code, &[]);
        assert!(!ran.out.contains("went on"), "{name}: {}", ran.out);
    }
}

#[test]
fn checking_is_bounded_and_scripts_may_be_long() {
    let home = Home::new("long");
    let loops = "for r in [1,2,3,4,5,6,7,8,9,10] { ".repeat(9);
    home.write("nested.sca", &format!("{loops}x = r{}\n", " }".repeat(9)));
    let calls: String = (1..40)
        .map(|i| format!("def f{i}(x) {{ return f{0}(x) + f{0}(x) }}\n", i - 1))
        .collect();
    home.write(
        "calls.sca",
        &format!("def f0(x) {{ return x }}\n{calls}y = f39(1)\n"),
    );
    let lines = |n: usize| (0..n).map(|i| format!("x{i} = {i}\n")).collect::<String>();
    home.write("lines.sca", &lines(10_000));
    for name in ["nested.sca", "calls.sca", "lines.sca"] {
        home.sca(&["check", name]).is(0, &[]);
    }
    home.sca(&["run", "lines.sca"]).is(0, &[]);
}

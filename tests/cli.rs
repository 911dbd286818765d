//! The program from outside: exit status, streams, parameters, and the prompt in a terminal.

#[cfg(unix)]
mod pty;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A folder of its own for a test, removed at its end.
struct Home(PathBuf);

impl Home {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("sca-cli-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Home(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sca"));
        command
            .current_dir(&self.0)
            .env("HOME", &self.0)
            .env("TERM", "xterm-256color")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_STATE_HOME")
            .env_remove("SCA_GRAPHICS")
            .env_remove("NO_COLOR");
        command
    }

    fn sca(&self, args: &[&str]) -> Ran {
        Ran::of(self.command().args(args).stdin(Stdio::null()).output())
    }

    fn fed(&self, args: &[&str], input: &str) -> Ran {
        let mut command = self.command();
        command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let written = child.stdin.take().unwrap().write_all(input.as_bytes());
        written.unwrap();
        Ran::of(child.wait_with_output())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: std::io::Result<Output>) -> Self {
        let output = output.unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

#[test]
fn exit_status_tells_what_happened() {
    let home = Home::new();
    assert_eq!(home.sca(&["-c", "1 + 2"]).code, 0);
    assert_eq!(home.sca(&["-c", "lieden"]).code, 1);
    assert_eq!(home.sca(&["--jsn"]).code, 2);
    assert_eq!(home.sca(&["run"]).code, 2);
    assert_eq!(home.sca(&["run", "nothing.sca"]).code, 2);
    assert_eq!(home.sca(&["--memory", "lots"]).code, 2);
    assert_eq!(home.sca(&["--version"]).code, 0);
    assert_eq!(home.sca(&["completions", "tcsh"]).code, 2);
}

#[test]
fn settings_say_where_they_come_from() {
    let home = Home::new();
    home.write(".config/sca/init.sca", "set lazy=off\n");
    let ran = home.sca(&["--memory", "3 GB", "-c", "set seed=4; set"]);
    for line in [
        "auto\ttrue\tdefault\t",
        "memory\t\"3 GB\"\t--memory\t",
        "seed\t4\t-c:1\t",
        "init.sca:1\t",
    ] {
        assert!(ran.out.contains(line), "{line} in {}", ran.out);
    }
    let ran = home.fed(
        &["--keep-going", "-"],
        "set memory=\"1 GB\" threads=5000\nset\n",
    );
    assert!(!ran.out.contains("1 GB"), "{}", ran.out);
    let ran = home.sca(&["-c", "set"]);
    assert!(ran.out.contains("\thalf of the machine's\t"), "{}", ran.out);
}

#[test]
fn results_and_the_rest_are_apart() {
    let home = Home::new();
    let ran = home.sca(&["-c", "1 + 2; show \"done\""]);
    assert_eq!(ran.out, "3\ndone\n");
    assert_eq!(ran.err, "");
    let ran = home.sca(&["-c", "lieden adata"]);
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("no command `lieden`"), "{}", ran.err);
    let ran = home.sca(&["-c", "demo pbmc cells=100", "--quiet"]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
}

#[test]
fn off_a_terminal_there_are_no_colors() {
    let home = Home::new();
    for text in [
        "lieden",
        "1 +",
        "adata = demo pbmc cells=100; adata; count(adata.obs.sample)",
    ] {
        let ran = home.sca(&["-c", text]);
        assert!(!(ran.out + &ran.err).contains('\x1b'), "{text}");
    }
}

#[test]
fn a_script_is_checked_before_it_runs() {
    let home = Home::new();
    let script = home.write(
        "a.sca",
        "show \"first\"\nlieden adata\n1 +\nx = 2\nshow y\n",
    );
    let ran = home.sca(&[script.to_str().unwrap()]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.out, "");
    assert!(
        ran.err.contains("lieden") && ran.err.contains('y'),
        "{}",
        ran.err
    );
    let ran = home.sca(&["--keep-going", "a.sca"]);
    assert_eq!(ran.out, "first\n");
    assert_eq!(ran.code, 1);
    let ran = home.sca(&["check", "a.sca"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
}

#[test]
fn scripts_take_parameters() {
    let home = Home::new();
    home.write(
        "qc.sca",
        "# Quality\nparam input \"a file\"\nparam max_mt = 10 \"highest\"\nparam strict = false\n\
         show \"{input} {max_mt} {strict}\"\n",
    );
    let ran = home.sca(&[
        "run",
        "qc.sca",
        "--input",
        "a.h5ad",
        "--max-mt=5",
        "--strict",
    ]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "a.h5ad 5 true\n"),
        "{}",
        ran.err
    );
    let ran = home.sca(&["qc.sca", "--input", "b"]);
    assert_eq!(ran.out, "b 10 false\n");
    let ran = home.sca(&["run", "qc.sca"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("--input"), "{}", ran.err);
    for word in ["run", "check", "fmt", "completions"] {
        let ran = home.sca(&[word, "--help"]);
        assert_eq!(ran.code, 0, "{word}: {}", ran.err);
        assert!(ran.out.contains("sca run FILE.sca"), "{word}: {}", ran.out);
        let ran = home.sca(&[word]);
        assert_eq!(ran.code, 2, "{word}");
    }
    let ran = home.sca(&["run", "qc.sca", "--help"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("--max-mt = 10") && ran.out.contains("highest"));
    let ran = home.sca(&["run", "qc.sca", "--inptu", "a"]);
    assert!(ran.err.contains("did you mean `--input`?"), "{}", ran.err);
    // Wrong usage: one error, and nothing of the script is run or checked.
    for wrong in ["--max-mt=ten", "--max-mt=nan", "--strict=maybe"] {
        let ran = home.sca(&["run", "qc.sca", "--input", "a", wrong]);
        assert_eq!(
            (ran.code, ran.err.matches("needs").count()),
            (2, 1),
            "{}",
            ran.err
        );
    }
    home.write("list.sca", "param res = [0.2]\nshow sum(res[0], 1)\n");
    let ran = home.sca(&["run", "list.sca", "--res", "0.5,0.8"]);
    assert_eq!(ran.out, "1.5\n", "{}", ran.err);
    let ran = home.sca(&["run", "list.sca", "--res", "a,b"]);
    assert_eq!(
        (ran.code, ran.err.matches("--res").count()),
        (2, 1),
        "{}",
        ran.err
    );
    let ran = home.sca(&["check", "qc.sca"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn check_lists_files_and_knows_their_names() {
    let home = Home::new();
    home.write("t.csv", "cell,x\na,1\n");
    home.write(
        "a.sca",
        "param out = \"figs\"\nadata = demo(cells=100)\nt = read \"t.csv\"\n\
         plot adata color=cell_type basis=pca out=\"{out}/x.png\"\n\
         for k in [5, 10] { elbow adata out=\"{out}/{k}.svg\" }\n\
         write adata \"out.h5ad\"\nb = read \"out.h5ad\"\n",
    );
    let ran = home.sca(&["check", "a.sca", "--json"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let files: serde_json::Value = serde_json::from_str(ran.out.trim()).unwrap();
    assert_eq!(files["type"], "files");
    assert_eq!(files["inputs"], serde_json::json!(["t.csv"]));
    let outputs = ["figs/10.svg", "figs/5.svg", "figs/x.png", "out.h5ad"];
    assert_eq!(files["outputs"], serde_json::json!(outputs));
    let ran = home.sca(&["check", "a.sca", "--json", "--out", "other"]);
    assert!(ran.out.contains("other/x.png"), "{}", ran.out);
    home.write(
        "b.sca",
        "param out = \"figs\"\nadata = demo(cells=100)\nplot adata color=cell_type out=\"{out}/x.pdff\"\n",
    );
    let ran = home.sca(&["check", "b.sca"]);
    assert!(ran.code == 1 && ran.err.contains("E202"), "{}", ran.err);
}

#[test]
fn settings_are_kept_if_asked() {
    let home = Home::new();
    home.sca(&["-c", "set seed=9 keep=true; set errors=plain"]);
    let ran = home.sca(&["-c", "set"]);
    assert!(ran.out.contains("seed\t9\tconfig.toml"), "{}", ran.out);
    assert!(ran.out.contains("errors\tfull\tdefault"), "{}", ran.out);
    let ran = home.sca(&["--no-init", "-c", "set"]);
    assert!(ran.out.contains("seed\t0\tdefault"), "{}", ran.out);
    let ran = home.sca(&["--seed", "3", "-c", "set"]);
    assert!(ran.out.contains("seed\t3\t--seed"), "{}", ran.out);
    home.write(".config/sca/config.toml", "seed = many\n");
    let ran = home.sca(&["-c", "show 1"]);
    assert!(
        ran.out == "1\n" && ran.err.contains("line 1: seed"),
        "{}",
        ran.err
    );
}

#[test]
fn only_what_a_table_needs_is_computed() {
    let home = Home::new();
    let script = "adata = demo(cells=200)\nscrublet adata\ncell_cycle adata\n\
                  compute (markers adata by=cell_type top=1)\nadata";
    let ran = home.sca(&["-c", script]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let pending =
        |key: &str| ran.out.contains(&format!("{key} *")) || ran.out.contains(&format!("{key}*"));
    assert!(pending("doublet_score") && pending("phase"), "{}", ran.out);
}

#[test]
fn work_that_was_not_done_is_said() {
    let home = Home::new();
    let said = |text: &str| home.sca(&["-c", text]).err;
    let planned = said("a = demo(cells=100)\nqc a\nfilter a (total_counts > 1)");
    assert!(
        planned.contains("2 steps of a were planned and not run"),
        "{planned}"
    );
    let planned = said("a = demo(cells=100)\nnormalize a");
    assert!(
        planned.contains("1 step of a was planned and not run"),
        "{planned}"
    );
    let done = said("a = demo(cells=100)\nqc a\ncompute a");
    assert!(!done.contains("not run"), "{done}");
    let done = said("a = demo(cells=100)\na");
    assert!(!done.contains("not run"), "{done}");
    // What was planned before the last output, and is not needed for it, was not wanted.
    let table = "a = demo(cells=100)\nqc a\nm = markers a by=cell_type\nexport m m.csv";
    assert!(!said(table).contains("not run"), "{}", said(table));
    let more = said(&format!("{table}\nleiden a"));
    assert!(more.contains("planned and not run"), "{more}");
}

#[test]
fn a_value_says_what_computes_it_and_a_filter_what_is_left() {
    let home = Home::new();
    let script = "x = demo(cells=100)\nqc x\nfilter x min_genes=10\nx.n_obs\n\
                  m = markers x by=cell_type\nm\nx.obs[0..2]\ncompute x";
    let ran = home.sca(&["-c", script]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for expected in ["`compute x.n_obs` shows it", "`compute m` shows it"] {
        assert!(ran.out.contains(expected), "{expected}: {}", ran.out);
    }
    for expected in ["`compute x.obs[0..2]` shows all", "filter: 100 → 100 cells"] {
        assert!(ran.err.contains(expected), "{expected}: {}", ran.err);
    }
    // A remark on a step does not show the statement again.
    assert!(!ran.err.contains("│ filter x"), "{}", ran.err);
}

#[test]
fn standard_input_is_a_script() {
    let home = Home::new();
    assert_eq!(home.fed(&["-"], "x = 2\nshow x\n").out, "2\n");
    assert_eq!(home.fed(&[], "show 3").out, "3\n");
    assert_eq!(home.fed(&[], "lieden").code, 1);
    assert_eq!(home.fed(&["-"], "show 1\nshow 2 +").out, "");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let home = Home::new();
    let mut command = home.command();
    command.args(["--quiet", "-c", "for i in 0..2000 { show i }"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_ne!(output.status.code(), Some(101));
}

#[test]
fn json_is_one_object_a_line() {
    let home = Home::new();
    let text = "adata = demo pbmc cells=100; adata; 1 + 2; \"a\"; [1, \"b\"]\n\
                count(adata.obs.sample)\nlieden";
    let ran = home.sca(&["--json", "--keep-going", "-c", text]);
    assert_eq!(ran.err, "");
    let lines: Vec<serde_json::Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let types: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["type"].as_str())
        .collect();
    assert!(
        types.contains(&"dataset") && types.contains(&"value"),
        "{types:?}"
    );
    assert_eq!(types.last(), Some(&"error"));
    for line in &lines {
        assert!(
            line["version"].is_number() && line["statement"].is_number(),
            "{line}"
        );
    }
}

#[test]
fn json_says_what_each_step_wrote() {
    let home = Home::new();
    let text = "adata = demo pbmc cells=100 genes=200; pca adata n=5; adata.obs.one = total; \
                filter adata (one > 1); plot adata color=CD3D basis=pca out=\"a.png\"; \
                write adata \"a.h5ad\"; history adata; last | export \"h.csv\"";
    let text = text.replace("total", "CD3D + 2");
    let ran = home.sca(&["--json", "-c", &text]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let lines = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<serde_json::Value> = lines.collect();
    let of = |kind: &'static str| lines.iter().filter(move |line| line["type"] == kind);
    let steps: Vec<_> = of("step")
        .map(|step| {
            (
                step["command"].as_str().unwrap(),
                &step["results"],
                &step["writes"],
            )
        })
        .collect();
    let json = |text: &str| -> serde_json::Value { serde_json::from_str(text).unwrap() };
    let pca = json(r#"["obsm.X_pca", "varm.PCs", "uns.pca"]"#);
    let names: Vec<&str> = steps.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names, ["normalize", "log1p", "hvg", "pca", "", "filter"]);
    assert_eq!(steps[3], ("pca", &json(r#"["obsm.X_pca"]"#), &pca));
    assert_eq!(steps[4].2, &json(r#"["obs.one"]"#));
    assert_eq!(
        steps[5],
        ("filter", &json(r#"["cells"]"#), &json(r#"["cells"]"#))
    );
    let normalize = of("step").next().unwrap();
    assert_eq!(
        (&normalize["asked_by"], &normalize["dataset"]),
        (&json(r#""pca""#), &json(r#""adata""#))
    );
    let files: Vec<_> = of("file")
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    assert_eq!(files, ["a.png", "a.h5ad", "h.csv"]);
    // Each statement says what all of its steps wrote, and what it bound.
    let statements: Vec<_> = of("statement").collect();
    let pca = statements[1];
    assert_eq!(pca["text"], "pca adata n=5");
    assert_eq!(pca["binds"], json(r#"["adata"]"#));
    let writes = pca["writes"].as_array().unwrap();
    assert!(
        writes[0] == "X" && writes.contains(&json(r#""obsm.X_pca""#)),
        "{pca}"
    );
    assert_eq!(statements[5]["files"], json(r#"["a.h5ad"]"#));
    // The table of the history has the same slots.
    let history = std::fs::read_to_string(home.0.join("h.csv")).unwrap();
    assert!(
        history.contains("obsm.X_pca, varm.PCs, uns.pca"),
        "{history}"
    );
}

/// `-c` with a few simulated cells before it.
fn told(statements: &str) -> String {
    let home = Home::new();
    let demo = format!("adata = demo pbmc cells=100 genes=200; {statements}");
    let ran = home.sca(&["-c", &demo]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.out
}

#[test]
fn a_dataset_by_its_name_is_shown_itself() {
    let out = told("markers adata by=cell_type top=1; compute adata; adata");
    assert!(out.contains("adata   100 cells × 200 genes"), "{out}");
}

#[test]
fn a_dataset_without_a_name_is_said() {
    let home = Home::new();
    let made = home.sca(&["-c", "demo pbmc cells=100"]);
    let line = "last: 100 cells × 2,000 genes, counts, 3 obs columns";
    assert!(made.code == 0 && made.err.contains(line), "{}", made.err);
    let next = home.sca(&["-c", "demo pbmc cells=100\n| qc mt=MT-"]);
    assert_eq!(next.code, 0, "{}", next.err);
    let file = home.sca(&[
        "-c",
        "write demo(pbmc, cells=60) \"a.h5ad\"; read \"a.h5ad\"",
    ]);
    assert_eq!(
        file.err.matches("last: 60 cells").count(),
        1,
        "{}",
        file.err
    );
}

#[test]
fn a_matrix_shows_its_corner() {
    let out = told(
        "b = adata[2..40, [\"LYZ\", \"CD3D\"]]; compute b.X; compute b.X.CD3D; log1p b of=counts; compute b.X",
    );
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows.len(), 11 + 38 + 11, "{out}");
    assert_eq!(rows[0], ["cell", "LYZ", "CD3D"]);
    assert_eq!((rows[1][0], rows[10][0]), ("cell_000002", "cell_000011"));
    for (shown, of_gene) in rows[1..11].iter().zip(&rows[11..]) {
        assert_eq!(shown[2], of_gene[0]);
    }
    for (counts, logs) in rows[1..11].iter().zip(&rows[50..]) {
        for (count, log) in counts[1..].iter().zip(&logs[1..]) {
            let count: f32 = count.parse().unwrap();
            // As short as a number of 32 bits can be told.
            assert_eq!(count.ln_1p().to_string(), *log);
        }
    }
}

#[test]
fn columns_made_before_a_selection_are_shown_after_it() {
    let home = Home::new();
    let script = "adata = demo pbmc cells=300 genes=400 | qc | filter min_genes=200\n\
                  compute adata.obs\nadata.obs\nadata.obs.cell_type";
    let ran = home.sca(&["-c", script]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!ran.err.contains("not computed yet"), "{}", ran.err);
    let mut headings = ran.out.lines().filter(|line| line.starts_with("cell\t"));
    let first = headings.next().unwrap();
    assert!(first.contains("cell_type\tbatch") && first.contains("total_counts"));
    assert_eq!(
        headings.next(),
        Some(first),
        "shown again without computing"
    );
}

#[test]
fn groups_of_cells_are_no_older_than_their_names() {
    let out = told("compute aggregate(adata, by=cell_type)");
    assert!(out.contains("n_cells") && !out.contains("stale"), "{out}");
}

#[test]
fn a_check_shows_the_line_that_works_in_the_end() {
    let home = Home::new();
    home.write(
        "r.sca",
        "h = demo pbmc\nx <- CreateSeuratObject(counts = h, min.cells = 3)\n",
    );
    for args in [&["check", "r.sca"][..], &["r.sca"]] {
        let ran = home.sca(args);
        let expected = "help: x = h | filter_genes min_cells=3";
        assert!(ran.err.contains(expected), "{args:?}: {}", ran.err);
    }
}

#[test]
fn methods_tell_what_was_done() {
    let home = Home::new();
    let script = "adata = demo(cells=200)\nqc adata mt=\"MT-\"\nleiden adata res=0.5\numap adata\n\
                  markers adata by=leiden\nwrite adata \"a.h5ad\"\nmethods";
    let ran = home.sca(&["-c", script]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let told = |text: &str| {
        for expected in [
            "A dataset of 200 cells and 2,000 genes was simulated.",
            "mitochondrial genes (MT-)",
            "most highly variable genes were selected",
            "A principal component analysis (PCA) with 50 components",
            "Cells were clustered with the Leiden algorithm (resolution 0.5) [",
            "A UMAP embedding was computed from the neighbor graph (minimum distance 0.5",
            "with the Wilcoxon rank-sum test, and p-values were adjusted",
            "\nReferences\n1. ",
            "Traag, V. A., Waltman, L. & van Eck, N. J. From Louvain to Leiden",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
    };
    told(&ran.out);
    // The same from the file, and as BibTeX.
    let ran = home.sca(&[
        "-c",
        "b = read \"a.h5ad\"\nmethods b\nmethods b out=\"m.bib\"",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    told(&ran.out);
    let bibtex = std::fs::read_to_string(home.0.join("m.bib")).unwrap();
    assert!(bibtex.contains("@article{leiden,"), "{bibtex}");
    let numbered = |line: &&str| line.starts_with(|c: char| c.is_ascii_digit());
    let papers = ran.out.lines().filter(numbered).count();
    assert_eq!(bibtex.matches('@').count(), papers, "{}", ran.out);
    // What a file says of itself is in the history, too.
    let ran = home.sca(&["-c", "b = read \"a.h5ad\"\nqc b\nhistory b"]);
    assert!(ran.out.contains("leiden adata res=0.5"), "{}", ran.out);
    assert!(ran.out.contains("qc b"), "{}", ran.out);
    // A paper does not need the folders of the person who wrote it.
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/counts.h5ad");
    let ran = home.sca(&["-c", &format!("c = read {file:?}\nqc c\nmethods c")]);
    let expected = "Data were read from counts.h5ad. Quality";
    assert!(ran.out.contains(expected), "{}", ran.out);
}

#[test]
fn sessions_are_saved_and_opened() {
    let home = Home::new();
    let shown = "compute count(adata.obs.leiden)\nmarkers adata by=leiden top=2\nlast\n";
    let script = format!(
        "adata = demo(cells=200)\nleiden adata res=0.5\nleiden adata res=2\nundo\n\
         plot adata color=leiden basis=pca out=a.png\nsave session \"work.scas\"\n{shown}"
    );
    let first = home.sca(&["-c", &script]);
    assert_eq!(first.code, 0, "{}", first.err);
    std::fs::remove_file(home.0.join("a.png")).unwrap();
    let again = home.fed(&["work.scas"], shown);
    assert_eq!(again.code, 0, "{}", again.err);
    assert_eq!(again.out, first.out);
    assert!(
        !home.0.join("a.png").exists(),
        "what was drawn is not drawn again"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = home
            .0
            .join("work.scas")
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let wrong = home.sca(&["-c", "save session \"work.h5ad\""]);
    assert!(
        wrong.code == 1 && wrong.err.contains("E202"),
        "{}",
        wrong.err
    );
    home.write("b.scas", "a,b\n");
    let wrong = home.sca(&["-c", "open \"b.scas\""]);
    assert!(
        wrong.code == 1 && wrong.err.contains("is not a session"),
        "{}",
        wrong.err
    );
}

#[test]
fn fmt_writes_the_usual_form() {
    let home = Home::new();
    let untidy = home.write("a.sca", "qc(adata,mt=\"MT-\")\n");
    let tidy = home.write("b.sca", "x = 1\n");
    let ran = home.sca(&["fmt", "--check", "a.sca", "b.sca"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("a.sca") && !ran.err.contains("b.sca"));
    assert_eq!(home.sca(&["fmt", "a.sca", "b.sca"]).code, 0);
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    assert_eq!(read(&untidy), "qc adata mt=\"MT-\"\n");
    assert_eq!(read(&tidy), "x = 1\n");
    assert_eq!(home.sca(&["fmt", "--check", "a.sca"]).code, 0);
    assert_eq!(home.fed(&["fmt", "-"], "f( 1 )").out, "f 1\n");
}

#[test]
fn help_completions_and_the_manual() {
    let home = Home::new();
    assert!(home.sca(&["help", "qc"]).out.contains("mt"));
    assert!(home.sca(&["help", "E030"]).out.contains("name"));
    assert_eq!(home.sca(&["help", "lieden"]).code, 2);
    for shell in ["bash", "zsh", "fish"] {
        assert!(home.sca(&["completions", shell]).out.contains("keep-going"));
    }
    let page = home.sca(&["man"]).out;
    assert!(page.starts_with(".TH SCA 1"));
    // Without complaints, where there is a program to ask.
    let mut command = Command::new("groff");
    command
        .args(["-man", "-ww", "-Tutf8"])
        .stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Ok(mut child) = command.spawn() {
        child
            .stdin
            .take()
            .unwrap()
            .write_all(page.as_bytes())
            .unwrap();
        let ran = Ran::of(child.wait_with_output());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    }
}

#[test]
fn definitions_of_the_person_come_first() {
    let home = Home::new();
    home.write(".config/sca/init.sca", "def twice(x) { return 2 * x }\n");
    assert_eq!(home.sca(&["-c", "show twice(4)"]).out, "8\n");
    assert_eq!(home.sca(&["--no-init", "-c", "show twice(4)"]).code, 1);
    home.write(".config/sca/init.sca", "def twice(x) {\n");
    assert_eq!(home.sca(&["-c", "show 1"]).out, "1\n");
}

#[cfg(unix)]
mod prompt {
    use super::Home;
    use super::pty::Terminal;
    use std::time::Duration;

    fn prompt(home: &Home, args: &[&str]) -> Terminal {
        let mut command = home.command();
        command.args(args);
        let mut terminal = Terminal::start(command);
        terminal.until("sca> ");
        terminal
    }

    #[test]
    fn statements_are_answered() {
        let home = Home::new();
        let mut terminal = prompt(&home, &[]);
        terminal.press("1 + 2\r");
        terminal.until("\n3\n");
        terminal.press("lieden adata\r");
        terminal.until("no command `lieden`");
        terminal.press("x = [1,\r2]\r");
        terminal.press("len(x)\r");
        terminal.until("\n2\n");
        // Before the prompt is there, the terminal would take Ctrl-D for itself.
        terminal.until("sca> ");
        terminal.press("\x04");
        let (status, _) = terminal.end();
        assert_eq!(status.code(), Some(0));
    }

    /// Several things are wrong with these lines; the help is a line that works.
    #[test]
    fn lines_of_r_are_answered_with_lines_that_work() {
        let home = Home::new();
        let mut terminal = prompt(&home, &[]);
        terminal.press("pbmc = demo(cells=200)\r");
        terminal.until("]> ");
        for (typed, help) in [
            (
                "pbmc <- FindClusters(pbmc, resolution = 0.5)",
                "pbmc = leiden pbmc res=0.5",
            ),
            (
                "pbmc[[\"percent.mt\"]] <- PercentageFeatureSet(pbmc, pattern = \"^MT-\")",
                "qc pbmc mt=\"^MT-\"",
            ),
            (
                "NormalizeData(pbmc, scale.factor = 10000)",
                "pbmc | normalize target=10000 | log1p",
            ),
        ] {
            terminal.press(&format!("{typed}\r"));
            terminal.until(&format!("help: {help}"));
            terminal.until("]> ");
        }
        terminal.press("qc pbmc mt=MT-\r");
        terminal.until("]> ");
        terminal.press("pbmc <- subset(pbmc, subset = nFeature_RNA > 20 & percent.mt < 50)\r");
        terminal.until("help: pbmc = filter pbmc (n_genes_by_counts > 20 and pct_counts_mt < 50)");
    }

    #[test]
    fn long_texts_go_through_the_pager_of_the_environment() {
        let home = Home::new();
        let mut command = home.command();
        command.env("PAGER", "sed s/^/paged:/").env("TERM", "xterm");
        let mut terminal = Terminal::start(command);
        terminal.until("sca");
        terminal.press("help commands\r");
        terminal.until("paged:usage: COMMAND DATASET");
    }

    #[test]
    fn failed_lines_are_marked_and_edit_opens_an_editor() {
        let home = Home::new();
        let editor = home.write("editor", "#!/bin/sh\nprintf 'show (6 * 7)' > \"$1\"\n");
        std::process::Command::new("chmod")
            .args(["+x", editor.to_str().unwrap()])
            .status()
            .unwrap();
        let mut command = home.command();
        command.env_remove("VISUAL").env("EDITOR", &editor);
        let mut terminal = Terminal::start(command);
        terminal.until("sca> ");
        terminal.press("lieden\r");
        terminal.until("sca> ");
        terminal.press("1 + 1\r");
        terminal.until("\n2\n");
        terminal.until("sca> ");
        terminal.press("edit\r");
        terminal.until("show (6 * 7)");
        terminal.press("\r");
        terminal.until("\n42\n");
        terminal.press("exit\r");
        terminal.end();
        let history = home.0.join(".local/state/sca/history");
        let text = std::fs::read_to_string(history).unwrap();
        assert!(
            text.contains("lieden   # failed") && !text.contains("1 + 1   #"),
            "{text}"
        );
    }

    #[test]
    fn a_session_survives_its_terminal() {
        use std::os::unix::fs::PermissionsExt;
        let home = Home::new();
        let mut other = prompt(&home, &[]);
        other.press("x = 1\r");
        other.until("sca> ");
        let mut terminal = prompt(&home, &[]);
        terminal.press("adata = demo(cells=200)\r");
        terminal.until("]> ");
        terminal.press("leiden adata res=0.5; lieden adata\r");
        terminal.until("no command `lieden`");
        terminal.press("compute count(adata.obs.leiden)\r");
        terminal.until("cells");
        terminal.until("]> ");
        let folder = home.0.join(".local/state/sca/sessions");
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        let files = || {
            let entries = std::fs::read_dir(&folder).unwrap();
            let paths = entries.map(|it| it.unwrap().path());
            paths.collect::<Vec<_>>()
        };
        assert_eq!(files().len(), 2);
        assert!(files().iter().all(|it| mode(it) == 0o600));
        // SAFETY: the process is our child, which was not waited for.
        unsafe { libc::kill(terminal.id() as i32, libc::SIGKILL) };
        terminal.end();
        // The other one goes on, and is not offered.
        other.press("x + 1\r");
        other.until("\n2\n");
        let mut terminal = Terminal::start(home.command());
        terminal.until("ended unexpectedly: sca --resume continues it");
        terminal.until("sca> ");
        terminal.press("exit\r");
        terminal.end();
        let mut command = home.command();
        command.arg("--resume");
        let mut terminal = Terminal::start(command);
        terminal.until("resumed: 3 statements planned again");
        terminal.until("]> ");
        terminal.press("compute count(adata.obs.leiden)\r");
        terminal.until("cells");
        terminal.until("]> ");
        terminal.press("exit\r");
        terminal.until("exit again");
        terminal.press("exit\r");
        terminal.end();
        other.press("exit\r");
        other.end();
        assert_eq!(files().len(), 0, "who leaves leaves nothing");
        let mut terminal = Terminal::start(home.command());
        let shown = terminal.until("sca> ");
        assert!(!shown.contains("unexpectedly"), "{shown}");
    }

    #[test]
    fn a_closed_terminal_leaves_the_session() {
        let home = Home::new();
        let mut terminal = prompt(&home, &[]);
        terminal.press("first = 41\rshow first\r");
        terminal.until("\n41\n");
        terminal.until("sca> ");
        terminal.close();
        let mut terminal = Terminal::start(home.command());
        terminal.until("sca --resume continues it");
        terminal.until("sca> ");
        terminal.press("sca --resume\r");
        terminal.until("resumed: ");
        terminal.until("sca> ");
        terminal.press("show first\r");
        terminal.until("\n41\n");
        terminal.press("sca --resume\r");
        terminal.until("this session has begun");
        terminal.press("exit\r");
        terminal.end();
    }

    #[test]
    fn sentences_are_answered_with_the_statement() {
        let home = Home::new();
        let mut terminal = prompt(&home, &[]);
        terminal.press("a = demo pbmc cells=80 genes=120; qc a mt=\"MT-\"; leiden a\r");
        terminal.until("]> ");
        let lines = [
            (
                "show me markers for cluster 1",
                "markers a by=leiden groups=[\"1\"]",
            ),
            (
                "remove genes found in less than 3 cells",
                "filter_genes a min_cells=3",
            ),
            (
                "drop cells with over 20% mito",
                "filter a (pct_counts_mt <= 20)",
            ),
        ];
        for (typed, answer) in lines {
            terminal.press(&format!("{typed}\r"));
            terminal.until("this is a sentence");
            terminal.until(answer);
            terminal.until("]> ");
        }
        terminal.press("exit\r");
        terminal.end();
    }

    #[test]
    fn leaving_is_asked_again_after_more_work() {
        let home = Home::new();
        let mut terminal = prompt(&home, &[]);
        terminal.press("a = demo(cells=100); leiden a; compute count(a.obs.leiden)\r");
        terminal.until("cells");
        terminal.until("]> ");
        terminal.press("\x04");
        terminal.until("exit again to leave");
        terminal.until("]> ");
        terminal.press("show (41 + 1)\r");
        terminal.until("\n42\n");
        terminal.until("]> ");
        terminal.press("\x04");
        terminal.until("exit again to leave");
        terminal.until("]> ");
        terminal.press("\x04");
        terminal.end();
    }

    #[test]
    fn a_second_enter_gives_up_waiting() {
        let home = Home::new();
        let mut terminal = prompt(&home, &[]);
        terminal.press("x = [1,\r\r");
        terminal.until("never closed");
        terminal.press("exit\r");
        assert_eq!(terminal.end().0.code(), Some(0));
    }

    #[test]
    fn history_is_kept_and_found_by_its_beginning() {
        use std::os::unix::fs::PermissionsExt;
        let home = Home::new();
        let mut terminal = prompt(&home, &[]);
        terminal.press("first = 11\r second = 22\rshow first\r");
        terminal.until("\n11\n");
        terminal.until("sca> ");
        terminal.press("\x04");
        terminal.end();
        let file = home.0.join(".local/state/sca/history");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            text.contains("first = 11") && !text.contains("second"),
            "{text}"
        );
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let mut terminal = prompt(&home, &[]);
        terminal.press("fi\x1b[A");
        terminal.until("first = 11");
        // What is typed before the next prompt is there is dropped with the line.
        terminal.press("\x03");
        terminal.until("\nsca> ");
        terminal.press("show 5\x1b[A\r");
        terminal.until("\n5\n");
    }

    #[test]
    fn tab_lists_what_can_stand_there() {
        let home = Home::new();
        let mut terminal = prompt(&home, &[]);
        terminal.press("norm\t");
        terminal.until("normalize");
        terminal.press("\x03");
        terminal.until("\nsca> ");
        terminal.press("h\t\t");
        let list = terminal.until("hvg");
        assert!(list.contains("help"), "{list}");
    }

    #[test]
    fn keys_find_statements_take_suggestions_and_explain_words() {
        let home = Home::new();
        let mut terminal = prompt(&home, &[]);
        terminal.press("first = 11\r");
        terminal.until("\nsca> ");
        terminal.press("second = 22\r");
        terminal.until("\nsca> ");
        // Ctrl-R: anywhere in earlier statements.
        terminal.press("\x12irst =");
        terminal.until("first = 11");
        terminal.press("\r");
        terminal.until("\nsca> ");
        // Right: the rest of the last statement that begins like the line.
        terminal.press("sec\x1b[C3\r");
        terminal.until("\nsca> ");
        terminal.press("show second\r");
        terminal.until("\n223\n");
        terminal.until("sca> ");
        // Alt-Enter: the line that an error suggests.
        terminal.press("shwo (second + 1)\r");
        terminal.until("did you mean `show`?");
        terminal.until("Alt-Enter types the suggested line");
        terminal.press("\x1b\r");
        terminal.until("show (second + 1)");
        terminal.press("\r");
        terminal.until("\n224\n");
        terminal.until("sca> ");
        // F1: help on the word under the cursor, and the line again.
        terminal.press("show x\x1b[D\x1b[D\x1bOP");
        terminal.until("Show a value");
        terminal.until("show x");
    }

    #[test]
    fn a_statement_of_several_lines_is_recalled_as_one() {
        let home = Home::new();
        let mut terminal = prompt(&home, &[]);
        terminal.press("x = [1,\r2]\r");
        terminal.until("\nsca> ");
        terminal.press("show 5\r");
        terminal.until("\n5\n");
        terminal.until("sca> ");
        terminal.press("x =\x1b[A\r");
        terminal.until("2]");
        terminal.until("\nsca> ");
        terminal.press("len(x)\r");
        terminal.until("\n2\n");
    }

    /// Times are those of what was done.
    #[test]
    fn an_error_has_no_time_before_it() {
        let home = Home::new();
        let mut terminal = prompt(&home, &[]);
        terminal.press("adata = demo(cells=3000)\r");
        terminal.until("]> ");
        terminal.press("plot adata color=cell_typ_x\r");
        let said = terminal.until("no column");
        assert!(!said.contains(" ms"), "{said}");
    }

    #[test]
    fn ctrl_c_clears_the_line_or_stops_the_work() {
        let home = Home::new();
        let mut terminal = prompt(&home, &[]);
        terminal.press("nonsense\x03");
        terminal.until("sca> ");
        terminal.press("adata = demo pbmc cells=60000\r");
        terminal.until("]> ");
        terminal.press("leiden adata\r");
        terminal.until("⏳");
        terminal.until("]> ");
        terminal.press("compute adata\r");
        terminal.until("compute adata");
        std::thread::sleep(Duration::from_millis(1500));
        terminal.press("\x03");
        terminal.until("stopped");
        terminal.until("]> ");
        terminal.press("adata\r");
        terminal.until("60,000");
        terminal.press("exit\r");
        assert_eq!(terminal.end().0.code(), Some(0));
    }

    #[test]
    fn a_signal_ends_a_script_as_ctrl_c_does() {
        let home = Home::new();
        for signal in ["-INT", "-TERM"] {
            let mut command = home.command();
            command.args(["-c", "compute (leiden (demo pbmc cells=60000))"]);
            let terminal = Terminal::start(command);
            std::thread::sleep(Duration::from_millis(1500));
            let id = terminal.id().to_string();
            let sent = std::process::Command::new("kill")
                .args([signal, &id])
                .status();
            assert!(sent.unwrap().success());
            let (status, shown) = terminal.end();
            assert_eq!(status.code(), Some(130), "{shown}");
        }
    }

    /// Where no line can be edited Ctrl-C is a signal: it gives up the line, and ends no session.
    #[test]
    fn ctrl_c_ends_no_session_on_a_dumb_terminal() {
        let home = Home::new();
        let mut command = home.command();
        command.env("TERM", "dumb");
        let mut terminal = Terminal::start(command);
        terminal.until("sca> ");
        for _ in 0..4 {
            terminal.press("nonsense\x03");
            terminal.until("sca> ");
        }
        terminal.press("1 + 2\r");
        terminal.until("\n3\n");
        terminal.press("exit\r");
        assert_eq!(terminal.end().0.code(), Some(0));
    }

    /// Capabilities are never asked for: the answer could end up on the prompt.
    #[test]
    fn the_terminal_is_asked_nothing() {
        let home = Home::new();
        let mut terminal = prompt(&home, &[]);
        terminal.press("1 + 1\r");
        terminal.until("\n2\n");
        // Before the prompt is there, the terminal would take Ctrl-D for itself.
        terminal.until("sca> ");
        terminal.press("\x04");
        let raw = terminal.raw();
        for query in ["\x1b[c", "\x1b[>", "\x1b[6n", "\x1b_G", "\x1b]11"] {
            assert!(!raw.contains(query), "{query:?}");
        }
    }
}

#[cfg(not(feature = "remote"))]
#[test]
fn a_build_that_does_not_read_from_urls_says_what_to_do() {
    let ran = Home::new().sca(&["-c", "a = read \"s3://bucket/x.zarr\""]);
    let said = ran.out + &ran.err;
    for words in [
        "E205",
        "s3://bucket/x.zarr",
        "--features remote",
        "conda package",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
}

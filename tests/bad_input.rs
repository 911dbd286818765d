//! Files that lie, values that cannot be, and data that are too small: each is an error that names
//! the object and the remedy, never a panic and never a result.

use hdf5::File;
use sca::command::Val;
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
    interpreter.painter = |_, _| Ok(None);
    for statement in &parsed.statements {
        if let Err(error) = interpreter.run(&source, statement) {
            let help = error.help.clone().unwrap_or_default();
            return Some(format!("{} {} | {help}", error.code, error.headline));
        }
    }
    None
}

/// The warnings and notes of a script that runs to its end, one a line.
fn noted(script: &str) -> String {
    let source = Source::new("noted.sca", script);
    let parsed = sca::lang::parse(&source);
    assert!(parsed.diagnostics.is_empty(), "{:#?}", parsed.diagnostics);
    let engine = Engine::new(Some(2));
    let mut notes = String::new();
    let mut said = |said: Output| {
        if let Output::Note(note) = said {
            notes += &format!("{} {}\n", note.code, note.headline);
        }
    };
    let mut interpreter = Interpreter::new(Session::default(), COMMANDS, &engine, &mut said);
    interpreter.painter = |_, _| Ok(None);
    for statement in &parsed.statements {
        let ran = interpreter.run(&source, statement);
        assert!(ran.is_ok(), "{script}: {ran:?}");
    }
    notes
}

/// The number that the last statement of a script shows.
fn shown(script: &str) -> f64 {
    let source = Source::new("shown.sca", script);
    let parsed = sca::lang::parse(&source);
    let engine = Engine::new(Some(2));
    let mut number = f64::NAN;
    let mut said = |said: Output| {
        if let Output::Value(_, Val::Number(shown)) = said {
            number = shown;
        }
    };
    let mut interpreter = Interpreter::new(Session::default(), COMMANDS, &engine, &mut said);
    for statement in &parsed.statements {
        let ran = interpreter.run(&source, statement);
        assert!(ran.is_ok(), "{script}: {ran:?}");
    }
    number
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

/// Three cells whose counts f32 does not hold, as text, Matrix Market and .h5ad.
fn large_counts(home: &Home) -> [String; 3] {
    let csv = home.csv(
        "large.csv",
        &[
            "cell,A,B,C",
            "c1,16777217,0,3",
            "c2,1,9007199254740993,0",
            "c3,33554433,2,16777216",
        ],
    );
    let header = "%%MatrixMarket matrix coordinate integer general\n3 3 7\n";
    let entries =
        "1 1 16777217\n1 3 3\n2 1 1\n2 2 9007199254740993\n3 1 33554433\n3 2 2\n3 3 16777216\n";
    let mtx = home.csv("large.mtx", &[&format!("{header}{entries}")]);
    let h5ad = home.file("large.h5ad");
    assert_eq!(
        run(&format!("a = read \"{csv}\"; write a \"{h5ad}\"")),
        None
    );
    [csv, mtx, h5ad]
}

#[test]
fn numbers_that_are_rounded_are_said_once_a_statement() {
    let home = Home::new("rounded");
    for path in large_counts(&home) {
        let notes = noted(&format!(
            "a = read \"{path}\"; qc a; normalize a; log1p a; compute a; compute a"
        ));
        let rounded: Vec<&str> = notes.lines().filter(|it| it.starts_with("W160")).collect();
        assert_eq!(rounded.len(), 1, "{notes}");
        let said = rounded[0];
        assert!(said.contains("has 3 whole numbers"), "{said}");
        assert!(said.contains("16777217 in cell"), "{said}");
        assert!(said.contains("is taken as 16777216"), "{said}");
        // The gene alone, without the others.
        let notes = noted(&format!("a = read \"{path}\"; compute a[:, [1]].X"));
        assert!(!notes.contains("16777217"), "{notes}");
    }
}

#[test]
fn large_numbers_are_written_as_they_were_read() {
    let home = Home::new("written");
    for path in large_counts(&home) {
        let again = home.file("again.h5ad");
        for select in ["a", "a[[0, 1, 2]]", "filter(a, min_counts=1)"] {
            let notes = noted(&format!("a = read \"{path}\"; write {select} \"{again}\""));
            assert!(
                !notes.contains("W160") || select.contains("filter"),
                "{notes}"
            );
            let file = File::open(&again).unwrap();
            let data = file.dataset("X/data").unwrap().read_raw::<i64>().unwrap();
            let exact = [
                16_777_217,
                3,
                1,
                9_007_199_254_740_993,
                33_554_433,
                2,
                16_777_216,
            ];
            assert_eq!(data, exact, "{path} {select}");
        }
        let folder = home.file("tenx");
        assert_eq!(
            run(&format!(
                "a = read \"{path}\"; write a \"{folder}/\" format=10x"
            )),
            None
        );
        let back = home.file("back.h5ad");
        assert_eq!(
            run(&format!("a = read \"{folder}\"; write a \"{back}\"")),
            None
        );
        let file = File::open(&back).unwrap();
        let data = file.dataset("X/data").unwrap().read_raw::<i64>().unwrap();
        assert!(data.contains(&9_007_199_254_740_993) && data.contains(&16_777_217));
        let _ = std::fs::remove_dir_all(&folder);
    }
}

#[test]
fn numbers_of_too_many_digits_are_refused() {
    let home = Home::new("digits");
    let path = home.csv("long.csv", &["cell,A", "c1,1", "c2,9223372036854775808"]);
    fails(
        &format!("a = read \"{path}\"; compute a.X"),
        &["E200", "line 3", "more digits"],
    );
    let path = home.csv("mixed.csv", &["cell,A", "c1,0.5", "c2,9007199254740993"]);
    fails(
        &format!("a = read \"{path}\"; compute a.X"),
        &["E200", "line 3", "more digits"],
    );
}

/// Names of cells and genes of a text, and the values of X, as a written file has them.
fn read_text(home: &Home, bytes: &[u8]) -> Result<(Vec<String>, Vec<String>, Vec<f32>), String> {
    let (path, out) = (home.file("sheet.csv"), home.file("sheet.h5ad"));
    std::fs::write(&path, bytes).unwrap();
    let script = format!("a = read \"{path}\"; b = sample(a, fraction=1); write b \"{out}\"");
    if let Some(error) = run(&script) {
        return Err(error);
    }
    let file = File::open(&out).unwrap();
    let names = |name: &str| -> Vec<String> {
        let names = file.dataset(name).unwrap();
        let names = names.read_raw::<hdf5::types::VarLenUnicode>().unwrap();
        names.iter().map(|name| name.to_string()).collect()
    };
    let values = file.dataset("X/data").unwrap().read_raw::<f32>().unwrap();
    Ok((names("obs/_index"), names("var/_index"), values))
}

#[test]
fn what_spreadsheets_save_is_read_right_or_refused() {
    let home = Home::new("sheets");
    let whole = [1.0, 2.0, 16.0];
    let fractions = [1.5, 2.0, 0.25];
    for (bytes, values) in [
        (&b"\xef\xbb\xbfcell;A;B\r\nc1;1;2\r\nc2;0;16\r\n"[..], whole),
        (b"sep=;\r\ncell;A;B\r\nc1;1;2\r\nc2;0;16\r\n", whole),
        (
            b"\"cell\";\"A\";\"B\"\r\n\"c1\";\"1\";\"2\"\r\n\"c2\";\"0\";\"16\"\r\n",
            whole,
        ),
        (b"cell, A , B\nc1 , 1, 2\n c2,0 ,16\n", whole),
        (b" cell ;\"A\" ; B \n\"c1\" ;1;2\nc2;0;16\n", whole),
        (b"cell;A;B\r\nc1;1,5;2\r\nc2;0;2,5E-01\r\n", fractions),
        (
            b"cell;\"A\";B\r\nc1;\"1,5\";\"2,0\"\r\nc2;0;\"0,25\"\r\n",
            fractions,
        ),
    ] {
        let text = String::from_utf8_lossy(bytes);
        let (cells, genes, found) =
            read_text(&home, bytes).unwrap_or_else(|it| panic!("{text}: {it}"));
        assert_eq!(
            (cells, genes),
            (vec!["c1".into(), "c2".into()], vec!["A".into(), "B".into()]),
            "{text}"
        );
        assert_eq!(found, values, "{text}");
    }
    for (bytes, words) in [
        (
            &b"cell;A;B\nc1;1.234,5;2\nc2;0;3\n"[..],
            &["E200", "thousands separators"][..],
        ),
        (
            b"cell;A;B\nc1;1,5;2\nc2;0;2.5\n",
            &[
                "decimal points and with decimal commas",
                "save the table again",
            ],
        ),
        (
            b"cell;A;B\nc1;1,234;2\nc2;0;3\n",
            &["may be thousands or fractions", "save the table again"],
        ),
        (
            b"cell,A,B\nc1,\"1,234\",2\nc2,0,3\n",
            &["line 2, column 2 (A)", "thousands separators"],
        ),
        (
            b"cell,A,B\nc1,1 234,2\nc2,0,3\n",
            &["dataset", "genes=columns"],
        ),
        (
            b"cell;A;B\nc\xe91;1;2\nc2;0;3\n",
            &["line 2, column 1 is not UTF-8", "iconv"],
        ),
        (
            b"cell;A;G\xe9\nc1;1;2\nc2;0;3\n",
            &["line 1, column 3 is not UTF-8", "iconv"],
        ),
        (
            b"cell,A,B\nc1,#DIV/0!,2\nc2,0,3\n",
            &["line 2, column 2 (A)", "formula"],
        ),
        (
            b"cell,A,B,,\nc1,1,2,,\nc2,0,3,,\n",
            &["line 1, column 4", "delete them"],
        ),
        (
            b"cell,A,B\nc1,,2\nc2,0,3\n",
            &["line 2, column 2 (A)", "write 0"],
        ),
    ] {
        let text = String::from_utf8_lossy(bytes);
        let error = read_text(&home, bytes).expect_err(&text);
        for word in words {
            assert!(error.contains(word), "{text}\n{error}\nlacks {word:?}");
        }
    }
    let dates = home.csv("dates.csv", &["cell,1-Mar,CD3D", "c1,1,2"]);
    assert!(noted(&format!("a = read \"{dates}\"")).contains("1 gene name as a spreadsheet makes"));
}

#[test]
fn ordered_categories_are_compared_by_their_order() {
    let home = Home::new("ordered");
    let path = home.counts("ordered.h5ad");
    let script = format!(
        "a = read \"{path}\"; a.obs.grade = when(cell_type == \"B\", \"low\", batch == \"donor1\", \"mid\", \"high\"); \
         order a by=grade levels=[\"low\", \"mid\", \"high\"]; write a \"{path}\""
    );
    assert_eq!(run(&script), None);
    {
        let file = File::open_rw(&path).unwrap();
        let column = file.group("obs/grade").unwrap();
        column.attr("ordered").unwrap().write_scalar(&true).unwrap();
    }
    let count = |condition: &str| format!("compute a[{condition}].n_obs");
    let read = format!("a = read \"{path}\"; ");
    let n = |condition: &str| shown(&format!("{read}{}", count(condition)));
    assert_eq!(
        n("grade > \"low\""),
        n("grade == \"mid\" or grade == \"high\"")
    );
    assert_eq!(
        n("grade <= \"mid\""),
        n("grade == \"low\" or grade == \"mid\"")
    );
    let notes = noted(&format!("{read}{}", count("grade > \"lowest\"")));
    assert!(notes.contains("W150"), "{notes}");
}

//! The rules of the code, read from the source: who imports whom, where outside crates may be
//! named, what every file and every command says of itself, and how long things may be.

#[path = "tidy/circles.rs"]
mod circles;
#[path = "tidy/declarations.rs"]
mod declarations;

use declarations::complaints;
use sca::commands::COMMANDS;
use sca::diagnostic::code::CODES;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Macros that are named like modules: `crate::params!`.
const MACROS: &[&str] = &["params", "words", "rows"];

/// The only places that may name an outside crate.
const FENCED: &[(&str, &[&str])] = &[
    ("pest", &["src/lang/parse", "src/lang/names.rs"]),
    ("pest_derive", &["src/lang/parse"]),
    ("hdf5", &["src/io/"]),
    ("object_store", &["src/io/remote/"]),
    ("tokio", &["src/io/remote/"]),
    ("rustls", &["src/io/remote/"]),
    ("flate2", &["src/io/", "src/render/figure/pdf.rs"]),
    ("libdeflater", &["src/io/"]),
    ("zstd", &["src/io/"]),
    ("zip", &["src/io/"]),
    ("bzip2", &["src/io/"]),
    ("miette", &["src/render/"]),
    ("comfy_table", &["src/render/"]),
    ("plotters", &["src/render/"]),
    ("indicatif", &["src/render/"]),
    ("owo_colors", &["src/render/"]),
    ("terminal_size", &["src/render/"]),
    ("rustyline", &["src/repl/editor"]),
    ("ctrlc", &["src/driver/interrupts.rs"]),
];

/// What can be expected to hold because the lines above have made it so.
const EXPECTED: &[&str] = &[
    "standard layout",
    "C is in standard layout",
    "whole rows",
    "a row for each cell",
    "threads can be started",
    "contiguous rows",
    "starts with one line",
    "writing into memory cannot fail",
    "both sides are between 1 and 60,000 pixels",
    "the sizes are not zero",
    "writing into memory, as many bytes as announced",
    "the embedded font is whole",
];

/// Lines of code in a file, without its tests.
const LONGEST_FILE: usize = 400;
/// Lines of a function.
const LONGEST_FUNCTION: usize = 60;

struct File {
    /// From the root of the checkout, with slashes.
    path: String,
    /// Without the tests at its end.
    code: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" && name != ".git" {
            walk(&path, found);
        } else if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
}

fn named(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}

fn sources() -> Vec<File> {
    let mut paths = Vec::new();
    walk(&root().join("src"), &mut paths);
    let rust = paths.iter().filter(|path| {
        path.extension().is_some_and(|ending| ending == "rs")
            && !path.ends_with("tests.rs")
            && !path.ends_with("testing.rs")
    });
    rust.map(|path| {
        let text = fs::read_to_string(path).expect("a source can be read");
        let code = text
            .split("\n#[cfg(test)]\nmod ")
            .next()
            .unwrap_or_default();
        File {
            path: named(path),
            code: code.to_owned(),
        }
    })
    .collect()
}

fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// What follows `crate::` wherever it is written, `kernels::ticker`-deep.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
    {
        for (at, _) in line.match_indices("crate::") {
            // `$crate::` in a macro is whoever calls it.
            if line[..at].ends_with('$') {
                continue;
            }
            let path = &line[at + "crate::".len()..];
            for path in spread(path) {
                found.insert(path);
            }
        }
    }
    found
}

/// `kernels::{a, b}` as `kernels::a` and `kernels::b`; more depth is cut off.
fn spread(path: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    if let Some(list) = path.strip_prefix('{') {
        let items = list
            .split(['}', ';'])
            .next()
            .unwrap_or_default()
            .split(", ");
        return items.flat_map(spread).collect();
    }
    let module: String = path.chars().take_while(|c| is_part(*c)).collect();
    let Some(rest) = path[module.len()..].strip_prefix("::") else {
        return vec![module];
    };
    let items = rest.strip_prefix('{').unwrap_or(rest);
    let list = items.len() < rest.len();
    let heads = items.split(',').map(|item| {
        let item = item.trim_start();
        item.chars().take_while(|c| is_part(*c)).collect::<String>()
    });
    let heads = heads.take(if list { usize::MAX } else { 1 });
    heads
        .filter(|head| !head.is_empty())
        .map(|head| format!("{module}::{head}"))
        .collect()
}

/// Which modules of ours a module may name: the table of ARCHITECTURE.md.
fn may_use() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the map can be read");
    let rows = text
        .lines()
        .skip_while(|line| !line.starts_with("| module | purpose | may use |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let table = rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let module = cells[0].split('`').nth(1).expect("a module is named");
        let may = match cells[2] {
            "nothing of ours" => Vec::new(),
            list => list
                .split(", ")
                .map(|it| it.trim_matches('`').to_owned())
                .collect(),
        };
        (module.to_owned(), may)
    });
    table.collect()
}

#[test]
fn modules_use_only_what_the_map_says() {
    let table = may_use();
    let mut complaints = Vec::new();
    let mut unused: BTreeSet<(&String, &String)> = table
        .iter()
        .flat_map(|(module, may)| may.iter().map(move |it| (module, it)))
        .collect();
    for file in sources() {
        let Some(inside) = file.path.strip_prefix("src/") else {
            continue;
        };
        let module = inside
            .split('/')
            .next()
            .unwrap_or(inside)
            .trim_end_matches(".rs");
        if ["main", "lib", "build"].contains(&module) {
            continue;
        }
        let Some((module, may)) = table.get_key_value(module) else {
            complaints.push(format!("{}: {module} is not in the table", file.path));
            continue;
        };
        for import in imports(&file.code) {
            let top = import.split("::").next().unwrap_or_default();
            if top == module || MACROS.contains(&top) {
                continue;
            }
            match may.iter().find(|it| **it == top || **it == import) {
                Some(used) => _ = unused.remove(&(module, used)),
                None => complaints.push(format!("{} names crate::{import}", file.path)),
            }
        }
    }
    let idle = unused
        .into_iter()
        .map(|(module, it)| format!("the table allows {module} to use {it}, and no file does"));
    none(complaints.into_iter().chain(idle).collect());
}

#[test]
fn outside_crates_stay_behind_their_fence() {
    let mut complaints = Vec::new();
    for file in sources() {
        for (name, places) in FENCED {
            let names = file.code.lines().any(|line| {
                !line.trim_start().starts_with("//")
                    && line.match_indices(&format!("{name}::")).any(|(at, _)| {
                        !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
                    })
            });
            if names && !places.iter().any(|place| file.path.starts_with(place)) {
                complaints.push(format!("{} names {name}", file.path));
            }
        }
    }
    none(complaints);
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = sources()
        .into_iter()
        .filter(|file| !file.code.starts_with("//! "));
    none(
        silent
            .map(|file| format!("{} has no module doc", file.path))
            .collect(),
    );
}

#[test]
fn no_file_is_long() {
    let long = sources().into_iter().filter_map(|file| {
        let lines = file.code.lines().count();
        (lines > LONGEST_FILE).then(|| format!("{} has {lines} lines", file.path))
    });
    none(long.collect());
}

#[test]
fn no_function_is_long() {
    let mut complaints = Vec::new();
    for file in sources() {
        let lines: Vec<&str> = file.code.lines().collect();
        for i in 0..lines.len() {
            if let Some(length) = length_of_function(&lines[i..])
                && length > LONGEST_FUNCTION
            {
                complaints.push(format!("{}:{}: {length} lines", file.path, i + 1));
            }
        }
    }
    none(complaints);
}

/// The length of the function that begins on the first of these lines, if one does.
fn length_of_function(lines: &[&str]) -> Option<usize> {
    let line = lines[0].trim_start();
    let before = line.split("fn ").next()?;
    let qualified = before.split_whitespace().all(|word| {
        word.starts_with("pub")
            || word.starts_with("crate::")
            || ["const", "unsafe", "super)"].contains(&word)
    });
    if !line.contains("fn ") || !qualified {
        return None;
    }
    let opens = lines.iter().find(|line| line.ends_with(['{', '}', ';']))?;
    // rustfmt closes a body at the indent it was opened at.
    let end = lines[0].replace(line, "}");
    let length = lines.iter().position(|line| *line == end)? + 1;
    opens.ends_with('{').then_some(length)
}

#[test]
fn nothing_is_unwrapped_that_a_person_can_cause() {
    let mut complaints = Vec::new();
    for file in sources() {
        for (number, line) in file.code.lines().enumerate() {
            let at = || format!("{}:{}: {}", file.path, number + 1, line.trim());
            if line.trim_start().starts_with("//") {
                continue;
            }
            let expected = line.contains(".expect(")
                && !EXPECTED
                    .iter()
                    .any(|it| line.contains(&format!(".expect(\"{it}\")")));
            let rough = [".unwrap()", "todo!(", "unimplemented!(", "dbg!("];
            if expected || rough.iter().any(|it| line.contains(it)) {
                complaints.push(at());
            }
        }
    }
    none(complaints);
}

#[test]
fn only_outer_modules_print() {
    let mut complaints = Vec::new();
    for file in sources() {
        let outer = ["src/render/", "src/driver/", "src/cli/", "src/build.rs"]
            .iter()
            .any(|it| file.path.starts_with(it));
        let prints = ["println!(", "print!(", "eprintln!(", "eprint!("];
        let code = file
            .code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        if !outer
            && code
                .clone()
                .any(|line| prints.iter().any(|it| line.contains(it)))
        {
            complaints.push(format!("{} prints", file.path));
        }
    }
    none(complaints);
}

/// The C library's functions differ between processors in the last bit, and so does the matrix product
/// of ndarray: `math` and `kernels::linalg::gemm` are the same everywhere.
#[test]
fn results_do_not_depend_on_the_processor() {
    const LIBRARY: &[&str] = &[
        "ln", "log", "log2", "log10", "exp", "exp2", "powf", "sin", "cos", "tan", "sin_cos",
        "asin", "acos", "atan", "atan2", "hypot", "cbrt", "ln_1p", "exp_m1", "sinh", "cosh",
        "tanh", "asinh", "acosh", "atanh",
    ];
    let mut complaints = Vec::new();
    for file in sources() {
        if file.path == "src/kernels/math.rs" {
            continue;
        }
        for (number, line) in file.code.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let calls = |name: &&&str| {
                let method = format!(".{name}(");
                // `Scale::log()` takes nothing, a logarithm to a base one number.
                let method = if **name == "log" {
                    code.replace(".log()", "").contains(&method)
                } else {
                    code.contains(&method)
                };
                let path = [format!("f64::{name}"), format!("f32::{name}")];
                let named = |path: &String| {
                    code.match_indices(path).any(|(at, _)| {
                        let rest = &code[at + path.len()..];
                        !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                    })
                };
                method || path.iter().any(named)
            };
            if let Some(name) = LIBRARY.iter().find(calls) {
                complaints.push(format!("{}:{}: math::{name}", file.path, number + 1));
            }
            let multiplies = code.contains(".t().dot(") || code.contains(".t())");
            if multiplies && code.contains(".dot(") && !code.contains(".dot(&ndarray::aview1(") {
                let at = format!("{}:{}", file.path, number + 1);
                complaints.push(format!("{at}: linalg::gemm::product"));
            }
            let detects = code.contains("is_x86_feature_detected!");
            if detects && file.path != "src/kernels/processor.rs" {
                complaints.push(format!("{}:{}: kernels::processor", file.path, number + 1));
            }
        }
    }
    none(complaints);
}

/// Codes are spelled in their table alone; everything else calls them by what they mean.
#[test]
fn codes_are_called_by_their_names() {
    let mention = regex::Regex::new(r"\b[EW][0-9]{3}\b").expect("a pattern");
    let is_code = |text: &str| {
        let bytes = text.as_bytes();
        matches!(bytes, [b'"', b'E' | b'W', a, b, c, b'"'] if [a, b, c].iter().all(|d| d.is_ascii_digit()))
    };
    let mut complaints = Vec::new();
    for file in sources()
        .into_iter()
        .filter(|file| file.path != "src/diagnostic/code.rs")
    {
        for (number, line) in file.code.lines().enumerate() {
            let spelled = (0..line.len()).any(|at| line.get(at..at + 6).is_some_and(is_code));
            // `help E042` stands for any.
            let mentioned = line.trim_start().starts_with("//")
                && mention.is_match(line)
                && !line.contains("help E042");
            if spelled || mentioned {
                complaints.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    none(complaints);
}

/// What a step needs arrives with its type and its name: nothing outside of the engine counts places in a list of
/// values, or asks a value whether it is of the type it must be.
#[test]
fn edges_between_steps_have_types() {
    let engine = ["src/plan/", "src/data/"];
    let untyped = ["needs[", ".typed::<", "of one type"];
    let mut complaints = Vec::new();
    for file in sources() {
        if engine.iter().any(|folder| file.path.starts_with(folder)) {
            continue;
        }
        for (number, line) in file.code.lines().enumerate() {
            if untyped.iter().any(|it| line.contains(it)) {
                complaints.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    none(complaints);
}

/// Codes that no test provokes, and why.
const UNPROVOKED: &[(&str, &str)] = &[
    (
        "E042",
        "a value on the command line: the status is tested in tests/cli.rs",
    ),
    ("E308", "65,536 groups"),
    ("E900", "a bug: tests look for its absence"),
    ("W131", "an optimization that runs out of iterations"),
    ("W200", "a slot of a kind that no version of anndata writes"),
];

/// Codes that no text of `tests/suite` and `tests/lang` gets, and the tests that do.
const PROVOKED_BY: &[(&str, &str)] = &[
    ("E130", "tests/laws.rs"),
    ("E204", "tests/hostile.rs"),
    ("E210", "tests/cluster.rs"),
    ("W103", "tests/states.rs"),
    ("W160", "tests/bad_input.rs"),
];

/// The texts are compared with what the program says, so a code that begins a line of theirs was given.
#[test]
fn every_code_is_provoked() {
    let mut paths = Vec::new();
    walk(&root().join("tests/suite"), &mut paths);
    walk(&root().join("tests/lang"), &mut paths);
    let read = |path: &PathBuf| fs::read_to_string(path).expect("a test can be read");
    let texts: Vec<String> = paths.iter().map(read).collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    let given: BTreeSet<&str> = lines
        .filter_map(|line| line.trim_start_matches("#! ").split(' ').next())
        .collect();
    let mut complaints = Vec::new();
    for entry in CODES {
        let code = entry.code;
        let by_test = PROVOKED_BY.iter().find(|(it, _)| *it == code);
        let excused = UNPROVOKED.iter().any(|(it, _)| *it == code);
        match (given.contains(code), by_test, excused) {
            (true, None, false) | (false, None, true) => {}
            (false, Some((_, path)), false) => {
                if !read(&root().join(path)).contains(&format!("\"{code}\"")) {
                    complaints.push(format!("{path} does not look for {code}"));
                }
            }
            (false, None, false) => complaints.push(format!("no test provokes {code}")),
            _ => complaints.push(format!("{code} is provoked")),
        }
    }
    none(complaints);
}

#[test]
fn unsafe_code_gives_its_reason() {
    let mut complaints = Vec::new();
    for file in sources() {
        let lines: Vec<&str> = file.code.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let reasons = &lines[i.saturating_sub(24)..=i];
            let reasoned = reasons
                .iter()
                .any(|line| line.contains("SAFETY") || line.contains("# Safety"));
            if code.contains("unsafe {") && !reasoned {
                complaints.push(format!("{}:{}", file.path, i + 1));
            }
        }
    }
    none(complaints);
}

/// Nothing of the machine it was written on, and no other host than those of the field.
#[test]
fn no_file_knows_a_machine() {
    let mut paths = Vec::new();
    walk(root(), &mut paths);
    let folders = ["home", "root", "Users", "tmp", "work"];
    let mut complaints = Vec::new();
    for path in paths {
        let name = named(&path);
        if name == "tests/tidy.rs" || name == ".git" || name == "Cargo.lock" {
            continue;
        }
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            let told = folders.iter().any(|folder| {
                let wanted = format!("/{folder}/");
                line.match_indices(&wanted).any(|(at, _)| {
                    // `a/tmp/b` is a path inside of something; `/tmp/b` is the machine's.
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-}$)~".contains(c))
                })
            });
            if told {
                complaints.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none(complaints);
}

/// One version, wherever it is written.
#[test]
fn packages_have_the_version_of_the_program() {
    let version = env!("CARGO_PKG_VERSION");
    for (name, line) in [
        ("CITATION.cff", format!("\nversion: {version}\n")),
        (
            "packaging/conda/meta.yaml",
            format!("{{% set version = \"{version}\" %}}\n"),
        ),
    ] {
        let text = fs::read_to_string(root().join(name)).unwrap_or_default();
        assert!(text.contains(&line), "{name} is not of version {version}");
    }
}

#[test]
fn the_table_of_commands_is_sorted() {
    let names: Vec<&str> = COMMANDS.names().collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(names, sorted);
}

#[test]
fn commands_say_all_there_is_to_say() {
    none(COMMANDS.0.iter().flat_map(complaints).collect());
}

//! Every command against the packages it can be compared with, on the small datasets of `tests/fixtures`.
//!
//! `make.py` there simulates the data, runs scanpy and others, and writes a file for each case: the statements to run,
//! and what each slot should hold. `CASE=regress` runs the cases of one command. Nothing else is needed.

use super::found::{Found, Outcome};
use sca::commands::COMMANDS;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Commands without a case, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("compute", "shows what other commands compute"),
    ("de", "limma.rs and limma.txt: limma and edgeR of R"),
    ("demo", "simulates data of its own"),
    ("edit", "of the session"),
    (
        "enrich",
        "a hypergeometric test: a unit test with the values of scipy",
    ),
    ("exit", "of the session"),
    ("explain", "of the session"),
    ("figure", "puts other figures side by side"),
    ("help", "of the session"),
    ("history", "of the session"),
    ("last", "of the session"),
    ("methods", "text on what was done"),
    ("open", "of the session"),
    ("profile", "of the session"),
    ("redo", "of the session"),
    ("restore", "of the session"),
    (
        "sample",
        "which cells are drawn depends on the random numbers: suites check how many",
    ),
    ("save", "of the session"),
    ("script", "of the session"),
    (
        "scrublet_histogram",
        "counts what `scrublet` found in intervals of 0.02: a unit test",
    ),
    ("set", "of the session"),
    ("show", "of the session"),
    ("tour", "text"),
    (
        "trends",
        "lines of its own, a local regression: unit tests with known curves",
    ),
    ("undo", "of the session"),
    ("volcano", "draws a table of `markers` or `de`"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Name and content of every case.
fn cases() -> BTreeMap<String, Map<String, Json>> {
    let files = std::fs::read_dir(folder().join("cases")).expect("tests/fixtures/cases is there");
    let case = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, case)
    };
    files.map(|file| case(file.unwrap().path())).collect()
}

fn command(case: &Map<String, Json>) -> &str {
    case["command"].as_str().unwrap()
}

fn script(case: &Map<String, Json>) -> String {
    let lines = case["script"].as_array().unwrap();
    let lines: Vec<&str> = lines.iter().map(|line| line.as_str().unwrap()).collect();
    lines.join("\n")
}

/// Every command of the table is compared, or it is said why it is not.
#[test]
fn fixtures_for_every_command() {
    let cases = cases();
    let compared: BTreeSet<&str> = cases.values().map(command).collect();
    let mut without = BTreeSet::new();
    for (name, reason) in ELSEWHERE {
        assert!(COMMANDS.get(name).is_some(), "{name} is no command");
        assert!(!compared.contains(name), "{name} is compared");
        assert!(!reason.is_empty());
        without.insert(*name);
    }
    for entry in COMMANDS.0 {
        let name = entry.spec.name;
        assert!(
            compared.contains(name) || without.contains(name),
            "`{name}` is compared with nothing: add a case to tests/fixtures/make.py"
        );
    }
    for (name, case) in &cases {
        let ran = script(case);
        let mut words = ran.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        assert!(
            words.any(|word| word == command(case)),
            "{name} does not run {}",
            command(case)
        );
        assert!(case.len() > 2, "{name} compares nothing");
    }
}

#[test]
fn fixtures_agree() {
    let only = std::env::var("CASE").ok();
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (name, case) in cases() {
        if only.as_deref().is_some_and(|only| only != command(&case)) {
            continue;
        }
        let out = std::env::temp_dir().join(format!("sca-fixtures-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&out).unwrap();
        let start = std::time::Instant::now();
        let statements = script(&case)
            .replace("$FIXTURES", &folder().display().to_string())
            .replace("$OUT", &out.display().to_string());
        compared += 1;
        match Outcome::of(&statements, out.clone()) {
            Ok(outcome) => wrong.extend(disagreements(&name, &case, &outcome)),
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
        std::fs::remove_dir_all(&out).unwrap();
        eprintln!("{name}: {:.2} s", start.elapsed().as_secs_f64());
    }
    assert!(compared > 0, "no such case");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What is not as expected, a line each.
fn disagreements(name: &str, case: &Map<String, Json>, outcome: &Outcome) -> Vec<String> {
    let slots = case
        .iter()
        .filter(|(slot, _)| *slot != "command" && *slot != "script");
    let wrong = slots.filter_map(|(slot, expected)| {
        let apart = compare(outcome, slot, expected).err()?;
        Some(format!("{name}: {slot}: {apart}"))
    });
    wrong.collect()
}

fn number(of: &Json, key: &str) -> f64 {
    of[key].as_f64().unwrap_or_else(|| panic!("no {key}"))
}

fn sizes(of: &Json, key: &str) -> Vec<usize> {
    let sizes = of[key].as_array().unwrap().iter();
    sizes.map(|n| n.as_u64().unwrap() as usize).collect()
}

fn numbers(of: &Json) -> Vec<f64> {
    let number = |value: &Json| match value.as_str() {
        Some("NaN") => f64::NAN,
        Some("Infinity") => f64::INFINITY,
        Some("-Infinity") => f64::NEG_INFINITY,
        _ => value.as_f64().unwrap(),
    };
    of.as_array().unwrap().iter().map(number).collect()
}

fn texts(of: &Json) -> Vec<String> {
    let texts = of.as_array().unwrap().iter();
    texts
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

/// Compares what is in a slot with what is expected there; see `expected.py`.
fn compare(outcome: &Outcome, slot: &str, expected: &Json) -> Result<(), String> {
    match expected["is"].as_str().unwrap() {
        "near" => near(&outcome.found(slot)?, expected),
        "same" => same(&outcome.found(slot)?.texts()?, &texts(&expected["values"])),
        "aligned" => aligned(&outcome.found(slot)?, expected),
        "graph" => outcome.graph(slot).and_then(|graph| {
            let shape = sizes(expected, "shape");
            if [graph.rows(), graph.cols()] != shape[..] {
                return Err(format!("{:?} instead of {shape:?}", graph.shape()));
            }
            let cells = expected["cells"].as_array().unwrap();
            let places = |i: usize| {
                cells[i]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|n| n.as_u64().unwrap() as u32)
            };
            let wanted: BTreeMap<(u32, u32), f64> = places(0)
                .zip(places(1))
                .zip(numbers(&expected["values"]))
                .collect();
            edges(&graph, &wanted, number(expected, "absolute"))
        }),
        "rows" => rows(outcome, expected),
        "correlated" => {
            let (found, wanted) = (
                outcome.found(slot)?.numbers()?,
                numbers(&expected["values"]),
            );
            let r = super::steps::correlation(&found, &wanted);
            at_least(r, number(expected, "least"))
        }
        "least" => at_least(outcome.measure(slot)?, number(expected, "value")),
        "flags" => {
            let found = outcome.found(slot)?.numbers()?;
            let wanted = expected["values"].as_array().unwrap();
            let pairs = found.iter().zip(wanted);
            let differ = pairs
                .filter(|(a, b)| (**a != 0.0) != b.as_bool().unwrap())
                .count();
            if differ as f64 <= number(expected, "differ") && found.len() == wanted.len() {
                Ok(())
            } else {
                Err(format!("{differ} of {} differ", found.len()))
            }
        }
        other => Err(format!("{other} is no comparison")),
    }
}

fn at_least(found: f64, least: f64) -> Result<(), String> {
    if found >= least {
        Ok(())
    } else {
        Err(format!("{found}, less than {least}"))
    }
}

/// The first that are apart, NaN being like NaN.
fn apart(found: &[f64], wanted: &[f64], relative: f64, absolute: f64) -> Result<(), String> {
    if found.len() != wanted.len() {
        return Err(format!("{} values, not {}", found.len(), wanted.len()));
    }
    let near = |a: f64, b: f64| {
        a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= absolute + relative * b.abs()
    };
    // Seven digits of the expected values are stored.
    let far = |i: &usize| {
        !near(found[*i], wanted[*i]) && (found[*i] - wanted[*i]).abs() > 6e-7 * wanted[*i].abs()
    };
    let n = (0..found.len()).filter(far).count();
    match (0..found.len()).find(far) {
        None => Ok(()),
        Some(i) => Err(format!(
            "{n} of {} are apart: [{i}] is {} instead of {}",
            found.len(),
            found[i],
            wanted[i]
        )),
    }
}

fn near(found: &Found, expected: &Json) -> Result<(), String> {
    let (shape, every) = (sizes(expected, "shape"), sizes(expected, "every"));
    let found = match (found, &shape[..]) {
        (Found::Matrix(matrix), [rows, columns]) => {
            if matrix.dim() != (*rows, *columns) {
                return Err(format!("{:?} instead of {shape:?}", matrix.dim()));
            }
            let some = matrix.slice(ndarray::s![..;every[0], ..;every[1]]);
            some.iter().map(|&x| f64::from(x)).collect()
        }
        (found, _) => found.numbers()?,
    };
    let (relative, absolute) = (number(expected, "relative"), number(expected, "absolute"));
    apart(&found, &numbers(&expected["values"]), relative, absolute)
}

fn same(found: &[String], wanted: &[String]) -> Result<(), String> {
    let differ = || (0..wanted.len()).find(|&i| found.get(i) != Some(&wanted[i]));
    match differ() {
        Some(i) => Err(format!(
            "[{i}] is {:?} instead of {:?}",
            found.get(i),
            wanted[i]
        )),
        None if found.len() > wanted.len() => {
            Err(format!("{} texts, not {}", found.len(), wanted.len()))
        }
        None => Ok(()),
    }
}

fn aligned(found: &Found, expected: &Json) -> Result<(), String> {
    let Found::Matrix(found) = found else {
        return Err("no matrix".to_owned());
    };
    let (shape, values) = (sizes(expected, "shape"), numbers(&expected["values"]));
    if found.dim() != (shape[0], shape[1]) {
        return Err(format!("{:?} instead of {shape:?}", found.dim()));
    }
    for column in 0..shape[1] {
        let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
        for row in 0..shape[0] {
            let (a, b) = (
                f64::from(found[[row, column]]),
                values[row * shape[1] + column],
            );
            (ab, aa, bb) = (ab + a * b, aa + a * a, bb + b * b);
        }
        let cosine = ab.abs() / (aa * bb).sqrt();
        at_least(cosine, number(expected, "least"))
            .map_err(|said| format!("column {column}: {said}"))?;
    }
    Ok(())
}

fn edges(
    found: &super::found::Edges,
    wanted: &BTreeMap<(u32, u32), f64>,
    absolute: f64,
) -> Result<(), String> {
    let found: BTreeMap<(u32, u32), f64> =
        found.iter().map(|(&w, at)| (at, f64::from(w))).collect();
    let at = |graph: &BTreeMap<(u32, u32), f64>, edge| graph.get(edge).copied().unwrap_or(0.0);
    let all: BTreeSet<&(u32, u32)> = found.keys().chain(wanted.keys()).collect();
    let far: Vec<_> = all
        .iter()
        .filter(|edge| (at(&found, edge) - at(wanted, edge)).abs() > absolute)
        .collect();
    match far.first() {
        None => Ok(()),
        Some(edge) => Err(format!(
            "{} of {} edges are apart: {edge:?} is {} instead of {}",
            far.len(),
            all.len(),
            at(&found, edge),
            at(wanted, edge)
        )),
    }
}

/// Rows of the table that was shown last, found by some of its columns.
fn rows(outcome: &Outcome, expected: &Json) -> Result<(), String> {
    let keys = texts(&expected["keys"]);
    let found: Vec<Vec<String>> = keys
        .iter()
        .map(|key| outcome.heading(key)?.texts())
        .collect::<Result<_, String>>()?;
    let wanted: Vec<Vec<String>> = expected["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(texts)
        .collect();
    let row = |columns: &[Vec<String>], i: usize| -> Vec<String> {
        columns.iter().map(|column| column[i].clone()).collect()
    };
    let places: BTreeMap<Vec<String>, usize> =
        (0..found[0].len()).map(|i| (row(&found, i), i)).collect();
    let at = |i: usize| {
        let key = row(&wanted, i);
        places.get(&key).copied().ok_or(format!("no row {key:?}"))
    };
    let places: Vec<usize> = (0..wanted[0].len())
        .map(at)
        .collect::<Result<_, String>>()?;
    for (heading, values) in expected["columns"].as_object().unwrap() {
        let column = outcome.heading(heading)?.numbers()?;
        let found: Vec<f64> = places.iter().map(|&i| column[i]).collect();
        let (relative, absolute) = (number(expected, "relative"), number(expected, "absolute"));
        apart(&found, &numbers(values), relative, absolute)
            .map_err(|said| format!("{heading}: {said}"))?;
    }
    Ok(())
}

//! The language's front end from outside: golden cases and laws.
//!
//! `tests/lang/*.txt` hold cases: a text, then its tree, what it is told and whether it waits
//! for more. `UPDATE=1 cargo test --test lang` writes what is found into them.

use sca::diagnostic::Diagnostic;
use sca::diagnostic::code;
use sca::lang::format::{Known, format};
use sca::lang::outline::outline;
use sca::lang::{Completeness, parse};
use sca::source::{Source, Span};
use std::fmt::Write;
use std::path::{Path, PathBuf};

#[test]
fn right_texts() {
    golden("cases.txt");
}

#[test]
fn wrong_texts() {
    golden("errors.txt");
}

#[test]
fn formatted_texts() {
    golden("format.txt");
}

#[test]
fn every_code_has_a_case_and_every_case_a_code() {
    let errors = std::fs::read_to_string(file("errors.txt")).unwrap();
    let of_language = code::CODES
        .iter()
        .filter(|entry| entry.code <= code::FOREIGN_CONSTRUCT);
    for entry in of_language {
        let code = entry.code;
        assert!(errors.contains(&format!("\n{code} ")), "no case for {code}");
        assert!(entry.explanation.len() > 40, "{code}");
    }
}

/// What is offered as a fix mends the text, if need be in several steps.
#[test]
fn fixes_mend() {
    for (title, text) in cases("errors.txt") {
        let mut text = text;
        for _ in 0..6 {
            let parsed = parse(&Source::new("case", text.clone()));
            let Some(fix) = parsed.diagnostics.iter().find_map(|it| it.fix.clone()) else {
                break;
            };
            text.replace_range(fix.span.start..fix.span.end, &fix.text);
        }
        let left = parse(&Source::new("case", text.clone())).diagnostics;
        assert!(left.iter().all(|it| it.fix.is_none()), "{title}: {text}");
    }
}

#[test]
fn wording() {
    for (title, text) in cases("errors.txt") {
        for told in parse(&Source::new("case", text)).diagnostics {
            check_wording(&title, &told);
        }
    }
}

fn check_wording(title: &str, told: &Diagnostic) {
    let headline = &told.headline;
    assert!(!headline.ends_with('.'), "{title}: {headline}");
    assert!(
        !headline.starts_with(char::is_uppercase),
        "{title}: {headline}"
    );
    assert!(code::entry(told.code).is_some(), "{title}: {}", told.code);
    let all = format!("{headline} {:?} {:?}", told.labels, told.help);
    for banned in ["nvalid", "failed to", "EOI", "token"] {
        assert!(!all.contains(banned), "{title}: {all}");
    }
    let place = told.labels.first().expect("a place");
    assert!(told.source.is_some() && !place.text.is_empty(), "{title}");
}

/// Formatting twice is formatting once, and formatting changes no meaning.
#[test]
fn formatted_cases() {
    for (title, text) in cases("cases.txt") {
        let source = Source::new("case", text);
        let once = format(&source, None).unwrap_or_else(|error| panic!("{title}: {error:?}"));
        let formatted = Source::new("case", once.clone());
        assert_eq!(
            outline(&parse(&formatted).statements),
            outline(&parse(&source).statements),
            "{title}"
        );
        assert_eq!(format(&formatted, None).as_ref(), Ok(&once), "{title}");
    }
}

// ---- golden files -----------------------------------------------------------

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/lang")
        .join(name)
}

/// Titles and texts. `␍` stands for a carriage return.
fn cases(name: &str) -> Vec<(String, String)> {
    let all = std::fs::read_to_string(file(name)).unwrap();
    let cases = all.split("=== ").skip(1).map(|case| {
        let (title, rest) = case.split_once('\n').unwrap_or((case, ""));
        let text = rest.split("\n--- ").next().unwrap_or_default();
        (
            title.to_string(),
            text.trim_end_matches('\n').replace('␍', "\r"),
        )
    });
    cases.collect()
}

fn golden(name: &str) {
    let show = match name {
        "format.txt" => formatted,
        _ => shown,
    };
    let found: String = cases(name)
        .iter()
        .map(|(title, text)| show(title, text))
        .collect();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(file(name), &found).unwrap();
    }
    let expected = std::fs::read_to_string(file(name)).unwrap();
    for (found, expected) in found.split("=== ").zip(expected.split("=== ")) {
        assert_eq!(found, expected);
    }
    assert_eq!(found, expected);
}

fn shown(title: &str, text: &str) -> String {
    let source = Source::new("case", text);
    let parsed = parse(&source);
    let mut out = format!("=== {title}\n{}\n", text.replace('\r', "␍"));
    if !parsed.statements.is_empty() {
        let _ = writeln!(out, "--- tree\n{}", outline(&parsed.statements));
    }
    if !parsed.diagnostics.is_empty() {
        let told: String = parsed
            .diagnostics
            .iter()
            .map(|it| told(&source, it))
            .collect();
        let _ = write!(out, "--- told\n{told}");
    }
    let waits = match parsed.completeness {
        Completeness::Complete => return out + "\n",
        Completeness::Open(char, at) => format!("open {char} at {at}"),
        Completeness::Dangling(span) => format!("after `{}`", span.text(text)),
        Completeness::Quote(at) => format!("never: quote at {at}"),
    };
    let _ = writeln!(out, "--- waits\n{waits}\n");
    out
}

/// The text in its canonical form. `resolution` is known as another name of `leiden`'s `res`, and `count` as
/// a function.
fn formatted(title: &str, text: &str) -> String {
    let source = Source::new("case", text);
    let rename = |command: &str, parameter: &str| {
        (command == "leiden" && parameter == "resolution").then(|| "res".to_string())
    };
    let known = Known {
        rename: &rename,
        is_function: &|name| name == "count",
    };
    let out = format(&source, Some(known)).unwrap_or_else(|error| error.headline.clone());
    format!("=== {title}\n{text}\n--- form\n{out}\n")
}

fn told(source: &Source, told: &Diagnostic) -> String {
    let mut out = format!("{} {}\n", told.code, told.headline);
    for label in &told.labels {
        let place = position(source, label.span);
        let _ = writeln!(out, "  {place}: {}", label.text);
    }
    if let Some(help) = &told.help {
        let _ = writeln!(out, "  help: {help}");
    }
    out
}

fn position(source: &Source, span: Span) -> String {
    let line = source.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let column = source.text[line..span.start].chars().count() + 1;
    let line = source.line(span.start);
    format!("{line}:{column} `{}`", span.text(&source.text))
}

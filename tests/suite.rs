//! Scripts with what they say written under the line that makes them say it.
//!
//! `#> …` is a result, `#! …` an error, a note or a status line. Each file of `tests/suite` runs
//! statement by statement, as at the prompt, in a session and a folder of its own; with
//! `# check` as its first line it is only checked, as a whole. `UPDATE=1 cargo test --test suite` writes what is said now, `SUITE=name` runs one file.

use sca::command::Val;
use sca::commands::COMMANDS;
use sca::diagnostic::{Diagnostic, Severity};
use sca::eval::{Interpreter, Output};
use sca::plan::Engine;
use sca::session::Session;
use sca::source::{Source, Span};
use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Room for functions that call each other 100 deep, as the program has it.
const STACK: usize = 512 << 20;

#[test]
fn suite() {
    let run = std::thread::Builder::new().stack_size(STACK).spawn(run_all);
    if let Err(panic) = run.expect("a thread can be started").join() {
        std::panic::resume_unwind(panic);
    }
}

fn run_all() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
    let only = std::env::var("SUITE").ok();
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("tests/suite is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "test"))
        .filter(|path| only.as_deref().is_none_or(|only| stem(path) == only))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no such test");
    let wrong: Vec<String> = files.iter().filter_map(|path| mismatch(path)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// What a file says now, where that is not what it says it says.
fn mismatch(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).expect("a test can be read");
    let name = stem(path);
    let now = played(&name, &text);
    if now == text {
        return None;
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, now).expect("a test can be written");
        println!("{name}: written anew");
        return None;
    }
    Some(format!("{name}.test:\n{}", difference(&text, &now)))
}

/// The script with what it says now.
fn played(name: &str, text: &str) -> String {
    let script: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("#>") && !line.starts_with("#!"))
        .collect();
    let source = Source::new(name, script.join("\n"));
    let home = std::env::temp_dir().join(format!("sca-suite-{}-{name}", std::process::id()));
    fs::create_dir_all(&home).expect("a folder can be made");
    std::env::set_current_dir(&home).expect("it can be entered");
    let said = said_by_line(&source, script.first() == Some(&"# check"));
    std::env::set_current_dir(std::env::temp_dir()).expect("it can be left");
    let _ = fs::remove_dir_all(&home);
    let mut now = String::new();
    for (i, line) in script.iter().enumerate() {
        now += &format!("{line}\n");
        for line in said.get(&(i + 1)).into_iter().flatten() {
            now += &format!("{}\n", line.trim_end());
        }
    }
    now
}

/// What is said, by the line of the script after which it belongs.
fn said_by_line(source: &Arc<Source>, only_check: bool) -> BTreeMap<usize, Vec<String>> {
    let mut said: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let parsed = sca::lang::parse(source);
    for diagnostic in &parsed.diagnostics {
        let line = line_of(diagnostic, source);
        said.entry(line).or_default().extend(told(diagnostic));
    }
    let engine = Engine::new(None);
    let mut session = Session::default();
    let mut unread: Vec<&Diagnostic> = parsed.diagnostics.iter().collect();
    unread.sort_by_key(|it| first_byte(it));
    if only_check {
        let mut nothing = |_| {};
        let checker = Interpreter::new(session, COMMANDS, &engine, &mut nothing);
        for diagnostic in checker.check(source, &parsed.statements).0 {
            let line = line_of(&diagnostic, source);
            said.entry(line).or_default().extend(told(&diagnostic));
        }
        return said;
    }
    for statement in &parsed.statements {
        while !only_check
            && unread
                .first()
                .is_some_and(|it| first_byte(it) < statement.span.start)
        {
            let wrong = unread.remove(0);
            let failed = fix_fails(source, wrong, lines_at(source, wrong), &session, &engine);
            said.entry(line_of(wrong, source))
                .or_default()
                .extend(failed);
        }
        let line = source.line(statement.span.end.saturating_sub(1));
        let lines = said.entry(line).or_default();
        let before = session.clone();
        let run = catch_unwind(AssertUnwindSafe(|| {
            let mut lines = Vec::new();
            let mut hear = |said| lines.extend(heard(said));
            let mut interpreter = Interpreter::new(before, COMMANDS, &engine, &mut hear);
            interpreter.painter = |_, _| Ok(None);
            let outcome = interpreter.run(source, statement);
            let session = interpreter.session;
            if let Err(diagnostic) = outcome {
                lines.extend(told(&diagnostic));
                lines.extend(fix_fails(
                    source,
                    &diagnostic,
                    statement.span,
                    &session,
                    &engine,
                ));
            }
            (session, lines)
        }));
        match run {
            Ok((after, heard)) => {
                session = after;
                lines.extend(heard);
            }
            Err(_) => lines.push("#! a bug: it panicked".to_owned()),
        }
    }
    said
}

fn first_byte(diagnostic: &Diagnostic) -> usize {
    diagnostic
        .labels
        .first()
        .map_or(0, |label| label.span.start)
}

/// The lines that a diagnostic's fix is in.
fn lines_at(source: &Source, diagnostic: &Diagnostic) -> Span {
    let Some(fix) = &diagnostic.fix else {
        return Span::new(0, 0);
    };
    let start = source.text[..fix.span.start]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let rest = &source.text[fix.span.end..];
    let end = rest
        .find('\n')
        .map_or(source.text.len(), |at| fix.span.end + at);
    Span::new(start, end)
}

/// What is wrong with a statement after the fix that its error offers: nothing, or nothing but
/// what has a fix in turn.
fn fix_fails(
    source: &Arc<Source>,
    diagnostic: &Diagnostic,
    span: Span,
    session: &Session,
    engine: &Engine,
) -> Option<String> {
    let fix = diagnostic.fix.as_ref()?;
    let ours = diagnostic
        .source
        .as_ref()
        .is_none_or(|of| of.name == source.name);
    if !ours || fix.span.start < span.start || fix.span.end > span.end {
        return None;
    }
    let mut text = span.text(&source.text).to_owned();
    let edited = fix.span.start - span.start..fix.span.end - span.start;
    text.replace_range(edited, &fix.text);
    let fixed = Source::new("fixed", text);
    let parsed = sca::lang::parse(&fixed);
    let mut nothing = |_| {};
    let mut interpreter = Interpreter::new(session.clone(), COMMANDS, engine, &mut nothing);
    interpreter.painter = |_, _| Ok(None);
    let mut wrong = parsed.diagnostics.into_iter().next();
    for statement in &parsed.statements {
        let ran = interpreter.run(&fixed, statement).err();
        wrong = wrong.or(ran.map(|it| *it));
    }
    // What is missing in the test's data is no fault of the fix.
    let of_data = ["E014", "E030", "E032", "E062"];
    let wrong = wrong.filter(|it| it.fix.is_none() && !of_data.contains(&it.code))?;
    Some(format!(
        "#!   the fix fails: {} {}",
        wrong.code, wrong.headline
    ))
}

/// The last line that the first label of a diagnostic touches.
fn line_of(diagnostic: &Diagnostic, source: &Source) -> usize {
    let label = diagnostic.labels.first();
    label.map_or(1, |label| source.line(label.span.end.saturating_sub(1)))
}

fn heard(said: Output) -> Vec<String> {
    match said {
        Output::Status(line) | Output::Done(line, _) => vec![format!("#! {line}")],
        Output::Step(written) => written
            .line
            .iter()
            .map(|line| format!("#! {line}"))
            .collect(),
        Output::Note(note) => told(&note),
        Output::Value(name, value) => shown(name, &value),
        Output::Text(text) | Output::Script(text) => {
            text.lines().map(|line| format!("#> {line}")).collect()
        }
        Output::Plan(plan, ..) => plan
            .nodes()
            .map(|node| format!("#> {}", node.label))
            .collect(),
        Output::Profile(reports) => reports
            .iter()
            .map(|report| format!("#> {}", report.label))
            .collect(),
    }
}

fn shown(name: Option<String>, value: &Val) -> Vec<String> {
    let name = name.map_or(String::new(), |name| format!("{name}: "));
    vec![format!("#> {name}{value}")]
}

/// A diagnostic without drawing: code and headline, then each fact with the text it is about.
fn told(diagnostic: &Diagnostic) -> Vec<String> {
    let lead = match diagnostic.severity {
        Severity::Note => "note".to_owned(),
        _ => diagnostic.code.to_owned(),
    };
    let mut lines = vec![format!("#! {lead} {}", diagnostic.headline)];
    for label in &diagnostic.labels {
        let text = diagnostic.source.as_ref().map(|of| of.text.as_str());
        let at = label.span.text(text.unwrap_or_default());
        let at = if at.contains('\n') {
            format!("{} …", at.lines().next().unwrap_or_default())
        } else {
            at.to_owned()
        };
        let fact = match label.text.as_str() {
            "" => String::new(),
            fact => format!(": {}", fact.replace('\n', " / ")),
        };
        lines.push(format!("#!   at `{at}`{fact}"));
    }
    if let Some(help) = &diagnostic.help {
        let help = help.replace('\n', " / ");
        lines.push(format!("#!   help: {help}"));
    }
    lines
}

/// The lines that differ, with two before.
fn difference(expected: &str, now: &str) -> String {
    let (expected, now): (Vec<_>, Vec<_>) = (expected.lines().collect(), now.lines().collect());
    let same = expected
        .iter()
        .zip(&now)
        .take_while(|(a, b)| a == b)
        .count();
    let tail = expected[same..]
        .iter()
        .rev()
        .zip(now[same..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let mut text = String::new();
    for line in &expected[same.saturating_sub(2)..same] {
        text += &format!("    {line}\n");
    }
    for line in &expected[same..expected.len() - tail] {
        text += &format!("  - {line}\n");
    }
    for line in &now[same..now.len() - tail] {
        text += &format!("  + {line}\n");
    }
    text
}

//! Suggested fixes that work. A fixed line may contain another mistake, such as a line of R with
//! several idioms; then it is fixed in turn.

use crate::diagnostic::{Diagnostic, Label, LeftOut, code};
use crate::source::{Source, Span};
use std::sync::Arc;

/// No line has as many things wrong with it.
const MOST: usize = 6;

/// The text with a diagnostic's edit applied.
pub fn fixed(source: &Source, diagnostic: &Diagnostic) -> Option<String> {
    let fix = diagnostic.fix.as_ref()?;
    let ours = diagnostic
        .source
        .as_ref()
        .is_none_or(|of| of.name == source.name);
    let mut text = source.text.clone();
    (ours && text.get(fix.span.start..fix.span.end).is_some()).then(|| {
        text.replace_range(fix.span.start..fix.span.end, &fix.text);
        text
    })
}

/// Puts the last of the repairs into the help of a diagnostic, where its own is not enough; gives the whole
/// text with it. `check` says what is wrong with a text.
pub fn complete(
    check: &mut dyn FnMut(&Arc<Source>) -> Vec<Diagnostic>,
    source: &Source,
    diagnostic: &mut Diagnostic,
) -> Option<String> {
    let first = fixed(source, diagnostic)?;
    let line = source.line(diagnostic.labels.first()?.span.start);
    let n_lines = first.lines().count();
    let mut text = first.clone();
    // The line before what it lacks was put in front of it.
    let mut alone = None;
    for _ in 0..MOST {
        let next = Source::new(source.name.clone(), text.clone());
        let wrong = wrong_in(check, &next, line);
        let better = wrong.as_ref().and_then(|wrong| fixed(&next, wrong));
        if let (Some(wrong), Some(better)) = (&wrong, better) {
            text = better;
            name_the_call(source, line, diagnostic, wrong, &next);
            for left in &wrong.left_out {
                leave_out(source, line, diagnostic, left.clone());
            }
            continue;
        }
        match (&wrong, &alone) {
            (Some(wrong), None) => {
                if let Some(prepared) = prepared(check, &next, line, wrong) {
                    alone = Some(std::mem::replace(&mut text, prepared));
                    continue;
                }
            }
            (Some(_), Some(_)) => text = alone.unwrap_or(text),
            (None, _) => {}
        }
        if let Some(wrong) = wrong.filter(|it| tells_more(diagnostic, it)) {
            diagnostic.code = wrong.code;
            diagnostic.headline = wrong.headline;
            diagnostic.help = wrong.help;
            diagnostic.fix = None;
            diagnostic.labels.truncate(1);
            diagnostic.labels.iter_mut().for_each(|it| it.text.clear());
            return None;
        }
        // It works, or what is still wrong has no repair: a gene that is missing, say.
        if text != first && text.lines().count() == n_lines {
            diagnostic.help = text.lines().nth(line - 1).map(|it| it.trim().to_owned());
        }
        return Some(text);
    }
    Some(first)
}

/// Whether what is left behind a repair of signs is that a file cannot be read: then quotes around its name help
/// nobody.
fn tells_more(diagnostic: &Diagnostic, left: &Diagnostic) -> bool {
    let of_file = [code::FILE, code::UNKNOWN_FORMAT].contains(&left.code) && left.fix.is_none();
    diagnostic.code == code::PUNCTUATION && of_file
}

/// What is wrong with a line of a text.
fn wrong_in(
    check: &mut dyn FnMut(&Arc<Source>) -> Vec<Diagnostic>,
    source: &Arc<Source>,
    line: usize,
) -> Option<Diagnostic> {
    let here = |wrong: &Diagnostic| {
        let ours = wrong
            .source
            .as_ref()
            .is_none_or(|of| of.name == source.name);
        let label = wrong.labels.first();
        ours && label.is_none_or(|label| source.line(label.span.start) == line)
    };
    check(source).into_iter().find(here)
}

/// The text with the statement that makes what a line lacks in front of it, where that helps:
/// `leiden adata; count(adata.obs.leiden)`.
fn prepared(
    check: &mut dyn FnMut(&Arc<Source>) -> Vec<Diagnostic>,
    source: &Source,
    line: usize,
    wrong: &Diagnostic,
) -> Option<String> {
    let makes = wrong.help.as_deref().filter(|it| !it.contains('\n'))?;
    let mut text = source.text.clone();
    let start = beginning(source, line);
    let indent = text[start..].len() - text[start..].trim_start_matches(' ').len();
    text.insert_str(start + indent, &format!("{makes}; "));
    let next = Source::new(source.name.clone(), text.clone());
    let rest = wrong_in(check, &next, line);
    let helps = rest.is_none_or(|rest| rest.headline != wrong.headline && rest.fix.is_some());
    helps.then_some(text)
}

/// That a command has another name here says more than what is wrong with its arguments.
fn name_the_call(
    source: &Source,
    line: usize,
    diagnostic: &mut Diagnostic,
    wrong: &Diagnostic,
    of: &Source,
) {
    let Some(label) = wrong.labels.first() else {
        return;
    };
    let name = label.span.text(&of.text);
    let is_name = name
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    let begins = beginning(source, line);
    let typed = source.text[begins..].lines().next().unwrap_or_default();
    let place = typed.find(name).filter(|_| is_name);
    let (Some(at), true) = (place, wrong.code == code::FOREIGN_CALL) else {
        return;
    };
    if diagnostic.code != code::FOREIGN_CALL {
        diagnostic.code = wrong.code;
        diagnostic.headline.clone_from(&wrong.headline);
        diagnostic.labels[0] = Label {
            span: Span::new(begins + at, begins + at + name.len()),
            text: label.text.clone(),
        };
    }
}

/// Where a line begins.
fn beginning(source: &Source, line: usize) -> usize {
    let before = source.text.split_inclusive('\n').take(line - 1);
    before.map(str::len).sum()
}

/// Says of an argument that a later repair does without where it was typed. An earlier repair may
/// have changed its spelling.
fn leave_out(source: &Source, line: usize, diagnostic: &mut Diagnostic, left: LeftOut) {
    let known = |of: &LeftOut| of.typed == left.typed;
    if diagnostic.left_out.iter().any(known) {
        return;
    }
    let start = beginning(source, line);
    let typed = source.text[start..].lines().next().unwrap_or_default();
    // `TRUE` and `x$a` have become `true` and `x.a`.
    let plain = |text: &str| text.replace(['$', '@'], ".").to_ascii_lowercase();
    let place = plain(typed).find(&plain(&left.typed));
    let place = place.map(|at| start + at);
    match (place, diagnostic.labels.first_mut()) {
        (Some(at), _) => diagnostic.labels.push(Label {
            span: Span::new(at, at + left.typed.len()),
            text: left.why.clone(),
        }),
        (None, Some(label)) => label.text += &format!("; {} {}", left.typed, left.why),
        (None, None) => {}
    }
    diagnostic.left_out.push(left);
}

/// Mistakes of a script whose repair is looked for until it works; every step checks the script.
const REPAIRED: usize = 5;

/// Bytes of a script up to which that takes no time.
const REPAIRABLE: usize = 20_000;

/// The same for the first mistakes of a script.
pub fn complete_first(
    check: &mut dyn FnMut(&Arc<Source>) -> Vec<Diagnostic>,
    source: &Source,
    wrong: &mut [Diagnostic],
) {
    if source.text.len() > REPAIRABLE {
        return;
    }
    let fixable = wrong.iter_mut().filter(|it| it.fix.is_some());
    for diagnostic in fixable.take(REPAIRED) {
        complete(check, source, diagnostic);
    }
}

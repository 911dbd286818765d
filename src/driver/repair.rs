//! The line that works in the end. What is shown as the repair of a line may be wrong in another
//! way, such as a line of R with several idioms: then the repair of that is shown, and so on.

use crate::diagnostic::Diagnostic;
use crate::source::Source;
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
    for _ in 0..MOST {
        let next = Source::new(source.name.clone(), text.clone());
        let here = |wrong: &Diagnostic| {
            let ours = wrong.source.as_ref().is_none_or(|of| of.name == next.name);
            let label = wrong.labels.first();
            ours && label.is_none_or(|label| next.line(label.span.start) == line)
        };
        let wrong = check(&next).into_iter().find(here);
        if let Some(better) = wrong.and_then(|wrong| fixed(&next, &wrong)) {
            text = better;
            continue;
        }
        // It works, or what is still wrong has no repair: a column that is not there, say.
        if text != first && text.lines().count() == n_lines {
            diagnostic.help = text.lines().nth(line - 1).map(|it| it.trim().to_owned());
        }
        return Some(text);
    }
    Some(first)
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

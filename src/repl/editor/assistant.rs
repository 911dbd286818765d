//! Completion, hints and highlighting for the line editor.

use super::{Shared, lock};
use crate::command::Registry;
use crate::lang::Completeness;
use crate::lang::layout::layout;
use crate::render::Screen;
use crate::repl::{complete, hint, paint};
use crate::session::Session;
use rustyline::completion::{Candidate, Completer};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Context, Helper};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use unicode_width::UnicodeWidthStr;

/// Completion, hints, colors and the end of a statement, by what the session knows.
pub(super) struct Assistant {
    pub registry: Registry,
    pub session: Session,
    pub shared: Arc<Mutex<Shared>>,
}

impl Helper for Assistant {}

/// Assistance that fails is no reason to lose the line.
fn guarded<T>(assist: impl FnOnce() -> T, otherwise: T) -> T {
    catch_unwind(AssertUnwindSafe(assist)).unwrap_or(otherwise)
}

/// A candidate as it is put on the line, and as it is shown.
pub(super) struct Listed {
    text: String,
    display: String,
}

impl Candidate for Listed {
    fn display(&self) -> &str {
        &self.display
    }

    fn replacement(&self) -> &str {
        &self.text
    }
}

impl Completer for Assistant {
    type Candidate = Listed;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Listed>)> {
        let found = || complete::complete(line, at, &self.session, self.registry);
        let (start, candidates) = guarded(found, (at, Vec::new()));
        let screen = Screen::stdout();
        let (rows, columns) = (screen.height.saturating_sub(4).max(4), screen.width);
        Ok((start, fitted(candidates, &line[start..at], rows, columns)))
    }
}

/// A list that fits on the screen: with descriptions, or else the names alone in columns, or else
/// the first of them. The editor would ask before a longer one, and Ctrl-C answers no question.
fn fitted(
    mut candidates: Vec<complete::Candidate>,
    typed: &str,
    rows: usize,
    columns: usize,
) -> Vec<Listed> {
    let widest = |all: &[complete::Candidate]| {
        let widths = all.iter().map(|it| it.display.width());
        widths.max().unwrap_or(0)
    };
    let width = widest(&candidates);
    if candidates.len() <= rows {
        let listed = candidates.into_iter().map(|candidate| Listed {
            display: set(&candidate, width),
            text: candidate.text,
        });
        return listed.collect();
    }
    let most = rows * (columns / (width + 2)).max(1);
    let more = candidates.len().saturating_sub(most - 1);
    if candidates.len() > most {
        candidates.truncate(most - 1);
        candidates.push(complete::Candidate {
            text: typed.to_owned(),
            display: format!("… {more} more"),
            description: String::new(),
        });
    }
    let listed = candidates.into_iter().map(|candidate| Listed {
        display: candidate.display,
        text: candidate.text,
    });
    listed.collect()
}

/// A name, its description after all names.
fn set(candidate: &complete::Candidate, width: usize) -> String {
    if candidate.description.is_empty() {
        return candidate.display.clone();
    }
    let gap = " ".repeat(width - candidate.display.width() + GAP.len());
    format!("{}{gap}{}", candidate.display, candidate.description)
}

/// Between a name and its description; occurs in no name.
const GAP: &str = "   ";

impl rustyline::hint::Hint for hint::Hint {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        self.taken.then_some(&self.shown)
    }
}

impl Hinter for Assistant {
    type Hint = hint::Hint;

    fn hint(&self, line: &str, at: usize, _: &Context<'_>) -> Option<hint::Hint> {
        if at < line.len() {
            return None;
        }
        if line.trim().is_empty() {
            let offered = line.is_empty() && lock(&self.shared).fix.is_some();
            return offered.then(|| hint::Hint {
                shown: "Alt-Enter types the suggested line".to_owned(),
                taken: false,
            });
        }
        if let Some(open) = what_is_open(line) {
            return Some(hint::Hint {
                shown: open,
                taken: false,
            });
        }
        let shared = lock(&self.shared);
        if shared.recall.has_failed(line) {
            return Some(hint::Hint {
                shown: "   (failed)".to_owned(),
                taken: false,
            });
        }
        let like = shared.recall.like(line).map(|entry| &entry[at..]);
        // A grey block of several lines would hide more than it tells.
        if let Some(rest) = like.filter(|rest| !rest.contains('\n')) {
            return Some(hint::Hint {
                shown: rest.to_owned(),
                taken: true,
            });
        }
        guarded(|| hint::hint(line, &self.session, self.registry), None)
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, at: usize) -> Cow<'l, str> {
        let painted = || Cow::Owned(paint::paint(line, at, &self.session, self.registry));
        guarded(painted, Cow::Borrowed(line))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Owned(paint::prompt(prompt))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(paint::faint(hint))
    }

    fn highlight_candidate<'c>(&self, candidate: &'c str, _: CompletionType) -> Cow<'c, str> {
        match candidate.split_once(GAP) {
            Some((name, rest)) => Cow::Owned(format!("{name}{GAP}{}", paint::faint(rest))),
            None => Cow::Borrowed(candidate),
        }
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let finished = guarded(|| is_finished(context.input()), true);
        Ok(if finished {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

/// On the new line of an unfinished statement: what it waits for, and how to leave it.
fn what_is_open(text: &str) -> Option<String> {
    let (before, last) = text.rsplit_once('\n')?;
    if !last.trim().is_empty() {
        return None;
    }
    let waits = match layout(before).completeness {
        Completeness::Open(bracket, _) => bracket.to_string(),
        Completeness::Dangling(span) => span.text(before).trim().to_owned(),
        _ => return None,
    };
    Some(format!("  … {waits} is open: an empty line cancels"))
}

/// Whether Enter runs the text. An empty last line, or `exit`, ends the waiting for what is missing.
fn is_finished(text: &str) -> bool {
    let waiting = matches!(
        layout(text).completeness,
        Completeness::Open(..) | Completeness::Dangling(_)
    );
    let given_up = text
        .rsplit_once('\n')
        .is_some_and(|(_, last)| matches!(last.trim(), "" | "exit" | "quit" | "edit"));
    !waiting || given_up
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enter_knows_an_unfinished_statement() {
        for open in ["adata[", "qc adata |", "x =", "if a {\n  qc adata", "a \\"] {
            assert!(!is_finished(open), "{open}");
            assert!(is_finished(&format!("{open}\n  ")), "{open}");
            assert!(is_finished(&format!("{open}\nexit")), "{open}");
            assert!(what_is_open(&format!("{open}\n")).is_some(), "{open}");
        }
        for done in ["", "adata", "qc adata # [", "f(\n1)", "x = \"a"] {
            assert!(is_finished(done), "{done}");
        }
    }

    #[test]
    fn lists_fit_on_the_screen() {
        let many = |n: usize| {
            let one = |i| complete::Candidate {
                text: format!("g{i}"),
                display: format!("g{i}"),
                description: "gene".into(),
            };
            (0..n).map(one).collect::<Vec<_>>()
        };
        let shown = |n| {
            let listed = fitted(many(n), "g", 20, 80);
            (
                listed.len(),
                listed[n.min(listed.len()) - 1].display.clone(),
            )
        };
        assert_eq!(shown(10), (10, "g9   gene".to_owned()));
        assert_eq!(shown(100), (100, "g99".to_owned()));
        let (length, last) = shown(5000);
        assert_eq!(length, 20 * 11);
        assert_eq!(last, format!("… {} more", 5000 - 20 * 11 + 1));
    }

    #[test]
    fn descriptions_stand_behind_names() {
        let candidate = complete::Candidate {
            text: "k=".into(),
            display: "k=".into(),
            description: "neighbors".into(),
        };
        assert_eq!(set(&candidate, 4), "k=     neighbors");
    }
}

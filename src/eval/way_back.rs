//! A step that an earlier statement planned and that cannot run makes all later statements fail: the
//! error says how to undo that statement.

use crate::diagnostic::{Diagnostic, Severity, code};
use crate::eval::Interpreter;
use crate::lang::words::spelled;
use crate::source::Source;
use std::sync::Arc;

impl Interpreter<'_> {
    /// The error with the `undo` of the statement that planned what failed, if that is not the one
    /// that runs now.
    pub(super) fn with_way_back(&self, mut told: Box<Diagnostic>) -> Box<Diagnostic> {
        let earlier = told
            .source
            .as_ref()
            .filter(|it| !Arc::ptr_eq(it, &self.source));
        let is_of_step = told.severity == Severity::Error && told.code != code::STOPPED;
        let Some(undo) = earlier
            .filter(|_| is_of_step)
            .and_then(|source| self.undo_of(source, told.labels.first()?.span.start))
        else {
            return told;
        };
        told.help = Some(match told.help.take() {
            Some(help) => format!("{undo}; or {help}"),
            None => undo,
        });
        told
    }

    /// `undo adata n=2`, which takes back the statement at a place of what was typed earlier.
    fn undo_of(&self, source: &Source, at: usize) -> Option<String> {
        let entries = self.session.journal.entries();
        let is_it = |text: &str| {
            let mut found = source.text.match_indices(text);
            !text.is_empty() && found.any(|(start, _)| (start..start + text.len()).contains(&at))
        };
        let entry = entries.iter().rev().find(|entry| is_it(&entry.text))?;
        let mut names = entry.binds.iter();
        let (name, n) = names.find_map(|name| {
            let n = self.session.changes_since(name, entry.number);
            (n > 0).then_some((name, n))
        })?;
        let name = spelled(name);
        Some(match n {
            1 => format!("`undo {name}` takes this statement back"),
            n => format!("`undo {name} n={n}` takes back this statement and those after it"),
        })
    }
}

//! Figures of datasets without cells: there is nothing to draw, and what left none is named.

use crate::command::{Args, Entry, Group, Val};
use crate::data::Dataset;
use crate::data::history::{Step, StepKind};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::Interpreter;
use crate::source::Span;

impl Interpreter<'_> {
    /// Refuses to draw a dataset that has no cells. Whether it has some is computed first.
    pub(in crate::eval) fn must_have_cells(&mut self, entry: &Entry, args: &Args) -> Outcome<()> {
        if entry.group != Group::Plotting || self.checked_enough() {
            return Ok(());
        }
        for given in args.given.values() {
            let Val::Dataset(data, _) = &given.value else {
                continue;
            };
            if let Some((_, keep)) = data.cells.parent() {
                self.engine.value(keep)?;
            }
            if data.cells.is_empty() {
                return Err(self.no_cells(data, given.span));
            }
        }
        Ok(())
    }

    fn no_cells(&self, data: &Dataset, span: Span) -> Box<Diagnostic> {
        let typed = span.text(&self.source.text);
        let named = matches!(self.session.get(typed), Some(Val::Dataset(..)));
        let name = if named { typed } else { "the dataset" };
        let headline = format!("{name} has no cells");
        let error = self.error(code::NOTHING_LEFT, headline, span, "nothing can be drawn");
        let steps = data.history.steps();
        // Only a selection in brackets may leave none; `filter` and `sample` refuse to.
        let Some(step) = steps.iter().rev().find(|step| selects(step)) else {
            return error.help("show says what a file holds: show adata");
        };
        let statement = step.statement.of(name);
        match (named, steps.len() - step.number) {
            (true, 0) => error.help(format!("undo {name}, or change what `{statement}` selects")),
            (true, _) => error.help(format!(
                "`{statement}` selects none: restore {name} step={} goes back",
                step.number - 1
            )),
            _ => error.help(format!("change what `{statement}` selects")),
        }
    }
}

/// Whether a step may have left no cells.
fn selects(step: &Step) -> bool {
    step.kind == StepKind::Selection
}

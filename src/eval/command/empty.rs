//! Figures of datasets without cells: an error that names the step that removed the last cell.

use crate::command::{Args, Entry, Given, Group, Val};
use crate::data::Dataset;
use crate::data::history::{Step, StepKind};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::{Interpreter, Output};
use crate::lang::ast::Name;
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
                return Err(self.no_cells(data, given.span, "nothing can be drawn"));
            }
        }
        Ok(())
    }

    /// Warns of a dataset that a selection has left without cells or genes, where that is known.
    pub(in crate::eval) fn warn_of_nothing(&mut self, name: &Name, span: Span, value: &Val) {
        let Val::Dataset(data, None) = value else {
            return;
        };
        let (what, count) = match (data.cells.len(), data.genes.len()) {
            (Some(0), _) => ("cell", "n_obs"),
            (_, Some(0)) => ("gene", "n_vars"),
            _ => return,
        };
        if !data.history.last().is_some_and(selects) {
            return;
        }
        let headline = format!("{} has no {what}s", name.text);
        let warning = Diagnostic::warning(code::NOTHING_SELECTED, headline)
            .label(span, format!("selects no {what}"))
            .help(format!(
                "change what is in the brackets; in a script: if {}.{count} > 0 {{ … }}",
                name.text
            ))
            .in_source(&self.source);
        self.say(Output::Note(*warning));
    }

    /// Refuses a step that would read cells of a dataset that is known to have none.
    pub(in crate::eval) fn refuse_no_cells(&self, entry: &Entry, args: &Args) -> Outcome<()> {
        let first = entry
            .params
            .first()
            .and_then(|param| args.given.get(param.name));
        match first {
            Some(Given {
                value: Val::Dataset(data, _),
                span,
                ..
            }) if data.cells.len() == Some(0) => {
                let label = match entry.group {
                    Group::Plotting => "nothing can be drawn",
                    _ => "there is nothing to compute",
                };
                Err(self.no_cells(data, *span, label))
            }
            _ => Ok(()),
        }
    }

    fn no_cells(&self, data: &Dataset, span: Span, label: &str) -> Box<Diagnostic> {
        let typed = span.text(&self.source.text);
        let named = matches!(self.session.get(typed), Some(Val::Dataset(..)));
        let name = if named { typed } else { "the dataset" };
        let headline = format!("{name} has no cells");
        let error = self.error(code::NOTHING_LEFT, headline, span, label);
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

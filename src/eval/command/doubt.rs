//! A warning, once per dataset, about matrices of files that do not say what they hold.

use super::changed_call::Change;
use super::states::{chosen, largest, needed};
use super::ways::applies;
use crate::command::spec::{Need, Want};
use crate::command::{Args, Entry};
use crate::data::matrix::LARGEST_LOG;
use crate::data::{Chosen, Dataset, Matrix, State};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::{Interpreter, Output};
use crate::source::Span;

impl Interpreter<'_> {
    /// Nobody says what a matrix holds: said once for each that came from a file. What cannot be
    /// logarithms is an error where these are wanted.
    pub(in crate::eval) fn doubt(
        &mut self,
        entry: &Entry,
        args: &Args,
        need: &Need,
        data: &Dataset,
        span: Span,
    ) -> Result<(), Box<Diagnostic>> {
        let (when, want) = need.want.taken_apart();
        let Some(chosen) = chosen(entry, args, want, data) else {
            return Ok(());
        };
        if chosen.state(data) != Some(State::Unknown)
            || matches!(want, Want::Shown)
            || !applies(when, entry, args, data)
        {
            return Ok(());
        }
        if let (Want::Logs, Some(most)) = (want, chosen.matrix(data).and_then(largest))
            && most > LARGEST_LOG
        {
            let headline = format!("{chosen} holds values up to {most}, too large for log values");
            let label = format!("`{}` needs {}", entry.spec.name, need.what);
            let layer = match &chosen {
                Chosen::Layer(key) => format!(" layer={key:?}"),
                _ => String::new(),
            };
            let subject = self.variable_of(data);
            let logs = Some(format!("log1p {subject}{layer}"));
            let diagnostic = self.error(code::WRONG_STATE, headline, span, label);
            let call = (entry, args, &*subject);
            return Err(self.with_changed_call(diagnostic, call, logs, &Change::NONE));
        }
        // Where there are no values, it does not matter what they are.
        let empty = |matrix: &Matrix| matrix.blocks.n_values() == Some(0);
        let matrix = format!("{} {chosen}", data.from);
        if chosen.matrix(data).is_some_and(empty) || !self.session.doubted.insert(matrix) {
            return Ok(());
        }
        let note = doubted(&chosen, needed(want), need, entry.spec.name);
        let label = "its values are fractions, and there is no record";
        let note = note.label(span, label).in_source(&self.source);
        self.say(Output::Note(*note));
        Ok(())
    }
}

/// The warning about a matrix of unknown state.
fn doubted(chosen: &Chosen, state: State, need: &Need, command: &str) -> Box<Diagnostic> {
    let (what, word) = (need.what, state.word());
    let kinds = match state {
        State::Counts => "counts or log values".to_owned(),
        _ => format!("{what} or something else"),
    };
    let argument = match chosen {
        Chosen::Layer(key) => format!("layers={{{key}: {word:?}}}"),
        Chosen::Raw | Chosen::OfRaw => format!("raw={word}"),
        Chosen::X => format!("X={word}"),
    };
    let headline = format!("cannot tell whether {chosen} holds {kinds}");
    Diagnostic::warning(code::UNKNOWN_STATE, headline).help(format!(
        "`{command}` treats them as {what}; `read FILE {argument}` says what they are"
    ))
}

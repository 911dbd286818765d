//! What a matrix holds, and what a command wants it to hold: counts, normalized, log, scaled.

use super::Interpreter;
use crate::command::{Args, Entry, Need, Val, Want};
use crate::data::{Dataset, State};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

impl Interpreter<'_> {
    /// The mistake, if X has come further than the command wants it.
    pub(super) fn past(
        &self,
        entry: &Entry,
        args: &Args,
        need: &Need,
        data: &Dataset,
        span: Span,
        subject: &str,
    ) -> Option<Box<Diagnostic>> {
        let (_, Want::X(states)) = need.want.taken_apart() else {
            return None;
        };
        let state = self.wanted_matrix(entry, args, data)?;
        let asked = asked_state(args);
        let most = states.iter().map(|&state| rank(state)).max().unwrap_or(0);
        let what = asked.map_or(need.what, State::word);
        let need = Need { what, ..*need };
        (rank(state) > asked.map_or(most, rank))
            .then(|| self.too_late(entry, data, state, &need, span, subject))
    }

    /// X is past what the command wants: `log1p` on log values.
    fn too_late(
        &self,
        entry: &Entry,
        data: &Dataset,
        state: State,
        need: &Need,
        span: Span,
        subject: &str,
    ) -> Box<Diagnostic> {
        let subject = if subject == "{}" { "adata" } else { subject };
        let headline = match state {
            State::Log => "X is already log values".to_owned(),
            State::Scaled => "X is already scaled".to_owned(),
            state => format!("X is already {}", state.word()),
        };
        let step = data.x.as_ref().map_or(0, |x| x.stamp.step);
        let made = data
            .history
            .steps()
            .into_iter()
            .find(|made| made.number == step);
        let fact = match made {
            Some(made) => format!(
                "`{}` at step {step} left X as {}",
                made.command,
                state.word()
            ),
            None => format!("{} says so", data.from),
        };
        let diagnostic = self.error(
            "E102",
            headline,
            span,
            format!("{fact}; `{}` wants {}", entry.spec.name, need.what),
        );
        if step > 1 {
            diagnostic.help(format!("`restore {subject} step={}` goes back", step - 1))
        } else if let (Some(layer), true) = (
            data.layers.keys().find(|key| *key == "counts"),
            entry.param("layer").is_some(),
        ) {
            diagnostic.help(format!("{} {subject} layer=\"{layer}\"", entry.spec.name))
        } else {
            diagnostic
        }
    }
}

/// Whether a matrix in this state will do; nobody can tell of one whose state is unknown.
pub(super) fn is_wanted(state: State, states: &[State], args: &Args) -> bool {
    let asked = asked_state(args).map_or(states.contains(&state), |asked| asked == state);
    state == State::Unknown || asked
}

/// The state that a parameter `of` asks for, where the declaration names another.
fn asked_state(args: &Args) -> Option<State> {
    match args.get("of") {
        Some(Val::Text(word)) => State::from_word(word),
        _ => None,
    }
}

/// How far a matrix has come.
fn rank(state: State) -> usize {
    match state {
        State::Counts => 0,
        State::Normalized => 1,
        State::Log => 2,
        State::Transformed => 3,
        State::Scaled => 4,
        State::Unknown => 0,
    }
}

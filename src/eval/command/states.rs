//! What a matrix holds, and what a command wants it to hold: counts, normalized, log, scaled.
//! Checks, warnings and notes are about the matrix that the command will read.

use crate::command::value::quoted;
use crate::command::{Args, Entry, Need, Val, Want, Write};
use crate::data::{About, Asked, Chosen, Dataset, Matrix, State};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::command::changed_call::Change;
use crate::eval::command::ways::{Lacking, applies};
use crate::eval::{Interpreter, Output};
use crate::lang::words::spelled;

/// What a call says of the matrix that it is about.
pub(in crate::eval) fn asked<'a>(entry: &Entry, args: &'a Args) -> Asked<'a> {
    let layer = entry.param("layer").and_then(|_| args.get("layer"));
    Asked {
        layer: match layer {
            Some(Val::Text(layer)) => Some(layer),
            _ => None,
        },
        raw: matches!(args.get("raw"), Some(Val::Bool(true))),
        may_raw: entry.param("raw").is_some(),
    }
}

/// What a need of a matrix is about; `None` for other needs.
fn about(want: Want) -> Option<About> {
    match want {
        Want::X(_) => Some(About::Given),
        Want::Logs | Want::Shown => Some(About::Logs),
        Want::Counts => Some(About::Counts),
        Want::Slot(..) | Want::If(_) => None,
    }
}

/// The matrix that a call looks at for a need.
pub(super) fn chosen(entry: &Entry, args: &Args, want: Want, data: &Dataset) -> Option<Chosen> {
    Some(Chosen::of(data, asked(entry, args), about(want)?))
}

/// Whether the matrix that a call reads will do; `None` if its state is unknown.
pub(in crate::eval) fn matrix_will_do(
    entry: &Entry,
    args: &Args,
    want: Want,
    data: &Dataset,
) -> bool {
    let state = chosen(entry, args, want, data).and_then(|chosen| chosen.state(data));
    // No such matrix at all: the command says so itself, with what it needs it for.
    let Some(state) = state.filter(|&state| state != State::Unknown) else {
        return true;
    };
    match want {
        Want::X(states) => match asked_state(args) {
            Some(asked) => asked == state,
            None => states.contains(&state),
        },
        Want::Logs => state == State::Log || state.is_past_log(),
        Want::Counts => state == State::Counts,
        _ => true,
    }
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
        State::Counts | State::Unknown => 0,
        State::Normalized => 1,
        State::Log => 2,
        State::Scaled => 4,
        _ => 3,
    }
}

/// Whether the command puts its result where the matrix was.
pub(in crate::eval) fn goes_on(entry: &Entry) -> bool {
    entry
        .spec
        .writes
        .iter()
        .any(|write| matches!(write, Write::X(_)))
}

impl Interpreter<'_> {
    /// The mistake, if no command could bring the matrix to what is wanted: it has come further
    /// already, or it was named and would have to be changed.
    pub(in crate::eval) fn past(
        &self,
        lacking: Lacking,
        data: &Dataset,
    ) -> Option<Box<Diagnostic>> {
        let Lacking {
            entry,
            args,
            need,
            span,
            subject,
        } = lacking;
        let (_, want) = need.want.taken_apart();
        let chosen = chosen(entry, args, want, data)?;
        let state = chosen.state(data)?;
        let wanted = asked_state(args);
        let too_far = match want {
            Want::X(states) => {
                let most = states.iter().map(|&state| rank(state)).max().unwrap_or(0);
                rank(state) > wanted.map_or(most, rank)
            }
            Want::Counts => true,
            _ => false,
        };
        let named = asked(entry, args).is_named() && !goes_on(entry);
        if !too_far && !named {
            return None;
        }
        let what = wanted.map_or(need.what, State::word);
        let headline = match (want, state) {
            (Want::X(_), state) if too_far => format!("{chosen} already holds {}", state.values()),
            _ => format!("{chosen} holds {}, not {what}", state.values()),
        };
        let fact = origin(data, &chosen);
        let at = match (&chosen, args.given.get("layer"), args.given.get("raw")) {
            (Chosen::Layer(_), Some(given), _) | (Chosen::Raw, _, Some(given)) => given.span,
            _ => span,
        };
        let label = format!("{fact}; `{}` needs {what}", entry.spec.name);
        let diagnostic = self.error(code::WRONG_STATE, headline, at, label);
        Some(match way_out(entry, args, want, data, &chosen, subject) {
            Some(WayOut::Words(help)) => diagnostic.help(help),
            Some(WayOut::Call(before, change)) => {
                self.with_changed_call(diagnostic, (entry, args, subject), before, &change)
            }
            None => diagnostic,
        })
    }

    /// Says where values come from that are not those of X, or that X has none that are wanted:
    /// once for each such matrix.
    pub(in crate::eval) fn tell_chosen(
        &mut self,
        entry: &Entry,
        args: &Args,
        need: &Need,
        data: &Dataset,
    ) {
        let (when, want) = need.want.taken_apart();
        let Some(chosen) = chosen(entry, args, want, data) else {
            return;
        };
        let asked = asked(entry, args);
        let x = data.x.as_ref().map_or(State::Unknown, |x| x.state);
        if asked.is_named() || !applies(when, entry, args, data) {
            return;
        }
        let line = match (&chosen, want) {
            (_, Want::X(_)) => return,
            (Chosen::X, Want::Logs) if x.is_past_log() => format!(
                "X holds {}, and there are no log values: `{}` uses X",
                x.values(),
                entry.spec.name
            ),
            (Chosen::X, _) => return,
            (chosen, _) => format!(
                "X holds {}: `{}` uses the {} in {chosen}",
                x.values(),
                entry.spec.name,
                need.what
            ),
        };
        let layered = entry.param("layer").is_some() && chosen != Chosen::X;
        let help = match &chosen {
            Chosen::OfRaw => self.more_in_raw(data, entry),
            _ if layered && want != Want::Counts => Some("layer=X uses X itself".to_owned()),
            _ => None,
        };
        self.say_chosen(data, &chosen, line, help);
    }

    fn say_chosen(&mut self, data: &Dataset, chosen: &Chosen, line: String, help: Option<String>) {
        let x = data.x.as_ref().map_or(State::Unknown, |x| x.state);
        let key = format!("{} {chosen} {x:?}", data.from);
        if !self.session.doubted.insert(key) {
            return;
        }
        let note = Diagnostic::note(line);
        self.say(Output::Note(*match help {
            Some(help) => note.help(help),
            None => note,
        }));
    }

    /// How to use the genes that raw has beside those of the dataset.
    fn more_in_raw(&self, data: &Dataset, entry: &Entry) -> Option<String> {
        let raw = data.raw.as_ref()?;
        let (all, ours) = (raw.genes.at_most(), data.genes.at_most());
        let (name, variable) = (entry.spec.name, self.variable_of(data));
        let line = format!("all = {variable}.raw; {name} all");
        (all > ours)
            .then(|| format!("of the {all} genes in raw, those of X are used; `{line}` uses all"))
    }

    /// Says where the values of a gene in an expression come from, where they are not those of X,
    /// or that X has gone on and there are no others: once for each such matrix.
    pub(in crate::eval) fn tell_gene(&mut self, data: &Dataset, gene: &str) {
        let chosen = gene_place(data);
        let x = data.x.as_ref().map_or(State::Unknown, |x| x.state);
        let holds = format!("X holds {}", x.values());
        let (line, help) = match &chosen {
            Chosen::X if x.is_past_log() => (
                format!("{holds}, and there are no log values: `{gene}` uses X"),
                None,
            ),
            Chosen::X => return,
            chosen => (
                format!("{holds}: `{gene}` uses the log values in {chosen}"),
                Some(format!("X.{} uses X itself", spelled(gene))),
            ),
        };
        self.say_chosen(data, &chosen, line, help);
    }
}

/// The matrix in which a gene's name in an expression is looked up.
pub(in crate::eval) fn gene_place(data: &Dataset) -> Chosen {
    let asked = Asked {
        may_raw: true,
        ..Asked::default()
    };
    Chosen::of(data, asked, About::Logs)
}

/// The state that is needed, as an argument of `read`.
pub(super) fn needed(want: Want) -> State {
    match want {
        Want::Counts => State::Counts,
        Want::X(states) => states.first().copied().unwrap_or(State::Log),
        _ => State::Log,
    }
}

/// The largest of a few values, of a matrix as stored in a file.
pub(super) fn largest(matrix: &Matrix) -> Option<f32> {
    let sample = matrix.blocks.sample().ok()?;
    let finite = sample.into_iter().filter(|x| x.is_finite());
    finite.reduce(f32::max).filter(|_| matrix.steps.is_empty())
}

/// Who says what a matrix holds.
fn origin(data: &Dataset, chosen: &Chosen) -> String {
    let Some(matrix) = chosen.matrix(data) else {
        return format!("{chosen} is not there");
    };
    let values = matrix.state.values();
    let step = matrix.stamp.step;
    let made = data.history.steps();
    match made.into_iter().find(|made| made.number == step) {
        Some(made) => format!("`{}` at step {step} left {values} in {chosen}", made.kind),
        None => format!("{chosen} of {} holds {values}", data.from),
    }
}

/// What a call should have been, as the help of an error.
enum WayOut {
    /// The call with an argument changed, after a statement if one is needed.
    Call(Option<String>, Change),
    Words(String),
}

/// The call that uses a layer. The result of some commands takes the place of what they read: of X, into
/// which the layer is copied, lest the counts be lost.
fn with_layer(entry: &Entry, subject: &str, layer: &str) -> WayOut {
    let mut writes = entry.spec.writes.iter();
    if writes.any(|write| matches!(write, Write::X(_))) {
        let copy = format!("{subject}.X = {subject}.layers.{}", spelled(layer));
        WayOut::Call(Some(copy), Change::without("layer"))
    } else {
        WayOut::Call(None, Change::to("layer", quoted(layer)))
    }
}

/// The call that uses logarithms of a layer, kept beside it.
fn logs_of(layer: &str, subject: &str) -> WayOut {
    let layer = spelled(layer);
    let logs =
        format!("{subject}.layers.log = {subject}.layers.{layer}; log1p {subject} layer=\"log\"");
    WayOut::Call(Some(logs), Change::to("layer", quoted("log")))
}

/// A line that works, where there is one.
fn way_out(
    entry: &Entry,
    args: &Args,
    want: Want,
    data: &Dataset,
    chosen: &Chosen,
    subject: &str,
) -> Option<WayOut> {
    let layered = entry.param("layer").is_some();
    let holds = |key: &&String| {
        let state = data.layers[*key].state;
        match want {
            Want::Counts => matches!(state, State::Counts | State::Unknown),
            Want::Logs => state == State::Log,
            Want::X(states) => match asked_state(args) {
                Some(asked) => state == asked,
                None => states.contains(&state),
            },
            _ => false,
        }
    };
    let mut others = data.layers.keys();
    let other = others.find(|key| Chosen::Layer((*key).clone()) != *chosen && holds(key));
    if let (Want::Logs, Chosen::Layer(key)) = (want, chosen) {
        let x = data.x.as_ref().map(|x| x.state);
        return Some(match (other, x) {
            (Some(other), _) => with_layer(entry, subject, other),
            (None, Some(State::Counts | State::Normalized | State::Log)) => {
                WayOut::Call(None, Change::without("layer"))
            }
            _ => logs_of(key, subject),
        });
    }
    if let (Some(other), true) = (other, layered) {
        return Some(with_layer(entry, subject, other));
    }
    let raw = data.raw.as_ref().map(|raw| raw.x.state);
    if is_of_counts(want) && raw == Some(State::Counts) && *chosen == Chosen::X {
        return Some(counts_of_raw(entry, subject));
    }
    // `layer=X`, though X has not come so far: without it, what is missing is planned.
    let behind = chosen.state(data).is_some_and(|state| match want {
        Want::Logs => rank(state) < rank(State::Log),
        Want::X(states) => states.iter().all(|&wanted| rank(state) < rank(wanted)),
        _ => false,
    });
    if behind && args.given.contains_key("layer") {
        return Some(WayOut::Call(None, Change::without("layer")));
    }
    let step = chosen.matrix(data).map_or(0, |matrix| matrix.stamp.step);
    match (step, want) {
        (2.., _) if *chosen == Chosen::X => Some(WayOut::Words(back(data, step, subject))),
        (_, Want::Counts) if *chosen == Chosen::X => Some(WayOut::Words(format!(
            "there are no known counts: `read FILE X=counts` if X of {} does hold counts",
            data.from
        ))),
        _ => None,
    }
}

/// The call that uses the counts in raw, where X has others.
fn counts_of_raw(entry: &Entry, subject: &str) -> WayOut {
    if entry.param("raw").is_some() {
        return WayOut::Call(None, Change::to("raw", "true"));
    }
    let first = entry.params.first().map_or("adata", |param| param.name);
    let counts = format!("counts = {subject}.raw");
    WayOut::Call(Some(counts), Change::to(first, "counts"))
}

/// Whether counts are what is wanted, or will do.
fn is_of_counts(want: Want) -> bool {
    match want {
        Want::Counts => true,
        Want::X(states) => states.contains(&State::Counts),
        _ => false,
    }
}

/// The step before, and what going back there would lose.
fn back(data: &Dataset, step: usize, subject: &str) -> String {
    let steps = data.history.steps();
    let later = steps.iter().filter(|later| later.number > step);
    let mut lost: Vec<String> = later.map(|later| later.kind.to_string()).collect();
    lost.dedup();
    let restore = format!("`restore {subject} step={}` goes back", step - 1);
    if lost.is_empty() {
        restore
    } else {
        format!("{restore}, without {}", lost.join(", "))
    }
}

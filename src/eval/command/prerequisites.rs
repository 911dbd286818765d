//! Prerequisites: what a command reads and is not there is planned, as if typed before it.

use crate::command::known::{MARKERS, markers_key};
use crate::command::slot_keys::{first_key, missing_key, slot_key};
use crate::command::{Args, Entry, Given, Key, Need, Reply, Val, Want, Write};
use crate::data::{About, Chosen, Dataset, Place, SlotName, Written};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::Interpreter;
use crate::eval::command::states::{asked, goes_on, matrix_will_do};
use crate::eval::command::ways::{Lacking, applies};
use crate::eval::command::written;
use std::sync::Arc;

/// What was planned unasked, and what for.
#[derive(Default)]
pub(in crate::eval) struct Planned {
    what: Option<String>,
    steps: Vec<String>,
    /// What each step wrote.
    pub written: Vec<Written>,
}

impl Planned {
    /// `leiden needs a neighbor graph: planned normalize, log1p, …`.
    pub fn line(&self, entry: &Entry) -> Option<String> {
        let what = self.what.as_ref()?;
        Some(format!(
            "{} needs {what}: planned {}",
            entry.spec.name,
            self.steps.join(", ")
        ))
    }
}

impl Interpreter<'_> {
    /// Brings the dataset among `args` to where `entry` can be planned on it.
    pub(in crate::eval) fn fulfil(
        &mut self,
        entry: &'static Entry,
        args: &mut Args,
        subject: &str,
    ) -> Outcome<Planned> {
        let mut planned = Planned::default();
        let Some(first) = entry.params.first().filter(|_| entry.takes_dataset()) else {
            return Ok(planned);
        };
        let Some(Given {
            value: Val::Dataset(data, _),
            span,
            ..
        }) = args.given.get(first.name)
        else {
            return Ok(planned);
        };
        let (mut data, span) = (data.clone(), *span);
        for need in entry.spec.reads {
            if self.met(entry, args, need, &data) {
                self.warn_stale(entry, args, need, &data, span);
                self.doubt(entry, args, need, &data, span)?;
                self.tell_chosen(entry, args, need, &data);
                continue;
            }
            if self.does_without(entry, args, need, &data) {
                continue;
            }
            let what = || self.what(entry, args, need, &data);
            planned.what.get_or_insert_with(what);
            let lacking = Lacking {
                entry,
                args,
                need,
                span,
                subject,
            };
            data = self.make(lacking, data, &mut planned)?;
        }
        self.warn_stale_columns(entry, args, &data);
        if let Some(given) = args.given.get_mut(first.name) {
            given.value = Val::Dataset(data, None);
        }
        Ok(planned)
    }

    fn met(&self, entry: &Entry, args: &Args, need: &Need, data: &Dataset) -> bool {
        let (when, want) = need.want.taken_apart();
        if !applies(when, entry, args, data) {
            return true;
        }
        match want {
            Want::X(_) | Want::Logs | Want::Shown | Want::Counts => {
                matrix_will_do(entry, args, want, data)
            }
            // `on=X`: the genes themselves stand for a representation.
            Want::Slot(Place::Obsm, key) if slot_key(entry, args, key) == "X" => data.x.is_some(),
            Want::Slot(place, key) => missing_key(entry, args, place, key, data).is_none(),
            Want::If(_) => unreachable!("taken apart"),
        }
    }

    /// Variable genes are chosen by log values: where X has gone on and none are known, what goes
    /// by variable genes goes by all of them, as scanpy does.
    fn does_without(
        &mut self,
        entry: &Entry,
        args: &mut Args,
        need: &Need,
        data: &Dataset,
    ) -> bool {
        let variable = Want::Slot(Place::Var, Key::Is("highly_variable"));
        let all = entry.param("all_genes");
        let logs = Chosen::of(data, asked(entry, args), About::Logs);
        let past = logs.state(data).is_some_and(|state| state.is_past_log());
        let (Some(all), true, true) = (all, past, need.want.taken_apart().1 == variable) else {
            return false;
        };
        let (value, span) = (Val::Bool(true), args.span);
        args.given.insert(all.name, Given::planned(value, span));
        let line = format!(
            "{} uses all genes: there are no log values to select variable genes",
            entry.spec.name
        );
        self.say(crate::eval::Output::Note(*Diagnostic::note(line)));
        true
    }

    /// Plans the command that makes a missing slot, and what that needs in turn.
    fn make(
        &mut self,
        lacking: Lacking,
        data: Arc<Dataset>,
        planned: &mut Planned,
    ) -> Outcome<Arc<Dataset>> {
        if let Some(mistake) = self.past(lacking, &data) {
            return Err(mistake);
        }
        let Lacking {
            entry,
            args,
            need,
            span,
            subject,
        } = lacking;
        let maker = self.maker(entry, args, need, &data);
        let Some(maker) = maker.filter(|_| self.session.settings.auto) else {
            return Err(self.missing(lacking, &data));
        };
        let mut maker_args = Args {
            given: Default::default(),
            span: args.span,
        };
        let first = maker.params[0].name;
        let value = Val::Dataset(data, None);
        maker_args.given.insert(first, Given::planned(value, span));
        // What the slot is called after is handed on: the tree of these groups, not of others.
        // A layer that is to be changed is brought on before.
        let handed: &[&str] = match &need.want {
            Want::X(_) if goes_on(entry) => &["layer"],
            Want::If(sometimes) => sometimes.with,
            Want::Slot(_, Key::Param(name) | Key::Around(_, name, _)) => &[name],
            _ => &[],
        };
        for name in handed.iter().filter(|name| !reads_by(maker, need, name)) {
            hand_on(entry, args, maker, &mut maker_args, name);
        }
        if let Some(given) = self.apart(lacking, &maker_args) {
            maker_args.given.insert("key", given);
        }
        let before = self.fulfil(maker, &mut maker_args, subject)?;
        planned.steps.extend(before.steps);
        planned.written.extend(before.written);
        let reply = self.plan(maker, &maker_args)?;
        let (Reply::Dataset(data, slots) | Reply::Table(data, _, slots)) = reply else {
            return Err(self.missing(lacking, &self.first_dataset(&maker_args)));
        };
        planned.steps.push(maker.brief(&maker_args));
        let data = self.recorded(maker, &maker_args, data, true, &slots);
        if let Some(step) = data.history.last() {
            planned.written.push(written::written(step, None, &slots));
        }
        Ok(Arc::new(data))
    }

    /// What is missing, in words: a representation that is not the usual one by its name.
    fn what(&self, entry: &Entry, args: &Args, need: &Need, data: &Dataset) -> String {
        let Want::Slot(place @ Place::Obsm, key) = need.want.taken_apart().1 else {
            return need.what.to_owned();
        };
        let key = missing_key(entry, args, place, key, data).unwrap_or_default();
        match self.maker_of(place, &key) {
            Some(maker) if maker.spec.name != need.made_by => SlotName::new(place, key).to_string(),
            _ => need.what.to_owned(),
        }
    }

    /// The command that makes what is missing.
    fn maker(
        &self,
        entry: &Entry,
        args: &Args,
        need: &Need,
        data: &Dataset,
    ) -> Option<&'static Entry> {
        let maker = match need.want.taken_apart().1 {
            Want::Slot(place @ Place::Obsm, key) => {
                let key = missing_key(entry, args, place, key, data);
                key.and_then(|key| self.maker_of(place, &key))
            }
            _ => None,
        };
        maker.or_else(|| self.registry.get(need.made_by))
    }

    /// The command that writes a slot when nothing is said of its name: `tsne` for obsm.X_tsne.
    /// One that needs more arguments than the dataset cannot be planned unasked.
    pub(in crate::eval) fn maker_of(&self, place: Place, key: &str) -> Option<&'static Entry> {
        let mut entries = self.registry.0.iter().filter(|entry| unasked(entry));
        entries.find(|entry| writes_usually(entry, place, key))
    }

    /// The columns that commands write under their usual names when they are told no more than the dataset.
    pub(in crate::eval) fn usual_columns(&self, place: Place) -> Vec<String> {
        let writes = self
            .registry
            .0
            .iter()
            .filter(|it| unasked(it))
            .flat_map(|entry| {
                let written = entry.spec.writes.iter();
                written.filter_map(move |write| usual_key(entry, place, write))
            });
        writes.collect()
    }

    /// The first command that writes a slot of this name, whatever else it needs.
    pub(in crate::eval) fn maker_of_usual(
        &self,
        place: Place,
        key: &str,
    ) -> Option<&'static Entry> {
        let mut entries = self.registry.0.iter();
        entries.find(|entry| writes_usually(entry, place, key))
    }

    /// The key of markers that stand beside those of other groups.
    fn apart(&self, lacking: Lacking, maker_args: &Args) -> Option<Given> {
        let Want::Slot(_, Key::MarkersOf(by)) = lacking.need.want.taken_apart().1 else {
            return None;
        };
        let by = first_key(lacking.entry, lacking.args, by);
        let key = markers_key(&self.first_dataset(maker_args), &by);
        (key != MARKERS).then_some(Given::planned(Val::Text(key), lacking.span))
    }

    fn first_dataset(&self, args: &Args) -> Arc<Dataset> {
        match args.given.values().next().map(|given| &given.value) {
            Some(Val::Dataset(data, _)) => data.clone(),
            _ => unreachable!("a prerequisite needs a dataset"),
        }
    }

    fn missing(&self, lacking: Lacking, data: &Dataset) -> Box<Diagnostic> {
        let Lacking {
            entry,
            args,
            need,
            span,
            subject,
        } = lacking;
        let fact = match need.want.taken_apart().1 {
            Want::X(_) | Want::Logs | Want::Shown | Want::Counts | Want::If(_) => format!(
                "X is {}",
                data.x.as_ref().map_or("absent", |x| x.state.shown())
            ),
            Want::Slot(place, key) => {
                format!("no {}.{}", place.word(), slot_key(entry, args, key))
            }
        };
        let headline = format!(
            "`{}` needs {}, and {subject} has none",
            entry.spec.name, need.what
        );
        let diagnostic = self.error(code::MISSING_PREREQUISITE, headline, span, fact);
        if need.made_by.is_empty() {
            diagnostic
        } else {
            diagnostic.help(format!("run `{} {subject}` first", need.made_by))
        }
    }
}

/// Whether a maker finds what it reads by the parameter that names what it is to make: `tsne on=X_tsne` would
/// need what `neighbors on=X_tsne` lacks, without end.
fn reads_by(maker: &Entry, need: &Need, name: &str) -> bool {
    let Want::Slot(place, _) = need.want.taken_apart().1 else {
        return false;
    };
    let mut wants = maker.spec.reads.iter().map(|it| it.want.taken_apart().1);
    wants.any(|it| matches!(it, Want::Slot(at, Key::Param(by)) if at == place && by == name))
}

/// Gives a maker the value that a parameter of the same name has for the command.
fn hand_on(entry: &Entry, args: &Args, maker: &Entry, to: &mut Args, name: &str) {
    let (Some(ours), Some(theirs)) = (entry.param(name), maker.param(name)) else {
        return;
    };
    let default = || ours.default.map(|default| default());
    let value = args.get(name).cloned().or_else(default);
    // Where ours are several columns and theirs is one, theirs is the first.
    let value = value.and_then(|value| match value {
        Val::List(items) if !theirs.many => items.into_iter().next(),
        value => Some(value),
    });
    if let Some(value) = value {
        let span = args.span(name);
        to.given.insert(theirs.name, Given::planned(value, span));
    }
}

/// Whether a command writes a slot of this name when nothing is said of its name.
fn writes_usually(entry: &Entry, place: Place, key: &str) -> bool {
    let mut writes = entry.spec.writes.iter();
    writes.any(|write| usual_key(entry, place, write).is_some_and(|usual| usual == key))
}

/// The key of what a command writes at a place, where nothing that it is told changes it.
fn usual_key(entry: &Entry, place: Place, write: &Write) -> Option<String> {
    match write {
        Write::Slot(_, Key::Pattern(_)) => None,
        Write::Slot(at, written) if *at == place => {
            Some(slot_key(entry, &Args::default(), *written))
        }
        _ => None,
    }
}

/// Whether a command needs no more than its dataset.
fn unasked(entry: &Entry) -> bool {
    entry.params.iter().skip(1).all(|param| !param.required())
}

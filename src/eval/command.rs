//! A command: its arguments are bound, what is missing before it is planned, it is planned itself,
//! and its reply is taken in.

pub(super) mod argument_words;
pub(super) mod arguments;
pub(super) mod bare_words;
pub(super) mod cell;
pub(super) mod changed_call;
pub(super) mod dataset_argument;
pub(super) mod doubt;
pub(super) mod drawn_keys;
pub(super) mod empty;
pub(super) mod nested;
pub(super) mod new_folders;
pub(super) mod prerequisites;
pub(super) mod stale;
pub(super) mod states;
pub(super) mod ways;
pub(super) mod written;

use super::{Interpreter, Output};
use crate::command::{Args, Entry, Job, Kind, Reply, Scene, Val};
use crate::data::history::{History, Step, StepKind};
use crate::data::{Axis, Dataset, Lazy, Place, SlotName, Written};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::eval::command::arguments::Bound;
use crate::eval::command::prerequisites::Planned;
use crate::eval::command::ways::applies;
use crate::lang::ast::{Call, Style};
use crate::plan::{self, engine::of_file};
use crate::session::journal::Done;
use crate::source::{Origin, Span};
use std::cell::Cell;
use std::sync::Arc;

/// The dataset that a command was given.
fn given_dataset<'a>(entry: &Entry, args: &'a Args) -> Option<&'a Dataset> {
    match entry.params.first().and_then(|param| args.get(param.name)) {
        Some(Val::Dataset(data, _)) => Some(data),
        _ => None,
    }
}

impl Interpreter<'_> {
    /// Binds, plans what is missing, plans the command, and takes its reply in.
    pub(super) fn command(
        &mut self,
        entry: &'static Entry,
        call: &Call,
        head: Option<Val>,
    ) -> Outcome<Option<Val>> {
        let within = self.running.within;
        let bound = self.bound(entry, call, head)?;
        let mut given = bound.args.given.values();
        if given.any(|given| holds_unknown(&given.value)) {
            self.will_write(entry, &bound.args);
            return Ok(Some(Val::Unknown));
        }
        let subject = bound.subject;
        let name = subject.as_deref();
        // What messages call a dataset without a name.
        let called = name.unwrap_or("adata");
        let mut args = bound.args;
        // What a command among arguments gives is looked at, not kept.
        let quiet = within || call.style == Style::Call && self.running.depth > 0;
        let planned = self.fulfil(entry, &mut args, called)?;
        self.compute_first(entry, &args)?;
        let reply = self.plan(entry, &args)?;
        match reply {
            Reply::Dataset(data, slots) => {
                let data = self.taken_in(entry, &args, name, (data, &slots), planned, quiet)?;
                Ok(Some(Val::Dataset(data, None)))
            }
            Reply::Table(data, table, slots) => {
                let data = self.taken_in(entry, &args, name, (data, &slots), planned, quiet)?;
                Ok(Some(Val::Dataset(data, Some(table))))
            }
            Reply::Value(Val::Unknown) if call.style == Style::Command => {
                if let Some(subject) = &subject {
                    self.unknown_from_now_on(subject);
                }
                Ok(Some(Val::Unknown))
            }
            Reply::Value(value) => {
                self.made(entry, &args, &value);
                Ok(Some(self.timed(value)))
            }
            Reply::Job(job) => {
                self.must_have_cells(entry, &args)?;
                self.say_prerequisites(entry, name, planned);
                self.does(entry, &args, &job);
                self.job(job, args.get(entry.params[0].name).cloned(), call.span)
            }
            Reply::Drawn(data, job) => {
                self.must_have_cells(entry, &args)?;
                self.say_prerequisites(entry, name, planned);
                let data = Val::Dataset(data, None);
                self.does(entry, &args, &job);
                self.session.recolored |= args.get("palette").is_some();
                self.job(job, Some(data), call.span)
            }
            Reply::SessionAction(act) => self.act(act, call.span),
        }
    }

    /// The arguments, in which names mean what they mean anywhere.
    fn bound(&mut self, entry: &'static Entry, call: &Call, head: Option<Val>) -> Outcome<Bound> {
        let contexts = std::mem::take(&mut self.running.contexts);
        let within = std::mem::replace(&mut self.running.within, true);
        let bound = self.arguments(entry, call, head);
        self.running.within = within;
        self.running.contexts = contexts;
        bound
    }

    /// Records a new version, and says what was written.
    fn taken_in(
        &mut self,
        entry: &Entry,
        args: &Args,
        subject: Option<&str>,
        (data, slots): (Dataset, &[SlotName]),
        planned: Planned,
        quiet: bool,
    ) -> Outcome<Arc<Dataset>> {
        self.pick_at_hand(&data)?;
        self.make_columns_at_hand(&data, slots)?;
        self.say_remarks_but(|remark| written::says_how_many(remark, entry.spec.name));
        self.reads_of(entry, args);
        let before = given_dataset(entry, args);
        let line = written::line(before, &data, slots);
        let replaced = before.and_then(|before| written::replaced(before, (entry, args), slots));
        let data = self.recorded(entry, args, data, false, slots);
        self.say_prerequisites(entry, subject, planned);
        if let Some(note) = replaced.filter(|_| !quiet) {
            self.say(Output::Note(*note));
        }
        if let (Some(step), false) = (data.history.last(), quiet) {
            let line = Some(format!("{} → {line}", entry.spec.name));
            let written = written::written(step, subject, slots);
            self.say(Output::Step(Written { line, ..written }));
        }
        Ok(Arc::new(data))
    }

    /// Only the data can tell what columns a dataset has.
    fn unknown_from_now_on(&mut self, subject: &str) {
        if matches!(self.session.get(subject), Some(Val::Dataset(..))) {
            self.session.bind(subject, Val::Unknown);
        }
    }

    /// The files that a command writes of which only the data can tell more.
    fn will_write(&mut self, entry: &Entry, args: &Args) {
        let paths = entry.params.iter().filter(|it| it.kind == Kind::PathOut);
        for param in paths {
            if let Some(Val::Text(path)) = args.get(param.name) {
                self.session.written.insert(path.into(), None);
            }
        }
    }

    /// Computes what must be there before the command is planned.
    fn compute_first(&mut self, entry: &Entry, args: &Args) -> Outcome<()> {
        let Some((when, place)) = entry.spec.computes_first else {
            return Ok(());
        };
        let mut pending = Vec::new();
        for given in args.given.values() {
            datasets_in(&given.value, &mut |data| {
                if applies(when, entry, args, data) {
                    pending.extend(pending_in(data, place));
                }
            });
        }
        if !self.checking && !pending.is_empty() {
            self.engine.values(&pending)?;
        }
        Ok(())
    }

    /// Calls a command's `plan`.
    pub(super) fn plan(&mut self, entry: &Entry, args: &Args) -> Outcome<Reply> {
        let data = entry.params.first().and_then(|param| args.get(param.name));
        let takes_negative = entry.spec.takes_negative(|when| match data {
            Some(Val::Dataset(data, _)) => applies(when, entry, args, data),
            _ => true,
        });
        let mut scene = Scene {
            settings: &self.session.settings,
            source: &self.source,
            args,
            label: entry.brief(args),
            takes_negative,
            checking: self.checking,
            written: &self.session.written,
            notes: Vec::new(),
            older: Default::default(),
            reads_no_cells: Cell::new(false),
        };
        let reply = {
            let settings = &self.session.settings;
            let _statement = plan::key::Statement::begin(
                &entry.statement(args).of(""),
                (settings.seed, settings.memory),
            );
            (entry.plan)(args, &mut scene)
        };
        if scene.reads_no_cells.get() && !self.only_plans() {
            self.refuse_no_cells(entry, args)?;
        }
        let reply = reply.map_err(|error| {
            let error = self.with_groups(entry, args, error);
            let error = self.with_files(entry, args, error);
            let error = self.with_whole_call(entry, args, error);
            self.with_example(entry, error)
        });
        let (notes, older) = (scene.notes, scene.older.into_inner());
        if reply.is_ok() {
            self.warn_older(args, older);
        }
        for note in notes {
            let note = *Box::new(note).in_source(&self.source);
            self.say(Output::Note(note));
        }
        reply
    }

    /// The dataset with the step in its history. What the step wrote is what is not as it was in the dataset
    /// it was given; where that became another dataset, it is the `slots` that the command names.
    pub(super) fn recorded(
        &mut self,
        entry: &Entry,
        args: &Args,
        mut data: Dataset,
        planned: bool,
        slots: &[SlotName],
    ) -> Dataset {
        let before = given_dataset(entry, args);
        let writes = match before {
            Some(before) if !entry.spec.writes.is_empty() => data.written_since(before),
            _ => slots.iter().map(SlotName::to_string).collect(),
        };
        let statement = entry.statement(args);
        self.session.planned = true;
        self.running.doing.step(Done {
            command: entry.spec.name.to_owned(),
            statement: Some(statement.clone()),
            planned,
            table: false,
            changes: before.and_then(|before| data.slots_changed_since(before)),
        });
        data.history = data.history.and(Step {
            number: 0,
            kind: StepKind::command(entry.spec.name),
            statement,
            planned,
            writes,
            at: self.now(),
        });
        data
    }

    /// A dataset that was read now: when its first step was asked for.
    fn timed(&self, value: Val) -> Val {
        let Val::Dataset(data, None) = &value else {
            return value;
        };
        let first = data.history.last();
        match (self.now(), first) {
            (Some(now), Some(step)) if step.number == 1 && step.at.is_none() => {
                let at = Some(now);
                let step = Step { at, ..step.clone() };
                let mut data = Dataset::clone(data);
                data.history = History::default().and(step);
                Val::Dataset(Arc::new(data), None)
            }
            _ => value,
        }
    }

    fn say_prerequisites(&mut self, entry: &Entry, subject: Option<&str>, planned: Planned) {
        if let Some(line) = planned.line(entry) {
            self.say(Output::Note(*Diagnostic::note(line)));
        }
        for written in planned.written {
            self.say(Output::Step(Written {
                asked_by: Some(entry.spec.name),
                dataset: subject.map(str::to_owned),
                ..written
            }));
        }
    }

    /// Work that leaves the session: done now, or only noted while checking.
    fn job(&mut self, job: Job, first: Option<Val>, span: Span) -> Outcome<Option<Val>> {
        let writes = job.writes.as_ref().map(|(path, _)| path.clone());
        let is_value = self.running.figure_is_value && job.writes.is_none();
        if is_value && self.checking {
            return Ok(Some(Val::Figure(Arc::default())));
        }
        if let Some((path, dataset)) = job.writes {
            self.session.written.insert(path, dataset);
        }
        if self.only_plans() {
            return Ok(first
                .filter(|value| matches!(value, Val::Dataset(..)))
                .or(Some(Val::None)));
        }
        self.session.asked = true;
        self.session.planned = false;
        let values = self.engine.values(&job.needs)?;
        let folders = writes.as_deref().map(|path| self.new_folders(path, span));
        let folders = folders.transpose()?;
        let mut value = (job.finish)(&values, self.engine)?;
        if let (Val::Figure(figure), Some(file)) = (&value, &job.figure) {
            let origin = Origin::new(&self.source, span);
            let painted = (self.painter)(figure, file);
            let note = painted.map_err(|error| of_file(error).at(&origin))?;
            if let Some(note) = note {
                self.say(Output::Note(*note));
            }
            value = Val::None;
        }
        self.say_remarks();
        if let Some(said) = job.said {
            let said = match folders {
                Some(folders) => folders.keep(said),
                None => said,
            };
            self.say(Output::Done(said, writes));
        }
        match value {
            figure @ Val::Figure(_) if is_value => Ok(Some(figure)),
            Val::None => Ok(first.filter(|value| matches!(value, Val::Dataset(..)))),
            value => {
                self.show_value(value);
                Ok(first.filter(|value| matches!(value, Val::Dataset(..))))
            }
        }
    }
}

fn datasets_in(value: &Val, see: &mut dyn FnMut(&Dataset)) {
    match value {
        Val::Dataset(data, _) => see(data),
        Val::List(items) => items.iter().for_each(|item| datasets_in(item, see)),
        Val::Record(fields) => fields.iter().for_each(|(_, item)| datasets_in(item, see)),
        _ => {}
    }
}

/// The columns of a place that are still to be computed, and which rows they have.
fn pending_in(data: &Dataset, place: Place) -> Vec<Lazy> {
    let selections = |axis: &Axis| axis.selections_from(&axis.outermost()).unwrap_or_default();
    let mut pending: Vec<Lazy> = data.axis(place).map(selections).unwrap_or_default();
    for slot in data
        .slots(place)
        .into_iter()
        .flat_map(|slots| slots.values())
    {
        pending.push(slot.value.clone());
        pending.extend(slot.rows.iter().flat_map(selections));
    }
    pending.retain(Lazy::is_pending);
    pending
}

fn holds_unknown(value: &Val) -> bool {
    match value {
        Val::Unknown => true,
        Val::List(items) => items.iter().any(holds_unknown),
        Val::Record(fields) => fields.iter().any(|(_, value)| holds_unknown(value)),
        _ => false,
    }
}

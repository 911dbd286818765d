//! A command: its arguments are bound, what is missing before it is planned, it is planned itself,
//! and its reply is taken in.

use super::needs::Planned;
use super::ways::applies;
use super::{Interpreter, Said};
use crate::command::{Args, Entry, Job, Reply, Scene, Val};
use crate::data::Dataset;
use crate::data::history::Step;
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::lang::ast::{Call, Style};
use crate::plan::engine::of_file;
use crate::source::{Origin, Span};
use std::path::Path;
use std::sync::Arc;

impl Interpreter<'_> {
    /// Binds, plans what is missing, plans the command, and takes its reply in.
    pub(super) fn command(
        &mut self,
        entry: &'static Entry,
        call: &Call,
        head: Option<Val>,
    ) -> Outcome<Option<Val>> {
        let contexts = std::mem::take(&mut self.contexts);
        let bound = self.arguments(entry, call, head);
        self.contexts = contexts;
        let bound = bound?;
        if bound
            .args
            .given
            .values()
            .any(|given| holds_unknown(&given.value))
        {
            return Ok(Some(Val::Unknown));
        }
        let subject = bound.subject.unwrap_or_else(|| "{}".to_owned());
        let mut args = bound.args;
        let quiet = call.style == Style::Call && self.depth > 0;
        let planned = self.fulfil(entry, &mut args, &subject)?;
        let reply = self.plan(entry, &args)?;
        match reply {
            Reply::Dataset(data, said) => {
                let data = self.recorded(entry, &args, data, false, &said);
                self.say_planned(entry, &planned, &said, quiet);
                Ok(Some(Val::Dataset(Arc::new(data), None)))
            }
            Reply::Table(data, table, said) => {
                let data = self.recorded(entry, &args, data, false, &said);
                self.say_planned(entry, &planned, &said, quiet);
                Ok(Some(Val::Dataset(Arc::new(data), Some(table))))
            }
            Reply::Value(value) => Ok(Some(value)),
            Reply::Job(job) => {
                self.say_prerequisites(entry, &planned);
                self.job(job, args.get(entry.params[0].name).cloned(), call.span)
            }
            Reply::Drawn(data, job) => {
                self.say_prerequisites(entry, &planned);
                let data = Val::Dataset(data, None);
                self.job(job, Some(data), call.span)
            }
            Reply::Act(act) => self.act(act, call.span),
        }
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
        };
        let reply = (entry.plan)(args, &mut scene);
        let notes = scene.notes;
        for note in notes {
            let note = *Box::new(note).in_source(&self.source);
            self.say(Said::Note(note));
        }
        reply
    }

    /// The dataset with the step in its history. What the step wrote is what is not as it was in the dataset
    /// it was given; `said` stands for what became another dataset.
    pub(super) fn recorded(
        &self,
        entry: &Entry,
        args: &Args,
        mut data: Dataset,
        planned: bool,
        said: &str,
    ) -> Dataset {
        let first = entry.params.first().and_then(|param| args.get(param.name));
        let writes = match first {
            Some(Val::Dataset(before, _)) if !entry.spec.writes.is_empty() => {
                data.written_since(before)
            }
            _ => vec![said.to_owned()],
        };
        data.history = data.history.and(Step {
            number: 0,
            command: entry.spec.name.to_owned(),
            // The dataset's name is filled in when the history is shown: versions have no name.
            statement: entry.statement(args, "{}"),
            planned,
            writes,
            cite: entry.spec.cite,
        });
        data
    }

    fn say_prerequisites(&mut self, entry: &Entry, planned: &Planned) {
        if let Some(line) = planned.line(entry) {
            self.say(Said::Note(*Diagnostic::note(line)));
        }
    }

    fn say_planned(&mut self, entry: &Entry, planned: &Planned, said: &str, quiet: bool) {
        self.say_prerequisites(entry, planned);
        if !quiet {
            self.say(Said::Status(format!("{} → {said}", entry.spec.name)));
        }
    }

    /// Work that leaves the session: done now, or only noted while checking.
    fn job(&mut self, job: Job, first: Option<Val>, span: Span) -> Outcome<Option<Val>> {
        let writes = job.writes.as_ref().map(|(path, _)| path.clone());
        let is_value = self.figure_is_value && job.writes.is_none();
        if is_value && self.checking {
            return Ok(Some(Val::Figure(Arc::default())));
        }
        if let Some((path, dataset)) = job.writes {
            self.session.written.insert(path, dataset);
        }
        if self.checking {
            return Ok(first
                .filter(|value| matches!(value, Val::Dataset(..)))
                .or(Some(Val::None)));
        }
        if let Some(folder) = writes.as_deref().and_then(Path::parent) {
            std::fs::create_dir_all(folder).map_err(|error| {
                self.error(
                    code::NOT_WRITABLE,
                    format!("cannot create the folder {}", folder.display()),
                    span,
                    error.to_string(),
                )
            })?;
        }
        self.session.asked = true;
        let values = self.engine.values(&job.needs)?;
        let mut value = (job.finish)(&values, self.engine)?;
        if let (Val::Figure(figure), Some(file)) = (&value, &job.figure) {
            let origin = Origin::new(&self.source, span);
            (self.painter)(figure, file).map_err(|error| of_file(error).at(&origin))?;
            value = Val::None;
        }
        if let Some(said) = job.said {
            self.say(Said::Done(said));
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

fn holds_unknown(value: &Val) -> bool {
    match value {
        Val::Unknown => true,
        Val::List(items) => items.iter().any(holds_unknown),
        Val::Record(fields) => fields.iter().any(|(_, value)| holds_unknown(value)),
        _ => false,
    }
}

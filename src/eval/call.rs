//! Calls: functions of the script, commands, functions on values; and pipelines of them.

use super::{Flow, Interpreter, Said};
use crate::command::{Args, Entry, Reply, Scene, Val, scanpy};
use crate::data::history::Step;
use crate::data::{Dataset, Lazy};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::lang::ast::{Call, Expr, ExprKind, Name, Style};
use crate::session::Function;
use crate::source::Span;
use std::sync::Arc;

const MAX_DEPTH: usize = 100;

impl Interpreter<'_> {
    pub(super) fn callable(&self, name: &str) -> bool {
        self.session.functions.contains_key(name) || self.registry.get(name).is_some()
    }

    /// A command without arguments: `undo`.
    pub(super) fn call_bare(&mut self, name: &Name) -> Outcome<Val> {
        let call = Call {
            span: name.span,
            callee: Box::new(Expr {
                span: name.span,
                kind: ExprKind::Name(name.clone()),
            }),
            args: Vec::new(),
            style: Style::Command,
        };
        self.call_value(&call)
    }

    pub(super) fn call_value(&mut self, call: &Call) -> Outcome<Val> {
        self.call(call, None)
            .map(|value| value.unwrap_or(Val::None))
    }

    /// The value of an expression that stands as a statement; `None` if it was an act.
    pub(super) fn statement_value(&mut self, expr: &Expr) -> Outcome<Option<Val>> {
        match &expr.kind {
            ExprKind::Call(call) => self.call(call, None),
            ExprKind::Name(name)
                if self.session.get(&name.text).is_none() && self.callable(&name.text) =>
            {
                let value = self.call_bare(name)?;
                Ok(Some(value).filter(|value| !matches!(value, Val::None)))
            }
            _ => self
                .expr(expr)
                .map(Some)
                .map(|value| value.filter(|value| !matches!(value, Val::None))),
        }
    }

    pub(super) fn stages(&mut self, head: Val, stages: &[Call]) -> Outcome<Val> {
        let mut value = head;
        for stage in stages {
            value = self.call(stage, Some(value))?.unwrap_or(Val::None);
        }
        Ok(value)
    }

    fn call(&mut self, call: &Call, head: Option<Val>) -> Outcome<Option<Val>> {
        let Some(name) = call.name() else {
            return self.call_path(call, head);
        };
        if let Some(function) = self.session.functions.get(&name.text).cloned() {
            return self.call_function(&function, call, head).map(Some);
        }
        // On values these are functions, on datasets commands: log1p(total_counts), log1p adata.
        if call.style == Style::Call
            && super::functions::known(&name.text)
            && let Some(value) = self.value_function(name, call, head.as_ref())?
        {
            return Ok(Some(value));
        }
        match self.registry.get(&name.text) {
            Some(entry) => self.command(entry, call, head),
            None => Err(self.no_command(name)),
        }
    }

    fn no_command(&self, name: &Name) -> Box<Diagnostic> {
        if let Some(entry) = self.registry.like(&name.text) {
            return self
                .error(
                    "E039",
                    format!("no command `{}`", name.text),
                    name.span,
                    "is another tool's name for it",
                )
                .help(format!(
                    "`{}` does that: help {}",
                    entry.spec.name, entry.spec.name
                ))
                .fix(name.span, entry.spec.name);
        }
        self.unknown_name(name, "E030", format!("no command `{}`", name.text))
    }

    /// `lab.standard(adata)`, or another tool's way of calling: `sc.tl.leiden(adata)`.
    fn call_path(&mut self, call: &Call, head: Option<Val>) -> Outcome<Option<Val>> {
        let path = call.callee.span.text(&self.source.text).to_owned();
        if let Some(function) = self.session.functions.get(&path).cloned() {
            return self.call_function(&function, call, head).map(Some);
        }
        if path.contains('.')
            && path
                .chars()
                .all(|c| c.is_alphanumeric() || c == '.' || c == '_')
        {
            return Err(self.foreign(&path, Some(call), call.span));
        }
        Err(self.error(
            "E040",
            "this cannot be called",
            call.callee.span,
            "is no function and no command",
        ))
    }

    pub(super) fn foreign_call(&self, path: &str, span: Span) -> Box<Diagnostic> {
        self.foreign(path, None, span)
    }

    /// Another tool's spelling, answered with ours.
    fn foreign(&self, path: &str, call: Option<&Call>, span: Span) -> Box<Diagnostic> {
        let diagnostic = self.error("E041", "this is Scanpy's way of calling it", span, "");
        let last = path.rsplit('.').next().unwrap_or(path);
        let Some(entry) = self.registry.like(path).or_else(|| self.registry.get(last)) else {
            if let Some(answer) = scanpy::answer(self.registry, path) {
                return diagnostic.help(answer);
            }
            let near = crate::command::suggest::did_you_mean(last, self.registry.names());
            let headline = format!("no command `{path}`");
            let diagnostic = self.error("E041", headline, span, "is not a name of sca's");
            return match near {
                Some(near) => diagnostic.help(near),
                None => diagnostic.help("help scanpy lists what does what"),
            };
        };
        let mut line = entry.spec.name.to_owned();
        for arg in call.into_iter().flat_map(|call| &call.args) {
            let value = arg.value.span.text(&self.source.text);
            match &arg.name {
                Some(name) => {
                    if let Some(param) = entry.param(&name.text) {
                        line += &format!(" {}={value}", param.name);
                    }
                }
                None => line += &format!(" {value}"),
            }
        }
        diagnostic.help(line.clone()).fix(span, line)
    }

    fn call_function(
        &mut self,
        function: &Arc<Function>,
        call: &Call,
        head: Option<Val>,
    ) -> Outcome<Val> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error(
                "E052",
                "functions call each other without an end",
                call.span,
                "called more than 100 deep",
            ));
        }
        let mut inside = self.session.inside();
        let mut positional: Vec<Val> = head.into_iter().collect();
        let mut named: Vec<(&Name, Val)> = Vec::new();
        for arg in &call.args {
            let value = self.expr(&arg.value)?;
            match &arg.name {
                None => positional.push(value),
                Some(name) => named.push((name, value)),
            }
        }
        if positional.len() > function.formals.len() {
            return Err(self.error(
                "E053",
                format!("this takes {} arguments", function.formals.len()),
                call.span,
                format!("{} are given", positional.len()),
            ));
        }
        if let Some((name, _)) = named.iter().find(|(name, _)| {
            !function
                .formals
                .iter()
                .any(|formal| formal.name.text == name.text)
        }) {
            let known = function
                .formals
                .iter()
                .map(|formal| formal.name.text.clone());
            return Err(self
                .error(
                    "E060",
                    format!("no parameter `{}`", name.text),
                    name.span,
                    "is not one of its parameters",
                )
                .help(crate::command::suggest::nearest_or_list(
                    &name.text, known, "it",
                )));
        }
        let outer_source = std::mem::replace(&mut self.source, function.source.clone());
        let contexts = std::mem::take(&mut self.contexts);
        let mut positional = positional.into_iter();
        for formal in &function.formals {
            let given = positional.next().or_else(|| {
                named
                    .iter()
                    .find(|(name, _)| name.text == formal.name.text)
                    .map(|(_, value)| value.clone())
            });
            let value = match (given, &formal.default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.expr(default)?,
                (None, None) => {
                    self.source = outer_source;
                    return Err(self.error(
                        "E062",
                        format!("`{}` is missing", formal.name.text),
                        call.span,
                        "needs a value",
                    ));
                }
            };
            inside.bind_local(&formal.name.text, value);
        }
        let outside = std::mem::replace(&mut self.session, inside);
        self.depth += 1;
        let flow = self.block(&function.body);
        self.depth -= 1;
        let inside = std::mem::replace(&mut self.session, outside);
        self.session.written = inside.written;
        self.source = outer_source;
        self.contexts = contexts;
        match flow? {
            Flow::Return(value) => Ok(value),
            Flow::Next => Ok(Val::None),
        }
    }

    /// Binds, plans what is missing, plans the command, and takes its reply in.
    fn command(
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
        // The dataset's name is filled in when the history is shown: versions have no name.
        let typed = entry.statement(&args, "{}");
        match reply {
            Reply::Dataset(data, said) => {
                let data = self.recorded(entry, data, typed, false, &said);
                self.say_planned(entry, &planned, &said, quiet);
                Ok(Some(Val::Dataset(Arc::new(data), None)))
            }
            Reply::Table(data, table, said) => {
                let data = self.recorded(entry, data, typed, false, &said);
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
        let mut scene = Scene {
            settings: &self.session.settings,
            source: &self.source,
            args,
            label: entry.brief(args),
            takes_negative: entry.spec.takes_negative(),
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

    pub(super) fn recorded(
        &self,
        entry: &Entry,
        mut data: Dataset,
        statement: String,
        planned: bool,
        said: &str,
    ) -> Dataset {
        data.history = data.history.and(Step {
            number: 0,
            command: entry.spec.name.to_owned(),
            statement,
            planned,
            writes: vec![said.to_owned()],
            cite: entry.spec.cite,
        });
        data
    }

    fn say_prerequisites(&mut self, entry: &Entry, planned: &super::needs::Planned) {
        if let Some(line) = planned.line(entry) {
            self.say(Said::Note(*Diagnostic::note(line)));
        }
    }

    fn say_planned(
        &mut self,
        entry: &Entry,
        planned: &super::needs::Planned,
        said: &str,
        quiet: bool,
    ) {
        self.say_prerequisites(entry, planned);
        if !quiet {
            self.say(Said::Status(format!("{} → {said}", entry.spec.name)));
        }
    }

    /// Work that leaves the session: done now, or only noted while checking.
    fn job(
        &mut self,
        job: crate::command::Job,
        first: Option<Val>,
        span: Span,
    ) -> Outcome<Option<Val>> {
        let writes = job.writes.as_ref().map(|(path, _)| path.clone());
        if let Some((path, dataset)) = job.writes {
            self.session.written.insert(path, dataset);
        }
        if self.checking {
            return Ok(first
                .filter(|value| matches!(value, Val::Dataset(..)))
                .or(Some(Val::None)));
        }
        if let Some(folder) = writes.as_deref().and_then(std::path::Path::parent) {
            std::fs::create_dir_all(folder).map_err(|error| {
                self.error(
                    "E203",
                    format!("the folder {} cannot be made", folder.display()),
                    span,
                    error.to_string(),
                )
            })?;
        }
        let targets: Vec<Lazy> = job.targets;
        let values = self.engine.values(&targets)?;
        let mut value = (job.finish)(&values, self.engine)?;
        if let (Val::Figure(figure), Some(file)) = (&value, &job.figure) {
            let origin = crate::source::Origin::new(&self.source, span);
            (self.painter)(figure, file)
                .map_err(|error| crate::plan::engine::of_file(error).at(&origin))?;
            value = Val::None;
        }
        if let Some(said) = job.said {
            self.say(Said::Done(said));
        }
        match value {
            Val::None => Ok(first.filter(|value| matches!(value, Val::Dataset(..)))),
            value => {
                self.say(Said::Value(None, value));
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

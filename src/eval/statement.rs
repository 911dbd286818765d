//! Statements: assignments, blocks, functions, parameters, imports.

use super::{Flow, Interpreter, Output};
use crate::command::{Kind, Val};
use crate::data::Value;
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::lang::ast::{Block, Call, Expr, ExprKind, Name, Statement, StatementKind, Text};
use crate::plan::engine::stopped;
use crate::session::{Function, Last, names_last};
use crate::source::{Source, Span, text_of};
use std::sync::Arc;

impl Interpreter<'_> {
    pub(super) fn statement(&mut self, statement: &Statement) -> Outcome<Flow> {
        self.engine.ticker.check().map_err(|_| stopped())?;
        self.running.looked_at += 1;
        match &statement.kind {
            StatementKind::Param { name, default, .. } => self.param(name, default.as_ref())?,
            StatementKind::Use { path, alias } => self.import(path, alias.as_ref())?,
            StatementKind::Def {
                name,
                formals,
                body,
            } => {
                let function = Function {
                    formals: formals.clone(),
                    body: body.clone(),
                    source: self.source.clone(),
                };
                if self.registry.get(&name.text).is_some() {
                    let headline = format!("`{}` hides the command of that name", name.text);
                    let warning = Diagnostic::warning(code::HIDDEN_COMMAND, headline)
                        .label(name.span, "the name now refers to this function")
                        .in_source(&self.source);
                    self.say(Output::Note(*warning));
                }
                self.session.define(name.text.clone(), Arc::new(function));
            }
            StatementKind::For { name, list, body } => return self.repeat(name, list, body),
            StatementKind::If {
                branches,
                otherwise,
            } => {
                return self.branch(branches, otherwise.as_ref());
            }
            StatementKind::Return(value) => {
                let value = value.as_ref().map(|value| self.expr(value)).transpose()?;
                return Ok(Flow::Return(value.unwrap_or(Val::None)));
            }
            StatementKind::Assign { target, value } => self.assign(target, value)?,
            StatementKind::Expr(expr) => self.expression_statement(expr)?,
            StatementKind::Resume(stages) => self.resume(stages, statement.span)?,
        }
        Ok(Flow::Next)
    }

    pub(super) fn block(&mut self, block: &Block) -> Outcome<Flow> {
        for statement in &block.statements {
            if let Flow::Return(value) = self.statement(statement)? {
                return Ok(Flow::Return(value));
            }
        }
        Ok(Flow::Next)
    }

    /// A command, a pipeline or a value. What starts from a variable's dataset moves it on.
    fn expression_statement(&mut self, expr: &Expr) -> Outcome<()> {
        let subject = subject(expr)
            .filter(|name| matches!(self.session.get(&name.text), Some(Val::Dataset(..))))
            .map(|name| name.text.clone());
        let value = self.statement_value(expr)?;
        let name = expr
            .bare_name()
            .filter(|name| self.session.get(&name.text).is_some())
            .map(|name| name.text.clone());
        match (value, subject) {
            (None, _) => {}
            (Some(Val::Dataset(data, table)), Some(subject)) if !is_plain(expr) => {
                // The table is the last value; the variable holds the dataset. One that was assigned
                // with its table keeps it as long as the dataset is the same.
                let kept = matches!(self.session.get(&subject),
                    Some(Val::Dataset(held, Some(_))) if Arc::ptr_eq(held, &data));
                if !kept {
                    let moved = Val::Dataset(data.clone(), None);
                    self.session.bind(&subject, moved);
                }
                self.remember(Val::Dataset(data, table), Some(subject));
            }
            (Some(value), _) => {
                if !is_last(expr, &self.session) {
                    self.remember(value.clone(), name.clone());
                }
                match &value {
                    // A dataset that no variable holds.
                    Val::Dataset(data, None) if self.makes_a_dataset(expr) => {
                        let line = crate::eval::parts::sizes::dataset_line(data);
                        let note = Diagnostic::note("the dataset has no name yet");
                        self.say(Output::Note(*note.help("adata = last")));
                        self.say(Output::Status(format!("last: {line}")));
                    }
                    Val::Dataset(..) if acts_or_commands(expr).is_some() => {}
                    _ => {
                        self.look_at_hand(&value)?;
                        self.say(Output::Value(name, value));
                    }
                }
            }
        }
        self.eager()
    }

    /// Whether an expression is a command that makes a dataset of something else: `demo`, `read`.
    fn makes_a_dataset(&self, expr: &Expr) -> bool {
        let name = match &expr.kind {
            ExprKind::Call(call) => call.name(),
            _ => expr.bare_name(),
        };
        let entry = name.and_then(|name| self.registry.get(&name.text));
        entry.is_some_and(|entry| !entry.takes_dataset())
    }

    pub(super) fn remember(&mut self, value: Val, name: Option<String>) {
        if let (Val::Dataset(..), Some(name)) = (&value, &name)
            && matches!(self.session.get(name), Some(Val::Dataset(_, None)))
        {
            self.session.at_hand = Some(name.clone());
            // What the statement has shown, a figure or a table, stays the last value.
            if self.running.shown {
                return;
            }
        }
        if !matches!(value, Val::None) {
            self.session.leave(value, name);
        }
    }

    /// With `set lazy=off` everything pending is computed after each statement.
    fn eager(&mut self) -> Outcome<()> {
        if self.session.settings.lazy || self.checking {
            return Ok(());
        }
        match self.session.last.clone().map(|last| last.value) {
            Some(value @ Val::Dataset(..)) => self.force_all(&value),
            _ => Ok(()),
        }
    }

    fn assign(&mut self, target: &[Name], value: &Expr) -> Outcome<()> {
        match target {
            [name] => {
                let copied = value.bare_name().map(|name| name.text.clone());
                let span = value.span;
                let before = self.running.reads.len();
                let value = self.expr(value)?;
                self.session.bind(&name.text, value.clone());
                if !matches!(value, Val::Dataset(..)) {
                    let read = &self.running.reads[before..];
                    self.session.note_made_of(&name.text, read);
                }
                self.say_bound(&name.text, &value);
                self.warn_of_nothing(name, span, &value);
                // A copy is set aside: what was worked on is gone on with.
                let original = copied.filter(|_| matches!(value, Val::Dataset(_, None)));
                self.remember(value, Some(original.unwrap_or_else(|| name.text.clone())));
                self.eager()
            }
            [name, rest @ ..] => self.assign_slot(name, rest, value),
            [] => Ok(()),
        }
    }

    fn say_bound(&mut self, name: &str, value: &Val) {
        if let Val::Dataset(data, None) = value {
            let text = crate::eval::parts::sizes::dataset_line(data);
            self.say(Output::Status(format!("{name}: {text}")));
        }
        let table = match value {
            Val::Table(table) => table.get().and_then(Value::table),
            _ => None,
        };
        if let Some(table) = table {
            let text = crate::eval::parts::sizes::table_line(table);
            self.say(Output::Status(format!("{name}: {text}")));
        }
    }

    fn resume(&mut self, stages: &[Call], span: Span) -> Outcome<()> {
        let Some((it, name)) = self.resumed(stages) else {
            return Err(self
                .error(
                    code::NO_LAST_RESULT,
                    "there is no result to continue from",
                    span,
                    "has nothing to continue from",
                )
                .help("start with a dataset: adata | leiden res=0.6"));
        };
        self.running.doing.resumed = Some(name.clone().unwrap_or_else(|| "it".to_owned()));
        let value = self.stages(it, stages)?;
        if let (Some(name), Val::Dataset(data, _)) = (&name, &value) {
            self.session.bind(name, Val::Dataset(data.clone(), None));
        } else {
            self.say(Output::Value(None, value.clone()));
        }
        self.remember(value, name);
        self.eager()
    }

    /// What `| command` goes on from, and the variable it came from: the last value, or the
    /// dataset at hand for a command that takes one.
    fn resumed(&self, stages: &[Call]) -> Option<(Val, Option<String>)> {
        let first = stages.first().and_then(Call::name)?;
        let on_dataset = !self.session.functions.contains_key(&first.text)
            && self
                .registry
                .get(&first.text)
                .is_some_and(|entry| entry.takes_dataset());
        let last = self.session.last.clone();
        let goes_on =
            |last: &Last| !on_dataset || matches!(last.value, Val::Dataset(..) | Val::Unknown);
        match (last, self.session.current()) {
            (Some(last), _) if goes_on(&last) => Some((last.value, last.name)),
            (_, Some((name, data))) => {
                Some((Val::Dataset(data.clone(), None), Some(name.to_owned())))
            }
            (last, None) => Some((last?.value, None)),
        }
    }

    fn param(&mut self, name: &Name, default: Option<&Expr>) -> Outcome<()> {
        if self.session.get(&name.text).is_some() {
            return Ok(());
        }
        let value = match (self.session.params.get(&name.text).cloned(), default) {
            (Some(text), default) => {
                let sample = default.map(|default| self.expr(default)).transpose()?;
                param_value(&text, sample.as_ref()).ok_or_else(|| {
                    self.error(
                        code::WRONG_SCRIPT_PARAMETER,
                        format!(
                            "--{} needs a {}, not `{text}`",
                            name.text.replace('_', "-"),
                            sample.map_or("text", |sample| sample.type_word())
                        ),
                        name.span,
                        "its default has another type",
                    )
                })?
            }
            (None, Some(default)) => self.expr(default)?,
            (None, None) if self.checking => Val::Unknown,
            (None, None) => {
                return Err(self
                    .error(
                        code::MISSING_SCRIPT_PARAMETER,
                        format!("parameter `{}` has no value", name.text),
                        name.span,
                        "is required",
                    )
                    .help(format!("sca run {} --{} …", self.source.name, name.text)));
            }
        };
        self.session.bind_local(&name.text, value);
        Ok(())
    }

    /// Definitions of another file; nothing in it runs.
    fn import(&mut self, path: &Text, alias: Option<&Name>) -> Outcome<()> {
        let file = self.text(path)?;
        let folder = std::path::Path::new(&self.source.name)
            .parent()
            .map(|folder| folder.join(&file));
        let found = folder
            .filter(|path| path.exists())
            .unwrap_or_else(|| file.clone().into());
        let text = std::fs::File::open(&found)
            .and_then(text_of)
            .map_err(|error| {
                self.error(
                    code::UNREADABLE_DEFINITIONS,
                    format!("{file} cannot be read"),
                    path.span,
                    error.to_string(),
                )
            })?;
        self.files.note(Kind::PathIn, &file);
        let source = Source::new(found.display().to_string(), text);
        let parsed = crate::lang::parse(&source);
        if let Some(diagnostic) = parsed.diagnostics.into_iter().next() {
            return Err(Box::new(diagnostic).in_source(&source));
        }
        for statement in parsed.statements {
            if let StatementKind::Def {
                name,
                formals,
                body,
            } = statement.kind
            {
                let known = alias.map_or(name.text.clone(), |alias| {
                    format!("{}.{}", alias.text, name.text)
                });
                let source = source.clone();
                let function = Function {
                    formals,
                    body,
                    source,
                };
                self.session.define(known, Arc::new(function));
            }
        }
        Ok(())
    }

    /// After a statement that is wrong, what it would have bound is unknown: later lines are
    /// checked without errors that only follow from this one.
    pub(super) fn assume(&mut self, statement: &Statement) {
        let name = match &statement.kind {
            StatementKind::Assign { target, .. } => target.first(),
            StatementKind::Expr(expr) => subject(expr),
            StatementKind::Param { name, .. } => Some(name),
            _ => None,
        };
        let Some(name) = name else {
            return;
        };
        let is_dataset = matches!(self.session.get(&name.text), Some(Val::Dataset(..)));
        if !is_dataset || is_assign(statement) {
            self.session.bind_local(&name.text, Val::Unknown);
        }
    }
}

fn is_assign(statement: &Statement) -> bool {
    matches!(&statement.kind, StatementKind::Assign { target, .. } if target.len() == 1)
}

/// The variable that a statement starts from: the first argument or the head of a pipeline.
pub(super) fn subject(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Call(call) => call
            .positional()
            .next()
            .and_then(|arg| arg.value.bare_name()),
        ExprKind::Pipe { head, .. } => subject(head),
        _ => None,
    }
}

/// `last` and `it`: shown once more, they are what they were.
fn is_last(expr: &Expr, session: &crate::session::Session) -> bool {
    expr.bare_name()
        .is_some_and(|name| names_last(&name.text) && session.get(&name.text).is_none())
}

/// A name that is alone: it is printed, not moved on.
fn is_plain(expr: &Expr) -> bool {
    expr.bare_name().is_some()
}

fn acts_or_commands(expr: &Expr) -> Option<()> {
    matches!(expr.kind, ExprKind::Call(_) | ExprKind::Pipe { .. }).then_some(())
}

/// A parameter from the command line, as the type of its default.
fn param_value(text: &str, sample: Option<&Val>) -> Option<Val> {
    match sample {
        Some(Val::Number(_)) => {
            let number = text.parse().ok().filter(|number: &f64| number.is_finite());
            number.map(Val::Number)
        }
        Some(Val::Bool(_)) => text.parse().ok().map(Val::Bool),
        // As the items of the default are.
        Some(Val::List(items)) => {
            let items = text
                .split(',')
                .map(|item| param_value(item.trim(), items.first()));
            items.collect::<Option<_>>().map(Val::List)
        }
        _ => Some(Val::text(text)),
    }
}

//! What only the session can do: undo, compute, explain, settings, history, help.

use super::force::targets;
use super::sizes::dataset_line;
use super::{Interpreter, Said};
use crate::command::{Act, Val, help, past, suggest};
use crate::data::{Column, Dataset, Names, NumberType, Place, Table};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::plan::{Frame, schedule};
use crate::session::settings;
use crate::source::Span;
use std::path::PathBuf;
use std::sync::Arc;

impl Interpreter<'_> {
    pub(super) fn act(&mut self, act: Act, span: Span) -> Outcome<Option<Val>> {
        match act {
            Act::Compute(value) => return self.compute(value, span),
            Act::Explain(value) => self.explain(&value, span)?,
            Act::Profile(value) => {
                if !self.checking {
                    // A table that came with the dataset is not shown, so it is not made.
                    let value = match value {
                        Val::Dataset(data, Some(_)) => Val::Dataset(data, None),
                        other => other,
                    };
                    let reports = self.engine.run(&targets(&value))?;
                    self.say(Said::Profile(reports));
                }
            }
            Act::Show(value) => {
                self.say(Said::Value(None, value.clone()));
                return Ok(None);
            }
            Act::Type(value) => self.say(Said::Text(value.type_word().to_owned())),
            Act::Undo(name) => self.moved(name, span, "undo")?,
            Act::Redo(name) => self.moved(name, span, "redo")?,
            Act::Restore(name, step) => {
                if !self.session.restore(&name, step) {
                    return Err(self
                        .error(
                            "E055",
                            format!("{name} was never at step {step}"),
                            span,
                            "no such version",
                        )
                        .help(format!("history {name} lists its steps")));
                }
                self.say(Said::Status(format!("{name} is back at step {step}")));
            }
            Act::History(name) => self.history(name, span)?,
            Act::Script(path) => {
                let script = self.script();
                self.text_out(script, Said::Script, path, span)?;
            }
            Act::Methods(path) => {
                let methods = self.methods(span)?;
                self.text_out(methods, Said::Text, path, span)?;
            }
            Act::Set(pairs) => self.set(pairs, span)?,
            Act::Help(topic) => self.help(topic, span)?,
            Act::Last => self.last()?,
            Act::Forget(name) => self.session.forget(&name),
            Act::Exit => self.leaving = true,
        }
        Ok(None)
    }

    fn compute(&mut self, value: Val, span: Span) -> Outcome<Option<Val>> {
        if self.checking {
            return Ok(None);
        }
        self.force_all(&value)?;
        let shown = match &value {
            Val::Part(data, place @ (Place::Obs | Place::Var)) => {
                let frame = Frame::new(data, *place);
                let values = self.engine.values(&frame.targets)?;
                Val::table(frame.table(&values))
            }
            Val::Dataset(_, Some(table)) => Val::Table(table.clone()),
            Val::Matrix(data, name, matrix) => self.corner(data, name, matrix, span)?,
            other => self.settled(other.clone())?,
        };
        self.say(Said::Value(None, shown));
        Ok(None)
    }

    fn explain(&mut self, value: &Val, span: Span) -> Outcome<()> {
        let Val::Dataset(..) = value else {
            return Err(self.error(
                "E066",
                "this is no dataset",
                span,
                "explain shows the plan of a dataset",
            ));
        };
        let plan = schedule(&targets(value));
        let cost = self.engine.cost(&plan);
        let budget = self.engine.budget();
        self.say(Said::Plan(plan, cost, budget));
        Ok(())
    }

    fn moved(&mut self, name: Option<String>, span: Span, what: &str) -> Outcome<()> {
        if let Some(name) = &name
            && self.session.get(name).is_none()
            && what == "undo"
        {
            let known = self
                .session
                .vars()
                .map(|(name, _)| name.clone())
                .collect::<Vec<_>>();
            return Err(self
                .error(
                    "E030",
                    format!("no variable `{name}`"),
                    span,
                    "is not bound",
                )
                .help(suggest::nearest_or_list(name, known, "the session")));
        }
        let moved = match what {
            "undo" => self.session.undo(name.as_deref()),
            _ => self.session.redo(name.as_deref()),
        };
        let Some(name) = moved else {
            return Err(self.error(
                "E054",
                format!("nothing to {what}"),
                span,
                "no earlier version is kept",
            ));
        };
        let line = match self.session.get(&name) {
            Some(Val::Dataset(data, _)) => {
                let line = format!("{name}: {}", dataset_line(data));
                match data.history.steps().last() {
                    Some(step) => {
                        let command = match step.command.as_str() {
                            "[]" => "a selection",
                            command => command,
                        };
                        format!("{line}, as after step {}: {command}", step.number)
                    }
                    None => line,
                }
            }
            Some(value) => format!("{name}: {value}"),
            None => format!("{name} is not bound"),
        };
        self.say(Said::Status(line));
        Ok(())
    }

    fn history(&mut self, name: Option<String>, span: Span) -> Outcome<()> {
        let (name, data) = self.one_dataset(name, span)?;
        let steps = data.history.steps();
        let column = |texts: Vec<String>| Column::Text(texts.iter().collect::<Names>());
        let numbers = steps.iter().map(|step| step.number as f64).collect();
        let table = Table::new()
            .with("step", Column::numbers(numbers, NumberType::I64))
            .with(
                "statement",
                column(
                    steps
                        .iter()
                        .map(|step| step.statement.replace("{}", &name))
                        .collect(),
                ),
            )
            .with(
                "writes",
                column(steps.iter().map(|step| step.writes.join(", ")).collect()),
            )
            .with(
                "asked by",
                column(
                    steps
                        .iter()
                        .map(|step| if step.planned { "sca" } else { "you" }.to_owned())
                        .collect(),
                ),
            );
        self.say(Said::Value(None, Val::table(table)));
        Ok(())
    }

    /// The dataset of a name, or the only (or latest) one.
    fn one_dataset(&mut self, name: Option<String>, span: Span) -> Outcome<(String, Arc<Dataset>)> {
        let found = match &name {
            Some(name) => self
                .session
                .get(name)
                .map(|value| (name.clone(), value.clone())),
            None => {
                let datasets = self
                    .session
                    .vars()
                    .filter(|(_, value)| matches!(value, Val::Dataset(..)));
                datasets
                    .last()
                    .map(|(name, value)| (name.clone(), value.clone()))
            }
        };
        match found {
            Some((name, Val::Dataset(data, _))) => Ok((name, data)),
            _ => Err(self
                .error("E030", "no dataset", span, "names none")
                .help("adata = read \"pbmc.h5ad\"")),
        }
    }

    /// The shortest script that gives the present datasets: only steps that are in force.
    fn script(&self) -> String {
        let mut script = String::new();
        for (name, value) in self.session.vars() {
            if let Val::Dataset(data, _) = value {
                for step in data.history.steps() {
                    let statement = step.statement.replace("{}", name);
                    let statement = match step.command.as_str() {
                        _ if step.number == 1 => format!("{name} = {statement}"),
                        "[]" => format!("{name} = {statement}"),
                        _ => statement,
                    };
                    script += &statement;
                    script.push('\n');
                }
            }
        }
        script
    }

    /// A paragraph in the past tense, and the references.
    fn methods(&mut self, span: Span) -> Outcome<String> {
        let (name, data) = self.one_dataset(None, span)?;
        let mut done: Vec<String> = Vec::new();
        let mut references: Vec<&str> = Vec::new();
        for step in data.history.steps() {
            let Some(entry) = self.registry.get(&step.command) else {
                continue;
            };
            let statement = step.statement.replace("{}", &name);
            done.push(format!(
                "{} (`{statement}`)",
                past::told(entry.spec.summary)
            ));
            for cite in step.cite {
                if !references.contains(cite) {
                    references.push(cite);
                }
            }
        }
        let mut text = format!(
            "{} was analyzed with sca {}",
            data.from,
            env!("CARGO_PKG_VERSION")
        );
        text += &match done.split_last() {
            Some((last, [])) => format!(": we {last}."),
            Some((last, before)) => format!(": we {}; and {last}.", before.join("; ")),
            None => ".".to_owned(),
        };
        if !references.is_empty() {
            text += "\n\nReferences\n";
            for reference in references {
                text += &format!("- {reference}\n");
            }
        }
        Ok(text)
    }

    fn text_out(
        &mut self,
        text: String,
        said: fn(String) -> Said,
        path: Option<PathBuf>,
        span: Span,
    ) -> Outcome<()> {
        let Some(path) = path else {
            self.say(said(text));
            return Ok(());
        };
        if self.checking {
            return Ok(());
        }
        std::fs::write(&path, text).map_err(|error| {
            self.error(
                "E203",
                format!("{} cannot be written", path.display()),
                span,
                error.to_string(),
            )
        })?;
        self.say(Said::Done(format!("wrote {}", path.display())));
        Ok(())
    }

    fn set(&mut self, pairs: Vec<(String, Val)>, span: Span) -> Outcome<()> {
        if pairs.is_empty() {
            let column = |texts: Vec<String>| Column::Text(texts.iter().collect::<Names>());
            let names = settings::SETTINGS
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect();
            let values = settings::SETTINGS
                .iter()
                .map(|(name, _)| settings::shown(&self.session.settings, name));
            let origins = settings::SETTINGS
                .iter()
                .map(|(name, _)| settings::origin(&self.session.settings, name).to_owned());
            let about = settings::SETTINGS
                .iter()
                .map(|(_, about)| (*about).to_owned())
                .collect();
            let table = Table::new()
                .with("setting", column(names))
                .with("value", column(values.collect()))
                .with("from", column(origins.collect()))
                .with("what it is", column(about));
            self.say(Said::Value(None, Val::table(table)));
        }
        let from = format!("{}:{}", self.source.name, self.source.line(span.start));
        // All of them or none.
        let mut next = self.session.settings.clone();
        for (name, value) in &pairs {
            settings::set(&mut next, name, value, &from).map_err(|about| {
                let diagnostic = self.error(
                    "E056",
                    format!("`{name}` cannot be set to {value}"),
                    span,
                    about.clone(),
                );
                if about.is_empty() {
                    let known = settings::SETTINGS.iter().map(|(name, _)| *name);
                    self.error("E056", format!("no setting `{name}`"), span, "is not known")
                        .help(suggest::nearest_or_list(name, known, "set"))
                } else {
                    diagnostic
                }
            })?;
        }
        self.session.settings = next;
        for (name, _) in pairs {
            let shown = settings::shown(&self.session.settings, &name);
            self.say(Said::Status(format!("{name} = {shown}")));
        }
        Ok(())
    }

    fn help(&mut self, topic: Option<String>, span: Span) -> Outcome<()> {
        let data = self.one_dataset(None, span).ok().map(|(_, data)| data);
        match help::topic(
            self.registry,
            topic.as_deref(),
            data.as_deref(),
            super::FUNCTIONS,
        ) {
            Some(text) => {
                self.say(Said::Text(text));
                Ok(())
            }
            None => {
                let topic = topic.unwrap_or_default();
                let headline = format!("no help on `{topic}`");
                let diagnostic: Box<Diagnostic> =
                    self.error("E057", headline, span, "is no command, function or code");
                Err(match suggest::did_you_mean(&topic, self.registry.names()) {
                    Some(near) => diagnostic.help(near),
                    None => diagnostic.help("help lists all commands"),
                })
            }
        }
    }

    /// The last value in full.
    fn last(&mut self) -> Outcome<()> {
        if let Some(it) = self.session.it.clone() {
            self.say(Said::Value(None, it));
        }
        Ok(())
    }
}

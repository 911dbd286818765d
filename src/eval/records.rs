//! What was done to a dataset: its history, the script that makes it, a paragraph on the methods.

use super::{Interpreter, Said};
use crate::command::{Subject, Val, past, suggest};
use crate::data::{Column, Dataset, Names, NumberType, Table};
use crate::diagnostic::{Outcome, code};
use crate::io::unfinished;
use crate::source::Span;
use std::path::PathBuf;
use std::sync::Arc;

impl Interpreter<'_> {
    pub(super) fn history(&mut self, subject: &Subject, span: Span) -> Outcome<()> {
        let (name, data) = self.one_dataset(subject, span)?;
        let steps = data.history.steps();
        let column = |texts: Vec<String>| Column::Text(texts.iter().collect::<Names>());
        let numbers = steps.iter().map(|step| step.number as f64).collect();
        let statements = steps.iter().map(|step| step.statement.replace("{}", &name));
        let writes = steps.iter().map(|step| step.writes.join(", "));
        let asked = steps
            .iter()
            .map(|step| if step.planned { "sca" } else { "you" }.to_owned());
        let table = Table::new()
            .with("step", Column::numbers(numbers, NumberType::I64))
            .with("statement", column(statements.collect()))
            .with("writes", column(writes.collect()))
            .with("asked by", column(asked.collect()));
        self.show_value(Val::table(table));
        Ok(())
    }

    /// The dataset that is meant, and its name.
    pub(super) fn one_dataset(
        &self,
        subject: &Subject,
        span: Span,
    ) -> Outcome<(String, Arc<Dataset>)> {
        match subject {
            Subject::Of(data) => Ok(("adata".to_owned(), data.clone())),
            Subject::AtHand => match self.session.current() {
                Some((name, data)) => Ok((name.to_owned(), data.clone())),
                None => Err(self
                    .error(code::UNKNOWN_NAME, "no dataset", span, "needs one")
                    .help("adata = read \"pbmc.h5ad\"")),
            },
            Subject::Named(name) => match self.session.get(name) {
                Some(Val::Dataset(data, _)) => Ok((name.clone(), data.clone())),
                Some(other) => Err(self.error(
                    code::DATASET_EXPECTED,
                    "expected a dataset",
                    span,
                    format!("{name} is a {}", other.type_word()),
                )),
                None => {
                    let known = self
                        .session
                        .vars()
                        .filter(|(_, value)| matches!(value, Val::Dataset(..)))
                        .map(|(name, _)| name.clone());
                    let known: Vec<String> = known.collect();
                    let help = suggest::nearest_or_list(name, known, "the session");
                    let headline = format!("no dataset `{name}`");
                    Err(self
                        .error(code::UNKNOWN_NAME, headline, span, "is not a variable")
                        .help(help))
                }
            },
        }
    }

    /// `methods "methods.md"`: a name that can only be a file is one.
    fn sorted_out(&self, subject: Subject, path: Option<PathBuf>) -> (Subject, Option<PathBuf>) {
        match (subject, path) {
            (Subject::Named(name), None)
                if name.contains(['.', '/']) && self.session.get(&name).is_none() =>
            {
                (Subject::AtHand, Some(name.into()))
            }
            (subject, path) => (subject, path),
        }
    }

    pub(super) fn write_script(
        &mut self,
        subject: Subject,
        path: Option<PathBuf>,
        span: Span,
    ) -> Outcome<()> {
        let (subject, path) = self.sorted_out(subject, path);
        let mut script = String::new();
        match subject {
            Subject::AtHand => {
                for (name, value) in self.session.vars() {
                    if let Val::Dataset(data, None) = value {
                        script += &statements(name, data);
                    }
                }
            }
            subject => {
                let (name, data) = self.one_dataset(&subject, span)?;
                script += &statements(&name, &data);
            }
        }
        self.text_out(script, Said::Script, path, span)
    }

    pub(super) fn write_methods(
        &mut self,
        subject: Subject,
        path: Option<PathBuf>,
        span: Span,
    ) -> Outcome<()> {
        let (subject, path) = self.sorted_out(subject, path);
        let (name, data) = self.one_dataset(&subject, span)?;
        let methods = self.methods(&name, &data);
        self.text_out(methods, Said::Text, path, span)
    }

    /// A paragraph in the past tense, and the references.
    fn methods(&self, name: &str, data: &Dataset) -> String {
        let mut done: Vec<String> = Vec::new();
        let mut references: Vec<&str> = Vec::new();
        for step in data.history.steps() {
            let Some(entry) = self.registry.get(&step.command) else {
                continue;
            };
            let statement = step.statement.replace("{}", name);
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
        text
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
        if unfinished::is_protected(&path) {
            let headline = format!("{} cannot be written", path.display());
            return Err(self
                .error(code::NOT_WRITABLE, headline, span, "is write-protected")
                .help("choose another name"));
        }
        unfinished::write(&path, text.as_bytes()).map_err(|error| {
            self.error(
                code::NOT_WRITABLE,
                format!("{} cannot be written", path.display()),
                span,
                error.problem,
            )
        })?;
        self.say(Said::Done(format!("wrote {}", path.display())));
        Ok(())
    }
}

/// The statements that made a dataset: only steps that are in force.
fn statements(name: &str, data: &Dataset) -> String {
    let mut script = String::new();
    for step in data.history.steps() {
        let statement = step.statement.replace("{}", name);
        let makes = step.number == 1 || step.command == "[]";
        script += &match makes {
            true => format!("{name} = {statement}\n"),
            false => format!("{statement}\n"),
        };
    }
    script
}

//! What was done to a dataset, in this session and in those that wrote its file.

use crate::command::{Subject, Val, suggest};
use crate::data::{Column, Dataset, Names, Table};
use crate::diagnostic::{Outcome, code};
use crate::eval::{Interpreter, Output};
use crate::io::unfinished;
use crate::session::clock;
use crate::source::Span;
use std::path::PathBuf;
use std::sync::Arc;

impl Interpreter<'_> {
    /// The steps that made a dataset, as a table.
    pub(in crate::eval) fn history(&mut self, subject: &Subject, span: Span) -> Outcome<Val> {
        let (name, data) = self.one_dataset(subject, span)?;
        // Its columns depend on when things were done.
        if self.checking {
            return Ok(Val::Unknown);
        }
        let mut rows: Vec<[String; 5]> = Vec::new();
        for statement in data.recorded_history() {
            let of = data.from.clone();
            rows.push([String::new(), String::new(), statement, String::new(), of]);
        }
        for step in data.history.steps() {
            rows.push([
                step.number.to_string(),
                step.at.map_or(String::new(), clock::local),
                step.statement.of(&name),
                step.writes.join(", "),
                if step.planned { "sca" } else { "you" }.to_owned(),
            ]);
        }
        let headings = ["step", "time", "statement", "writes", "asked by"];
        let timed = rows.iter().any(|row| !row[1].is_empty());
        let shown = (0..headings.len()).filter(|&i| i != 1 || timed);
        let table = shown.fold(Table::new(), |table, i| {
            let texts: Names = rows.iter().map(|row| row[i].clone()).collect();
            table.with(headings[i], Column::Text(texts))
        });
        Ok(Val::table(table))
    }

    /// The dataset that is meant, and its name.
    pub(in crate::eval) fn one_dataset(
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
                    format!("{name} is {}", other.described()),
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
    pub(in crate::eval) fn sorted_out(
        &self,
        subject: Subject,
        path: Option<PathBuf>,
    ) -> (Subject, Option<PathBuf>) {
        match (subject, path) {
            (Subject::Named(name), None)
                if name.contains(['.', '/']) && self.session.get(&name).is_none() =>
            {
                (Subject::AtHand, Some(name.into()))
            }
            (subject, path) => (subject, path),
        }
    }

    pub(in crate::eval) fn text_out(
        &mut self,
        text: String,
        said: fn(String) -> Output,
        path: Option<PathBuf>,
        span: Span,
    ) -> Outcome<()> {
        let Some(path) = path else {
            self.say(said(text));
            return Ok(());
        };
        if self.only_plans() {
            return Ok(());
        }
        if unfinished::is_protected(&path) {
            let headline = format!("{} cannot be written", path.display());
            return Err(self
                .error(code::NOT_WRITABLE, headline, span, "is write-protected")
                .help("choose another name"));
        }
        let folders = self.new_folders(&path, span)?;
        unfinished::write(&path, text.as_bytes()).map_err(|error| {
            self.error(
                code::NOT_WRITABLE,
                format!("{} cannot be written", path.display()),
                span,
                error.problem,
            )
        })?;
        self.say(Output::Done(
            folders.keep(format!("wrote {}", path.display())),
            Some(path),
        ));
        Ok(())
    }
}

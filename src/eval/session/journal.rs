//! Records what a statement did in the session's journal, which `script` and saved sessions are made
//! from.

use crate::command::slot_keys::slot_key;
use crate::command::{Args, Entry, Job, Val, Want};
use crate::eval::Interpreter;
use crate::eval::session::methods::is_table;
use crate::lang::ast::{Statement, StatementKind};
use crate::lang::mentions::{self, Mentions};
use crate::session::Session;
use crate::session::journal::{self, Done};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What the statement that runs now has done so far.
#[derive(Default)]
pub(in crate::eval) struct Doing {
    steps: Vec<Done>,
    files: Vec<PathBuf>,
    /// Keys of slots that its commands read.
    words: BTreeSet<String>,
    /// It wrote a file that may hold anything.
    reads_all: bool,
    /// What `| command` went on from.
    pub resumed: Option<String>,
    /// It put another session in the place of this one, which brought its own journal.
    pub replaced: bool,
}

impl Doing {
    pub fn step(&mut self, done: Done) {
        self.steps.push(done);
    }
}

impl Interpreter<'_> {
    pub(in crate::eval) fn now(&self) -> Option<i64> {
        self.at.or_else(self.clock)
    }

    /// Slots that a command reads by its declaration.
    pub(in crate::eval) fn reads_of(&mut self, entry: &Entry, args: &Args) {
        for need in entry.spec.reads {
            if let (_, Want::Slot(_, key)) = need.want.taken_apart() {
                self.running.doing.words.insert(slot_key(entry, args, key));
            }
        }
    }

    /// A command made a value: a dataset that was read, a table.
    pub(in crate::eval) fn made(&mut self, entry: &Entry, args: &Args, value: &Val) {
        self.reads_of(entry, args);
        let statement = match value {
            Val::Dataset(data, None) => {
                let last = data.history.last().filter(|step| step.number == 1);
                last.map(|step| step.statement.clone())
            }
            _ => Some(entry.statement(args)),
        };
        self.running.doing.steps.push(Done {
            command: entry.spec.name.to_owned(),
            statement: statement.filter(|_| !takes_more(entry, args)),
            planned: false,
            table: is_table(value),
            changes: None,
        });
    }

    /// A command draws or writes.
    pub(in crate::eval) fn does(&mut self, entry: &Entry, args: &Args, job: &Job) {
        self.reads_of(entry, args);
        let statement = entry.statement(args);
        let word = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        let text = statement.of("");
        let words = text.split(word).filter(|it| !it.is_empty());
        self.running.doing.words.extend(words.map(str::to_owned));
        if let Some((path, _)) = &job.writes {
            self.running.doing.files.push(path.clone());
            self.running.doing.reads_all |= job.figure.is_none();
        }
        self.running.doing.steps.push(Done {
            command: entry.spec.name.to_owned(),
            statement: Some(statement).filter(|_| !takes_more(entry, args)),
            planned: false,
            table: false,
            changes: None,
        });
    }

    /// Enters a statement that was run into the journal.
    pub(in crate::eval) fn enter(&mut self, statement: &Statement, before: &Session) {
        if self.running.doing.replaced {
            return;
        }
        let found = self.all_mentions(statement);
        let doing = std::mem::take(&mut self.running.doing);
        let binds = self.session.bound_now();
        let own = match &binds[..] {
            [name] => Some(name.as_str()),
            _ => None,
        };
        let dataset = |session: &Session, name: &str| match session.get(name) {
            Some(Val::Dataset(data, None)) => Some(data.clone()),
            _ => None,
        };
        let versions =
            own.and_then(|name| Some((dataset(before, name)?, dataset(&self.session, name)?)));
        let changes = versions
            .as_ref()
            .and_then(|(before, after)| after.slots_changed_since(before));
        let mut words = doing.words;
        words.extend(found.words.iter().cloned());
        if let (Some((_, after)), Some(changes)) = (&versions, &changes) {
            let stamps = changes.iter().filter_map(|name| after.stamp(name));
            words.extend(stamps.flat_map(|it| it.from.iter().map(|(name, _)| name.key.clone())));
        }
        let others = found.words.iter().filter(|word| Some(word.as_str()) != own);
        let others = others
            .filter(|word| dataset(before, word).is_some())
            .count();
        let only_draws = binds.is_empty() && others <= 1;
        let reads_any = doing.reads_all || !(only_draws || versions.is_some() && others == 0);
        // A file that is named once and was written was not read.
        let typed = statement.span.text(&self.source.text);
        let settings = |session: &Session| (session.settings.seed, session.settings.auto);
        let entry = journal::Entry {
            text: self.text_of(statement, doing.resumed.as_deref()),
            at: self.now(),
            reads: reads(&found, before, |word| {
                let wrote = doing.files.iter().any(|file| file == Path::new(word));
                wrote && typed.matches(word).count() < 2
            }),
            dataset: own.is_some_and(|name| dataset(&self.session, name).is_some()),
            binds,
            shows: self.session.has_left(),
            files: doing.files,
            paths: paths(&found),
            sets: settings(before) != settings(&self.session),
            changes,
            words: Some(words).filter(|_| !reads_any),
            steps: doing.steps,
            ..journal::Entry::default()
        };
        self.session.journal.push(entry);
    }

    /// What a statement mentions, and what the functions that it calls do.
    fn all_mentions(&self, statement: &Statement) -> Mentions {
        let mut found = mentions::mentions(statement);
        let mut seen = BTreeSet::new();
        loop {
            let names = found.called.iter().chain(&found.words);
            let next = names.filter(|name| !seen.contains(*name)).find_map(|name| {
                let function = self.session.functions.get(name)?;
                Some((name.clone(), function.clone()))
            });
            let Some((name, function)) = next else {
                return found;
            };
            let within = mentions::of_block(&function.body);
            seen.insert(name);
            found.words.extend(within.words);
            found.called.extend(within.called);
        }
    }

    /// The statement as it can stand in a script.
    fn text_of(&self, statement: &Statement, resumed: Option<&str>) -> String {
        let typed = statement.span.text(&self.source.text).trim();
        match (&statement.kind, resumed) {
            (StatementKind::Resume(_), Some(from)) => format!("{from} {typed}"),
            (StatementKind::Param { name, .. }, _) => {
                let given = self.session.params.get(&name.text);
                match given.and_then(|_| self.session.get(&name.text)) {
                    Some(value) => format!("param {} = {value}", name.text),
                    None => typed.to_owned(),
                }
            }
            _ => typed.to_owned(),
        }
    }
}

/// Words that look like names of files.
fn paths(found: &Mentions) -> Vec<String> {
    let words = found.words.iter().filter(|it| it.contains(['.', '/']));
    words.cloned().collect()
}

/// The entries that a statement builds on: of variables, functions, and files written before.
/// A file that it only wrote, `replaces`, it has not read.
fn reads(
    found: &Mentions,
    before: &Session,
    replaces: impl Fn(&str) -> bool,
) -> Vec<(String, usize)> {
    let mut reads = BTreeSet::new();
    for word in found.words.iter().chain(&found.called) {
        let word = match word.as_str() {
            "last" if before.get("last").is_none() => "it",
            word => word,
        };
        if let Some(by) = before.made_by(word) {
            reads.insert((word.to_owned(), by));
        }
        if before.written.contains_key(Path::new(word)) && !replaces(word) {
            let entries = before.journal.entries();
            let wrote = |it: &&std::sync::Arc<journal::Entry>| {
                it.files.iter().any(|file| file == Path::new(word))
            };
            if let Some(entry) = entries.iter().rev().find(wrote) {
                reads.insert((word.to_owned(), entry.number));
            }
        }
    }
    reads.into_iter().collect()
}

/// Whether a command was given values that have no text of their own, besides its dataset.
fn takes_more(entry: &Entry, args: &Args) -> bool {
    let first = entry.params.first().map(|param| param.name);
    let mut others = args
        .given
        .iter()
        .filter(|(name, _)| Some(**name) != first || !entry.takes_dataset());
    others.any(|(_, given)| given.typed.is_none() && is_no_text(&given.value))
}

fn is_no_text(value: &Val) -> bool {
    match value {
        Val::None | Val::Bool(_) | Val::Number(_) | Val::Text(_) | Val::Range(..) => false,
        Val::List(items) => items.iter().any(is_no_text),
        Val::Record(fields) => fields.iter().any(|(_, value)| is_no_text(value)),
        _ => true,
    }
}

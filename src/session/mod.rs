//! The state between statements: bindings and their earlier versions, functions, settings.
//!
//! Values are immutable and shared, so a session is cheap to clone: a statement works on a clone
//! that replaces the session when it succeeds, and a failed one leaves no trace.

pub mod clock;
pub mod config;
pub mod journal;
mod persistent;
pub mod settings;
pub mod stored;
mod timeline;

use crate::command::{Settings, Val};
use crate::data::{Dataset, SlotName};
use crate::lang::ast::{Block, Formal};
use crate::source::Source;
use indexmap::{IndexMap, IndexSet};
use journal::Journal;
use persistent::{Bindings, Stack};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use timeline::{Bound, Timeline};

/// A function of the language.
#[derive(Debug)]
pub struct Function {
    pub formals: Vec<Formal>,
    pub body: Block,
    pub source: Arc<Source>,
}

/// The last value: `last` or `it`, and what `| cmd` goes on from.
#[derive(Debug, Clone)]
pub struct Last {
    pub value: Val,
    /// The variable that it came from, which `| cmd` moves on.
    pub name: Option<String>,
    /// The entry of the journal that left it.
    by: usize,
}

/// Whether a name that nothing has stands for the last value.
pub fn names_last(name: &str) -> bool {
    matches!(name, "it" | "last")
}

#[derive(Debug, Clone, Default)]
pub struct Session {
    vars: Bindings<Bound>,
    /// Which of them are datasets, in the order they became it.
    datasets: IndexSet<String>,
    pub functions: IndexMap<String, Arc<Function>>,
    pub settings: Settings,
    pub last: Option<Last>,
    /// Which entry defined a function.
    defined_by: Bindings<usize>,
    /// The statements that were run.
    pub journal: Journal,
    /// Names that the statement that runs now has bound.
    bound: Vec<String>,
    /// The statement that runs now was asked for other colors.
    pub recolored: bool,
    /// The variable with the dataset that was spoken of last; see [`Session::current`].
    pub at_hand: Option<String>,
    /// How many steps of the tour were shown.
    pub toured: usize,
    /// Something was computed because a statement asked for it.
    pub asked: bool,
    /// Steps were planned since something was last drawn, written or computed.
    pub planned: bool,
    timelines: Bindings<Timeline>,
    /// Names whose version moved, latest on top: what `undo` without a name goes by. A name may be there
    /// several times.
    moved: Stack<String>,
    /// Values for `param` lines, from the command line.
    pub params: HashMap<String, String>,
    /// While checking: files that will be written.
    pub written: HashMap<PathBuf, Option<Dataset>>,
    /// Origins of datasets whose X is unknown, once that was said.
    pub doubted: HashSet<String>,
}

impl Session {
    pub fn get(&self, name: &str) -> Option<&Val> {
        self.vars.get(name).map(|bound| &bound.value)
    }

    /// Names and values, in the order they were bound.
    pub fn vars(&self) -> impl Iterator<Item = (&String, &Val)> {
        self.vars.iter().map(|(name, bound)| (name, &bound.value))
    }

    /// The entry of the journal that made what a variable, a function or `it` stands for now.
    pub fn made_by(&self, name: &str) -> Option<usize> {
        let bound = self.vars.get(name).map(|bound| bound.by);
        let defined = || self.defined_by.get(name).copied();
        let last = || {
            let last = self.last.as_ref().filter(|_| names_last(name));
            last.map(|last| last.by)
        };
        bound.or_else(defined).or_else(last)
    }

    /// A statement begins.
    pub fn begin(&mut self) {
        self.bound.clear();
        self.recolored = false;
    }

    /// The names that the statement bound or defined, each once.
    pub fn bound_now(&self) -> Vec<String> {
        let mut names = self.bound.clone();
        names.sort();
        names.dedup();
        names
    }

    /// The last value, and the variable it came from.
    pub fn leave(&mut self, value: Val, name: Option<String>) {
        let by = self.journal.next();
        self.last = Some(Last { value, name, by });
    }

    /// Whether the statement that runs now has left the last value.
    pub fn has_left(&self) -> bool {
        let next = self.journal.next();
        self.last.as_ref().is_some_and(|last| last.by == next)
    }

    pub fn define(&mut self, name: String, function: Arc<Function>) {
        self.note_bound(&name);
        let next = self.journal.next();
        self.defined_by.insert(&name, next);
        self.functions.insert(name, function);
    }

    /// The current dataset, which the prompt names: the one that a statement was about last, or
    /// else the one bound last.
    pub fn current(&self) -> Option<(&str, &Arc<Dataset>)> {
        let dataset = |name| match self.get(name) {
            Some(Val::Dataset(data, None)) => Some((name, data)),
            _ => None,
        };
        let at_hand = self.at_hand.as_deref().and_then(dataset);
        at_hand.or_else(|| self.last_dataset().and_then(dataset))
    }

    /// Binds a name. Moving a dataset to another version can be undone; one that has only been
    /// drawn is no other version.
    pub fn bind(&mut self, name: &str, value: Val) {
        let before = self.set(name, value);
        if let (Some(Val::Dataset(before_data, _)), Some(Val::Dataset(after, _))) =
            (before.as_ref().map(|bound| &bound.value), self.get(name))
            && before_data.history.same(&after.history)
        {
            if let (Some(before), false) = (&before, self.recolored) {
                self.vars.entry_of(name, |bound| bound.by = before.by);
                self.bound.retain(|bound| bound != name);
            }
            return;
        }
        self.timelines.entry(name).moved_from(before);
        if self.moved.iter().next().is_none_or(|last| last != name) {
            self.moved.push(name.to_owned());
        }
    }

    /// Says which slots the value of a variable was made of.
    pub fn note_made_of(&mut self, name: &str, from: &[(SlotName, u64)]) {
        let mut once: Vec<(SlotName, u64)> = Vec::new();
        for slot in from {
            if !once.contains(slot) {
                once.push(slot.clone());
            }
        }
        self.vars.entry_of(name, |bound| bound.from = once.into());
    }

    /// The slots that the value of a variable was made of, with their versions.
    pub fn made_of(&self, name: &str) -> Arc<[(SlotName, u64)]> {
        let bound = self.vars.get(name);
        bound.map_or_else(Arc::default, |bound| bound.from.clone())
    }

    /// Binds a name of a block, without a timeline.
    pub fn bind_local(&mut self, name: &str, value: Val) {
        self.set(name, value);
    }

    fn note_bound(&mut self, name: &str) {
        if self.bound.last().is_none_or(|last| last != name) {
            self.bound.push(name.to_owned());
        }
    }

    /// A name of a block that ends.
    pub fn forget_local(&mut self, name: &str) {
        self.bound.retain(|bound| bound != name);
        self.forget(name);
    }

    fn forget(&mut self, name: &str) {
        self.datasets.shift_remove(name);
        self.vars.remove(name);
    }

    fn set(&mut self, name: &str, value: Val) -> Option<Bound> {
        let by = self.journal.next();
        let from = Arc::default();
        self.replace(name, Bound { value, by, from })
    }

    fn replace(&mut self, name: &str, bound: Bound) -> Option<Bound> {
        self.note_bound(name);
        match bound.value {
            Val::Dataset(..) if self.datasets.contains(name) => {}
            Val::Dataset(..) => {
                self.datasets.insert(name.to_owned());
            }
            _ => {
                self.datasets.shift_remove(name);
            }
        }
        self.vars.insert(name, bound)
    }

    /// The name of the dataset that was bound last.
    pub fn last_dataset(&self) -> Option<&str> {
        self.datasets.last().map(String::as_str)
    }

    /// Moves a name (the one moved last that has an earlier version, if `None`) to the version before; says
    /// which.
    pub fn undo(&mut self, name: Option<&str>) -> Option<String> {
        let name = name
            .map(str::to_owned)
            .or_else(|| self.last_moved(Timeline::has_past))?;
        let now = self.vars.get(&name).cloned();
        self.timelines.get(&name)?;
        let by = now.as_ref().map(|now| now.by);
        let before = self.timelines.entry(&name).undo(now)?;
        by.into_iter().for_each(|by| self.journal.mark_undone(by));
        self.place(&name, before);
        Some(name)
    }

    /// How many of the last changes of a name a statement has made and those that followed it: so
    /// many times `undo` leads to the version before.
    pub fn changes_since(&self, name: &str, entry: usize) -> usize {
        let now = self.vars.get(name).into_iter();
        let past = self.timelines.get(name).into_iter();
        let versions = now.chain(past.flat_map(Timeline::past));
        versions.take_while(|it| it.by >= entry).count()
    }

    /// Takes the last `undo` of a name back; says which name.
    pub fn redo(&mut self, name: Option<&str>) -> Option<String> {
        let name = name
            .map(str::to_owned)
            .or_else(|| self.last_moved(Timeline::has_future))?;
        let now = self.vars.get(&name).cloned();
        self.timelines.get(&name)?;
        let after = self.timelines.entry(&name).redo(now)?;
        let by = after.as_ref().map(|after| after.by);
        by.into_iter().for_each(|by| self.journal.mark_redone(by));
        self.place(&name, after);
        Some(name)
    }

    /// The name moved last of those whose versions allow it.
    fn last_moved(&self, allows: impl Fn(&Timeline) -> bool) -> Option<String> {
        let mut names = self.moved.iter();
        let can = |name: &&String| self.timelines.get(name).is_some_and(&allows);
        names.find(can).cloned()
    }

    /// Moves a dataset to the version it had after step `step`; `false` if there was none.
    pub fn restore(&mut self, name: &str, step: usize) -> bool {
        let at_step = |bound: &&Bound| matches!(&bound.value, Val::Dataset(data, _) if data.history.len() == step);
        if self.vars.get(name).as_ref().is_some_and(at_step) {
            return true;
        }
        let Some(timeline) = self.timelines.get(name) else {
            return false;
        };
        let Some(version) = timeline.versions().find(at_step).cloned() else {
            return false;
        };
        let later = timeline.versions().chain(self.vars.get(name));
        let undone: Vec<usize> = later
            .map(|it| it.by)
            .filter(|by| *by > version.by)
            .collect();
        let by = version.by;
        self.bind(name, version.value);
        // It is what it was: what was done since is not part of it.
        self.vars.entry_of(name, |bound| bound.by = by);
        undone
            .into_iter()
            .for_each(|by| self.journal.mark_undone(by));
        true
    }

    fn place(&mut self, name: &str, bound: Option<Bound>) {
        match bound {
            Some(bound) => {
                self.replace(name, bound);
            }
            None => {
                self.note_bound(name);
                self.forget(name);
            }
        }
    }

    /// A session that sees the same names and none of its changes: a function's body.
    pub fn inside(&self) -> Session {
        let mut inside = self.clone();
        inside.timelines.clear();
        inside.moved = Stack::default();
        inside
    }
}

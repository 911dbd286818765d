//! What lives between statements: bindings and their earlier versions, functions, settings.
//!
//! Values are immutable and shared, so a session is cheap to clone: a statement works on a clone
//! that replaces the session when it succeeds, and a failed one leaves no trace.

mod persistent;
pub mod settings;
mod timeline;

use crate::command::{Settings, Val};
use crate::data::Dataset;
use crate::lang::ast::{Block, Formal};
use crate::source::Source;
use indexmap::{IndexMap, IndexSet};
use persistent::{Bindings, Stack};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use timeline::Timeline;

/// A function of the language.
#[derive(Debug)]
pub struct Function {
    pub formals: Vec<Formal>,
    pub body: Block,
    pub source: Arc<Source>,
}

#[derive(Debug, Clone, Default)]
pub struct Session {
    vars: Bindings<Val>,
    /// Which of them are datasets, in the order they became it.
    datasets: IndexSet<String>,
    pub functions: IndexMap<String, Arc<Function>>,
    pub settings: Settings,
    /// The last value: `it`, and what `| cmd` goes on from.
    pub it: Option<Val>,
    /// The variable that `it` came from, which `| cmd` moves on.
    pub it_name: Option<String>,
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
        self.vars.get(name)
    }

    /// Names and values, in the order they were bound.
    pub fn vars(&self) -> impl Iterator<Item = (&String, &Val)> {
        self.vars.iter()
    }

    /// Binds a name. Moving a dataset to another version can be undone; one that has only been
    /// drawn is no other version.
    pub fn bind(&mut self, name: &str, value: Val) {
        let before = self.set(name, value);
        if let (Some(Val::Dataset(before, _)), Some(Val::Dataset(after, _))) =
            (&before, self.vars.get(name))
            && before.history.same(&after.history)
        {
            return;
        }
        self.timelines.entry(name).moved_from(before);
        if self.moved.iter().next().is_none_or(|last| last != name) {
            self.moved.push(name.to_owned());
        }
    }

    /// Binds a name of a block, without a timeline.
    pub fn bind_local(&mut self, name: &str, value: Val) {
        self.set(name, value);
    }

    pub fn forget(&mut self, name: &str) {
        self.datasets.shift_remove(name);
        self.vars.remove(name);
    }

    fn set(&mut self, name: &str, value: Val) -> Option<Val> {
        match value {
            Val::Dataset(..) if self.datasets.contains(name) => {}
            Val::Dataset(..) => {
                self.datasets.insert(name.to_owned());
            }
            _ => {
                self.datasets.shift_remove(name);
            }
        }
        self.vars.insert(name, value)
    }

    /// The name of the dataset that was bound last.
    pub fn last_dataset(&self) -> Option<&str> {
        self.datasets.last().map(String::as_str)
    }

    /// Moves a name (the one moved last, if `None`) to the version before; says which.
    pub fn undo(&mut self, name: Option<&str>) -> Option<String> {
        let name = name
            .map(str::to_owned)
            .or_else(|| self.moved.iter().next().cloned())?;
        let now = self.vars.get(&name).cloned();
        self.timelines.get(&name)?;
        let before = self.timelines.entry(&name).undo(now)?;
        self.place(&name, before);
        Some(name)
    }

    /// Takes the last `undo` of a name back; says which name.
    pub fn redo(&mut self, name: Option<&str>) -> Option<String> {
        let name = name
            .map(str::to_owned)
            .or_else(|| self.moved.iter().next().cloned())?;
        let now = self.vars.get(&name).cloned();
        self.timelines.get(&name)?;
        let after = self.timelines.entry(&name).redo(now)?;
        self.place(&name, after);
        Some(name)
    }

    /// Moves a dataset to the version it had after step `step`; `false` if there was none.
    pub fn restore(&mut self, name: &str, step: usize) -> bool {
        let at_step =
            |value: &Val| matches!(value, Val::Dataset(data, _) if data.history.len() == step);
        if self.vars.get(name).is_some_and(at_step) {
            return true;
        }
        let Some(timeline) = self.timelines.get(name) else {
            return false;
        };
        let Some(version) = timeline.versions().find(|value| at_step(value)).cloned() else {
            return false;
        };
        self.bind(name, version);
        true
    }

    fn place(&mut self, name: &str, value: Option<Val>) {
        match value {
            Some(value) => {
                self.set(name, value);
            }
            None => {
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

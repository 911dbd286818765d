//! The versions of a variable, and the present position among them.

use super::persistent::Stack;
use crate::command::Val;
use crate::data::SlotName;
use std::sync::Arc;

/// A value, and the entry of the journal that bound it; 0 for none.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub value: Val,
    pub by: usize,
    /// The slots that a column, number or list was made of, with their versions.
    pub from: Arc<[(SlotName, u64)]>,
}

/// `None` stands for a time when the name was not bound.
#[derive(Debug, Clone, Default)]
pub(super) struct Timeline {
    past: Stack<Option<Bound>>,
    future: Stack<Option<Bound>>,
}

impl Timeline {
    pub fn moved_from(&mut self, before: Option<Bound>) {
        self.past.push(before);
        self.future = Stack::default();
    }

    pub fn undo(&mut self, now: Option<Bound>) -> Option<Option<Bound>> {
        let before = self.past.pop()?;
        self.future.push(now);
        Some(before)
    }

    pub fn redo(&mut self, now: Option<Bound>) -> Option<Option<Bound>> {
        let after = self.future.pop()?;
        self.past.push(now);
        Some(after)
    }

    /// Earlier versions, latest first, back to a time when the name was not bound.
    pub fn past(&self) -> impl Iterator<Item = &Bound> {
        self.past.iter().map_while(Option::as_ref)
    }

    pub fn has_past(&self) -> bool {
        self.past.iter().next().is_some()
    }

    pub fn has_future(&self) -> bool {
        self.future.iter().next().is_some()
    }

    /// Undone versions, then earlier ones, latest first.
    pub fn versions(&self) -> impl Iterator<Item = &Bound> {
        self.future.iter().chain(self.past.iter()).flatten()
    }
}

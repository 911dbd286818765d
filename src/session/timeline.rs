//! The versions a name has pointed to, and where in them it stands.

use crate::command::Val;

/// `None` stands for a time when the name was not bound.
#[derive(Debug, Clone, Default)]
pub(super) struct Timeline {
    past: Vec<Option<Val>>,
    future: Vec<Option<Val>>,
}

impl Timeline {
    pub fn moved_from(&mut self, before: Option<Val>) {
        self.past.push(before);
        self.future.clear();
    }

    pub fn undo(&mut self, now: Option<Val>) -> Option<Option<Val>> {
        let before = self.past.pop()?;
        self.future.push(now);
        Some(before)
    }

    pub fn redo(&mut self, now: Option<Val>) -> Option<Option<Val>> {
        let after = self.future.pop()?;
        self.past.push(now);
        Some(after)
    }

    /// Earlier versions, oldest first, then undone ones.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = &Val> {
        self.past.iter().chain(&self.future).flatten()
    }
}

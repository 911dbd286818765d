//! The cells or the genes of a dataset, as a chain of selections.
//!
//! Filtering makes a new axis that points to the one it selects from; the selection itself may
//! still be promised. Values keep the axis they were made on and are picked when looked at, so
//! a filter costs nothing until something asks.

use super::arrays::Selection;
use super::lazy::Lazy;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The cells (or genes) of a dataset version.
#[derive(Debug, Clone)]
pub struct Axis(Arc<Inner>);

/// A number for a making of a slot or an axis, unique in the process; 0 is what came with a file.
pub(super) fn next_version() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Relaxed)
}

#[derive(Debug)]
struct Inner {
    version: AtomicU64,
    /// Exact where nothing is pending, else the largest it can be.
    at_most: usize,
    parent: Option<(Axis, Lazy)>,
}

impl Axis {
    /// An axis of `len` cells or genes that selects from nothing.
    pub fn root(len: usize) -> Self {
        Axis(Arc::new(Inner {
            version: AtomicU64::new(0),
            at_most: len,
            parent: None,
        }))
    }

    /// The axis left when `keep` (a [`Selection`]) is selected from this one.
    pub fn select(&self, keep: Lazy) -> Self {
        self.select_at_most(keep, usize::MAX)
    }

    /// The same, where no more than `most` can be kept: a range, a list of names.
    pub fn select_at_most(&self, keep: Lazy, most: usize) -> Self {
        let at_most = keep
            .get()
            .and_then(|value| value.keep().map(|keep| keep.len()))
            .unwrap_or(self.at_most().min(most));
        Axis(Arc::new(Inner {
            version: AtomicU64::new(next_version()),
            at_most,
            parent: Some((self.clone(), keep)),
        }))
    }

    /// The length if it is known without computing.
    pub fn len(&self) -> Option<usize> {
        match &self.0.parent {
            None => Some(self.0.at_most),
            Some((_, keep)) => keep.get()?.keep().map(|keep| keep.len()),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The length, or an upper bound while a selection is pending.
    pub fn at_most(&self) -> usize {
        self.len().unwrap_or_else(|| match &self.0.parent {
            Some((parent, _)) => parent.at_most().min(self.0.at_most),
            None => self.0.at_most,
        })
    }

    pub fn same(&self, other: &Axis) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Tells axes apart as long as they live.
    pub fn id(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    /// Which making of the cells or genes this is; 0 is what came with a file.
    pub fn version(&self) -> u64 {
        self.0.version.load(Relaxed)
    }

    /// The making that a file records of what was read from it.
    pub fn restore_version(&self, version: u64) {
        self.0.version.store(version, Relaxed);
    }

    /// Whether these are the cells or genes of that making: the same, or a selection from them that is
    /// known to keep all.
    pub fn is_making(&self, version: u64) -> bool {
        let mut at = self;
        while at.version() != version {
            match at.parent() {
                Some((parent, _)) if at.len().is_some() && at.len() == parent.len() => at = parent,
                _ => return false,
            }
        }
        true
    }

    /// Selections on the way from the root that are not made yet.
    pub fn pending_selections(&self) -> usize {
        let mut pending = 0;
        let mut at = self.parent();
        while let Some((parent, keep)) = at {
            pending += usize::from(keep.is_pending());
            at = parent.parent();
        }
        pending
    }

    /// The axis this one selects from, and the selection.
    pub fn parent(&self) -> Option<(&Axis, &Lazy)> {
        self.0.parent.as_ref().map(|(axis, keep)| (axis, keep))
    }

    /// The axis that this one descends from and that selects from nothing.
    pub fn outermost(&self) -> Axis {
        let mut at = self;
        while let Some((parent, _)) = at.parent() {
            at = parent;
        }
        at.clone()
    }

    /// The selections that lead from `ancestor` down to this axis, outermost first;
    /// `None` if `ancestor` is not one.
    pub fn selections_from(&self, ancestor: &Axis) -> Option<Vec<Lazy>> {
        let mut selections = Vec::new();
        let mut axis = self;
        while !axis.same(ancestor) {
            let (parent, keep) = axis.parent()?;
            selections.push(keep.clone());
            axis = parent;
        }
        selections.reverse();
        Some(selections)
    }
}

/// One selection that does what several do in turn; `None` keeps everything.
pub fn compose<'a>(selections: impl IntoIterator<Item = &'a Selection>) -> Option<Selection> {
    selections.into_iter().fold(None, |so_far, next| {
        Some(match so_far {
            None => next.clone(),
            Some(kept) => next.iter().map(|&i| kept[i as usize]).collect(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_that_keeps_all_is_no_new_making() {
        let select = |axis: &Axis, keep: Vec<u32>| {
            use super::super::lazy::Value;
            axis.select(Lazy::ready(Value::Selection(Arc::new(keep))))
        };
        let all = Axis::root(3);
        let same = select(&all, vec![0, 1, 2]);
        assert!(same.is_making(all.version()) && same.is_making(same.version()));
        let fewer = select(&same, vec![0, 2]);
        assert!(!fewer.is_making(same.version()) && !fewer.is_making(0));
    }

    #[test]
    fn selections_compose_in_order() {
        assert_eq!(compose([]), None);
        assert_eq!(compose([&vec![1, 3, 5]]), Some(vec![1, 3, 5]));
        assert_eq!(compose([&vec![1, 3, 5], &vec![2, 0]]), Some(vec![5, 1]));
    }
}

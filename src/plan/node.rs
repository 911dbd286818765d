//! Nodes: promises of values, with what they need and how they are made.
//!
//! Of the four shapes, *sources* and *rows* live in [`Matrix`](crate::data::Matrix) (blocks and
//! row steps); here are the two that make slots: *folds* over blocks and *whole* steps.

use super::cost::Holds;
use super::fold::{Fold, Start};
use super::key;
use super::view::View;
use crate::data::{FileError, Lazy, Maker, Promise, Value};
use crate::diagnostic::Diagnostic;
use crate::kernels::ticker::{Stopped, Ticker};
use crate::source::Origin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};

/// Why a node gave no value.
#[derive(Debug)]
pub enum Fault {
    Stopped,
    File(FileError),
    Said(Box<Diagnostic>),
}

impl From<Stopped> for Fault {
    fn from(_: Stopped) -> Self {
        Fault::Stopped
    }
}

impl From<FileError> for Fault {
    fn from(error: FileError) -> Self {
        Fault::File(error)
    }
}

impl From<Box<Diagnostic>> for Fault {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Fault::Said(diagnostic)
    }
}

/// How many cells and genes a view has, known when a pass begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    pub cells: usize,
    pub genes: usize,
}

/// Makes all values at once from the values it needs.
pub type Make = Box<dyn Fn(&[Value], &Ticker) -> Result<Vec<Value>, Fault> + Send + Sync>;

/// What a person should know of the values a step has made, the second, of those it needed, the first: a
/// warning, or nothing.
pub type Remark = Box<dyn Fn(&[Value], &[Value]) -> Option<Box<Diagnostic>> + Send + Sync>;

pub(super) enum Work {
    Fold { view: View, start: Start },
    Whole(Make),
}

/// A step of the plan.
pub struct Node {
    /// Nodes are numbered as they are planned; what a node needs has a smaller number.
    pub id: u64,
    /// As the plan is shown: `leiden res=0.6`.
    pub label: String,
    /// What tells a fold apart in every process that plans the same ([`super::key`]); `None` of whole
    /// steps.
    pub fold_key: Option<u64>,
    /// The statement that planned it.
    pub origin: Option<Origin>,
    /// None once it is done.
    needs: Mutex<Vec<Lazy>>,
    pub(super) work: Mutex<Option<Arc<Work>>>,
    pub(super) cells: Vec<Arc<OnceLock<Value>>>,
    /// Set by [`holds`].
    holds: OnceLock<Holds>,
    pub(super) remark: Option<Remark>,
}

/// Says how much memory the step that promised these values takes; the first word counts.
pub fn holds(promised: &[Lazy], holds: Holds) {
    for lazy in promised {
        if let Some(Maker::Node(node)) = lazy.maker()
            && let Ok(node) = node.clone().downcast::<Node>()
        {
            let _ = node.holds.set(holds);
        }
    }
}

impl Node {
    /// The memory it takes, where the command said so.
    pub fn holds(&self) -> Holds {
        self.holds.get().copied().unwrap_or_default()
    }

    pub(super) fn is_done(&self) -> bool {
        self.cells.iter().all(|cell| cell.get().is_some())
    }

    /// Puts the values in their places and lets go of what was needed to make them.
    pub(super) fn fill(&self, values: Vec<Value>) {
        debug_assert_eq!(
            values.len(),
            self.cells.len(),
            "{} keeps its promises",
            self.label
        );
        for (cell, value) in self.cells.iter().zip(values) {
            let _ = cell.set(value);
        }
        if let Ok(mut work) = self.work.lock() {
            *work = None;
        }
        if let Ok(mut needs) = self.needs.lock() {
            needs.clear();
        }
    }

    /// What must be there before it is made.
    pub(super) fn needs(&self) -> Vec<Lazy> {
        self.needs
            .lock()
            .map_or_else(|_| Vec::new(), |needs| needs.clone())
    }

    /// The values of what it needs, as far as they are there.
    pub(super) fn needed(&self) -> Vec<Value> {
        let values = |needs: &Vec<Lazy>| {
            needs
                .iter()
                .filter_map(|need| need.get().cloned())
                .collect()
        };
        self.needs
            .lock()
            .map_or_else(|_| Vec::new(), |needs| values(&needs))
    }

    pub(super) fn work(&self) -> Option<Arc<Work>> {
        self.work.lock().ok().and_then(|work| work.clone())
    }
}

/// Plans a fold over a view of a matrix; gives one promised value for each of `promises`.
pub fn fold(
    label: impl Into<String>,
    origin: Option<Origin>,
    view: View,
    needs: Vec<Lazy>,
    promises: &[Promise],
    start: impl Fn(Extent, &[Value]) -> Result<Box<dyn Fold>, Fault> + Send + Sync + 'static,
) -> Vec<Lazy> {
    let work = Work::Fold {
        view,
        start: Box::new(start),
    };
    promise(label.into(), origin, needs, promises, work, None)
}

/// Plans a step that makes its values at once.
pub fn whole(
    label: impl Into<String>,
    origin: Option<Origin>,
    needs: Vec<Lazy>,
    promises: &[Promise],
    make: impl Fn(&[Value], &Ticker) -> Result<Vec<Value>, Fault> + Send + Sync + 'static,
) -> Vec<Lazy> {
    let work = Work::Whole(Box::new(make));
    promise(label.into(), origin, needs, promises, work, None)
}

/// Plans a step as [`whole`] does; `remark` looks at the values as soon as they are made.
pub fn whole_with_remark(
    label: impl Into<String>,
    origin: Option<Origin>,
    needs: Vec<Lazy>,
    promises: &[Promise],
    remark: impl Fn(&[Value], &[Value]) -> Option<Box<Diagnostic>> + Send + Sync + 'static,
    make: impl Fn(&[Value], &Ticker) -> Result<Vec<Value>, Fault> + Send + Sync + 'static,
) -> Vec<Lazy> {
    let work = Work::Whole(Box::new(make));
    let remark: Remark = Box::new(remark);
    promise(label.into(), origin, needs, promises, work, Some(remark))
}

fn promise(
    label: String,
    origin: Option<Origin>,
    needs: Vec<Lazy>,
    promises: &[Promise],
    work: Work,
    remark: Option<Remark>,
) -> Vec<Lazy> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let cells: Vec<Arc<OnceLock<Value>>> = promises.iter().map(|_| Arc::default()).collect();
    let key = key::next(&label);
    let fold_key = match &work {
        Work::Fold { view, .. } => Some(key::of_fold(key, view)),
        Work::Whole(_) => None,
    };
    let node = Arc::new(Node {
        id: NEXT.fetch_add(1, Relaxed),
        fold_key,
        label,
        origin,
        needs: Mutex::new(needs),
        work: Mutex::new(Some(Arc::new(work))),
        cells: cells.clone(),
        holds: OnceLock::new(),
        remark,
    });
    key::note(&node);
    cells
        .into_iter()
        .zip(promises)
        .map(|(cell, &promise)| Lazy::promised(cell, node.clone(), promise))
        .collect()
}

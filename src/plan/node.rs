//! Nodes: promises of values, with what they need and how they are made.
//!
//! Of the four shapes, *sources* and *rows* live in [`Matrix`](crate::data::Matrix) (blocks and
//! row steps); here are the two that make slots: *folds* over blocks and *steps* that run at once.

use super::divided::Divided;
use super::edge::{Needs, Promises};
use super::fault::Fault;
use super::fold::{Fold, Start, untyped};
use super::holds::Holds;
use super::key;
use super::view::{Extent, View};
use crate::data::{Lazy, Maker, Value};
use crate::diagnostic::Diagnostic;
use crate::kernels::ticker::Ticker;
use crate::source::Origin;
use std::any::Any;
use std::collections::HashSet;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};

/// Makes all values at once from the values it needs.
pub type Make = Box<dyn Fn(&[Value], &Context) -> Result<Vec<Value>, Fault> + Send + Sync>;

/// What a step sees of the engine while it runs: a ticker, and a way to say something.
pub struct Context<'a> {
    ticker: &'a Ticker,
    remarks: Mutex<Vec<Diagnostic>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(ticker: &'a Ticker) -> Self {
        Context {
            ticker,
            remarks: Mutex::default(),
        }
    }

    /// A warning or note about what the step has found, if there is one; shown if the step succeeds.
    pub fn remark(&self, remark: impl Into<Option<Box<Diagnostic>>>) {
        if let (Some(remark), Ok(mut remarks)) = (remark.into(), self.remarks.lock()) {
            remarks.push(*remark);
        }
    }

    pub(super) fn into_remarks(self) -> Vec<Diagnostic> {
        self.remarks.into_inner().unwrap_or_default()
    }
}

impl Deref for Context<'_> {
    type Target = Ticker;

    fn deref(&self) -> &Ticker {
        self.ticker
    }
}

pub(super) enum Work {
    Fold { view: Box<View>, start: Start },
    Step(Make),
    Divided(Divided),
}

/// A step of the plan.
pub struct Node {
    /// Nodes are numbered as they are planned; what a node needs has a smaller number.
    pub id: u64,
    /// As the plan is shown: `leiden res=0.6`.
    pub label: String,
    /// What tells a fold or a divided result apart in every process that plans the same ([`super::key`]);
    /// `None` of steps that run at once.
    pub fold_key: Option<u64>,
    /// The statement that planned it.
    pub origin: Option<Origin>,
    /// None once it is done.
    needs: Mutex<Vec<Lazy>>,
    pub(super) work: Mutex<Option<Arc<Work>>>,
    pub(super) cells: Vec<Arc<OnceLock<Value>>>,
    /// Set by [`holds`].
    holds: OnceLock<Holds>,
    effort: Effort,
}

/// Whether a step is worth waiting for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effort {
    /// It runs when its values are requested.
    Any,
    /// See [`light_step`].
    Light,
}

/// Says how much memory the step that promised these values takes; the first word counts.
pub fn holds(promised: &impl Needs, holds: Holds) {
    for lazy in promised.list() {
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

/// Plans a fold over a view of a matrix. `start` prepares it once what it needs is there.
pub fn fold<N: Needs, P: Promises>(
    label: impl Into<String>,
    origin: Option<Origin>,
    view: View,
    needs: N,
    promises: P,
    start: impl Fn(Extent, N::Values) -> Result<Box<dyn Fold<P::Values>>, Fault> + Send + Sync + 'static,
) -> P::Lazies {
    let lazies = needs.list();
    let start = move |extent: Extent, values: &[Value]| {
        let fold = start(extent, needs.values(&mut values.iter()))?;
        Ok(untyped(fold, P::values))
    };
    let work = Work::Fold {
        view: Box::new(view),
        start: Box::new(start),
    };
    promise(label.into(), origin, lazies, promises, work, Effort::Any)
}

/// Plans a result in parts. It needs everything that its parts do.
pub(super) fn divided<P: Promises>(
    label: impl Into<String>,
    origin: Option<Origin>,
    needs: &impl Needs,
    promises: P,
    divided: Divided,
) -> P::Lazies {
    let work = Work::Divided(divided);
    promise(
        label.into(),
        origin,
        needs.list(),
        promises,
        work,
        Effort::Any,
    )
}

/// Plans a step that makes its values at once.
pub fn step<N: Needs, P: Promises>(
    label: impl Into<String>,
    origin: Option<Origin>,
    needs: N,
    promises: P,
    make: impl Fn(N::Values, &Context) -> Result<P::Values, Fault> + Send + Sync + 'static,
) -> P::Lazies {
    let lazies = needs.list();
    let work = whole::<N, P>(needs, make);
    promise(label.into(), origin, lazies, promises, work, Effort::Any)
}

/// A step that takes no longer than planning it: columns that are compared, counted or picked. It
/// need not wait for `compute` where what it looks at is there; see [`is_at_hand`].
pub fn light_step<N: Needs, P: Promises>(
    label: impl Into<String>,
    origin: Option<Origin>,
    needs: N,
    promises: P,
    make: impl Fn(N::Values, &Context) -> Result<P::Values, Fault> + Send + Sync + 'static,
) -> P::Lazies {
    let lazies = needs.list();
    let work = whole::<N, P>(needs, make);
    promise(label.into(), origin, lazies, promises, work, Effort::Light)
}

fn whole<N: Needs, P: Promises>(
    needs: N,
    make: impl Fn(N::Values, &Context) -> Result<P::Values, Fault> + Send + Sync + 'static,
) -> Work {
    let untyped: fn(P::Values) -> Vec<Value> = P::values;
    Work::Step(Box::new(move |values, context| {
        make(needs.values(&mut values.iter()), context).map(untyped)
    }))
}

/// Whether a value is there, or only light steps and short readings of a file lead to it.
pub fn is_at_hand(lazy: &Lazy) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![lazy.clone()];
    while let Some(lazy) = open.pop() {
        let there = lazy.get().is_some();
        match lazy.maker() {
            Some(Maker::File(load)) if !there && load.label().is_some() => return false,
            Some(Maker::Node(node)) if !there => {
                let Ok(node) = node.clone().downcast::<Node>() else {
                    return false;
                };
                if node.effort != Effort::Light {
                    return false;
                }
                if seen.insert(node.id) {
                    open.extend(node.needs());
                }
            }
            _ => {}
        }
    }
    true
}

fn promise<P: Promises>(
    label: String,
    origin: Option<Origin>,
    needs: Vec<Lazy>,
    promises: P,
    work: Work,
    effort: Effort,
) -> P::Lazies {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut kinds = Vec::new();
    promises.promises(&mut kinds);
    let cells: Vec<Arc<OnceLock<Value>>> = kinds.iter().map(|_| Arc::default()).collect();
    let key = key::next(&label);
    let fold_key = match &work {
        Work::Fold { view, .. } => Some(key::of_fold(key, view)),
        Work::Divided(divided) => Some(key::of_source(key, &*divided.blocks)),
        Work::Step(_) => None,
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
        effort,
    });
    if let Some(key) = fold_key {
        key::note(key, &(node.clone() as Arc<dyn Any + Send + Sync>));
    }
    let lazies = cells.into_iter().zip(kinds);
    let lazies = lazies.map(|(cell, promise)| Lazy::promised(cell, node.clone(), promise));
    promises.lazies(&mut lazies.collect::<Vec<Lazy>>().into_iter())
}

//! Nodes: promises of values, with what they need and how they are made.
//!
//! Of the four shapes, *sources* and *rows* live in [`Matrix`](crate::data::Matrix) (blocks and
//! row steps); here are the two that make slots: *folds* over blocks and *steps* that run at once.

use super::edge::{Needs, Promises};
use super::fault::Fault;
use super::holds::Holds;
use super::view::{Extent, View};
use crate::data::{Lazy, Maker, RowsView, Value};
use crate::diagnostic::Diagnostic;
use crate::kernels::ticker::Ticker;
use crate::source::Origin;
use std::any::Any;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};

/// A partial result whose type only its fold knows.
pub type Partial = Box<dyn Any + Send>;

/// A fold ready to see blocks, that makes a `V`.
pub trait Fold<V = Vec<Value>>: Send + Sync {
    /// Adds cells of a grain, in their order, to its partial; `None` before the first ones.
    /// `cells[i]` is the position of row `i` in the view.
    fn add(
        &self,
        into: Option<Partial>,
        rows: RowsView,
        cells: &[u32],
        ticker: &Ticker,
    ) -> Result<Partial, Fault>;
    /// Adds the next grain's partial; called in the order of the grains.
    fn merge(&self, into: &mut Partial, next: Partial) -> Result<(), Fault>;
    /// What was promised; `None` if there was no grain.
    fn finish(&self, total: Option<Partial>, ticker: &Ticker) -> Result<V, Fault>;
    /// Bytes of a partial, so that few enough are in flight.
    fn partial_bytes(&self) -> u64;
    /// Whether the order of the cells cannot show in the result, to the last bit. Then a thread
    /// keeps one partial for all the grains it sees.
    fn any_order(&self) -> bool {
        false
    }
}

/// A [`Fold`] from closures over one type of partial.
pub struct Folding<New, Add, Merge, Finish> {
    /// A partial that has seen nothing.
    pub new: New,
    /// Adds the cells of a block to it.
    pub add: Add,
    pub merge: Merge,
    pub finish: Finish,
    pub partial_bytes: u64,
}

impl<P, V, New, Add, Merge, Finish> Fold<V> for Folding<New, Add, Merge, Finish>
where
    P: Send + 'static,
    New: Fn() -> P + Send + Sync,
    Add: Fn(&mut P, RowsView, &[u32], &Ticker) -> Result<(), Fault> + Send + Sync,
    Merge: Fn(&mut P, P) + Send + Sync,
    Finish: Fn(P, &Ticker) -> Result<V, Fault> + Send + Sync,
{
    fn add(
        &self,
        into: Option<Partial>,
        rows: RowsView,
        cells: &[u32],
        ticker: &Ticker,
    ) -> Result<Partial, Fault> {
        let mut into = into.unwrap_or_else(|| Box::new((self.new)()));
        match into.downcast_mut::<P>() {
            Some(partial) => (self.add)(partial, rows, cells, ticker)?,
            None => unreachable!("a fold adds to its own partials"),
        }
        Ok(into)
    }

    fn merge(&self, into: &mut Partial, next: Partial) -> Result<(), Fault> {
        match (into.downcast_mut::<P>(), next.downcast::<P>()) {
            (Some(into), Ok(next)) => (self.merge)(into, *next),
            _ => unreachable!("a fold merges its own partials"),
        }
        Ok(())
    }

    fn finish(&self, total: Option<Partial>, ticker: &Ticker) -> Result<V, Fault> {
        let total = match total.map(|total| total.downcast::<P>()) {
            Some(Ok(total)) => *total,
            _ => (self.new)(),
        };
        (self.finish)(total, ticker)
    }

    fn partial_bytes(&self) -> u64 {
        self.partial_bytes
    }
}

/// A fold whose partials may be added and merged in any order: exact sums, flags, numbers
/// that are kept with their cells.
pub struct AnyOrder<F>(pub F);

impl<V, F: Fold<V>> Fold<V> for AnyOrder<F> {
    fn add(
        &self,
        into: Option<Partial>,
        rows: RowsView,
        cells: &[u32],
        ticker: &Ticker,
    ) -> Result<Partial, Fault> {
        self.0.add(into, rows, cells, ticker)
    }

    fn merge(&self, into: &mut Partial, next: Partial) -> Result<(), Fault> {
        self.0.merge(into, next)
    }

    fn finish(&self, total: Option<Partial>, ticker: &Ticker) -> Result<V, Fault> {
        self.0.finish(total, ticker)
    }

    fn partial_bytes(&self) -> u64 {
        self.0.partial_bytes()
    }

    fn any_order(&self) -> bool {
        true
    }
}

/// Prepares a fold once the values it needs are there.
pub type Start = Box<dyn Fn(Extent, &[Value]) -> Result<Box<dyn Fold>, Fault> + Send + Sync>;
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
    Fold { view: View, start: Start },
    Step(Make),
}

/// A step of the plan.
pub struct Node {
    /// Nodes are numbered as they are planned; what a node needs has a smaller number.
    pub id: u64,
    /// As the plan is shown: `leiden res=0.6`.
    pub label: String,
    /// The statement that planned it.
    pub origin: Option<Origin>,
    /// None once it is done.
    needs: Mutex<Vec<Lazy>>,
    pub(super) work: Mutex<Option<Arc<Work>>>,
    pub(super) cells: Vec<Arc<OnceLock<Value>>>,
    /// Set by [`holds`].
    holds: OnceLock<Holds>,
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
    let untyped: fn(P::Values) -> Vec<Value> = P::values;
    let start = move |extent: Extent, values: &[Value]| {
        let fold = start(extent, needs.values(&mut values.iter()))?;
        Ok(Box::new(Untyped { fold, untyped }) as Box<dyn Fold>)
    };
    let work = Work::Fold {
        view,
        start: Box::new(start),
    };
    promise(label.into(), origin, lazies, promises, work)
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
    let untyped: fn(P::Values) -> Vec<Value> = P::values;
    let make = move |values: &[Value], context: &Context| {
        make(needs.values(&mut values.iter()), context).map(untyped)
    };
    let work = Work::Step(Box::new(make));
    promise(label.into(), origin, lazies, promises, work)
}

fn promise<P: Promises>(
    label: String,
    origin: Option<Origin>,
    needs: Vec<Lazy>,
    promises: P,
    work: Work,
) -> P::Lazies {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut kinds = Vec::new();
    promises.promises(&mut kinds);
    let cells: Vec<Arc<OnceLock<Value>>> = kinds.iter().map(|_| Arc::default()).collect();
    let node = Arc::new(Node {
        id: NEXT.fetch_add(1, Relaxed),
        label,
        origin,
        needs: Mutex::new(needs),
        work: Mutex::new(Some(Arc::new(work))),
        cells: cells.clone(),
        holds: OnceLock::new(),
    });
    let lazies = cells.into_iter().zip(kinds);
    let lazies = lazies.map(|(cell, promise)| Lazy::promised(cell, node.clone(), promise));
    promises.lazies(&mut lazies.collect::<Vec<Lazy>>().into_iter())
}

/// A fold as the engine keeps it.
struct Untyped<V> {
    fold: Box<dyn Fold<V>>,
    untyped: fn(V) -> Vec<Value>,
}

impl<V> Fold for Untyped<V> {
    fn add(
        &self,
        into: Option<Partial>,
        rows: RowsView,
        cells: &[u32],
        ticker: &Ticker,
    ) -> Result<Partial, Fault> {
        self.fold.add(into, rows, cells, ticker)
    }

    fn merge(&self, into: &mut Partial, next: Partial) -> Result<(), Fault> {
        self.fold.merge(into, next)
    }

    fn finish(&self, total: Option<Partial>, ticker: &Ticker) -> Result<Vec<Value>, Fault> {
        self.fold.finish(total, ticker).map(self.untyped)
    }

    fn partial_bytes(&self) -> u64 {
        self.fold.partial_bytes()
    }

    fn any_order(&self) -> bool {
        self.fold.any_order()
    }
}

//! Folds as they run: those over the same view together, and what each of them looks at.

use super::fault::Fault;
use super::fold::{Fold, Order, Partial};
use super::node::{Node, Work};
use super::rehearsal::Rehearsal;
use super::total::{Found, Total};
use super::view::{Prepared, View};
use crate::data::{Rows, RowsView};
use crate::kernels::ticker::Ticker;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How a pass is run. Only `chunk` views in a result.
#[derive(Clone, Copy)]
pub(super) struct How<'a> {
    pub ticker: &'a Ticker,
    /// Cells of a grain that folds see at once, at most.
    pub block: usize,
    /// Bytes that partials take, about.
    pub in_flight: u64,
    /// Cells of a chunk.
    pub chunk: usize,
    pub rehearsal: Option<Rehearsal>,
}

/// The node that is to blame, if one is, and why.
pub(super) type Failure = (Option<Arc<Node>>, Fault);

/// What is looked at in a grain: everything by the range that it is `own` to; by folds that know
/// chunks, some positions of the view.
#[derive(Clone, Copy)]
pub(super) struct GrainPart<'a> {
    pub own: bool,
    pub positions: &'a Range<usize>,
}

/// Folds over the same view, which is prepared once for all of them.
pub(super) struct ViewFolds<'a> {
    view: &'a View,
    pub prepared: Prepared,
    pub folds: Vec<RunningFold>,
}

impl ViewFolds<'_> {
    /// What the blame is put on where the values are to blame.
    pub fn first_node(&self) -> Option<Arc<Node>> {
        self.folds.first().map(|running| running.node.clone())
    }

    pub fn knows_chunks(&self) -> bool {
        let mut orders = self.folds.iter().map(|running| running.fold.order());
        orders.any(|order| order == Order::Chunks)
    }

    pub fn wants(&self, grain: &Range<usize>, own: bool) -> bool {
        (own || self.knows_chunks()) && !self.prepared.range(grain).is_empty()
    }

    /// What each fold finds in a grain whose values are `rows`.
    pub fn map(
        &self,
        rows: Cow<Rows>,
        grain: &Range<usize>,
        looked_at: GrainPart,
        found: &mut Vec<Found>,
        how: How,
    ) -> Result<(), Failure> {
        let first = found.len();
        found.resize_with(first + self.folds.len(), Found::new);
        let found = &mut found[first..];
        if !looked_at.own && !self.knows_chunks() {
            return Ok(());
        }
        if how.block >= grain.len() {
            return self.add(rows, grain, looked_at, found, how);
        }
        for start in grain.clone().step_by(how.block) {
            let range = start..start.saturating_add(how.block).min(grain.end);
            let part = part(
                rows.view(),
                range.start - grain.start..range.end - grain.start,
            );
            self.add(Cow::Owned(part), &range, looked_at, found, how)?;
        }
        Ok(())
    }

    /// Shows some cells to all folds.
    fn add(
        &self,
        rows: Cow<Rows>,
        range: &Range<usize>,
        looked_at: GrainPart,
        found: &mut [Found],
        how: How,
    ) -> Result<(), Failure> {
        let shown = self.prepared.show(rows, range, looked_at.own);
        let (shown, cells) = shown.map_err(|fault| (self.first_node(), fault))?;
        for (running, found) in self.folds.iter().zip(found) {
            let added = match running.fold.order() {
                Order::Chunks => {
                    running.add_chunks(found, shown.view(), &cells, looked_at.positions, how)
                }
                _ if looked_at.own => running.add(found, 0, shown.view(), &cells, how.ticker),
                _ => Ok(()),
            };
            added.map_err(|fault| running.blamed(fault))?;
        }
        Ok(())
    }
}

/// Some rows of a block.
fn part(rows: RowsView, range: Range<usize>) -> Rows {
    let part = rows.slice_outer(range);
    Rows::new(
        part.shape(),
        part.proper_indptr().to_vec(),
        part.indices().to_vec(),
        part.data().to_vec(),
    )
}

/// A fold as it runs.
pub(super) struct RunningFold {
    pub node: Arc<Node>,
    pub fold: Box<dyn Fold>,
    /// Partials that no thread adds to at the moment; only of folds of any order.
    idle: Mutex<Vec<Partial>>,
}

impl RunningFold {
    pub fn blamed(&self, fault: Fault) -> Failure {
        (Some(self.node.clone()), fault)
    }

    /// Adds some cells of a chunk to what was found in a grain, or to a partial that a thread keeps.
    fn add(
        &self,
        found: &mut Found,
        chunk: usize,
        rows: RowsView,
        cells: &[u32],
        ticker: &Ticker,
    ) -> Result<(), Fault> {
        if self.fold.order() == Order::Any {
            let held = self.idle().pop();
            let partial = self.fold.add(held, rows, cells, ticker)?;
            self.idle().push(partial);
            return Ok(());
        }
        let before = found.pop_if(|(open, _)| *open == chunk);
        let before = before.map(|(_, partial)| partial);
        found.push((chunk, self.fold.add(before, rows, cells, ticker)?));
        Ok(())
    }

    /// The same of the cells at some positions of the view, chunk by chunk.
    fn add_chunks(
        &self,
        found: &mut Found,
        rows: RowsView,
        cells: &[u32],
        positions: &Range<usize>,
        how: How,
    ) -> Result<(), Fault> {
        // Positions follow each other without a gap.
        let first = cells.first().map_or(0, |&cell| cell as usize);
        let all = first..first + cells.len();
        let mut start = all.start.max(positions.start);
        let end = all.end.min(positions.end);
        while start < end {
            let chunk = start / how.chunk;
            let next = (chunk + 1).saturating_mul(how.chunk).min(end);
            if (start..next) == all {
                return self.add(found, chunk, rows, cells, how.ticker);
            }
            let within = start - first..next - first;
            let part = part(rows, within.clone());
            self.add(found, chunk, part.view(), &cells[within], how.ticker)?;
            start = next;
        }
        Ok(())
    }

    /// Merges what the threads kept.
    pub fn gather(&self, total: &mut Total) -> Result<(), Failure> {
        let kept: Vec<Partial> = self.idle().drain(..).collect();
        let found = kept.into_iter().map(|partial| (0, partial)).collect();
        match total {
            Total::Any(_) => total
                .add(&*self.fold, 0, found)
                .map_err(|fault| self.blamed(fault)),
            _ => Ok(()),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Partial>> {
        // A list of partials is whole whatever a panicking thread did.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn add<'a>(
    views: &mut Vec<ViewFolds<'a>>,
    node: &Arc<Node>,
    work: &'a Work,
) -> Result<(), Fault> {
    let Work::Fold { view, start } = work else {
        unreachable!("a pass holds folds only");
    };
    let at = match views.iter().position(|known| known.view.same(view)) {
        Some(at) => at,
        None => {
            let prepared = view.prepare()?;
            views.push(ViewFolds {
                view,
                prepared,
                folds: Vec::new(),
            });
            views.len() - 1
        }
    };
    let fold = start(views[at].prepared.extent, &node.needed())?;
    views[at].folds.push(RunningFold {
        node: node.clone(),
        fold,
        idle: Mutex::default(),
    });
    Ok(())
}

//! One reading of a source: all its grains, through all views, into all folds.
//!
//! Grains are the unit of work and of summation. A window of them is read, decoded and mapped on
//! all cores, while partial results of the window before are merged in the order of the grains, so that neither the
//! number of threads nor the width of the window shows in a result. Folds whose partials may be
//! added in any order ([`super::AnyOrder`]) keep one partial a thread instead.

use super::fault::Fault;
use super::node::{Fold, Node, Partial, Work};
use super::view::{Prepared, View};
use crate::data::{Blocks, Rows, RowsView};
use crate::kernels::ticker::Ticker;
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of partial results in flight, however much there is.
const PARTIALS: u64 = 160 << 20;

/// Something that wants every complete grain as it comes by, such as a staged copy.
pub trait Watch: Sync {
    fn grain(&self, number: usize, rows: &Rows) -> Result<(), Fault>;
}

/// Runs all `nodes`, folds over blocks of one source, in one reading of `blocks`. Folds see at most
/// `block` cells of a grain at once; their partials take about `in_flight` bytes at most.
pub(super) fn run(
    nodes: &[Arc<Node>],
    blocks: &dyn Blocks,
    watch: Option<&dyn Watch>,
    ticker: &Ticker,
    (block, in_flight): (usize, u64),
) -> Result<(), (Option<Arc<Node>>, Fault)> {
    let works: Vec<Arc<Work>> = nodes.iter().filter_map(|node| node.work()).collect();
    let mut shows: Vec<Show> = Vec::new();
    for (node, work) in nodes.iter().zip(&works) {
        add(&mut shows, node, work).map_err(|fault| (Some(node.clone()), fault))?;
    }
    if blocks.are_counts() {
        shows.iter_mut().for_each(|show| show.prepared.trust());
    }
    let grains = blocks.grains().map_err(|error| (None, error.into()))?;
    let mut totals: Vec<Option<Partial>> = Vec::new();
    totals.resize_with(seats(&shows).count(), || None);
    ticker.begin(blocks.n_cells() as u64);
    let map = |window: Window| -> Vec<_> {
        window
            .into_par_iter()
            .map(|(number, grain)| map_grain(&shows, blocks, number, grain, watch, (ticker, block)))
            .collect()
    };
    let mut merge = |mapped: Vec<Result<_, Failure>>| {
        mapped.into_iter().try_for_each(|partials| {
            // Merging may be slow: all of a window would keep who presses Ctrl-C waiting.
            ticker.check().map_err(|stopped| (None, stopped.into()))?;
            merge(&shows, &mut totals, partials?)
        })
    };
    // While a window is merged the next one is mapped, where there is room for both: merging may be
    // slow, as writing a file is.
    let (width, overlap) = width(&shows, in_flight.min(PARTIALS));
    let mut waiting = Vec::new();
    for window in windows(&grains, width) {
        let before = std::mem::take(&mut waiting);
        if overlap {
            let (merged, mapped) = rayon::join(|| merge(before), || map(window));
            merged?;
            waiting = mapped;
        } else {
            merge(map(window))?;
        }
    }
    merge(waiting)?;
    for (seat, total) in seats(&shows).zip(&mut totals) {
        seat.gather(total)?;
    }
    finish(&shows, totals, ticker)
}

/// Views that show the same blocks, with the folds that look at them.
struct Show<'a> {
    view: &'a View,
    prepared: Prepared,
    folds: Vec<Seat>,
}

impl Show<'_> {
    /// What the blame is put on where the values are to blame.
    fn first_node(&self) -> Option<Arc<Node>> {
        self.folds.first().map(|seat| seat.node.clone())
    }

    /// One partial for each fold, of a grain whose values are `rows`; at most `block` cells are
    /// shown at once.
    fn map(
        &self,
        rows: Cow<Rows>,
        grain: &Range<usize>,
        partials: &mut Vec<Option<Partial>>,
        (ticker, block): (&Ticker, usize),
    ) -> Result<(), Failure> {
        let first = partials.len();
        partials.resize_with(first + self.folds.len(), || None);
        let partials = &mut partials[first..];
        if block >= grain.len() {
            return self.add(rows, grain, partials, ticker);
        }
        for start in grain.clone().step_by(block) {
            let range = start..start.saturating_add(block).min(grain.end);
            let part = part(&rows, range.start - grain.start..range.end - grain.start);
            self.add(Cow::Owned(part), &range, partials, ticker)?;
        }
        Ok(())
    }

    /// Shows some cells to all folds.
    fn add(
        &self,
        rows: Cow<Rows>,
        range: &Range<usize>,
        partials: &mut [Option<Partial>],
        ticker: &Ticker,
    ) -> Result<(), Failure> {
        let shown = self.prepared.show(rows, range);
        let (shown, cells) = shown.map_err(|fault| (self.first_node(), fault))?;
        for (seat, partial) in self.folds.iter().zip(partials) {
            let added = seat.add(partial.take(), shown.view(), &cells, ticker);
            *partial = added.map_err(|fault| (Some(seat.node.clone()), fault))?;
        }
        Ok(())
    }
}

/// Some rows of a block.
fn part(rows: &Rows, range: Range<usize>) -> Rows {
    let part = rows.slice_outer(range);
    Rows::new(
        part.shape(),
        part.proper_indptr().to_vec(),
        part.indices().to_vec(),
        part.data().to_vec(),
    )
}

/// A fold at work.
struct Seat {
    node: Arc<Node>,
    fold: Box<dyn Fold>,
    /// Partials that no thread adds to at the moment; only of folds of any order.
    idle: Mutex<Vec<Partial>>,
}

impl Seat {
    /// The partial of a grain with some cells more; `None` if it is one that a thread keeps.
    fn add(
        &self,
        partial: Option<Partial>,
        rows: RowsView,
        cells: &[u32],
        ticker: &Ticker,
    ) -> Result<Option<Partial>, Fault> {
        if !self.fold.any_order() {
            return self.fold.add(partial, rows, cells, ticker).map(Some);
        }
        let held = self.idle().pop();
        let partial = self.fold.add(held, rows, cells, ticker)?;
        self.idle().push(partial);
        Ok(None)
    }

    /// Merges what the threads kept.
    fn gather(&self, total: &mut Option<Partial>) -> Result<(), Failure> {
        for partial in self.idle().drain(..) {
            self.merge(total, partial)?;
        }
        Ok(())
    }

    fn merge(&self, total: &mut Option<Partial>, partial: Partial) -> Result<(), Failure> {
        match total {
            None => *total = Some(partial),
            Some(total) => self
                .fold
                .merge(total, partial)
                .map_err(|fault| (Some(self.node.clone()), fault))?,
        }
        Ok(())
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Partial>> {
        // A list of partials is whole whatever a panicking thread did.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seats<'a>(shows: &'a [Show]) -> impl Iterator<Item = &'a Seat> {
    shows.iter().flat_map(|show| &show.folds)
}

type Failure = (Option<Arc<Node>>, Fault);

fn add<'a>(shows: &mut Vec<Show<'a>>, node: &Arc<Node>, work: &'a Work) -> Result<(), Fault> {
    let Work::Fold { view, start } = work else {
        unreachable!("a pass holds folds only");
    };
    let at = match shows.iter().position(|show| show.view.same(view)) {
        Some(at) => at,
        None => {
            let prepared = view.prepare()?;
            shows.push(Show {
                view,
                prepared,
                folds: Vec::new(),
            });
            shows.len() - 1
        }
    };
    let fold = start(shows[at].prepared.extent, &node.needed())?;
    shows[at].folds.push(Seat {
        node: node.clone(),
        fold,
        idle: Mutex::default(),
    });
    Ok(())
}

/// Grains with their numbers.
type Window = Vec<(usize, Range<usize>)>;

/// All grains, a few at a time.
fn windows(grains: &[usize], width: usize) -> impl Iterator<Item = Window> {
    let numbered: Vec<_> = grains
        .windows(2)
        .map(|ends| ends[0]..ends[1])
        .enumerate()
        .collect();
    let chunks: Vec<_> = numbered.chunks(width).map(<[_]>::to_vec).collect();
    chunks.into_iter()
}

/// How many grains are mapped before their partials are merged, and whether the next ones may be
/// mapped meanwhile.
fn width(shows: &[Show], in_flight: u64) -> (usize, bool) {
    let bytes: u64 = seats(shows)
        .filter(|seat| !seat.fold.any_order())
        .map(|seat| seat.fold.partial_bytes())
        .sum();
    if bytes == 0 {
        // Nothing waits to be merged.
        return (usize::MAX, false);
    }
    let threads = rayon::current_num_threads();
    let fits = (in_flight / bytes) as usize;
    // As many grains for each thread.
    match fits / (2 * threads) {
        0 => (threads, false),
        each => (each.min(8) * threads, true),
    }
}

/// One partial for each fold of each show, in order.
fn map_grain(
    shows: &[Show],
    blocks: &dyn Blocks,
    number: usize,
    grain: Range<usize>,
    watch: Option<&dyn Watch>,
    (ticker, block): (&Ticker, usize),
) -> Result<Vec<Option<Partial>>, Failure> {
    ticker.check().map_err(|stopped| (None, stopped.into()))?;
    let wanted = shows
        .iter()
        .any(|show| !show.prepared.range(&grain).is_empty());
    let mut partials = Vec::new();
    if !wanted && watch.is_none() {
        partials.resize_with(seats(shows).count(), || None);
    } else {
        let rows = blocks
            .read(grain.clone())
            .map_err(|error| (None, error.into()))?;
        if let Some(watch) = watch {
            watch.grain(number, &rows).map_err(|fault| (None, fault))?;
        }
        if let Some((last, others)) = shows.split_last() {
            for show in others {
                show.map(Cow::Borrowed(&rows), &grain, &mut partials, (ticker, block))?;
            }
            // Nobody looks at the block after it: it may be changed in place.
            last.map(Cow::Owned(rows), &grain, &mut partials, (ticker, block))?;
        }
    }
    ticker
        .advance(grain.len() as u64)
        .map_err(|stopped| (None, stopped.into()))?;
    Ok(partials)
}

fn merge(
    shows: &[Show],
    totals: &mut [Option<Partial>],
    partials: Vec<Option<Partial>>,
) -> Result<(), Failure> {
    for ((seat, total), partial) in seats(shows).zip(totals).zip(partials) {
        if let Some(partial) = partial {
            seat.merge(total, partial)?;
        }
    }
    Ok(())
}

/// All values first, then all places: a failure fills none.
fn finish(shows: &[Show], totals: Vec<Option<Partial>>, ticker: &Ticker) -> Result<(), Failure> {
    let mut finished = Vec::new();
    for (seat, total) in seats(shows).zip(totals) {
        let values = seat
            .fold
            .finish(total, ticker)
            .map_err(|fault| (Some(seat.node.clone()), fault))?;
        finished.push((seat.node.clone(), values));
    }
    for (node, values) in finished {
        node.fill(values);
    }
    Ok(())
}

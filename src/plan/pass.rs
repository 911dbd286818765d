//! One reading of a source: its grains, through all views, into all folds.
//!
//! A pass is begun (`Pass::new`), mapped over ranges of grains (`Pass::map`), which give totals
//! that can be merged in any order (`Pass::merge`), and finished. One process has one range; a
//! cluster has many.
//!
//! Grains are the unit of work. A window of them is read, decoded and mapped on all cores, while
//! partial results of the window before are merged in the order of the grains, so that neither the
//! number of threads nor the width of the window views in a result.

use super::fault::Fault;
use super::fold::Order;
use super::node::{Node, Work};
use super::rounded::Rounding;
pub(super) use super::running::{Failure, How};
use super::running::{GrainPart, RunningFold, ViewFolds, add};
use super::subset::GenePick;
use super::total::{Found, Total, chunks_of};
use crate::data::{Blocks, Rows};
use crate::kernels::ticker::Ticker;
use crate::kernels::transfer::{Packing, Torn, Unpacking};
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of partial results in flight, however much there is.
const PARTIALS: u64 = 160 << 20;

/// Something that gets every complete grain of a pass, such as a staged copy.
pub trait Watch: Sync {
    fn grain(&self, number: usize, rows: &Rows) -> Result<(), Fault>;
}

/// Runs all `nodes`, folds over blocks of one source, in one reading of `blocks`. Says what was
/// rounded on the way.
pub(super) fn run(
    nodes: &[Arc<Node>],
    blocks: &dyn Blocks,
    watch: Option<&dyn Watch>,
    how: How,
) -> Result<Vec<(Arc<Node>, Rounding)>, Failure> {
    let works: Vec<Arc<Work>> = nodes.iter().filter_map(|node| node.work()).collect();
    let pass = Pass::new(nodes, &works, blocks)?;
    let Some(rehearsal) = how.rehearsal.filter(|_| pass.is_sendable()) else {
        let totals = pass.map(0..pass.n_grains(), watch, how)?;
        pass.finish(totals, how.ticker)?;
        return Ok(pass.roundings());
    };
    let mut totals = pass.nothing();
    for range in rehearsal.ranges(pass.n_grains()) {
        let found = pass.map(range, watch, how)?;
        let found = pass.unpack(&pass.pack(&found));
        let found = found.map_err(|torn| (None, torn.into()))?;
        pass.merge(&mut totals, found)?;
    }
    pass.finish(totals, how.ticker)?;
    Ok(pass.roundings())
}

/// Folds over one source that are ready to see its grains.
pub(super) struct Pass<'a> {
    views: Vec<ViewFolds<'a>>,
    blocks: &'a dyn Blocks,
    /// First cells of the grains, and the end.
    grains: Arc<[usize]>,
}

impl<'a> Pass<'a> {
    /// `works[i]` is what `nodes[i]` does; everything they need is there.
    pub fn new(
        nodes: &[Arc<Node>],
        works: &'a [Arc<Work>],
        blocks: &'a dyn Blocks,
    ) -> Result<Self, Failure> {
        let mut views: Vec<ViewFolds> = Vec::new();
        for (node, work) in nodes.iter().zip(works) {
            add(&mut views, node, work).map_err(|fault| (Some(node.clone()), fault))?;
        }
        if blocks.are_counts() {
            views.iter_mut().for_each(|view| view.prepared.trust());
        }
        Ok(Pass {
            views,
            blocks,
            grains: blocks.grains().map_err(|error| (None, error.into()))?,
        })
    }

    pub fn n_grains(&self) -> usize {
        self.grains.len().saturating_sub(1)
    }

    /// Ranges of all grains, at most `each` for each line. Where folds know chunks, ranges begin where
    /// chunks do, so that few grains are read twice.
    pub fn ranges(
        &self,
        (lines, each): (usize, usize),
        chunk: usize,
    ) -> Vec<(usize, Range<usize>)> {
        let behind = |cell: usize| self.grains.partition_point(|&first| first <= cell);
        let grain = |cell: usize| behind(cell).saturating_sub(1);
        let view = self.views.iter().find(|view| view.knows_chunks());
        let mut starts: Vec<usize> = match view {
            Some(view) => (0..view.prepared.extent.cells)
                .step_by(chunk)
                .map(|position| grain(view.prepared.source(position)))
                .collect(),
            None => (0..self.n_grains()).collect(),
        };
        starts.extend([0, self.n_grains()]);
        starts.sort_unstable();
        starts.dedup();
        let begins = first_cells(self.blocks.n_cells(), lines, chunk);
        let begins: Vec<usize> = begins.into_iter().map(grain).collect();
        let mut of_lines = vec![Vec::new(); lines];
        for ends in starts.windows(2) {
            let middle = (ends[0] + ends[1]) / 2;
            let line = begins.partition_point(|&first| first <= middle);
            of_lines[line].push(ends[0]..ends[1]);
        }
        let mut ranges = Vec::new();
        for (line, own) in of_lines.iter().enumerate() {
            for part in own.chunks(own.len().div_ceil(each).max(1)) {
                ranges.push((line, part[0].start..part[part.len() - 1].end));
            }
        }
        ranges
    }

    /// The genes that the only view picks before all steps, where these are few: they can be picked once for
    /// several passes.
    pub fn few_genes(&self) -> Option<&GenePick> {
        match &self.views[..] {
            [view] => view.prepared.few_genes(),
            _ => None,
        }
    }

    /// Reads blocks with these genes picked.
    pub fn read_picked(&mut self, blocks: &'a dyn Blocks) {
        self.blocks = blocks;
        self.views
            .iter_mut()
            .for_each(|view| view.prepared.are_picked());
    }

    /// Whether all folds can be mapped by another process.
    pub fn is_sendable(&self) -> bool {
        self.folds().all(|running| running.fold.is_sendable())
    }

    /// Totals of no grain: one for each fold.
    pub fn nothing(&self) -> Vec<Total> {
        self.folds()
            .map(|running| Total::new(running.fold.order()))
            .collect()
    }

    /// What the folds find in some grains, and in the chunks that begin in them.
    pub fn map(
        &self,
        range: Range<usize>,
        watch: Option<&dyn Watch>,
        how: How,
    ) -> Result<Vec<Total>, Failure> {
        let mapping = Mapping::new(self, range, watch, how);
        let ticker = how.ticker;
        let mut totals = self.nothing();
        let cells = self.cells(&mapping.grains);
        ticker.begin(cells.len() as u64);
        let map = |window: Range<usize>| -> Vec<_> {
            let grains = window.into_par_iter();
            grains.map(|grain| (grain, mapping.grain(grain))).collect()
        };
        let mut merge = |mapped: Vec<(usize, Result<_, Failure>)>| {
            mapped.into_iter().try_for_each(|(grain, found)| {
                // Merging may be slow: all of a window would keep who presses Ctrl-C waiting.
                ticker.check().map_err(|stopped| (None, stopped.into()))?;
                self.add(&mut totals, grain, found?)
            })
        };
        // While a window is merged the next one is mapped, where there is room for both: merging
        // may be slow, as writing a file is.
        let (width, overlap) = self.width(how.in_flight.min(PARTIALS));
        let mut waiting = Vec::new();
        for start in mapping.grains.clone().step_by(width) {
            let window = start..start.saturating_add(width).min(mapping.grains.end);
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
        for (running, total) in self.folds().zip(&mut totals) {
            running.gather(total)?;
            total
                .close(&*running.fold)
                .map_err(|fault| running.blamed(fault))?;
        }
        // Who closes a chunk may have been stopped on the way.
        ticker.check().map_err(|stopped| (None, stopped.into()))?;
        Ok(totals)
    }

    /// Adds what was found in other grains, by whomever.
    pub fn merge(&self, totals: &mut [Total], next: Vec<Total>) -> Result<(), Failure> {
        for ((running, total), next) in self.folds().zip(totals).zip(next) {
            let merged = total.merge(&*running.fold, next);
            merged.map_err(|fault| running.blamed(fault))?;
        }
        Ok(())
    }

    /// All values first, then all places: a failure fills none.
    pub fn finish(&self, totals: Vec<Total>, ticker: &Ticker) -> Result<(), Failure> {
        let mut finished = Vec::new();
        for (running, total) in self.folds().zip(totals) {
            let values = total
                .whole(&*running.fold)
                .and_then(|total| running.fold.finish(total, ticker))
                .map_err(|fault| running.blamed(fault))?;
            finished.push((&running.node, values));
        }
        for (node, values) in finished {
            node.fill(values);
        }
        Ok(())
    }

    /// What was rounded so far of the values that folds looked at, and the first of these folds.
    pub fn roundings(&self) -> Vec<(Arc<Node>, Rounding)> {
        let of_view = |view: &ViewFolds| Some((view.first_node()?, view.prepared.rounding()?));
        self.views.iter().filter_map(of_view).collect()
    }

    /// Totals as bytes; all folds can be sent.
    pub fn pack(&self, totals: &[Total]) -> Vec<u8> {
        let mut to = Packing::default();
        for (running, total) in self.folds().zip(totals) {
            total.pack(&*running.fold, &mut to);
        }
        to.0
    }

    /// The totals that were packed.
    ///
    /// # Errors
    /// The bytes are damaged.
    pub fn unpack(&self, bytes: &[u8]) -> Result<Vec<Total>, Torn> {
        let mut from = Unpacking(bytes);
        let totals = self
            .folds()
            .map(|running| Total::unpack(&*running.fold, &mut from));
        let totals: Vec<Total> = totals.collect::<Result<_, Torn>>()?;
        from.end()?;
        Ok(totals)
    }

    /// The cells of some grains.
    pub fn cells(&self, grains: &Range<usize>) -> Range<usize> {
        let first = |grain: usize| self.grains.get(grain).copied().unwrap_or(0);
        first(grains.start)..first(grains.end)
    }

    fn folds(&self) -> impl Iterator<Item = &RunningFold> {
        self.views.iter().flat_map(|view| &view.folds)
    }

    /// Adds what was found in the next grain.
    fn add(&self, totals: &mut [Total], grain: usize, found: Vec<Found>) -> Result<(), Failure> {
        for ((running, total), found) in self.folds().zip(totals).zip(found) {
            let added = total.add(&*running.fold, grain, found);
            added.map_err(|fault| running.blamed(fault))?;
        }
        Ok(())
    }

    /// How many grains are mapped before their partials are merged, and whether the next ones may
    /// be mapped meanwhile.
    fn width(&self, in_flight: u64) -> (usize, bool) {
        let bytes: u64 = self
            .folds()
            .filter(|running| running.fold.order() != Order::Any)
            .map(|running| running.fold.partial_bytes())
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
}

/// The first cells of the lines after the first: about where chunks begin, if there are some for each, so that
/// a line has the same cells in passes with chunks and without.
fn first_cells(n_cells: usize, lines: usize, chunk: usize) -> Vec<usize> {
    let few = n_cells / chunk < 2 * lines;
    let chunk = if few { 1 } else { chunk };
    let begin = |line: usize| (line * n_cells / lines + chunk / 2) / chunk * chunk;
    (1..lines).map(begin).collect()
}

/// A range of grains that is being mapped.
struct Mapping<'a> {
    pass: &'a Pass<'a>,
    /// Those of the range.
    own: Range<usize>,
    /// Those to read: the chunks that begin in the range may end beyond.
    grains: Range<usize>,
    /// For each view its positions that lie in these chunks.
    positions: Vec<Range<usize>>,
    watch: Option<&'a dyn Watch>,
    how: How<'a>,
}

impl<'a> Mapping<'a> {
    fn new(
        pass: &'a Pass<'a>,
        own: Range<usize>,
        watch: Option<&'a dyn Watch>,
        how: How<'a>,
    ) -> Self {
        let cells = pass.cells(&own);
        let mut grains = own.clone();
        let mut positions = Vec::new();
        for view in &pass.views {
            let chunks = chunks_of(view.prepared.range(&cells), how.chunk);
            let start = chunks.start.saturating_mul(how.chunk);
            let end = chunks.end.saturating_mul(how.chunk);
            let end = end.min(view.prepared.extent.cells);
            if view.knows_chunks() && start < end {
                let last = view.prepared.source(end - 1);
                let after = pass.grains.partition_point(|&first| first <= last);
                grains.end = grains.end.max(after);
            }
            positions.push(start..end);
        }
        Mapping {
            pass,
            own,
            grains,
            positions,
            watch,
            how,
        }
    }

    /// For each fold what it finds in a grain.
    fn grain(&self, number: usize) -> Result<Vec<Found>, Failure> {
        let ticker = self.how.ticker;
        ticker.check().map_err(|stopped| (None, stopped.into()))?;
        let grain = self.pass.cells(&(number..number + 1));
        let own = self.own.contains(&number);
        let watch = self.watch.filter(|_| own);
        let views: Vec<(&ViewFolds, GrainPart)> = self
            .pass
            .views
            .iter()
            .zip(&self.positions)
            .map(|(view, positions)| (view, GrainPart { own, positions }))
            .collect();
        let mut found = Vec::new();
        if watch.is_none() && !views.iter().any(|(view, _)| view.wants(&grain, own)) {
            found.resize_with(self.pass.folds().count(), Found::new);
        } else {
            let rows = self.pass.blocks.read(grain.clone());
            let rows = rows.map_err(|error| (None, error.into()))?;
            if let Some(watch) = watch {
                watch.grain(number, &rows).map_err(|fault| (None, fault))?;
            }
            if let Some(((last, looked_at), others)) = views.split_last() {
                for (view, looked_at) in others {
                    let rows = Cow::Borrowed(&rows);
                    view.map(rows, &grain, *looked_at, &mut found, self.how)?;
                }
                // The block is not used again: it may be changed in place.
                last.map(Cow::Owned(rows), &grain, *looked_at, &mut found, self.how)?;
            }
        }
        let advanced = ticker.advance(grain.len() as u64);
        advanced.map_err(|stopped| (None, stopped.into()))?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_where_chunks_do() {
        assert_eq!(first_cells(300_000, 2, 65_536), [131_072]);
        assert_eq!(first_cells(1_000_000, 3, 65_536), [327_680, 655_360]);
        // Too few for that.
        assert_eq!(first_cells(100_000, 2, 65_536), [50_000]);
        assert!(first_cells(0, 1, 65_536).is_empty());
    }
}

//! Folds: what is made of all cells of a view, block by block.
//!
//! A fold adds blocks to partial results, partial results are merged, and the last one is finished.
//! The fold says in which order they may be merged ([`Order`]), and whether another
//! process may add ([`Transfer`]): then cells may be cut into ranges anywhere, ranges may be done
//! in any order and anywhere, and the result has the same bits.

use super::fault::Fault;
use super::view::Extent;
use crate::data::{RowsView, Value};
use crate::kernels::ticker::Ticker;
use crate::kernels::transfer::{Packing, Torn, Transfer, Unpacking};
use std::any::Any;

/// A partial result whose type only its fold knows.
pub type Partial = Box<dyn Any + Send>;

/// In which order partials are merged, so that a result has the same bits however the cells
/// were cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// In any: exact sums, flags, numbers that are kept with their cells. A thread keeps one
    /// partial for all the grains it sees.
    Any,
    /// In that of the cells: lists of what was found.
    Cells,
    /// Rounded sums. Cells of a chunk are added in their order, from nothing; chunks are
    /// added along the binary tree of their numbers (see [`super::total`]).
    Chunks,
}

/// A fold ready to see blocks, that makes a `V`.
pub trait Fold<V = Vec<Value>>: Send + Sync {
    fn order(&self) -> Order;
    /// Adds cells of a grain, in their order, to its partial; `None` before the first ones.
    /// `cells[i]` is the position of row `i` in the view.
    fn add(
        &self,
        into: Option<Partial>,
        rows: RowsView,
        cells: &[u32],
        ticker: &Ticker,
    ) -> Result<Partial, Fault>;
    /// Adds the partial of the cells that follow, or the sums of the chunks that follow.
    fn merge(&self, into: &mut Partial, next: Partial) -> Result<(), Fault>;
    /// A chunk is complete: no more cells are added to its partial.
    fn close(&self, partial: &mut Partial);
    /// What was promised; `None` if there was no grain.
    fn finish(&self, total: Option<Partial>, ticker: &Ticker) -> Result<V, Fault>;
    /// Bytes of a partial, so that few enough are in flight.
    fn partial_bytes(&self) -> u64;
    /// Whether partials may be made by another process.
    fn is_sendable(&self) -> bool;
    /// Appends a partial of a [sendable](Fold::is_sendable) fold.
    fn pack(&self, partial: &Partial, to: &mut Packing);
    /// The partial that was packed.
    ///
    /// # Errors
    /// The bytes are damaged.
    fn unpack(&self, from: &mut Unpacking) -> Result<Partial, Torn>;
}

/// A [`Fold`] from closures over one type of partial. The methods that make it one say how its
/// partials are merged.
pub struct Folding<New, Add, Merge, Finish> {
    /// A partial that has seen nothing.
    pub new: New,
    /// Adds the cells of a block to it.
    pub add: Add,
    pub merge: Merge,
    pub finish: Finish,
    pub partial_bytes: u64,
}

impl<P, V, New, Add, Merge, Finish> Folding<New, Add, Merge, Finish>
where
    P: Send + 'static,
    V: 'static,
    New: Fn() -> P + Send + Sync + 'static,
    Add: Fn(&mut P, RowsView, &[u32], &Ticker) -> Result<(), Fault> + Send + Sync + 'static,
    Merge: Fn(&mut P, P) + Send + Sync + 'static,
    Finish: Fn(P, &Ticker) -> Result<V, Fault> + Send + Sync + 'static,
{
    /// Exact sums, flags, numbers kept with their cells: merged in any order.
    pub fn exact(self) -> Box<dyn Fold<V>>
    where
        P: Transfer,
    {
        self.ordered(Order::Any, |_| (), Some(Wire::new()))
    }

    /// Lists of what was found cell by cell, put one after the other.
    pub fn by_cell(self) -> Box<dyn Fold<V>>
    where
        P: Transfer,
    {
        self.ordered(Order::Cells, |_| (), Some(Wire::new()))
    }

    /// Rounded sums, added up by chunks; `close` is called on those of a complete chunk.
    pub fn by_chunk(self, close: fn(&mut P)) -> Box<dyn Fold<V>>
    where
        P: Transfer,
    {
        self.ordered(Order::Chunks, close, Some(Wire::new()))
    }

    /// Rows that are gathered, a file that is written: in the order of the cells, and in this
    /// process only.
    pub fn here(self) -> Box<dyn Fold<V>> {
        self.ordered(Order::Cells, |_| (), None)
    }

    /// In any order, and in this process only.
    pub fn here_in_any_order(self) -> Box<dyn Fold<V>> {
        self.ordered(Order::Any, |_| (), None)
    }

    fn ordered(self, order: Order, close: fn(&mut P), wire: Option<Wire<P>>) -> Box<dyn Fold<V>> {
        Box::new(Ordered {
            folding: self,
            order,
            close,
            wire,
        })
    }
}

/// How a partial becomes bytes, and bytes a partial.
struct Wire<P> {
    pack: fn(&P, &mut Packing),
    unpack: fn(&mut P, &mut Unpacking) -> Result<(), Torn>,
}

impl<P: Transfer> Wire<P> {
    fn new() -> Self {
        Wire {
            pack: P::pack,
            unpack: P::unpack,
        }
    }
}

struct Ordered<F, P> {
    folding: F,
    order: Order,
    close: fn(&mut P),
    wire: Option<Wire<P>>,
}

impl<P, V, New, Add, Merge, Finish> Fold<V> for Ordered<Folding<New, Add, Merge, Finish>, P>
where
    P: Send + 'static,
    New: Fn() -> P + Send + Sync,
    Add: Fn(&mut P, RowsView, &[u32], &Ticker) -> Result<(), Fault> + Send + Sync,
    Merge: Fn(&mut P, P) + Send + Sync,
    Finish: Fn(P, &Ticker) -> Result<V, Fault> + Send + Sync,
{
    fn order(&self) -> Order {
        self.order
    }

    fn add(
        &self,
        into: Option<Partial>,
        rows: RowsView,
        cells: &[u32],
        ticker: &Ticker,
    ) -> Result<Partial, Fault> {
        let mut into = into.unwrap_or_else(|| Box::new((self.folding.new)()));
        (self.folding.add)(own(&mut into), rows, cells, ticker)?;
        Ok(into)
    }

    fn merge(&self, into: &mut Partial, next: Partial) -> Result<(), Fault> {
        match next.downcast::<P>() {
            Ok(next) => (self.folding.merge)(own(into), *next),
            Err(_) => unreachable!("a fold merges its own partials"),
        }
        Ok(())
    }

    fn close(&self, partial: &mut Partial) {
        (self.close)(own(partial));
    }

    fn finish(&self, total: Option<Partial>, ticker: &Ticker) -> Result<V, Fault> {
        let total = match total.map(|total| total.downcast::<P>()) {
            Some(Ok(total)) => *total,
            _ => (self.folding.new)(),
        };
        (self.folding.finish)(total, ticker)
    }

    fn partial_bytes(&self) -> u64 {
        self.folding.partial_bytes
    }

    fn is_sendable(&self) -> bool {
        self.wire.is_some()
    }

    fn pack(&self, partial: &Partial, to: &mut Packing) {
        match (&self.wire, partial.downcast_ref::<P>()) {
            (Some(wire), Some(partial)) => (wire.pack)(partial, to),
            _ => unreachable!("a sendable fold packs its own partials"),
        }
    }

    fn unpack(&self, from: &mut Unpacking) -> Result<Partial, Torn> {
        let Some(wire) = &self.wire else {
            return Err(Torn);
        };
        let mut partial = (self.folding.new)();
        (wire.unpack)(&mut partial, from)?;
        Ok(Box::new(partial))
    }
}

/// A fold sees its own partials only.
fn own<P: 'static>(partial: &mut Partial) -> &mut P {
    match partial.downcast_mut::<P>() {
        Some(partial) => partial,
        None => unreachable!("a fold adds to its own partials"),
    }
}

/// A fold as the engine keeps it.
struct Untyped<V> {
    fold: Box<dyn Fold<V>>,
    values: fn(V) -> Vec<Value>,
}

/// The same fold, of values.
pub(super) fn untyped<V: 'static>(
    fold: Box<dyn Fold<V>>,
    values: fn(V) -> Vec<Value>,
) -> Box<dyn Fold> {
    Box::new(Untyped { fold, values })
}

impl<V> Fold for Untyped<V> {
    fn order(&self) -> Order {
        self.fold.order()
    }

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

    fn close(&self, partial: &mut Partial) {
        self.fold.close(partial);
    }

    fn finish(&self, total: Option<Partial>, ticker: &Ticker) -> Result<Vec<Value>, Fault> {
        self.fold.finish(total, ticker).map(self.values)
    }

    fn partial_bytes(&self) -> u64 {
        self.fold.partial_bytes()
    }

    fn is_sendable(&self) -> bool {
        self.fold.is_sendable()
    }

    fn pack(&self, partial: &Partial, to: &mut Packing) {
        self.fold.pack(partial, to);
    }

    fn unpack(&self, from: &mut Unpacking) -> Result<Partial, Torn> {
        self.fold.unpack(from)
    }
}

/// Prepares a fold once the values it needs are there.
pub type Start = Box<dyn Fn(Extent, &[Value]) -> Result<Box<dyn Fold>, Fault> + Send + Sync>;

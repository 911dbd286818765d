//! What a fold has found in some of the cells, in a shape that can be merged with what it found in
//! others, whichever was done first.
//!
//! The law of sums: a *chunk* is [`CHUNK`] neighboring cells of a view. The cells of a chunk are added
//! in their order, from nothing; chunks are added along the binary tree of their numbers, in which
//! the left part is the largest power of two (so does pairwise summation, Higham, SIAM J. Sci.
//! Comput. 14, 1993). Chunks are cut by the view alone, so results depend neither on how cells lie in
//! their file nor on who added them, and up to [`CHUNK`] cells they are plain sums in order.

use super::fault::Fault;
use super::fold::{Fold, Order, Partial};
use crate::kernels::transfer::{Packing, Torn, Unpacking};
use std::collections::BTreeMap;
use std::ops::Range;

/// Cells of a chunk: 256 full grains.
pub const CHUNK: usize = 65_536;

/// What was found in a grain: a partial for each chunk it touches; one, with number 0, of folds that
/// know no chunks.
pub(super) type Found = Vec<(usize, Partial)>;

/// What was found in some grains.
pub(super) enum Total {
    Any(Option<Partial>),
    /// Of neighboring grains, by their first; none next to another.
    Cells(BTreeMap<usize, Stretch>),
    Chunks(Chunks),
}

/// Grains up to `end`, and what was found in them.
pub(super) struct Stretch {
    end: usize,
    found: Option<Partial>,
}

#[derive(Default)]
pub(super) struct Chunks {
    /// The chunk whose cells are coming.
    open: Option<(usize, Partial)>,
    /// Complete subtrees by their first chunk: the number of chunks (a power of two of which the first
    /// is a multiple), and their sum.
    closed: BTreeMap<usize, (usize, Partial)>,
}

impl Total {
    pub fn new(order: Order) -> Self {
        match order {
            Order::Any => Total::Any(None),
            Order::Cells => Total::Cells(BTreeMap::new()),
            Order::Chunks => Total::Chunks(Chunks::default()),
        }
    }

    /// Adds what was found in the next grain.
    pub fn add(&mut self, fold: &dyn Fold, grain: usize, found: Found) -> Result<(), Fault> {
        match self {
            Total::Any(total) => {
                let mut found = found.into_iter();
                found.try_for_each(|(_, partial)| merge(fold, total, Some(partial)))
            }
            Total::Cells(stretches) => {
                let found = found.into_iter().next().map(|(_, partial)| partial);
                let end = grain + 1;
                insert(fold, stretches, grain, Stretch { end, found })
            }
            Total::Chunks(chunks) => {
                let mut found = found.into_iter();
                found.try_for_each(|(chunk, partial)| chunks.add(fold, chunk, partial))
            }
        }
    }

    /// All grains of a range were added.
    pub fn close(&mut self, fold: &dyn Fold) -> Result<(), Fault> {
        match self {
            Total::Chunks(chunks) => chunks.close(fold),
            _ => Ok(()),
        }
    }

    /// Adds what was found in other grains.
    pub fn merge(&mut self, fold: &dyn Fold, next: Total) -> Result<(), Fault> {
        match (self, next) {
            (Total::Any(total), Total::Any(next)) => merge(fold, total, next),
            (Total::Cells(stretches), Total::Cells(next)) => {
                let mut next = next.into_iter();
                next.try_for_each(|(first, stretch)| insert(fold, stretches, first, stretch))
            }
            (Total::Chunks(chunks), Total::Chunks(next)) => {
                let mut next = next.closed.into_iter();
                next.try_for_each(|(first, (n, sum))| chunks.insert(fold, first, n, sum))
            }
            _ => unreachable!("totals of one fold have one order"),
        }
    }

    /// The partial of all grains.
    pub fn whole(self, fold: &dyn Fold) -> Result<Option<Partial>, Fault> {
        match self {
            Total::Any(total) => Ok(total),
            Total::Cells(stretches) => {
                let mut total = None;
                for stretch in stretches.into_values() {
                    merge(fold, &mut total, stretch.found)?;
                }
                Ok(total)
            }
            Total::Chunks(chunks) => {
                debug_assert!(chunks.open.is_none(), "the last chunk is closed");
                // From the right: the left part of every sum is the larger one.
                let mut total: Option<Partial> = None;
                for (_, mut sum) in chunks.closed.into_values().rev() {
                    if let Some(right) = total {
                        fold.merge(&mut sum, right)?;
                    }
                    total = Some(sum);
                }
                Ok(total)
            }
        }
    }

    /// The bytes of a total of a fold that can be sent.
    pub fn pack(&self, fold: &dyn Fold, to: &mut Packing) {
        match self {
            Total::Any(total) => pack(fold, total.as_ref(), to),
            Total::Cells(stretches) => {
                to.size(stretches.len());
                for (first, stretch) in stretches {
                    to.size(*first);
                    to.size(stretch.end);
                    pack(fold, stretch.found.as_ref(), to);
                }
            }
            Total::Chunks(chunks) => {
                to.size(chunks.closed.len());
                for (first, (n, sum)) in &chunks.closed {
                    to.size(*first);
                    to.size(*n);
                    pack(fold, Some(sum), to);
                }
            }
        }
    }

    /// The total that was packed.
    pub fn unpack(fold: &dyn Fold, from: &mut Unpacking) -> Result<Self, Torn> {
        let mut total = Total::new(fold.order());
        match &mut total {
            Total::Any(total) => *total = unpack(fold, from)?,
            Total::Cells(stretches) => {
                for _ in 0..from.size()? {
                    let (first, end) = (from.size()?, from.size()?);
                    let found = unpack(fold, from)?;
                    stretches.insert(first, Stretch { end, found });
                }
            }
            Total::Chunks(chunks) => {
                for _ in 0..from.size()? {
                    let (first, n) = (from.size()?, from.size()?);
                    let sum = unpack(fold, from)?.ok_or(Torn)?;
                    if !n.is_power_of_two() || first % n != 0 {
                        return Err(Torn);
                    }
                    chunks.closed.insert(first, (n, sum));
                }
            }
        }
        Ok(total)
    }
}

impl Chunks {
    fn add(&mut self, fold: &dyn Fold, chunk: usize, partial: Partial) -> Result<(), Fault> {
        match &mut self.open {
            Some((open, sum)) if *open == chunk => fold.merge(sum, partial),
            _ => {
                self.close(fold)?;
                self.open = Some((chunk, partial));
                Ok(())
            }
        }
    }

    fn close(&mut self, fold: &dyn Fold) -> Result<(), Fault> {
        let Some((chunk, mut sum)) = self.open.take() else {
            return Ok(());
        };
        fold.close(&mut sum);
        self.insert(fold, chunk, 1, sum)
    }

    /// Adds a subtree, and to it its neighbor, as long as that exists.
    fn insert(
        &mut self,
        fold: &dyn Fold,
        mut first: usize,
        mut n: usize,
        mut sum: Partial,
    ) -> Result<(), Fault> {
        while let Some((m, mut neighbor)) = self.closed.remove(&(first ^ n)) {
            if m != n {
                self.closed.insert(first ^ n, (m, neighbor));
                break;
            }
            if first & n == 0 {
                fold.merge(&mut sum, neighbor)?;
            } else {
                fold.merge(&mut neighbor, sum)?;
                sum = neighbor;
            }
            first &= !n;
            n *= 2;
        }
        self.closed.insert(first, (n, sum));
        Ok(())
    }
}

/// Adds a stretch, and those next to it.
fn insert(
    fold: &dyn Fold,
    stretches: &mut BTreeMap<usize, Stretch>,
    first: usize,
    mut stretch: Stretch,
) -> Result<(), Fault> {
    if let Some(after) = stretches.remove(&stretch.end) {
        merge(fold, &mut stretch.found, after.found)?;
        stretch.end = after.end;
    }
    match stretches.range_mut(..first).next_back() {
        Some((_, before)) if before.end == first => {
            before.end = stretch.end;
            merge(fold, &mut before.found, stretch.found)
        }
        _ => {
            stretches.insert(first, stretch);
            Ok(())
        }
    }
}

fn merge(fold: &dyn Fold, into: &mut Option<Partial>, next: Option<Partial>) -> Result<(), Fault> {
    match (into, next) {
        (_, None) => Ok(()),
        (into @ None, next) => {
            *into = next;
            Ok(())
        }
        (Some(into), Some(next)) => fold.merge(into, next),
    }
}

fn pack(fold: &dyn Fold, partial: Option<&Partial>, to: &mut Packing) {
    to.number(partial.is_some());
    if let Some(partial) = partial {
        fold.pack(partial, to);
    }
}

fn unpack(fold: &dyn Fold, from: &mut Unpacking) -> Result<Option<Partial>, Torn> {
    if from.number::<bool>()? {
        fold.unpack(from).map(Some)
    } else {
        Ok(None)
    }
}

/// The chunks that begin at the positions `cells` of a view.
pub(super) fn chunks_of(cells: Range<usize>, chunk: usize) -> Range<usize> {
    cells.start.div_ceil(chunk)..cells.end.div_ceil(chunk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Axis, Lazy, Matrix, NumberType, Promise, Rows, RowsView, State, Value};
    use crate::io::memory::InMemory;
    use crate::kernels::ticker::Ticker;
    use crate::plan::fold::Folding;
    use crate::plan::{Engine, View, node};
    use std::sync::Arc;

    const CELLS: usize = 3000;

    /// A gene whose values cannot be added without rounding, of every other cell.
    fn view() -> View {
        let values: Vec<f32> = (0..CELLS)
            .map(|i| ((i * 37 % 101) as f32).exp2().sqrt())
            .collect();
        let rows = Rows::new((CELLS, 1), (0..=CELLS).collect(), vec![0; CELLS], values);
        let blocks = Arc::new(InMemory::new(rows, NumberType::F32));
        let matrix = Matrix::of(blocks, Axis::root(CELLS), Axis::root(1), State::Unknown);
        let keep = (0..CELLS as u32).filter(|i| i % 7 < 4).collect();
        let cells = matrix
            .cells
            .select(Lazy::ready(Value::Selection(Arc::new(keep))));
        View::new(&matrix, &cells, &matrix.genes)
    }

    /// Makes a sum of all values a value.
    fn sum(fold: fn() -> Box<dyn Fold<Value>>) -> Lazy {
        let start = move |_, ()| Ok(fold());
        node::fold("sum", None, view(), (), Promise::Unknown, start)
    }

    #[allow(clippy::ptr_arg, reason = "the type of the partial")]
    fn add(sum: &mut Vec<f64>, rows: RowsView, _: &[u32], _: &Ticker) -> Result<(), Fault> {
        rows.data().iter().for_each(|&x| sum[0] += f64::from(x));
        Ok(())
    }

    fn finish(sum: Vec<f64>, _: &Ticker) -> Result<Value, Fault> {
        Ok(Value::of(sum))
    }

    /// Rows are held back while cells of a chunk come, so that they are added in their order.
    fn by_chunk() -> Box<dyn Fold<Value>> {
        Folding {
            new: Vec::new,
            add: |all: &mut Vec<f64>, rows: RowsView, _: &[u32], _: &Ticker| {
                all.extend(rows.data().iter().map(|&x| f64::from(x)));
                Ok(())
            },
            merge: |all: &mut Vec<f64>, next: Vec<f64>| match (&mut all[..], &next[..]) {
                ([sum], [more]) => *sum += more,
                _ => all.extend(next),
            },
            finish,
            partial_bytes: 1 << 20,
        }
        .by_chunk(|all| *all = vec![all.iter().sum()])
    }

    fn by_range() -> Box<dyn Fold<Value>> {
        Folding {
            new: || vec![0.0],
            add,
            merge: |sum: &mut Vec<f64>, next: Vec<f64>| sum[0] += next[0],
            finish,
            partial_bytes: 1 << 20,
        }
        .by_cell()
    }

    /// The bits of a sum, with ranges drawn from a number.
    fn bits(fold: fn() -> Box<dyn Fold<Value>>, chunk: usize, seed: Option<u64>) -> u64 {
        let engine = Engine::new(Some(2));
        engine.set_chunk(chunk);
        if let Some(seed) = seed {
            engine.rehearse(seed);
        }
        let value = engine.value(&sum(fold)).unwrap();
        value.numbers().unwrap()[0].to_bits()
    }

    #[test]
    fn any_cut_gives_the_same_bits() {
        for chunk in [50, 256, 300, 1000] {
            let whole = bits(by_chunk, chunk, None);
            for seed in 0..30 {
                assert_eq!(bits(by_chunk, chunk, Some(seed)), whole, "{chunk}, {seed}");
            }
        }
        // So it would be without chunks.
        let cuts: Vec<u64> = (0..30)
            .map(|seed| bits(by_range, CHUNK, Some(seed)))
            .collect();
        assert!(cuts.iter().any(|cut| *cut != cuts[0]));
    }

    #[test]
    fn one_chunk_is_a_plain_sum() {
        let mut all = 0.0;
        let view = view();
        let rows = view.matrix.blocks.read(0..CELLS).unwrap();
        for (i, &x) in rows.data().iter().enumerate() {
            if i % 7 < 4 {
                all += f64::from(x);
            }
        }
        assert_eq!(bits(by_chunk, CHUNK, None), all.to_bits());
        assert_ne!(bits(by_chunk, 256, None), all.to_bits());
    }

    #[test]
    fn the_left_part_is_the_largest_power_of_two() {
        let fold: Box<dyn Fold> = Folding {
            new: Vec::new,
            add: |_: &mut Vec<u8>, _: RowsView, _: &[u32], _: &Ticker| Ok(()),
            merge: |all: &mut Vec<u8>, next: Vec<u8>| {
                *all = [b"(", &all[..], b"+", &next[..], b")"].concat();
            },
            finish: |_: Vec<u8>, _: &Ticker| Ok(Vec::new()),
            partial_bytes: 0,
        }
        .by_chunk(|_| ());
        for order in [[0, 1, 2, 3, 4, 5, 6], [6, 3, 1, 5, 0, 2, 4]] {
            let mut total = Total::new(Order::Chunks);
            for chunk in order {
                let mut one = Total::new(Order::Chunks);
                let name: Partial = Box::new(chunk.to_string().into_bytes());
                one.add(&*fold, 0, vec![(chunk, name)]).unwrap();
                one.close(&*fold).unwrap();
                total.merge(&*fold, one).unwrap();
            }
            let whole = total.whole(&*fold).unwrap().unwrap();
            let whole = String::from_utf8(*whole.downcast::<Vec<u8>>().unwrap()).unwrap();
            assert_eq!(whole, "(((0+1)+(2+3))+((4+5)+6))");
        }
    }
}

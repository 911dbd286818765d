//! Matrices that no step touched, with the type, the digits and the arrangement that they were read
//! with: the engine sees numbers as f32, cell after cell.

use crate::data::matrix::{Hidden, MatrixStep, StoredForm, StoredMatrix};
use crate::data::stored_sparse::Across;
use crate::data::{
    ElementType, Lazy, Matrix, NumberType, Promise, RowsView, Selection, StoredArray, StoredSparse,
    Uns, Value,
};
use crate::diagnostic::{Diagnostic, code};
use crate::io::h5ad::{Encoded, MatrixSink};
use crate::kernels::ticker::Ticker;
use crate::plan::{self, After, Context, Fault, Needs, View};
use crate::source::Origin;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Mutex;

/// The matrix as its source has it, if the source keeps that and no step was planned that changes
/// values.
pub fn stored(matrix: &Matrix) -> Option<&dyn StoredMatrix> {
    if matrix.is_as_stored() {
        matrix.blocks.as_stored()
    } else {
        None
    }
}

/// What steps take away from the source; what they need is there.
fn hidden(matrix: &Matrix) -> Vec<Hidden> {
    let of_step = |step: &MatrixStep| {
        let needs = step.step.needs().iter();
        let values: Vec<Value> = needs.filter_map(|need| need.get().cloned()).collect();
        step.step.hidden(&values)
    };
    matrix.steps.iter().flat_map(of_step).collect()
}

/// Cells from `first` on, without what is hidden.
fn shown(cells: StoredSparse, first: usize, hidden: &[Hidden]) -> StoredSparse {
    if hidden.is_empty() {
        return cells;
    }
    let dense = cells.indices.is_none();
    let mut all = StoredSparse::empty(cells.values.element, cells.shape[1], dense);
    for line in 0..cells.n_lines() {
        let of_cell = hidden
            .iter()
            .find(|hidden| hidden.cells.contains(&(first + line)));
        let place = |gene: usize| match of_cell {
            Some(hidden) if hidden.genes.get(gene) == Some(&true) => None,
            _ => Some(gene as u32),
        };
        all.push_row(cells.row(line), place);
    }
    all
}

/// Whether the engine's blocks would give other numbers or another arrangement. Whole numbers are
/// nearly always small: they take the short way, and [`Wide`] looks for those that are not.
pub fn differs(stored: &dyn StoredMatrix) -> bool {
    let form = stored.form();
    let whole = matches!(form.element, ElementType::Number(number) if number.is_whole());
    form.dense
        || form.by_gene
        || !whole && !form.element.fits_f32()
        || form.element == ElementType::Bool
}

/// Fills a place of a file with what a view shows of a matrix as it is stored, after the copy `before`.
pub fn copy(view: View, sink: MatrixSink, before: Option<Lazy>, origin: &Origin) -> Lazy {
    copy_with(
        After((view.needs(), before)),
        sink,
        origin,
        move |(), sink, ticker| fill(&view, sink, ticker),
    )
}

/// A step that fills a place of a file and completes it.
fn copy_with<N: Needs>(
    needs: N,
    sink: MatrixSink,
    origin: &Origin,
    fill: impl Fn(N::Values, &mut MatrixSink, &Ticker) -> Result<(), Fault> + Send + Sync + 'static,
) -> Lazy {
    let sink = Mutex::new(Some(sink));
    let make = move |needs: N::Values, cx: &Context| {
        let taken = sink.lock().ok().and_then(|mut sink| sink.take());
        let Some(mut sink) = taken else {
            let broke = Diagnostic::error(code::BUG, "the writer broke off");
            return Err(Fault::Reported(broke));
        };
        fill(needs, &mut sink, cx)?;
        sink.finish()?;
        Ok(Value::of(()))
    };
    plan::step("write", Some(origin.clone()), needs, Promise::Unknown, make)
}

/// The step that holds the whole matrix, if nothing else was planned on it.
pub fn held(matrix: &Matrix) -> Option<&MatrixStep> {
    match &matrix.steps[..] {
        [step] if step.step.held().is_some() => Some(step),
        _ => None,
    }
}

/// How a matrix that a step holds is written.
pub const HELD: StoredForm = StoredForm {
    element: ElementType::Number(NumberType::F64),
    dense: true,
    by_gene: false,
};

/// Fills a place of a file with what a view shows of a matrix that a step holds, after the copy `before`.
pub fn copy_held(view: View, sink: MatrixSink, before: Option<Lazy>, origin: &Origin) -> Lazy {
    // First what is written; steps name it among their needs as well.
    let written = held(&view.matrix).and_then(|step| step.step.held().cloned());
    let needs = (written, After((view.needs(), before)));
    copy_with(needs, sink, origin, move |(written, ()), sink, _| {
        let (Some(Value::Uns(values)), Some(step)) = (&written, held(&view.matrix)) else {
            return Ok(());
        };
        let Uns::Array(values) = &**values else {
            return Ok(());
        };
        let (cells, genes) = view.keeps_of(&step.cells, &step.genes)?;
        let all =
            |keep: Option<Selection>, n: usize| keep.unwrap_or_else(|| (0..n as u32).collect());
        let (cells, genes) = (all(cells, values.shape()[0]), all(genes, values.shape()[1]));
        for &cell in &cells {
            let row = genes
                .iter()
                .map(|&gene| values[[cell as usize, gene as usize]]);
            let bytes: Vec<u8> = row.flat_map(f64::to_le_bytes).collect();
            let mut encoded = Encoded::default();
            encoded.push_stored(&StoredSparse {
                shape: [1, genes.len()],
                by_column: false,
                ends: vec![0, genes.len() as u64],
                indices: None,
                values: StoredArray {
                    shape: vec![genes.len()],
                    element: HELD.element,
                    bytes,
                    square: false,
                },
            });
            sink.push(encoded)?;
        }
        Ok(())
    })
}

fn fill(view: &View, sink: &mut MatrixSink, ticker: &Ticker) -> Result<(), Fault> {
    let blocks = &view.matrix.blocks;
    let Some(source) = blocks.as_stored() else {
        return Ok(());
    };
    let (cells, genes) = view.keeps()?;
    let (lines, across, n) = if source.form().by_gene {
        (genes, cells, blocks.n_cells())
    } else {
        (cells, genes, blocks.n_genes())
    };
    let across = across.map(|keep| Across::new(&keep, n));
    let hidden = hidden(&view.matrix);
    let grains = source.line_grains()?;
    let grains: Vec<Range<usize>> = grains.windows(2).map(|ends| ends[0]..ends[1]).collect();
    for some in grains.chunks(rayon::current_num_threads()) {
        ticker.check()?;
        let encoded: Vec<Encoded> = some
            .par_iter()
            .map(|range| encode((source, &hidden), range, lines.as_ref(), across.as_ref()))
            .collect::<Result<_, Fault>>()?;
        for lines in encoded {
            sink.push(lines)?;
        }
    }
    Ok(())
}

/// The kept lines of a range, as bytes.
fn encode(
    (source, hidden): (&dyn StoredMatrix, &[Hidden]),
    range: &Range<usize>,
    keep: Option<&Selection>,
    across: Option<&Across>,
) -> Result<Encoded, Fault> {
    let mut encoded = Encoded::default();
    let inside: Vec<u32> = match keep {
        None => (0..range.len() as u32).collect(),
        Some(keep) => {
            let before = |end: usize| keep.partition_point(|&line| (line as usize) < end);
            let kept = &keep[before(range.start)..before(range.end)];
            kept.iter().map(|&line| line - range.start as u32).collect()
        }
    };
    if !inside.is_empty() {
        let lines = shown(source.lines(range.clone())?, range.start, hidden);
        encoded.push_stored(&match (keep, across) {
            (None, None) => lines,
            _ => lines.pick_lines(&inside, across),
        });
    }
    Ok(encoded)
}

/// Whether values are written from the source where blocks would round them.
pub fn is_wide(matrix: &Matrix) -> bool {
    stored(matrix).is_some_and(|stored| !stored.form().element.fits_f32())
}

/// Whole numbers of 32 bits and more, some of which may be larger than f32 holds.
pub struct Wide {
    matrix: Matrix,
    cells: Option<Selection>,
    genes: Option<Across>,
    hidden: Vec<Hidden>,
}

impl Wide {
    /// `None` where no value can be too large. What the view needs is there.
    pub fn of(view: &View) -> Result<Option<Wide>, Fault> {
        if !is_wide(&view.matrix) {
            return Ok(None);
        }
        let (cells, genes) = view.keeps()?;
        let n = view.matrix.blocks.n_genes();
        Ok(Some(Wide {
            matrix: view.matrix.clone(),
            cells,
            genes: genes.map(|keep| Across::new(&keep, n)),
            hidden: hidden(&view.matrix),
        }))
    }

    /// Encodes a block from the source where a value is large; false where none is.
    pub fn encode(&self, rows: RowsView, cells: &[u32], into: &mut Encoded) -> Result<bool, Fault> {
        let exact = self.exact(rows, cells)?;
        if let Some(lines) = &exact {
            into.push_stored(lines);
        }
        Ok(exact.is_some())
    }

    /// A block as the source has it, where a value is large.
    pub fn exact(&self, rows: RowsView, cells: &[u32]) -> Result<Option<StoredSparse>, Fault> {
        /// 2²⁴: f32 holds every whole number up to here.
        const LARGE: f32 = 16_777_216.0;
        let Some(source) = stored(&self.matrix) else {
            return Ok(None);
        };
        if !rows.data().iter().any(|value| value.abs() >= LARGE) {
            return Ok(None);
        }
        let at = |&cell: &u32| self.cells.as_ref().map_or(cell, |keep| keep[cell as usize]);
        let at: Vec<u32> = cells.iter().map(at).collect();
        let (Some(&first), Some(&last)) = (at.first(), at.last()) else {
            return Ok(None);
        };
        let lines = source.lines(first as usize..last as usize + 1)?;
        let lines = shown(lines, first as usize, &self.hidden);
        let inside: Vec<u32> = at.iter().map(|cell| cell - first).collect();
        Ok(Some(lines.pick_lines(&inside, self.genes.as_ref())))
    }
}

//! The row steps of matrices that are put one below the other, as one step on the whole: each
//! block goes through the steps of the part it is of, with that part's cells and genes.

use super::subset::rows_of;
use crate::data::axis::compose;
use crate::data::matrix::{Apply, Hidden};
use crate::data::{Axis, Lazy, Matrix, RowStep, Rows, Selection, Value};
use std::ops::Range;
use std::sync::Arc;

/// A gene that a part does not have.
pub const NOWHERE: u32 = u32::MAX;

/// A matrix and how its dataset shows it.
#[derive(Clone)]
pub struct JoinPart {
    /// `None` where this part has no such layer: zeros.
    pub matrix: Option<Matrix>,
    /// The present axes of its dataset.
    pub cells: Axis,
    pub genes: Axis,
    /// Where each gene of the part's root is among the genes of all.
    pub places: Arc<[u32]>,
    /// Genes that a part leaves out are left out of the whole: nothing is to be hidden.
    pub shows_all: bool,
}

/// What was planned on each part, as one step on the whole.
pub(super) struct JoinedStep {
    parts: Vec<PartSteps>,
    needs: Vec<Lazy>,
}

struct PartSteps {
    cells: Range<usize>,
    places: Arc<[u32]>,
    /// Selections of genes from the root to the present ones.
    selections: usize,
    steps: Vec<PartStep>,
}

struct PartStep {
    step: Arc<dyn RowStep>,
    /// Selections of cells from the root to the step's axis, and of genes from the step's axis to
    /// the present ones.
    cells: usize,
    genes: usize,
}

impl JoinedStep {
    /// Whether there is nothing to do.
    pub fn is_plain(&self) -> bool {
        self.parts.iter().all(PartSteps::is_plain)
    }
}

impl PartSteps {
    fn is_plain(&self) -> bool {
        self.selections == 0 && self.steps.is_empty()
    }
}

impl JoinedStep {
    pub fn new(parts: &[JoinPart], cells: Vec<Range<usize>>) -> Self {
        let mut needs = Vec::new();
        let mut add = |selections: Option<Vec<Lazy>>| {
            let selections = selections.unwrap_or_default();
            needs.extend(selections.iter().cloned());
            selections.len()
        };
        let mut all = Vec::new();
        for (part, cells) in parts.iter().zip(cells) {
            let (of_cells, of_genes) = (part.cells.outermost(), part.genes.outermost());
            let has_steps = part.matrix.iter().any(|matrix| !matrix.steps.is_empty());
            let selections = if part.shows_all && !has_steps {
                0
            } else {
                add(part.genes.selections_from(&of_genes))
            };
            let mut steps = Vec::new();
            for step in part.matrix.iter().flat_map(|matrix| &matrix.steps) {
                let cells = add(step.cells.selections_from(&of_cells));
                let genes = add(part.genes.selections_from(&step.genes));
                add(Some(step.step.needs().to_vec()));
                steps.push(PartStep {
                    step: step.step.clone(),
                    cells,
                    genes,
                });
            }
            all.push(PartSteps {
                cells,
                places: part.places.clone(),
                selections,
                steps,
            });
        }
        JoinedStep { parts: all, needs }
    }
}

/// The next selections of the values that a step waited for, as one.
fn take(values: &mut &[Value], n: usize) -> Option<Selection> {
    let (now, rest) = values.split_at(n);
    *values = rest;
    let keeps: Vec<Arc<Selection>> = now
        .iter()
        .filter_map(|value| value.keep().cloned())
        .collect();
    compose(keeps.iter().map(|keep| &**keep))
}

/// A part's steps, ready for blocks with certain genes.
struct Ready {
    cells: Range<usize>,
    /// Columns of the block that the part has.
    columns: Vec<u32>,
    all_columns: bool,
    steps: Vec<(Apply, Option<Vec<u32>>)>,
}

impl RowStep for JoinedStep {
    fn needs(&self) -> &[Lazy] {
        &self.needs
    }

    fn prepare(&self, mut values: &[Value], genes: &[u32]) -> Apply {
        let mut ready = Vec::new();
        for part in &self.parts {
            let present = take(&mut values, part.selections);
            let (columns, at) = present_columns(part, present.as_ref(), genes);
            let mut steps = Vec::new();
            for step in &part.steps {
                let cells = take(&mut values, step.cells);
                let selected = take(&mut values, step.genes);
                let own = |&at: &u32| selected.as_ref().map_or(at, |keep| keep[at as usize]);
                let own: Vec<u32> = at.iter().map(own).collect();
                let (needs, rest) = values.split_at(step.step.needs().len());
                values = rest;
                let places = cells.map(|keep| inverse(&keep, part.cells.len()));
                steps.push((step.step.prepare(needs, &own), places));
            }
            ready.push(Ready {
                cells: part.cells.clone(),
                all_columns: columns.len() == genes.len(),
                columns,
                steps,
            });
        }
        Box::new(move |rows, cells| apply(&ready, rows, cells))
    }

    fn only_hides(&self) -> bool {
        self.parts.iter().all(|part| part.steps.is_empty())
    }

    fn hidden(&self, mut values: &[Value]) -> Vec<Hidden> {
        let mut all = Vec::new();
        for part in &self.parts {
            let Some(present) = take(&mut values, part.selections) else {
                continue;
            };
            let n = part
                .places
                .iter()
                .max()
                .map_or(0, |&last| last as usize + 1);
            let mut genes = vec![true; n];
            for &gene in &present {
                genes[part.places[gene as usize] as usize] = false;
            }
            all.push(Hidden {
                cells: part.cells.clone(),
                genes,
            });
        }
        all
    }

    fn keeps_zeros(&self) -> bool {
        let mut steps = self.parts.iter().flat_map(|part| &part.steps);
        steps.all(|step| step.step.keeps_zeros())
    }
}

/// Columns of a block with `genes` that a part has, and their positions on its present axis.
fn present_columns(
    part: &PartSteps,
    present: Option<&Selection>,
    genes: &[u32],
) -> (Vec<u32>, Vec<u32>) {
    let n_all = part
        .places
        .iter()
        .copied()
        .chain(genes.iter().copied())
        .max();
    let mut at = vec![NOWHERE; n_all.map_or(0, |gene| gene as usize + 1)];
    let mut set = |place: u32, on_axis: u32| at[place as usize] = on_axis;
    match present {
        Some(keep) => (0..)
            .zip(keep)
            .for_each(|(i, &gene)| set(part.places[gene as usize], i)),
        None => (0..)
            .zip(part.places.iter())
            .for_each(|(i, &place)| set(place, i)),
    }
    let columns = (0u32..)
        .zip(genes)
        .filter(|(_, gene)| at[**gene as usize] != NOWHERE);
    columns
        .map(|(column, &gene)| (column, at[gene as usize]))
        .unzip()
}

fn inverse(keep: &Selection, n: usize) -> Vec<u32> {
    let mut places = vec![NOWHERE; n];
    for (to, &from) in (0..).zip(keep) {
        places[from as usize] = to;
    }
    places
}

fn apply(parts: &[Ready], rows: &mut Rows, cells: &[u32]) {
    let n_genes = rows.cols();
    let part_of = |cell: u32| {
        parts
            .iter()
            .position(|part| part.cells.contains(&(cell as usize)))
    };
    let mut whole: Vec<Rows> = Vec::new();
    let mut start = 0;
    // A block is of one part as a rule: grains are.
    for run in cells.chunk_by(|&a, &b| part_of(a) == part_of(b)) {
        let end = start + run.len();
        if let Some(part) = part_of(run[0]) {
            whole.push(parts[part].shown(rows, start..end, run));
        }
        start = end;
    }
    *rows = match whole.len() {
        1 => whole.remove(0),
        _ => stacked(whole, n_genes),
    };
}

impl Ready {
    /// The rows of a part, as its own steps leave them.
    fn shown(&self, rows: &Rows, range: Range<usize>, cells: &[u32]) -> Rows {
        let mut block = picked(rows, range, self);
        for (step, places) in &self.steps {
            let own = |&cell: &u32| {
                let at = cell as usize - self.cells.start;
                places.as_ref().map_or(at as u32, |places| places[at])
            };
            let own: Vec<u32> = cells.iter().map(own).collect();
            step(&mut block, &own);
        }
        if self.all_columns {
            return block;
        }
        let (starts, genes, values) = block.into_raw_storage();
        let genes = genes.into_iter().map(|gene| self.columns[gene as usize]);
        rows_of(starts, genes.collect(), values, rows.cols())
    }
}

/// Some rows with the columns of a part alone.
fn picked(rows: &Rows, range: Range<usize>, part: &Ready) -> Rows {
    let mut place = vec![NOWHERE; rows.cols()];
    for (to, &column) in (0..).zip(&part.columns) {
        place[column as usize] = to;
    }
    let (mut starts, mut genes, mut values) = (vec![0], Vec::new(), Vec::new());
    for i in range {
        for (gene, &x) in rows.outer_view(i).iter().flat_map(|row| row.iter()) {
            if place[gene] != NOWHERE {
                genes.push(place[gene]);
                values.push(x);
            }
        }
        starts.push(genes.len());
    }
    rows_of(starts, genes, values, part.columns.len())
}

fn stacked(blocks: Vec<Rows>, n_genes: usize) -> Rows {
    let (mut starts, mut genes, mut values) = (vec![0], Vec::new(), Vec::new());
    for block in blocks {
        let (own, of_block, x) = block.into_raw_storage();
        starts.extend(own[1..].iter().map(|end| end + genes.len()));
        genes.extend(of_block);
        values.extend(x);
    }
    rows_of(starts, genes, values, n_genes)
}

//! Cells × genes, never made dense: blocks of rows from a source, with steps applied on the way.
//!
//! A matrix is where its blocks come from plus the row steps (normalize, log1p, …) that turn
//! a block as stored in the file into a block as the dataset shows it. Selections of cells and
//! genes are not steps; they follow from the axes.

use super::axis::Axis;
use super::column::NumberType;
use super::file::{FileError, InFile};
use super::lazy::{Lazy, Value};
pub use super::scaled::Scaled;
use super::slot::{Slot, Stamp};
use super::stored_array::ElementType;
use super::stored_sparse::StoredSparse;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// A block of cells × genes, compressed by row; genes ascend within a row.
pub type Rows = sprs::CsMatI<f32, u32, usize>;
/// A borrowed block.
pub type RowsView<'a> = sprs::CsMatViewI<'a, f32, u32, usize>;

/// Cells of a grain at most; fewer where they hold many values. See [`cut_grains`].
///
/// Few enough that what a thread has of a grain (decoded, picked, stepped) stays in the
/// processor's third cache: with four times as many, passes took 15 % longer.
pub const GRAIN_CELLS: usize = 256;
/// Stored values of a grain at most, but for a single cell that has more.
pub const GRAIN_VALUES: u64 = 1 << 20;

/// What the numbers are. The mistake this exists to make impossible: the logarithm twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Counts,
    Normalized,
    Log,
    /// Square roots: neither counts nor logarithms, ready for components.
    Transformed,
    /// Log values from which batches or covariates were removed; some may be below zero.
    Corrected,
    /// Pearson residuals of a model of counts.
    Residuals,
    /// Logarithms of counts over their geometric mean, as proteins are normalized.
    LogRatios,
    Scaled,
    /// Weighted means over similar cells; no longer independent between cells.
    Smoothed,
    Unknown,
}

impl State {
    pub const ALL: [State; 10] = [
        State::Counts,
        State::Normalized,
        State::Log,
        State::Transformed,
        State::Corrected,
        State::Residuals,
        State::LogRatios,
        State::Scaled,
        State::Smoothed,
        State::Unknown,
    ];

    /// What log values have become where a step went on from them, or what replaces them.
    pub const PAST_LOG: &[State] = &[
        State::Transformed,
        State::Corrected,
        State::Residuals,
        State::LogRatios,
        State::Scaled,
        State::Smoothed,
    ];

    /// The word for it in messages and files.
    pub fn word(self) -> &'static str {
        match self {
            State::Counts => "counts",
            State::Normalized => "normalized",
            State::Log => "log",
            State::Transformed => "transformed",
            State::Corrected => "corrected",
            State::Residuals => "residuals",
            State::LogRatios => "clr",
            State::Scaled => "scaled",
            State::Smoothed => "smoothed",
            State::Unknown => "unknown",
        }
    }

    /// As status lines and summaries call it; the word where that says enough.
    pub fn shown(self) -> &'static str {
        match self {
            State::LogRatios => self.values(),
            _ => self.word(),
        }
    }

    /// As a message calls values in this state: `counts`, `log values`.
    pub fn values(self) -> &'static str {
        match self {
            State::Counts => "counts",
            State::Normalized => "normalized counts",
            State::Log => "log values",
            State::Transformed => "square roots",
            State::Corrected => "corrected values",
            State::Residuals => "residuals",
            State::LogRatios => "centered log ratios",
            State::Scaled => "scaled values",
            State::Smoothed => "smoothed values",
            State::Unknown => "values of an unknown kind",
        }
    }

    pub fn from_word(word: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether log values have gone on to something else.
    pub fn is_past_log(self) -> bool {
        State::PAST_LOG.contains(&self)
    }
}

/// Logarithms to any usual base are smaller: of a million counts to base 2, it is 20.
pub const LARGEST_LOG: f32 = 50.0;

/// The total of each cell after `normalize`.
#[derive(Debug, Clone)]
pub enum Depth {
    Of(f64),
    /// The median of the cells' totals, a single number, where that was the target.
    Median(Lazy),
}

impl Depth {
    /// The number, if it is known.
    pub fn known(&self) -> Option<f64> {
        match self {
            Depth::Of(depth) => Some(*depth),
            Depth::Median(lazy) => lazy.get()?.numbers()?.first().copied(),
        }
    }
}

/// A source of blocks of cells. Read from many threads at once.
pub trait Blocks: Send + Sync + fmt::Debug {
    fn n_cells(&self) -> usize;
    fn n_genes(&self) -> usize;
    /// Stored values, if that is known without reading them.
    fn n_values(&self) -> Option<u64>;
    /// Boundaries of the grains, from 0 to `n_cells`: the unit of work and of summation, cut by
    /// the data alone (see [`cut_grains`]), so that no setting shows in a result.
    fn grains(&self) -> Result<Arc<[usize]>, FileError>;
    /// The cells of a range; callers ask for one grain, or a part of one.
    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError>;
    /// How the values are stored in the file.
    fn stored(&self) -> NumberType;
    /// A few stored values, to tell counts from anything else.
    fn sample(&self) -> Result<Vec<f32>, FileError>;
    /// Where it lies, to be copied unchanged.
    fn in_file(&self) -> Option<InFile>;
    /// The matrix as it is stored, for a file that is written: f32 does not hold every number.
    fn as_stored(&self) -> Option<&dyn StoredMatrix> {
        None
    }
    /// Looks for what is damaged, where it would be copied unread.
    fn check(&self) -> Result<(), FileError> {
        Ok(())
    }
    /// The files that a pass decodes, whether or not they could be copied from; none in memory.
    fn files(&self) -> Vec<PathBuf> {
        self.in_file().into_iter().map(|at| at.file).collect()
    }
    /// Whether all stored values are known to be whole numbers above zero.
    fn are_counts(&self) -> bool {
        false
    }
    /// Whether it is some genes of a copy that an earlier step of the plan cuts.
    fn is_panel(&self) -> bool {
        false
    }
}

/// A matrix with the type, the digits and the arrangement that it has in its file.
pub trait StoredMatrix: Send + Sync {
    fn form(&self) -> StoredForm;
    /// Ranges of lines to be read at once, as [`Blocks::grains`].
    fn line_grains(&self) -> Result<Arc<[usize]>, FileError>;
    /// The lines of a range: cells, or genes of a matrix that is compressed by gene.
    fn lines(&self, range: Range<usize>) -> Result<StoredSparse, FileError>;
    /// The cells of a range, whatever its lines are.
    fn cells(&self, range: Range<usize>) -> Result<StoredSparse, FileError> {
        self.lines(range)
    }
}

/// Values that a step takes away from cells, on its own axes.
#[derive(Debug, Clone)]
pub struct Hidden {
    pub cells: Range<usize>,
    /// Of each gene, whether these cells lose it.
    pub genes: Vec<bool>,
}

impl StoredForm {
    /// What most matrices are.
    pub const CSR: StoredForm = StoredForm {
        element: ElementType::Number(NumberType::F32),
        dense: false,
        by_gene: false,
    };
}

/// How a matrix is stored in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredForm {
    pub element: ElementType,
    /// Every value in its place; else compressed.
    pub dense: bool,
    /// Lines are genes: CSC.
    pub by_gene: bool,
}

/// Grain boundaries from the number of values in each cell.
pub fn cut_grains(values_per_cell: impl Iterator<Item = u64>) -> Arc<[usize]> {
    let mut ends = vec![0];
    let (mut cells, mut values, mut at) = (0, 0, 0);
    for n in values_per_cell {
        if cells > 0 && (cells == GRAIN_CELLS || values + n > GRAIN_VALUES) {
            ends.push(at);
            (cells, values) = (0, 0);
        }
        cells += 1;
        values += n;
        at += 1;
    }
    if at > 0 {
        ends.push(at);
    }
    ends.into()
}

/// A block on its way through a pass is changed in place. `cells[i]` is the position of row `i`
/// on the step's own cell axis.
pub type Apply = Box<dyn Fn(&mut Rows, &[u32]) + Send + Sync>;

/// A map from blocks to blocks of the same cells and genes.
pub trait RowStep: Send + Sync {
    /// Values that must be there before the step can be prepared.
    fn needs(&self) -> &[Lazy];
    /// `genes[j]` is the position of the block's gene `j` on the step's own gene axis: genes that
    /// are not needed are dropped before the step runs.
    fn prepare(&self, needs: &[Value], genes: &[u32]) -> Apply;
    /// The whole matrix on the step's axes, as f64, where the step fills blocks with it: they have
    /// no room for every digit of sums.
    fn held(&self) -> Option<&Lazy> {
        None
    }
    /// Whether it only takes values away and leaves the others as they are: those of
    /// [`RowStep::hidden`].
    fn only_hides(&self) -> bool {
        false
    }
    /// What a step takes away that does nothing else.
    fn hidden(&self, _needs: &[Value]) -> Vec<Hidden> {
        Vec::new()
    }
    /// Whether it takes the logarithm of 1 + x, to whatever base, and nothing else.
    fn is_log1p(&self) -> bool {
        false
    }
    /// Whether zeros stay zeros. A step that says no fills its blocks.
    fn keeps_zeros(&self) -> bool {
        true
    }
    /// Whether a cell's values depend on each other, so that genes that are not needed are
    /// dropped only after the step.
    fn wants_all_genes(&self) -> bool {
        false
    }
}

/// What the last step does, where it is scaling: folds that can, fold it into their products and
/// look at the matrix before it.
#[derive(Debug, Clone)]
pub struct Scaling {
    /// Mean and standard deviation of each gene (columns of var on the step's axis).
    pub mean: Lazy,
    pub sd: Lazy,
    pub zero_center: bool,
    pub max_value: Option<f64>,
}

/// A row step, and the axes it was planned on.
#[derive(Clone)]
pub struct MatrixStep {
    pub label: String,
    /// Tells apart what steps do, in every process that plans the same.
    pub key: u64,
    pub cells: Axis,
    pub genes: Axis,
    pub step: Arc<dyn RowStep>,
    pub scaling: Option<Scaling>,
}

/// What the values of a source must be, and how to name one that is not.
#[derive(Debug, Clone)]
pub struct Sound {
    /// As the user calls it: `X of pbmc.h5ad`.
    pub what: String,
    /// Scaled and corrected values may be below zero; counts and their logarithms may not.
    pub negative: bool,
    pub obs_names: Slot,
    pub var_names: Slot,
}

/// A matrix of a dataset: source, steps, state.
#[derive(Clone)]
pub struct Matrix {
    pub blocks: Arc<dyn Blocks>,
    /// The axes of `blocks`, roots.
    pub cells: Axis,
    pub genes: Axis,
    pub steps: Vec<MatrixStep>,
    pub state: State,
    /// Base of the logarithm that was taken here or that sca recorded; uns.log1p tells of others.
    pub log_base: Option<f64>,
    /// What `normalize` made each cell add up to.
    pub depth: Option<Depth>,
    /// How it was scaled, if it was here or in sca.
    pub scaled: Option<Scaled>,
    pub stamp: Stamp,
    /// Folds check it; nothing is checked if `None`.
    pub sound: Option<Arc<Sound>>,
}

impl Matrix {
    /// A matrix as its source has it.
    pub fn of(blocks: Arc<dyn Blocks>, cells: Axis, genes: Axis, state: State) -> Self {
        Matrix {
            blocks,
            cells,
            genes,
            steps: Vec::new(),
            state,
            log_base: None,
            depth: None,
            scaled: None,
            stamp: Stamp::first(),
            sound: None,
        }
    }

    /// The matrix before its last step and what that does, if it scales.
    pub fn unscaled(&self) -> Option<(Matrix, Scaling)> {
        let last = self.steps.last()?;
        let scaling = last.scaling.clone()?;
        let mut before = self.clone();
        before.steps.pop();
        Some((before, scaling))
    }

    /// The matrix before the logarithm, if that was its last step: saves undoing it. Other steps
    /// leave log values, too, such as a step that fills in means of log values.
    pub fn before_log(&self) -> Option<Matrix> {
        self.steps.last().filter(|step| step.step.is_log1p())?;
        let mut before = self.clone();
        before.steps.pop();
        before.state = State::Normalized;
        Some(before)
    }

    /// Whether all values that it shows are those of its source.
    pub fn is_as_stored(&self) -> bool {
        self.steps.iter().all(|step| step.step.only_hides())
    }

    /// This matrix with one step more.
    pub fn then(&self, step: MatrixStep, state: State, stamp: Stamp) -> Self {
        let mut next = self.clone();
        next.steps.push(step);
        next.state = state;
        next.scaled = None;
        next.stamp = stamp;
        next
    }
}

impl fmt::Debug for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let labels: Vec<&str> = self.steps.iter().map(|step| step.label.as_str()).collect();
        write!(f, "Matrix({:?}, {labels:?}, {:?})", self.blocks, self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grains_are_cut_by_cells_and_by_values() {
        assert_eq!(*cut_grains([].into_iter()), [0]);
        let many = [5; GRAIN_CELLS + 1];
        assert_eq!(
            *cut_grains(many.into_iter()),
            [0, GRAIN_CELLS, GRAIN_CELLS + 1]
        );
        let heavy = [GRAIN_VALUES, 1, 1, GRAIN_VALUES * 2, 1];
        assert_eq!(*cut_grains(heavy.into_iter()), [0, 1, 3, 4, 5]);
    }
}

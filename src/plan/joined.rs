//! Matrices one below the other, without a copy: blocks come from the parts in turn, their genes
//! moved to the places they have among the genes of all. What was planned on a part (filters of
//! genes, row steps) happens to its blocks as they come by.

pub use super::joined_steps::JoinPart;
use super::joined_steps::JoinedStep;
use super::subset::rows_of;
use crate::data::matrix::{MatrixStep, StoredMatrix};
use crate::data::{Axis, Blocks, FileError, InFile, Matrix, NumberType, Rows, State};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// One matrix of the parts; `cells` and `genes` are new roots, as long as the roots of the parts
/// together, and as all genes.
pub fn joined(label: &str, parts: &[JoinPart], cells: &Axis, genes: &Axis, state: State) -> Matrix {
    let mut first = 0;
    let mut sources = Vec::new();
    for part in parts {
        let n_cells = part.cells.outermost().at_most();
        sources.push(Source {
            blocks: part.matrix.as_ref().map(|matrix| matrix.blocks.clone()),
            cells: first..first + n_cells,
            places: part.places.clone(),
        });
        first += n_cells;
    }
    let firsts: Vec<Range<usize>> = sources.iter().map(|source| source.cells.clone()).collect();
    let blocks = Arc::new(Joined {
        sources,
        n_genes: genes.at_most(),
    });
    let mut matrix = Matrix::of(blocks, cells.clone(), genes.clone(), state);
    let step = JoinedStep::new(parts, firsts);
    if !step.is_plain() {
        matrix.steps.push(MatrixStep {
            label: label.to_owned(),
            key: super::key::of_parts(label, parts.iter().filter_map(|part| part.matrix.as_ref())),
            cells: cells.clone(),
            genes: genes.clone(),
            step: Arc::new(step),
            scaling: None,
        });
    }
    matrix
}

#[derive(Debug)]
pub(super) struct Source {
    pub blocks: Option<Arc<dyn Blocks>>,
    /// Its cells among all.
    pub cells: Range<usize>,
    pub places: Arc<[u32]>,
}

#[derive(Debug)]
pub(super) struct Joined {
    pub sources: Vec<Source>,
    pub n_genes: usize,
}

impl Blocks for Joined {
    fn n_cells(&self) -> usize {
        self.sources.last().map_or(0, |source| source.cells.end)
    }

    fn n_genes(&self) -> usize {
        self.n_genes
    }

    fn n_values(&self) -> Option<u64> {
        let values = self.sources.iter().map(|source| match &source.blocks {
            Some(blocks) => blocks.n_values(),
            None => Some(0),
        });
        values.sum()
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        let mut all = vec![0];
        for source in &self.sources {
            let ends: Arc<[usize]> = match &source.blocks {
                Some(blocks) => blocks.grains()?,
                None => [0, source.cells.len()].into(),
            };
            let ends = ends.iter().skip(1).filter(|end| **end > 0);
            all.extend(ends.map(|end| source.cells.start + end));
        }
        all.dedup();
        Ok(all.into())
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        let (mut starts, mut genes, mut values) = (vec![0], Vec::new(), Vec::new());
        for source in &self.sources {
            let from = cells.start.max(source.cells.start);
            let to = cells.end.min(source.cells.end);
            if from >= to {
                continue;
            }
            let Some(blocks) = &source.blocks else {
                starts.extend(std::iter::repeat_n(genes.len(), to - from));
                continue;
            };
            let first = source.cells.start;
            let rows = blocks.read(from - first..to - first)?;
            for row in rows.outer_iterator() {
                let begin = genes.len();
                for (gene, &x) in row.iter() {
                    genes.push(source.places[gene]);
                    values.push(x);
                }
                ascending(&mut genes[begin..], &mut values[begin..]);
                starts.push(genes.len());
            }
        }
        Ok(rows_of(starts, genes, values, self.n_genes))
    }

    fn stored(&self) -> NumberType {
        let blocks = self.sources.iter().flat_map(|source| &source.blocks);
        let types: Vec<NumberType> = blocks.map(|blocks| blocks.stored()).collect();
        NumberType::holding(&types)
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        let first = self
            .sources
            .iter()
            .find_map(|source| source.blocks.as_ref());
        first.map_or(Ok(Vec::new()), |blocks| blocks.sample())
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }

    fn files(&self) -> Vec<PathBuf> {
        let parts = self.sources.iter().flat_map(|source| &source.blocks);
        let mut files: Vec<PathBuf> = parts.flat_map(|blocks| blocks.files()).collect();
        files.dedup();
        files
    }

    fn as_stored(&self) -> Option<&dyn StoredMatrix> {
        let any = self.sources.iter().any(|source| source.stored().is_some());
        any.then_some(self)
    }
}

/// Brings a row in the order of its genes, where it is not.
fn ascending(genes: &mut [u32], values: &mut [f32]) {
    if genes.is_sorted() {
        return;
    }
    let mut pairs: Vec<(u32, f32)> = genes.iter().copied().zip(values.iter().copied()).collect();
    pairs.sort_unstable_by_key(|&(gene, _)| gene);
    for (i, (gene, x)) in pairs.into_iter().enumerate() {
        (genes[i], values[i]) = (gene, x);
    }
}

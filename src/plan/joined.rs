//! Matrices one below the other, without a copy: blocks come from the parts in turn, their genes
//! moved to the places they have among the genes of all. What was planned on a part (filters of
//! genes, row steps) happens to its blocks as they come by.

pub use super::joined_steps::JoinPart;
use super::joined_steps::JoinedStep;
use super::subset::rows_of;
use crate::data::matrix::{MatrixStep, StoredForm, StoredMatrix};
use crate::data::{
    Axis, Blocks, FileError, InFile, Matrix, NumberType, Rows, State, StoredArray, StoredSparse,
};
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
struct Source {
    blocks: Option<Arc<dyn Blocks>>,
    /// Its cells among all.
    cells: Range<usize>,
    places: Arc<[u32]>,
}

#[derive(Debug)]
struct Joined {
    sources: Vec<Source>,
    n_genes: usize,
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
        let mut types = self
            .sources
            .iter()
            .filter_map(|source| Some(source.blocks.as_ref()?.stored()));
        let first = types.next().unwrap_or(NumberType::F32);
        if types.all(|stored| stored == first) {
            first
        } else {
            NumberType::F32
        }
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

    /// Where all parts are there, compressed by cell and of one type.
    fn as_stored(&self) -> Option<&dyn StoredMatrix> {
        let mut forms = self.sources.iter().map(|source| {
            let form = source.blocks.as_ref()?.as_stored()?.form();
            (!form.dense && !form.by_gene).then_some(form)
        });
        let first = forms.next()??;
        forms.all(|form| form == Some(first)).then_some(self)
    }
}

impl StoredMatrix for Joined {
    fn form(&self) -> StoredForm {
        let first = self.sources.iter().find_map(|source| source.stored());
        first.map_or(StoredForm::CSR, StoredMatrix::form)
    }

    fn line_grains(&self) -> Result<Arc<[usize]>, FileError> {
        self.grains()
    }

    fn lines(&self, range: Range<usize>) -> Result<StoredSparse, FileError> {
        let element = self.form().element;
        let (mut ends, mut indices, mut bytes) = (vec![0], Vec::new(), Vec::new());
        for source in &self.sources {
            let from = range.start.max(source.cells.start);
            let to = range.end.min(source.cells.end);
            let Some(stored) = source.stored().filter(|_| from < to) else {
                continue;
            };
            let first = source.cells.start;
            let lines = stored.lines(from - first..to - first)?;
            let before = indices.len() as u64;
            ends.extend(lines.ends.iter().skip(1).map(|end| before + end));
            let places = lines.indices.iter().flatten();
            indices.extend(places.map(|&gene| source.places[gene as usize]));
            bytes.extend_from_slice(&lines.values.bytes);
        }
        Ok(StoredSparse {
            shape: [ends.len() - 1, self.n_genes],
            by_column: false,
            values: StoredArray {
                shape: vec![indices.len()],
                element,
                bytes,
                square: false,
            },
            ends,
            indices: Some(indices),
        })
    }
}

impl Source {
    fn stored(&self) -> Option<&dyn StoredMatrix> {
        self.blocks.as_ref()?.as_stored()
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

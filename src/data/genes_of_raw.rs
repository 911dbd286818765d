//! The values that raw holds for the genes of its dataset. Raw has genes of its own: the same in
//! another order, or more of them than the dataset has. Genes are matched by name.

use super::axis::{Axis, compose};
use super::dataset::{Dataset, Raw};
use super::file::{FileError, InFile};
use super::lazy::Value;
use super::matrix::{Blocks, Matrix, Rows, StoredForm, StoredMatrix};
use super::names::Names;
use super::stored_sparse::StoredSparse;
use super::{NumberType, Selection};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// The matrix of raw as one of the dataset; `None` if raw does not have all of its genes, or if
/// their names are still to be computed.
pub fn shared(data: &Dataset) -> Option<&Matrix> {
    let raw = data.raw.as_ref()?;
    let below = |genes: &Axis| data.genes.selections_from(genes).is_some();
    // `adata.raw = adata`, and genes left out since.
    if below(&raw.genes) && raw.x.steps.iter().all(|step| below(&step.genes)) {
        return Some(&raw.x);
    }
    if raw.shared.get().is_none()
        && let Some(matrix) = matched(data, raw)
    {
        // Whoever comes second has made the same.
        let _ = raw.shared.set(matrix);
    }
    let shared = raw.shared.get()?;
    shared.genes.same(&data.genes.outermost()).then_some(shared)
}

fn matched(data: &Dataset, raw: &Raw) -> Option<Matrix> {
    let genes = data.genes.outermost();
    let on_root = |rows: Option<&Axis>, root: &Axis| rows.is_some_and(|rows| rows.same(root));
    let as_stored = raw.x.steps.is_empty()
        && on_root(data.var_names.rows.as_ref(), &genes)
        && on_root(raw.var_names.rows.as_ref(), &raw.x.genes);
    if !as_stored {
        return None;
    }
    // A damaged file is reported by the step that reads the names.
    let known = |value: Option<&Value>| value.and_then(Value::names).cloned();
    let ours = known(data.var_names.value.known().ok()?)?;
    let theirs = known(raw.var_names.value.known().ok()?)?;
    let blocks = OfGenes::new(&raw.x.blocks, &ours, &theirs, &kept(raw)?)?;
    Some(Matrix {
        blocks: Arc::new(blocks),
        genes,
        ..raw.x.clone()
    })
}

/// The genes of its matrix that raw shows, where that is known: of those that some parts of a
/// concatenated dataset lack it shows none.
fn kept(raw: &Raw) -> Option<Selection> {
    let selections = raw.genes.selections_from(&raw.x.genes)?;
    let all = || (0..raw.x.blocks.n_genes() as u32).collect();
    let keeps: Option<Vec<_>> = selections
        .iter()
        .map(|keep| keep.get()?.keep().cloned())
        .collect();
    Some(compose(keeps?.iter().map(|keep| &**keep)).unwrap_or_else(all))
}

/// Some genes of a source, in an order of their own.
#[derive(Debug)]
struct OfGenes {
    blocks: Arc<dyn Blocks>,
    /// Where each gene of the source goes, if anywhere.
    places: Vec<Option<u32>>,
    n_genes: usize,
}

impl OfGenes {
    /// The genes called `ours`, if the source has each of them once, and among those `kept`.
    fn new(blocks: &Arc<dyn Blocks>, ours: &Names, theirs: &Names, kept: &[u32]) -> Option<Self> {
        if theirs.duplicate().is_some() || ours.duplicate().is_some() {
            return None;
        }
        let found: Option<Selection> = ours
            .iter()
            .map(|name| theirs.position(name).map(|at| at as u32))
            .collect();
        let mut is_kept = vec![false; theirs.len()];
        kept.iter().for_each(|&gene| is_kept[gene as usize] = true);
        let mut places = vec![None; theirs.len()];
        for (to, from) in (0..).zip(found?) {
            let place = places.get_mut(from as usize)?;
            *place = is_kept.get(from as usize)?.then_some(to);
            place.as_ref()?;
        }
        Some(OfGenes {
            blocks: blocks.clone(),
            places,
            n_genes: ours.len(),
        })
    }
}

impl Blocks for OfGenes {
    fn n_cells(&self) -> usize {
        self.blocks.n_cells()
    }

    fn n_genes(&self) -> usize {
        self.n_genes
    }

    fn n_values(&self) -> Option<u64> {
        let all = self.n_genes == self.places.len();
        self.blocks.n_values().filter(|_| all)
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        self.blocks.grains()
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        let rows = self.blocks.read(cells)?;
        let (mut starts, mut genes, mut values) = (vec![0], Vec::new(), Vec::new());
        let mut row: Vec<(u32, f32)> = Vec::new();
        for line in rows.outer_iterator() {
            row.clear();
            let placed = line
                .iter()
                .filter_map(|(gene, &x)| Some((self.places[gene]?, x)));
            row.extend(placed);
            if !row.is_sorted_by_key(|&(gene, _)| gene) {
                row.sort_unstable_by_key(|&(gene, _)| gene);
            }
            genes.extend(row.iter().map(|&(gene, _)| gene));
            values.extend(row.iter().map(|&(_, x)| x));
            starts.push(genes.len());
        }
        let shape = (starts.len() - 1, self.n_genes);
        Ok(Rows::new(shape, starts, genes, values))
    }

    fn stored(&self) -> NumberType {
        self.blocks.stored()
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        self.blocks.sample()
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }

    fn files(&self) -> Vec<PathBuf> {
        self.blocks.files()
    }

    fn are_counts(&self) -> bool {
        self.blocks.are_counts()
    }

    fn as_stored(&self) -> Option<&dyn StoredMatrix> {
        self.blocks.as_stored()?;
        Some(self)
    }
}

impl OfGenes {
    fn stored_source(&self) -> &dyn StoredMatrix {
        let source = self.blocks.as_stored();
        source.unwrap_or_else(|| unreachable!("asked for where there is one"))
    }
}

impl StoredMatrix for OfGenes {
    fn form(&self) -> StoredForm {
        StoredForm {
            element: self.stored_source().form().element.of_sparse(),
            dense: false,
            by_gene: false,
        }
    }

    fn line_grains(&self) -> Result<Arc<[usize]>, FileError> {
        self.grains()
    }

    fn lines(&self, range: Range<usize>) -> Result<StoredSparse, FileError> {
        let element = self.form().element;
        let cells = self.stored_source().cells(range)?.cast(element);
        let mut all = StoredSparse::empty(element, self.n_genes, false);
        for line in 0..cells.n_lines() {
            all.push_row(cells.row(line), |gene| *self.places.get(gene)?);
        }
        Ok(all)
    }
}

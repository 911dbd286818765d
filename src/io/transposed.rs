//! Cells × genes from a source that has genes × cells: CSC matrices, loom files.
//!
//! Turned over when first read: in memory if there is room, else externally.

mod spilled;

use super::cache;
use super::memory::InMemory;
use super::once::Once;
use crate::data::matrix::{StoredForm, StoredMatrix, cut_grains};
use crate::data::{Blocks, ElementType, FileError, InFile, NumberType, Rows, StoredSparse};
use rayon::prelude::*;
use spilled::{Exact, Singles, Spilled};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A gene-major source, seen as cells × genes.
#[derive(Debug)]
pub struct Transposed {
    /// Its rows are our genes.
    source: Arc<dyn Blocks>,
    made: Once<Arc<dyn Blocks>>,
    /// The same with the type and all digits of the source, where a file asks for cells.
    exact: Once<Spilled>,
}

impl Transposed {
    pub fn new(source: Arc<dyn Blocks>) -> Self {
        Transposed {
            source,
            made: Once::new(),
            exact: Once::new(),
        }
    }

    fn made(&self) -> Result<&Arc<dyn Blocks>, FileError> {
        self.made.get_or(|| turn(&*self.source))
    }
}

impl Blocks for Transposed {
    fn n_cells(&self) -> usize {
        self.source.n_genes()
    }

    fn n_genes(&self) -> usize {
        self.source.n_cells()
    }

    fn n_values(&self) -> Option<u64> {
        self.source.n_values()
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        self.made()?.grains()
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        self.made()?.read(cells)
    }

    fn stored(&self) -> NumberType {
        self.source.stored()
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        self.source.sample()
    }

    fn in_file(&self) -> Option<InFile> {
        self.source.in_file()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.source.files()
    }

    fn as_stored(&self) -> Option<&dyn StoredMatrix> {
        let form = self.source.as_stored()?.form();
        if form.by_gene { None } else { Some(self) }
    }

    fn check(&self) -> Result<(), FileError> {
        self.source.check()
    }
}

impl Transposed {
    fn element(&self) -> ElementType {
        self.stored_source().form().element.of_sparse()
    }

    fn stored_source(&self) -> &dyn StoredMatrix {
        let source = self.source.as_stored();
        source.unwrap_or_else(|| unreachable!("asked for where there is one"))
    }
}

impl StoredMatrix for Transposed {
    /// A dense matrix that lies the other way round is none that anndata knows: its cells are
    /// compressed.
    fn form(&self) -> StoredForm {
        let form = self.stored_source().form();
        StoredForm {
            element: self.element(),
            dense: false,
            by_gene: !form.dense,
        }
    }

    fn line_grains(&self) -> Result<Arc<[usize]>, FileError> {
        if self.form().by_gene {
            self.stored_source().line_grains()
        } else {
            self.grains()
        }
    }

    fn lines(&self, range: Range<usize>) -> Result<StoredSparse, FileError> {
        if !self.form().by_gene {
            return self.cells(range);
        }
        let lines = self.stored_source().lines(range)?.cast(self.element());
        let [genes, cells] = lines.shape;
        Ok(StoredSparse {
            shape: [cells, genes],
            by_column: true,
            ..lines
        })
    }

    fn cells(&self, range: Range<usize>) -> Result<StoredSparse, FileError> {
        let turn = || Spilled::of(&Exact(self.stored_source(), &*self.source));
        let cells = self.exact.get_or(turn)?.stored_cells(range)?;
        Ok(cells.cast(self.element()))
    }
}

fn turn(source: &dyn Blocks) -> Result<Arc<dyn Blocks>, FileError> {
    // A source that must be read to be cut knows how much it has only then.
    source.grains()?;
    // While it is turned, the matrix is there twice, at eight bytes a value.
    let most = source.n_cells() as u64 * source.n_genes() as u64;
    let values = source.n_values().unwrap_or(most);
    if values.saturating_mul(16) <= cache::memory() {
        Ok(Arc::new(in_memory(source)?))
    } else {
        Ok(Arc::new(Spilled::of(&Singles(source))?))
    }
}

fn in_memory(source: &dyn Blocks) -> Result<InMemory, FileError> {
    let grains = source.grains()?;
    let blocks: Vec<Rows> = grains
        .par_windows(2)
        .map(|ends| source.read(ends[0]..ends[1]))
        .collect::<Result<_, _>>()?;
    let counts: Vec<AtomicU32> = zeros(source.n_genes());
    blocks
        .par_iter()
        .for_each(|block| count(block.indices(), &counts));
    let cells = cut_grains(counts.iter().map(|n| u64::from(n.load(Relaxed))));
    let turned: Vec<Rows> = cells
        .par_windows(2)
        .map(|ends| turn_cells(&blocks, ends[0]..ends[1], &counts, source.n_cells()))
        .collect();
    Ok(InMemory::of_blocks(
        turned,
        cells,
        source.n_cells(),
        source.stored(),
    ))
}

fn zeros(n: usize) -> Vec<AtomicU32> {
    std::iter::repeat_with(AtomicU32::default).take(n).collect()
}

/// Adds the number of values of each cell.
fn count(cells: &[u32], counts: &[AtomicU32]) {
    for &cell in cells {
        counts[cell as usize].fetch_add(1, Relaxed);
    }
}

/// The rows of some cells, from all blocks of genes.
fn turn_cells(blocks: &[Rows], cells: Range<usize>, counts: &[AtomicU32], n_genes: usize) -> Rows {
    let mut indptr = Vec::with_capacity(cells.len() + 1);
    let mut end = 0;
    indptr.push(0);
    for n in &counts[cells.clone()] {
        end += n.load(Relaxed) as usize;
        indptr.push(end);
    }
    let mut next = indptr.clone();
    let (mut genes, mut values) = (vec![0; end], vec![0.0; end]);
    let all_genes = blocks.iter().flat_map(|block| block.outer_iterator());
    for (gene, row) in all_genes.enumerate() {
        let from = row
            .indices()
            .partition_point(|&cell| (cell as usize) < cells.start);
        for (&cell, &value) in row.indices()[from..].iter().zip(&row.data()[from..]) {
            if cell as usize >= cells.end {
                break;
            }
            let at = &mut next[cell as usize - cells.start];
            (genes[*at], values[*at]) = (gene as u32, value);
            *at += 1;
        }
    }
    Rows::new((cells.len(), n_genes), indptr, genes, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn genes_by_cells() -> Arc<dyn Blocks> {
        let rows = Rows::new(
            (3, 4),
            vec![0, 2, 2, 5],
            vec![0, 3, 0, 1, 3],
            vec![1.0, 2.0, 3.0, 4.0, 5.0],
        );
        Arc::new(InMemory::new(rows, NumberType::F32))
    }

    #[test]
    fn both_ways_of_turning_agree() {
        let expected = Rows::new(
            (4, 3),
            vec![0, 2, 3, 3, 5],
            vec![0, 2, 2, 0, 2],
            vec![1.0, 3.0, 4.0, 2.0, 5.0],
        );
        let source = genes_by_cells();
        assert_eq!(
            in_memory(&*source).unwrap().read(0..4),
            Ok(expected.clone())
        );
        let spilled = Spilled::of(&Singles(&*source)).unwrap();
        assert_eq!(spilled.read(0..4), Ok(expected.clone()));
        let two = Rows::new((2, 3), vec![0, 1, 1], vec![2], vec![4.0]);
        assert_eq!(spilled.read(1..3), Ok(two));
    }
}

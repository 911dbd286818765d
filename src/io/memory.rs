//! A matrix in memory as a source of blocks: text files, simulations, tests.

use super::exact::ExactValues;
use crate::data::matrix::{StoredForm, StoredMatrix, cut_grains};
use crate::data::{Blocks, ElementType, FileError, InFile, NumberType, Rows, StoredSparse};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Cells × genes in memory, one block a grain.
#[derive(Debug)]
pub struct InMemory {
    blocks: Vec<Rows>,
    grains: Arc<[usize]>,
    n_genes: usize,
    stored: NumberType,
    exact: Option<ExactValues>,
}

impl InMemory {
    /// A whole matrix; `stored` is how it should be written.
    pub fn new(rows: Rows, stored: NumberType) -> Self {
        let grains = cut_grains(rows.indptr().iter_outer_sz().map(|row| row.len() as u64));
        let blocks = grains
            .windows(2)
            .map(|ends| cut(&rows, ends[0]..ends[1]))
            .collect();
        let n_genes = rows.cols();
        InMemory::of_blocks(blocks, grains, n_genes, stored)
    }

    /// A matrix that is cut into its grains already.
    pub fn of_blocks(
        blocks: Vec<Rows>,
        grains: Arc<[usize]>,
        n_genes: usize,
        stored: NumberType,
    ) -> Self {
        debug_assert_eq!(blocks.len() + 1, grains.len());
        InMemory {
            blocks,
            grains,
            n_genes,
            stored,
            exact: None,
        }
    }

    /// The same, with what its blocks round.
    pub fn with_exact(mut self, exact: Option<ExactValues>) -> Self {
        if let Some(exact) = &exact {
            self.stored = exact.element();
        }
        self.exact = exact;
        self
    }
}

impl Blocks for InMemory {
    fn n_cells(&self) -> usize {
        self.grains[self.grains.len() - 1]
    }

    fn n_genes(&self) -> usize {
        self.n_genes
    }

    fn n_values(&self) -> Option<u64> {
        Some(self.blocks.iter().map(|block| block.nnz() as u64).sum())
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        Ok(Arc::clone(&self.grains))
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        read_grains(&self.grains, self.n_genes, cells, |grain| {
            Ok(Cow::Borrowed(&self.blocks[grain]))
        })
    }

    fn stored(&self) -> NumberType {
        self.stored
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        let values = self.blocks.iter().flat_map(|block| block.data());
        Ok(values.take(4096).copied().collect())
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }

    fn as_stored(&self) -> Option<&dyn StoredMatrix> {
        self.exact.as_ref()?;
        Some(self)
    }
}

impl StoredMatrix for InMemory {
    fn form(&self) -> StoredForm {
        StoredForm {
            element: ElementType::Number(self.stored),
            ..StoredForm::CSR
        }
    }

    fn line_grains(&self) -> Result<Arc<[usize]>, FileError> {
        self.grains()
    }

    fn lines(&self, range: Range<usize>) -> Result<StoredSparse, FileError> {
        let rows = self.read(range.clone())?;
        match &self.exact {
            Some(exact) => Ok(exact.rows(range.start, rows)),
            None => unreachable!("asked for where values are kept"),
        }
    }
}

/// Any range of cells from a source that has whole grains.
pub fn read_grains<'a>(
    grains: &[usize],
    n_genes: usize,
    cells: Range<usize>,
    read: impl Fn(usize) -> Result<Cow<'a, Rows>, FileError>,
) -> Result<Rows, FileError> {
    let mut parts = Parts::new(n_genes);
    let first = grains.partition_point(|&end| end <= cells.start).max(1) - 1;
    for (grain, ends) in grains.windows(2).enumerate().skip(first) {
        if ends[0] >= cells.end {
            break;
        }
        let block = read(grain)?;
        if cells == (ends[0]..ends[1]) {
            return Ok(block.into_owned());
        }
        let from = cells.start.max(ends[0]) - ends[0];
        let to = cells.end.min(ends[1]) - ends[0];
        parts.push(&block, from..to);
    }
    Ok(parts.joined())
}

/// The rows of a range, as a block of their own.
fn cut(rows: &Rows, range: Range<usize>) -> Rows {
    let mut parts = Parts::new(rows.cols());
    parts.push(rows, range);
    parts.joined()
}

/// Rows of several blocks, one below the other.
struct Parts {
    n_genes: usize,
    indptr: Vec<usize>,
    genes: Vec<u32>,
    values: Vec<f32>,
}

impl Parts {
    fn new(n_genes: usize) -> Self {
        Parts {
            n_genes,
            indptr: vec![0],
            genes: Vec::new(),
            values: Vec::new(),
        }
    }

    fn push(&mut self, rows: &Rows, range: Range<usize>) {
        let values = rows.indptr().outer_inds_slice(range.start, range.end);
        let shift = self.genes.len();
        let ends = rows.indptr();
        let ends = ends.iter_outer_sz().skip(range.start).take(range.len());
        self.indptr
            .extend(ends.map(|row| row.end - values.start + shift));
        self.genes
            .extend_from_slice(&rows.indices()[values.clone()]);
        self.values.extend_from_slice(&rows.data()[values]);
    }

    fn joined(self) -> Rows {
        let shape = (self.indptr.len() - 1, self.n_genes);
        Rows::new(shape, self.indptr, self.genes, self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_range_of_cells_is_read() {
        let rows = |n: usize| {
            Rows::new(
                (n, 2),
                (0..=n).collect(),
                vec![1; n],
                (0..n).map(|i| i as f32).collect(),
            )
        };
        let all = InMemory::new(rows(2500), NumberType::F32);
        assert_eq!(all.grains().unwrap()[..3], [0, 256, 512]);
        for range in [
            0..0,
            0..256,
            5..7,
            1000..2100,
            2304..2500,
            0..2500,
            2500..2500,
        ] {
            let expected = cut(&rows(2500), range.clone());
            assert_eq!(all.read(range), Ok(expected));
        }
        let none = InMemory::new(rows(0), NumberType::F32);
        assert_eq!(*none.grains().unwrap(), [0]);
        assert_eq!(none.read(0..0).unwrap().shape(), (0, 2));
    }
}

//! Turns blocks of cells into rows of genes, for what needs a gene's values side by side: rank
//! tests, medians, statistics on graphs. A range of genes at a time keeps the memory bounded:
//! 8 bytes for each value in the range, twice that while finishing.

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::stats::sums::NO_GROUP;
use crate::kernels::{Rows, RowsView, stats::rank::rank_sum};

/// Accumulates the values of some genes.
#[derive(Debug, Clone)]
pub struct GeneMajor {
    genes: Range<u32>,
    blocks: Vec<Block>,
}

/// The values of one block of cells, gene after gene.
#[derive(Debug, Clone)]
struct Block {
    starts: Vec<usize>,
    cells: Vec<u32>,
    values: Vec<f32>,
}

impl GeneMajor {
    pub fn new(genes: Range<u32>) -> Self {
        Self {
            genes,
            blocks: Vec::new(),
        }
    }

    /// Adds a block: `cells[i]`, ascending, is the position of row `i` among all cells.
    pub fn add(&mut self, rows: RowsView<'_>, cells: &[u32]) {
        let mut starts = vec![0; self.genes.len() + 1];
        let parts: Vec<(&[u32], &[f32])> = (0..rows.rows()).map(|i| self.part(&rows, i)).collect();
        for &gene in parts.iter().flat_map(|(genes, _)| *genes) {
            starts[(gene - self.genes.start) as usize + 1] += 1;
        }
        for gene in 1..starts.len() {
            starts[gene] += starts[gene - 1];
        }
        let n_values = starts.last().copied().unwrap_or(0);
        let mut block = Block {
            cells: vec![0; n_values],
            values: vec![0.0; n_values],
            starts,
        };
        let mut next = block.starts.clone();
        for ((genes, values), &cell) in parts.into_iter().zip(cells) {
            for (&gene, &x) in genes.iter().zip(values) {
                let place = &mut next[(gene - self.genes.start) as usize];
                block.cells[*place] = cell;
                block.values[*place] = x;
                *place += 1;
            }
        }
        self.blocks.push(block);
    }

    /// The genes and values of row `i` that are in the range.
    fn part<'a>(&self, rows: &'a RowsView<'_>, i: usize) -> (&'a [u32], &'a [f32]) {
        let row = rows.indptr().outer_inds_sz(i);
        let genes = &rows.indices()[row.clone()];
        let start = genes.partition_point(|&gene| gene < self.genes.start);
        let end = genes.partition_point(|&gene| gene < self.genes.end);
        (&genes[start..end], &rows.data()[row][start..end])
    }

    pub fn merge(&mut self, next: Self) {
        self.blocks.extend(next.blocks);
    }

    /// Genes of the range × `n_cells`.
    pub fn finish(mut self, n_cells: usize) -> Rows {
        self.blocks
            .sort_by_key(|block| block.cells.iter().min().copied());
        let n_genes = self.genes.len();
        let size = |gene: usize| self.blocks.iter().map(|b| b.of(gene).len()).sum::<usize>();
        let mut indptr = vec![0];
        for gene in 0..n_genes {
            indptr.push(indptr[gene] + size(gene));
        }
        let mut cells = vec![0; indptr[n_genes]];
        let mut values = vec![0.0; indptr[n_genes]];
        let rows: Vec<_> = split(&mut cells, &indptr)
            .zip(split(&mut values, &indptr))
            .collect();
        rows.into_par_iter()
            .enumerate()
            .for_each(|(gene, (cells, values))| {
                let mut filled = 0;
                for block in &self.blocks {
                    let part = block.of(gene);
                    let to = filled..filled + part.len();
                    filled = to.end;
                    cells[to.clone()].copy_from_slice(&block.cells[part.clone()]);
                    values[to].copy_from_slice(&block.values[part]);
                }
            });
        Rows::new((n_genes, n_cells), indptr, cells, values)
    }
}

impl Block {
    fn of(&self, gene: usize) -> Range<usize> {
        self.starts[gene]..self.starts[gene + 1]
    }
}

/// The parts of a slice between the ascending `ends`.
fn split<'a, T>(mut slice: &'a mut [T], indptr: &[usize]) -> impl Iterator<Item = &'a mut [T]> {
    indptr.windows(2).map(move |ends| {
        let (part, rest) = std::mem::take(&mut slice).split_at_mut(ends[1] - ends[0]);
        slice = rest;
        part
    })
}

/// The group of each value's cell, as [`rank_sum::Panel`] wants it; `genes` is genes × cells,
/// `groups` by cell position. Groups from 65,535 on count as none.
pub fn groups_of_values(genes: RowsView<'_>, groups: &[u32]) -> Vec<u16> {
    let code = |group: u32| match group {
        NO_GROUP => rank_sum::NO_GROUP,
        group => u16::try_from(group).unwrap_or(rank_sum::NO_GROUP),
    };
    genes
        .indices()
        .iter()
        .map(|&cell| code(groups[cell as usize]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [1 0 2], [0 3 0], [4 5 6].
    fn rows() -> Rows {
        let values = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        Rows::new((3, 3), vec![0, 2, 3, 6], vec![0, 2, 1, 0, 1, 2], values)
    }

    #[test]
    fn a_range_of_genes_is_transposed() {
        let mut late = GeneMajor::new(1..3);
        late.add(rows().slice_outer(1..3), &[1, 2]);
        let mut early = GeneMajor::new(1..3);
        early.add(rows().slice_outer(0..1), &[0]);
        late.merge(early);
        let genes = late.finish(3);
        assert_eq!((genes.rows(), genes.cols()), (2, 3));
        assert_eq!(genes.proper_indptr().to_vec(), [0, 2, 4]);
        assert_eq!(genes.indices(), [1, 2, 0, 2]);
        assert_eq!(genes.data(), [3.0, 5.0, 2.0, 6.0]);
        let codes = groups_of_values(genes.view(), &[7, NO_GROUP, 0]);
        assert_eq!(codes, [rank_sum::NO_GROUP, 0, 7, 0]);
    }

    #[test]
    fn nothing_is_fine() {
        assert_eq!(GeneMajor::new(0..0).finish(5).shape(), (0, 5));
        let mut empty = GeneMajor::new(0..2);
        empty.add(Rows::zero((0, 2)).to_csr().view(), &[]);
        assert_eq!(empty.finish(0).nnz(), 0);
    }
}

//! By what cells and genes are filtered: their counts, and how many entries above zero they
//! have. (Quality control counts entries other than zero; negative values differ.)

use std::sync::Arc;

use super::RowsView;
use super::exact::Moments;
use super::per_cell::PerCell;

/// Keeps what lies in the closed range; a bound that is `None` is open. NaN is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Range {
    pub min: Option<f64>,
    pub max: Option<f64>,
}

impl Range {
    /// One flag per value.
    pub fn keep(&self, values: &[f64]) -> Vec<bool> {
        let min = self.min.unwrap_or(f64::NEG_INFINITY);
        let max = self.max.unwrap_or(f64::INFINITY);
        values.iter().map(|x| (min..=max).contains(x)).collect()
    }
}

/// Accumulates the criteria of cells and genes over blocks; only the genes flagged in `genes`
/// (all, if `None`) count for the cells.
#[derive(Debug, Clone)]
pub struct Criteria {
    genes: Option<Arc<[bool]>>,
    n_genes: usize,
    n_cells: u64,
    cells: PerCell,
    sums: Moments,
    n_positive: Vec<u32>,
}

/// One value per cell, in cell order, and one per gene.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterCriteria {
    /// Entries above zero per cell.
    pub n_genes: Vec<f64>,
    /// Sum per cell.
    pub n_counts: Vec<f64>,
    /// Entries above zero per gene.
    pub gene_n_cells: Vec<f64>,
    /// Sum per gene.
    pub gene_n_counts: Vec<f64>,
}

impl Criteria {
    pub fn new(n_genes: usize, genes: Option<Arc<[bool]>>) -> Self {
        Self {
            genes,
            n_genes,
            n_cells: 0,
            cells: PerCell::new(2),
            sums: Moments::new(n_genes),
            n_positive: vec![0; n_genes],
        }
    }

    /// Adds a block: `cells[i]` is the position of row `i` among all cells.
    pub fn add(&mut self, rows: RowsView<'_>, cells: &[u32]) {
        for (row, &cell) in rows.outer_iterator().zip(cells) {
            let (mut n_positive, mut total) = (0u32, 0.0);
            for (&gene, &x) in row.indices().iter().zip(row.data()) {
                let gene = gene as usize;
                self.sums.add(gene, x);
                self.n_positive[gene] += u32::from(x > 0.0);
                if self.genes.as_ref().is_none_or(|genes| genes[gene]) {
                    n_positive += u32::from(x > 0.0);
                    total += f64::from(x);
                }
            }
            self.n_cells += 1;
            self.cells.push(cell, [f64::from(n_positive), total]);
        }
    }

    pub fn merge(&mut self, next: Self) {
        self.n_cells += next.n_cells;
        self.cells.merge(next.cells);
        self.sums.merge(&next.sums);
        for (mine, theirs) in self.n_positive.iter_mut().zip(next.n_positive) {
            *mine += theirs;
        }
    }

    pub fn finish(self) -> FilterCriteria {
        let mut columns = self.cells.finish().into_iter();
        let sum = |gene| self.sums.get(gene, self.n_cells).sum;
        FilterCriteria {
            n_genes: columns.next().unwrap_or_default(),
            n_counts: columns.next().unwrap_or_default(),
            gene_n_cells: self.n_positive.iter().copied().map(f64::from).collect(),
            gene_n_counts: (0..self.n_genes).map(sum).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Rows;

    /// [3 0 -1], [0 0 0], [2 5 0].
    fn rows() -> Rows {
        let values = vec![3.0, -1.0, 2.0, 5.0];
        Rows::new((3, 3), vec![0, 2, 2, 4], vec![0, 2, 0, 1], values)
    }

    #[test]
    fn negative_values_are_summed_but_not_counted() {
        let mut criteria = Criteria::new(3, None);
        criteria.add(rows().view(), &[0, 1, 2]);
        let found = criteria.finish();
        assert_eq!(found.n_genes, [1.0, 0.0, 2.0]);
        assert_eq!(found.n_counts, [2.0, 0.0, 7.0]);
        assert_eq!(found.gene_n_cells, [2.0, 1.0, 0.0]);
        assert_eq!(found.gene_n_counts, [5.0, 5.0, -1.0]);
    }

    #[test]
    fn cells_can_be_judged_by_some_genes() {
        let genes = [false, true, true];
        let mut criteria = Criteria::new(3, Some(genes.as_slice().into()));
        criteria.add(rows().view(), &[0, 1, 2]);
        assert_eq!(criteria.finish().n_counts, [-1.0, 0.0, 5.0]);
    }

    #[test]
    fn bounds_are_included() {
        let range = Range {
            min: Some(1.0),
            max: Some(2.0),
        };
        let keep = range.keep(&[0.5, 1.0, 2.0, 2.5, f64::NAN]);
        assert_eq!(keep, [false, true, true, false, false]);
        assert_eq!(Range::default().keep(&[f64::NAN, -1e9]), [false, true]);
    }
}

//! What cells and genes are filtered by: their counts, and how many entries above zero they have.
//! (Quality control counts entries other than zero; negative values differ.)

use crate::kernels::RowsView;
use crate::kernels::stats::exact::Totals;
use crate::kernels::stats::per_cell::PerCell;
use crate::kernels::transfer::{Packing, Torn, Transfer, Unpacking};

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

/// Accumulates the criteria of cells over blocks.
#[derive(Debug, Clone)]
pub struct CellCriteria(PerCell);

/// One value per cell, in cell order.
#[derive(Debug, Clone, PartialEq)]
pub struct CellCounts {
    /// Entries above zero.
    pub n_genes: Vec<f64>,
    pub n_counts: Vec<f64>,
}

impl Default for CellCriteria {
    fn default() -> Self {
        Self(PerCell::new(2))
    }
}

impl CellCriteria {
    /// Adds a block: `cells[i]` is the position of row `i` among all cells.
    pub fn add(&mut self, rows: RowsView<'_>, cells: &[u32]) {
        for (row, &cell) in rows.outer_iterator().zip(cells) {
            let n_genes = row.data().iter().filter(|x| **x > 0.0).count();
            let n_counts = row.data().iter().map(|&x| f64::from(x)).sum();
            self.0.push(cell, [n_genes as f64, n_counts]);
        }
    }

    pub fn merge(&mut self, next: Self) {
        self.0.merge(next.0);
    }

    pub fn finish(self) -> CellCounts {
        let mut columns = self.0.finish().into_iter();
        CellCounts {
            n_genes: columns.next().unwrap_or_default(),
            n_counts: columns.next().unwrap_or_default(),
        }
    }
}

/// Accumulates the criteria of genes over blocks.
#[derive(Debug, Clone)]
pub struct GeneCriteria {
    sums: Totals,
    n_negative: Vec<u32>,
}

/// One value per gene.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneCounts {
    /// Entries above zero.
    pub n_cells: Vec<f64>,
    pub n_counts: Vec<f64>,
}

impl GeneCriteria {
    pub fn new(n_genes: usize) -> Self {
        Self {
            sums: Totals::new(n_genes),
            n_negative: vec![0; n_genes],
        }
    }

    /// Adds a block of any cells.
    pub fn add(&mut self, rows: RowsView<'_>) {
        for row in rows.outer_iterator() {
            if self.sums.add_row(row.indices(), row.data()) {
                continue;
            }
            for (&gene, &x) in row.indices().iter().zip(row.data()) {
                self.n_negative[gene as usize] += u32::from(x < 0.0 || x.is_nan());
            }
        }
    }

    pub fn merge(&mut self, next: Self) {
        self.sums.merge(next.sums);
        for (mine, theirs) in self.n_negative.iter_mut().zip(next.n_negative) {
            *mine += theirs;
        }
    }

    pub fn finish(self) -> GeneCounts {
        let above = |(gene, negative)| f64::from(self.sums.n_nonzero(gene) - negative);
        let genes = 0..self.n_negative.len();
        GeneCounts {
            n_counts: genes.map(|gene| self.sums.sum(gene)).collect(),
            n_cells: self.n_negative.into_iter().enumerate().map(above).collect(),
        }
    }
}

crate::kernels::transfer::fields!(CellCriteria: 0);

impl Transfer for GeneCriteria {
    fn pack(&self, to: &mut Packing) {
        self.sums.pack(to);
        to.list(&self.n_negative);
    }

    fn unpack(&mut self, from: &mut Unpacking) -> Result<(), Torn> {
        self.sums.unpack(from)?;
        from.fill(&mut self.n_negative)
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
        let mut cells = CellCriteria::default();
        cells.add(rows().view(), &[0, 1, 2]);
        let found = cells.finish();
        assert_eq!(found.n_genes, [1.0, 0.0, 2.0]);
        assert_eq!(found.n_counts, [2.0, 0.0, 7.0]);
        let mut genes = GeneCriteria::new(3);
        genes.add(rows().view());
        let found = genes.finish();
        assert_eq!(found.n_cells, [2.0, 1.0, 0.0]);
        assert_eq!(found.n_counts, [5.0, 5.0, -1.0]);
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

//! Library-size normalization: every cell is divided by its size factor, so that all have the
//! same total. Weinreb et al., Bioinformatics 2018, for leaving out genes that dominate cells.
//!
//! Pass one: [`HighlyExpressed`], if such genes are left out. Pass two: [`Totals`]. Then
//! [`size_factors`], and [`divide`] on each block.

use std::sync::Arc;

use crate::kernels::stats::per_cell::PerCell;
use crate::kernels::stats::quantile::median;
use crate::kernels::transfer::{Packing, Torn, Transfer, Unpacking};
use crate::kernels::{Rows, RowsView};
use crate::math;

/// Accumulates which genes hold more than a fraction of the counts of any cell.
#[derive(Debug, Clone)]
pub struct HighlyExpressed {
    max_fraction: f64,
    genes: Vec<bool>,
}

impl HighlyExpressed {
    /// scanpy's `max_fraction` is 0.05.
    pub fn new(n_genes: usize, max_fraction: f64) -> Self {
        Self {
            max_fraction,
            genes: vec![false; n_genes],
        }
    }

    /// Adds a block of any cells.
    pub fn add(&mut self, rows: RowsView<'_>) {
        for row in rows.outer_iterator() {
            let total: f64 = row.data().iter().copied().map(f64::from).sum();
            let most = self.max_fraction * total;
            for (&gene, &x) in row.indices().iter().zip(row.data()) {
                if f64::from(x) > most {
                    self.genes[gene as usize] = true;
                }
            }
        }
    }

    pub fn merge(&mut self, next: Self) {
        for (mine, theirs) in self.genes.iter_mut().zip(next.genes) {
            *mine |= theirs;
        }
    }

    /// One flag per gene.
    pub fn finish(self) -> Vec<bool> {
        self.genes
    }
}

/// Accumulates the total counts of each cell.
#[derive(Debug, Clone)]
pub struct Totals {
    excluded: Option<Arc<[bool]>>,
    cells: PerCell,
}

impl Totals {
    /// Genes flagged in `excluded` do not count.
    pub fn new(excluded: Option<Arc<[bool]>>) -> Self {
        Self {
            excluded,
            cells: PerCell::new(1),
        }
    }

    /// Adds a block: `cells[i]` is the position of row `i` among all cells.
    pub fn add(&mut self, rows: RowsView<'_>, cells: &[u32]) {
        for (row, &cell) in rows.outer_iterator().zip(cells) {
            let total = match &self.excluded {
                None => total(row.data()),
                Some(out) => {
                    let counts = row.indices().iter().zip(row.data());
                    let counts = counts.filter(|(gene, _)| !out[**gene as usize]);
                    counts.map(|(_, &x)| f64::from(x)).sum()
                }
            };
            self.cells.push(cell, [total]);
        }
    }

    /// Adds a block of logarithms log(1 + x): the totals are those of x.
    pub fn add_logs(&mut self, rows: RowsView<'_>, cells: &[u32], ln_base: f64) {
        for (row, &cell) in rows.outer_iterator().zip(cells) {
            let values = row.data().iter();
            let total = values.map(|&x| math::exp_m1(f64::from(x) * ln_base)).sum();
            self.cells.push(cell, [total]);
        }
    }

    pub fn merge(&mut self, next: Self) {
        self.cells.merge(next.cells);
    }

    /// One total per cell, in cell order.
    pub fn finish(self) -> Vec<f64> {
        self.cells.finish().pop().unwrap_or_default()
    }
}

/// Eight sums side by side, added up at the end: one after the other every addition would wait for
/// the last.
fn total(values: &[f32]) -> f64 {
    let mut sums = [0.0; 8];
    let (eights, rest) = values.as_chunks::<8>();
    for eight in eights {
        for (sum, &x) in sums.iter_mut().zip(eight) {
            *sum += f64::from(x);
        }
    }
    for (sum, &x) in sums.iter_mut().zip(rest) {
        *sum += f64::from(x);
    }
    sums.iter().sum()
}

/// What each cell is divided by.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeFactors {
    /// The total every cell gets.
    pub target_sum: f64,
    /// Total ÷ target per cell; 0 for a cell without counts, which is left as it is.
    pub factors: Vec<f64>,
    /// Cells without counts.
    pub n_empty: usize,
}

/// Size factors from total counts. Without a target it is the median total of the cells that
/// have counts (1 if none has).
pub fn size_factors(totals: &[f64], target_sum: Option<f64>) -> SizeFactors {
    let target_sum = target_sum.unwrap_or_else(|| {
        let counted = totals.iter().copied().filter(|&t| t > 0.0).collect();
        median(counted).unwrap_or(1.0)
    });
    SizeFactors {
        target_sum,
        factors: totals.iter().map(|total| total / target_sum).collect(),
        n_empty: totals.iter().filter(|t| **t == 0.0).count(),
    }
}

/// The total that cells have in common, to within what 32-bit logarithms leave of it; NaN if they
/// differ, as they do when genes were left out later. Empty cells say nothing.
pub fn common_total(totals: Vec<f64>) -> f64 {
    let mut counted: Vec<f64> = totals.into_iter().filter(|&total| total > 0.0).collect();
    counted.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        counted
            .get((share * (counted.len().max(1) - 1) as f64) as usize)
            .copied()
    };
    match (at(0.05), at(0.5), at(0.95)) {
        (Some(low), Some(middle), Some(high)) if high - low <= 0.01 * middle => middle,
        _ => f64::NAN,
    }
}

/// Divides each row by the factor of its cell, in place; `cells[i]` is the position of row `i`
/// among all cells.
pub fn divide(rows: &mut Rows, cells: &[u32], factors: &[f64]) {
    let starts = rows.indptr().to_proper().into_owned();
    let values = rows.data_mut();
    for (i, &cell) in cells.iter().enumerate() {
        let factor = factors[cell as usize];
        if factor != 0.0 {
            let row = &mut values[starts[i]..starts[i + 1]];
            row.iter_mut()
                .for_each(|x| *x = (f64::from(*x) / factor) as f32);
        }
    }
}

impl Transfer for HighlyExpressed {
    fn pack(&self, to: &mut Packing) {
        to.list(&self.genes);
    }

    fn unpack(&mut self, from: &mut Unpacking) -> Result<(), Torn> {
        from.fill(&mut self.genes)
    }
}

crate::kernels::transfer::fields!(Totals: cells);

#[cfg(test)]
mod tests {
    use super::*;

    /// [8 1 1], [0 0 0], [0 2 2].
    fn rows() -> Rows {
        let counts = vec![8.0, 1.0, 1.0, 2.0, 2.0];
        Rows::new((3, 3), vec![0, 3, 3, 5], vec![0, 1, 2, 1, 2], counts)
    }

    fn totals(excluded: Option<&[bool]>) -> Vec<f64> {
        let mut totals = Totals::new(excluded.map(Into::into));
        totals.add(rows().view(), &[0, 1, 2]);
        totals.finish()
    }

    #[test]
    fn a_total_is_found_in_logarithms() {
        let rows = Rows::new(
            (2, 2),
            vec![0, 2, 3],
            vec![0, 1, 1],
            vec![3f32.ln_1p(), 7f32.ln_1p(), 10f32.ln_1p()],
        );
        let mut totals = Totals::new(None);
        totals.add_logs(rows.view(), &[0, 1], 1.0);
        assert!((common_total(totals.finish()) - 10.0).abs() < 1e-4);
        assert!(common_total(vec![1.0, 2.0, 3.0]).is_nan());
        assert!(common_total(Vec::new()).is_nan());
    }

    #[test]
    fn every_counted_cell_gets_the_target() {
        let factors = size_factors(&totals(None), Some(100.0));
        let mut rows = rows();
        divide(&mut rows, &[0, 1, 2], &factors.factors);
        assert_eq!(rows.data(), [80.0, 10.0, 10.0, 50.0, 50.0]);
        assert_eq!(factors.n_empty, 1);
    }

    #[test]
    fn the_median_leaves_out_empty_cells() {
        assert_eq!(size_factors(&totals(None), None).target_sum, 7.0);
        assert_eq!(size_factors(&[0.0, 0.0], None).target_sum, 1.0);
        assert_eq!(size_factors(&[], None).factors, [0.0; 0]);
    }

    #[test]
    fn dominating_genes_are_left_out_of_totals_only() {
        let mut high = HighlyExpressed::new(3, 0.5);
        high.add(rows().view());
        let excluded = high.finish();
        // 2 of 4 is not more than half.
        assert_eq!(excluded, [true, false, false]);
        assert_eq!(totals(Some(&excluded)), [2.0, 0.0, 4.0]);
    }

    #[test]
    fn a_slice_of_a_block_is_divided_by_its_own_cells() {
        let mut slice = rows().slice_outer(2..3).to_owned();
        divide(&mut slice, &[2], &[9.0, 9.0, 2.0]);
        assert_eq!(slice.data(), [1.0, 1.0]);
    }
}

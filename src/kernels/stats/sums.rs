//! Sums, means, variances and numbers of non-zeros of every gene, over all cells or per group
//! of cells, in one pass over blocks. The sums are exact (see [`crate::kernels::stats::exact`]): a result
//! depends neither on the blocks nor on the order in which they are merged.

use std::sync::Arc;

use crate::kernels::RowsView;
use crate::kernels::methods::log1p::expm1;
use crate::kernels::stats::exact::{Moment, Moments};
use crate::kernels::transfer::{Packing, Sent, Torn, Transfer, Unpacking};

/// The group of a cell that belongs to none.
pub const NO_GROUP: u32 = u32::MAX;

/// What is summed in place of a value x.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Of {
    #[default]
    Value,
    /// exp(x · `ln_base`) − 1, rounded to f32: undoes [`crate::kernels::methods::log1p::log1p`] (`ln_base` 1:
    /// no base).
    Expm1 { ln_base: f64 },
}

/// Accumulates the moments of every gene in every group of cells.
#[derive(Debug, Clone)]
pub struct GroupSums {
    of: Of,
    n_genes: usize,
    /// By cell position; `None`: all cells are group 0.
    groups: Option<Arc<[u32]>>,
    /// Cells per group; the last entry counts the cells of no group.
    n_cells: Vec<u64>,
    /// Group after group, the cells of no group last.
    moments: Moments,
}

/// The moments of every gene over some cells.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneSums {
    pub n_cells: u64,
    pub sum: Vec<f64>,
    /// Σx².
    pub squares: Vec<f64>,
    /// Σ(x − mean)², zeros included; exactly 0 for a constant gene.
    pub deviations: Vec<f64>,
    pub n_nonzero: Vec<u32>,
}

impl GroupSums {
    /// Over all cells as one group.
    pub fn all_cells(n_genes: usize, of: Of) -> Self {
        Self::with(n_genes, of, None, 1)
    }

    /// Per group; `groups[cell]` is below `n_groups` or [`NO_GROUP`].
    pub fn by_group(n_genes: usize, of: Of, groups: Arc<[u32]>, n_groups: usize) -> Self {
        Self::with(n_genes, of, Some(groups), n_groups)
    }

    fn with(n_genes: usize, of: Of, groups: Option<Arc<[u32]>>, n_groups: usize) -> Self {
        Self {
            of,
            n_genes,
            groups,
            n_cells: vec![0; n_groups + 1],
            moments: Moments::new(n_genes * (n_groups + 1)),
        }
    }

    /// Adds a block: `cells[i]` is the position of row `i` among all cells.
    pub fn add(&mut self, rows: RowsView<'_>, cells: &[u32]) {
        let mut order: Vec<(usize, usize)> = cells
            .iter()
            .map(|&cell| self.group_of(cell))
            .zip(0..)
            .collect();
        // Group after group: the sums of one stay in the processor's cache.
        order.sort_unstable();
        let mut values = Vec::new();
        for (group, i) in order {
            self.n_cells[group] += 1;
            let Some(row) = rows.outer_view(i) else {
                continue;
            };
            values.clear();
            values.extend_from_slice(row.data());
            if let Of::Expm1 { ln_base } = self.of {
                expm1(&mut values, ln_base);
            }
            let first = group * self.n_genes;
            self.moments.add_row(first, row.indices(), &values);
        }
    }

    fn group_of(&self, cell: u32) -> usize {
        let Some(groups) = &self.groups else { return 0 };
        match groups[cell as usize] {
            NO_GROUP => self.n_groups(),
            group => group as usize,
        }
    }

    /// Adds what another accumulator of the same shape saw.
    pub fn merge(&mut self, next: Self) {
        for (mine, theirs) in self.n_cells.iter_mut().zip(next.n_cells) {
            *mine += theirs;
        }
        self.moments.merge(&next.moments);
    }

    pub fn n_groups(&self) -> usize {
        self.n_cells.len() - 1
    }

    pub fn n_genes(&self) -> usize {
        self.n_genes
    }

    /// Cells seen in a group.
    pub fn n_cells(&self, group: usize) -> u64 {
        self.n_cells[group]
    }

    /// Of the cells of one group.
    pub fn group(&self, group: usize) -> GeneSums {
        self.finish(&self.moments, group * self.n_genes, self.n_cells[group])
    }

    /// Of each group.
    pub fn each_group(&self) -> Vec<GeneSums> {
        (0..self.n_groups())
            .map(|group| self.group(group))
            .collect()
    }

    /// Of all cells, those of no group included.
    pub fn all(&self) -> GeneSums {
        let all = self.union(|_| true);
        self.finish(&all, 0, self.n_cells.iter().sum())
    }

    /// For each group all cells outside of it, those of no group included.
    pub fn rests(&self) -> Rests<'_> {
        self.rests_in(self.n_cells.len())
    }

    /// For each group the cells of the other groups.
    pub fn rests_in_groups(&self) -> Rests<'_> {
        self.rests_in(self.n_groups())
    }

    fn rests_in(&self, n: usize) -> Rests<'_> {
        Rests {
            sums: self,
            all: self.union(|group| group < n),
            n,
        }
    }

    fn union(&self, contains: impl Fn(usize) -> bool) -> Moments {
        let mut union = Moments::new(self.n_genes);
        for group in (0..self.n_cells.len()).filter(|&group| contains(group)) {
            union.add_slots(0, &self.moments, self.slots(group));
        }
        union
    }

    fn slots(&self, group: usize) -> std::ops::Range<usize> {
        group * self.n_genes..(group + 1) * self.n_genes
    }

    fn finish(&self, moments: &Moments, first: usize, n_cells: u64) -> GeneSums {
        let of_gene = |gene: usize| moments.get(first + gene, n_cells);
        GeneSums::of((0..self.n_genes).map(of_gene), n_cells)
    }
}

/// What groups are told from.
pub struct Rests<'a> {
    sums: &'a GroupSums,
    all: Moments,
    /// The first groups, of which they consist; the last has the cells of no group.
    n: usize,
}

impl Rests<'_> {
    /// Of one group. Any thread may ask.
    pub fn of(&self, group: usize) -> GeneSums {
        let sums = self.sums;
        let n_cells = sums.n_cells[..self.n].iter().sum::<u64>() - sums.n_cells[group];
        if !self.all.is_finite() {
            // NaN cannot be taken away again.
            let others = sums.union(|other| other != group && other < self.n);
            return sums.finish(&others, 0, n_cells);
        }
        let first = group * sums.n_genes;
        let of_gene = |gene: usize| {
            let inside = (&sums.moments, first + gene);
            self.all.get_without(gene, inside, n_cells)
        };
        GeneSums::of((0..sums.n_genes).map(of_gene), n_cells)
    }
}

impl GeneSums {
    /// Of the moments of each gene.
    fn of(moments: impl ExactSizeIterator<Item = Moment>, n_cells: u64) -> Self {
        let n_genes = moments.len();
        let mut sums = GeneSums {
            n_cells,
            sum: Vec::with_capacity(n_genes),
            squares: Vec::with_capacity(n_genes),
            deviations: Vec::with_capacity(n_genes),
            n_nonzero: Vec::with_capacity(n_genes),
        };
        for moment in moments {
            sums.sum.push(moment.sum);
            sums.squares.push(moment.squares);
            sums.deviations.push(moment.deviations);
            sums.n_nonzero.push(moment.n_nonzero);
        }
        sums
    }

    /// Means per gene; NaN without cells.
    pub fn means(&self) -> Vec<f64> {
        let n = self.n_cells as f64;
        self.sum.iter().map(|sum| sum / n).collect()
    }

    /// Sample variances per gene (divided by n − 1); 0 for a single cell, NaN without cells.
    pub fn variances(&self) -> Vec<f64> {
        let divisor = match self.n_cells {
            0 => f64::NAN,
            n => (n - 1).max(1) as f64,
        };
        self.deviations.iter().map(|d| d / divisor).collect()
    }

    /// Fraction of the cells with a value other than zero, per gene; NaN without cells.
    pub fn fractions_nonzero(&self) -> Vec<f64> {
        let n = self.n_cells as f64;
        self.n_nonzero.iter().map(|&c| f64::from(c) / n).collect()
    }
}

/// As a result: without the groups of the cells, which nothing is added by any more.
impl Sent for GroupSums {
    fn pack(&self, to: &mut Packing) {
        to.size(self.n_genes);
        to.list(&self.n_cells);
        self.moments.pack(to);
    }

    fn unpack(from: &mut Unpacking) -> Result<Self, Torn> {
        let (n_genes, n_cells): (usize, Vec<u64>) = (from.size()?, from.list()?);
        let n_groups = n_cells.len().checked_sub(1).ok_or(Torn)?;
        let n_slots = n_genes.checked_mul(n_cells.len()).ok_or(Torn)?;
        let mut moments = Moments::new(n_slots);
        moments.unpack(from)?;
        let sums = Self::with(0, Of::Value, None, n_groups);
        Ok(Self {
            n_genes,
            n_cells,
            moments,
            ..sums
        })
    }
}

impl Transfer for GroupSums {
    fn pack(&self, to: &mut Packing) {
        to.list(&self.n_cells);
        self.moments.pack(to);
    }

    fn unpack(&mut self, from: &mut Unpacking) -> Result<(), Torn> {
        from.fill(&mut self.n_cells)?;
        self.moments.unpack(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Rows;

    /// Cells × genes: [1 0 2], [0 0 4], [3 0 0], [5 0 6].
    fn rows() -> Rows {
        let values = vec![1.0, 2.0, 4.0, 3.0, 5.0, 6.0];
        Rows::new((4, 3), vec![0, 2, 3, 4, 6], vec![0, 2, 2, 0, 0, 2], values)
    }

    fn grouped() -> GroupSums {
        let groups = Arc::from([0, 1, 0, NO_GROUP]);
        let mut sums = GroupSums::by_group(3, Of::Value, groups, 2);
        sums.add(rows().view(), &[0, 1, 2, 3]);
        sums
    }

    #[test]
    fn means_and_variances_include_zeros() {
        let mut sums = GroupSums::all_cells(3, Of::Value);
        sums.add(rows().view(), &[0, 1, 2, 3]);
        let all = sums.all();
        assert_eq!(all.means(), [2.25, 0.0, 3.0]);
        // numpy.var([1, 0, 3, 5], ddof=1), numpy.var([2, 4, 0, 6], ddof=1)
        assert_eq!(all.variances(), [14.75 / 3.0, 0.0, 20.0 / 3.0]);
        assert_eq!(all.n_nonzero, [3, 0, 3]);
        assert_eq!(sums.group(0), all);
    }

    #[test]
    fn groups_and_their_rests_are_apart() {
        let sums = grouped();
        assert_eq!(sums.group(0).sum, [4.0, 0.0, 2.0]);
        assert_eq!(sums.group(1).sum, [0.0, 0.0, 4.0]);
        let rests = [0, 1].map(|group| sums.rests().of(group));
        assert_eq!(rests[0].sum, [5.0, 0.0, 10.0]);
        assert_eq!((rests[0].n_cells, rests[1].n_cells), (2, 3));
        assert_eq!(rests[1].sum, [9.0, 0.0, 8.0]);
        assert_eq!(sums.all().sum, [9.0, 0.0, 12.0]);
    }

    #[test]
    fn blocks_of_any_size_give_the_same() {
        let mut merged = GroupSums::by_group(3, Of::Value, Arc::from([0, 1, 0, NO_GROUP]), 2);
        for i in [2usize, 0, 3, 1] {
            let mut block = merged.clone();
            block.n_cells.fill(0);
            block.moments = Moments::new(9);
            block.add(rows().slice_outer(i..i + 1), &[i as u32]);
            merged.merge(block);
        }
        assert_eq!(merged.each_group(), grouped().each_group());
        assert_eq!(merged.rests().of(1), grouped().rests().of(1));
    }

    #[test]
    fn nan_stays_in_its_gene_and_group() {
        let mut sums = GroupSums::by_group(1, Of::Value, Arc::from([0, 1, 1]), 2);
        let rows = Rows::new(
            (3, 1),
            vec![0, 1, 2, 3],
            vec![0; 3],
            vec![f32::NAN, 1.0, 2.0],
        );
        sums.add(rows.view(), &[0, 1, 2]);
        assert!(sums.group(0).sum[0].is_nan() && sums.all().sum[0].is_nan());
        let rests = [0, 1].map(|group| sums.rests().of(group));
        assert_eq!((rests[0].sum[0], rests[1].n_cells), (3.0, 1));
        assert!(rests[1].sum[0].is_nan());
    }

    #[test]
    fn no_cells_have_no_mean() {
        let all = GroupSums::all_cells(2, Of::Value).all();
        assert!(all.means()[0].is_nan() && all.variances()[1].is_nan());
        assert!(all.fractions_nonzero()[0].is_nan());
    }
}

//! Highly variable genes by the variance of standardized, clipped counts: the standard deviation
//! expected at a gene's mean comes from a loess of log variance on log mean.
//!
//! Stuart et al., Cell 2019 (Seurat v3, `vst`). First pass: [`GeneSums`] of the counts per batch.
//! Then [`Expected::new`] per batch, a second pass with [`Clipped`], and
//! [`super::rank_genes`] on the scores.

use crate::math;
use std::sync::Arc;

use super::loess::loess;
use crate::kernels::RowsView;
use crate::kernels::stats::exact::Moments;
use crate::kernels::stats::sums::{GeneSums, NO_GROUP};
use crate::kernels::transfer::{Packing, Torn, Transfer, Unpacking};

/// What is expected of each gene in one batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    pub n_cells: u64,
    pub mean: Vec<f64>,
    /// Standard deviation expected at the mean; 1 for a constant gene.
    pub sd: Vec<f64>,
    /// Larger counts are taken as this: mean + sd·√n.
    pub clip: Vec<f64>,
    pub varies: Vec<bool>,
}

impl Expected {
    /// `span`: the fraction of genes in a local fit, 0.3 in Seurat and scanpy.
    pub fn new(sums: &GeneSums, span: f64) -> Self {
        let (mean, variances) = (sums.means(), sums.variances());
        let varying: Vec<usize> = (0..mean.len()).filter(|&g| variances[g] > 0.0).collect();
        let log = |column: &[f64]| -> Vec<f64> {
            varying
                .iter()
                .map(|&gene| math::log10(column[gene]))
                .collect()
        };
        let fitted = loess(&log(&mean), &log(&variances), span);
        let mut sd = vec![1.0; mean.len()];
        for (&gene, log_variance) in varying.iter().zip(fitted) {
            sd[gene] = math::exp10(log_variance).sqrt();
        }
        let root = (sums.n_cells as f64).sqrt();
        let clip = sd.iter().zip(&mean).map(|(sd, mean)| sd * root + mean);
        Self {
            n_cells: sums.n_cells,
            clip: clip.collect(),
            varies: variances.iter().map(|&variance| variance > 0.0).collect(),
            mean,
            sd,
        }
    }
}

/// Accumulates the clipped counts of each gene in each batch.
#[derive(Debug, Clone)]
pub struct Clipped {
    expected: Arc<[Expected]>,
    n_genes: usize,
    batches: Option<Arc<[u32]>>,
    /// Of the counts below the clip.
    below: Moments,
    /// How many counts were clipped.
    n_clipped: Vec<u32>,
}

impl Clipped {
    /// `expected[batch]`; `batches[cell]` is the batch or [`NO_GROUP`], `None` means one batch.
    pub fn new(expected: Arc<[Expected]>, batches: Option<Arc<[u32]>>) -> Self {
        let n_genes = expected.first().map_or(0, |e| e.mean.len());
        let n_slots = n_genes * expected.len();
        Self {
            expected,
            n_genes,
            batches,
            below: Moments::new(n_slots),
            n_clipped: vec![0; n_slots],
        }
    }

    /// Adds a block of counts: `cells[i]` is the position of row `i` among all cells.
    pub fn add(&mut self, rows: RowsView<'_>, cells: &[u32]) {
        for (row, &cell) in rows.outer_iterator().zip(cells) {
            let batch = self.batches.as_ref().map_or(0, |b| b[cell as usize]);
            if batch == NO_GROUP {
                continue;
            }
            let first = batch as usize * self.n_genes;
            let clip = &self.expected[batch as usize].clip;
            for (&gene, &x) in row.indices().iter().zip(row.data()) {
                let gene = gene as usize;
                if f64::from(x) > clip[gene] {
                    self.n_clipped[first + gene] += 1;
                } else {
                    self.below.add(first + gene, x);
                }
            }
        }
    }

    pub fn merge(&mut self, next: Self) {
        self.below.merge(&next.below);
        for (mine, theirs) in self.n_clipped.iter_mut().zip(next.n_clipped) {
            *mine += theirs;
        }
    }

    /// The variance of the standardized counts, per batch and gene, about the mean before
    /// clipping; exactly 0 for a constant gene.
    pub fn finish(self) -> Vec<Vec<f64>> {
        let batches = self.expected.iter().enumerate();
        batches
            .map(|(batch, expected)| self.variances(batch, expected))
            .collect()
    }

    fn variances(&self, batch: usize, expected: &Expected) -> Vec<f64> {
        let n = expected.n_cells as f64;
        let variance = |gene: usize| {
            if !expected.varies[gene] {
                return 0.0;
            }
            let slot = batch * self.n_genes + gene;
            let below = self.below.get(slot, expected.n_cells);
            let n_clipped = f64::from(self.n_clipped[slot]);
            let clip = expected.clip[gene];
            let mean = expected.mean[gene];
            let sum = below.sum + n_clipped * clip;
            let squares = below.squares + n_clipped * clip * clip;
            let deviations = n * mean * mean + squares - 2.0 * mean * sum;
            deviations / ((n - 1.0) * expected.sd[gene].powi(2))
        };
        (0..self.n_genes).map(variance).collect()
    }
}

impl Transfer for Clipped {
    fn pack(&self, to: &mut Packing) {
        self.below.pack(to);
        to.list(&self.n_clipped);
    }

    fn unpack(&mut self, from: &mut Unpacking) -> Result<(), Torn> {
        self.below.unpack(from)?;
        from.fill(&mut self.n_clipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Rows;
    use crate::kernels::stats::sums::{GroupSums, Of};

    /// One gene: 0, 1, 2, 30 in batch 0; 5 in batch 1.
    fn rows() -> Rows {
        let counts = vec![1.0, 2.0, 30.0, 5.0];
        Rows::new((5, 1), vec![0, 0, 1, 2, 3, 4], vec![0; 4], counts)
    }

    #[test]
    fn large_counts_are_clipped() {
        let expected = Expected {
            n_cells: 4,
            mean: vec![8.25],
            sd: vec![2.0],
            clip: vec![12.25],
            varies: vec![true],
        };
        let batches: Arc<[u32]> = Arc::from([0, 0, 0, 0, NO_GROUP]);
        let mut clipped = Clipped::new(Arc::from([expected]), Some(batches));
        clipped.add(rows().view(), &[0, 1, 2, 3, 4]);
        // numpy: sum((minimum(x, 12.25) - 8.25)**2) / (3 * 4)
        let by_hand = (68.0625 + 52.5625 + 39.0625 + 16.0) / 12.0;
        assert!((clipped.finish()[0][0] - by_hand).abs() < 1e-12);
    }

    #[test]
    fn a_constant_gene_is_expected_to_have_sd_one() {
        let mut sums = GroupSums::all_cells(1, Of::Value);
        sums.add(rows().slice_outer(1..2), &[1]);
        let expected = Expected::new(&sums.all(), 0.3);
        assert_eq!((expected.sd[0], expected.clip[0]), (1.0, 2.0));
    }

    #[test]
    fn the_expected_variance_follows_the_mean() {
        // 300 genes, counts 0 and 2k in turn: mean k, variance 4k²/3 over 4 cells.
        let genes: Vec<u32> = (0..300).collect();
        let mut sums = GroupSums::all_cells(300, Of::Value);
        for cell in 0..4 {
            let values: Vec<f32> = (1..=300).map(|k| (2 * k * (cell % 2)) as f32).collect();
            let row = Rows::new((1, 300), vec![0, 300], genes.clone(), values);
            sums.add(row.view(), &[cell]);
        }
        let expected = Expected::new(&sums.all(), 0.3);
        for (k, sd) in (1..=300).zip(&expected.sd) {
            let exact = (4.0 / 3.0f64).sqrt() * f64::from(k);
            assert!((sd / exact - 1.0).abs() < 1e-6, "{k} {sd} {exact}");
        }
    }
}

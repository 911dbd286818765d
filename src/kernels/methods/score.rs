//! Scores of gene sets: the mean of the set's genes in a cell minus the mean of control genes of
//! similar expression; and the cell-cycle phase that follows from two such scores.
//!
//! Tirosh et al., Science 2016. The control genes are drawn as scanpy draws them, with numpy's
//! generator, so they are the same ones.

use std::collections::BTreeSet;

use crate::kernels::RowsView;
use crate::kernels::random::generators::Mt19937;
use crate::kernels::stats::per_cell::PerCell;
use crate::kernels::transfer::{Packing, Sent, Torn, Unpacking};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreParams {
    /// Control genes drawn from each bin that holds a gene of the set.
    pub ctrl_size: usize,
    /// Bins of mean expression; at least 2.
    pub n_bins: usize,
    /// Whether the set's genes may be drawn (and are then dropped), or are left out before.
    pub ctrl_as_ref: bool,
    pub seed: u32,
}

impl Default for ScoreParams {
    fn default() -> Self {
        Self {
            ctrl_size: 50,
            n_bins: 25,
            ctrl_as_ref: true,
            seed: 0,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    #[error("none of the genes is measured")]
    NoGenes,
    #[error("no control genes are left for the genes of the set")]
    NoControls,
    #[error("controls need at least 2 bins, not {n_bins}")]
    TooFewBins { n_bins: usize },
}

/// The control genes of a set, ascending. `pool`: the genes to draw from (usually all), in
/// their order; `means[i]` is the mean of `pool[i]` over all cells. Genes of the set outside of
/// the pool, and pool genes whose mean is not finite, take no part.
pub fn control_genes(
    set: &[u32],
    pool: &[u32],
    means: &[f64],
    params: &ScoreParams,
) -> Result<Vec<u32>, ScoreError> {
    if params.n_bins < 2 {
        let n_bins = params.n_bins;
        return Err(ScoreError::TooFewBins { n_bins });
    }
    let set: BTreeSet<u32> = set.iter().copied().collect();
    let finite = pool.iter().zip(means).filter(|(_, mean)| mean.is_finite());
    let (pool, means): (Vec<u32>, Vec<f64>) = finite.map(|(g, m)| (*g, *m)).unzip();
    let bins = bins(&means, params.n_bins);
    let members = pool
        .iter()
        .zip(&bins)
        .filter(|(gene, _)| set.contains(gene));
    let bins_of_set: BTreeSet<usize> = members.map(|(_, bin)| *bin).collect();
    if bins_of_set.is_empty() {
        return Err(ScoreError::NoGenes);
    }
    let mut random = Mt19937::new(params.seed);
    let mut controls = BTreeSet::new();
    for bin in bins_of_set {
        let in_bin = pool.iter().zip(&bins).filter(|(_, b)| **b == bin);
        let allowed = in_bin.filter(|(gene, _)| params.ctrl_as_ref || !set.contains(gene));
        let mut drawn: Vec<u32> = allowed.map(|(gene, _)| *gene).collect();
        if params.ctrl_size < drawn.len() {
            let places = random.choice(drawn.len(), params.ctrl_size);
            drawn = places.into_iter().map(|place| drawn[place]).collect();
        }
        controls.extend(drawn.into_iter().filter(|gene| !set.contains(gene)));
    }
    if controls.is_empty() {
        Err(ScoreError::NoControls)
    } else {
        Ok(controls.into_iter().collect())
    }
}

/// Bins of about equally many genes by rank; equal means share the lowest of their ranks.
fn bins(means: &[f64], n_bins: usize) -> Vec<usize> {
    let size = means.len() as f64 / (n_bins - 1) as f64;
    let size = (size.round_ties_even() as usize).max(1);
    let mut sorted = means.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = |mean: &f64| sorted.partition_point(|m| m < mean) + 1;
    means.iter().map(|mean| rank(mean) / size).collect()
}

/// A set of genes and its controls, positions among the genes of the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneSet {
    pub genes: Vec<u32>,
    pub controls: Vec<u32>,
}

/// Accumulates the scores of some sets, cell by cell. A NaN counts as not measured.
#[derive(Debug, Clone)]
pub struct Scores {
    /// Two flags per gene and set: in the set, in its controls.
    members: Vec<Vec<[bool; 2]>>,
    sizes: Vec<[usize; 2]>,
    cells: PerCell,
}

impl Scores {
    pub fn new(n_genes: usize, sets: &[GeneSet]) -> Self {
        let flags = |set: &GeneSet| {
            let mut flags = vec![[false; 2]; n_genes];
            set.genes
                .iter()
                .for_each(|&gene| flags[gene as usize][0] = true);
            set.controls
                .iter()
                .for_each(|&gene| flags[gene as usize][1] = true);
            flags
        };
        let members: Vec<Vec<[bool; 2]>> = sets.iter().map(flags).collect();
        let size =
            |flags: &Vec<[bool; 2]>| [0, 1].map(|side| flags.iter().filter(|f| f[side]).count());
        Self {
            sizes: members.iter().map(size).collect(),
            members,
            cells: PerCell::new(sets.len()),
        }
    }

    /// Adds a block: `cells[i]` is the position of row `i` among all cells.
    pub fn add(&mut self, rows: RowsView<'_>, cells: &[u32]) {
        for (row, &cell) in rows.outer_iterator().zip(cells) {
            let sets = self.members.iter().zip(&self.sizes);
            let score = |(members, sizes): (&Vec<[bool; 2]>, &[usize; 2])| {
                let mut means = [Mean::of(sizes[0]), Mean::of(sizes[1])];
                for (&gene, &x) in row.indices().iter().zip(row.data()) {
                    let member = members[gene as usize];
                    for side in (0..2).filter(|&side| member[side]) {
                        means[side].add(x);
                    }
                }
                means[0].get() - means[1].get()
            };
            self.cells.push(cell, sets.map(score));
        }
    }

    pub fn merge(&mut self, next: Self) {
        self.cells.merge(next.cells);
    }

    /// Per set, one score per cell in cell order.
    pub fn finish(self) -> Vec<Vec<f64>> {
        self.cells.finish()
    }
}

struct Mean {
    sum: f64,
    n: usize,
}

impl Mean {
    fn of(n: usize) -> Self {
        Self { sum: 0.0, n }
    }

    fn add(&mut self, x: f32) {
        if x.is_nan() {
            self.n -= 1;
        } else {
            self.sum += f64::from(x);
        }
    }

    fn get(&self) -> f64 {
        self.sum / self.n as f64
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    G1,
    S,
    G2M,
}

/// The phase of a cell by its scores for S and G2/M genes: the higher one, unless both are
/// negative.
pub fn phase(s_score: f64, g2m_score: f64) -> Phase {
    match () {
        () if s_score < 0.0 && g2m_score < 0.0 => Phase::G1,
        () if g2m_score > s_score => Phase::G2M,
        () => Phase::S,
    }
}

impl Sent for Vec<GeneSet> {
    fn pack(&self, to: &mut Packing) {
        to.size(self.len());
        for set in self {
            to.list(&set.genes);
            to.list(&set.controls);
        }
    }

    fn unpack(from: &mut Unpacking) -> Result<Self, Torn> {
        let set = |from: &mut Unpacking| {
            Ok(GeneSet {
                genes: from.list()?,
                controls: from.list()?,
            })
        };
        (0..from.size()?).map(|_| set(from)).collect()
    }
}

crate::kernels::transfer::fields!(Scores: cells);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Rows;

    #[test]
    fn bins_share_the_lowest_rank_of_ties() {
        assert_eq!(bins(&[5.0, 1.0, 1.0, 1.0, 7.0, 0.5], 4), [2, 1, 1, 1, 3, 0]);
        // 5 / 2 = 2.5 rounds to the even 2.
        assert_eq!(bins(&[1.0, 2.0, 3.0, 4.0, 5.0], 3), [0, 1, 1, 2, 2]);
    }

    #[test]
    fn controls_are_those_of_numpy() {
        let pool: Vec<u32> = (0..20).collect();
        let means: Vec<f64> = (0..20).map(f64::from).collect();
        let params = ScoreParams {
            ctrl_size: 3,
            n_bins: 3,
            ..Default::default()
        };
        // Bins: ranks 1–9, 10–19, 20. numpy: RandomState(0).permutation(9)[:3] = [7, 2, 1], then
        // permutation(10)[:3] from the same state.
        let controls = control_genes(&[7, 15], &pool, &means, &params).unwrap();
        assert!(
            controls.starts_with(&[1, 2]) && !controls.contains(&7),
            "{controls:?}"
        );
        let without = ScoreParams {
            ctrl_as_ref: false,
            ..params
        };
        let controls = control_genes(&[7, 15], &pool, &means, &without).unwrap();
        assert_eq!(controls.len(), 6);
    }

    #[test]
    fn what_cannot_be_scored() {
        let params = ScoreParams::default();
        let none = control_genes(&[9], &[0, 1], &[1.0, 2.0], &params);
        assert_eq!(none, Err(ScoreError::NoGenes));
        let all = control_genes(&[0, 1], &[0, 1], &[1.0, f64::NAN], &params);
        assert_eq!(all, Err(ScoreError::NoControls));
        let one_bin = ScoreParams {
            n_bins: 1,
            ..params
        };
        let refused = control_genes(&[0], &[0], &[1.0], &one_bin);
        assert_eq!(refused, Err(ScoreError::TooFewBins { n_bins: 1 }));
    }

    #[test]
    fn a_score_is_a_difference_of_means() {
        let set = GeneSet {
            genes: vec![0, 1],
            controls: vec![2, 3],
        };
        let mut scores = Scores::new(4, &[set]);
        let values = vec![4.0, 1.0, f32::NAN, 2.0, 6.0];
        let rows = Rows::new((3, 4), vec![0, 2, 2, 5], vec![0, 2, 0, 1, 3], values);
        scores.add(rows.view(), &[0, 1, 2]);
        assert_eq!(scores.finish(), [[2.0 - 0.5, 0.0, 2.0 - 3.0]]);
    }

    #[test]
    fn phases() {
        assert_eq!(phase(-0.1, -0.2), Phase::G1);
        assert_eq!(phase(0.1, 0.2), Phase::G2M);
        assert_eq!(phase(0.0, 0.0), Phase::S);
        assert_eq!(phase(0.1, -0.2), Phase::S);
    }
}

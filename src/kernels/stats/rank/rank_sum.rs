//! The rank-sum test of groups of cells (Wilcoxon; Mann & Whitney, Annals of Mathematical
//! Statistics 1947), for all groups from one sort per gene.
//!
//! Only non-zero values are sorted; zeros are one block of ties. Ranks are summed as integers,
//! doubled because of ties.

use rayon::prelude::*;

use super::{RankError, Test, sort, tails::log10_p_normal};
use crate::kernels::ticker::Ticker;

/// The group of a value whose cell belongs to none.
pub const NO_GROUP: u16 = u16::MAX;

/// Some genes in compressed form, gene after gene. Zeros may be left out.
#[derive(Debug, Clone, Copy)]
pub struct Panel<'a> {
    /// Gene `g` has the entries `indptr[g] .. indptr[g + 1]`.
    pub indptr: &'a [usize],
    pub values: &'a [f32],
    /// The group of each value's cell, or [`NO_GROUP`].
    pub groups: &'a [u16],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Against {
    /// All other cells, those of no group included.
    #[default]
    Rest,
    /// The cells of one group.
    Group(u16),
}

/// How many cells there are.
#[derive(Debug, Clone, PartialEq)]
pub struct Sizes {
    pub groups: Vec<u64>,
    /// Cells of no group.
    pub ungrouped: u64,
}

/// The tests of one group, per gene; of the group compared with itself, nothing (zeros).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RankSumTest {
    /// As if there were no ties, as scanpy has it by default. With the many zeros of
    /// single-cell data it is too careful.
    pub plain: Test,
    /// With the variance corrected for ties.
    pub tie_corrected: Test,
}

/// Tests every gene in every group.
pub fn rank_sum(
    panel: Panel<'_>,
    sizes: &Sizes,
    against: Against,
    ticker: &Ticker,
) -> Result<Vec<RankSumTest>, RankError> {
    check(sizes, against)?;
    let n_genes = panel.indptr.len().saturating_sub(1);
    let n_groups = sizes.groups.len();
    let scores: Vec<Vec<Scores>> = (0..n_genes)
        .into_par_iter()
        .map_init(sort::Scratch::default, |scratch, gene| {
            ticker.check()?;
            Ok(score_gene(panel, gene, sizes, against, scratch))
        })
        .collect::<Result<_, RankError>>()?;
    let test = |group: usize| {
        let test_of = |score: fn(&Scores) -> f64| {
            let scores = scores.iter().map(|gene| score(&gene[group])).collect();
            Test::of_scores(scores, |_, z| log10_p_normal(z))
        };
        RankSumTest {
            plain: test_of(|s| s.plain),
            tie_corrected: test_of(|s| s.tie_corrected),
        }
    };
    Ok((0..n_groups).into_par_iter().map(test).collect())
}

/// What others are compared with must be two cells at least; of a group that is smaller, or has
/// too few others, the scores mean nothing, and those of other groups are as they are.
fn check(sizes: &Sizes, against: Against) -> Result<(), RankError> {
    if let Against::Group(group) = against {
        let group = group as usize;
        let n_cells = sizes.groups[group];
        if n_cells < 2 {
            return Err(RankError::GroupTooSmall { group, n_cells });
        }
    }
    Ok(())
}

/// z of one gene in one group.
#[derive(Debug, Clone, Copy)]
struct Scores {
    plain: f64,
    tie_corrected: f64,
}

impl Scores {
    /// From the doubled excess of the group's rank sum over its least possible value (twice
    /// Mann and Whitney's U).
    fn new(doubled_u: u64, n: u64, n_others: u64, ties: f64) -> Self {
        let (n, m) = (n as f64, n_others as f64);
        let total = n + m;
        let excess = doubled_u as f64 / 2.0 - n * m / 2.0;
        let variance = n * m * (total + 1.0) / 12.0;
        let correction = 1.0 - ties / (total * total * total - total);
        Self {
            plain: excess / variance.sqrt(),
            tie_corrected: excess / (correction * variance).sqrt(),
        }
    }
}

fn score_gene(
    panel: Panel<'_>,
    gene: usize,
    sizes: &Sizes,
    against: Against,
    scratch: &mut sort::Scratch,
) -> Vec<Scores> {
    let entries = panel.indptr[gene]..panel.indptr[gene + 1];
    let (values, groups) = (&panel.values[entries.clone()], &panel.groups[entries]);
    let n_groups = sizes.groups.len();
    // The last counts the cells of no group.
    let mut zeros = sizes.groups.clone();
    zeros.push(sizes.ungrouped);
    let nonzero = values.iter().zip(groups).filter(|(x, _)| **x != 0.0);
    let coded = nonzero.map(|(&x, &group)| (x, slot(group, n_groups) as u16));
    let sorted = scratch.sort(coded);
    sorted
        .iter()
        .for_each(|&entry| zeros[sort::code(entry)] -= 1);
    let negative = sorted.partition_point(|&entry| sort::is_negative(entry));
    let (below, above) = sorted.split_at(negative);
    match against {
        Against::Rest => {
            let mut sums = OverAll::new(n_groups);
            sort::ties(below).for_each(|tied| sums.add_tied(tied));
            sums.add_zeros(&zeros);
            sort::ties(above).for_each(|tied| sums.add_tied(tied));
            sums.scores(&sizes.groups)
        }
        Against::Group(reference) => {
            let mut sums = AgainstOne::new(n_groups, reference as usize);
            sort::ties(below).for_each(|tied| sums.add_tied(tied));
            sums.add_block(&zeros, 0..n_groups);
            sort::ties(above).for_each(|tied| sums.add_tied(tied));
            sums.scores(&sizes.groups)
        }
    }
}

fn slot(group: u16, n_groups: usize) -> usize {
    (group as usize).min(n_groups)
}

/// What `n` equal values take from the variance.
fn tie_term(n: u64) -> f64 {
    let n = n as f64;
    n * n * n - n
}

/// Rank sums over all cells, from the lowest value up.
struct OverAll {
    doubled_ranks: Vec<u64>,
    n_below: u64,
    ties: f64,
}

impl OverAll {
    fn new(n_groups: usize) -> Self {
        Self {
            doubled_ranks: vec![0; n_groups + 1],
            n_below: 0,
            ties: 0.0,
        }
    }

    fn add_tied(&mut self, tied: &[u64]) {
        let doubled_rank = self.next(tied.len() as u64);
        for &entry in tied {
            self.doubled_ranks[sort::code(entry)] += doubled_rank;
        }
    }

    fn add_zeros(&mut self, zeros: &[u64]) {
        let doubled_rank = self.next(zeros.iter().sum());
        for (sum, n) in self.doubled_ranks.iter_mut().zip(zeros) {
            *sum += n * doubled_rank;
        }
    }

    /// Twice the mean rank of the next `n` values, which are equal.
    fn next(&mut self, n: u64) -> u64 {
        let doubled_rank = 2 * self.n_below + n + 1;
        self.n_below += n;
        if n > 1 {
            self.ties += tie_term(n);
        }
        doubled_rank
    }

    fn scores(&self, sizes: &[u64]) -> Vec<Scores> {
        let score = |(&doubled_ranks, &n): (&u64, &u64)| {
            Scores::new(doubled_ranks - n * (n + 1), n, self.n_below - n, self.ties)
        };
        self.doubled_ranks.iter().zip(sizes).map(score).collect()
    }
}

/// How often cells of each group are above those of one group, from the lowest value up.
struct AgainstOne {
    reference: usize,
    doubled_u: Vec<u64>,
    n_reference_below: u64,
    /// Ties within the reference, and what the cells of each group add to them.
    reference_ties: f64,
    added_ties: Vec<f64>,
    /// Cells of the current block in each group; zeros between blocks.
    counts: Vec<u64>,
    /// Groups with cells in the block: blocks are small, and groups may be thousands.
    present: Vec<usize>,
}

impl AgainstOne {
    fn new(n_groups: usize, reference: usize) -> Self {
        Self {
            reference,
            doubled_u: vec![0; n_groups],
            n_reference_below: 0,
            reference_ties: 0.0,
            added_ties: vec![0.0; n_groups],
            counts: vec![0; n_groups + 1],
            present: Vec::new(),
        }
    }

    fn add_tied(&mut self, tied: &[u64]) {
        if let [entry] = tied {
            match sort::code(*entry) {
                group if group == self.reference => self.n_reference_below += 1,
                group if group < self.doubled_u.len() => {
                    self.doubled_u[group] += 2 * self.n_reference_below;
                }
                _ => {}
            }
            return;
        }
        let mut counts = std::mem::take(&mut self.counts);
        let mut present = std::mem::take(&mut self.present);
        for &entry in tied {
            let group = sort::code(entry);
            if counts[group] == 0 {
                present.push(group);
            }
            counts[group] += 1;
        }
        self.add_block(&counts, present.iter().copied());
        present.drain(..).for_each(|group| counts[group] = 0);
        (self.counts, self.present) = (counts, present);
    }

    /// Adds a block of equal values, `counts` per group, of which these are `present`.
    fn add_block(&mut self, counts: &[u64], present: impl Iterator<Item = usize>) {
        let n_reference = counts[self.reference];
        let own = tie_term(n_reference);
        self.reference_ties += own;
        let n_groups = self.doubled_u.len();
        for group in present.filter(|&group| group < n_groups) {
            let n = counts[group];
            if n > 0 && group != self.reference {
                self.doubled_u[group] += n * (2 * self.n_reference_below + n_reference);
                self.added_ties[group] += tie_term(n + n_reference) - own;
            }
        }
        self.n_reference_below += n_reference;
    }

    fn scores(&self, sizes: &[u64]) -> Vec<Scores> {
        let n_reference = sizes[self.reference];
        let score = |group: usize| {
            if group == self.reference {
                return Scores {
                    plain: 0.0,
                    tie_corrected: 0.0,
                };
            }
            let ties = self.reference_ties + self.added_ties[group];
            Scores::new(self.doubled_u[group], sizes[group], n_reference, ties)
        };
        (0..sizes.len()).map(score).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::ticker::Stopped;

    /// Group 0: 0 0 3.5 1 −2 1. Group 1: 0 1 0. No group: 0 5 −1 0. Some zeros are stored.
    const VALUES: [f32; 9] = [3.5, 1.0, -2.0, 1.0, 1.0, 5.0, -1.0, 0.0, 0.0];
    const GROUPS: [u16; 9] = [0, 0, 0, 0, 1, NO_GROUP, NO_GROUP, 0, NO_GROUP];

    fn tests(against: Against) -> Vec<RankSumTest> {
        let panel = Panel {
            indptr: &[0, 9, 9],
            values: &VALUES,
            groups: &GROUPS,
        };
        let sizes = Sizes {
            groups: vec![6, 3],
            ungrouped: 4,
        };
        rank_sum(panel, &sizes, against, &Ticker::new()).unwrap()
    }

    fn close(test: &Test, z: f64) {
        assert!((test.scores[0] - z).abs() < 1e-12, "{test:?} {z}");
    }

    #[test]
    fn against_the_rest() {
        // The formula with scipy.stats.rankdata([0, 0, 3.5, 1, -2, 1] + [0, 1, 0, 0, 5, -1, 0]).
        let tests = tests(Against::Rest);
        close(&tests[0].plain, 0.285_714_285_714_285_7);
        close(&tests[0].tie_corrected, 0.302_371_578_407_381_77);
    }

    #[test]
    fn against_one_group() {
        // The same with [0, 0, 3.5, 1, -2, 1] + [0, 1, 0].
        let tests = tests(Against::Group(1));
        close(&tests[0].plain, 0.258_198_889_747_161_1);
        close(&tests[0].tie_corrected, 0.274_721_127_897_378_07);
        assert_eq!(tests[1].plain.scores, [0.0, 0.0]);
    }

    #[test]
    fn a_gene_without_values_has_score_zero() {
        for test in tests(Against::Rest).iter().chain(&tests(Against::Group(0))) {
            assert_eq!(test.plain.scores[1], 0.0);
            assert_eq!(test.tie_corrected.scores[1], 0.0);
            assert_eq!(test.tie_corrected.log10_pvals[1], 0.0);
        }
    }

    #[test]
    fn too_few_cells_and_stopping() {
        let panel = Panel {
            indptr: &[0, 0],
            values: &[],
            groups: &[],
        };
        let sizes = |groups: &[u64]| Sizes {
            groups: groups.to_vec(),
            ungrouped: 0,
        };
        let ticker = Ticker::new();
        let refused = rank_sum(panel, &sizes(&[3, 1]), Against::Group(1), &ticker);
        let error = RankError::GroupTooSmall {
            group: 1,
            n_cells: 1,
        };
        assert_eq!(refused, Err(error));
        assert!(rank_sum(panel, &sizes(&[3, 1]), Against::Rest, &ticker).is_ok());
        let stopping = Ticker::stopping_at(1);
        let stopped = rank_sum(panel, &sizes(&[3, 2]), Against::Rest, &stopping);
        assert_eq!(stopped, Err(RankError::Stopped(Stopped)));
    }
}

//! From a score per gene and batch to one list: genes are ranked within each batch, and the
//! ranks merged. Used by the methods of Seurat v3 and of Pearson residuals (Stuart et al., Cell
//! 2019; Lause et al., Genome Biology 2021).
//!
//! Genes seen in one cell of a batch share their mean and variance, and so their score, with all
//! others seen once: where `n_top` reaches that far, the order of ties decides. scanpy leaves it to
//! an unstable sort, whose result depends on the processor; here the earlier gene wins, always.
//! Where `n_top` reaches beyond the genes that vary, scanpy fills the list with some of those that
//! do not; here it ends.

use crate::kernels::stats::quantile::{descending, median};

/// What decides first when batches are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RankOrder {
    /// The median rank, then the number of batches (`seurat_v3`).
    #[default]
    MedianRank,
    /// The number of batches, then the median rank (`seurat_v3_paper`, `pearson_residuals`).
    Batches,
}

/// One entry per gene.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// The `n_top` best genes (fewer, if fewer vary).
    pub highly_variable: Vec<bool>,
    /// Median over the batches in which the rank was below `n_top`; NaN if it never was.
    pub median_rank: Vec<f64>,
    /// In how many batches the rank was below `n_top`.
    pub n_batches: Vec<u32>,
    /// Ranked below `n_top` in all batches.
    pub intersection: Vec<bool>,
    /// Mean score over the batches.
    pub mean_score: Vec<f64>,
}

/// Ranks by descending score within each batch (`scores[batch][gene]`) and selects `n_top`
/// genes. Ties go to the earlier gene; a gene without a score above 0 has no rank.
pub fn rank_genes(scores: &[Vec<f64>], n_top: usize, order: RankOrder) -> Ranking {
    let n_genes = scores.first().map_or(0, Vec::len);
    let mut ranks_below = vec![Vec::new(); n_genes];
    for batch in scores {
        let varying = descending(batch).into_iter();
        let varying = varying.filter(|&gene| batch[gene] > 0.0);
        for (rank, gene) in varying.take(n_top).enumerate() {
            ranks_below[gene].push(rank as f64);
        }
    }
    let n_batches: Vec<u32> = ranks_below.iter().map(|r| r.len() as u32).collect();
    let medians = ranks_below
        .into_iter()
        .map(|ranks| median(ranks).unwrap_or(f64::NAN));
    let median_rank: Vec<f64> = medians.collect();
    let mean = |gene: usize| {
        let sum: f64 = scores.iter().map(|batch| batch[gene]).sum();
        sum / scores.len() as f64
    };
    Ranking {
        highly_variable: select(&median_rank, &n_batches, n_top, order),
        intersection: n_batches
            .iter()
            .map(|&n| n as usize == scores.len())
            .collect(),
        mean_score: (0..n_genes).map(mean).collect(),
        median_rank,
        n_batches,
    }
}

fn select(ranks: &[f64], n_batches: &[u32], n_top: usize, order: RankOrder) -> Vec<bool> {
    let ranked = |gene: &usize| n_batches[*gene] > 0;
    let mut genes: Vec<usize> = (0..ranks.len()).filter(ranked).collect();
    genes.sort_by(|&a, &b| {
        let by_rank = ranks[a].total_cmp(&ranks[b]);
        let by_batches = n_batches[b].cmp(&n_batches[a]);
        match order {
            RankOrder::MedianRank => by_rank.then(by_batches),
            RankOrder::Batches => by_batches.then(by_rank),
        }
    });
    let mut flags = vec![false; ranks.len()];
    genes
        .iter()
        .take(n_top)
        .for_each(|&gene| flags[gene] = true);
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_or_batches_decide_first() {
        // Gene 0: rank 0 once. Gene 1: ranks 1 and 1. Gene 2: rank 0 once.
        let scores = [vec![9.0, 8.0, 1.0, 0.0], vec![1.0, 8.0, 9.0, 0.0]];
        let by_rank = rank_genes(&scores, 2, RankOrder::MedianRank);
        assert_eq!(by_rank.highly_variable, [true, false, true, false]);
        let by_batches = rank_genes(&scores, 2, RankOrder::Batches);
        assert_eq!(by_batches.highly_variable, [true, true, false, false]);
        assert_eq!(by_batches.n_batches, [1, 2, 1, 0]);
        assert_eq!(by_batches.intersection, [false, true, false, false]);
        assert_eq!(by_batches.mean_score, [5.0, 8.0, 5.0, 0.0]);
        assert!(by_batches.median_rank[3].is_nan());
    }

    #[test]
    fn exactly_n_top_even_with_ties() {
        let ranking = rank_genes(&[vec![1.0; 5]], 2, RankOrder::MedianRank);
        assert_eq!(ranking.highly_variable, [true, true, false, false, false]);
        let constant = [vec![0.0, 3.0, 0.0, 2.0], vec![0.0, 0.0, 0.0, 5.0]];
        let ranking = rank_genes(&constant, 3, RankOrder::MedianRank);
        assert_eq!(ranking.highly_variable, [false, true, false, true]);
        assert_eq!(ranking.n_batches, [0, 1, 0, 2]);
        let all = rank_genes(&[vec![1.0, 2.0]], 9, RankOrder::Batches);
        assert_eq!(all.highly_variable, [true, true]);
        assert!(rank_genes(&[], 9, RankOrder::Batches).mean_score.is_empty());
    }
}

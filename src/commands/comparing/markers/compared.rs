//! What the tests of `markers` give, as small as it can be kept: there are millions of them, one
//! for each gene and group.

use crate::kernels::stats::rank::Test;
use crate::kernels::stats::rank::fold_change::{of_mean_logs, of_means};
use crate::kernels::stats::rank::means::Means;

/// A group's tests and fold changes; one value per gene.
#[derive(Debug, Default)]
pub struct Compared {
    pub test: Test,
    /// log₂ of the ratio of the means of logs, undone: scanpy's.
    pub logfoldchanges: Vec<f64>,
    /// log₂ of the ratio of mean counts.
    pub log2_ratio_of_means: Vec<f64>,
    /// Of the group's cells, those with a value.
    pub pts: Shares,
    /// Of the cells it was compared with.
    pub pts_rest: Shares,
}

impl Compared {
    /// From means over so many cells inside and outside of the group.
    pub fn new(test: Test, inside: (&Means, u64), outside: (&Means, u64), ln_base: f64) -> Self {
        Compared {
            test,
            logfoldchanges: of_mean_logs(&inside.0.logs, &outside.0.logs, ln_base),
            log2_ratio_of_means: of_means(&inside.0.unlogged, &outside.0.unlogged),
            pts: Shares::new(&inside.0.fractions, inside.1),
            pts_rest: Shares::new(&outside.0.fractions, outside.1),
        }
    }
}

/// Shares of some cells, held as numbers of cells: half as large, and the same to the last bit.
#[derive(Debug, Default)]
pub struct Shares {
    cells: Vec<u32>,
    of: u64,
}

impl Shares {
    fn new(fractions: &[f64], of: u64) -> Self {
        let cells = fractions.iter().map(|share| (share * of as f64).round());
        Shares {
            cells: cells.map(|n| n as u32).collect(),
            of,
        }
    }

    /// One a gene.
    pub fn values(&self) -> impl Iterator<Item = f64> + '_ {
        let of = self.of as f64;
        self.cells.iter().map(move |&n| f64::from(n) / of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_come_back_to_the_last_bit() {
        for of in [1_u64, 3, 7, 700, 99_991, 2_000_003] {
            let all: Vec<f64> = (0..=of.min(2000)).map(|n| n as f64 / of as f64).collect();
            let back: Vec<f64> = Shares::new(&all, of).values().collect();
            assert_eq!(all, back);
        }
        let none: Vec<f64> = Shares::new(&[f64::NAN], 0).values().collect();
        assert!(none[0].is_nan());
    }
}

//! The results of the tests of `markers`, stored compactly: there are millions of them, one for
//! each gene and group. Beyond a part of the memory they go to a cache file, from which one group
//! at a time comes back.

use crate::data::FileError;
use crate::io::spill::{Kept, Spill};
use crate::kernels::stats::rank::Test;
use crate::kernels::stats::rank::fold_change::{of_mean_logs, of_means};
use crate::kernels::stats::rank::means::Means;
use crate::kernels::transfer::{Packing, Torn, Unpacking};
use crate::plan::Fault;

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
    /// From means over these numbers of cells inside and outside of the group.
    pub fn new(test: Test, inside: (&Means, u64), outside: (&Means, u64), ln_base: f64) -> Self {
        Compared {
            test,
            logfoldchanges: of_mean_logs(&inside.0.logs, &outside.0.logs, ln_base),
            log2_ratio_of_means: of_means(&inside.0.unlogged, &outside.0.unlogged),
            pts: Shares::new(&inside.0.fractions, inside.1),
            pts_rest: Shares::new(&outside.0.fractions, outside.1),
        }
    }

    /// Keeps it for itself.
    ///
    /// # Errors
    /// The cache file cannot be made or written.
    pub fn keep(&self, spill: &Spill) -> Result<Kept, FileError> {
        let mut bytes = Vec::with_capacity(HEAD + self.pts.cells.len() * EACH);
        self.append_to(&mut bytes);
        spill.keep(bytes)
    }

    /// In the order of [`Number::place`]; what was not computed is NaN.
    fn append_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.pts.of.to_le_bytes());
        bytes.extend(self.pts_rest.of.to_le_bytes());
        let genes = self.pts.cells.len();
        let numbers = [
            &self.test.scores,
            &self.test.log10_pvals,
            &self.logfoldchanges,
            &self.log2_ratio_of_means,
        ];
        for numbers in numbers {
            let missing = std::iter::repeat_n(f64::NAN, genes - numbers.len());
            let all = numbers.iter().copied().chain(missing);
            bytes.extend(all.flat_map(f64::to_le_bytes));
        }
        for shares in [&self.pts, &self.pts_rest] {
            bytes.extend(shares.cells.iter().flat_map(|n| n.to_le_bytes()));
        }
    }
}

/// A number that is kept per gene and group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    Score,
    Log10Pval,
    Logfoldchange,
    Log2RatioOfMeans,
    Pts,
    PtsRest,
}

/// Bytes that are kept of the test of one gene in one group.
pub const EACH: usize = 40;

/// Bytes before the genes of a group: how many cells the shares are of.
const HEAD: usize = 16;

impl Number {
    /// Bytes of each, and of those that lie before it: a group's numbers of one kind lie together.
    fn place(self) -> (usize, usize) {
        match self {
            Number::Score => (8, 0),
            Number::Log10Pval => (8, 8),
            Number::Logfoldchange => (8, 16),
            Number::Log2RatioOfMeans => (8, 24),
            Number::Pts => (4, 32),
            Number::PtsRest => (4, 36),
        }
    }
}

/// Some genes in all groups, as they were tested together.
pub struct Part {
    genes: usize,
    /// Groups that lie together in one of the pieces.
    groups: usize,
    pieces: Vec<Kept>,
}

impl Part {
    /// All groups in one piece.
    ///
    /// # Errors
    /// The cache file cannot be made or written.
    pub fn together(groups: &[Compared], spill: &Spill) -> Result<Self, FileError> {
        let genes = groups.first().map_or(0, |first| first.pts.cells.len());
        let mut bytes = Vec::with_capacity(groups.len() * (HEAD + genes * EACH));
        groups.iter().for_each(|group| group.append_to(&mut bytes));
        Ok(Part {
            genes,
            groups: groups.len(),
            pieces: vec![spill.keep(bytes)?],
        })
    }

    /// For the process that asked for it.
    ///
    /// # Errors
    /// The cache file cannot be read.
    pub fn pack(&self, to: &mut Packing) -> Result<(), Fault> {
        let of_piece = self.groups * (HEAD + self.genes * EACH);
        to.size(self.genes);
        to.size(self.groups);
        to.size(self.pieces.len());
        for piece in &self.pieces {
            to.list::<u8>(&piece.read(0..of_piece)?);
        }
        Ok(())
    }

    /// What was packed, kept here.
    ///
    /// # Errors
    /// The bytes are damaged, or the cache file cannot be made or written.
    pub fn unpack(from: &mut Unpacking, spill: &Spill) -> Result<Self, Fault> {
        let (genes, groups, n) = (from.size()?, from.size()?, from.size()?);
        let of_piece = genes.checked_mul(EACH).and_then(|n| n.checked_add(HEAD));
        let of_piece = of_piece.and_then(|n| n.checked_mul(groups)).ok_or(Torn)?;
        let piece = |_| -> Result<Kept, Fault> {
            let bytes: Vec<u8> = from.list()?;
            if bytes.len() != of_piece {
                return Err(Torn.into());
            }
            Ok(spill.keep(bytes)?)
        };
        Ok(Part {
            genes,
            groups,
            pieces: (0..n).map(piece).collect::<Result<_, Fault>>()?,
        })
    }

    /// Groups that were kept one by one, by [`Compared::keep`].
    pub fn one_by_one(genes: usize, pieces: Vec<Kept>) -> Self {
        Part {
            genes,
            groups: 1,
            pieces,
        }
    }

    /// One number per gene of the group at a place.
    ///
    /// # Errors
    /// The cache file cannot be read.
    pub fn append_numbers(
        &self,
        group: usize,
        number: Number,
        to: &mut Vec<f64>,
    ) -> Result<(), FileError> {
        let piece = &self.pieces[group / self.groups];
        let start = group % self.groups * (HEAD + self.genes * EACH);
        let (size, before) = number.place();
        let from = start + HEAD + before * self.genes;
        let bytes = piece.read(from..from + size * self.genes)?;
        if size == 8 {
            let (numbers, _) = bytes.as_chunks::<8>();
            to.extend(numbers.iter().map(|&bytes| f64::from_le_bytes(bytes)));
            return Ok(());
        }
        let of = start + if number == Number::Pts { 0 } else { 8 };
        let of = piece.read(of..of + 8)?;
        let of = of.first_chunk().copied().map_or(0, u64::from_le_bytes) as f64;
        let (cells, _) = bytes.as_chunks::<4>();
        to.extend(cells.iter().map(|&n| f64::from(u32::from_le_bytes(n)) / of));
        Ok(())
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(shares: &[f64], of: u64) -> Compared {
        let means = Means {
            logs: shares.to_vec(),
            unlogged: shares.to_vec(),
            fractions: shares.to_vec(),
        };
        let test = Test {
            scores: shares.iter().map(|share| share - 0.3).collect(),
            log10_pvals: Vec::new(),
        };
        Compared::new(test, (&means, of), (&means, 2 * of), 1.0)
    }

    fn numbers(part: &Part, group: usize, number: Number) -> Vec<f64> {
        let mut all = Vec::new();
        part.append_numbers(group, number, &mut all).unwrap();
        all
    }

    #[test]
    fn shares_come_back_to_the_last_bit() {
        for of in [1_u64, 3, 7, 700, 99_991, 2_000_003] {
            let all: Vec<f64> = (0..=of.min(2000)).map(|n| n as f64 / of as f64).collect();
            let part = Part::together(&[compared(&all, of)], &Spill::new(1 << 20)).unwrap();
            assert_eq!(all, numbers(&part, 0, Number::Pts));
        }
        let none = Part::together(&[compared(&[f64::NAN], 0)], &Spill::new(0)).unwrap();
        assert!(numbers(&none, 0, Number::PtsRest)[0].is_nan());
    }

    #[test]
    fn a_part_comes_back_from_bytes() {
        let groups = [compared(&[0.1, 0.5], 10), compared(&[0.3, 0.9], 20)];
        let part = Part::together(&groups, &Spill::new(0)).unwrap();
        let mut to = Packing::default();
        part.pack(&mut to).unwrap();
        let mut from = Unpacking(&to.0);
        let back = Part::unpack(&mut from, &Spill::new(1 << 20)).unwrap();
        assert_eq!(from.end(), Ok(()));
        for number in [Number::Score, Number::Pts, Number::PtsRest] {
            assert_eq!(numbers(&back, 1, number), numbers(&part, 1, number));
        }
        for end in 0..to.0.len() {
            assert!(Part::unpack(&mut Unpacking(&to.0[..end]), &Spill::new(0)).is_err());
        }
    }

    #[test]
    fn parts_are_the_same_in_memory_in_a_file_and_one_by_one() {
        let groups = [compared(&[0.1, 0.5], 10), compared(&[0.3, 0.9], 20)];
        let in_memory = Part::together(&groups, &Spill::new(1 << 20)).unwrap();
        let spill = Spill::new(0);
        let in_file = Part::together(&groups, &spill).unwrap();
        let pieces = groups.iter().map(|group| group.keep(&spill).unwrap());
        let one_by_one = Part::one_by_one(2, pieces.collect());
        for number in [Number::Score, Number::Logfoldchange, Number::Pts] {
            for group in 0..2 {
                let expected = numbers(&in_memory, group, number);
                assert_eq!(expected, numbers(&in_file, group, number));
                assert_eq!(expected, numbers(&one_by_one, group, number));
            }
        }
        assert_eq!(numbers(&in_file, 1, Number::Score)[1], 0.9 - 0.3);
        assert!(numbers(&in_file, 0, Number::Log10Pval)[0].is_nan());
    }
}

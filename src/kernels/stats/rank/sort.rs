//! Sorts a gene's values together with the groups of their cells: each entry is one integer
//! whose upper bits order as the value does and whose lower bits are the group.

/// Fewer entries than this are sorted by comparing.
const FEW: usize = 512;
const DIGIT: u32 = 11;
const N_DIGITS: usize = 3;

/// Reused from gene to gene.
#[derive(Debug, Default)]
pub struct Scratch {
    entries: Vec<u64>,
    spare: Vec<u64>,
}

impl Scratch {
    /// The entries of (value, group), by ascending value.
    pub fn sort(&mut self, values: impl Iterator<Item = (f32, u16)>) -> &[u64] {
        self.entries.clear();
        self.entries
            .extend(values.map(|(x, group)| entry(x, group)));
        if self.entries.len() < FEW {
            self.entries.sort_unstable();
        } else {
            self.sort_by_digits();
        }
        &self.entries
    }

    /// Least significant digit first; digits that all entries share are passed over.
    fn sort_by_digits(&mut self) {
        self.spare.resize(self.entries.len(), 0);
        let mut counts = [[0u32; 1 << DIGIT]; N_DIGITS];
        for &entry in &self.entries {
            for (place, counts) in counts.iter_mut().enumerate() {
                counts[digit(entry, place)] += 1;
            }
        }
        for (place, counts) in counts.iter().enumerate() {
            if counts.iter().any(|&n| n as usize == self.entries.len()) {
                continue;
            }
            let mut next = starts(counts);
            for &entry in &self.entries {
                let slot = &mut next[digit(entry, place)];
                self.spare[*slot as usize] = entry;
                *slot += 1;
            }
            std::mem::swap(&mut self.entries, &mut self.spare);
        }
    }
}

fn digit(entry: u64, place: usize) -> usize {
    (entry >> (16 + DIGIT * place as u32)) as usize & ((1 << DIGIT) - 1)
}

fn starts(counts: &[u32; 1 << DIGIT]) -> [u32; 1 << DIGIT] {
    let mut starts = [0; 1 << DIGIT];
    let mut sum = 0;
    for (start, count) in starts.iter_mut().zip(counts) {
        *start = sum;
        sum += count;
    }
    starts
}

/// Floats order as their bits do, once the bits of negative ones are turned over and the sign
/// of the others is set.
fn entry(x: f32, group: u16) -> u64 {
    let bits = x.to_bits();
    let flip = if bits >> 31 == 1 { u32::MAX } else { 1 << 31 };
    (u64::from(bits ^ flip) << 16) | u64::from(group)
}

/// The group of an entry.
pub fn code(entry: u64) -> usize {
    (entry & 0xffff) as usize
}

pub fn is_negative(entry: u64) -> bool {
    entry >> 47 == 0
}

/// Runs of entries with equal values.
pub fn ties(entries: &[u64]) -> impl Iterator<Item = &[u64]> {
    entries.chunk_by(|a, b| a >> 16 == b >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::random::generators::Stream;

    #[test]
    fn both_ways_sort_alike() {
        let mut stream = Stream::new(0, 0);
        for n in [0, 5, FEW - 1, FEW, 5000] {
            let mut value = || (stream.normal() * 3.0).round() as f32 / 2.0;
            let values: Vec<(f32, u16)> = (0..n).map(|i| (value(), i as u16 % 7)).collect();
            let mut scratch = Scratch::default();
            let sorted: Vec<u64> = scratch.sort(values.iter().copied()).to_vec();
            let mut expected: Vec<u64> = values.iter().map(|v| entry(v.0, v.1)).collect();
            expected.sort_unstable();
            let keys = |entries: &[u64]| entries.iter().map(|e| e >> 16).collect::<Vec<_>>();
            assert_eq!(keys(&sorted), keys(&expected));
            let groups = |entries: &[u64]| entries.iter().map(|&e| code(e)).sum::<usize>();
            assert_eq!(groups(&sorted), groups(&expected));
        }
    }

    #[test]
    fn negative_values_come_first() {
        let mut scratch = Scratch::default();
        let values = [(2.0, 3), (-1.0, 1), (-5.0, 2), (2.0, 0), (f32::INFINITY, 4)];
        let sorted = scratch.sort(values.into_iter()).to_vec();
        let codes: Vec<usize> = sorted.iter().map(|&e| code(e)).collect();
        assert_eq!(codes, [2, 1, 0, 3, 4]);
        assert_eq!(sorted.partition_point(|&e| is_negative(e)), 2);
        let lengths: Vec<usize> = ties(&sorted).map(<[u64]>::len).collect();
        assert_eq!(lengths, [1, 1, 2, 1]);
    }
}

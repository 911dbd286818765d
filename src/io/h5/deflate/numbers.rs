//! Matches of whole numbers of four bytes, for arrays in which few different ones follow each other in runs, as the
//! logarithms of a cell's counts do.
//!
//! A match begins where the one before ends, at a number that could not be foretold: only there is looked for what came
//! before, and only that is remembered. Two thirds faster than libdeflate at its lowest level, which remembers every byte;
//! 4 % larger (`benches/deflate.rs`).

use super::bits::Bits;
use super::huffman::{Codes, DISTANCES, END, Header, LITERALS, LONGEST_CODE};
use super::{length_symbol, put_four};

/// Numbers of a block, which has Huffman codes of its own.
const BLOCK: usize = 1 << 15;
/// Numbers of the longest match.
const LONGEST: usize = 64;
/// Numbers that a match may lie back.
const WINDOW: u32 = (1 << 13) - 1;
/// What stands for no place: further back than any.
const NOWHERE: u32 = 1 << 31;

const PLACES_BITS: u32 = 13;
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
const OTHER: u64 = 0xc2b2_ae3d_27d4_eb4f;

type Number = [u8; 4];
type Places = Box<[u32; 1 << PLACES_BITS]>;

/// Compresses one array after another, in buffers of its own.
#[derive(Debug)]
pub struct NumberDeflate {
    /// Where a match began lately, by its first three numbers and by its first alone.
    of_three: Places,
    of_one: Places,
    matches: Vec<Match>,
    out: Bits,
}

/// Numbers as they are, and then some that came before.
#[derive(Debug, Clone, Copy)]
struct Match {
    literals: u32,
    length: u16,
    /// How many numbers back.
    distance: u16,
}

impl Default for NumberDeflate {
    fn default() -> Self {
        NumberDeflate {
            of_three: Box::new([NOWHERE; 1 << PLACES_BITS]),
            of_one: Box::new([NOWHERE; 1 << PLACES_BITS]),
            matches: Vec::new(),
            out: Bits::default(),
        }
    }
}

impl NumberDeflate {
    /// `bytes`, whole numbers of four bytes, in the zlib format.
    pub fn zlib(&mut self, bytes: &[u8]) -> Vec<u8> {
        let (numbers, rest) = bytes.as_chunks::<4>();
        debug_assert!(rest.is_empty(), "whole numbers");
        self.out.start();
        self.of_three.fill(NOWHERE);
        self.of_one.fill(NOWHERE);
        for start in (0..numbers.len()).step_by(BLOCK) {
            let end = numbers.len().min(start + BLOCK);
            self.find_matches(numbers, start, end);
            self.block(&numbers[start..end]);
        }
        self.out.end(bytes)
    }

    fn find_matches(&mut self, numbers: &[Number], start: usize, end: usize) {
        self.matches.clear();
        let (mut at, mut done) = (start, start);
        while at < end {
            let most = (end - at).min(LONGEST);
            let three: [Number; 3] = numbers[at..].first_chunk().copied().unwrap_or_default();
            let before = [
                std::mem::replace(&mut self.of_three[slot(three)], at as u32),
                std::mem::replace(&mut self.of_one[slot([numbers[at]])], at as u32),
            ];
            let found = before.into_iter().find_map(|place| {
                let distance = (at as u32).wrapping_sub(place);
                let near = distance.wrapping_sub(1) < WINDOW;
                let length = if near {
                    same(numbers, at, place as usize).min(most)
                } else {
                    0
                };
                (length > 0).then_some((length, distance))
            });
            let Some((length, distance)) = found else {
                at += 1;
                continue;
            };
            self.matches.push(Match {
                literals: (at - done) as u32,
                length: length as u16,
                distance: distance as u16,
            });
            at += length;
            done = at;
        }
        self.matches.push(Match {
            literals: (end - done) as u32,
            length: 0,
            distance: 1,
        });
    }

    fn block(&mut self, block: &[Number]) {
        let (literals, distances) = self.codes(block);
        self.out.room(8 * block.len() + 1024);
        Header::of(&literals, &distances).write(&mut self.out);
        let mut lengths = [(0u64, 0u32); LONGEST + 1];
        for (length, entry) in lengths.iter_mut().enumerate().skip(1) {
            let (symbol, extra, value) = length_symbol(4 * length);
            let (code, n) = literals.code(symbol);
            *entry = (code | u64::from(value) << n, n + extra);
        }
        // A copy, so that it stays in registers.
        let mut out = std::mem::take(&mut self.out);
        let mut rest = block;
        for it in &self.matches {
            let (numbers, after) = rest.split_at(it.literals as usize);
            for &number in numbers {
                put_four(&mut out, &literals, number);
            }
            if it.length > 0 {
                let (bits, n) = lengths[it.length as usize];
                let (symbol, extra, value) = distance_symbol(it.distance);
                let (code, m) = distances.code(symbol);
                let distance = code | u64::from(value) << m;
                out.put(bits | distance << n, n + m + extra);
            }
            rest = &after[it.length as usize..];
        }
        let (code, n) = literals.code(END);
        out.put(code, n);
        self.out = out;
    }

    fn codes(&self, block: &[Number]) -> (Codes<LITERALS>, Codes<DISTANCES>) {
        let (mut literals, mut distances) = ([0; LITERALS], [0; DISTANCES]);
        let mut lengths = [0; LONGEST + 1];
        let mut rest = block;
        for it in &self.matches {
            let (numbers, after) = rest.split_at(it.literals as usize);
            for &byte in numbers.as_flattened() {
                literals[byte as usize] += 1;
            }
            lengths[it.length as usize] += 1;
            distances[distance_symbol(it.distance).0] += 1;
            rest = &after[it.length as usize..];
        }
        for (length, n) in lengths.iter().enumerate().skip(1) {
            literals[length_symbol(4 * length).0] += n;
        }
        literals[END] = 1;
        (
            Codes::of(&literals, LONGEST_CODE),
            Codes::of(&distances, LONGEST_CODE),
        )
    }
}

/// Where numbers are looked up that a match begins with.
fn slot<const N: usize>(numbers: [Number; N]) -> usize {
    let number = |i: usize| {
        numbers
            .get(i)
            .map_or(0, |&x| u64::from(u32::from_le_bytes(x)))
    };
    let mixed = number(0).wrapping_mul(ODD) ^ (number(1) | number(2) << 32).wrapping_mul(OTHER);
    (mixed >> (64 - PLACES_BITS)) as usize
}

/// How many numbers at two places are the same, [`LONGEST`] or a few more at most.
#[inline(always)]
fn same(numbers: &[Number], at: usize, place: usize) -> usize {
    let mut n = 0;
    // Eight at a time, and no branch for each of them: where a match ends cannot be foretold.
    while let Some(ahead) = numbers[at + n..].first_chunk::<8>()
        && let Some(before) = numbers[place + n..].first_chunk::<8>()
    {
        let mut equal = 0u32;
        for (i, (a, b)) in ahead.iter().zip(before).enumerate() {
            equal |= u32::from(a == b) << i;
        }
        let here = equal.trailing_ones() as usize;
        n += here;
        if here < 8 || n >= LONGEST {
            return n;
        }
    }
    let rest = numbers[at + n..].iter().zip(&numbers[place + n..]);
    n + rest.take_while(|(a, b)| a == b).count()
}

/// Symbol, number of extra bits and their value (RFC 1951, 3.2.5), of a distance in numbers.
fn distance_symbol(distance: u16) -> (usize, u32, u32) {
    let at = 4 * u32::from(distance) - 1;
    let bits = at.ilog2() - 1;
    let symbol = 2 * (bits + 1) + (at >> bits & 1);
    (symbol as usize, bits, at & ((1 << bits) - 1))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mixed, unpacked};
    use super::*;
    use proptest::prelude::*;

    /// How long it is when two decoders read it.
    fn check(numbers: impl Iterator<Item = u32>) -> usize {
        let bytes: Vec<u8> = numbers.flat_map(u32::to_le_bytes).collect();
        let packed = NumberDeflate::default().zlib(&bytes);
        assert_eq!(unpacked(&packed, bytes.len()), [bytes.clone(), bytes]);
        packed.len()
    }

    #[test]
    fn decoders_read_what_was_written() {
        for n in [
            0,
            1,
            2,
            7,
            8,
            9,
            63,
            64,
            65,
            66,
            8191,
            8193,
            BLOCK,
            BLOCK + 1,
            100_000,
        ] {
            check((0..n as u32).map(|_| 7));
            check(0..n as u32);
            check((0..n).map(|i| u32::from(mixed(i)) % 3));
            check((0..n).map(|i| u32::from(mixed(i)).wrapping_mul(0x9e37_79b1)));
            // Again, from just within the window and just beyond it.
            check((0..n).map(|i| (i % 8191) as u32 * 77));
            check((0..n).map(|i| (i % 8192) as u32 * 77));
        }
    }

    #[test]
    fn few_numbers_in_runs_take_few_bits() {
        let few = |i: usize| [1.5f32, 1.5, 1.5, 2.25, 2.75][usize::from(mixed(i) % 5)].to_bits();
        assert!(check((0..100_000).map(few)) < 60_000);
        assert!(check((0..100_000).map(|_| 3)) < 3_000);
    }

    #[test]
    fn what_does_not_come_again_is_hardly_longer() {
        let all = |i: usize| u32::from_le_bytes(std::array::from_fn(|j| mixed(4 * i + j)));
        assert!(check((0..100_000).map(all)) < 402_000);
    }

    proptest! {
        #[test]
        fn any_numbers_come_back(
            runs in prop::collection::vec((0..5u32, 1..200usize), 0..200),
            noise in prop::collection::vec(any::<u32>(), 0..2_000),
        ) {
            let run = |&(number, n): &(u32, usize)| vec![number; n];
            let all: Vec<u32> = runs.iter().flat_map(run).chain(noise).collect();
            check(all.iter().chain(&all).copied());
        }
    }
}

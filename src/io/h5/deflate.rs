//! Deflate (RFC 1951) in the zlib format (RFC 1950) for numbers whose bytes are shuffled into planes.
//!
//! Of counts and of positions of genes, the upper bytes are long runs of one byte, and the lowest bytes repeat in no
//! way that is shorter than their Huffman codes. So only runs are looked for, 64 bytes at a time. Measured beside
//! libdeflate at its lowest level in `benches/deflate.rs`: three times faster for positions, half again as fast for counts,
//! and both become smaller.

mod bits;
mod huffman;
mod numbers;

pub use numbers::NumberDeflate;

use bits::Bits;
use huffman::{Codes, END, Header, LITERALS, LONGEST_CODE};

/// Bytes of a block, each with Huffman codes of its own: whole groups of 64, and less than a stored block holds.
const BLOCK: usize = 60 << 10;
/// The longest match.
const LONGEST: usize = 258;

/// Compresses one array after another, in buffers of its own.
#[derive(Debug, Default)]
pub struct Deflate {
    /// Of each byte of a block, whether the same lies before it.
    same: Vec<u64>,
    runs: Vec<Run>,
    out: Bits,
}

/// Bytes as they are, and then a repetition of the last of them.
#[derive(Debug, Clone, Copy)]
struct Run {
    literals: u32,
    length: u32,
}

impl Deflate {
    /// `bytes` in the zlib format.
    pub fn zlib(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.out.start();
        // Nothing lies before the first byte.
        let mut before = bytes.first().map_or(0, |first| !first);
        for block in bytes.chunks(BLOCK) {
            self.find_runs(block, before);
            self.block(block);
            before = block[block.len() - 1];
        }
        self.out.end(bytes)
    }

    fn find_runs(&mut self, block: &[u8], before: u8) {
        same_as_before(block, before, &mut self.same);
        self.runs.clear();
        let (mut done, mut from) = (0, 0);
        let shortest = shortest_run(block);
        while let Some((start, end)) = next_run(&self.same, from, shortest) {
            let mut at = start;
            while end - at >= 3 {
                let length = (end - at).min(LONGEST);
                self.runs.push(Run {
                    literals: (at - done) as u32,
                    length: length as u32,
                });
                at += length;
                done = at;
            }
            from = end;
        }
        self.runs.push(Run {
            literals: (block.len() - done) as u32,
            length: 0,
        });
    }

    /// Writes a block, as it is if that is shorter.
    fn block(&mut self, block: &[u8]) {
        let (counts, extra) = self.counts(block);
        let codes = Codes::of(&counts, LONGEST_CODE);
        // A run repeats the byte before: of all distances there is one, whose code is one bit.
        let header = Header::of(&codes, &Codes::of(&[1], 1));
        self.out.room(2 * block.len() + 1024);
        if (header.bits + extra + codes.bits(&counts)) / 8 >= block.len() as u64 {
            self.out.stored(block);
            return;
        }
        header.write(&mut self.out);
        self.write_runs(block, &codes);
    }

    /// How often each symbol is needed, and how many bits after the codes.
    fn counts(&self, block: &[u8]) -> ([u32; LITERALS], u64) {
        // Counted in turns: to add to the same count again and again takes longer.
        let mut turns = [[0u32; 256]; 4];
        let mut literals = [0; LITERALS];
        let (mut rest, mut extra) = (block, 0);
        for run in &self.runs {
            let (bytes, after) = rest.split_at(run.literals as usize);
            let fours = bytes.chunks_exact(4);
            for &byte in fours.remainder() {
                turns[0][byte as usize] += 1;
            }
            for four in fours {
                for (turn, &byte) in turns.iter_mut().zip(four) {
                    turn[byte as usize] += 1;
                }
            }
            if run.length > 0 {
                let (symbol, bits, _) = length_symbol(run.length as usize);
                literals[symbol] += 1;
                extra += u64::from(bits) + 1;
            }
            rest = &after[run.length as usize..];
        }
        for turn in &turns {
            literals.iter_mut().zip(turn).for_each(|(all, n)| *all += n);
        }
        literals[END] = 1;
        (literals, extra)
    }

    fn write_runs(&mut self, block: &[u8], literals: &Codes<LITERALS>) {
        // The code of a length with its extra bits, and one bit, zero, for the one distance there is.
        let mut lengths = [(0u64, 0u32); LONGEST + 1];
        for (length, entry) in lengths.iter_mut().enumerate().skip(3) {
            let (symbol, extra, value) = length_symbol(length);
            let (code, n) = literals.code(symbol);
            *entry = (code | u64::from(value) << n, n + extra + 1);
        }
        // A copy, so that it stays in registers.
        let mut out = std::mem::take(&mut self.out);
        let mut rest = block;
        for run in &self.runs {
            let (bytes, after) = rest.split_at(run.literals as usize);
            let fours = bytes.chunks_exact(4);
            let last = fours.remainder();
            for four in fours {
                put_four(&mut out, literals, [four[0], four[1], four[2], four[3]]);
            }
            for &byte in last {
                let (code, n) = literals.code(byte as usize);
                out.put(code, n);
            }
            if run.length > 0 {
                let (bits, n) = lengths[run.length as usize];
                out.put(bits, n);
            }
            rest = &after[run.length as usize..];
        }
        let (code, n) = literals.code(END);
        out.put(code, n);
        self.out = out;
    }
}

/// Four bytes at a time: their codes have 56 bits at most.
#[inline(always)]
fn put_four(out: &mut Bits, codes: &Codes<LITERALS>, bytes: [u8; 4]) {
    let [a, b, c, d] = bytes.map(|byte| codes.code(byte as usize));
    let (low, n_low) = (a.0 | b.0 << a.1, a.1 + b.1);
    let (high, n_high) = (c.0 | d.0 << c.1, c.1 + d.1);
    out.put(low | high << n_low, n_low + n_high);
}

/// From what length on a run is shorter as a match than as single bytes: where the most frequent byte of a sample
/// takes few bits, only long runs are.
fn shortest_run(block: &[u8]) -> u32 {
    /// A match takes about 10 bits, the code of one byte in this many.
    const MATCH: f64 = 1024.0;
    const LONGEST_SHORT: u32 = 24;
    let sample = &block[..block.len().min(4096)];
    let mut counts = [0u32; 256];
    for &byte in sample {
        counts[byte as usize] += 1;
    }
    let most = counts.iter().max().map_or(1, |&n| n.max(1));
    let rarer = sample.len() as f64 / f64::from(most);
    let (mut length, mut all) = (0, 1.0);
    while all < MATCH && length < LONGEST_SHORT {
        all *= rarer;
        length += 1;
    }
    length.max(4)
}

/// A bit for each byte: whether the one before is the same. 64 bytes a number, and a last number of zeros.
fn same_as_before(block: &[u8], before: u8, same: &mut Vec<u64>) {
    same.clear();
    let mut before = u64::from(before);
    for group in block.chunks(64) {
        let mut bits = 0;
        for (i, eight) in group.chunks(8).enumerate() {
            let mut bytes = [0; 8];
            bytes[..eight.len()].copy_from_slice(eight);
            let bytes = u64::from_le_bytes(bytes);
            let zeros = zero_bytes(bytes ^ (bytes << 8 | before));
            bits |= (zeros & (0xff >> (8 - eight.len()))) << (8 * i);
            before = bytes >> 56;
        }
        same.push(bits);
    }
    same.push(0);
}

/// A bit for each byte that is zero.
fn zero_bytes(x: u64) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let zeros = !(((x & LOW) + LOW) | x | LOW);
    // Gathers the upper bits of the bytes.
    (zeros >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// The first run from a byte on that is long enough: where it begins and where it ends.
fn next_run(same: &[u64], from: usize, shortest: u32) -> Option<(usize, usize)> {
    let mut mask = u64::MAX << (from % 64);
    let groups = same.iter().zip(&same[1..]).enumerate();
    for (group, (&bits, &next)) in groups.skip(from / 64) {
        let mut starts = bits;
        for shift in 1..shortest {
            starts &= bits >> shift | next << (64 - shift);
        }
        let starts = starts & mask;
        if starts != 0 {
            let start = 64 * group + starts.trailing_zeros() as usize;
            return Some((start, end_of_run(same, start)));
        }
        mask = u64::MAX;
    }
    None
}

fn end_of_run(same: &[u64], start: usize) -> usize {
    let mut ends = !same[start / 64] & u64::MAX << (start % 64);
    let mut group = start / 64;
    while ends == 0 {
        group += 1;
        ends = !same[group];
    }
    64 * group + ends.trailing_zeros() as usize
}

/// Symbol, number of extra bits and their value (RFC 1951, 3.2.5).
fn length_symbol(length: usize) -> (usize, u32, u32) {
    if length == LONGEST {
        return (285, 0, 0);
    }
    let at = length as u32 - 3;
    if at < 8 {
        return (257 + at as usize, 0, 0);
    }
    let bits = at.ilog2() - 2;
    let symbol = 257 + 4 * (bits + 1) + (at >> bits & 3);
    (symbol as usize, bits, at & ((1 << bits) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    /// What two decoders make of it.
    pub(super) fn unpacked(packed: &[u8], size: usize) -> [Vec<u8>; 2] {
        let mut one = vec![0; size];
        let n = libdeflater::Decompressor::new().zlib_decompress(packed, &mut one);
        one.truncate(n.unwrap());
        let mut other = Vec::new();
        let mut decoder = flate2::read::ZlibDecoder::new(packed);
        decoder.read_to_end(&mut other).unwrap();
        [one, other]
    }

    fn check(bytes: &[u8]) -> usize {
        let packed = Deflate::default().zlib(bytes);
        assert_eq!(unpacked(&packed, bytes.len()), [bytes, bytes]);
        packed.len()
    }

    pub(super) fn mixed(i: usize) -> u8 {
        ((i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
    }

    #[test]
    fn decoders_read_what_was_written() {
        let sizes = [
            0,
            1,
            2,
            7,
            8,
            63,
            64,
            65,
            257,
            258,
            259,
            4097,
            BLOCK - 1,
            BLOCK,
            BLOCK + 1,
            3 * BLOCK + 5,
        ];
        for n in sizes {
            check(&vec![0; n]);
            check(&vec![7; n]);
            check(&(0..n).map(mixed).collect::<Vec<u8>>());
            check(&(0..n).map(|i| mixed(i) % 3).collect::<Vec<u8>>());
            check(&(0..n).map(|i| (i / 13) as u8).collect::<Vec<u8>>());
            check(&(0..n).map(|i| (i % 2) as u8).collect::<Vec<u8>>());
        }
    }

    /// Codes of 24 bytes that would be longer than they may be.
    #[test]
    fn rare_bytes_are_written() {
        let many = |i: u32| 1 << (i * 15 / 24);
        let bytes: Vec<u8> = (0..24).flat_map(|i| vec![i as u8; many(i)]).collect();
        check(&bytes);
    }

    #[test]
    fn runs_of_every_length_are_written() {
        for length in 1..600 {
            let bytes: Vec<u8> = (0..20 * length).map(|i| mixed(i / length)).collect();
            check(&bytes);
        }
    }

    #[test]
    fn what_has_no_runs_is_hardly_longer() {
        let bytes: Vec<u8> = (0..200_000).map(mixed).collect();
        assert!(check(&bytes) < 200_100);
        assert!(check(&vec![0; 1 << 20]) < 2_200);
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(
            runs in prop::collection::vec((0..5u8, 1..400usize), 0..200),
            noise in prop::collection::vec(any::<u8>(), 0..2_000),
        ) {
            let mut bytes: Vec<u8> = runs.iter().flat_map(|&(byte, n)| vec![byte; n]).collect();
            bytes.extend(&noise);
            bytes.extend(runs.iter().flat_map(|&(byte, n)| vec![byte * 50; n]));
            check(&bytes);
        }
    }
}

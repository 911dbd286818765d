//! Deflate (RFC 1951) in the zlib format (RFC 1950) for numbers whose bytes are shuffled into planes.
//!
//! Of counts and of positions of genes, the upper bytes are long runs of one byte, and the lowest bytes repeat in no
//! way that is shorter than their Huffman codes. So only runs are looked for, 64 bytes at a time. Measured beside
//! libdeflate at its lowest level in `benches/deflate.rs`: two to three times faster, and counts become smaller.

use libdeflater::adler32;

/// Bytes of a block, each with Huffman codes of its own: whole groups of 64, and less than a stored block holds.
const BLOCK: usize = 60 << 10;
/// The longest match.
const LONGEST: usize = 258;
/// Bits of a code at most, so that four of them are written at a time.
const LONGEST_CODE: usize = 14;

const LITERALS: usize = 286;
const DISTANCES: usize = 30;
const END: usize = 256;

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
        // A window of 32 KiB, the fastest level.
        self.out.put(0x0178, 16);
        // Nothing lies before the first byte.
        let mut before = bytes.first().map_or(0, |first| !first);
        for block in bytes.chunks(BLOCK) {
            self.find_runs(block, before);
            self.block(block);
            before = block[block.len() - 1];
        }
        // An empty block of fixed codes is the last.
        self.out.room(16);
        self.out.put(0b011, 10);
        self.out.align();
        let packed = self.out.bytes();
        [packed, &adler32(bytes).to_be_bytes()].concat()
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
        let (literals, distances, extra) = self.counts(block);
        let literal_codes = Codes::<LITERALS>::of(&literals, LONGEST_CODE);
        let distance_codes = Codes::<DISTANCES>::of(&distances, LONGEST_CODE);
        let header = Header::of(&literal_codes, &distance_codes);
        let codes = literal_codes.bits(&literals) + distance_codes.bits(&distances);
        self.out.room(2 * block.len() + 1024);
        if (header.bits + extra + codes) / 8 >= block.len() as u64 {
            self.out.stored(block);
            return;
        }
        header.write(&mut self.out);
        self.write_runs(block, &literal_codes, &distance_codes);
    }

    /// How often each symbol is needed, and how many extra bits.
    fn counts(&self, block: &[u8]) -> ([u32; LITERALS], [u32; DISTANCES], u64) {
        // Counted in turns: to add to the same count again and again takes longer.
        let mut turns = [[0u32; 256]; 4];
        let (mut literals, mut distances) = ([0; LITERALS], [0; DISTANCES]);
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
                distances[0] += 1;
                extra += u64::from(bits);
            }
            rest = &after[run.length as usize..];
        }
        for turn in &turns {
            literals.iter_mut().zip(turn).for_each(|(all, n)| *all += n);
        }
        literals[END] = 1;
        (literals, distances, extra)
    }

    fn write_runs(
        &mut self,
        block: &[u8],
        literals: &Codes<LITERALS>,
        distances: &Codes<DISTANCES>,
    ) {
        // The code of a length with its extra bits and the one distance.
        let mut lengths = [(0u64, 0u32); LONGEST + 1];
        let (distance, n_distance) = distances.code(0);
        for (length, entry) in lengths.iter_mut().enumerate().skip(3) {
            let (symbol, extra, value) = length_symbol(length);
            let (code, n) = literals.code(symbol);
            let bits = code | u64::from(value) << n | distance << (n + extra);
            *entry = (bits, n + extra + n_distance);
        }
        // A copy, so that it stays in registers.
        let mut out = std::mem::take(&mut self.out);
        let mut rest = block;
        for run in &self.runs {
            let (bytes, after) = rest.split_at(run.literals as usize);
            let fours = bytes.chunks_exact(4);
            let last = fours.remainder();
            for four in fours {
                let [a, b, c, d] =
                    [four[0], four[1], four[2], four[3]].map(|x| literals.code(x as usize));
                let (low, n_low) = (a.0 | b.0 << a.1, a.1 + b.1);
                let (high, n_high) = (c.0 | d.0 << c.1, c.1 + d.1);
                out.put(low | high << n_low, n_low + n_high);
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

/// From what length on a run is shorter as a match than as single bytes: where the most frequent byte of a sample
/// takes few bits, only long runs are.
fn shortest_run(block: &[u8]) -> u32 {
    /// A match takes about 10 bits, the code of one byte in so many.
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
    let zeros = !((x & LOW) + LOW | x | LOW);
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

/// Canonical Huffman codes.
struct Codes<const N: usize> {
    lengths: [u8; N],
    /// Bits in the order in which they are written, and how many.
    codes: [(u16, u8); N],
}

impl<const N: usize> Codes<N> {
    fn of(counts: &[u32; N], longest: usize) -> Self {
        let lengths = code_lengths(counts, longest);
        let mut of_length = [0u16; 17];
        for &length in &lengths {
            of_length[length as usize] += 1;
        }
        of_length[0] = 0;
        let mut next = [0u16; 17];
        for length in 1..17 {
            next[length] = (next[length - 1] + of_length[length - 1]) << 1;
        }
        let mut codes = [(0, 0); N];
        for (code, &length) in codes.iter_mut().zip(&lengths) {
            if length > 0 {
                let bits = next[length as usize].reverse_bits() >> (16 - length);
                *code = (bits, length);
                next[length as usize] += 1;
            }
        }
        Codes { lengths, codes }
    }

    #[inline]
    fn code(&self, symbol: usize) -> (u64, u32) {
        let (bits, n) = self.codes[symbol];
        (u64::from(bits), u32::from(n))
    }

    fn bits(&self, counts: &[u32; N]) -> u64 {
        let bits = self.lengths.iter().zip(counts);
        bits.map(|(&length, &n)| u64::from(length) * u64::from(n))
            .sum()
    }
}

/// Lengths of Huffman codes of at most `longest` bits. One symbol alone has one bit; if there is none, the first does,
/// since not all decoders take a set of no codes.
fn code_lengths<const N: usize>(counts: &[u32; N], longest: usize) -> [u8; N] {
    let mut lengths = [0; N];
    let mut used: Vec<(u32, u16)> = (0..N)
        .filter(|&symbol| counts[symbol] > 0)
        .map(|symbol| (counts[symbol], symbol as u16))
        .collect();
    used.sort_unstable();
    if used.len() < 2 {
        lengths[used.first().map_or(0, |&(_, symbol)| symbol as usize)] = 1;
        return lengths;
    }
    let mut of_depth = depths(&used);
    limit(&mut of_depth, longest);
    // The rarest have the longest codes.
    let mut symbols = used.iter();
    for length in (1..of_depth.len()).rev() {
        for (_, symbol) in symbols.by_ref().take(of_depth[length]) {
            lengths[*symbol as usize] = length as u8;
        }
    }
    lengths
}

/// How many leaves of Huffman's tree lie at each depth, of counts that ascend (two queues).
fn depths(used: &[(u32, u16)]) -> Vec<usize> {
    let n = used.len();
    let mut weights: Vec<u64> = Vec::with_capacity(n - 1);
    let mut parents = vec![0usize; 2 * n - 1];
    let (mut leaf, mut inner) = (0, 0);
    for node in 0..n - 1 {
        let mut sum = 0;
        for _ in 0..2 {
            let from_leaves =
                leaf < n && (inner >= node || u64::from(used[leaf].0) <= weights[inner]);
            if from_leaves {
                sum += u64::from(used[leaf].0);
                parents[leaf] = n + node;
                leaf += 1;
            } else {
                sum += weights[inner];
                parents[n + inner] = n + node;
                inner += 1;
            }
        }
        weights.push(sum);
    }
    let mut depth = vec![0usize; 2 * n - 1];
    let mut of_depth = vec![0; 64];
    for node in (0..2 * n - 2).rev() {
        depth[node] = depth[parents[node]] + 1;
        if node < n {
            of_depth[depth[node]] += 1;
        }
    }
    of_depth
}

/// Shortens the codes that are too long, and lengthens others until all fit.
fn limit(of_depth: &mut Vec<usize>, longest: usize) {
    let beyond: usize = of_depth.drain(longest + 1..).sum();
    of_depth[longest] += beyond;
    let mut taken: usize = (1..=longest).map(|l| of_depth[l] << (longest - l)).sum();
    while taken > 1 << longest {
        of_depth[longest] -= 1;
        if let Some(shorter) = (1..longest).rev().find(|&l| of_depth[l] > 0) {
            of_depth[shorter] -= 1;
            of_depth[shorter + 1] += 2;
        }
        taken -= 1;
    }
}

/// The codes themselves, as a block begins with them (RFC 1951, 3.2.7).
struct Header {
    /// Symbol of the code of lengths, and the value of its extra bits.
    items: Vec<(u8, u8)>,
    codes: Codes<19>,
    literals: usize,
    distances: usize,
    /// How many of the lengths of the code of lengths are written.
    written: usize,
    bits: u64,
}

const ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

fn extra_bits(item: u8) -> u32 {
    match item {
        16 => 2,
        17 => 3,
        18 => 7,
        _ => 0,
    }
}

impl Header {
    fn of(literals: &Codes<LITERALS>, distances: &Codes<DISTANCES>) -> Header {
        let used = |lengths: &[u8]| lengths.iter().rposition(|&l| l > 0).map_or(1, |at| at + 1);
        let (n_literals, n_distances) = (used(&literals.lengths), used(&distances.lengths));
        let mut lengths = literals.lengths[..n_literals].to_vec();
        lengths.extend(&distances.lengths[..n_distances]);
        let items = repeated(&lengths);
        let mut counts = [0; 19];
        for (item, _) in &items {
            counts[*item as usize] += 1;
        }
        let codes = Codes::<19>::of(&counts, 7);
        let last = ORDER.iter().rposition(|&item| codes.lengths[item] > 0);
        let written = last.map_or(4, |at| (at + 1).max(4));
        let extra: u32 = items.iter().map(|&(item, _)| extra_bits(item)).sum();
        let bits = 17 + 3 * written as u64 + u64::from(extra) + codes.bits(&counts);
        Header {
            items,
            codes,
            literals: n_literals,
            distances: n_distances,
            written,
            bits,
        }
    }

    fn write(&self, out: &mut Bits) {
        // Not the last block, of codes of its own.
        out.put(0b100, 3);
        out.put(self.literals as u64 - 257, 5);
        out.put(self.distances as u64 - 1, 5);
        out.put(self.written as u64 - 4, 4);
        for &item in &ORDER[..self.written] {
            out.put(u64::from(self.codes.lengths[item]), 3);
        }
        for &(item, rest) in &self.items {
            let (code, n) = self.codes.code(item as usize);
            out.put(code | u64::from(rest) << n, n + extra_bits(item));
        }
    }
}

/// Lengths with repeats: 16 repeats the last 3 to 6 times, 17 zeros 3 to 10, 18 zeros 11 to 138.
fn repeated(lengths: &[u8]) -> Vec<(u8, u8)> {
    let mut items = Vec::new();
    for same in lengths.chunk_by(|a, b| a == b) {
        let (length, mut n) = (same[0], same.len());
        if length > 0 {
            items.push((length, 0));
            n -= 1;
        }
        while n >= 3 {
            let (item, least, most) = match (length, n) {
                (0, 11..) => (18, 11, 138),
                (0, _) => (17, 3, 10),
                _ => (16, 3, 6),
            };
            let now = n.min(most);
            items.push((item, (now - least) as u8));
            n -= now;
        }
        items.extend(std::iter::repeat_n((length, 0), n));
    }
    items
}

/// Bits, least significant first.
#[derive(Debug, Default)]
struct Bits {
    bytes: Vec<u8>,
    /// Whole bytes.
    at: usize,
    rest: u64,
    n_rest: u32,
}

impl Bits {
    fn start(&mut self) {
        (self.at, self.rest, self.n_rest) = (0, 0, 0);
        self.room(16);
    }

    /// Makes room for so many bytes, and for one number beyond.
    fn room(&mut self, bytes: usize) {
        let wanted = self.at + bytes + 16;
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted.max(2 * self.bytes.len()), 0);
        }
    }

    /// At most 56 bits, for which there is room.
    #[inline]
    fn put(&mut self, bits: u64, n: u32) {
        self.rest |= bits << self.n_rest;
        self.n_rest += n;
        self.bytes[self.at..self.at + 8].copy_from_slice(&self.rest.to_le_bytes());
        self.at += self.n_rest as usize / 8;
        self.rest >>= self.n_rest & !7;
        self.n_rest &= 7;
    }

    fn align(&mut self) {
        if self.n_rest > 0 {
            self.put(0, 8 - self.n_rest);
        }
    }

    /// A block of `bytes` as they are.
    fn stored(&mut self, bytes: &[u8]) {
        self.put(0, 3);
        self.align();
        let length = bytes.len() as u64;
        self.put(length | (!length & 0xffff) << 16, 32);
        self.bytes[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    /// What two decoders make of it.
    fn check(bytes: &[u8]) -> usize {
        let packed = Deflate::default().zlib(bytes);
        let mut one = vec![0; bytes.len()];
        let n = libdeflater::Decompressor::new().zlib_decompress(&packed, &mut one);
        assert_eq!((n.unwrap(), one.as_slice()), (bytes.len(), bytes));
        let mut other = Vec::new();
        let mut decoder = flate2::read::ZlibDecoder::new(packed.as_slice());
        decoder.read_to_end(&mut other).unwrap();
        assert_eq!(other, bytes);
        packed.len()
    }

    fn mixed(i: usize) -> u8 {
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

    #[test]
    fn runs_of_every_length_are_written() {
        for length in 1..600 {
            let bytes: Vec<u8> = (0..20 * length).map(|i| mixed(i / length)).collect();
            check(&bytes);
        }
    }

    /// Counts of Fibonacci's make the longest codes there are: they are cut to 14 bits.
    #[test]
    fn codes_are_no_longer_than_four_of_them_may_be() {
        let mut counts = [0; LITERALS];
        let (mut a, mut b) = (1u32, 1u32);
        for count in counts.iter_mut().take(30) {
            *count = a;
            (a, b) = (b, a + b);
        }
        let lengths = code_lengths(&counts, LONGEST_CODE);
        assert_eq!(lengths.iter().max(), Some(&(LONGEST_CODE as u8)));
        let taken: u32 = lengths
            .iter()
            .filter(|&&l| l > 0)
            .map(|&l| 1 << (LONGEST_CODE as u8 - l))
            .sum();
        assert_eq!(taken, 1 << LONGEST_CODE);
        let bytes: Vec<u8> = (0..24u8)
            .flat_map(|i| vec![i; counts[i as usize].min(20_000) as usize])
            .collect();
        check(&bytes);
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

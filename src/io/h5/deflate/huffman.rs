//! Huffman codes of a block, and how it begins with them (RFC 1951, 3.2.2 and 3.2.7).

use super::bits::Bits;

/// Symbols of bytes, of the end of a block, and of lengths of matches.
pub(super) const LITERALS: usize = 286;
/// Symbols of distances.
pub(super) const DISTANCES: usize = 30;
/// The end of a block.
pub(super) const END: usize = 256;
/// Bits of a code at most, so that four of them are written at a time.
pub(super) const LONGEST_CODE: usize = 14;

/// Canonical Huffman codes.
pub(super) struct Codes<const N: usize> {
    lengths: [u8; N],
    /// Bits in the order in which they are written, and how many.
    codes: [(u16, u8); N],
}

impl<const N: usize> Codes<N> {
    pub(super) fn of(counts: &[u32; N], longest: usize) -> Self {
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
    pub(super) fn code(&self, symbol: usize) -> (u64, u32) {
        let (bits, n) = self.codes[symbol];
        (u64::from(bits), u32::from(n))
    }

    /// The lengths, without those after the last symbol that has a code.
    fn used(&self) -> &[u8] {
        let last = self.lengths.iter().rposition(|&length| length > 0);
        &self.lengths[..last.map_or(0, |at| at + 1)]
    }

    pub(super) fn bits(&self, counts: &[u32; N]) -> u64 {
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
pub(super) struct Header {
    /// Symbol of the code of lengths, and the value of its extra bits.
    items: Vec<(u8, u8)>,
    codes: Codes<19>,
    literals: usize,
    distances: usize,
    /// How many of the lengths of the code of lengths are written.
    written: usize,
    pub(super) bits: u64,
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
    pub(super) fn of<const N: usize>(literals: &Codes<LITERALS>, distances: &Codes<N>) -> Header {
        let (literals, distances) = (literals.used(), distances.used());
        let lengths = [literals, distances].concat();
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
            literals: literals.len(),
            distances: distances.len(),
            written,
            bits,
        }
    }

    pub(super) fn write(&self, out: &mut Bits) {
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

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}

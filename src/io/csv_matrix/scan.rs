//! Sixty-four bytes of a line at a time: where fields end, and where there is more than a zero.
//!
//! Nine of ten fields of a count matrix are a single `0`. A block of bytes becomes two words of
//! bits, so that zeros are counted and never looked at (the way of Langdale & Lemire, "Parsing
//! gigabytes of JSON per second", VLDB Journal 28, 2019).

/// Bytes of a block.
pub const BLOCK: usize = 64;

/// Bit `i` stands for byte `i` of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// Separators.
    pub ends: u64,
    /// Neither a separator nor `0`.
    pub rest: u64,
}

/// The marks of a block.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub fn marks(block: &[u8; BLOCK], separator: u8) -> Marks {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };
    let (mut ends, mut plain) = (0_u64, 0_u64);
    for i in 0..4 {
        // SAFETY: SSE2 belongs to every x86-64; the four loads of 16 bytes cover the block.
        let (end, either) = unsafe {
            let bytes = _mm_loadu_si128(block.as_ptr().add(16 * i).cast());
            let end = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(separator as i8));
            let zero = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'0' as i8));
            (
                _mm_movemask_epi8(end),
                _mm_movemask_epi8(_mm_or_si128(end, zero)),
            )
        };
        ends |= u64::from(end as u32) << (16 * i);
        plain |= u64::from(either as u32) << (16 * i);
    }
    Marks { ends, rest: !plain }
}

/// The marks of a block.
#[cfg(not(target_arch = "x86_64"))]
pub fn marks(block: &[u8; BLOCK], separator: u8) -> Marks {
    plain_marks(block, separator)
}

/// The marks of a block, byte by byte.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn plain_marks(block: &[u8; BLOCK], separator: u8) -> Marks {
    let (mut ends, mut plain) = (0, 0);
    for (i, &byte) in block.iter().enumerate() {
        ends |= u64::from(byte == separator) << i;
        plain |= u64::from(byte == separator || byte == b'0') << i;
    }
    Marks { ends, rest: !plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wide_and_plain_marks_agree(bytes in proptest::collection::vec(any::<u8>(), BLOCK)) {
            let mut block = [b'0'; BLOCK];
            block.copy_from_slice(&bytes);
            for separator in [b',', b'\t', bytes[7]] {
                prop_assert_eq!(marks(&block, separator), plain_marks(&block, separator));
            }
        }
    }
}

//! The checksum after the index of a shard: CRC-32C (Castagnoli), as RFC 3720, appendix B.4, has it.

/// The checksum of some bytes.
pub fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            let carry = 0_u32.wrapping_sub(crc & 1);
            crc = (crc >> 1) ^ (REVERSED & carry);
        }
    }
    !crc
}

/// The polynomial 0x1EDC6F41, its bits the other way round.
const REVERSED: u32 = 0x82f6_3b78;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_checksums() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
    }
}

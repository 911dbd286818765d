//! Packs bits into bytes, in the zlib format.

use libdeflater::adler32;

/// Bits, least significant first.
#[derive(Debug, Default)]
pub(super) struct Bits {
    bytes: Vec<u8>,
    /// Whole bytes.
    at: usize,
    rest: u64,
    n_rest: u32,
}

impl Bits {
    pub(super) fn start(&mut self) {
        (self.at, self.rest, self.n_rest) = (0, 0, 0);
        self.room(16);
        // A window of 32 KiB, the fastest level.
        self.put(0x0178, 16);
    }

    /// What was written since the start, completed: it unpacks to `bytes`.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Vec<u8> {
        // An empty block of fixed codes is the last.
        self.room(16);
        self.put(0b011, 10);
        self.align();
        [&self.bytes[..self.at], &adler32(bytes).to_be_bytes()].concat()
    }

    /// Makes room for that many bytes, and for one number beyond.
    pub(super) fn room(&mut self, bytes: usize) {
        let wanted = self.at + bytes + 16;
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted.max(2 * self.bytes.len()), 0);
        }
    }

    /// At most 56 bits, for which there is room.
    #[inline]
    pub(super) fn put(&mut self, bits: u64, n: u32) {
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
    pub(super) fn stored(&mut self, bytes: &[u8]) {
        self.put(0, 3);
        self.align();
        let length = bytes.len() as u64;
        self.put(length | (!length & 0xffff) << 16, 32);
        self.bytes[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }
}

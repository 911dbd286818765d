//! Exact sums as bytes. Buckets that were never touched take one.

use super::{Bucket, Moments, Sums};
use crate::kernels::transfer::{
    Fixed, Packing, Torn, Transfer, Unpacking, pack_slots, pack_some, unpack_slots, unpack_some,
};

impl Fixed for Bucket {
    const WIDTH: usize = 24;

    fn put(self, to: &mut Vec<u8>) {
        self.sum.put(to);
        self.low.put(to);
        self.high.put(to);
        self.count.put(to);
    }

    fn get(bytes: &[u8]) -> Self {
        Bucket {
            sum: i64::get(&bytes[..8]),
            low: u64::get(&bytes[8..16]),
            high: u32::get(&bytes[16..20]),
            count: u32::get(&bytes[20..]),
        }
    }
}

impl Transfer for Moments {
    fn pack(&self, to: &mut Packing) {
        pack_some(&self.buckets, to);
        let sums = self.not_finite.iter().map(|(&slot, held)| (slot, held.0));
        pack_slots(&sums.collect(), to);
        let counts: Vec<u32> = self.not_finite.values().map(|held| held.1).collect();
        to.list(&counts);
    }

    fn unpack(&mut self, from: &mut Unpacking) -> Result<(), Torn> {
        unpack_some(&mut self.buckets, self.n_slots, from)?;
        let sums = unpack_slots(self.n_slots, from)?;
        let counts: Vec<u32> = from.list()?;
        if counts.len() != sums.len() {
            return Err(Torn);
        }
        let held = sums.into_iter().zip(counts);
        self.not_finite = held.map(|((slot, sum), n)| (slot, (sum, n))).collect();
        Ok(())
    }
}

impl Transfer for Sums {
    fn pack(&self, to: &mut Packing) {
        pack_some(&self.buckets, to);
        pack_slots(&self.not_finite, to);
    }

    fn unpack(&mut self, from: &mut Unpacking) -> Result<(), Torn> {
        unpack_some(&mut self.buckets, self.n_slots, from)?;
        self.not_finite = unpack_slots(self.n_slots, from)?;
        Ok(())
    }
}

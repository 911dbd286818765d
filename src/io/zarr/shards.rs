//! Chunks that share a file: a shard has an index of where each of its chunks lies.
//!
//! Zarr codec `sharding_indexed`, version 1.0.

use super::codec::{Chain, Step};
use super::remote::TOGETHER;
use super::store::{Part, Store};
use crate::io::reason::Reason;
use serde_json::Value;
use std::collections::HashMap;
use std::io::{ErrorKind, Result};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug)]
pub struct Shards {
    /// Chunks of a shard along each dimension.
    per: Vec<usize>,
    index_at: Part,
    /// Bytes that follow the index.
    checksum: usize,
    big_endian: bool,
    /// By the key of the shard; `None` where nothing was written.
    indices: Mutex<HashMap<String, Option<Index>>>,
}

/// Chunks of a shard: the index of more would be larger than a chunk.
const MOST: usize = 1 << 27;

/// The end of the chunks that lie after one another, as far as they are fetched together.
fn end_of_run(following: &[(u64, u64)], start: u64, end: u64) -> u64 {
    let mut until = end;
    for &(at, size) in following {
        let next = at.saturating_add(size);
        if at != until || next - start > TOGETHER {
            break;
        }
        until = next;
    }
    until
}

/// Where each chunk starts in its shard and how many bytes it has; `u64::MAX` if it was not written.
type Index = Arc<[(u64, u64)]>;

impl Shards {
    /// # Errors
    /// Shapes that do not fit each other, an index that went through other codecs.
    pub fn new(
        shard: &[usize],
        chunk: &[usize],
        settings: &Value,
    ) -> std::result::Result<Self, Reason> {
        let pairs = shard.iter().zip(chunk);
        let fit = |(&shard, &chunk): (&usize, &usize)| chunk > 0 && shard > 0 && shard % chunk == 0;
        if shard.len() != chunk.len() || !pairs.clone().all(fit) {
            return Err("its shards are not made of whole chunks".into());
        }
        let codecs = settings["index_codecs"].as_array();
        let chain = Chain::v3(codecs.map_or(&[], Vec::as_slice), 0)?;
        if chain.steps.iter().any(|step| *step != Step::Checksum) {
            return Err("the index of its shards is compressed".into());
        }
        let per: Vec<usize> = pairs.map(|(shard, chunk)| shard / chunk).collect();
        let n = per.iter().try_fold(1_usize, |n, &m| n.checked_mul(m));
        if n.is_none_or(|n| n > MOST) {
            return Err("its shards have more chunks than a shard can have".into());
        }
        Ok(Shards {
            per,
            index_at: if settings["index_location"] == "start" {
                Part::At(0)
            } else {
                Part::End
            },
            checksum: 4 * chain.steps.len(),
            big_endian: chain.big_endian,
            indices: Mutex::default(),
        })
    }

    /// The bytes of a chunk as stored, in place of what `to` held; false if it was not written. Where it `goes_on`
    /// after another one, those that follow will be wanted, too.
    pub fn get(
        &self,
        store: &Store,
        key: impl Fn(&[usize]) -> String,
        (at, goes_on): (&[usize], bool),
        to: &mut Vec<u8>,
    ) -> Result<bool> {
        let shard: Vec<usize> = at.iter().zip(&self.per).map(|(i, n)| i / n).collect();
        let key = key(&shard);
        let Some(index) = self.index(store, &key)? else {
            return Ok(false);
        };
        let within = at
            .iter()
            .zip(&self.per)
            .fold(0, |all, (i, n)| all * n + i % n);
        let (start, size) = index[within];
        if (start, size) == (u64::MAX, u64::MAX) {
            return Ok(false);
        }
        let size = usize::try_from(size)
            .ok()
            .filter(|&size| size <= i32::MAX as usize);
        let size = size.ok_or(ErrorKind::InvalidData)?;
        to.resize(size, 0);
        let end = start.saturating_add(size as u64);
        let until = if goes_on {
            end_of_run(&index[within + 1..], start, end)
        } else {
            end
        };
        store.get_run(&key, start, until, to)
    }

    fn index(&self, store: &Store, key: &str) -> Result<Option<Index>> {
        let held = self.indices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = held.get(key) {
            return Ok(index.clone());
        }
        drop(held);
        let n: usize = self.per.iter().product();
        let mut bytes = vec![0; 16 * n + self.checksum];
        let index = if store.get_part(key, self.index_at, &mut bytes)? {
            Some(self.entries(&bytes[..16 * n]))
        } else {
            None
        };
        let mut held = self.indices.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(key.to_owned(), index.clone());
        Ok(index)
    }

    fn entries(&self, bytes: &[u8]) -> Index {
        let (numbers, _) = bytes.as_chunks::<8>();
        let number = |bytes: [u8; 8]| {
            if self.big_endian {
                u64::from_be_bytes(bytes)
            } else {
                u64::from_le_bytes(bytes)
            }
        };
        let (pairs, _) = numbers.as_chunks::<2>();
        pairs
            .iter()
            .map(|&[at, size]| (number(at), number(size)))
            .collect()
    }
}

//! An array of a zarr store: where its chunks lie, and their bytes.

use super::codec::{Chain, name};
use super::kind::Kind;
use super::shards::Shards;
use super::store::Store;
use crate::io::chunks::{SCRATCH, Scratch};
use crate::io::declared;
use crate::io::reason::Reason;
use serde_json::Value;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

#[derive(Debug)]
pub struct Array {
    store: Arc<Store>,
    /// Before the keys of its chunks.
    key: String,
    pub shape: Vec<usize>,
    /// Shape of the smallest part that can be read alone; as many dimensions.
    pub chunk: Vec<usize>,
    pub kind: Kind,
    keys: Keys,
    /// Or what is not known of it.
    chain: Result<Chain, Reason>,
    shards: Option<Shards>,
    /// Number of the chunk that was asked for last.
    last: AtomicUsize,
    /// The bytes of an element where nothing was written.
    fill: Vec<u8>,
}

/// How the numbers of a chunk become its key.
#[derive(Debug)]
struct Keys {
    /// `c` before them, as in version 3.
    marked: bool,
    between: char,
}

impl Array {
    /// From the `.zarray` of version 2.
    ///
    /// # Errors
    /// What is missing or contradicts itself.
    pub fn v2(store: Arc<Store>, key: String, metadata: &Value) -> Result<Self, Reason> {
        let kind = Kind::v2(&metadata["dtype"]);
        let between = metadata["dimension_separator"].as_str();
        let between = between.and_then(|text| text.chars().next()).unwrap_or('.');
        let array = Array {
            store,
            key,
            shape: lengths(metadata, "shape")?,
            chunk: lengths(metadata, "chunks")?,
            keys: Keys {
                marked: false,
                between,
            },
            chain: Chain::v2(metadata),
            shards: None,
            last: AtomicUsize::new(usize::MAX),
            fill: kind.fill(&metadata["fill_value"]),
            kind,
        };
        array.checked()
    }

    /// From the `zarr.json` of version 3.
    ///
    /// # Errors
    /// What is missing or contradicts itself.
    pub fn v3(store: Arc<Store>, key: String, metadata: &Value) -> Result<Self, Reason> {
        let shape = lengths(metadata, "shape")?;
        let grid = &metadata["chunk_grid"];
        if grid["name"] != "regular" {
            return Err("its chunks have different shapes".into());
        }
        let mut chunk = lengths(&grid["configuration"], "chunk_shape")?;
        let codecs = metadata["codecs"].as_array();
        let mut codecs = codecs.map_or(&[][..], Vec::as_slice);
        let mut shards = None;
        if let [shard] = codecs
            && name(shard, "name") == "sharding_indexed"
        {
            let settings = &shard["configuration"];
            let part = lengths(settings, "chunk_shape")?;
            shards = Some(Shards::new(&chunk, &part, settings)?);
            chunk = part;
            codecs = settings["codecs"].as_array().map_or(&[], Vec::as_slice);
        }
        let encoding = &metadata["chunk_key_encoding"];
        let marked = name(encoding, "name") != "v2";
        let between = encoding["configuration"]["separator"].as_str();
        let between = between.and_then(|text| text.chars().next());
        let chain = Chain::v3(codecs, shape.len());
        let big_endian = chain.as_ref().is_ok_and(|chain| chain.big_endian);
        let kind = Kind::v3(&metadata["data_type"], big_endian);
        let array = Array {
            store,
            key,
            shape,
            chunk,
            keys: Keys {
                marked,
                between: between.unwrap_or(if marked { '/' } else { '.' }),
            },
            chain,
            shards,
            last: AtomicUsize::new(usize::MAX),
            fill: kind.fill(&metadata["fill_value"]),
            kind,
        };
        array.checked()
    }

    fn checked(self) -> Result<Self, Reason> {
        if self.chunk.len() != self.shape.len() || self.chunk.contains(&0) {
            return Err("its chunks do not have its dimensions".into());
        }
        let bytes = (self.chunk.iter()).try_fold(self.kind.size(), |n, &m| n.checked_mul(m));
        match bytes {
            Some(bytes) if bytes <= MOST => Ok(self),
            _ => Err("its chunks are larger than a chunk can be".into()),
        }
    }

    /// Number of elements of a chunk.
    fn chunk_len(&self) -> usize {
        self.chunk.iter().product()
    }

    /// The bytes of a chunk, in row order, to `out`, which has its size. The fill value where nothing
    /// was written.
    ///
    /// # Errors
    /// It cannot be read, or is damaged.
    pub fn chunk(&self, at: &[usize], scratch: &mut Scratch, out: &mut [u8]) -> Result<(), Reason> {
        let chain = self.chain.as_ref().map_err(Clone::clone)?;
        let mut stored = std::mem::take(&mut scratch.stored);
        let done = self.stored(at, &mut stored).and_then(|is_written| {
            if !is_written {
                let elements = out.chunks_exact_mut(self.kind.size().max(1));
                elements.for_each(|element| element.copy_from_slice(&self.fill));
                Ok(())
            } else if chain.reversed {
                let mut reversed = vec![0; out.len()];
                chain.decode(&stored, scratch, &mut reversed)?;
                self.turn(&reversed, out);
                Ok(())
            } else {
                chain.decode(&stored, scratch, out)
            }
        });
        scratch.stored = stored;
        done
    }

    /// The texts of a chunk of texts; `None` where nothing was written.
    pub fn texts(&self, at: &[usize]) -> Result<Option<Vec<u8>>, Reason> {
        let chain = self.chain.as_ref().map_err(Clone::clone)?;
        let mut stored = Vec::new();
        if self.stored(at, &mut stored)? {
            let most = declared::most(stored.len() as u64);
            chain.decode_any(&stored, most).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Whether a chunk was written, and its bytes as stored.
    fn stored(&self, at: &[usize], to: &mut Vec<u8>) -> Result<bool, Reason> {
        let key = |at: &[usize]| self.chunk_key(at);
        let number = self.number(at);
        let goes_on = self.goes_on(number);
        let found = match &self.shards {
            None if goes_on => {
                let following: Vec<String> = self.after(number).map(|at| key(&at)).collect();
                self.store.get_before(&key(at), &following, to)
            }
            None => self.store.get(&key(at), to),
            Some(shards) => shards.get(&self.store, key, (at, goes_on), to),
        };
        found.map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => "it ends too early".into(),
            _ => error.into(),
        })
    }

    /// Chunks along each dimension.
    fn along(&self) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator {
        let pairs = self.shape.iter().zip(&self.chunk);
        pairs.map(|(n, m)| n.div_ceil(*m).max(1))
    }

    /// The number of a chunk in row order.
    fn number(&self, at: &[usize]) -> usize {
        let pairs = at.iter().zip(self.along());
        pairs.fold(0, |all, (i, n)| all.saturating_mul(n).saturating_add(*i))
    }

    /// Whether a chunk follows on those before it: threads of a pass want neighbors in about their order.
    fn goes_on(&self, number: usize) -> bool {
        let last = self.last.swap(number, Relaxed);
        number > 0 && number.abs_diff(last) <= NEAR
    }

    /// Chunks that are fetched together with one before them.
    fn after(&self, number: usize) -> impl Iterator<Item = Vec<usize>> {
        let all = self.along().fold(1, usize::saturating_mul);
        let bytes = self.chunk_len() * self.kind.size();
        let n = (AHEAD / bytes.max(1)).min(NEAR);
        (number + 1..(number + 1 + n).min(all)).map(|number| {
            let mut rest = number;
            let mut at = vec![0; self.chunk.len()];
            for (at, n) in at.iter_mut().zip(self.along()).rev() {
                *at = rest % n;
                rest /= n;
            }
            at
        })
    }

    fn chunk_key(&self, at: &[usize]) -> String {
        let mut key = self.key.clone();
        if !key.is_empty() {
            key.push('/');
        }
        if self.keys.marked {
            key.push('c');
        } else if at.is_empty() {
            key.push('0');
        }
        for (i, n) in at.iter().enumerate() {
            if self.keys.marked || i > 0 {
                key.push(self.keys.between);
            }
            key.push_str(&n.to_string());
        }
        key
    }

    /// A chunk that has its last dimension first to one in row order.
    fn turn(&self, reversed: &[u8], out: &mut [u8]) {
        let size = self.kind.size();
        let whole: Vec<Range<usize>> = self.chunk.iter().map(|&n| 0..n).collect();
        for (to, at) in out.chunks_exact_mut(size.max(1)).zip(positions(&whole)) {
            let from = (at.iter().zip(&self.chunk).rev()).fold(0, |from, (i, n)| from * n + i);
            to.copy_from_slice(&reversed[from * size..][..size]);
        }
    }

    /// The bytes of some rows, or of the single value of an array without dimensions.
    ///
    /// # Errors
    /// As [`Array::chunk`], or there is not that much memory.
    pub fn bytes(&self, rows: Range<usize>) -> Result<Vec<u8>, Reason> {
        let size = self.kind.size();
        let mut wanted: Vec<Range<usize>> = self.shape.iter().map(|&n| 0..n).collect();
        if let Some(first) = wanted.first_mut() {
            *first = rows;
        }
        let n = (wanted.iter()).try_fold(size, |n, range| n.checked_mul(range.len()));
        let n = n.ok_or("more values than there can be")?;
        declared::allow(n, || self.store.length())?;
        let mut out = Vec::new();
        out.try_reserve_exact(n)
            .map_err(|_| format!("{n} bytes do not fit in memory"))?;
        out.resize(n, 0);
        let mut chunk = vec![0; size * self.chunk_len()];
        for at in positions(&self.chunks_of(&wanted)) {
            SCRATCH.with_borrow_mut(|scratch| self.chunk(&at, scratch, &mut chunk))?;
            self.place(&at, &chunk, &wanted, &mut out);
        }
        Ok(out)
    }

    /// The chunks that have some of the wanted elements.
    fn chunks_of(&self, wanted: &[Range<usize>]) -> Vec<Range<usize>> {
        let along = wanted.iter().zip(&self.chunk);
        along
            .map(|(range, &n)| range.start / n..range.end.div_ceil(n))
            .collect()
    }

    /// What is wanted of a chunk, to its place.
    fn place(&self, at: &[usize], chunk: &[u8], wanted: &[Range<usize>], out: &mut [u8]) {
        let size = self.kind.size();
        let inside: Vec<Range<usize>> = (at.iter().zip(&self.chunk).zip(wanted))
            .map(|((&i, &n), range)| range.start.max(i * n)..range.end.min((i + 1) * n))
            .collect();
        // Runs along the last dimension lie side by side in both.
        let (run, starts) = match inside.split_last() {
            Some((last, others)) => {
                let mut starts = others.to_vec();
                starts.push(last.start..last.start + 1);
                (last.len() * size, starts)
            }
            None => (size, Vec::new()),
        };
        for place in positions(&starts) {
            let (mut from, mut to) = (0, 0);
            for (d, &i) in place.iter().enumerate() {
                from = from * self.chunk[d] + (i - at[d] * self.chunk[d]);
                to = to * wanted[d].len() + (i - wanted[d].start);
            }
            out[to * size..][..run].copy_from_slice(&chunk[from * size..][..run]);
        }
    }
}

/// Chunks that far from each other are asked for side by side.
const NEAR: usize = 16;

/// Bytes, decoded, of chunks that are fetched before they are wanted.
const AHEAD: usize = 16 << 20;

/// Bytes of a chunk: blosc and HDF5 have the same limit.
const MOST: usize = i32::MAX as usize;

/// All positions within ranges, in row order; one without any range.
pub fn positions(ranges: &[Range<usize>]) -> impl Iterator<Item = Vec<usize>> + use<> {
    let n: usize = ranges.iter().map(ExactSizeIterator::len).product();
    let ranges = ranges.to_vec();
    (0..n).map(move |i| {
        let mut rest = i;
        let mut at = vec![0; ranges.len()];
        for (at, range) in at.iter_mut().zip(&ranges).rev() {
            *at = range.start + rest % range.len();
            rest /= range.len();
        }
        at
    })
}

/// A list of lengths in a record of metadata.
pub fn lengths(metadata: &Value, key: &str) -> Result<Vec<usize>, Reason> {
    let list = metadata[key].as_array();
    let list = list.and_then(|list| {
        let numbers = list.iter();
        let numbers = numbers.map(|n| usize::try_from(n.as_u64()?).ok());
        numbers.collect()
    });
    list.ok_or_else(|| format!("its metadata have no {key}").into())
}

//! A cache of bytes fetched from a remote store, and requests in flight.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

/// Bytes that are kept of what was fetched last.
const HELD: usize = 32 << 20;

/// What was fetched.
#[derive(Debug, Default)]
pub struct Fetches {
    /// Of shards, since their indices were.
    pub versions: HashMap<String, Option<String>>,
    /// What was fetched first comes first.
    recent: VecDeque<Fetched>,
    /// Bytes in it.
    held: usize,
    /// Parts of shards that were asked for and are not known yet.
    pub coming: Vec<(String, Range<u64>)>,
}

/// Bytes of a key.
#[derive(Debug)]
struct Fetched {
    key: String,
    part: Part,
    bytes: Arc<Vec<u8>>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// Of a shard; their offset in it.
    From(u64),
}

impl Fetches {
    /// All bytes of a key.
    pub fn whole(&self, key: &str) -> Option<Arc<Vec<u8>>> {
        let is_it = |it: &&Fetched| it.key == key && it.part == Part::Whole;
        self.recent.iter().find(is_it).map(|it| it.bytes.clone())
    }

    /// So many bytes of a shard from `start` on, where they are all in one answer.
    pub fn part(&self, key: &str, start: u64, n: usize) -> Option<(Arc<Vec<u8>>, Range<usize>)> {
        let fetched = self.recent.iter().filter(|fetched| fetched.key == key);
        let mut parts = fetched.filter_map(|fetched| {
            let Part::From(from) = fetched.part else {
                return None;
            };
            let at = usize::try_from(start.checked_sub(from)?).ok()?;
            let end = at.checked_add(n)?;
            (end <= fetched.bytes.len()).then(|| (Arc::clone(&fetched.bytes), at..end))
        });
        parts.next()
    }

    /// Whether a part that holds these bytes was asked for.
    pub fn is_coming(&self, key: &str, part: &Range<u64>) -> bool {
        let holds = |coming: &Range<u64>| coming.start <= part.start && part.end <= coming.end;
        self.coming
            .iter()
            .any(|(of, coming)| of == key && holds(coming))
    }

    /// Where an answer ends that has `end` at least: before others that are coming.
    pub fn before_coming(&self, key: &str, end: u64, until: u64) -> u64 {
        let coming = self.coming.iter().filter(|(of, _)| of == key);
        let starts = coming.map(|(_, part)| part.start);
        let next = starts.filter(|&start| start >= end).min();
        until.min(next.unwrap_or(until)).max(end)
    }

    /// Keeps bytes, and lets go what was fetched before them where there are too many.
    pub fn keep(&mut self, key: &str, part: Part, bytes: Vec<u8>) {
        self.held += bytes.len();
        self.recent.push_back(Fetched {
            key: key.to_owned(),
            part,
            bytes: Arc::new(bytes),
        });
        // The last one stays, however large: its chunk is asked for next.
        while self.held > HELD && self.recent.len() > 1 {
            let oldest = self.recent.pop_front();
            self.held -= oldest.map_or(0, |oldest| oldest.bytes.len());
        }
    }
}

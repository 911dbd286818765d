//! Which range is mapped next. Neighboring ranges go to one worker, the same ones in every pass, since it keeps
//! what it has read. One that has no more of its own takes others' last, but not the only one that waits there: to read it again takes
//! longer than to wait for who has read it. A range whose worker is lost is mapped again; one that takes long is
//! mapped a second time by a worker that has nothing else to do, and the first answer counts: both
//! are the same bytes.

use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A range is not tried again after this many workers were lost with it.
const TRIES: usize = 3;
/// A range takes long when it exceeds the median by this factor, and never before [`PATIENCE`].
const LONG: u32 = 3;
const PATIENCE: Duration = Duration::from_secs(10);
/// How often that is checked.
const LOOK: Duration = Duration::from_millis(200);

pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    entries: Vec<Entry>,
    /// When each line was given a range for the last time.
    given: Vec<Instant>,
    /// How long those that are done took.
    took: Vec<Duration>,
    closed: bool,
}

struct Entry {
    range: Range<usize>,
    /// The line that it goes to, if that is not late.
    line: usize,
    /// Workers that map it now, and since when the first one does.
    mapped_by: usize,
    since: Instant,
    lost: usize,
    done: bool,
}

/// A range that is to be mapped.
#[derive(Debug)]
pub(super) struct Turn {
    number: usize,
    pub range: Range<usize>,
}

impl Queue {
    /// Ranges in their order, each with its line.
    pub fn new(ranges: Vec<(usize, Range<usize>)>) -> Self {
        let lines = ranges.iter().map(|&(line, _)| line + 1).max().unwrap_or(0);
        let entry = |(line, range)| Entry {
            range,
            line,
            mapped_by: 0,
            since: Instant::now(),
            lost: 0,
            done: false,
        };
        Queue {
            state: Mutex::new(State {
                entries: ranges.into_iter().map(entry).collect(),
                given: vec![Instant::now(); lines],
                took: Vec::new(),
                closed: false,
            }),
            changed: Condvar::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.state().entries.len()
    }

    /// The next range for a line; waits while one that is being mapped may come back.
    pub fn next(&self, line: usize) -> Option<Turn> {
        let mut state = self.state();
        loop {
            if state.closed || state.entries.iter().all(|entry| entry.done) {
                return None;
            }
            if let Some(number) = state.waiting(line).or_else(|| state.slow()) {
                let entry = &mut state.entries[number];
                if entry.mapped_by == 0 {
                    entry.since = Instant::now();
                }
                entry.mapped_by += 1;
                let range = entry.range.clone();
                if let Some(given) = state.given.get_mut(line) {
                    *given = Instant::now();
                }
                return Some(Turn { number, range });
            }
            let waited = self.changed.wait_timeout(state, LOOK);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// False if another worker was faster.
    pub fn done(&self, turn: &Turn) -> bool {
        let mut state = self.state();
        let entry = &mut state.entries[turn.number];
        entry.mapped_by -= 1;
        let first = !std::mem::replace(&mut entry.done, true);
        let took = entry.since.elapsed();
        state.took.push(took);
        drop(state);
        self.changed.notify_all();
        first
    }

    /// A worker is lost; false if that happened too often.
    pub fn lost(&self, turn: &Turn) -> bool {
        let mut state = self.state();
        let entry = &mut state.entries[turn.number];
        entry.mapped_by -= 1;
        entry.lost += 1;
        let again = entry.done || entry.lost < TRIES;
        drop(state);
        self.changed.notify_all();
        again
    }

    /// No more ranges are given out.
    pub fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    /// Whether every range was mapped.
    pub fn is_done(&self) -> bool {
        self.state().entries.iter().all(|entry| entry.done)
    }

    /// Whether a range is still being mapped.
    pub fn is_busy(&self) -> bool {
        self.state().entries.iter().any(|entry| entry.mapped_by > 0)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn waiting(&self, line: usize) -> Option<usize> {
        let waits = |entry: &Entry| !entry.done && entry.mapped_by == 0;
        let own = |entry: &Entry| waits(entry) && entry.line == line;
        let is_behind = |line: usize| {
            let of_line = |entry: &&Entry| waits(entry) && entry.line == line;
            let takes_long = |long| self.given[line].elapsed() > long;
            self.entries.iter().filter(of_line).count() > 1 || self.long().is_some_and(takes_long)
        };
        let others = |entry: &Entry| waits(entry) && is_behind(entry.line);
        let found = self.entries.iter().position(own);
        found.or_else(|| self.entries.iter().rposition(others))
    }

    /// What a range takes that takes long, once one is done.
    fn long(&self) -> Option<Duration> {
        let mut took = self.took.clone();
        took.sort_unstable();
        let median = took.get(took.len() / 2)?;
        Some((*median * LONG).max(PATIENCE))
    }

    /// One that takes long and that only one worker maps.
    fn slow(&self) -> Option<usize> {
        let long = self.long()?;
        let mut entries = self.entries.iter();
        entries
            .position(|entry| !entry.done && entry.mapped_by == 1 && entry.since.elapsed() > long)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_range_comes_back() {
        let queue = Queue::new(vec![(0, 0..5), (0, 5..9)]);
        let (first, second) = (queue.next(0).unwrap(), queue.next(0).unwrap());
        assert!(queue.lost(&first));
        assert!(queue.done(&second));
        for _ in 0..2 {
            let again = queue.next(0).unwrap();
            assert_eq!(again.range, 0..5);
            assert!(queue.is_busy());
            if !queue.lost(&again) {
                assert!(!queue.is_done());
                return;
            }
        }
        panic!("three workers were lost");
    }

    #[test]
    fn a_line_gets_the_same_ranges_in_every_pass() {
        let ranges = || (0..6).map(|i| (i / 3, i..i + 1)).collect();
        for order in [[0, 1, 0, 1, 0, 1], [1, 1, 0, 0, 1, 0]] {
            let queue = Queue::new(ranges());
            for line in order {
                let turn = queue.next(line).unwrap();
                assert_eq!(turn.number / 3, line);
                queue.done(&turn);
            }
        }
        // One that is early helps the other.
        let queue = Queue::new(ranges());
        let taken: Vec<usize> = (0..5).map(|_| queue.next(0).unwrap().number).collect();
        assert_eq!(taken, [0, 1, 2, 5, 4]);
        // The only one that waits is left to who has read it, unless that takes long.
        assert_eq!(queue.state().waiting(0), None);
        assert_eq!(queue.state().waiting(1), Some(3));
        let mut state = queue.state();
        state.took.push(Duration::ZERO);
        state.given[1] -= PATIENCE;
        assert_eq!(state.waiting(0), Some(3));
    }

    #[test]
    fn the_first_answer_counts() {
        let queue = Queue::new(vec![(0, 0..5)]);
        let turn = queue.next(0).unwrap();
        queue.state().entries[0].mapped_by = 2;
        assert!(queue.done(&turn));
        assert!(!queue.done(&turn));
        assert!(queue.is_done() && queue.next(0).is_none() && !queue.is_busy());
    }
}

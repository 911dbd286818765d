//! All that a kernel sees of the outside: it counts its work and learns whether to stop.
//!
//! A kernel calls [`Ticker::check`] at least every 50 ms of work, so that Ctrl-C answers fast.
//! The counters feed the progress bar; they never influence a result.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// The person (or a signal) asked for an end; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped")]
pub struct Stopped;

/// Shared between the kernel, the engine and the progress display. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Ticker {
    inner: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    stop: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
    polls: AtomicU64,
    /// Stops by itself at this many polls, for tests; 0 never does.
    stop_at: AtomicU64,
}

impl Ticker {
    pub fn new() -> Self {
        Self::default()
    }

    /// A ticker that stops at its `n`-th check: tests interrupt every command everywhere with it.
    pub fn stopping_at(n: u64) -> Self {
        let ticker = Self::default();
        ticker.inner.stop_at.store(n, Relaxed);
        ticker
    }

    /// `Err(Stopped)` once an end was asked for.
    pub fn check(&self) -> Result<(), Stopped> {
        let polls = self.inner.polls.fetch_add(1, Relaxed) + 1;
        let stop_at = self.inner.stop_at.load(Relaxed);
        if stop_at != 0 && polls >= stop_at {
            self.stop();
        }
        if self.inner.stop.load(Relaxed) {
            Err(Stopped)
        } else {
            Ok(())
        }
    }

    /// Counts `n` units as done, then checks.
    pub fn advance(&self, n: u64) -> Result<(), Stopped> {
        self.inner.done.fetch_add(n, Relaxed);
        self.check()
    }

    /// Begins a stretch of `total` units; 0 when the end is not known.
    pub fn begin(&self, total: u64) {
        self.inner.done.store(0, Relaxed);
        self.inner.total.store(total, Relaxed);
    }

    /// Tells the work to stop; signal-safe.
    pub fn stop(&self) {
        self.inner.stop.store(true, Relaxed);
    }

    /// Whether an end was asked for; counts as no check.
    pub fn is_stopped(&self) -> bool {
        self.inner.stop.load(Relaxed)
    }

    /// Forgets an earlier request to stop.
    pub fn reset(&self) {
        self.inner.stop.store(false, Relaxed);
    }

    /// Units done and in all (0: unknown).
    pub fn progress(&self) -> (u64, u64) {
        (
            self.inner.done.load(Relaxed),
            self.inner.total.load(Relaxed),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_at_the_nth_check() {
        let ticker = Ticker::stopping_at(3);
        assert!(ticker.check().is_ok());
        assert!(ticker.advance(5).is_ok());
        assert_eq!(ticker.check(), Err(Stopped));
        assert_eq!(ticker.progress(), (5, 0));
    }
}

//! Passes by several processes. A pass is cut into ranges of grains; workers map them and send their
//! totals as bytes; this process, the coordinator, merges and finishes. Everything else stays here.
//!
//! A plan is not sent. Workers are sent the statements, plan them as a check does (on headers, which
//! takes a fraction of a second), find the same folds by their keys ([`super::key`]), and get the
//! values that these wait for. What cannot be mapped elsewhere runs here.
//!
//! Results that want all values of a gene are made by genes instead (`divided`): ranges are
//! then of parts, and a worker answers with the results of a part.

mod asking;
mod check;
pub mod file;
pub mod frame;
mod kept;
mod queue;
pub mod serve;
pub(super) mod share;
pub(super) mod spread;
pub mod stage;

pub(super) use asking::{Ran, offered};
pub use frame::{Frame, Kind};
pub use stage::Stage;

use std::ops::Range;

/// Changes when frames or their bodies do; files of frames say it first.
pub const PROTOCOL: u32 = 2;

/// Processes that map ranges of grains.
pub trait Workers: Send + Sync {
    /// Where they are: `2 workers on this machine`.
    fn place(&self) -> String;
    /// The command that starts one, if none has come yet and passes wait for the first.
    fn awaited(&self) -> Option<String> {
        None
    }
    /// Ranges that are mapped at the same time.
    fn width(&self) -> usize;
    /// The totals of a range, packed; waits for them. At most one thread at a time asks on a line,
    /// and lines are below [`Workers::width`].
    ///
    /// # Errors
    /// See [`Unmapped`].
    fn map(&self, line: usize, stage: &Stage, range: Range<usize>) -> Result<Vec<u8>, Unmapped>;
    /// Tells all workers to stop; their answers are [`Unmapped::Stopped`].
    fn stop(&self);
    /// Cells from which on a pass is worth sending.
    fn least_cells(&self) -> usize;
}

/// Why there are no totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmapped {
    /// The worker is gone; another one can map the range.
    Lost(String),
    /// The worker plans something else, or a step fails there: the pass runs here, where a failure is
    /// explained.
    Elsewhere(String),
    /// The worker has another version, or does not see the same files.
    Refused(String),
    Stopped,
}

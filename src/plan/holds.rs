//! The memory that a command declares for its steps.

/// Memory of a step, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holds {
    /// While it runs, beside what it leaves.
    pub working: u64,
    /// What it leaves.
    pub kept: u64,
}

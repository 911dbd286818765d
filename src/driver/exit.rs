//! The exit status.

/// The exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    Done,
    /// Something is wrong with the script or the data.
    Error,
    /// Something is wrong with the words after `sca`.
    Usage,
    /// The work does not fit the limit of memory.
    Memory,
    Interrupted,
    /// The reader of standard output is gone: exits as SIGPIPE would have.
    Closed,
    /// Something is wrong with sca.
    Bug,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Error => 1,
            Exit::Usage => 2,
            Exit::Memory => 3,
            Exit::Bug => 101,
            Exit::Interrupted => 130,
            Exit::Closed => 141,
        }
    }

    /// The graver of two.
    pub fn worse(self, other: Exit) -> Exit {
        self.max(other)
    }
}

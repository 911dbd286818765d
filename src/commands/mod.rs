//! The table of commands: one file each, one line here.

use crate::command::{Entry, Registry};

/// Every command, sorted by name.
pub static COMMANDS: Registry = Registry(TABLE);

static TABLE: &[Entry] = &[];

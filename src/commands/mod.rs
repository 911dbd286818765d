//! The commands, one file each, in the chapters of `help`. `src/build.rs` collects them into a table.

mod comparing;
mod files;
mod inputs;
mod passes;
mod plotting;
mod preprocessing;
mod session;
mod structure;

use crate::command::{Entry, Group, Registry, entry};

/// Every command, sorted by name.
pub static COMMANDS: Registry = Registry(TABLE);

include!(concat!(env!("OUT_DIR"), "/commands.rs"));

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
use crate::kernels::methods::pca::{Pca, Standardize};
use crate::kernels::methods::score::GeneSet;
use crate::kernels::stats::sums::GroupSums;
use crate::plan::values::{SentType, SentTypes};
use inputs::groups::Groups;

/// Every command, sorted by name.
pub static COMMANDS: Registry = Registry(TABLE);

/// Intermediate results that workers can be sent. Steps that wait for others run here.
pub const SENT: SentTypes = &[
    SentType::of::<Groups>(),
    SentType::of::<GroupSums>(),
    SentType::of::<Vec<bool>>(),
    SentType::of::<Vec<GeneSet>>(),
    SentType::of::<Standardize>(),
    SentType::of::<Pca>(),
];

include!(concat!(env!("OUT_DIR"), "/commands.rs"));

//! The table of commands: one file each, one line here.

mod compute;
mod exit;
mod explain;
mod help;
mod history;
mod last;
mod methods;
mod profile;
mod qc;
mod redo;
mod restore;
mod script;
mod set;
mod show;
mod undo;

use crate::command::{Entry, Registry, entry};

/// Every command, sorted by name.
pub static COMMANDS: Registry = Registry(TABLE);

static TABLE: &[Entry] = &[
    entry::<compute::Compute>(),
    entry::<exit::Exit>(),
    entry::<explain::Explain>(),
    entry::<help::Help>(),
    entry::<history::History>(),
    entry::<last::Last>(),
    entry::<methods::Methods>(),
    entry::<profile::Profile>(),
    entry::<qc::Qc>(),
    entry::<redo::Redo>(),
    entry::<restore::Restore>(),
    entry::<script::Script>(),
    entry::<set::Set>(),
    entry::<show::Show>(),
    entry::<undo::Undo>(),
];

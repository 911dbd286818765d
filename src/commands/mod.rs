//! The table of commands: one file each, one line here.

mod compute;
mod demo;
mod exit;
mod explain;
mod filter;
mod filter_genes;
mod groups;
mod help;
mod history;
mod hvg;
mod last;
mod leiden;
mod log1p;
mod methods;
mod normalize;
mod pca;
mod profile;
mod qc;
mod read;
mod redo;
mod restore;
mod scale;
mod script;
mod set;
mod show;
mod undo;

use crate::command::{Entry, Registry, entry};

/// Every command, sorted by name.
pub static COMMANDS: Registry = Registry(TABLE);

static TABLE: &[Entry] = &[
    entry::<compute::Compute>(),
    entry::<demo::Demo>(),
    entry::<exit::Exit>(),
    entry::<explain::Explain>(),
    entry::<filter::Filter>(),
    entry::<filter_genes::FilterGenes>(),
    entry::<help::Help>(),
    entry::<history::History>(),
    entry::<hvg::Hvg>(),
    entry::<last::Last>(),
    entry::<leiden::Leiden>(),
    entry::<log1p::Log1p>(),
    entry::<methods::Methods>(),
    entry::<normalize::Normalize>(),
    entry::<pca::Pca>(),
    entry::<profile::Profile>(),
    entry::<qc::Qc>(),
    entry::<read::Read>(),
    entry::<redo::Redo>(),
    entry::<restore::Restore>(),
    entry::<scale::Scale>(),
    entry::<script::Script>(),
    entry::<set::Set>(),
    entry::<show::Show>(),
    entry::<undo::Undo>(),
];

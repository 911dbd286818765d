//! The table of commands: one file each, one line here.

mod annotate;
mod batches;
mod bbknn;
mod colour_scale;
mod compute;
mod demo;
mod dotplot;
mod drawn_genes;
mod elbow;
mod exit;
mod explain;
mod export;
mod filter;
mod filter_genes;
mod gene_lists;
mod gene_values;
mod group_means;
mod group_rows;
mod groups;
mod harmony;
mod heatmap;
mod help;
mod history;
mod hvg;
mod last;
mod leiden;
mod lisi;
mod loadings;
mod log1p;
mod marker_overlap;
mod markers;
mod matrixplot;
mod methods;
mod neighbors;
mod normalize;
mod panels;
mod pca;
mod picture;
mod plot;
mod points;
mod profile;
mod qc;
mod ranks;
mod read;
mod redo;
mod restore;
mod scale;
mod scatter;
mod script;
mod set;
mod show;
mod stacked_violin;
mod tracks;
mod umap;
mod undo;
mod violin;
mod write;

use crate::command::{Entry, Registry, entry};

/// Every command, sorted by name.
pub static COMMANDS: Registry = Registry(TABLE);

static TABLE: &[Entry] = &[
    entry::<annotate::Annotate>(),
    entry::<bbknn::Bbknn>(),
    entry::<compute::Compute>(),
    entry::<demo::Demo>(),
    entry::<dotplot::Dotplot>(),
    entry::<elbow::Elbow>(),
    entry::<exit::Exit>(),
    entry::<explain::Explain>(),
    entry::<export::Export>(),
    entry::<filter::Filter>(),
    entry::<filter_genes::FilterGenes>(),
    entry::<harmony::Harmony>(),
    entry::<heatmap::Heatmap>(),
    entry::<help::Help>(),
    entry::<history::History>(),
    entry::<hvg::Hvg>(),
    entry::<last::Last>(),
    entry::<leiden::Leiden>(),
    entry::<lisi::Lisi>(),
    entry::<loadings::Loadings>(),
    entry::<log1p::Log1p>(),
    entry::<marker_overlap::MarkerOverlap>(),
    entry::<markers::Markers>(),
    entry::<matrixplot::Matrixplot>(),
    entry::<methods::Methods>(),
    entry::<neighbors::Neighbors>(),
    entry::<normalize::Normalize>(),
    entry::<pca::Pca>(),
    entry::<plot::Plot>(),
    entry::<profile::Profile>(),
    entry::<qc::Qc>(),
    entry::<ranks::Ranks>(),
    entry::<read::Read>(),
    entry::<redo::Redo>(),
    entry::<restore::Restore>(),
    entry::<scale::Scale>(),
    entry::<scatter::Scatter>(),
    entry::<script::Script>(),
    entry::<set::Set>(),
    entry::<show::Show>(),
    entry::<stacked_violin::StackedViolin>(),
    entry::<tracks::Tracks>(),
    entry::<umap::Umap>(),
    entry::<undo::Undo>(),
    entry::<violin::Violin>(),
    entry::<write::Write>(),
];

//! The table of commands: one file each, one line here.

mod aggregate;
mod agreement;
mod annotate;
mod autocorrelation;
mod batches;
mod bbknn;
mod bounds;
mod cell_cycle;
mod cell_numbers;
mod clustering;
mod clustree;
mod colour_scale;
mod combat;
mod combined;
mod compute;
mod concat;
mod confusion;
mod counts;
mod de;
mod demo;
mod dendrogram;
mod dendrogram_plot;
mod dense_step;
mod density;
mod density_plot;
mod design;
mod diffmap;
mod dotplot;
mod doublet_cells;
mod downsample;
mod dpt;
mod draw_graph;
mod drawn_genes;
mod elbow;
mod exit;
mod explain;
mod export;
mod filter;
mod filter_genes;
mod gene_lists;
mod gene_scores;
mod gene_set;
mod gene_sums;
mod gene_values;
mod genes_by_group;
mod group_means;
mod group_rows;
mod groups;
mod harmony;
mod heatmap;
mod help;
mod highest_expressed;
mod history;
mod hvg;
mod hvg_plot;
mod ingest;
mod join;
mod joined_columns;
mod joining;
mod label;
mod label_transfer;
mod last;
mod leiden;
mod lisi;
mod loadings;
mod log1p;
mod louvain;
mod marker_overlap;
mod markers;
mod matrixplot;
mod methods;
mod neighbors;
mod neighbour_graph;
mod normalize;
mod order;
mod paga;
mod paga_path;
mod paga_plot;
mod panels;
mod pca;
mod pca_overview;
mod pearson_residuals;
mod picture;
mod plot;
mod points;
mod profile;
mod pseudobulk;
mod qc;
mod ranks;
mod read;
mod redo;
mod regress;
mod rename;
mod representation;
mod restore;
mod sample;
mod scale;
mod scatter;
mod score;
mod script;
mod scrublet;
mod scrublet_histogram;
mod set;
mod show;
mod silhouette;
mod sqrt;
mod stacked_violin;
mod summarise;
mod tracks;
mod trends;
mod tsne;
mod umap;
mod undo;
mod violin;
mod write;

use crate::command::{Entry, Registry, entry};

/// Every command, sorted by name.
pub static COMMANDS: Registry = Registry(TABLE);

static TABLE: &[Entry] = &[
    entry::<aggregate::Aggregate>(),
    entry::<agreement::Agreement>(),
    entry::<annotate::Annotate>(),
    entry::<autocorrelation::Autocorrelation>(),
    entry::<bbknn::Bbknn>(),
    entry::<cell_cycle::CellCycle>(),
    entry::<clustree::Clustree>(),
    entry::<combat::Combat>(),
    entry::<compute::Compute>(),
    entry::<concat::Concat>(),
    entry::<confusion::Confusion>(),
    entry::<de::De>(),
    entry::<demo::Demo>(),
    entry::<dendrogram::Dendrogram>(),
    entry::<dendrogram_plot::DendrogramPlot>(),
    entry::<density::Density>(),
    entry::<density_plot::DensityPlot>(),
    entry::<diffmap::Diffmap>(),
    entry::<dotplot::Dotplot>(),
    entry::<downsample::Downsample>(),
    entry::<dpt::Dpt>(),
    entry::<draw_graph::DrawGraph>(),
    entry::<elbow::Elbow>(),
    entry::<exit::Exit>(),
    entry::<explain::Explain>(),
    entry::<export::Export>(),
    entry::<filter::Filter>(),
    entry::<filter_genes::FilterGenes>(),
    entry::<harmony::Harmony>(),
    entry::<heatmap::Heatmap>(),
    entry::<help::Help>(),
    entry::<highest_expressed::HighestExpressed>(),
    entry::<history::History>(),
    entry::<hvg::Hvg>(),
    entry::<hvg_plot::HvgPlot>(),
    entry::<ingest::Ingest>(),
    entry::<join::Join>(),
    entry::<label::Label>(),
    entry::<last::Last>(),
    entry::<leiden::Leiden>(),
    entry::<lisi::Lisi>(),
    entry::<loadings::Loadings>(),
    entry::<log1p::Log1p>(),
    entry::<louvain::Louvain>(),
    entry::<marker_overlap::MarkerOverlap>(),
    entry::<markers::Markers>(),
    entry::<matrixplot::Matrixplot>(),
    entry::<methods::Methods>(),
    entry::<neighbors::Neighbors>(),
    entry::<normalize::Normalize>(),
    entry::<order::Order>(),
    entry::<paga::Paga>(),
    entry::<paga_path::PagaPath>(),
    entry::<paga_plot::PagaPlot>(),
    entry::<pca::Pca>(),
    entry::<pca_overview::PcaOverview>(),
    entry::<pearson_residuals::PearsonResiduals>(),
    entry::<plot::Plot>(),
    entry::<profile::Profile>(),
    entry::<pseudobulk::Pseudobulk>(),
    entry::<qc::Qc>(),
    entry::<ranks::Ranks>(),
    entry::<read::Read>(),
    entry::<redo::Redo>(),
    entry::<regress::Regress>(),
    entry::<rename::Rename>(),
    entry::<restore::Restore>(),
    entry::<sample::Sample>(),
    entry::<scale::Scale>(),
    entry::<scatter::Scatter>(),
    entry::<score::Score>(),
    entry::<script::Script>(),
    entry::<scrublet::Scrublet>(),
    entry::<scrublet_histogram::ScrubletHistogram>(),
    entry::<set::Set>(),
    entry::<show::Show>(),
    entry::<silhouette::Silhouette>(),
    entry::<sqrt::Sqrt>(),
    entry::<stacked_violin::StackedViolin>(),
    entry::<summarise::Summarise>(),
    entry::<tracks::Tracks>(),
    entry::<trends::Trends>(),
    entry::<tsne::Tsne>(),
    entry::<umap::Umap>(),
    entry::<undo::Undo>(),
    entry::<violin::Violin>(),
    entry::<write::Write>(),
];

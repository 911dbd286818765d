//! Scanpy's public functions (1.12.4, and the preview of 2 in 1.13), each with its equivalent here, or
//! why there is none. Commands declare most equivalents themselves (`like`); this table has the rest.

use super::registry::{Entry, Registry};
use super::spec::Group;

/// A function, and what is to be said beyond the command that is like it.
#[rustfmt::skip]
const FUNCTIONS: &[(&str, &str)] = &[
    ("sc.read", ""),
    ("sc.read_h5ad", ""),
    ("sc.read_10x_h5", ""),
    ("sc.read_10x_mtx", ""),
    ("sc.read_csv", ""),
    ("sc.read_excel", "save the sheet as .csv, then read"),
    ("sc.read_hdf", "h5ad and 10x's h5 are read; other HDF5 files have no fixed shape"),
    ("sc.read_loom", ""),
    ("sc.read_mtx", "read"),
    ("sc.read_text", "read"),
    ("sc.read_umi_tools", "read"),
    ("sc.read_visium", "read of the Space Ranger folder"),
    ("sc.write", ""),
    ("sc.concat", ""),
    ("sc.set_figure_params", "out=, dpi= and cmap= of each figure; set graphics= for the terminal"),
    ("sc.settings", "set"),
    ("sc.settings.preset", "none: Scanpy 2's defaults by name: hvg flavor=seurat_v3_paper; markers and leiden are the same"),
    ("sc.pp.calculate_qc_metrics", ""),
    ("sc.pp.combat", ""),
    ("sc.pp.downsample_counts", ""),
    ("sc.pp.filter_cells", ""),
    ("sc.pp.filter_genes", ""),
    ("sc.pp.filter_genes_dispersion", "replaced by hvg, in scanpy too"),
    ("sc.pp.harmony_integrate", ""),
    ("sc.pp.highly_variable_genes", ""),
    ("sc.pp.log1p", ""),
    ("sc.pp.neighbors", ""),
    ("sc.pp.normalize_per_cell", "replaced by normalize, in scanpy too"),
    ("sc.pp.normalize_total", ""),
    ("sc.pp.pca", ""),
    ("sc.pp.recipe_seurat", "none: filter, filter_genes, normalize, log1p, hvg min_disp=0.5 and scale are close; the recipe selects genes before the logarithm"),
    ("sc.pp.recipe_weinreb17", "none: normalize, log1p, hvg and pca do the same work by later methods"),
    ("sc.pp.recipe_zheng17", "none: normalize, log1p, hvg flavor=cell_ranger and scale are close; the recipe selects genes before the logarithm"),
    ("sc.pp.regress_out", ""),
    ("sc.pp.sample", ""),
    ("sc.pp.scale", ""),
    ("sc.pp.scrublet", ""),
    ("sc.pp.scrublet_simulate_doublets", "scrublet simulates them"),
    ("sc.pp.sqrt", ""),
    ("sc.pp.subsample", ""),
    ("sc.experimental.pp.highly_variable_genes", "hvg flavor=pearson_residuals"),
    ("sc.experimental.pp.normalize_pearson_residuals", ""),
    ("sc.experimental.pp.normalize_pearson_residuals_pca", "pearson_residuals, then pca"),
    ("sc.experimental.pp.recipe_pearson_residuals", "hvg flavor=pearson_residuals, pearson_residuals, pca"),
    ("sc.tl.dendrogram", ""),
    ("sc.tl.diffmap", ""),
    ("sc.tl.dpt", ""),
    ("sc.tl.draw_graph", ""),
    ("sc.tl.embedding_density", ""),
    ("sc.tl.filter_rank_genes_groups", "markers with a condition on the rows of its table"),
    ("sc.tl.ingest", ""),
    ("sc.tl.leiden", ""),
    ("sc.tl.louvain", ""),
    ("sc.tl.marker_gene_overlap", ""),
    ("sc.tl.paga", ""),
    ("sc.tl.paga_compare_paths", "none: for comparing with simulated truth"),
    ("sc.tl.paga_degrees", "none: sums over uns.paga"),
    ("sc.tl.paga_expression_entropies", "none: rarely used"),
    ("sc.tl.rank_genes_groups", ""),
    ("sc.tl.score_genes", ""),
    ("sc.tl.score_genes_cell_cycle", ""),
    ("sc.tl.sim", "none: gene networks are not simulated; demo simulates cells with known types"),
    ("sc.tl.tsne", ""),
    ("sc.tl.umap", ""),
    ("sc.pl.clustermap", "heatmap dendrogram=true; cells are not clustered one by one"),
    ("sc.pl.correlation_matrix", ""),
    ("sc.pl.dendrogram", ""),
    ("sc.pl.diffmap", ""),
    ("sc.pl.dotplot", ""),
    ("sc.pl.DotPlot", "dotplot"),
    ("sc.pl.dpt_groups_pseudotime", "violin dpt_pseudotime by=leiden"),
    ("sc.pl.dpt_timeseries", "heatmap, scatter dpt_pseudotime with a gene"),
    ("sc.pl.draw_graph", ""),
    ("sc.pl.embedding", ""),
    ("sc.pl.embedding_density", ""),
    ("sc.pl.filter_genes_dispersion", "replaced by sc.pl.highly_variable_genes, in scanpy too"),
    ("sc.pl.heatmap", ""),
    ("sc.pl.highest_expr_genes", ""),
    ("sc.pl.highly_variable_genes", ""),
    ("sc.pl.matrix", "matrixplot, heatmap"),
    ("sc.pl.matrixplot", ""),
    ("sc.pl.MatrixPlot", "matrixplot"),
    ("sc.pl.paga", ""),
    ("sc.pl.paga_adjacency", "none: show uns.paga"),
    ("sc.pl.paga_compare", ""),
    ("sc.pl.paga_path", ""),
    ("sc.pl.pca", ""),
    ("sc.pl.pca_scatter", "plot basis=pca"),
    ("sc.pl.pca_loadings", ""),
    ("sc.pl.pca_overview", ""),
    ("sc.pl.pca_variance_ratio", ""),
    ("sc.pl.rank_genes_groups", ""),
    ("sc.pl.rank_genes_groups_dotplot", ""),
    ("sc.pl.rank_genes_groups_heatmap", ""),
    ("sc.pl.rank_genes_groups_matrixplot", ""),
    ("sc.pl.rank_genes_groups_stacked_violin", ""),
    ("sc.pl.rank_genes_groups_tracksplot", ""),
    ("sc.pl.rank_genes_groups_violin", "violin with the marker genes"),
    ("sc.pl.ranking", "ranks for markers, loadings for components"),
    ("sc.pl.scatter", ""),
    ("sc.pl.scrublet_score_distribution", ""),
    ("sc.pl.set_rcParams_defaults", "none: figures are not drawn by matplotlib"),
    ("sc.pl.set_rcParams_scanpy", "none: figures are not drawn by matplotlib"),
    ("sc.pl.sim", "none: see sc.tl.sim"),
    ("sc.pl.spatial", "spatial"),
    ("sc.pl.stacked_violin", ""),
    ("sc.pl.StackedViolin", "stacked_violin"),
    ("sc.pl.timeseries", "none: for simulated data"),
    ("sc.pl.timeseries_as_heatmap", "none: for simulated data"),
    ("sc.pl.timeseries_subplot", "none: for simulated data"),
    ("sc.pl.tracksplot", ""),
    ("sc.pl.tsne", ""),
    ("sc.pl.umap", ""),
    ("sc.pl.violin", ""),
    ("sc.get.aggregate", ""),
    ("sc.get.obs_df", "adata.obs.CD3D = CD3D adds a gene or component (UMAP1) to obs; export adata.obs"),
    ("sc.get.rank_genes_groups_df", ""),
    ("sc.get.var_df", "export adata.var"),
    ("sc.metrics.confusion_matrix", ""),
    ("sc.metrics.gearys_c", ""),
    ("sc.metrics.modularity", ""),
    ("sc.metrics.morans_i", ""),
    ("sc.queries.biomart_annotations", "none: online databases are not queried"),
    ("sc.queries.enrich", "enrich, with gene sets of a .gmt file; nothing is downloaded"),
    ("sc.queries.gene_coordinates", "none: online databases are not queried"),
    ("sc.queries.mitochondrial_genes", "qc mt=\"MT-\" (mouse: \"mt-\")"),
    ("sc.datasets.blobs", ""),
    ("sc.datasets.burczynski06", "none: nothing is downloaded; read a file"),
    ("sc.datasets.ebi_expression_atlas", "none: nothing is downloaded; read a file"),
    ("sc.datasets.krumsiek11", "none: nothing is downloaded; read a file"),
    ("sc.datasets.moignard15", "none: nothing is downloaded; read a file"),
    ("sc.datasets.paul15", "none: nothing is downloaded; read a file"),
    ("sc.datasets.pbmc3k", ""),
    ("sc.datasets.pbmc3k_processed", "none: nothing is downloaded; demo simulates similar cells"),
    ("sc.datasets.pbmc68k_reduced", "none: nothing is downloaded; demo simulates similar cells"),
    ("sc.datasets.toggleswitch", "none: nothing is downloaded; read a file"),
    ("sc.datasets.visium_sge", ""),
    ("sc.logging", "profile, history; notes say what was planned"),
    ("sc.external.pp.bbknn", ""),
    ("sc.external.pp.dca", "none: magic smooths counts; models with neural networks are not trained"),
    ("sc.external.pp.harmony_integrate", ""),
    ("sc.external.pp.hashsolo", ""),
    ("sc.external.pp.magic", ""),
    ("sc.external.pp.mnn_correct", "none: harmony, bbknn and combat integrate batches"),
    ("sc.external.pp.scanorama_integrate", "none: harmony, bbknn and combat integrate batches"),
    ("sc.external.pp.scrublet", ""),
    ("sc.external.tl.cyclone", "none: cell_cycle scores phases"),
    ("sc.external.tl.harmony_timeseries", "none: diffmap, dpt and draw_graph show trajectories"),
    ("sc.external.tl.palantir", "none: diffmap, dpt and magic do its parts"),
    ("sc.external.tl.palantir_results", "none: see sc.external.tl.palantir"),
    ("sc.external.tl.phate", "none: umap, draw_graph and diffmap make embeddings"),
    ("sc.external.tl.phenograph", "neighbors method=jaccard, then louvain or leiden"),
    ("sc.external.tl.sam", "none: hvg selects genes, pca and neighbors follow"),
    ("sc.external.tl.sandbag", "none: cell_cycle scores phases"),
    ("sc.external.tl.trimap", "none: umap, tsne and draw_graph make embeddings"),
    ("sc.external.tl.wishbone", "dpt n_branchings=1"),
    ("sc.external.pl.harmony_timeseries", "none: see sc.external.tl.harmony_timeseries"),
    ("sc.external.pl.phate", "none: see sc.external.tl.phate"),
    ("sc.external.pl.sam", "none: see sc.external.tl.sam"),
    ("sc.external.pl.trimap", "none: see sc.external.tl.trimap"),
    ("sc.external.pl.wishbone_marker_trajectory", "trends"),
    ("sc.external.exporting.cellbrowser", "none: write an .h5ad, which cbImportScanpy reads"),
    ("sc.external.exporting.spring_project", "none: write an .h5ad"),
];

/// Parameters that many of the functions have and no command: what there is instead.
#[rustfmt::skip]
const EVERYWHERE: &[(&str, &str)] = &[
    ("copy", "every statement makes a new version; with `b = …` before it, adata is left unchanged"),
    ("inplace", "every statement makes a new version; with `b = …` before it, adata is left unchanged"),
    ("n_jobs", "`set threads=4` applies to all commands"),
    ("verbose", "long steps show their progress"),
    ("random_state", "results are deterministic"),
    ("use_raw", "values are those of X, or of layer=; `b = adata.raw` makes a dataset from raw"),
    ("chunked", "values are always read block by block"),
    ("chunk_size", "values are always read block by block"),
    ("show", "a figure is shown, or written with out="),
    ("ax", "each figure is separate"),
    ("return_fig", "`fig = …` before it keeps the figure"),
];

/// Values of parameters that other tools call otherwise, and what commands call them.
const WORDS: &[(&str, &str)] = &[
    // A newer implementation of the same test.
    ("wilcoxon_illico", "wilcoxon"),
    // Places of a legend.
    ("on data", "on_data"),
    ("right margin", "right"),
    // Sides of a matrix.
    ("gene", "var"),
    ("genes", "var"),
    ("cell", "obs"),
    ("cells", "obs"),
    // Seurat's.
    ("wilcox", "wilcoxon"),
    ("LogNormalize", "total"),
    ("RC", "total"),
    ("CLR", "clr"),
    ("vst", "seurat_v3"),
];

/// What commands call a value of another tool's.
pub fn same_word(word: &str) -> Option<&'static str> {
    let mut words = WORDS.iter();
    words
        .find(|(theirs, _)| *theirs == word)
        .map(|(_, ours)| *ours)
}

/// Parameters of scanpy's figures that no command has, and what there is instead.
#[rustfmt::skip]
const OF_FIGURES: &[(&str, &str)] = &[
    ("add_outline", "groups= shows groups in color above the others"),
    ("alpha", "points are opaque, in an order in which no group hides another"),
    ("arrows", "velocities are not drawn"),
    ("arrows_kwds", "velocities are not drawn"),
    ("bg_dotsize", "size= is that of all points"),
    ("colorbar_loc", "the color bar stands beside the panel"),
    ("colorbar_title", "the color bar says what is shown; title= stands above the figure"),
    ("dendrogram_key", "the dendrogram is that of by="),
    ("density_norm", "all violins have the same width"),
    ("dot_color_df", "colors are the means of the data; layer= selects the values"),
    ("edges_color", "edges are thin and gray"),
    ("edges_width", "edges are thin and gray"),
    ("expression_cutoff", "fractions are of values above 0"),
    ("fg_dotsize", "size= is that of all points"),
    ("gene_symbols", "genes are named as in var_names; read FILE var_names= names them by a column of var"),
    ("hspace", "panels are spaced so that nothing overlaps; columns= and figsize= arrange them"),
    ("include_lowest", "the lowest loadings are always drawn"),
    ("jitter", "cells are spread by their density; strip=false leaves them out"),
    ("layers", "layer= selects the values"),
    ("left_margin", "panels are spaced so that nothing overlaps; columns= and figsize= arrange them"),
    ("legend_fontoutline", "names on the data have a white outline"),
    ("legend_fontsize", "fontsize= is that of all text"),
    ("legend_fontweight", "names on the data are bold"),
    ("log", "values are log values already; layer= selects others"),
    ("marker", "points are discs; size= sets their size"),
    ("mask_obs", "groups= shows groups in color; or subset the cells: plot(adata[batch == \"a\"])"),
    ("mean_only_expressed", "means are over all cells of a group"),
    ("multi_panel", "each of several keys gets a panel"),
    ("na_in_legend", "cells without a value are listed as NA"),
    ("neighbors_key", "edges=true draws the graph of the last neighbors"),
    ("norm", "vmin=, vmax=, and vcenter= set the color scale"),
    ("num_categories", "numeric columns are not divided into groups; by= needs groups"),
    ("orientation", "sideways=true turns the dendrogram"),
    ("outline_color", "groups= shows groups in color above the others"),
    ("outline_width", "groups= shows groups in color above the others"),
    ("projection", "three components are drawn in pairs: components=[\"1,2\", \"1,3\", \"2,3\"]"),
    ("remove_labels", "groups are always named"),
    ("right_margin", "panels are spaced so that nothing overlaps; columns= and figsize= arrange them"),
    ("rotation", "names are turned where they would overlap"),
    ("row_palette", "violins are colored by their medians: cmap="),
    ("scale", "all violins have the same width"),
    ("scale_factor", "images of tissue are not read"),
    ("show_gene_labels", "genes are always named"),
    ("size", "cells are small points; strip=false leaves them out"),
    ("size_title", "the legend says what is shown; title= stands above the figure"),
    ("smallest_dot", "dot_min= and dot_max= set the range of the fractions"),
    ("stripplot", "cells are not drawn; violin draws them"),
    ("values_df", "values are the means of the data; layer= selects the values"),
    ("var_group_labels", "genes in groups with titles: {T: [CD3D, IL7R], B: [MS4A1]}"),
    ("var_group_positions", "genes in groups with titles: {T: [CD3D, IL7R], B: [MS4A1]}"),
    ("var_group_rotation", "titles of gene groups are placed so that they do not overlap"),
    ("wspace", "panels are spaced so that nothing overlaps; columns= and figsize= arrange them"),
    ("yticklabels", "values have no ticks; vmin= and vmax= set the color scale"),
];

/// What there is instead of a parameter of scanpy's that a command does not have.
pub fn instead(entry: &Entry, param: &str) -> Option<&'static str> {
    let figures = match entry.group {
        Group::Plotting => OF_FIGURES,
        _ => &[],
    };
    let all = entry.spec.without.iter().chain(EVERYWHERE).chain(figures);
    all.copied()
        .find(|(name, _)| *name == param)
        .map(|(_, said)| said)
}

/// What does the work of a function: a command's name, or words. `None` for no function of scanpy.
pub fn answer(registry: Registry, function: &str) -> Option<String> {
    // Some of its functions are anndata's.
    let anndata = function.replacen("sc.", "ad.", 1);
    let external = function
        .strip_prefix("sce.")
        .map(|rest| format!("sc.external.{rest}"));
    let function = external.as_deref().unwrap_or(function);
    let command = registry
        .like(function)
        .or_else(|| registry.like(&anndata))
        .map(|entry| entry.spec.name);
    let said = FUNCTIONS.iter().find(|(name, _)| *name == function);
    match (command, said) {
        (Some(command), Some((_, ""))) => Some(command.to_owned()),
        (_, Some((_, said))) => Some((*said).to_owned()),
        (command, None) => command.map(str::to_owned),
    }
}

/// Every function with its answer: scanpy's own, then others that commands are like.
pub fn dictionary(registry: Registry) -> Vec<(&'static str, String)> {
    let ours = registry.0.iter().flat_map(|entry| entry.spec.like);
    let mut more: Vec<&str> = ours
        .copied()
        .filter(|name| name.starts_with("sc.") && FUNCTIONS.iter().all(|(known, _)| known != name))
        .collect();
    more.sort_unstable();
    more.dedup();
    let known = FUNCTIONS.iter().map(|(name, _)| *name);
    known
        .chain(more)
        .filter_map(|name| Some((name, answer(registry, name)?)))
        .collect()
}

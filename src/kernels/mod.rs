//! Numbers in, numbers out. A kernel sees arrays, a parameter struct and a [`ticker::Ticker`];
//! no dataset, no span, no clock, no name.
//!
//! *Deterministic by construction*: blocks are cut by the data, partial results are merged in
//! block order, random streams are keyed by cell or block, sums are f64. The number of threads
//! never shows in a result.

pub mod aggregate;
pub mod agreement;
pub mod autocorrelation;
pub mod bbknn;
pub mod clustree;
pub mod combat;
pub mod components;
pub mod confusion;
pub mod connectivities;
pub mod covariates;
pub mod dendrogram;
pub mod dense;
pub mod density;
pub mod diffmap;
pub mod downsample;
pub mod dpt;
pub mod eigen;
pub mod exact;
pub mod exponential;
pub mod filter;
pub mod force_layout;
pub mod gemm;
pub mod gene_major;
pub mod harmony;
pub mod hvg;
pub mod kmeans;
pub mod knn;
pub mod lbfgs;
pub mod leiden;
pub mod lisi;
pub mod log1p;
pub mod moderated;
pub mod modularity;
pub mod normalize;
pub mod outlier;
pub mod overlap;
pub mod paga;
pub mod pca;
pub mod pearson;
pub mod per_cell;
pub mod perplexity;
pub mod qc;
pub mod quadtree;
pub mod quantile;
pub mod random;
pub mod rank;
pub mod regress;
pub mod sample;
pub mod scale;
pub mod score;
pub mod scrublet;
pub mod silhouette;
pub mod simulate;
pub mod snn;
pub mod spectral;
pub mod splitmix;
pub mod stress;
pub mod sums;
pub mod ticker;
pub mod tmm;
pub mod trend;
pub mod tsne;
pub mod type_scores;
pub mod umap;
pub mod vote;
mod wide;

/// A block of cells × genes, compressed by row: f32 values, u32 genes, usize row pointers.
/// Column indices ascend within a row.
pub type Rows = sprs::CsMatI<f32, u32, usize>;

/// A borrowed [`Rows`].
pub type RowsView<'a> = sprs::CsMatViewI<'a, f32, u32, usize>;

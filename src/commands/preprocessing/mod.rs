//! Quality control, filters, normalization and corrections of the matrix.

pub mod bounds;
pub mod cell_numbers;
mod centered;
pub mod combat;
pub mod dense_step;
pub mod doublet_cells;
pub mod downsample;
pub mod filter;
pub mod filter_genes;
pub mod gene_set;
pub mod hashsolo;
pub mod hvg;
pub mod join;
mod joined_cells;
mod joined_features;
mod joined_rows;
pub mod log1p;
pub mod magic;
pub mod normalize;
pub mod pearson_residuals;
pub mod qc;
pub mod regress;
pub mod sample;
pub mod scale;
pub mod scrublet;
pub mod sqrt;

//! Sums that are exact, order statistics, tests and linear models.

pub mod exact;
pub mod exponential;
pub mod gene_major;
pub mod kmeans;
pub mod moderated;
pub mod per_cell;
pub mod perplexity;
pub mod quantile;
pub mod rank;
pub mod reduction;
pub mod sums;
pub mod tmm;

//! Readings of the matrix that commands of several chapters share.

pub mod gene_layer;
pub mod gene_major;
pub mod gene_sums;
pub mod panels;

//! Markers, tests, scores, and labels of groups of cells.

pub mod aggregate;
pub mod agreement;
pub mod annotate;
pub mod autocorrelation;
pub mod cell_cycle;
pub mod combined;
pub mod confusion;
pub mod de;
pub mod design;
pub mod gene_lists;
pub mod gene_scores;
mod group_numbers;
mod group_tables;
pub mod ingest;
pub mod label;
pub mod label_transfer;
pub mod lisi;
pub mod marker_overlap;
pub mod markers;
pub mod order;
mod packed_tables;
pub mod pseudobulk;
mod query;
pub mod score;
pub mod sort;
pub mod summarize;
pub mod top;

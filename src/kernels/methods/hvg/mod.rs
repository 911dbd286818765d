//! Highly variable genes, by every method in common use, within batches or without.
//!
//! | method | reads | passes over the cells |
//! |---|---|---|
//! | [`dispersion`] (`seurat`, `cell_ranger`) | log-normalized values | moments |
//! | [`seurat_v3`] | counts | moments, clipped moments |
//! | [`pearson`] | counts | sums, residuals |
//!
//! The moments come from [`crate::kernels::stats::sums::GroupSums`], one group per batch.

pub mod dispersion;
pub mod loess;
pub mod pearson;
mod ranks;
pub mod seurat_v3;

pub use ranks::{RankOrder, Ranking, rank_genes};

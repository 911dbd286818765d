//! Numbers in, numbers out. A kernel sees arrays, a parameter struct and a [`ticker::Ticker`];
//! no dataset, no span, no clock, no name.
//!
//! *Deterministic by construction*: blocks are cut by the data, partial results are merged in
//! block order, random streams are keyed by cell or block, sums are f64. The number of threads
//! never shows in a result.

extern crate self as kernels;

mod fused;
pub mod graph;
pub mod linalg;
pub mod math;
pub mod methods;
mod processor;
pub mod random;
mod simd;
pub mod stats;
pub mod ticker;
pub mod transfer;

/// A block of cells × genes, compressed by row: f32 values, u32 genes, usize row pointers.
/// Column indices ascend within a row.
pub type Rows = sprs::CsMatI<f32, u32, usize>;

/// A borrowed [`Rows`].
pub type RowsView<'a> = sprs::CsMatViewI<'a, f32, u32, usize>;

//! Numbers in, numbers out. A kernel sees arrays, a parameter struct and a [`ticker::Ticker`];
//! no dataset, no span, no clock, no name.
//!
//! *Deterministic by construction*: blocks are cut by the data, partial results are exact or merged
//! in the order of the blocks, random streams are keyed by cell or block, other sums are f64. The
//! number of threads never shows in a result.
//!
//! ```
//! use ndarray::Array2;
//! use sca_kernels::graph::connectivities::{Knn, umap};
//! use sca_kernels::graph::knn::{Params, neighbors};
//! use sca_kernels::methods::leiden::{LeidenParams, leiden};
//! use sca_kernels::ticker::Ticker;
//!
//! // 60 cells in two groups, far from each other.
//! let cells = Array2::from_shape_fn((60, 2), |(i, j)| {
//!     (i / 30 * 100) as f32 + (i * (j + 3) % 7) as f32
//! });
//! let ticker = Ticker::new();
//! let params = Params { n_neighbors: 5, ..Params::default() };
//! let nearest = neighbors(cells.view(), &params, &ticker)?;
//! let knn = Knn::new(nearest.indices.view(), nearest.distances.view())?;
//! let graph = umap(knn, &ticker)?;
//! let clusters = leiden(graph.view(), &LeidenParams::default(), &ticker)?;
//! assert_ne!(clusters[0].labels[0], clusters[0].labels[59]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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

//! Short names of arrays.

/// Positions on the parent axis that are kept, in the order they are kept.
pub type Selection = Vec<u32>;

/// A symmetric or square matrix over cells, compressed by row: a graph.
pub type Graph = sprs::CsMatI<f32, u32, usize>;

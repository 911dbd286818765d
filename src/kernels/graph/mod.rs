//! Nearest neighbors, graphs over cells and what is computed on them.

pub mod components;
pub mod connectivities;
pub mod knn;
pub mod locality;
pub mod quadtree;
pub mod snn;
pub mod spectral;
pub mod stress;

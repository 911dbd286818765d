//! sca: an interactive prompt and a small language for single-cell RNA-seq data.
//!
//! Data flows one way: text → tree → checked plan → blocks → slots → table or figure.

pub mod data;
pub mod diagnostic;
pub mod kernels;
pub mod render;
pub mod source;

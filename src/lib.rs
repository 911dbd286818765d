//! sca: an interactive prompt and a small language for single-cell RNA-seq data.
//!
//! Data flows one way: text → tree → checked plan → blocks → slots → table or figure.

pub mod cli;
pub mod command;
pub mod commands;
pub mod diagnostic;
pub mod eval;
pub mod lang;
pub mod plan;
pub mod render;
pub mod repl;
pub mod session;
pub mod source;

pub use sca_data as data;
pub use sca_io as io;
pub use sca_kernels as kernels;
pub use sca_kernels::math;

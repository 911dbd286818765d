//! sca: an interactive prompt and a small language for single-cell RNA-seq data.
//!
//! Data flows one way: text → tree → checked plan → blocks → slots → table or figure.

pub mod cli;
pub mod command;
pub mod commands;
pub mod data;
pub mod diagnostic;
pub mod eval;
pub mod io;
pub mod kernels;
pub mod lang;
pub mod math;
pub mod plan;
pub mod render;
pub mod repl;
pub mod session;
pub mod source;

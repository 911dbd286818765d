//! sca: an interactive prompt and a small language for single-cell RNA-seq data.
//!
//! Data flows one way: text → tree → checked plan → blocks → slots → table or figure.
//!
//! # As a library
//!
//! ```
//! use sca::commands::COMMANDS;
//! use sca::eval::{Interpreter, Output};
//! use sca::plan::Engine;
//! use sca::session::Session;
//! use sca::source::Source;
//!
//! let engine = Engine::new(Some(2));
//! let source = Source::new("example", "adata = demo pbmc cells=100 genes=200\nqc adata");
//! let parsed = sca::lang::parse(&source);
//! assert!(parsed.diagnostics.is_empty());
//! let mut said = |_: Output| {};
//! let mut interpreter = Interpreter::new(Session::default(), COMMANDS, &engine, &mut said);
//! for statement in &parsed.statements {
//!     interpreter.run(&source, statement).expect("the example runs");
//! }
//! assert!(interpreter.session.get("adata").is_some());
//! ```

pub mod cli;
pub mod command;
pub mod commands;
pub mod diagnostic;
pub mod driver;
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

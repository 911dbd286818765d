//! sca: an interactive prompt and a small language for single-cell RNA-seq data.
//!
//! Data flows one way: text → tree → checked plan → blocks → slots → table or figure.
//!
//! # As a library
//!
//! ```
//! use sca::command::Val;
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
//!     interpreter.run(&source, statement)?;
//! }
//!
//! // The statements have planned; the engine computes what is asked for.
//! let Some(Val::Dataset(adata, _)) = interpreter.session.get("adata") else {
//!     panic!("adata is a dataset");
//! };
//! let totals = sca::plan::aligned(&adata.obs["total_counts"], Some(&adata.cells));
//! let totals = engine.value(&totals)?;
//! assert_eq!(totals.column().map(|column| column.len()), Some(100));
//! # Ok::<(), Box<sca::diagnostic::Diagnostic>>(())
//! ```
//!
//! A mistake is a [`diagnostic::Diagnostic`] with a code, the place in the text, and often a fix:
//!
//! ```
//! # use sca::commands::COMMANDS;
//! # use sca::eval::{Interpreter, Output};
//! # let engine = sca::plan::Engine::new(Some(1));
//! # let mut said = |_: Output| {};
//! # let interpreter = Interpreter::new(Default::default(), COMMANDS, &engine, &mut said);
//! let source = sca::source::Source::new("example", "adata = dmeo pbmc");
//! let parsed = sca::lang::parse(&source);
//! let (mistakes, _) = interpreter.check(&source, &parsed.statements);
//! assert_eq!(mistakes[0].headline, "no command `dmeo`");
//! assert_eq!(mistakes[0].fix.as_ref().map(|fix| fix.text.as_str()), Some("demo"));
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

//! Running statements, for scripts and for the prompt alike, and the process around them.
//!
//! [`runner`] runs them one after another, [`reporter`] prints what they say: results to standard
//! output, everything else to standard error. [`interrupts`] answers Ctrl-C and signals, [`cluster`]
//! has the processes that share passes; the rest is what concerns the operating system.

pub mod allocator;
mod answer;
pub mod cluster;
pub mod exit;
mod explain;
pub mod folders;
pub mod interrupts;
pub mod repair;
pub mod reporter;
pub mod resources;
pub mod runner;
mod wanted;

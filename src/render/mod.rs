//! The only place that writes to a terminal or a file a person looks at.

pub mod dataset;
pub mod diagnostic;
pub mod figure;
pub mod number;
pub mod screen;
pub mod table;

//! Random numbers that depend on a seed and on what they are drawn for.

pub mod generators;
pub mod splitmix;

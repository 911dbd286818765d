//! Commands that read, write and combine files.

pub mod concat;
pub mod demo;
pub mod export;
pub mod joined_columns;
pub mod joining;
mod pattern;
pub mod read;
pub mod rename;
pub mod write;

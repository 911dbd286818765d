//! Commands that read, write and combine files.

pub mod concat;
pub mod demo;
mod demo_slide;
pub mod export;
pub mod joined_columns;
pub mod joining;
mod pattern;
pub mod read;
pub mod rename;
mod slides;
pub mod write;

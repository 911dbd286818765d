//! Results against the reference: whole steps as typed, and kernels from the reference's input.

mod aggregates;
mod batches;
mod blocks;
mod cells;
mod embedding;
mod expression;
mod figures;
mod fixtures;
mod found;
mod graphs;
mod groups;
mod integration;
mod layouts;
mod limma;
mod marker_tables;
mod markers;
mod preparing;
#[path = "../published/mod.rs"]
mod published;
mod read;
mod steps;
mod trajectories;
mod transforms;

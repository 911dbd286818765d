//! The kernels on expression matrices against scanpy 1.11.5 on PBMC 3k.

mod blocks;
mod cells;
mod expression;
mod markers;
mod read;
mod transforms;

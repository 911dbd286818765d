//! Results against the reference: whole steps as typed, and kernels from the reference's input.

mod steps;

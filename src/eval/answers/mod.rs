//! Lines that are nearly right, or another tool's: each is answered with the line that works here.

pub(super) mod additions;
pub(super) mod argument_names;
pub(super) mod dotted;
pub(super) mod dplyr;
pub(super) mod foreign;
pub(super) mod given_twice;
pub(super) mod habits;
pub(super) mod idents;
pub(super) mod matplotlib;
pub(super) mod method_calls;
pub(super) mod mistyped;
pub(super) mod no_part;
pub(super) mod of_columns;
pub(super) mod of_datasets;
pub(super) mod other_commands;
pub(super) mod output_by_place;
pub(super) mod own_names;
pub(super) mod quoted;
pub(super) mod saved_figures;
pub(super) mod sentences;
pub(super) mod seurat;
pub(super) mod translated;
pub(super) mod unknown;
pub(super) mod unknown_arguments;
pub(super) mod unnamed;
pub(super) mod unquoted;

//! What commands of several chapters ask of a dataset: groups, batches, counts, graphs, representations.

pub mod batches;
pub mod counts;
pub mod gene_values;
pub mod groups;
pub mod neighbor_graph;
pub mod representation;

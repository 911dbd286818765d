//! What commands of several chapters ask of a dataset: groups by one column or several, missing values, booleans, counts, graphs, representations; tables of tests; what fits into the memory.

pub mod combinations;
pub mod counts;
pub mod gene_values;
pub mod groups;
pub mod highly_variable;
pub mod joined_groups;
pub mod memory;
pub mod missing;
pub mod neighbor_graph;
pub mod representation;
pub mod stored_markers;
pub mod test_tables;

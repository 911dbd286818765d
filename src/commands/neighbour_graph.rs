//! The neighbour graph that a command works on: that of the last `neighbors`, or one by its name.

use crate::command::Key;
use crate::command::params::GraphKey;
use crate::command::spec::{Need, Want};
use crate::data::Place;

/// The graph in obsp that `neighbors` makes unless it is told a name.
pub const CONNECTIVITIES: &str = "connectivities";

/// The graph that was asked for.
pub fn graph_key(given: Option<GraphKey>) -> String {
    given.map_or_else(|| CONNECTIVITIES.to_owned(), |GraphKey(key)| key)
}

/// What commands with a parameter `graph` need.
pub const GRAPH: Need = Need {
    want: Want::Slot(Place::Obsp, Key::ParamOr("graph", CONNECTIVITIES)),
    what: "a neighbour graph",
    made_by: "neighbors",
};

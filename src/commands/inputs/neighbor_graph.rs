//! The neighbor graph that a command works on: that of the last `neighbors`, or one by its name.

use crate::command::params::GraphKey;
use crate::command::spec::{Need, Want};
use crate::command::{Key, Write};
use crate::data::Place;
use crate::params;

/// The graph in obsp that `neighbors` makes unless it is told a name.
pub const CONNECTIVITIES: &str = "connectivities";

params! {
    /// Which graph a command works on.
    #[derive(Debug, Clone)]
    NeighborGraph {
        /// The graph in obsp; by default that of the last `neighbors` without a name.
        #[also("obsp", "neighbors_key")]
        graph: Option<GraphKey>,
    }
}

impl NeighborGraph {
    /// Its key in obsp.
    pub fn key(&self) -> String {
        self.graph.as_deref().unwrap_or(CONNECTIVITIES).to_owned()
    }
}

/// What commands that make such a graph write.
pub const GRAPH_WRITES: &[Write] = &[
    Write::Slot(Place::Obsp, Key::Is(CONNECTIVITIES)),
    Write::Slot(Place::Obsp, Key::Is("distances")),
    Write::Slot(Place::Uns, Key::Is("neighbors")),
    Write::Slot(Place::Obsp, Key::Pattern("<key>_connectivities")),
    Write::Slot(Place::Obsp, Key::Pattern("<key>_distances")),
    Write::Slot(Place::Uns, Key::Pattern("<key>")),
];

/// What commands with such a list need.
pub const GRAPH: Need = Need {
    want: Want::Slot(Place::Obsp, Key::ParamOr("graph", CONNECTIVITIES)),
    what: "a neighbor graph",
    made_by: "neighbors",
};

//! The lazy engine: what is promised, in which order it is made, and making it.
//!
//! A command adds nodes ([`node`]) and does no work. Asking for values schedules the nodes they
//! need ([`mod@schedule`]): folds over one source are fused into one pass over its blocks ([`pass`]),
//! everything else is a step that runs at once. [`Engine::run`] is the only thing in sca that takes long.
//!
//! A pass is a map over grains and a merging of small partial results ([`mod@fold`], [`total`]): the
//! seam at which more than one process can share it ([`cluster`]).

pub mod align;
pub mod cluster;
pub mod computed_matrix;
pub mod cost;
mod divided;
pub mod edge;
pub mod engine;
mod fault;
pub mod fold;
mod frame;
pub mod gene;
mod gene_panels;
mod holds;
pub mod joined;
mod joined_steps;
mod joined_stored;
pub mod key;
pub mod node;
mod parts;
pub mod pass;
mod preview;
mod rehearsal;
mod reported;
mod rounded;
mod running;
pub mod schedule;
mod staged_copies;
mod subset;
pub mod total;
mod validity;
pub mod values;
pub mod view;

pub use align::{aligned, subgraph};
pub use computed_matrix::{filled_matrix, promised_matrix};
pub use cost::{Cost, Reading, setting};
pub use divided::{Carried, Divided};
pub use edge::{After, Edges, Needs, Private, Promised, Promises, Shared};
pub use engine::{Engine, Event, Report};
pub use fault::Fault;
pub use fold::{Fold, Folding, Order};
pub use frame::Frame;
pub use gene::{gene_column, gene_column_if_there};
pub use gene_panels::{by_genes, panel_by_panel};
pub use holds::Holds;
pub use node::{Context, Node, fold, holds, is_at_hand, light_step, step};
pub use parts::Parts;
pub use preview::corner;
pub use schedule::{Plan, Stage, schedule};
pub use view::{Extent, View};

//! The lazy engine: what is promised, in which order it is made, and making it.
//!
//! A command adds nodes ([`node`]) and does no work. Asking for values schedules the nodes they
//! need ([`schedule`]): folds over one source are fused into one pass over its blocks ([`pass`]),
//! everything else is a whole step. [`run`] is the only thing in sca that takes long.
//!
//! A pass is a map over grains and a merging of small partial results ([`fold`], [`total`]): the
//! seam at which more than one process can share it.

pub mod align;
mod by_genes;
pub mod cluster;
mod corner;
pub mod cost;
pub mod engine;
pub mod fold;
mod frame;
pub mod gene;
pub mod joined;
mod joined_steps;
pub mod key;
pub mod node;
pub mod pass;
mod pick;
pub mod promised;
mod rehearsal;
mod said;
pub mod schedule;
mod show;
mod sound;
mod stage;
pub mod total;
pub mod values;
pub mod view;

pub use align::{aligned, subgraph};
pub use by_genes::by_genes;
pub use corner::corner;
pub use cost::{Cost, Holds, MEMORY, Reading};
pub use engine::{Engine, Event, Report};
pub use fold::{Fold, Folding, Order};
pub use frame::Frame;
pub use gene::gene_column;
pub use node::{Extent, Fault, Node, fold, holds, whole, whole_with_remark};
pub use promised::promised_matrix;
pub use schedule::{Plan, Stage, schedule};
pub use view::View;

//! What a command declares, and what is derived from it: argument binding, checking, help, completion,
//! prerequisites, staleness, history and `script` all follow from a command's [`Spec`] and its
//! parameter list, by code that knows no command.

pub mod args;
pub mod color_limit;
pub mod count_or_auto;
pub mod gene_columns;
pub mod guides;
pub mod help;
pub mod known;
pub mod looked;
pub mod methods;
pub mod missing;
pub mod params;
pub mod references;
pub mod registry;
pub mod reply;
pub mod row_filter;
pub mod scanpy;
pub mod scene;
pub mod slot_keys;
pub mod spec;
pub mod suggest;
pub mod tables;
pub mod transformed;
pub mod value;

pub use args::{Args, Given};
pub use known::NamedGroups;
pub use params::{Arg, Kind, Many, Param, Params};
pub use registry::{Command, Entry, Registry, entry};
pub use reply::{FigureFile, Job, Reply, ScriptRequest, SessionAction, Subject};
pub use scene::{Scene, Settings};
pub use spec::{Group, Key, Need, Sometimes, Spec, Want, When, Write};
pub use value::{Along, LazyColumn, Val};

//! Commands about the session itself: help, history, settings, undo.

pub mod compute;
pub mod edit;
pub mod exit;
pub mod explain;
pub mod help;
pub mod history;
pub mod last;
pub mod methods;
pub mod open;
pub mod profile;
pub mod redo;
pub mod restore;
pub mod save;
pub mod script;
pub mod set;
pub mod show;
pub mod tour;
pub mod undo;

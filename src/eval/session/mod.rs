//! Statements about the session: journal, script, history, saved sessions, help.

pub(super) mod help;
pub(super) mod journal;
pub(super) mod kept_values;
pub(super) mod methods;
pub(super) mod records;
pub(super) mod script;
pub(super) mod session_actions;
pub(super) mod sessions;

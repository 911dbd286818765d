//! What the session is for as a whole: its journal, script and history, sessions that are kept, help.

pub(super) mod help;
pub(super) mod journal;
pub(super) mod kept_values;
pub(super) mod methods;
pub(super) mod records;
pub(super) mod script;
pub(super) mod session_actions;
pub(super) mod sessions;

//! What can stand at the cursor.

use crate::command::Registry;
use crate::session::Session;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What is put on the line.
    pub text: String,
    /// What is shown in the list.
    pub display: String,
    pub description: String,
}

pub fn complete(_: &str, at: usize, _: &Session, _: Registry) -> (usize, Vec<Candidate>) {
    (at, Vec::new())
}

//! `profile`: compute, and show how long each step took.

use crate::command::params::Anything;
use crate::command::{Command, Reply, Scene, SessionAction, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Profile {
        /// What to compute.
        value: Anything,
    }
}

impl Command for Profile {
    const SPEC: Spec = Spec {
        name: "profile",
        summary: "Compute, and show how long each step took.",
        about: "",
        examples: &["profile adata"],
        holds: "nothing",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Profile(self.value.0)))
    }
}

//! `profile`: compute, and show how long each step took.

use crate::command::params::Anything;
use crate::command::{Act, Command, Reply, Scene, Spec};
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
        Ok(Reply::Act(Act::Profile(self.value.0)))
    }
}

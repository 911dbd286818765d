//! `last`: show the last value in full.

use crate::command::{Command, Reply, Scene, SessionAction, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Last {

    }
}

impl Command for Last {
    const SPEC: Spec = Spec {
        name: "last",
        summary: "Show the last value in full.",
        about: "",
        examples: &["last"],
        holds: "nothing",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Last))
    }
}

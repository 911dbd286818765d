//! `exit`: leave sca.

use crate::command::{Command, Reply, Scene, SessionAction, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Exit {

    }
}

impl Command for Exit {
    const SPEC: Spec = Spec {
        name: "exit",
        summary: "Leave sca.",
        about: "",
        examples: &["exit"],
        holds: "nothing",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Exit))
    }
}

//! `help`: explain a command, an error, or a subject.

use crate::command::params::Name;
use crate::command::{Command, Reply, Scene, SessionAction, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Help {
        /// A command, a function, an error code, `scanpy`, `seurat`, or a word to search for.
        topic: Option<Name>,
    }
}

impl Command for Help {
    const SPEC: Spec = Spec {
        name: "help",
        summary: "Explain a command, an error, or a topic.",
        about: "",
        examples: &["help leiden", "help scanpy"],
        holds: "nothing",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Help(
            self.topic.map(|topic| topic.0),
        )))
    }
}

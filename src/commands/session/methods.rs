//! `methods`: write a paragraph on what was done, with references.

use crate::command::params::PathOut;
use crate::command::{Act, Command, Group, Reply, Scene, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Methods {
        /// The file to write; shown if left out.
        out: Option<PathOut>,
    }
}

impl Command for Methods {
    const SPEC: Spec = Spec {
        name: "methods",
        group: Group::Session,
        summary: "Write a paragraph on what was done, with references.",
        about: "",
        examples: &["methods"],
        holds: "nothing: statements are told",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::Act(Act::Methods(self.out.map(|out| out.0.into()))))
    }
}

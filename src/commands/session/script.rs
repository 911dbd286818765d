//! `script`: write the script that gives the present datasets.

use crate::command::params::PathOut;
use crate::command::{Act, Command, Group, Reply, Scene, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Script {
        /// The file to write; shown if left out.
        out: Option<PathOut>,
    }
}

impl Command for Script {
    const SPEC: Spec = Spec {
        name: "script",
        group: Group::Session,
        summary: "Write the script that gives the present datasets.",
        about: "Undone steps are left out, defaults and seeds are spelled out.",
        examples: &["script"],
        holds: "nothing: statements are told",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::Act(Act::Script(self.out.map(|out| out.0.into()))))
    }
}

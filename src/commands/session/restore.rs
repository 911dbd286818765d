//! `restore`: move a dataset to the version it had after a step.

use crate::command::params::{Integer, Name};
use crate::command::{Command, Reply, Scene, SessionAction, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Restore {
        /// The variable to move.
        name: Name,
        /// The step number, as shown by history.
        step: Integer,
    }
}

impl Command for Restore {
    const SPEC: Spec = Spec {
        name: "restore",
        summary: "Restore a dataset to its version after a step.",
        about: "",
        examples: &["qc adata; restore adata step=1"],
        holds: "nothing: versions share unchanged data",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Restore(
            self.name.0,
            self.step.0,
        )))
    }
}

//! `redo`: take the last undo back.

use crate::command::params::{Count, Name};
use crate::command::{Command, Reply, Scene, SessionAction, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Redo {
        /// The variable to move forward again.
        name: Option<Name>,
        /// How many changes.
        n: Count = 1,
    }
}

impl Command for Redo {
    const SPEC: Spec = Spec {
        name: "redo",
        summary: "Redo the last undone change.",
        about: "",
        examples: &["undo adata; redo adata"],
        holds: "nothing: versions share unchanged data",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Redo(
            self.name.map(|name| name.0),
            self.n.0,
        )))
    }
}

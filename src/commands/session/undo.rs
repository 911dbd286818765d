//! `undo`: move a variable back to the version before.

use crate::command::params::{Count, Name};
use crate::command::{Command, Reply, Scene, SessionAction, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Undo {
        /// The variable to move back; by default the one changed last.
        name: Option<Name>,
        /// How many changes.
        n: Count = 1,
    }
}

impl Command for Undo {
    const SPEC: Spec = Spec {
        name: "undo",
        summary: "Undo the last change of a dataset.",
        keywords: "revert back",
        about: "Versions share data, so going back costs nothing.",
        examples: &["undo adata", "undo adata n=2"],
        holds: "nothing: versions share unchanged data",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Undo(
            self.name.map(|name| name.0),
            self.n.0,
        )))
    }
}

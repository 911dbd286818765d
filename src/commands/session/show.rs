//! `show`: show a value as far as it is known.

use crate::command::params::Anything;
use crate::command::{Command, Reply, Scene, SessionAction, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Show {
        /// What to show.
        value: Anything,
    }
}

impl Command for Show {
    const SPEC: Spec = Spec {
        name: "show",
        summary: "Show a value without computing it.",
        about: "Pending values are shown as pending.",
        examples: &["show adata", "show \"{adata.n_vars} genes\""],
        holds: "the value, and what is needed to compute it",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Show(self.value.0)))
    }
}

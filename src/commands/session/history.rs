//! `history`: list the steps that made a dataset.

use crate::command::{Command, Reply, Scene, SessionAction, Spec, Subject};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    History {
        /// The dataset; by default the one that the prompt names.
        adata: Option<Subject>,
    }
}

impl Command for History {
    const SPEC: Spec = Spec {
        name: "history",
        summary: "List the steps that made a dataset.",
        keywords: "provenance log steps",
        about: "Steps that were planned automatically are marked.",
        examples: &["history adata"],
        holds: "nothing",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        let subject = self.adata.unwrap_or(Subject::AtHand);
        Ok(Reply::SessionAction(SessionAction::History(subject)))
    }
}

//! `history`: list the steps that made a dataset.

use crate::command::params::Name;
use crate::command::{Act, Command, Group, Reply, Scene, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    History {
        /// The dataset; the latest, if left out.
        name: Option<Name>,
    }
}

impl Command for History {
    const SPEC: Spec = Spec {
        name: "history",
        group: Group::Session,
        summary: "List the steps that made a dataset.",
        about: "Steps that were planned because a later one needed them are marked.",
        examples: &["history adata"],
        holds: "nothing: statements are told",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::Act(Act::History(self.name.map(|name| name.0))))
    }
}

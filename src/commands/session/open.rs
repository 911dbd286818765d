//! `open`: continue a saved session.

use crate::command::params::PathIn;
use crate::command::{Command, Reply, Scene, SessionAction, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Open {
        /// The .scas file of a session.
        path: PathIn,
    }
}

impl Command for Open {
    const SPEC: Spec = Spec {
        name: "open",
        summary: "Open a saved session.",
        keywords: "session resume continue load workspace",
        about: "Its statements are planned again in the folder where they were run, in place of the present session. Figures and files are not written again, and nothing is computed until it is needed.",
        like: &["load.image"],
        examples: &["save session \"work.scas\"; open \"work.scas\""],
        holds: "nothing",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Open(
            self.path.0.into(),
        )))
    }
}

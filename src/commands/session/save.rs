//! `save`: keep the session in a file.

use crate::command::params::PathOut;
use crate::command::{Command, Reply, Scene, SessionAction, Spec};
use crate::diagnostic::Outcome;
use crate::{params, words};

words! {
    /// What is saved.
    Saved {
        /// the statements that were run
        Session = "session",
    }
}

params! {
    Save {
        /// What to save.
        what: Saved,
        /// The file to write, ending in .scas.
        path: PathOut,
    }
}

impl Command for Save {
    const SPEC: Spec = Spec {
        name: "save",
        summary: "Save the session to continue it later.",
        keywords: "session resume continue workspace RData image",
        about: "The file holds the statements, not the data: open plans them again, and nothing is computed until it is needed. sca work.scas opens it at the start.\nAt the prompt, each statement is kept as it is done: after a crash or a lost connection, sca --resume continues where it ended.\nwrite saves a dataset, script writes the shortest script.",
        like: &["save.image"],
        examples: &["save session \"work.scas\""],
        holds: "nothing",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        let Saved::Session = self.what;
        Ok(Reply::SessionAction(SessionAction::Save(
            self.path.0.into(),
        )))
    }
}

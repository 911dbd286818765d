//! `explain`: show what would run, and in what order, without running it.

use crate::command::params::Anything;
use crate::command::{Command, Reply, Scene, SessionAction, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Explain {
        /// The dataset whose plan is shown.
        value: Anything,
    }
}

impl Command for Explain {
    const SPEC: Spec = Spec {
        name: "explain",
        summary: "Show the execution plan without running it.",
        keywords: "plan memory",
        about: "Each pass reads the file once; steps that share a pass are fused.",
        examples: &["explain adata"],
        holds: "nothing: no value is read",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Explain(self.value.0)))
    }
}

//! `explain`: show what would run, and in what order, without running it.

use crate::command::params::Anything;
use crate::command::{Act, Command, Reply, Scene, Spec};
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
        Ok(Reply::Act(Act::Explain(self.value.0)))
    }
}

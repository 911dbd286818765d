//! `tour`: six steps on example data, for the first ten minutes.

use crate::command::params::Count;
use crate::command::{Command, Reply, Scene, SessionAction, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Tour {
        /// The step to show; by default the next one.
        step: Option<Count>,
    }
}

impl Command for Tour {
    const SPEC: Spec = Spec {
        name: "tour",
        summary: "Show the next step of a tour on example data.",
        keywords: "tutorial getting started introduction",
        about: "Each step is a few statements to type. Anything else may be typed in between, and the tour can be left at any time.",
        examples: &["tour", "tour 2"],
        holds: "nothing",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Tour(
            self.step.map(|step| step.0),
        )))
    }
}

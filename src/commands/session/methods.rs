//! `methods`: write a paragraph on what was done, with references.

use crate::command::params::PathOut;
use crate::command::{Command, Reply, Scene, SessionAction, Spec, Subject};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Methods {
        /// The dataset; by default the one that the prompt names.
        adata: Option<Subject>,
        /// The file to write; by default the text is shown.
        out: Option<PathOut>,
    }
}

impl Command for Methods {
    const SPEC: Spec = Spec {
        name: "methods",
        summary: "Write a methods section with references.",
        keywords: "citation references paper publication",
        about: "",
        examples: &["methods", "methods adata out=methods.md"],
        holds: "nothing",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        let subject = self.adata.unwrap_or(Subject::AtHand);
        let out = self.out.map(|out| out.0.into());
        Ok(Reply::SessionAction(SessionAction::Methods(subject, out)))
    }
}

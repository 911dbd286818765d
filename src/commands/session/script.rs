//! `script`: write the script that gives the present datasets.

use crate::command::params::PathOut;
use crate::command::{Act, Command, Reply, Scene, Spec, Subject};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Script {
        /// The dataset; by default all of them.
        adata: Option<Subject>,
        /// The file to write; by default the text is shown.
        out: Option<PathOut>,
    }
}

impl Command for Script {
    const SPEC: Spec = Spec {
        name: "script",
        summary: "Write the script that reproduces the datasets.",
        keywords: "reproducibility reproducible",
        about: "Undone steps are left out, defaults and seeds are spelled out.",
        examples: &["script", "script adata out=work.sca"],
        holds: "nothing",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        let subject = self.adata.unwrap_or(Subject::AtHand);
        let out = self.out.map(|out| out.0.into());
        Ok(Reply::Act(Act::Script(subject, out)))
    }
}

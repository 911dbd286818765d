//! `script`: write the script that gives the present datasets.

use crate::command::params::{Flag, PathOut};
use crate::command::{Command, Reply, Scene, ScriptRequest, SessionAction, Spec, Subject};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Script {
        /// The dataset; by default all of them.
        adata: Option<Subject>,
        /// The file to write; by default the text is shown.
        out: Option<PathOut>,
        /// Whether to spell out every default, and the steps that were planned automatically.
        full: Flag = false,
    }
}

impl Command for Script {
    const SPEC: Spec = Spec {
        name: "script",
        summary: "Write the shortest script that reproduces the session.",
        keywords: "reproducibility reproducible",
        about: "The script gives the same datasets, bit for bit, and writes the same figures and files. It holds one statement per step, as it was typed; what was undone, failed, or replaced by a later result is left out.",
        examples: &["script", "script adata out=work.sca", "script full=true"],
        holds: "nothing",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Script(ScriptRequest {
            of: self.adata.unwrap_or(Subject::AtHand),
            out: self.out.map(|out| out.0.into()),
            full: self.full.0,
        })))
    }
}

//! `edit`: the last statement in an editor.

use crate::command::{Command, Reply, Scene, SessionAction, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Edit {}
}

impl Command for Edit {
    const SPEC: Spec = Spec {
        name: "edit",
        summary: "Open the last statement in an editor.",
        keywords: "EDITOR vim nano change correct",
        about: "At the prompt only. The editor is the one in VISUAL or EDITOR, or else vi; what it saves is put on the line. As the last line of an unfinished statement, edit opens that one. Ctrl-X Ctrl-E opens the line that is being typed.",
        examples: &["edit"],
        holds: "nothing",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Edit))
    }
}

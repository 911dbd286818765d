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
        about: "At the prompt only. Uses the editor in VISUAL or EDITOR, or else vi; the saved text is put on the prompt. As the last line of an unfinished statement, edit opens that statement. Ctrl-X Ctrl-E opens the line that is being typed.",
        examples: &["edit"],
        holds: "nothing",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Edit))
    }
}

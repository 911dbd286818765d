//! The manual page, from the table of options and the table of commands.

use super::options::{ACTIONS, FLAGS, spelled};
use crate::command::Registry;

/// troff source of sca(1).
pub fn page(registry: Registry) -> String {
    let mut page = format!(
        ".TH SCA 1 \"\" \"sca {}\" \"User Commands\"\n.SH NAME\nsca \\- \
         analyze single-cell RNA-seq data at a prompt or from scripts\n.SH SYNOPSIS\n",
        env!("CARGO_PKG_VERSION")
    );
    for usage in ["", "FILE", "-c TEXT", "-"] {
        page += &format!(".B sca\n{}\n.br\n", escaped(usage));
    }
    for action in ACTIONS {
        page += &format!(".B sca\n{}\n.br\n", escaped(action.usage));
    }
    page += ".SH ACTIONS\n";
    for action in ACTIONS {
        page += &item(action.usage, action.about);
    }
    page += ".SH OPTIONS\n";
    for flag in FLAGS {
        page += &item(&spelled(flag), flag.about);
    }
    page += ".SH COMMANDS\nSee \\fBsca help COMMAND\\fR for details.\n";
    for entry in registry.0 {
        page += &item(entry.spec.name, entry.spec.summary);
    }
    page += ".SH EXIT STATUS\n";
    for (status, meaning) in EXITS {
        page += &item(status, meaning);
    }
    page += ".SH FILES\n";
    page += &item(
        "~/.config/sca/init.sca",
        "run before the prompt and scripts",
    );
    page += &item(
        "~/.config/sca/config.toml",
        "settings kept with set … keep=true",
    );
    page += &item(
        "~/.local/state/sca/history",
        "statements typed at the prompt",
    );
    page + &item(
        "~/.local/state/sca/sessions",
        "sessions that are open, or ended unexpectedly; see --resume",
    )
}

const EXITS: [(&str, &str); 6] = [
    ("0", "done"),
    ("1", "an error in the script or the data"),
    ("2", "wrong usage"),
    ("3", "not enough memory"),
    ("101", "a bug of sca"),
    ("130", "interrupted"),
];

fn item(term: &str, text: &str) -> String {
    format!(".TP\n.B {}\n{}\n", escaped(term), escaped(text))
}

/// Without what troff would take for its own.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    match text.starts_with(['.', '\'']) {
        true => format!("\\&{text}"),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::COMMANDS;

    #[test]
    fn the_page_names_everything() {
        let page = page(COMMANDS);
        for entry in COMMANDS.0 {
            assert!(page.contains(&format!(".B {}\n", escaped(entry.spec.name))));
        }
        assert!(page.contains("\\-\\-keep\\-going"));
        assert_eq!(escaped(".x"), "\\&.x");
    }
}

//! The manual page, from the table of options and the table of commands.

use super::options::{ACTIONS, FLAGS};
use super::usage::spelled;
use crate::command::{Group, Registry};

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
    page += ".SH DESCRIPTION\n";
    for (i, paragraph) in DESCRIPTION.iter().enumerate() {
        page += if i == 0 { "" } else { ".PP\n" };
        page += &format!("{}\n", escaped(paragraph));
    }
    page += ".SH ACTIONS\n";
    for action in ACTIONS {
        page += &item(action.usage, action.about);
    }
    page += ".SH OPTIONS\n";
    for flag in FLAGS {
        page += &item(&spelled(flag), flag.about);
    }
    page += &commands(registry);
    page += ".SH EXIT STATUS\n";
    for (status, meaning) in EXITS {
        page += &item(status, meaning);
    }
    page += ".SH ENVIRONMENT\n";
    for (name, meaning) in ENVIRONMENT {
        page += &item(name, meaning);
    }
    page += ".SH EXAMPLES\n";
    for (line, meaning) in EXAMPLES {
        page += &item(line, meaning);
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

/// The commands by chapter.
fn commands(registry: Registry) -> String {
    let mut page = ".SH COMMANDS\nSee \\fBsca help COMMAND\\fR for details.\n".to_owned();
    let mut groups: Vec<Group> = registry.0.iter().map(|entry| entry.group).collect();
    groups.sort();
    groups.dedup();
    for group in groups {
        page += &format!(".SS {}\n", capitalized(group.word()));
        for entry in registry.0.iter().filter(|entry| entry.group == group) {
            page += &item(entry.spec.name, entry.spec.summary);
        }
    }
    page
}

const DESCRIPTION: [&str; 3] = [
    "sca analyzes single-cell RNA-seq data: quality control, normalization, clustering, \
     embeddings, markers, integration, trajectories, and figures. At the prompt, statements are \
     checked when they are entered, and computed when a result is needed; scripts are checked as \
     a whole before they run.",
    "Data are read from .h5ad, .zarr, 10x, .mtx, .loom, and .csv files in blocks, so that they may \
     be larger than memory. The same statements give the same results, bit for bit, whatever the \
     number of threads and the memory limit.",
    "The language is explained by `sca help syntax`, a first analysis by `sca help start`.",
];

const ENVIRONMENT: [(&str, &str); 7] = [
    ("SCA_CACHE", "folder for temporary files of staged matrices"),
    (
        "SCA_GRAPHICS",
        "how figures are shown: kitty, iterm, sixel, text, or none",
    ),
    ("NO_COLOR", "if set, no colors are used"),
    ("PAGER", "program for texts that are longer than the screen"),
    ("VISUAL, EDITOR", "editor of the command edit"),
    (
        "SLURM_CPUS_PER_TASK",
        "number of threads, unless --threads says otherwise",
    ),
    (
        "XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME",
        "folders in place of ~/.config, ~/.local/state, and ~/.cache",
    ),
];

const EXAMPLES: [(&str, &str); 4] = [
    ("sca pbmc.h5ad", "the prompt, with the file read into adata"),
    (
        "sca run qc.sca --input a.h5ad --max-mt 10",
        "run a script with its parameters",
    ),
    (
        "sca check qc.sca --json",
        "find errors, and list the files that the script reads and writes",
    ),
    (
        "sca -c 'read \"a.h5ad\" | leiden | write \"b.h5ad\"'",
        "run statements",
    ),
];

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

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
    first.to_uppercase() + rest
}

/// Without what troff would take for its own, in plain ASCII.
fn escaped(text: &str) -> String {
    let mut text = text.replace('\\', "\\e").replace('-', "\\-");
    text = text.replace('\'', "\\(aq").replace('`', "\\(ga");
    if !text.is_ascii() {
        let plain = text.chars().map(|c| match c {
            c if c.is_ascii() => c.to_string(),
            c => format!("\\[u{:04X}]", c as u32),
        });
        text = plain.collect();
    }
    if text.starts_with(['.', '\'']) {
        format!("\\&{text}")
    } else {
        text
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
        assert!(page.is_ascii());
    }
}

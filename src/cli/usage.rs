//! The text of `sca --help`.

use super::options::{ACTIONS, FLAGS, Flag};

/// The text of `sca --help`.
pub fn help() -> String {
    let mut text = String::from(
        "sca: an interactive prompt and a small language for single-cell RNA-seq data\n\n",
    );
    let mut line = |left: &str, right: &str| text += &format!("  {left:<40} {right}\n");
    line("sca", "the prompt");
    line(
        "sca FILE.h5ad|.h5|FOLDER",
        "the prompt, with the file read into adata",
    );
    line("sca FILE.scas", "the prompt, with a saved session");
    line("sca demo", "the prompt, with example data");
    line("sca FILE.sca [--param value …]", "run a script");
    line("sca -c TEXT", "run a text");
    line("sca -", "run standard input");
    for action in ACTIONS {
        line(&format!("sca {}", action.usage), action.about);
    }
    text.push('\n');
    for flag in FLAGS {
        text += &format!("  {:<18} {}\n", spelled(flag), flag.about);
    }
    text + "\nexit status: 0 done, 1 an error in the script or data, 2 wrong usage,\n3 not \
            enough memory, 101 a bug of sca, 130 interrupted\n"
}

/// `-c, --command TEXT`.
pub fn spelled(flag: &Flag) -> String {
    let short = flag.short.map(|c| format!("-{c}, ")).unwrap_or_default();
    let value = flag.value.map(|it| format!(" {it}")).unwrap_or_default();
    format!("{short}--{}{value}", flag.name)
}

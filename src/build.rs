//! Writes the table of commands from the folders of `src/commands`, when the crate is compiled.
//!
//! A command is a public module of its chapter that contains `impl Command for …`, so the line
//! `pub mod leiden;` registers it. A macro could declare modules and table together, but rustfmt does not
//! look for files behind a macro, and attributes that collect entries when the program is linked need an
//! unsafe crate.

use std::path::Path;
use std::{env, fs, io};

/// The folders of commands, as [`help`](crate::command::help) lists them.
const CHAPTERS: [&str; 6] = [
    "files",
    "preprocessing",
    "structure",
    "comparing",
    "plotting",
    "session",
];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src/commands");
    let mut rows = Vec::new();
    for chapter in CHAPTERS {
        let folder = Path::new("src/commands").join(chapter);
        for module in public_modules(&fs::read_to_string(folder.join("mod.rs"))?) {
            let code = fs::read_to_string(folder.join(format!("{module}.rs")))?;
            if let Some(command) = command(&code) {
                let group = capitalized(chapter);
                rows.push((
                    module.clone(),
                    format!("    entry::<{chapter}::{module}::{command}>(Group::{group}),\n"),
                ));
            }
        }
    }
    rows.sort();
    let rows: String = rows.into_iter().map(|(_, row)| row).collect();
    let table = format!("static TABLE: &[Entry] = &[\n{rows}];\n");
    let folder = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&folder).join("commands.rs"), table)?;
    template(Path::new(&folder))
}

/// The code of CONTRIBUTING.md as `tests/template.rs` compiles it, from outside of the crate.
fn template(folder: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed=CONTRIBUTING.md");
    let text = fs::read_to_string("CONTRIBUTING.md").unwrap_or_default();
    let mut blocks = text.split("```rust\n").skip(1);
    for name in ["kernel.rs", "command.rs"] {
        let code = blocks.next().and_then(|block| block.split("```").next());
        let code = code.unwrap_or_default();
        let lines = code.lines().filter(|line| !line.starts_with("//!"));
        let code: String = lines.map(|line| line.to_owned() + "\n").collect();
        let code = code
            .replace("crate::kernels::methods::spread", "super::kernel")
            .replace("crate::", "sca::");
        fs::write(folder.join(name), code)?;
    }
    Ok(())
}

/// The names in lines such as `pub mod leiden;`.
fn public_modules(code: &str) -> impl Iterator<Item = String> {
    code.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
}

/// The type that the file declares as a command, if it does.
fn command(code: &str) -> Option<&str> {
    code.lines()
        .find_map(|line| line.strip_prefix("impl Command for ")?.strip_suffix(" {"))
}

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

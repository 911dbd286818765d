//! The manual in `docs/`: what is generated is up to date, and what is written by hand runs.
//!
//! Pages of commands, errors, scripts and the dictionary are made from the declarations;
//! `UPDATE=1 cargo test --test manual` writes them, and draws the pictures. The blocks ```` ```sca ````
//! of a page written by hand run in order, as one script, in a folder of their own.

use sca::command::{Entry, Group, Kind, help, scanpy};
use sca::commands::COMMANDS;
use sca::diagnostic::code::CODES;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src")
}

fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("sca-manual-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// All pages that are not written by hand, by their path under `docs/src`.
fn generated() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for entry in COMMANDS.0 {
        pages.insert(format!("commands/{}.md", entry.spec.name), command(entry));
    }
    pages.insert("commands/README.md".to_owned(), index());
    pages.insert("errors.md".to_owned(), errors());
    pages.insert("from-scanpy.md".to_owned(), from_scanpy());
    pages.insert("from-seurat.md".to_owned(), from_seurat());
    pages.insert("scripts.md".to_owned(), scripts());
    pages.insert("SUMMARY.md".to_owned(), summary());
    pages
}

fn command(entry: &Entry) -> String {
    let spec = entry.spec;
    let mut page = format!("# {}\n\n{}\n", spec.name, prose(spec.summary));
    if !spec.about.is_empty() {
        let _ = write!(page, "\n{}\n", prose(spec.about));
    }
    if !spec.examples.is_empty() {
        page += "\n## Examples\n\n```sca\n";
        for example in spec.examples {
            page += example;
            page.push('\n');
        }
        page += "```\n";
    }
    if entry.group == Group::Plotting && docs().join(picture(entry)).is_file() {
        let _ = write!(page, "\n![{}](../{})\n", spec.name, picture(entry));
    }
    page += &parameters(entry);
    page += &effects(entry);
    for cite in spec.cite {
        let _ = write!(page, "\n{}\n", cite.short);
    }
    page
}

fn picture(entry: &Entry) -> String {
    format!("images/{}.png", entry.spec.name)
}

fn parameters(entry: &Entry) -> String {
    if entry.params.is_empty() {
        return String::new();
    }
    let mut table =
        "\n## Parameters\n\n| parameter | default | meaning |\n|---|---|---|\n".to_owned();
    for param in entry.params {
        let default = match param.default.map(|default| default().to_string()) {
            Some(default) => format!("`{}`", default.replace('|', "\\|")),
            None if param.optional => String::new(),
            None => "required".to_owned(),
        };
        let mut doc = cell(param.doc);
        if let Kind::Choice(words) = param.kind {
            let words: Vec<String> = words
                .iter()
                .map(|(word, doc)| format!("`{word}`: {}", cell(doc)))
                .collect();
            doc = format!("{doc}<br>{}", words.join("<br>"));
        }
        let _ = writeln!(table, "| `{}` | {default} | {doc} |", param.name);
    }
    table
}

fn effects(entry: &Entry) -> String {
    let spec = entry.spec;
    let mut text = String::new();
    for need in spec.reads {
        let made_by = match need.made_by {
            "" => String::new(),
            maker => format!(" (made by [{maker}]({maker}.md))"),
        };
        let condition = need.want.condition();
        let _ = writeln!(text, "- reads {}{made_by}{condition}", prose(need.what));
    }
    for write in spec.writes {
        let _ = writeln!(text, "- writes `{}`", help::written(*write));
    }
    if !spec.holds.is_empty() {
        let _ = writeln!(text, "- keeps in memory: {}", prose(spec.holds));
    }
    if !spec.like.is_empty() {
        let names: Vec<String> = spec.like.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(text, "- known elsewhere as {}", names.join(", "));
    }
    match text.as_str() {
        "" => text,
        _ => format!("\n## Effects\n\n{text}"),
    }
}

/// Text that markdown takes as it stands.
fn prose(text: &str) -> String {
    text.trim().replace('<', "&lt;").replace('*', "\\*")
}

fn cell(text: &str) -> String {
    prose(text).replace('|', "\\|").replace('\n', " ")
}

fn groups() -> Vec<Group> {
    let mut groups: Vec<Group> = COMMANDS.0.iter().map(|entry| entry.group).collect();
    groups.sort();
    groups.dedup();
    groups
}

fn index() -> String {
    let mut page = "# Commands\n".to_owned();
    for group in groups() {
        let _ = write!(page, "\n## {}\n\n| command | |\n|---|---|\n", group.word());
        for entry in COMMANDS.0.iter().filter(|entry| entry.group == group) {
            let name = entry.spec.name;
            let _ = writeln!(
                page,
                "| [{name}]({name}.md) | {} |",
                cell(entry.spec.summary)
            );
        }
    }
    page
}

fn errors() -> String {
    let mut page = "# Errors and warnings by code\n\nEvery message has a code. `help E032` prints its entry at the prompt.\n".to_owned();
    for entry in CODES {
        let (code, title) = (entry.code, entry.title);
        let _ = write!(
            page,
            "\n## {code}: {title}\n\n{}\n",
            prose(entry.explanation)
        );
    }
    page
}

fn from_scanpy() -> String {
    let mut page = "# From Scanpy\n\nColumns and slots have Scanpy's names, and Scanpy's names of parameters are accepted, too \
(`resolution`, `n_neighbors`, `key_added`). Every public function of Scanpy, and what does the same here:\n\n| Scanpy | sca |\n|---|---|\n".to_owned();
    for (theirs, ours) in scanpy::dictionary(COMMANDS) {
        let _ = writeln!(page, "| `{theirs}` | {} |", linked(&ours));
    }
    page
}

fn from_seurat() -> String {
    let mut page = "# From Seurat\n\nMany of Seurat's names of parameters are accepted, with `_` in place of a dot (`features`, `group_by`, `npcs`). \
Functions of Seurat, and the command that does the same:\n\n| Seurat | sca |\n|---|---|\n".to_owned();
    let mut pairs: Vec<(&str, &str)> = COMMANDS
        .0
        .iter()
        .flat_map(|entry| entry.spec.like.iter().map(|name| (*name, entry.spec.name)))
        .filter(|(name, _)| !name.contains('.'))
        .collect();
    pairs.sort_unstable();
    for (theirs, ours) in pairs {
        let _ = writeln!(page, "| `{theirs}` | {} |", linked(ours));
    }
    page
}

/// The name of a command as a link to its page; anything else as it is.
fn linked(answer: &str) -> String {
    match COMMANDS.get(answer) {
        Some(entry) => format!("[{0}](commands/{0}.md)", entry.spec.name),
        None => cell(answer),
    }
}

fn scripts() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("there are scripts")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "sca"))
        .collect();
    paths.sort();
    let mut page = "# Scripts\n\nWhole analyses to start from; all are in `scripts/`, and all of them run in the tests.\n".to_owned();
    for path in paths {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&path).expect("a script can be read");
        let _ = write!(page, "\n## {name}\n\n```sca\n{}\n```\n", text.trim_end());
    }
    page
}

fn summary() -> String {
    let mut page = "# Summary

[sca](README.md)

# Guide

- [Installation](install.md)
- [First ten minutes](first-steps.md)
- [The language](language.md)
- [Files](files.md)
- [Proteins](proteins.md)
- [Tissue](tissue.md)
- [CRISPR screens](screens.md)
- [Large data and memory](memory.md)
- [On a cluster](cluster.md)
- [Reproducibility](reproducibility.md)
- [Figures](figures.md)
- [From Scanpy](from-scanpy.md)
- [From Seurat](from-seurat.md)
- [Scripts](scripts.md)

# Reference

- [Commands](commands/README.md)
"
    .to_owned();
    for entry in COMMANDS.0 {
        let _ = writeln!(page, "  - [{0}](commands/{0}.md)", entry.spec.name);
    }
    page + "- [Errors and warnings](errors.md)\n"
}

#[test]
fn generated_pages_are_up_to_date() {
    let update = std::env::var_os("UPDATE").is_some();
    if update {
        draw_pictures();
    }
    let mut stale = Vec::new();
    for (name, text) in generated() {
        let path = docs().join(&name);
        if fs::read_to_string(&path).is_ok_and(|now| now == text) {
            continue;
        }
        if update {
            fs::create_dir_all(path.parent().expect("it lies in a folder"))
                .expect("it can be made");
            fs::write(&path, text).expect("a page can be written");
        } else {
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "not up to date: {}\nUPDATE=1 cargo test --test manual writes them",
        stale.join(", ")
    );
}

/// What the commands that draw give for their first example.
fn draw_pictures() {
    let folder = scratch("pictures");
    for entry in COMMANDS
        .0
        .iter()
        .filter(|entry| entry.group == Group::Plotting)
    {
        let Some(example) = entry.spec.examples.first() else {
            continue;
        };
        let mut text = format!("adata = demo pbmc\n{example}");
        if !example.contains("out=") {
            text += " out=\"drawn.png\"";
        }
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder can be made");
        let run = sca(&folder, &["-c", &text]);
        let drawn = fs::read_dir(&folder)
            .expect("it can be listed")
            .filter_map(|file| Some(file.ok()?.path()))
            .find(|path| path.extension().is_some_and(|ending| ending == "png"));
        match drawn {
            Some(drawn) => {
                fs::copy(drawn, docs().join(picture(entry))).expect("it can be copied");
            }
            None => panic!("{text}\n{run}"),
        }
    }
    let _ = fs::remove_dir_all(folder);
}

/// Runs the program in a folder; what it said on standard error.
fn sca(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_sca"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}\n{said}");
    said
}

/// Pages written by hand: those in `docs/src` that are not generated.
fn by_hand() -> Vec<PathBuf> {
    let made = generated();
    let mut pages: Vec<PathBuf> = fs::read_dir(docs())
        .expect("docs/src is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            !made.contains_key(name.as_ref())
        })
        .collect();
    pages.sort();
    pages
}

/// The text of the blocks of a page that begin with ```` ```sca ````.
fn blocks(page: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for line in page.lines() {
        match (inside, line.trim_end()) {
            (false, "```sca") => inside = true,
            (true, "```") => inside = false,
            (true, line) => {
                text += line;
                text.push('\n');
            }
            _ => {}
        }
    }
    text
}

#[test]
fn blocks_of_pages_run() {
    let mut run = 0;
    for page in by_hand() {
        let text = blocks(&fs::read_to_string(&page).expect("a page can be read"));
        if text.is_empty() {
            continue;
        }
        let folder = scratch("blocks");
        fs::write(folder.join("page.sca"), &text).expect("a script can be written");
        sca(&folder, &["run", "page.sca"]);
        fs::remove_dir_all(folder).expect("it can be removed");
        run += 1;
    }
    assert!(run > 3, "only {run} pages have statements");
}

/// ```` `sca --json -c 'TEXT'` writes: ```` stands before a block with the lines that it writes.
#[test]
fn lines_of_json_are_those_of_the_page() {
    let path = docs().join("language.md");
    let page = fs::read_to_string(&path).expect("a page can be read");
    let (before, block) = page.split_once("```json\n").expect("there is a block");
    let (block, after) = block.split_once("```").expect("the block ends");
    let text = before.rsplit_once("`sca --json -c '").map(|(_, it)| it);
    let text = text.and_then(|it| Some(it.split_once("'` writes:")?.0));
    let folder = scratch("json");
    let output = Command::new(env!("CARGO_BIN_EXE_sca"))
        .args(["--no-init", "--json", "-c", text.expect("a line to run")])
        .current_dir(&folder)
        .output()
        .expect("the program starts");
    fs::remove_dir_all(folder).expect("it can be removed");
    let said = String::from_utf8_lossy(&output.stdout);
    if std::env::var_os("UPDATE").is_some() {
        let page = format!("{before}```json\n{said}```{after}");
        fs::write(&path, page).expect("a page can be written");
    } else {
        assert_eq!(said, block);
    }
}

#[test]
fn every_page_is_in_the_summary_and_every_link_leads_somewhere() {
    let summary = summary();
    let mut wrong = Vec::new();
    for page in by_hand() {
        let name = page
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !summary.contains(&format!("({name})")) {
            wrong.push(format!("{name} is not in the summary"));
        }
        let text = fs::read_to_string(&page).expect("a page can be read");
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let target = link.split('#').next().unwrap_or_default();
            let outside = target.contains("://") || target.is_empty();
            if !outside && !docs().join(target).exists() {
                wrong.push(format!("{name}: {link}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

//! Files and folders, those that fit the parameter first.

use super::{Candidate, ends_with};
use std::path::{Path, PathBuf};

/// What `read` can read.
const DATA: &[&str] = &[
    ".h5ad", ".h5", ".loom", ".mtx", ".mtx.gz", ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt",
    ".txt.gz", ".zarr",
];

/// Data files and folders that begin as a path does; other files only if there are none.
pub fn data(typed: &str) -> Vec<Candidate> {
    let (found, others): (Vec<Candidate>, Vec<Candidate>) = listed(typed)
        .into_iter()
        .filter(|(_, name)| name.starts_with(last(typed)))
        .map(|(path, _)| {
            (
                ends_with(&path, DATA) || path.is_dir(),
                candidate(typed, &path),
            )
        })
        .fold(
            (Vec::new(), Vec::new()),
            |(mut found, mut others), (fits, candidate)| {
                if fits {
                    found.push(candidate)
                } else {
                    others.push(candidate)
                }
                (found, others)
            },
        );
    if found.is_empty() { others } else { found }
}

/// Folders, and files with an ending if one is given.
pub fn matching(typed: &str, ending: Option<&str>) -> Vec<Candidate> {
    let fits = |path: &Path| {
        path.is_dir() || ending.is_none_or(|ending| ends_with(path, &[&format!(".{ending}")]))
    };
    listed(typed)
        .into_iter()
        .filter(|(path, name)| name.starts_with(last(typed)) && fits(path))
        .map(|(path, _)| candidate(typed, &path))
        .collect()
}

/// What is typed after the last separator.
fn last(typed: &str) -> &str {
    typed.rsplit('/').next().unwrap_or(typed)
}

fn folder(typed: &str) -> &str {
    &typed[..typed.len() - last(typed).len()]
}

/// The folder a path is in, as it lies on the disk.
fn place(typed: &str) -> PathBuf {
    match (folder(typed), std::env::home_dir()) {
        ("", _) => PathBuf::from("."),
        (folder, Some(home)) if folder.starts_with("~/") => home.join(&folder[2..]),
        (folder, _) => PathBuf::from(folder),
    }
}

/// Entries of the folder; hidden ones only if a dot is typed.
fn listed(typed: &str) -> Vec<(PathBuf, String)> {
    let entries = std::fs::read_dir(place(typed)).into_iter().flatten();
    let mut listed: Vec<(PathBuf, String)> = entries
        .flatten()
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (entry.path(), name)
        })
        .filter(|(_, name)| !name.starts_with('.') || last(typed).starts_with('.'))
        .collect();
    listed.sort_by(|a, b| a.1.cmp(&b.1));
    listed
}

fn candidate(typed: &str, path: &Path) -> Candidate {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (end, about) = match std::fs::metadata(path) {
        Ok(facts) if facts.is_dir() && ends_with(path, &[".zarr"]) => ("", "zarr store".to_owned()),
        Ok(facts) if facts.is_dir() => ("/", "folder".to_owned()),
        Ok(facts) => ("", crate::render::number::bytes(facts.len())),
        Err(_) => ("", String::new()),
    };
    Candidate::new(format!("{}{name}{end}", folder(typed)), about)
}

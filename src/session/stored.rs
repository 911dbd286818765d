//! A session as text: the statements that made it, each with the time when it was run. Reading
//! them back plans the same work again.
//!
//! The text is a script with comments that this module reads: `# sca session` at its beginning,
//! `#folder` for relative paths, and `#@` with seconds since 1970 before each statement.

use super::journal::Entry;
use std::path::{Path, PathBuf};

const HEADING: &str = "# sca session";
const FOLDER: &str = "#folder ";
const TIME: &str = "#@";

/// What is before the statements.
pub fn heading(folder: Option<&Path>) -> String {
    let folder = folder
        .and_then(Path::to_str)
        .filter(|it| !it.contains('\n'));
    let folder = folder.map_or(String::new(), |it| format!("{FOLDER}{it}\n"));
    format!("{HEADING} {}\n{folder}", env!("CARGO_PKG_VERSION"))
}

/// A statement as it is stored; nothing for one that changed nothing.
pub fn stored(entry: &Entry) -> String {
    if !entry.acts() && !entry.shows {
        return String::new();
    }
    let time = entry.at.map_or(String::new(), |at| format!("{TIME}{at}\n"));
    format!("{time}{}\n", entry.text)
}

/// Whether a text is a stored session.
pub fn is_session(text: &str) -> bool {
    text.starts_with(HEADING)
}

/// The folder that paths are relative to.
pub fn folder(text: &str) -> Option<PathBuf> {
    let lines = text.lines().take_while(|line| line.starts_with('#'));
    let mut folders = lines.filter_map(|line| line.strip_prefix(FOLDER));
    folders.next().map(PathBuf::from)
}

/// When the statement that begins at an offset was run.
pub fn time(text: &str, start: usize) -> Option<i64> {
    let before = text.get(..start)?.trim_end();
    let line = before.rsplit('\n').next()?;
    line.strip_prefix(TIME)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_found_again() {
        let entry = |text: &str, at| Entry {
            text: text.to_owned(),
            at: Some(at),
            shows: true,
            ..Entry::default()
        };
        let text = heading(Some(Path::new("/data/run 1")))
            + &stored(&entry("a = demo", 1_764_438_001))
            + &stored(&entry("qc a", 1_764_438_002))
            + &stored(&Entry::default());
        assert!(is_session(&text));
        assert_eq!(folder(&text), Some("/data/run 1".into()));
        let start = text.find("qc a").unwrap();
        assert_eq!(time(&text, start), Some(1_764_438_002));
        assert_eq!(time(&text, 0), None);
        assert!(text.ends_with("qc a\n"));
    }
}

//! The history of a dataset as its file stores it, for the next reader.

use super::dataset::Dataset;
use super::history::Step;
use super::slot::{Place, SlotName};
use super::uns::Uns;

/// What a file calls the dataset in the statements that it records.
pub const RECORDED_AS: &str = "adata";

impl Dataset {
    /// The statements that sca recorded in the file that was read, oldest first.
    pub fn recorded_history(&self) -> Vec<String> {
        let slot = self.slot(&SlotName::new(Place::Uns, "sca"));
        let value = slot.and_then(|slot| slot.value.known().ok().flatten());
        let record = value.and_then(|value| value.uns());
        match record.and_then(|record| record.get("history")) {
            Some(Uns::Texts(texts)) => texts.iter().map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// The steps that a file records of this dataset: those of the file it was read from, and those
    /// since, with the names of files alone.
    pub fn recorded_steps(&self) -> Vec<String> {
        let own = self.history.steps().into_iter();
        let own = own.map(|step| step.recorded());
        self.recorded_history().into_iter().chain(own).collect()
    }
}

impl Step {
    /// Its statement as a file records it: of a dataset of one name, with the names of files alone.
    pub fn recorded(&self) -> String {
        without_folders(&self.statement.of(RECORDED_AS))
    }
}

/// A statement with the names of files alone: their folders reveal where the user works, and mean
/// nothing elsewhere.
fn without_folders(statement: &str) -> String {
    let mut text = String::new();
    let mut rest = statement;
    while let Some((before, after)) = rest.split_once('"') {
        text += before;
        text.push('"');
        let end = end_of_text(after);
        let (inside, next) = after.split_at(end);
        let file = inside.rsplit(['/', '\\']).find(|part| !part.is_empty());
        text += file.filter(|_| is_path(before, inside)).unwrap_or(inside);
        match next.strip_prefix('"') {
            Some(next) => {
                text.push('"');
                rest = next;
            }
            None => rest = next,
        }
    }
    text + rest
}

/// Where a text ends; a quote in it has a backslash before it.
fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().find(|&(_, c)| {
        let found = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        found
    });
    end.map_or(text.len(), |(at, _)| at)
}

/// What `read` reads, and what begins as a path from the root, the home or another folder does. URLs are
/// none: they mean the same everywhere.
fn is_path(before: &str, text: &str) -> bool {
    if text.contains("://") {
        return false;
    }
    let before = before.trim_end().trim_end_matches("path=");
    let is_read = before.trim_end().trim_end_matches('(').trim_end();
    let is_read = is_read
        .strip_suffix("read")
        .is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
    let begins = ["/", "~/", "./", "../", "\\\\"];
    let drive =
        matches!(text.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    is_read || drive || begins.iter().any(|begin| text.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::without_folders;

    #[test]
    fn files_keep_their_names_and_lose_their_folders() {
        for (statement, expected) in [
            ("read \"/data/ann/a.h5ad\"", "read \"a.h5ad\""),
            ("read \"data/a.h5ad\"", "read \"a.h5ad\""),
            ("read \"s3://b/x.zarr\"", "read \"s3://b/x.zarr\""),
            (
                "read path=\"data/folder/\" genes=rows",
                "read path=\"folder\" genes=rows",
            ),
            (r#"read "C:\\ann\\a.csv""#, "read \"a.csv\""),
            (
                "adata.obs.x = (read \"d/t.csv\").x",
                "adata.obs.x = (read \"t.csv\").x",
            ),
            (
                "label adata {\"0\": \"CD4/CD8\"}",
                "label adata {\"0\": \"CD4/CD8\"}",
            ),
            ("score adata \"../sets/s.gmt\"", "score adata \"s.gmt\""),
            (
                r#"label adata {"0": "a \"b"}"#,
                r#"label adata {"0": "a \"b"}"#,
            ),
            ("filter adata (x == \"open", "filter adata (x == \"open"),
        ] {
            assert_eq!(without_folders(statement), expected);
        }
    }
}

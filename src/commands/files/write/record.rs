//! What a written file says of how it was made: `uns/sca`.

use crate::data::{Dataset, Names, Uns};
use crate::io::h5ad::{made_record, state_record};
use std::sync::Arc;

/// What each matrix holds, and the history.
pub fn record(data: &Dataset) -> Uns {
    let steps: Names = data
        .history
        .steps()
        .iter()
        .map(|step| without_folders(&step.statement.replace("{}", "adata")))
        .collect();
    let known = state_record(data).into_iter();
    let start = Uns::map().with("version", env!("CARGO_PKG_VERSION"));
    let stated = known.fold(start, |record, (part, of_each)| match &of_each {
        Uns::Map(map) if map.is_empty() => record,
        _ => record.with(part, of_each),
    });
    stated
        .with("made", made_record(data))
        .with("history", Uns::Texts(Arc::new(steps)))
}

/// A statement with the names of files alone: their folders say where somebody works, and mean
/// nothing elsewhere.
fn without_folders(statement: &str) -> String {
    let mut text = String::new();
    let mut rest = statement;
    while let Some((before, after)) = rest.split_once('"') {
        text += before;
        text.push('"');
        let end = end_of_text(after);
        let (inside, next) = after.split_at(end);
        text += match is_path(before, inside) {
            true => inside.rsplit(['/', '\\']).find(|part| !part.is_empty()),
            false => None,
        }
        .unwrap_or(inside);
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

/// What `read` reads, and what begins as a path from the root, the home or another folder does.
fn is_path(before: &str, text: &str) -> bool {
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

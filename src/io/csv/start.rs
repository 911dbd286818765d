//! The beginning of a text: its encoding, comments, and how its lines end.

use crate::data::FileError;
use std::path::Path;

/// Lines of old Macs end with a carriage return alone.
pub fn check_line_ends(path: &Path, text: &[u8]) -> Result<(), FileError> {
    let text = text.trim_ascii_end();
    if text.contains(&b'\n') || !text.contains(&b'\r') {
        return Ok(());
    }
    let problem = "its lines end with carriage returns alone, as on old Macs";
    Err(FileError::new(path, problem).remedy("convert it first: tr '\\r' '\\n' < FILE > NEW"))
}

/// The length of the line `sep=;` that Excel understands; fields tell what is between them.
fn separator_hint(text: &[u8]) -> usize {
    let end = memchr::memchr(b'\n', text).map_or(0, |end| end + 1);
    let line = text[..end].trim_ascii().to_ascii_lowercase();
    let line = line.strip_prefix(b"\"").unwrap_or(&line);
    let hints = line.starts_with(b"sep=") && matches!(line.len(), 5 | 6);
    if hints { end } else { 0 }
}

/// What is before the first line: a mark of the encoding, comments.
pub struct Start {
    pub skipped: usize,
    /// The last comment.
    pub comment: Option<String>,
}

impl Start {
    pub fn of(text: &[u8]) -> Self {
        let mark = if text.starts_with(&[0xef, 0xbb, 0xbf]) {
            3
        } else {
            0
        };
        let mark = mark + separator_hint(&text[mark..]);
        let comments: usize = text[mark..]
            .split_inclusive(|&byte| byte == b'\n')
            .take_while(|line| line.starts_with(b"#"))
            .map(<[u8]>::len)
            .sum();
        let skipped = mark + comments;
        let comment = String::from_utf8_lossy(&text[mark..skipped]);
        let comment = comment
            .lines()
            .last()
            .map(|line| line[1..].trim().to_owned());
        Start { skipped, comment }
    }

    pub fn rest<'a>(&self, text: &'a [u8]) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(&text[self.skipped..])
    }

    pub fn first_line(&self, text: &[u8]) -> String {
        let rest = self.rest(text);
        rest.lines().next().unwrap_or_default().to_owned()
    }
}

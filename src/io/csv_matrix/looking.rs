//! Going through a file for its lines, not for its numbers: names, and where something is.

use super::row::Fields;
use super::{Layout, line_of};
use crate::data::{FileError, Names};
use crate::io::text::Pieces;
use std::path::Path;

/// The number of the line that begins at this byte of the decoded text.
pub fn line_at(path: &Path, at: u64) -> Result<usize, FileError> {
    let mut pieces = Pieces::open(path)?;
    let (mut before, mut line) = (0, 0);
    loop {
        let piece = pieces.next()?;
        let left = at - before;
        if piece.is_empty() || piece.len() as u64 >= left {
            return Ok(line + line_of(&piece[..piece.len().min(left as usize)]));
        }
        line += line_of(&piece) - 1;
        before += piece.len() as u64;
    }
}

/// The numbers of the first two lines whose names are the same.
pub fn lines_named(layout: &Layout, name: &str) -> Result<Vec<usize>, FileError> {
    let mut pieces = Pieces::open(&layout.path)?;
    let (mut at, mut line, mut found) = (0, 0, Vec::new());
    loop {
        let piece = pieces.next()?;
        if piece.is_empty() || found.len() == 2 {
            return Ok(found);
        }
        for text in piece.split_inclusive(|&byte| byte == b'\n') {
            line += 1;
            at += text.len() as u64;
            let first = Fields::new(text.trim_ascii_end(), layout.shape.separator).next();
            let same = matches!(first, Some(Ok(first)) if first == name);
            if at > layout.body && same && found.len() < 2 {
                found.push(line);
            }
        }
    }
}

/// The first fields of all lines, unread but for them.
pub fn first_fields(layout: &Layout) -> Result<Names, FileError> {
    let mut pieces = Pieces::open(&layout.path)?;
    let (mut at, mut names) = (0, Vec::new());
    loop {
        let piece = pieces.next()?;
        if piece.is_empty() {
            return Ok(names.into_iter().collect());
        }
        for text in piece.split_inclusive(|&byte| byte == b'\n') {
            at += text.len() as u64;
            if at <= layout.body || text.trim_ascii_end().is_empty() {
                continue;
            }
            let first = Fields::new(text.trim_ascii_end(), layout.shape.separator).next();
            names.push(match first {
                Some(Ok(first)) => first.into_owned(),
                _ => String::new(),
            });
        }
    }
}

//! Goes through a file for its lines, not for its numbers: names, and positions of lines.

use super::row::Fields;
use super::{Layout, line_of};
use crate::data::{FileError, Names};

/// The number of the line that begins at this byte of the decoded text.
pub fn line_at(layout: &Layout, at: u64) -> Result<usize, FileError> {
    let mut pieces = layout.pieces()?;
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

/// The texts of all lines, a list for each of their columns; numbers are not looked at.
pub fn texts(layout: &Layout) -> Result<Vec<Names>, FileError> {
    let mut pieces = layout.pieces()?;
    let n_texts = layout.shape.n_texts;
    let (mut at, mut n_lines) = (0, 0);
    let mut texts = vec![Vec::new(); n_texts];
    loop {
        let piece = pieces.next()?;
        if piece.is_empty() {
            break;
        }
        for text in piece.split_inclusive(|&byte| byte == b'\n') {
            at += text.len() as u64;
            if at <= layout.body || text.trim_ascii_end().is_empty() {
                continue;
            }
            n_lines += 1;
            let mut fields = Fields::new(text.trim_ascii_end(), layout.shape.separator);
            for column in &mut texts {
                column.push(match fields.next() {
                    Some(Ok(field)) => field.into_owned(),
                    _ => String::new(),
                });
            }
        }
    }
    Ok(match n_texts {
        0 => vec![layout.numbered(n_lines)],
        _ => texts
            .into_iter()
            .map(|column| column.into_iter().collect())
            .collect(),
    })
}

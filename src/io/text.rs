//! Text files, compressed or not, line by line or in large pieces.
//!
//! gzip, bzip2 and .zip archives of one file are recognized by their first bytes, whatever the
//! name says.

mod blanks;
mod zipped;

use super::paths::{cannot_open, plain_file};
use crate::data::{FileError, stop};
use blanks::Blanks;
use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use std::io::{Cursor, Read};
use std::path::Path;

/// Bytes of a piece that one core parses at a time.
const PIECE: usize = 4 << 20;

/// A text file as pieces that end at line ends.
pub struct Pieces {
    path: std::path::PathBuf,
    from: Box<dyn Read + Send>,
    /// The beginning of a line whose end was not read yet.
    rest: Vec<u8>,
}

impl Pieces {
    /// Opens a file, compressed or not.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        Ok(Pieces {
            path: path.to_owned(),
            from: decoded(path)?,
            rest: Vec::new(),
        })
    }

    /// The same with every run of blanks outside of quotes as one tab.
    pub fn of_blanks(path: &Path) -> Result<Self, FileError> {
        Ok(Pieces {
            path: path.to_owned(),
            from: Box::new(Blanks::new(decoded(path)?)),
            rest: Vec::new(),
        })
    }

    /// The next piece: whole lines, the last of the file perhaps without its end. Empty at the end.
    pub fn next(&mut self) -> Result<Vec<u8>, FileError> {
        let mut piece = std::mem::take(&mut self.rest);
        loop {
            stop::check(&self.path)?;
            let before = piece.len();
            let wanted = PIECE.saturating_sub(before).max(PIECE / 2) as u64;
            self.from
                .by_ref()
                .take(wanted)
                .read_to_end(&mut piece)
                .map_err(|error| unreadable(&self.path, &error))?;
            if piece.len() == before {
                return Ok(piece);
            }
            if let Some(end) = piece.iter().rposition(|&byte| byte == b'\n') {
                self.rest = piece.split_off(end + 1);
                return Ok(piece);
            }
        }
    }

    /// The whole file.
    pub fn all(mut self) -> Result<Vec<u8>, FileError> {
        let mut all = Vec::new();
        loop {
            let piece = self.next()?;
            if piece.is_empty() {
                return Ok(all);
            }
            all.extend_from_slice(&piece);
        }
    }
}

/// The first bytes of a text, at most `most`.
pub fn head(path: &Path, most: u64) -> Result<Vec<u8>, FileError> {
    let mut head = Vec::new();
    let read = decoded(path)?.take(most).read_to_end(&mut head);
    read.map_err(|error| unreadable(path, &error))?;
    Ok(head)
}

/// A text with every run of blanks outside of quotes as one tab.
pub fn blanks_as_tabs(text: &[u8]) -> impl Read + '_ {
    Blanks::new(text)
}

/// Whether a file begins as a compressed one does.
pub fn is_packed(start: &[u8]) -> bool {
    start.starts_with(&[0x1f, 0x8b]) || start.starts_with(b"BZh") || start.starts_with(ZIP)
}

/// The first bytes of a .zip.
const ZIP: &[u8] = b"PK\x03\x04";

fn unreadable(path: &Path, error: &std::io::Error) -> FileError {
    FileError::new(path, format!("cannot be read ({error})")).remedy("copy or download it again")
}

/// The text of a file as it was before it was compressed.
fn decoded(path: &Path) -> Result<Box<dyn Read + Send>, FileError> {
    let mut file = plain_file(path)?;
    let mut start = Vec::new();
    (&mut file)
        .take(4)
        .read_to_end(&mut start)
        .map_err(|error| cannot_open(path, &error))?;
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        let fault = FileError::new(path, "is text in UTF-16, as spreadsheets may save it");
        return Err(fault.remedy("save it as UTF-8"));
    }
    if start.starts_with(ZIP) {
        return zipped::open(path, file);
    }
    let all = Cursor::new(start.clone()).chain(file);
    Ok(match &start[..] {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(all)),
        [b'B', b'Z', b'h', ..] => Box::new(MultiBzDecoder::new(all)),
        _ => Box::new(all),
    })
}

/// The text of bytes of a file, the first of which is in line `first`.
///
/// # Errors
/// They are no UTF-8: the line where that is.
pub fn utf8<'t>(path: &Path, bytes: &'t [u8], first: usize) -> Result<&'t str, FileError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = first + memchr::memchr_iter(b'\n', before).count();
        FileError::new(path, format!("line {line} is not UTF-8 text")).remedy(ENCODING)
    })
}

/// What to do about texts of another encoding.
pub const ENCODING: &str = "save it as UTF-8 (in Excel: \"CSV UTF-8\"), or convert it: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW";

/// Lines without their ends, Unix or Windows.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let n = usize::from(!text.is_empty());
    text.split(|&byte| byte == b'\n')
        .take(if n == 0 { 0 } else { usize::MAX })
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::testing::folder;
    use std::io::Write;

    #[test]
    fn pieces_end_at_lines_and_gzip_does_not_matter() {
        let folder = folder("pieces");
        let text: String = (0..700_000).map(|i| format!("line {i}\r\n")).collect();
        std::fs::write(folder.join("a.txt"), &text).unwrap();
        let gz = std::fs::File::create(folder.join("b.txt")).unwrap();
        let mut gz = flate2::write::GzEncoder::new(gz, flate2::Compression::fast());
        gz.write_all(text.as_bytes()).unwrap();
        gz.finish().unwrap();
        for name in ["a.txt", "b.txt"] {
            let mut pieces = Pieces::open(&folder.join(name)).unwrap();
            let mut all = Vec::new();
            loop {
                let piece = pieces.next().unwrap();
                if piece.is_empty() {
                    break;
                }
                assert_eq!(piece.last(), Some(&b'\n'));
                all.extend_from_slice(&piece);
            }
            assert_eq!(all, text.as_bytes());
        }
    }

    #[test]
    fn another_encoding_is_told() {
        let folder = crate::io::testing::folder("utf16");
        let path = folder.join("a.csv");
        std::fs::write(&path, b"\xff\xfea\0,\0").unwrap();
        let error = Pieces::open(&path).err().unwrap();
        assert_eq!(error.remedy.as_deref(), Some("save it as UTF-8"));
    }

    #[test]
    fn lines_lose_their_ends() {
        assert_eq!(
            lines(b"a\r\n\nb").collect::<Vec<_>>(),
            [&b"a"[..], b"", b"b"]
        );
        assert_eq!(lines(b"").count(), 0);
    }
}

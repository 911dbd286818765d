//! Text files, compressed or not, line by line or in large pieces.

use super::h5::cannot_open;
use crate::data::{FileError, stop};
use flate2::read::MultiGzDecoder;
use std::io::Read;
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
    /// Opens a file; gzip is recognized by its first bytes, whatever the name says.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let mut file = super::plain_file(path)?;
        let mut start = [0; 2];
        let mut n = 0;
        while n < 2 {
            match file
                .read(&mut start[n..])
                .map_err(|error| cannot_open(path, &error))?
            {
                0 => break,
                more => n += more,
            }
        }
        if matches!(start, [0xff, 0xfe] | [0xfe, 0xff]) {
            let fault = FileError::new(path, "is text in UTF-16, as spreadsheets may save it");
            return Err(fault.remedy("save it as UTF-8"));
        }
        let all = std::io::Cursor::new(start[..n].to_vec()).chain(file);
        let from: Box<dyn Read + Send> = match start {
            [0x1f, 0x8b] => Box::new(MultiGzDecoder::new(all)),
            _ => Box::new(all),
        };
        Ok(Pieces {
            path: path.to_owned(),
            from,
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
                .map_err(|error| {
                    let fault = format!("cannot be read ({error})");
                    FileError::new(&self.path, fault).remedy("copy or download it again")
                })?;
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

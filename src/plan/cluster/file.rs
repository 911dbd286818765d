//! Frames in a file, for processes that share a folder and no pipe: a line that says so, the version of sca
//! as it greets on a pipe, one more frame, and a digest of everything before, by which a file that is cut
//! off or damaged is seen.

use super::PROTOCOL;
use super::frame::{Frame, Kind};
use crate::data::FileError;
use crate::io::unfinished;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

const BEGINNING: &str = "sca frames ";

/// Why a file has no frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// It is missing, cut off or damaged.
    Damaged(String),
    /// Another sca has written it.
    OtherVersion(String),
}

impl Unread {
    pub fn said(self) -> String {
        match self {
            Unread::Damaged(said) | Unread::OtherVersion(said) => said,
        }
    }
}

fn first_line() -> String {
    format!("{BEGINNING}{PROTOCOL}\n")
}

fn digest(bytes: &[u8]) -> [u8; 8] {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish().to_le_bytes()
}

/// Writes a file, which is there when it is complete.
///
/// # Errors
/// The folder is gone, or the disk is full.
pub fn write(path: &Path, version: &str, frame: &Frame) -> Result<(), FileError> {
    let mut bytes = first_line().into_bytes();
    for frame in [&Frame::text(Kind::Hello, version), frame] {
        let written = frame.write(&mut bytes);
        written.map_err(|error| FileError::new(path, error.to_string()))?;
    }
    let digest = digest(&bytes);
    bytes.extend(digest);
    unfinished::write(path, &bytes)
}

/// The frame of a file that sca of this version wrote.
///
/// # Errors
/// See [`Unread`].
pub fn read(path: &Path, version: &str) -> Result<Frame, Unread> {
    let shown = path.display();
    let bytes = fs::read(path).map_err(|error| Unread::Damaged(format!("{shown}: {error}")))?;
    let damaged = || Unread::Damaged(format!("{shown} is damaged"));
    let Some(rest) = bytes.strip_prefix(first_line().as_bytes()) else {
        return Err(if bytes.starts_with(BEGINNING.as_bytes()) {
            Unread::OtherVersion(format!("{shown} was written by another version of sca"))
        } else {
            damaged()
        });
    };
    match bytes.split_last_chunk::<8>() {
        Some((content, last)) if digest(content) == *last => {}
        _ => return Err(damaged()),
    }
    let mut rest = rest;
    let hello = Frame::read(&mut rest).map_err(|_| damaged())?;
    if hello.said() != version {
        let writer = hello.said();
        return Err(Unread::OtherVersion(format!(
            "{shown} was written by sca {writer}, this is {version}"
        )));
    }
    Frame::read(&mut rest).map_err(|_| damaged())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_or_of_another_version_is_told_apart() {
        let name = format!("sca-frames-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let frame = Frame::new(Kind::Found, vec![1, 2, 3]);
        write(&path, "1.0", &frame).unwrap();
        assert_eq!(read(&path, "1.0"), Ok(frame));
        let Err(Unread::OtherVersion(said)) = read(&path, "1.1") else {
            panic!("another version is read");
        };
        assert!(said.ends_with("was written by sca 1.0, this is 1.1"));
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            assert!(read(&path, "1.0").is_err(), "{cut} bytes");
            let mut other = whole.clone();
            other[cut] ^= 1;
            fs::write(&path, &other).unwrap();
            assert!(read(&path, "1.0").is_err(), "byte {cut}");
        }
        fs::write(&path, "sca frames 0\n").unwrap();
        assert!(matches!(read(&path, "1.0"), Err(Unread::OtherVersion(_))));
        fs::remove_file(&path).unwrap();
    }
}

//! Messages between coordinator and workers: a length, a kind, a body.

use std::io::{self, Read, Write};

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// From a worker, when it has started: its version.
    Hello,
    /// To a worker: what a pass needs ([`super::Stage`]). Answered by `Planned`, `Elsewhere` or
    /// `Refused`.
    Stage,
    Planned,
    /// To a worker: a range of grains of the last stage. Answered by `Found`, `Elsewhere` or `Stopped`.
    Map,
    /// Totals of a range.
    Found,
    /// To a worker: two totals of the last stage. Answered by `Found`, their sum.
    Merge,
    /// The pass cannot be mapped by this worker: why.
    Elsewhere,
    /// The version or a file is not the same: which.
    Refused,
    /// To a worker, while it works.
    Stop,
    Stopped,
}

const KINDS: [Kind; 10] = [
    Kind::Hello,
    Kind::Stage,
    Kind::Planned,
    Kind::Map,
    Kind::Found,
    Kind::Merge,
    Kind::Elsewhere,
    Kind::Refused,
    Kind::Stop,
    Kind::Stopped,
];

impl Kind {
    /// The kind with this number.
    pub fn of(number: u8) -> Option<Self> {
        KINDS.get(usize::from(number)).copied()
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub kind: Kind,
    pub body: Vec<u8>,
}

impl Frame {
    pub fn new(kind: Kind, body: Vec<u8>) -> Self {
        Frame { kind, body }
    }

    pub fn text(kind: Kind, text: &str) -> Self {
        Frame::new(kind, text.as_bytes().to_vec())
    }

    /// The body as a text to be read.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The length of the body as u64, the kind as a byte, the body.
    ///
    /// # Errors
    /// The other side is gone.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let kind = KINDS.iter().position(|kind| *kind == self.kind);
        to.write_all(&(self.body.len() as u64).to_le_bytes())?;
        to.write_all(&[kind.unwrap_or_default() as u8])?;
        to.write_all(&self.body)?;
        to.flush()
    }

    /// # Errors
    /// The other side is gone, or sends something else.
    pub fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut head = [0; 9];
        from.read_exact(&mut head)?;
        let mut length = [0; 8];
        length.copy_from_slice(&head[..8]);
        let length = u64::from_le_bytes(length);
        let kind = Kind::of(head[8]).ok_or(io::ErrorKind::InvalidData)?;
        // Not reserved at once: a length may be wrong.
        let mut body = Vec::new();
        let n = from.take(length).read_to_end(&mut body)?;
        if n as u64 == length {
            Ok(Frame { kind, body })
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_follow_each_other() {
        let mut bytes = Vec::new();
        let first = Frame::text(Kind::Hello, "0.2.0");
        first.write(&mut bytes).unwrap();
        Frame::new(Kind::Stop, Vec::new())
            .write(&mut bytes)
            .unwrap();
        let mut rest = &bytes[..];
        assert_eq!(Frame::read(&mut rest).unwrap(), first);
        assert_eq!(Frame::read(&mut rest).unwrap().kind, Kind::Stop);
        assert!(Frame::read(&mut rest).is_err());
        for end in 0..bytes.len() - 9 {
            assert!(Frame::read(&mut &bytes[..end]).is_err());
        }
        bytes[8] = 99;
        assert!(Frame::read(&mut &bytes[..]).is_err());
    }
}

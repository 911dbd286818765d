//! Runs of blanks as one tab: what R's `write.table` and aligned tables have between fields.

use std::io::{ErrorKind, Read, Result};

/// Bytes that are read at once.
const BUFFER: usize = 1 << 16;

/// A text with a tab for every run of spaces and tabs. Blanks in quotes stay, those at the
/// beginning and the end of a line go.
pub struct Blanks<R> {
    from: R,
    raw: Vec<u8>,
    ready: Vec<u8>,
    /// How much of `ready` was handed on.
    at: usize,
    place: LineState,
}

/// Where in a line the next byte stands.
#[derive(Default)]
struct LineState {
    /// Something of the line was there already.
    begun: bool,
    /// After a blank.
    blank: bool,
    quoted: bool,
}

impl<R: Read> Blanks<R> {
    pub fn new(from: R) -> Self {
        Blanks {
            from,
            raw: vec![0; BUFFER],
            ready: Vec::new(),
            at: 0,
            place: LineState::default(),
        }
    }
}

impl LineState {
    fn take(&mut self, byte: u8, to: &mut Vec<u8>) {
        match byte {
            // Names have no line ends: a quote that is left open ends with its line.
            b'\n' => {
                *self = LineState::default();
                to.push(b'\n');
            }
            b' ' | b'\t' | b'\r' if !self.quoted => self.blank = true,
            _ => {
                if self.blank && self.begun {
                    to.push(b'\t');
                }
                self.quoted ^= byte == b'"';
                (self.begun, self.blank) = (true, false);
                to.push(byte);
            }
        }
    }
}

impl<R: Read> Read for Blanks<R> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        while self.at == self.ready.len() {
            let n = match self.from.read(&mut self.raw) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                read => read?,
            };
            if n == 0 {
                return Ok(0);
            }
            self.ready.clear();
            self.at = 0;
            for &byte in &self.raw[..n] {
                self.place.take(byte, &mut self.ready);
            }
        }
        let n = to.len().min(self.ready.len() - self.at);
        to[..n].copy_from_slice(&self.ready[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_become_tabs_and_quotes_keep_theirs() {
        let text = "  c1 c2   c3 \r\n\"a b\"\t 1  2 3\n\n \"open\n x y";
        let mut found = String::new();
        Blanks::new(text.as_bytes())
            .read_to_string(&mut found)
            .unwrap();
        assert_eq!(found, "c1\tc2\tc3\n\"a b\"\t1\t2\t3\n\n\"open\nx\ty");
    }
}

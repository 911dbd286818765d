//! From text to packed blocks: ranges of a plain file on all cores at once, pieces of a compressed
//! one in their order.
//!
//! Ranges follow from the size of the file alone and grains from the ranges, so that neither
//! threads nor memory show in the blocks.

use super::lines::line_at;
use super::row::{self, Entries, Shape, Signs, Wrong};
use super::{Layout, told};
use crate::data::matrix::{GRAIN_CELLS, GRAIN_VALUES};
use crate::data::{FileError, Progress, Rows};
use crate::io::exact::Bytes;
use crate::io::packed::{Packed, Pile};
use crate::io::positioned::read_exact_at;
use crate::io::text::{self, Pieces};
use rayon::prelude::*;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Bytes of a range: enough to fill a grain of a usual count matrix, few enough for all cores.
const RANGE: Range<u64> = 1 << 20..64 << 20;
/// Ranges of a file, unless that makes them too small or too large.
const RANGES: u64 = 64;
/// Bytes that are read from the file at once.
const BUFFER: usize = 1 << 20;
/// Values that are looked at to tell counts from anything else.
const SAMPLE: usize = 4096;
/// Lines that are looked at for it, at the beginning.
const LINES: usize = 16;

/// The grains of some lines, in their order, and the texts at their beginnings.
#[derive(Default)]
pub struct Part {
    pub grains: Vec<Packed>,
    /// Those of one line after the other.
    pub texts: Vec<String>,
    pub n_lines: usize,
    /// Lines, columns and values of whole numbers that f32 rounds.
    pub exact: Vec<(u64, u32, Bytes)>,
    pub signs: Signs,
}

/// Why reading ended early.
enum Stop {
    /// A line that begins at this byte of the text, and what is wrong with it; whether the file
    /// ends with it.
    Line(u64, Wrong, bool),
    File(FileError),
    Told,
}

impl From<FileError> for Stop {
    fn from(error: FileError) -> Self {
        Stop::File(error)
    }
}

/// Lines on their way into grains.
struct Gathering<'a> {
    shape: &'a Shape,
    pile: &'a Pile,
    ends: Vec<usize>,
    entries: Entries,
    part: Part,
}

impl<'a> Gathering<'a> {
    fn new(shape: &'a Shape, pile: &'a Pile) -> Self {
        Gathering {
            shape,
            pile,
            ends: vec![0],
            entries: Entries::default(),
            part: Part::default(),
        }
    }

    /// Takes a line; `at` is where it begins, `last` whether the file ends with it, unfinished.
    fn line(&mut self, line: &[u8], at: u64, last: bool) -> Result<(), Stop> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return Ok(());
        }
        let before = self.entries.values.len();
        row::read(line, self.shape, &mut self.entries, &mut self.part.texts)
            .map_err(|wrong| Stop::Line(at, wrong, last))?;
        let number = self.part.n_lines as u64;
        let exact = self.entries.exact.drain(..);
        let exact = exact.map(|(column, bytes)| (number, column, bytes));
        self.part.exact.extend(exact);
        self.part.signs.join(self.entries.signs);
        self.part.n_lines += 1;
        let cells = self.ends.len() - 1;
        let over = self.entries.values.len() as u64 > GRAIN_VALUES;
        if cells > 0 && (cells == GRAIN_CELLS || over) {
            let columns = self.entries.columns.split_off(before);
            let values = self.entries.values.split_off(before);
            self.pack()?;
            self.entries = Entries {
                columns,
                values,
                ..Entries::default()
            };
        }
        self.ends.push(self.entries.values.len());
        Ok(())
    }

    fn pack(&mut self) -> Result<(), FileError> {
        let shape = (self.ends.len() - 1, self.shape.n_columns);
        let ends = std::mem::replace(&mut self.ends, vec![0]);
        let entries = std::mem::take(&mut self.entries);
        let rows = Rows::new(shape, ends, entries.columns, entries.values);
        self.part.grains.push(self.pile.add(&rows)?);
        Ok(())
    }

    fn finish(mut self) -> Result<Part, FileError> {
        if self.ends.len() > 1 {
            self.pack()?;
        }
        Ok(self.part)
    }
}

/// Reads the lines of `text`, which begins at byte `at` of the file; `last` if the file ends
/// with it.
fn gather(text: &[u8], at: u64, last: bool, shape: &Shape, pile: &Pile) -> Result<Part, Stop> {
    let mut gathering = Gathering::new(shape, pile);
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text) {
        gathering.line(&text[start..end], at + start as u64, false)?;
        start = end + 1;
    }
    gathering.line(&text[start..], at + start as u64, last)?;
    Ok(gathering.finish()?)
}

/// A text in memory.
pub fn read_text(layout: &Layout, text: &[u8], pile: &Pile) -> Result<Part, FileError> {
    gather(text, layout.body, true, &layout.shape, pile).map_err(|stop| explain(layout, stop))
}

/// The file, all of it.
pub fn read_file(
    layout: &Layout,
    pile: &Pile,
    progress: &dyn Progress,
) -> Result<Vec<Part>, FileError> {
    let file = open(&layout.path)?;
    let parts = if layout.blanks || is_packed(&file) {
        in_pieces(layout, pile, progress)
    } else {
        plain(layout, &file, pile, progress)
    };
    parts.map_err(|stop| explain(layout, stop))
}

pub fn open(path: &Path) -> Result<File, FileError> {
    crate::io::paths::plain_file(path)
}

pub fn is_packed(file: &File) -> bool {
    let mut start = [0; 4];
    read_exact_at(file, &mut start, 0).is_ok() && text::is_packed(&start)
}

pub fn is_bzip2(file: &File) -> bool {
    let mut start = [0; 3];
    read_exact_at(file, &mut start, 0).is_ok() && &start == b"BZh"
}

fn size(path: &Path, file: &File) -> Result<u64, FileError> {
    let metadata = file.metadata();
    let metadata = metadata.map_err(|error| crate::io::paths::cannot_open(path, &error))?;
    Ok(metadata.len())
}

fn plain(
    layout: &Layout,
    file: &File,
    pile: &Pile,
    progress: &dyn Progress,
) -> Result<Vec<Part>, Stop> {
    let size = size(&layout.path, file)?;
    progress.begin(size);
    let step = ((size - layout.body.min(size)) / RANGES).clamp(RANGE.start, RANGE.end);
    let starts: Vec<u64> = (layout.body..size).step_by(step as usize).collect();
    let failed = AtomicUsize::new(usize::MAX);
    let read = |(number, &start): (usize, &u64)| {
        // Ranges after a mistake do not matter; those before it do: the first one is told.
        if failed.load(Relaxed) < number {
            return Ok(Part::default());
        }
        let range = start..(start + step).min(size);
        let part = Lines::new(layout, file, size).gather(range, pile, progress);
        if part.is_err() {
            failed.fetch_min(number, Relaxed);
        }
        part
    };
    let parts: Vec<Result<Part, Stop>> = starts.par_iter().enumerate().map(read).collect();
    parts.into_iter().collect()
}

/// Lines of a file that begin in a range of it, through a small buffer.
struct Lines<'a> {
    layout: &'a Layout,
    file: &'a File,
    size: u64,
    buffer: Vec<u8>,
    /// The part of the buffer that was filled, and where in the file it begins.
    filled: usize,
    at: u64,
}

impl<'a> Lines<'a> {
    fn new(layout: &'a Layout, file: &'a File, size: u64) -> Self {
        Lines {
            layout,
            file,
            size,
            buffer: vec![0; BUFFER],
            filled: 0,
            at: 0,
        }
    }

    /// Drops `used` bytes and reads more; false at the end of the file.
    fn more(&mut self, used: usize) -> Result<bool, FileError> {
        self.buffer.copy_within(used..self.filled, 0);
        self.filled -= used;
        self.at += used as u64;
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        let next = self.at + self.filled as u64;
        let n = (self.buffer.len() - self.filled).min((self.size - next) as usize);
        let to = &mut self.buffer[self.filled..self.filled + n];
        read_exact_at(self.file, to, next).map_err(|error| {
            FileError::new(&self.layout.path, format!("cannot be read ({error})"))
                .remedy("copy or download it again")
        })?;
        self.filled += n;
        Ok(n > 0)
    }

    fn gather(
        mut self,
        range: Range<u64>,
        pile: &Pile,
        progress: &dyn Progress,
    ) -> Result<Part, Stop> {
        let mut gathering = Gathering::new(&self.layout.shape, pile);
        // A line that begins before the range belongs to another one, up to its end.
        let inside = range.start > self.layout.body;
        self.at = range.start - u64::from(inside);
        let (mut start, mut searched, mut skip) = (0, 0, inside);
        loop {
            if self.at + start as u64 >= range.end && !skip {
                break;
            }
            let Some(end) = memchr::memchr(b'\n', &self.buffer[searched..self.filled]) else {
                searched = self.filled - start;
                let before = self.filled - start;
                if self.more(start)? {
                    start = 0;
                    if !progress.advance((self.filled - before) as u64) {
                        return Err(Stop::Told);
                    }
                    continue;
                }
                if !skip {
                    gathering.line(&self.buffer[..self.filled], self.at, true)?;
                }
                break;
            };
            let end = searched + end;
            if !skip {
                gathering.line(&self.buffer[start..end], self.at + start as u64, false)?;
            }
            skip = false;
            start = end + 1;
            searched = start;
        }
        Ok(gathering.finish()?)
    }
}

/// Pieces are decoded one after the other, and parsed while the next ones are decoded.
fn in_pieces(layout: &Layout, pile: &Pile, progress: &dyn Progress) -> Result<Vec<Part>, Stop> {
    let mut pieces = layout.pieces()?;
    progress.begin(0);
    let mut at = 0;
    let mut parts = Vec::new();
    let mut waiting = next(&mut pieces, &mut at)?;
    while !waiting.is_empty() {
        let parse = |(at, text): &(u64, Vec<u8>)| {
            let from = layout.body.saturating_sub(*at).min(text.len() as u64);
            let last = text.last() != Some(&b'\n');
            gather(&text[from as usize..], at + from, last, &layout.shape, pile)
        };
        let (parsed, more) = rayon::join(
            || waiting.par_iter().map(parse).collect::<Vec<_>>(),
            || next(&mut pieces, &mut at),
        );
        for part in parsed {
            parts.push(part?);
        }
        let bytes: usize = waiting.iter().map(|(_, text)| text.len()).sum();
        if !progress.advance(bytes as u64) {
            return Err(Stop::Told);
        }
        waiting = more?;
    }
    Ok(parts)
}

/// As many pieces as there are threads, with where they begin.
fn next(pieces: &mut Pieces, at: &mut u64) -> Result<Vec<(u64, Vec<u8>)>, FileError> {
    let mut found = Vec::new();
    while found.len() < rayon::current_num_threads() {
        let piece = pieces.next()?;
        if piece.is_empty() {
            break;
        }
        let start = *at;
        *at += piece.len() as u64;
        found.push((start, piece));
    }
    Ok(found)
}

/// A few stored values, of the first lines.
pub fn sample(layout: &Layout, text: &[u8]) -> Result<Vec<f32>, FileError> {
    let mut entries = Entries::default();
    let mut texts = Vec::new();
    let mut read = |line: &[u8]| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // What is wrong with a line is said when it is read for good.
        if line.is_empty() {
            return;
        }
        match row::read(line, &layout.shape, &mut entries, &mut texts) {
            // Whole numbers have this many digits.
            Ok(()) | Err(Wrong::Digits { .. }) => {}
            Err(_) => entries.values.push(f32::NAN),
        }
        entries.values.truncate(SAMPLE);
    };
    let mut first = text.split(|&byte| byte == b'\n').take(LINES);
    match first.next() {
        Some(line) => check_first(layout, line)?,
        None => return Ok(Vec::new()),
    }
    text.split(|&byte| byte == b'\n')
        .take(LINES)
        .for_each(&mut read);
    Ok(entries.values)
}

fn check_first(layout: &Layout, line: &[u8]) -> Result<(), FileError> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let stop = |wrong| explain(layout, Stop::Line(layout.body, wrong, false));
    row::read(
        line,
        &layout.shape,
        &mut Entries::default(),
        &mut Vec::new(),
    )
    .or_else(|wrong| match wrong {
        Wrong::Digits { .. } => Ok(()),
        wrong => Err(stop(wrong)),
    })
}

/// What stopped the reading, with the number of the line.
fn explain(layout: &Layout, stop: Stop) -> FileError {
    match stop {
        Stop::File(error) => error,
        Stop::Told => FileError::stopped(&layout.path),
        Stop::Line(at, wrong, last) => match line_at(layout, at) {
            Ok(line) => told(layout, line, &wrong, last),
            Err(error) => error,
        },
    }
}

//! A delimited matrix as a source of blocks, read as a whole when its first value is requested.

use super::Layout;
use super::lines;
use super::reading::{self, Part};
use super::row::Signs;
use crate::data::matrix::{StoredForm, StoredMatrix};
use crate::data::{
    Blocks, Column, ElementType, FileError, InFile, Load, Names, NumberType, Progress, Rows, State,
    StoredSparse, Value,
};
use crate::io::exact::ExactValues;
use crate::io::packed::{PackedBlocks, Pile};
use crate::io::paths::file_name;
use crate::io::{Opened, cache};
use std::fs::Metadata;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::SystemTime;

/// Lines of a file; what they are, cells or genes, is for others to say.
#[derive(Debug)]
pub struct Source {
    layout: Layout,
    sample: Vec<f32>,
    /// Size and time of the file that was looked at.
    stamp: (u64, Option<SystemTime>),
    packed: bool,
    /// The texts of the lines, where they were asked for before all else.
    texts: OnceLock<Vec<Names>>,
    read: OnceLock<Lines>,
    reading: Mutex<()>,
}

#[derive(Debug)]
struct Lines {
    blocks: PackedBlocks,
    /// What blocks round.
    exact: Option<ExactValues>,
    /// A list for each column of texts; of numbers, where there is none.
    texts: Vec<Arc<Names>>,
    /// The names among them, numbered where they repeat.
    names: Arc<Names>,
}

struct Unwatched;

impl Progress for Unwatched {
    fn begin(&self, _: u64) {}

    fn advance(&self, _: u64) -> bool {
        true
    }
}

impl Source {
    pub fn new(layout: Layout, sample: Vec<f32>) -> Result<Self, FileError> {
        let file = reading::open(&layout.path)?;
        let metadata = file
            .metadata()
            .map_err(|error| crate::io::paths::cannot_open(&layout.path, &error))?;
        // No size of a bzip2 tells how much text it makes.
        let texts = if reading::is_bzip2(&file) {
            OnceLock::from(lines::texts(&layout)?)
        } else {
            OnceLock::new()
        };
        Ok(Source {
            stamp: stamp(&metadata),
            packed: reading::is_packed(&file),
            layout,
            sample,
            texts,
            read: OnceLock::new(),
            reading: Mutex::new(()),
        })
    }

    /// As many lines as there are, or could be in a file of this size: every number takes a
    /// separator and a digit, and gzip makes a thousandth of a text at best.
    pub fn at_most(&self) -> usize {
        if let Some(read) = self.read.get() {
            return read.blocks.n_cells();
        }
        if let Some(texts) = self.texts.get() {
            return texts.first().map_or(0, Names::len);
        }
        let bytes = match (self.packed, self.layout.blanks) {
            (true, _) => self.stamp.0.saturating_mul(1032),
            (false, true) => self.stamp.0,
            (false, false) => self.stamp.0 - self.layout.body.min(self.stamp.0),
        };
        let shape = &self.layout.shape;
        let least = (2 * shape.n_columns + shape.n_texts) as u64;
        // The last line may have no end.
        bytes
            .saturating_add(1)
            .div_euclid(least)
            .min(u64::from(u32::MAX)) as usize
    }

    /// The texts of the lines, for which the file is looked through.
    pub fn texts(&self) -> Result<Vec<Names>, FileError> {
        if let Some(read) = self.read.get() {
            return Ok(read.texts.iter().map(|names| (**names).clone()).collect());
        }
        let texts = lines::texts(&self.layout)?;
        Ok(self.texts.get_or_init(|| texts).clone())
    }

    /// A name that repeats, of a file that was read.
    pub fn repeated(&self) -> Option<String> {
        let texts = &self.read.get()?.texts;
        texts[self.layout.name_at].duplicate().map(str::to_owned)
    }

    /// The user may say that whole numbers are no counts.
    pub fn tell_state(&self, opened: &mut Opened) {
        if let Some(x) = &mut opened.dataset.x {
            x.state = if self.layout.shape.counts {
                State::Counts
            } else {
                State::Unknown
            };
        }
    }

    /// Whether the number of lines is known.
    pub fn is_read(&self) -> bool {
        self.read.get().is_some()
    }

    /// Reads a text that is in memory already.
    pub fn read_text(&self, text: &[u8]) -> Result<(), FileError> {
        let pile = Pile::new(cache::memory());
        let part = reading::read_text(&self.layout, text, &pile)?;
        self.keep(pile, vec![part])
    }

    fn keep(&self, pile: Pile, parts: Vec<Part>) -> Result<(), FileError> {
        let (mut grains, mut all, mut exact) = (Vec::new(), Vec::new(), Vec::new());
        let mut n_lines = 0;
        let mut signs = Signs::default();
        for part in parts {
            signs.join(part.signs);
            grains.extend(part.grains);
            let before = n_lines as u64;
            let values = part.exact.into_iter();
            exact.extend(values.map(|(line, column, bytes)| (before + line, column, bytes)));
            all.extend(part.texts);
            n_lines += part.n_lines;
        }
        if let Some(problem) = signs.doubt() {
            return Err(FileError::new(&self.layout.path, problem).remedy(super::COMMAS));
        }
        let n_texts = self.layout.shape.n_texts;
        let column = |i: usize| all.iter().skip(i).step_by(n_texts).collect::<Names>();
        let texts: Vec<Arc<Names>> = match n_texts {
            0 => vec![Arc::new(self.layout.numbered(n_lines))],
            n => (0..n).map(|i| Arc::new(column(i))).collect(),
        };
        let mut names = texts[self.layout.name_at].clone();
        if names.duplicate().is_some() {
            names = Arc::new(names.made_unique());
        }
        let exact = ExactValues::new(exact, self.layout.shape.counts);
        let stored = exact.as_ref().map(ExactValues::element);
        let stored = stored.unwrap_or_else(|| self.stored());
        let blocks = pile.source(grains, self.layout.shape.n_columns, stored);
        let _ = self.read.set(Lines {
            blocks,
            exact,
            texts,
            names,
        });
        Ok(())
    }

    fn read_lines(&self, progress: &dyn Progress) -> Result<&Lines, FileError> {
        let _one_at_a_time = self.reading.lock();
        if self.read.get().is_none() {
            let path = &self.layout.path;
            let metadata = std::fs::metadata(path)
                .map_err(|error| crate::io::paths::cannot_open(path, &error))?;
            if stamp(&metadata) != self.stamp {
                return Err(
                    FileError::new(path, "has changed since it was opened").remedy("read it again")
                );
            }
            let pile = Pile::new(cache::memory());
            let parts = reading::read_file(&self.layout, &pile, progress)?;
            self.keep(pile, parts)?;
        }
        match self.read.get() {
            Some(read) => Ok(read),
            None => unreachable!("it was just read"),
        }
    }
}

fn stamp(metadata: &Metadata) -> (u64, Option<SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}

impl Blocks for Source {
    fn n_cells(&self) -> usize {
        self.at_most()
    }

    fn n_genes(&self) -> usize {
        self.layout.shape.n_columns
    }

    fn n_values(&self) -> Option<u64> {
        self.read.get().and_then(|read| read.blocks.n_values())
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        self.read_lines(&Unwatched)?.blocks.grains()
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        self.read_lines(&Unwatched)?.blocks.read(cells)
    }

    fn stored(&self) -> NumberType {
        if let Some(read) = self.read.get() {
            read.blocks.stored()
        } else if self.layout.shape.counts {
            NumberType::I32
        } else {
            NumberType::F32
        }
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        Ok(self.sample.clone())
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }

    /// Whether a value is rounded is known when all are read; what is wrong with the file is said
    /// when blocks are asked for.
    fn as_stored(&self) -> Option<&dyn StoredMatrix> {
        self.read_lines(&Unwatched).ok()?.exact.as_ref()?;
        Some(self)
    }
}

impl StoredMatrix for Source {
    fn form(&self) -> StoredForm {
        StoredForm {
            element: ElementType::Number(self.stored()),
            ..StoredForm::CSR
        }
    }

    fn line_grains(&self) -> Result<Arc<[usize]>, FileError> {
        self.grains()
    }

    fn lines(&self, range: Range<usize>) -> Result<StoredSparse, FileError> {
        let rows = self.read(range.clone())?;
        match self.read.get().and_then(|read| read.exact.as_ref()) {
            Some(exact) => Ok(exact.rows(range.start, rows)),
            None => unreachable!("asked for where values are kept"),
        }
    }
}

/// The names in the first column.
pub struct LineNames(pub Arc<Source>);

impl Load for LineNames {
    fn load(&self) -> Result<Value, FileError> {
        self.load_watched(&Unwatched)
    }

    fn load_watched(&self, progress: &dyn Progress) -> Result<Value, FileError> {
        Ok(Value::Names(self.0.read_lines(progress)?.names.clone()))
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }
}

/// Another column of texts than the names.
pub struct LineTexts(pub Arc<Source>, pub usize);

impl Load for LineTexts {
    fn load(&self) -> Result<Value, FileError> {
        self.load_watched(&Unwatched)
    }

    fn load_watched(&self, progress: &dyn Progress) -> Result<Value, FileError> {
        let texts = &self.0.read_lines(progress)?.texts[self.1];
        Ok(Value::Column(Arc::new(Column::Text((**texts).clone()))))
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }
}

/// Which of all the lines that could be there are there: the first ones.
pub struct LinesThere(pub Arc<Source>);

impl Load for LinesThere {
    fn load(&self) -> Result<Value, FileError> {
        self.load_watched(&Unwatched)
    }

    fn label(&self) -> Option<String> {
        Some(format!("read {}", file_name(&self.0.layout.path)))
    }

    fn load_watched(&self, progress: &dyn Progress) -> Result<Value, FileError> {
        let n = self.0.read_lines(progress)?.names.len();
        Ok(Value::Selection(Arc::new((0..n as u32).collect())))
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }
}

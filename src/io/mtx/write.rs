//! A folder as Cell Ranger writes it, for R and other programs that read this format:
//! matrix.mtx.gz, features.tsv.gz, barcodes.tsv.gz, and tables beside them.
//!
//! Entries are written as pieces of gzip, one after the other, as blocks come: a gzip file may
//! have several members. How many values there are is known at the end, so that the first member,
//! which has the header, is not compressed and can be written again in its place.

use crate::data::{FileError, RowsView, StoredSparse, Table};
use crate::io::csv;
use crate::io::temporary::cannot_write;
use crate::io::unfinished::Unfinished;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Display;
use std::fs::File;
use std::io::{Result as IoResult, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes of the header, filled up with blanks in a comment.
const HEADER: usize = 192;

/// Entries of some cells, as they will be in the file.
#[derive(Debug, Default)]
pub struct Entries {
    bytes: Vec<u8>,
    n: u64,
    fractions: bool,
}

impl Entries {
    /// Adds cells; `cells[i]` is the position of row `i` among all cells.
    pub fn add(&mut self, rows: RowsView, cells: &[u32]) {
        let mut text = Vec::new();
        for (row, cell) in rows.outer_iterator().zip(cells) {
            for (gene, &value) in row.indices().iter().zip(row.data()) {
                self.fractions |= value.fract() != 0.0;
                self.line(&mut text, *gene, *cell, &value);
            }
        }
        self.pack(&text);
    }

    /// The same of cells with all digits that their source has.
    pub fn add_exact(&mut self, lines: &StoredSparse, cells: &[u32]) {
        let element = lines.values.element;
        let mut text = Vec::new();
        for (line, cell) in cells.iter().enumerate() {
            let row = lines.row(line);
            for (at, bytes) in row.bytes.chunks_exact(element.size()).enumerate() {
                let gene = row.indices.map_or(at as u32, |indices| indices[at]);
                match element.whole_number(bytes) {
                    Some(0) if row.indices.is_none() => {}
                    Some(value) => self.line(&mut text, gene, *cell, &value),
                    None => {
                        self.fractions = true;
                        self.line(&mut text, gene, *cell, &element.number(bytes));
                    }
                }
            }
        }
        self.pack(&text);
    }

    fn line(&mut self, text: &mut Vec<u8>, gene: u32, cell: u32, value: &dyn Display) {
        let line = writeln!(text, "{} {} {value}", gene + 1, cell + 1);
        line.expect("writing into memory cannot fail");
        self.n += 1;
    }

    fn pack(&mut self, text: &[u8]) {
        if !text.is_empty() {
            self.bytes.extend(member(text, Compression::fast()));
        }
    }
}

/// A member of a gzip file.
fn member(text: &[u8], level: Compression) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), level);
    gz.write_all(text)
        .and_then(|()| gz.finish())
        .expect("writing into memory cannot fail")
}

/// The files of a folder, under other names until all are complete.
#[derive(Debug)]
pub struct FolderWriter {
    folder: PathBuf,
    matrix: File,
    /// Features × cells.
    shape: [usize; 2],
    n: u64,
    fractions: bool,
    files: Vec<Unfinished>,
}

impl FolderWriter {
    /// # Errors
    /// The folder cannot be made or written to.
    pub fn create(folder: &Path, n_features: usize, n_cells: usize) -> Result<Self, FileError> {
        std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
        let target = folder.join("matrix.mtx.gz");
        let (unfinished, matrix) = Unfinished::create(&target)?;
        let mut writer = FolderWriter {
            folder: folder.to_owned(),
            matrix,
            shape: [n_features, n_cells],
            n: 0,
            fractions: false,
            files: vec![unfinished],
        };
        let header = writer.header();
        writer.at_matrix(|file| file.write_all(&header))?;
        Ok(writer)
    }

    /// Appends entries; those of the first cells come first.
    ///
    /// # Errors
    /// The disk is full.
    pub fn push(&mut self, entries: &Entries) -> Result<(), FileError> {
        self.n += entries.n;
        self.fractions |= entries.fractions;
        self.at_matrix(|file| file.write_all(&entries.bytes))
    }

    /// Writes a compressed list of lines, such as features.tsv.gz.
    ///
    /// # Errors
    /// The disk is full.
    pub fn lines(
        &mut self,
        name: &str,
        lines: impl Iterator<Item = String>,
    ) -> Result<(), FileError> {
        let mut text = String::new();
        for line in lines {
            text.push_str(&line);
            text.push('\n');
        }
        let bytes = member(text.as_bytes(), Compression::default());
        let target = self.folder.join(name);
        let (unfinished, mut file) = Unfinished::create(&target)?;
        self.files.push(unfinished);
        file.write_all(&bytes)
            .map_err(|error| cannot_write(&target, &error))
    }

    /// Writes a table, such as obs.csv.
    ///
    /// # Errors
    /// The disk is full.
    pub fn table(&mut self, name: &str, table: &Table) -> Result<(), FileError> {
        let (unfinished, _) = Unfinished::create(&self.folder.join(name))?;
        let path = unfinished.path().to_owned();
        self.files.push(unfinished);
        csv::write_table(table, &path, false)
    }

    /// Writes the number of values and gives the files their names.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(mut self) -> Result<(), FileError> {
        let header = self.header();
        self.at_matrix(|file| {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&header)?;
            file.sync_all()
        })?;
        self.files.drain(..).try_for_each(Unfinished::finish)
    }

    fn header(&self) -> Vec<u8> {
        let kind = if self.fractions { "real" } else { "integer" };
        let first = format!("%%MatrixMarket matrix coordinate {kind} general\n%");
        let [features, cells] = self.shape;
        let last = format!("\n{features} {cells} {}\n", self.n);
        let blanks = HEADER.saturating_sub(first.len() + last.len());
        let text = format!("{first}{}{last}", " ".repeat(blanks));
        member(text.as_bytes(), Compression::none())
    }

    fn at_matrix(
        &mut self,
        write: impl FnOnce(&mut File) -> IoResult<()>,
    ) -> Result<(), FileError> {
        let target = self.folder.join("matrix.mtx.gz");
        write(&mut self.matrix).map_err(|error| cannot_write(&target, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Rows;
    use crate::io::testing::{all_rows, folder, load};

    #[test]
    fn a_folder_reads_back() {
        let folder = folder("tenx-written");
        let path = folder.join("out");
        for value in [2.0, 2.5] {
            let rows = Rows::new(
                (3, 2),
                vec![0, 1, 1, 3],
                vec![1, 0, 1],
                vec![1.0, value, 7.0],
            );
            let mut writer = FolderWriter::create(&path, 2, 3).unwrap();
            let features = ["i\tA\tGene Expression", "j\tB\tGene Expression"];
            writer
                .lines("features.tsv.gz", features.map(str::to_owned).into_iter())
                .unwrap();
            writer
                .lines(
                    "barcodes.tsv.gz",
                    ["x", "y", "z"].map(str::to_owned).into_iter(),
                )
                .unwrap();
            for range in [0..2, 2..3] {
                let cells: Vec<u32> = (range.start as u32..range.end as u32).collect();
                let mut entries = Entries::default();
                entries.add(rows.slice_outer(range), &cells);
                writer.push(&entries).unwrap();
            }
            writer.finish().unwrap();
            let dataset = crate::io::read(&path).unwrap().dataset;
            assert_eq!(all_rows(dataset.x.as_ref().unwrap()).unwrap(), rows);
            let cells = load(&dataset.obs_names.value).unwrap();
            assert_eq!(
                cells.names().unwrap().iter().collect::<Vec<_>>(),
                ["x", "y", "z"]
            );
        }
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 3);
    }
}

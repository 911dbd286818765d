//! Matrix Market files, plain or as 10x folders with their features and barcodes.
//!
//! Text is parsed on all cores while the next pieces are being decompressed.

use super::memory::InMemory;
use super::text::{Pieces, lines};
use super::{Opened, rows, tenx};
use crate::data::matrix::cut_grains;
use crate::data::{Column, FileError, Lazy, Names, NumberType, Rows, Value};
use indexmap::IndexMap;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Opens a .mtx file. With features and barcodes beside it, it is a 10x folder; alone, its rows
/// are cells and its columns genes, numbered.
pub fn open(path: &Path) -> Result<Opened, FileError> {
    if let Some(folder) = path
        .parent()
        .and_then(|folder| Folder::at(folder, Some(path)))
    {
        return folder.open();
    }
    let triplets = Triplets::read(path)?;
    let numbers = |n: usize| (0..n).map(|i| i.to_string()).collect::<Names>();
    let (obs, var) = (numbers(triplets.shape[0]), numbers(triplets.shape[1]));
    let blocks = triplets.blocks(path, false)?;
    let obs = Lazy::ready(Value::Names(Arc::new(obs)));
    Ok(tenx::dataset(
        path,
        Arc::new(blocks),
        obs,
        var,
        IndexMap::new(),
    ))
}

/// Opens a folder as Cell Ranger and others write it; each file may be compressed or not.
///
/// # Errors
/// A file is missing, or the three do not fit together.
pub fn open_folder(folder: &Path) -> Result<Opened, FileError> {
    match Folder::at(folder, None) {
        Some(found) => found.open(),
        None => Err(incomplete(folder)),
    }
}

/// Whether a folder has a matrix, a list of features and a list of barcodes.
pub fn is_folder(folder: &Path) -> bool {
    Folder::at(folder, None).is_some()
}

/// The three files of a 10x folder.
struct Folder {
    path: PathBuf,
    matrix: PathBuf,
    features: PathBuf,
    barcodes: PathBuf,
}

impl Folder {
    /// The three files, whose names may begin with something that they share, such as `GSM1_`.
    fn at(folder: &Path, matrix: Option<&Path>) -> Option<Self> {
        let names: Vec<String> = std::fs::read_dir(folder)
            .ok()?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        let prefixes = names.iter().filter_map(|name| {
            let stem = name.strip_suffix(".gz").unwrap_or(name);
            stem.strip_suffix("matrix.mtx").map(|prefix| (prefix, name))
        });
        let (prefix, matrix) = prefixes
            .filter(|(_, name)| matrix.is_none_or(|path| path.ends_with(name.as_str())))
            .min()?;
        let find = |stems: &[&str]| {
            let candidates = stems.iter().flat_map(|stem| {
                ["tsv", "tsv.gz", "txt", "txt.gz"].map(|end| format!("{prefix}{stem}.{end}"))
            });
            let mut found = candidates.filter(|name| names.contains(name));
            found.next().map(|name| folder.join(name))
        };
        Some(Folder {
            path: folder.to_owned(),
            matrix: folder.join(matrix),
            features: find(&["features", "genes"])?,
            barcodes: find(&["barcodes", "cells"])?,
        })
    }

    fn open(self) -> Result<Opened, FileError> {
        let (triplets, texts) = rayon::join(
            || Triplets::read(&self.matrix),
            || Ok((Fields::read(&self.features)?, Fields::read(&self.barcodes)?)),
        );
        let (triplets, (features, barcodes)) = (triplets?, texts?);
        let (n_features, n_barcodes) = (features.rows.len(), barcodes.rows.len());
        // Genes × cells as a rule; some programs write it the other way round.
        let turned = match triplets.shape {
            [a, b] if a == n_features && b == n_barcodes => true,
            [a, b] if a == n_barcodes && b == n_features => false,
            [a, b] => {
                let problem = format!(
                    "is {a} × {b}, but there are {n_features} features and {n_barcodes} barcodes"
                );
                return Err(FileError::new(&self.matrix, problem)
                    .remedy("check that the three files belong together"));
            }
        };
        let blocks = triplets.blocks(&self.matrix, turned)?;
        let (names, var) = features.describe();
        let cells: Names = barcodes.rows.iter().map(|fields| &fields[0]).collect();
        let obs = Lazy::ready(Value::Names(Arc::new(cells)));
        Ok(tenx::dataset(&self.path, Arc::new(blocks), obs, names, var))
    }
}

fn incomplete(folder: &Path) -> FileError {
    let has = |part: &str| {
        std::fs::read_dir(folder).is_ok_and(|entries| {
            entries
                .flatten()
                .any(|entry| entry.file_name().to_string_lossy().contains(part))
        })
    };
    let missing: Vec<&str> = [
        ("matrix.mtx", has("matrix.mtx")),
        (
            "features.tsv (or genes.tsv)",
            has("features.") || has("genes."),
        ),
        ("barcodes.tsv", has("barcodes.")),
    ]
    .into_iter()
    .filter_map(|(name, found)| (!found).then_some(name))
    .collect();
    let problem = match missing.len() {
        0 => "its matrix, features and barcodes do not share the beginning of their names".into(),
        _ => format!("has no {}, as a 10x folder does", missing.join(", no ")),
    };
    FileError::new(folder, problem).remedy(
        "name a folder with matrix.mtx, features.tsv and barcodes.tsv, each plain or .gz, or a file",
    )
}

/// The tab-separated lines of features or barcodes.
struct Fields {
    rows: Vec<Vec<String>>,
}

impl Fields {
    fn read(path: &Path) -> Result<Self, FileError> {
        let text = Pieces::open(path)?.all()?;
        let split = |line: &[u8]| {
            let line = String::from_utf8_lossy(line);
            line.split('\t')
                .map(|field| field.trim().to_owned())
                .collect()
        };
        let rows = lines(&text).map(split).collect();
        Ok(Fields { rows })
    }

    /// Names for people and the columns of `var`: ids, and types since Cell Ranger 3.
    fn describe(&self) -> (Names, IndexMap<String, Column>) {
        let field = |i: usize| -> Names {
            let fields = self.rows.iter();
            fields
                .map(|row| row.get(i).map_or("", String::as_str))
                .collect()
        };
        let widest = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut var = IndexMap::new();
        if widest < 2 {
            return (field(0), var);
        }
        var.insert("gene_ids".to_owned(), Column::Text(field(0)));
        if widest > 2 {
            let types = Column::Text(field(2)).to_category();
            var.insert("feature_types".to_owned(), Column::Category(types));
        }
        (field(1), var)
    }
}

/// The entries of a matrix in the order of the file.
struct Triplets {
    /// As the header says.
    shape: [usize; 2],
    pieces: Vec<Piece>,
    whole: bool,
}

#[derive(Default)]
struct Piece {
    rows: Vec<u32>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

/// What the header says of the entries.
#[derive(Clone, Copy)]
struct Header {
    /// Entries have no value; they are ones.
    pattern: bool,
    whole: bool,
    shape: [usize; 2],
    n_values: usize,
}

impl Triplets {
    fn read(path: &Path) -> Result<Self, FileError> {
        let mut text = Pieces::open(path)?;
        let first = text.next()?;
        let (header, from) =
            Header::read(&first).map_err(|problem| FileError::new(path, problem))?;
        let mut waiting = vec![first[from..].to_vec()];
        let mut pieces = Vec::new();
        while !waiting.is_empty() {
            // The next pieces are read while these are parsed.
            let (parsed, next) =
                rayon::join(|| parse_all(&waiting, header), || next_pieces(&mut text));
            pieces.extend(parsed.map_err(|problem| FileError::new(path, problem))?);
            waiting = next?;
        }
        let n: usize = pieces.iter().map(|piece| piece.values.len()).sum();
        if n != header.n_values {
            let problem = format!("promises {} values but has {n}", header.n_values);
            return Err(FileError::new(path, problem).remedy("copy or download it again"));
        }
        Ok(Triplets {
            shape: header.shape,
            pieces,
            whole: header.whole,
        })
    }

    /// Cells × genes; `turned`: the file has genes × cells.
    fn blocks(self, path: &Path, turned: bool) -> Result<InMemory, FileError> {
        let [n_rows, n_columns] = self.shape;
        let (n_cells, n_genes) = if turned {
            (n_columns, n_rows)
        } else {
            (n_rows, n_columns)
        };
        let parts = |piece: Piece| match turned {
            true => (piece.columns, piece.rows, piece.values),
            false => (piece.rows, piece.columns, piece.values),
        };
        let pieces: Vec<_> = self.pieces.into_iter().map(parts).collect();
        let mut ends = vec![0_usize; n_cells + 1];
        for cell in pieces.iter().flat_map(|(cells, ..)| cells) {
            ends[*cell as usize + 1] += 1;
        }
        let grains = cut_grains(ends[1..].iter().map(|&n| n as u64));
        for i in 0..n_cells {
            ends[i + 1] += ends[i];
        }
        let n = ends[n_cells];
        let (mut genes, mut values) = (vec![0; n], vec![0.0; n]);
        let mut next = ends.clone();
        for (cells, its_genes, its_values) in pieces {
            for ((cell, gene), value) in cells.into_iter().zip(its_genes).zip(its_values) {
                let at = &mut next[cell as usize];
                (genes[*at], values[*at]) = (gene, value);
                *at += 1;
            }
        }
        let block = |cells: &[usize]| -> Result<Rows, FileError> {
            let range = ends[cells[0]]..ends[cells[1]];
            let indptr = ends[cells[0]..=cells[1]]
                .iter()
                .map(|end| end - range.start)
                .collect();
            let (genes, values) = (genes[range.clone()].to_vec(), values[range].to_vec());
            rows::block(n_genes, indptr, genes, values)
                .map_err(|_| FileError::new(path, "has an entry beyond its own size"))
        };
        let blocks = grains.par_windows(2).map(block).collect::<Result<_, _>>()?;
        let stored = if self.whole {
            NumberType::I32
        } else {
            NumberType::F32
        };
        Ok(InMemory::of_blocks(blocks, grains, n_genes, stored))
    }
}

fn next_pieces(text: &mut Pieces) -> Result<Vec<Vec<u8>>, FileError> {
    let mut pieces = Vec::new();
    while pieces.len() < rayon::current_num_threads() {
        let piece = text.next()?;
        if piece.is_empty() {
            break;
        }
        pieces.push(piece);
    }
    Ok(pieces)
}

impl Header {
    /// The header of a file, and where the entries begin.
    fn read(text: &[u8]) -> Result<(Self, usize), String> {
        let mut at = 0;
        let mut banner = None;
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            at += line.len();
            let line = String::from_utf8_lossy(line);
            let line = line.trim();
            if banner.is_none() {
                banner = Some(Self::banner(line)?);
                continue;
            }
            if line.is_empty() || line.starts_with('%') {
                continue;
            }
            let sizes: Option<Vec<usize>> = line
                .split_whitespace()
                .map(|size| size.parse().ok())
                .collect();
            let (Some(&[rows, columns, n_values]), Some((pattern, whole))) =
                (sizes.as_deref(), banner)
            else {
                return Err(format!(
                    "{line:?} is not rows, columns and number of values"
                ));
            };
            if rows > u32::MAX as usize || columns > u32::MAX as usize {
                return Err("has more rows or columns than sca can count".to_owned());
            }
            let header = Header {
                pattern,
                whole,
                shape: [rows, columns],
                n_values,
            };
            return Ok((header, at));
        }
        Err("has no line with its size".to_owned())
    }

    /// Whether entries have no values, and whether values are whole.
    fn banner(line: &str) -> Result<(bool, bool), String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_lowercase).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["%%matrixmarket", "matrix", "coordinate", kind, "general"] => match kind {
                "integer" => Ok((false, true)),
                "real" | "double" => Ok((false, false)),
                "pattern" => Ok((true, true)),
                _ => Err(format!(
                    "has {kind} numbers, which an expression matrix has not"
                )),
            },
            ["%%matrixmarket", ..] => Err(format!(
                "is a Matrix Market file of another kind than \"coordinate … general\": {line}"
            )),
            _ => Err("is not a Matrix Market file: its first line does not say so".to_owned()),
        }
    }
}

fn parse_all(pieces: &[Vec<u8>], header: Header) -> Result<Vec<Piece>, String> {
    pieces.par_iter().map(|text| parse(text, header)).collect()
}

fn parse(text: &[u8], header: Header) -> Result<Piece, String> {
    let mut piece = Piece::default();
    let most = text.len() / 8;
    piece.rows.reserve(most);
    piece.columns.reserve(most);
    piece.values.reserve(most);
    for line in lines(text) {
        if line.is_empty() || line[0] == b'%' {
            continue;
        }
        let mut words = line
            .split(|byte| byte.is_ascii_whitespace())
            .filter(|w| !w.is_empty());
        let mut index = |length: usize| {
            let number = words.next().and_then(whole)?;
            (1..=length as u64)
                .contains(&number)
                .then(|| number as u32 - 1)
        };
        let (row, column) = (index(header.shape[0]), index(header.shape[1]));
        let value = match header.pattern {
            true => Some(1.0),
            false => words.next().and_then(value),
        };
        let (Some(row), Some(column), Some(value)) = (row, column, value) else {
            let line = String::from_utf8_lossy(line);
            let [rows, columns] = header.shape;
            return Err(format!(
                "{line:?} is not a row up to {rows}, a column up to {columns} and a value"
            ));
        };
        piece.rows.push(row);
        piece.columns.push(column);
        piece.values.push(value);
    }
    Ok(piece)
}

fn whole(word: &[u8]) -> Option<u64> {
    if word.is_empty() || word.len() > 18 {
        return None;
    }
    word.iter().try_fold(0_u64, |number, &byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + u64::from(byte - b'0'))
    })
}

fn value(word: &[u8]) -> Option<f32> {
    match whole(word) {
        Some(number) => Some(number as f32),
        None => std::str::from_utf8(word).ok()?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::State;
    use crate::io::testing::{all_rows, data, folder, load};

    #[test]
    fn folders_of_every_version_open() {
        for (name, shape) in [
            ("tenx/1.2.0/filtered_gene_bc_matrices/hg19_chr21", (12, 343)),
            ("tenx/3.0.0/filtered_feature_bc_matrix", (1107, 507)),
            ("tenx/int-ids", (5, 6)),
            ("pbmc3k/hg19", (2700, 32738)),
        ] {
            let Some(path) = data(name) else { return };
            let opened = open_folder(&path).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            let x = opened.dataset.x.as_ref().unwrap();
            assert_eq!((x.blocks.n_cells(), x.blocks.n_genes()), shape, "{name}");
            assert_eq!(x.state, State::Counts);
            assert!(opened.dataset.var.contains_key("gene_ids"));
        }
    }

    #[test]
    fn the_folder_and_the_h5_are_the_same_matrix() {
        let (Some(folder), Some(h5)) =
            (data("pbmc3k/hg19"), data("pbmc3k/pbmc3k_10x_v3_layout.h5"))
        else {
            return;
        };
        let (a, b) = (
            open_folder(&folder).unwrap().dataset,
            tenx::open(&h5).unwrap().dataset,
        );
        let rows = |x: &crate::data::Dataset| all_rows(x.x.as_ref().unwrap()).unwrap();
        assert_eq!(rows(&a), rows(&b));
        let cells =
            |x: &crate::data::Dataset| load(&x.obs_names.value).unwrap().names().unwrap().clone();
        assert_eq!(cells(&a), cells(&b));
    }

    fn error(text: &str) -> String {
        let folder = folder("mtx-error");
        let path = folder.join("alone.mtx");
        std::fs::write(&path, text).unwrap();
        open(&path).unwrap_err().problem
    }

    #[test]
    fn a_plain_matrix_keeps_its_direction() {
        let folder = folder("mtx");
        let path = folder.join("alone.mtx");
        let text =
            "%%MatrixMarket matrix coordinate real general\n% x\n2 3 3\n2 3 0.5\n1 1 2\n2 1 -1e2\n";
        std::fs::write(&path, text).unwrap();
        let opened = open(&path).unwrap();
        let rows = all_rows(opened.dataset.x.as_ref().unwrap()).unwrap();
        let expected = Rows::new((2, 3), vec![0, 1, 3], vec![0, 0, 2], vec![2.0, -100.0, 0.5]);
        assert_eq!(rows, expected);
    }

    #[test]
    fn mistakes_are_told() {
        let head = "%%MatrixMarket matrix coordinate integer general\n2 2 1\n";
        assert!(error("hello").contains("not a Matrix Market file"));
        assert!(error(&format!("{head}3 1 1\n")).contains("\"3 1 1\""));
        assert!(error(&format!("{head}0 1 1\n")).contains("\"0 1 1\""));
        assert!(error(&format!("{head}1 1 1\n2 2 2\n")).contains("promises 1 values but has 2"));
        assert!(error("%%MatrixMarket matrix array real general\n").contains("another kind"));
        assert!(error("%%MatrixMarket matrix coordinate real general\n").contains("no line"));
    }

    #[test]
    fn a_folder_says_what_it_lacks() {
        let folder = folder("mtx-folder");
        std::fs::write(folder.join("barcodes.tsv"), "A\n").unwrap();
        let error = open_folder(&folder).unwrap_err();
        let expected = "has no matrix.mtx, no features.tsv (or genes.tsv), as a 10x folder does";
        assert_eq!(error.problem, expected);
    }
}

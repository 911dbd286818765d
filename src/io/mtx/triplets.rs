//! The entries of a Matrix Market file. Text is parsed on all cores while the next pieces are being
//! decompressed.

use crate::data::matrix::cut_grains;
use crate::data::{FileError, NumberType, Rows, stop};
use crate::io::cache;
use crate::io::exact::{self, Bytes, ExactValues};
use crate::io::memory::InMemory;
use crate::io::rows;
use crate::io::text::{Pieces, lines};
use rayon::prelude::*;
use std::path::Path;

/// The entries of a matrix in the order of the file.
pub struct Triplets {
    /// As the header says.
    pub shape: [usize; 2],
    pieces: Vec<Piece>,
    whole: bool,
}

#[derive(Default)]
struct Piece {
    rows: Vec<u32>,
    columns: Vec<u32>,
    values: Vec<f32>,
    /// Rows, columns and values of whole numbers that f32 rounds.
    exact: Vec<(u32, u32, Bytes)>,
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

const AS_USUAL: &str = "write it again as scipy.io.mmwrite(..., symmetry=\"general\") or R's \
     Matrix::writeMM does, or copy or download it again";

impl Triplets {
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let mut text = Pieces::open(path)?;
        let first = text.next()?;
        let wrong = |problem: String| FileError::new(path, problem).remedy(AS_USUAL);
        let (header, from) = Header::read(&first).map_err(wrong)?;
        header.check(path)?;
        let mut waiting = vec![first[from..].to_vec()];
        let mut pieces = Vec::new();
        while !waiting.is_empty() {
            // The next pieces are read while these are parsed.
            let (parsed, next) =
                rayon::join(|| parse_all(&waiting, header), || next_pieces(&mut text));
            pieces.extend(parsed.map_err(wrong)?);
            waiting = next?;
        }
        let n: usize = pieces.iter().map(|piece| piece.values.len()).sum();
        if n != header.n_values {
            let problem = format!("declares {} values but has {n}", header.n_values);
            return Err(FileError::new(path, problem).remedy("copy or download it again"));
        }
        Ok(Triplets {
            shape: header.shape,
            pieces,
            whole: header.whole,
        })
    }

    /// The entries of some thirds of the genes, on the genes of the first, of which there are `n`.
    pub fn thirds(&self, n: usize, which: &[usize], turned: bool) -> Triplets {
        let kept = |gene: u32| {
            which
                .contains(&(gene as usize / n))
                .then(|| gene % n as u32)
        };
        let pieces = self.pieces.iter().map(|piece| {
            let mut part = Piece::default();
            let genes = if turned { &piece.rows } else { &piece.columns };
            for (i, gene) in genes.iter().enumerate() {
                if let Some(gene) = kept(*gene) {
                    let (row, column) = if turned {
                        (gene, piece.columns[i])
                    } else {
                        (piece.rows[i], gene)
                    };
                    part.rows.push(row);
                    part.columns.push(column);
                    part.values.push(piece.values[i]);
                }
            }
            part.exact = piece
                .exact
                .iter()
                .filter_map(|&(row, column, bytes)| {
                    if turned {
                        Some((kept(row)?, column, bytes))
                    } else {
                        Some((row, kept(column)?, bytes))
                    }
                })
                .collect();
            part
        });
        let [rows, columns] = self.shape;
        Triplets {
            shape: if turned { [n, columns] } else { [rows, n] },
            pieces: pieces.collect(),
            whole: self.whole,
        }
    }

    /// Cells × genes; `turned`: the file has genes × cells.
    pub fn blocks(self, path: &Path, turned: bool) -> Result<InMemory, FileError> {
        let [n_rows, n_columns] = self.shape;
        let (n_cells, n_genes) = if turned {
            (n_columns, n_rows)
        } else {
            (n_rows, n_columns)
        };
        let parts = |piece: Piece| {
            if turned {
                (piece.columns, piece.rows, piece.values)
            } else {
                (piece.rows, piece.columns, piece.values)
            }
        };
        stop::check(path)?;
        let exact = self.pieces.iter().flat_map(|piece| &piece.exact);
        let exact = exact.map(|&(row, column, bytes)| {
            let (cell, gene) = if turned { (column, row) } else { (row, column) };
            (u64::from(cell), gene, bytes)
        });
        let exact = ExactValues::new(exact.collect(), self.whole);
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
            stop::check(path)?;
            for ((cell, gene), value) in cells.into_iter().zip(its_genes).zip(its_values) {
                let at = &mut next[cell as usize];
                (genes[*at], values[*at]) = (gene, value);
                *at += 1;
            }
        }
        let block = |cells: &[usize]| -> Result<Rows, FileError> {
            stop::check(path)?;
            let range = ends[cells[0]]..ends[cells[1]];
            let indptr = ends[cells[0]..=cells[1]]
                .iter()
                .map(|end| end - range.start)
                .collect();
            let (genes, values) = (genes[range.clone()].to_vec(), values[range].to_vec());
            rows::block(n_genes, indptr, genes, values)
                .map_err(|_| FileError::new(path, "has an entry outside its dimensions"))
        };
        let blocks = grains.par_windows(2).map(block).collect::<Result<_, _>>()?;
        let stored = if self.whole {
            NumberType::I32
        } else {
            NumberType::F32
        };
        Ok(InMemory::of_blocks(blocks, grains, n_genes, stored).with_exact(exact))
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
    /// A size that no machine has room for is damaged: a row takes some bytes even without values.
    fn check(&self, path: &Path) -> Result<(), FileError> {
        let most = (cache::memory() / 8).max(1 << 24);
        let [rows, columns] = self.shape;
        if rows.max(columns) as u64 <= most {
            return Ok(());
        }
        let problem = format!(
            "declares {rows} rows and {columns} columns, too many for the available memory"
        );
        Err(FileError::new(path, problem).remedy(
            "copy or download it again; if the file is correct, allow more memory with set memory=",
        ))
    }

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
                    "{line:?} is not the number of rows, columns, and values"
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
        Err("has no size line".to_owned())
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
                    "has {kind} values, which an expression matrix cannot have"
                )),
            },
            ["%%matrixmarket", ..] => Err(format!(
                "is a Matrix Market file, but not \"coordinate … general\": {line}"
            )),
            _ => Err("is not a Matrix Market file: its first line is not a header".to_owned()),
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
        let value = if header.pattern {
            Some(exact::Number::Near(1.0))
        } else {
            words.next().and_then(|word| value(word, header.whole))
        };
        let (Some(row), Some(column), Some(value)) = (row, column, value) else {
            let line = String::from_utf8_lossy(line);
            let [rows, columns] = header.shape;
            return Err(format!(
                "{line:?} is not a row up to {rows}, a column up to {columns}, and a value"
            ));
        };
        let near = match value {
            exact::Number::Near(near) => near,
            exact::Number::Rounded(near, bytes) => {
                piece.exact.push((row, column, bytes));
                near
            }
            exact::Number::TooLarge => {
                let line = String::from_utf8_lossy(line);
                return Err(format!("{line:?} has more digits than a matrix holds"));
            }
        };
        piece.rows.push(row);
        piece.columns.push(column);
        piece.values.push(near);
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

fn value(word: &[u8], is_whole: bool) -> Option<exact::Number> {
    match whole(word) {
        Some(number) if number < 1 << 24 => Some(exact::Number::Near(number as f32)),
        _ => exact::number(std::str::from_utf8(word).ok()?, is_whole),
    }
}

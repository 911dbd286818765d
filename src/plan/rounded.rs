//! Whole numbers that blocks round: they are f32, which holds every whole number up to 2²⁴ and
//! some of the larger ones. Sources of wider types are looked at on their way into a fold, where a
//! value is large compared with what is stored, and rounding is reported once per statement.

use super::fault::Fault;
use super::validity;
use crate::data::{ElementType, Matrix, Rows, StoredSparse};
use crate::diagnostic::{Diagnostic, code};
use std::sync::{Arc, Mutex, PoisonError};

/// f32 holds every whole number up to here.
pub(super) const LARGE: f32 = 16_777_216.0;

/// What was rounded of one source.
#[derive(Debug, Clone)]
pub(super) struct Rounding {
    /// Tells sources apart.
    pub source: usize,
    /// Values, however often a cell is seen.
    pub n: u64,
    first: First,
    what: String,
}

/// The first value: cell and gene of the source, what is stored and what is computed with.
#[derive(Debug, Clone)]
struct First {
    place: (u32, u32),
    names: (String, String),
    stored: i128,
    seen: f32,
}

/// Looks for rounded values of a matrix; blocks may come in any order, from many threads.
pub(super) struct Rounded {
    matrix: Matrix,
    found: Mutex<Option<Rounding>>,
}

impl Rounded {
    /// `None` where f32 holds all that the source stores.
    pub fn of(matrix: &Matrix) -> Option<Rounded> {
        let form = matrix.blocks.as_stored()?.form();
        (!form.element.fits_f32()).then(|| Rounded {
            matrix: matrix.clone(),
            found: Mutex::default(),
        })
    }

    /// Looks at a block some values of which are large: `cell` and `gene` say which of the source a
    /// row and a column are. Rows follow the order of the source.
    pub fn look(
        &self,
        block: &Rows,
        cell: impl Fn(usize) -> u32,
        gene: impl Fn(u32) -> u32,
    ) -> Result<(), Fault> {
        let Some(source) = self.matrix.blocks.as_stored().filter(|_| block.rows() > 0) else {
            return Ok(());
        };
        let first = cell(0);
        let stored = source.cells(first as usize..cell(block.rows() - 1) as usize + 1)?;
        for (row, values) in block.outer_iterator().enumerate() {
            for (column, &seen) in values.iter().filter(|(_, x)| x.abs() >= LARGE) {
                let place = (cell(row), gene(column as u32));
                let exact = exact(&stored, (place.0 - first) as usize, place.1);
                if let Some(stored) = exact.filter(|&exact| seen as i128 != exact) {
                    self.add(place, stored, seen);
                }
            }
        }
        Ok(())
    }

    fn add(&self, place: (u32, u32), stored: i128, seen: f32) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let n = found.as_ref().map_or(0, |found| found.n);
        if let Some(found) = &mut *found
            && found.first.place <= place
        {
            found.n += 1;
            return;
        }
        let sound = self.matrix.sound.as_deref();
        *found = Some(Rounding {
            source: Arc::as_ptr(&self.matrix.blocks).cast::<()>() as usize,
            n: n + 1,
            first: First {
                place,
                names: validity::names(sound, &self.matrix, place.0, place.1),
                stored,
                seen,
            },
            what: sound.map_or_else(|| "a matrix".to_owned(), |sound| sound.what.clone()),
        });
    }

    pub fn found(&self) -> Option<Rounding> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.clone()
    }
}

/// What is stored of a cell, the gene's values together; `None` unless they are whole numbers.
fn exact(cells: &StoredSparse, line: usize, gene: u32) -> Option<i128> {
    let (row, element) = (cells.row(line), cells.values.element);
    let size = element.size();
    let at = |at: usize| whole(element, row.bytes.get(at * size..(at + 1) * size)?);
    match row.indices {
        None => at(gene as usize),
        Some(indices) => {
            let places = indices.iter().enumerate().filter(|(_, it)| **it == gene);
            places.map(|(place, _)| at(place)).sum()
        }
    }
}

fn whole(element: ElementType, bytes: &[u8]) -> Option<i128> {
    element.whole_number(bytes)
}

impl Rounding {
    pub fn remark(&self) -> Diagnostic {
        let First {
            names: (cell, gene),
            stored,
            seen,
            ..
        } = &self.first;
        let values = match self.n {
            1 => "1 whole number".to_owned(),
            n => format!("{n} whole numbers"),
        };
        let headline = format!(
            "{} has {values} with more digits than are computed with: {stored} in cell {cell}, gene {gene} is taken as {seen}",
            self.what
        );
        let remark = Diagnostic::warning(code::ROUNDED, headline);
        *remark.help("values are computed as 32-bit floats, of about 7 digits; `write` keeps values that no step changed as they are")
    }
}

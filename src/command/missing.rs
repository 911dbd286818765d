//! Cells, genes or rows without a value in a column: counted, and reported in one wording by everything
//! that leaves them out.

use super::value::Along;
use crate::data::Column;
use crate::data::quantity;
use crate::diagnostic::Diagnostic;

/// How many rows of a column have no value.
pub fn missing_in(column: &Column) -> usize {
    match column {
        Column::Number(numbers) => numbers.values.iter().filter(|x| x.is_nan()).count(),
        Column::Category(category) => category.codes.iter().filter(|&&code| code < 0).count(),
        Column::Text(texts) => texts.iter().filter(|text| text.is_empty()).count(),
        Column::Bool(_) => 0,
    }
}

/// How many rows of a column have infinite values.
pub fn infinite_in(column: &Column) -> usize {
    match column {
        Column::Number(numbers) => numbers.values.iter().filter(|x| x.is_infinite()).count(),
        _ => 0,
    }
}

/// The note on cells with infinite values, as [`note`] on those without one.
pub fn note_of_infinite(
    infinite: usize,
    cells: usize,
    column: &str,
    so: &str,
) -> Option<Box<Diagnostic>> {
    let (have, so) = match infinite {
        1 => ("has an infinite value", singular(so)),
        _ => ("have infinite values", so.to_owned()),
    };
    let said = || format!("{infinite} of {cells} cells {have} in {column} and {so}");
    let note = || Diagnostic::note(said());
    (infinite > 0).then(note)
}

/// `20 of 60 cells have no value in obs.part`: `1 of 60 cells has …`.
pub fn headline(missing: usize, of: usize, rows: &str, column: &str) -> String {
    let have = if missing == 1 { "has" } else { "have" };
    let (missing, of) = (quantity::count(missing as u64), quantity::count(of as u64));
    format!("{missing} of {of} {rows} {have} no value in {column}")
}

/// The note on cells that a result does not hold; `so` says what becomes of them: `are left out`.
pub fn note(missing: usize, cells: usize, column: &str, so: &str) -> Option<Box<Diagnostic>> {
    note_of_rows(missing, cells, "cells", column, so)
}

/// The same of `rows` of any kind: cells, genes, rows of a table.
pub fn note_of_rows(
    missing: usize,
    of: usize,
    rows: &str,
    column: &str,
    so: &str,
) -> Option<Box<Diagnostic>> {
    let so = match missing {
        1 => singular(so),
        _ => so.to_owned(),
    };
    let note = || Diagnostic::note(format!("{} and {so}", headline(missing, of, rows, column)));
    (missing > 0).then(note)
}

/// `are left out` of one cell: `is left out`.
fn singular(so: &str) -> String {
    match so.split_once(' ') {
        Some(("are", rest)) => format!("is {rest}"),
        Some(("do", rest)) => format!("does {rest}"),
        Some((verb, rest)) => format!("{verb}s {rest}"),
        None => format!("{so}s"),
    }
}

impl Along {
    /// What a column has a value for each of.
    pub fn rows(&self) -> &'static str {
        match self {
            Along::Cells(_) => "cells",
            Along::Genes(_) => "genes",
            Along::One => "rows",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::NumberType;

    #[test]
    fn the_number_of_cells_is_said() {
        let numbers = Column::numbers(vec![1.0, f64::NAN, 3.0], NumberType::F64);
        assert_eq!(missing_in(&numbers), 1);
        let texts = Column::Text(["a", "", ""].iter().collect());
        assert_eq!(missing_in(&texts), 2);
        let said = note(2, 3, "obs.part", "are left out").unwrap();
        assert_eq!(
            said.headline,
            "2 of 3 cells have no value in obs.part and are left out"
        );
        assert!(note(0, 3, "obs.part", "are left out").is_none());
        for (so, of_one) in [
            ("are left out", "is left out"),
            ("do not vote", "does not vote"),
            ("belong to no group", "belongs to no group"),
        ] {
            let said = note(1, 3, "obs.part", so).unwrap();
            let expected = format!("1 of 3 cells has no value in obs.part and {of_one}");
            assert_eq!(said.headline, expected);
        }
    }
}

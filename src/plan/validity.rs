//! Impossible values: what a source holds is checked on its way into a fold, once it is picked and
//! before any step, so that a mistake in a file is named and not computed with.

use super::fault::Fault;
use crate::data::matrix::Sound;
use crate::data::{Axis, FileError, Lazy, Maker, Matrix, RowsView, Slot};
use crate::diagnostic::{Diagnostic, code};

/// Whether all values of a block are from `least` to `most`, so that nothing has to be checked more
/// closely. NaN is in no range. Folded without an early end, which the processor does in lanes.
pub(super) fn within(rows: RowsView, least: f32, most: f32) -> bool {
    let good = |x: f32| (x >= least) & (x <= most);
    rows.data().iter().fold(true, |all, &x| all & good(x))
}

/// The least and the largest value that can be.
pub(super) fn range(sound: &Sound) -> (f32, f32) {
    (if sound.negative { f32::MIN } else { 0.0 }, f32::MAX)
}

/// The first value that cannot be: row and gene in the block.
pub(super) fn first_unsound(rows: RowsView, sound: &Sound) -> Option<(usize, u32, f32)> {
    let (least, most) = range(sound);
    let good = |x: f32| x >= least && x <= most;
    for (at, row) in rows.outer_iterator().enumerate() {
        for (gene, &x) in row.iter() {
            if !good(x) {
                return Some((at, gene as u32, x));
            }
        }
    }
    None
}

/// Names the value, by the positions of cell and gene in the source.
pub(super) fn fault(sound: &Sound, matrix: &Matrix, cell: u32, gene: u32, x: f32) -> Fault {
    let (cell, gene) = names(Some(sound), matrix, cell, gene);
    let (kind, value) = match x {
        x if x.is_nan() => ("a value that is not a number", "NaN".to_owned()),
        x if x.is_infinite() => ("an infinite value", x.to_string()),
        x => ("a negative value", x.to_string()),
    };
    let help = if x.is_finite() {
        "counts and logarithms of counts are 0 or more: if these are scaled or corrected values, give the layer with the counts (layer=\"counts\"), or continue with `pca`"
    } else {
        "it is in the file: write the file again without it, in Python: adata.X = np.nan_to_num(adata.X); or leave out that cell or gene"
    };
    let headline = format!("{} holds {kind}", sound.what);
    Fault::Reported(
        Diagnostic::error(
            code::NOT_FINITE,
            format!("{headline}: {value} in cell {cell}, gene {gene}"),
        )
        .help(help),
    )
}

/// A cell and a gene of the source as the user calls them; their numbers where names are not known.
pub(super) fn names(
    sound: Option<&Sound>,
    matrix: &Matrix,
    cell: u32,
    gene: u32,
) -> (String, String) {
    let named = |slot: Option<&Slot>, axis: &Axis, position: u32| {
        let of_source = |slot: &&Slot| slot.rows.as_ref().is_some_and(|rows| rows.same(axis));
        let name = slot
            .filter(of_source)
            .and_then(|slot| name(&slot.value, position).ok().flatten());
        name.unwrap_or_else(|| position.to_string())
    };
    (
        named(sound.map(|it| &it.obs_names), &matrix.cells, cell),
        named(sound.map(|it| &it.var_names), &matrix.genes, gene),
    )
}

/// One of the names, read if necessary.
fn name(names: &Lazy, position: u32) -> Result<Option<String>, FileError> {
    let value = match (names.get(), names.maker()) {
        (Some(value), _) => value.clone(),
        (None, Some(Maker::File(load))) => load.load()?,
        _ => return Ok(None),
    };
    let names = value.names();
    Ok(names.map(|names| names.get(position as usize).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Stamp;
    use crate::data::{Names, Rows, Value};
    use std::sync::Arc;

    fn sound(negative: bool) -> Sound {
        let names = |names: [&str; 2]| Slot {
            value: Lazy::ready(Value::Names(Arc::new(names.into_iter().collect::<Names>()))),
            rows: None,
            stamp: Stamp::original(),
        };
        Sound {
            what: "X of a.h5ad".into(),
            negative,
            obs_names: names(["c1", "c2"]),
            var_names: names(["CD3D", "LYZ"]),
        }
    }

    fn rows(values: [f32; 3]) -> Rows {
        Rows::new((2, 2), vec![0, 1, 3], vec![1, 0, 1], values.to_vec())
    }

    #[test]
    fn the_first_bad_value_is_found() {
        let found = |values, negative| first_unsound(rows(values).view(), &sound(negative));
        assert_eq!(found([1.0, 0.0, 2.5], false), None);
        assert_eq!(found([1.0, -1.0, -2.0], false), Some((1, 0, -1.0)));
        assert_eq!(found([1.0, -1.0, -2.0], true), None);
        assert_eq!(
            found([1.0, 2.0, f32::INFINITY], true),
            Some((1, 1, f32::INFINITY))
        );
        assert!(matches!(found([f32::NAN, 2.0, 1.0], true), Some((0, 1, x)) if x.is_nan()));
    }
}

//! Cells without a value in a column: said in one way by the commands that leave them out, and
//! refused in one way by those that need a value for every cell.

use crate::command::Scene;
use crate::data::{Column, Dataset, Lazy, Place};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::Fault;
use crate::source::Origin;

/// How many cells of a column have no value.
pub fn missing_in(column: &Column) -> usize {
    match column {
        Column::Number(numbers) => numbers.values.iter().filter(|x| x.is_nan()).count(),
        Column::Category(category) => category.codes.iter().filter(|&&code| code < 0).count(),
        Column::Text(texts) => texts.iter().filter(|text| text.is_empty()).count(),
        Column::Truth(_) => 0,
    }
}

/// `20 of 60 cells have no value in obs.part`: `1 of 60 cells has …`.
fn headline(missing: usize, cells: usize, of: &str) -> String {
    let have = if missing == 1 { "has" } else { "have" };
    format!("{missing} of {cells} cells {have} no value in {of}")
}

/// The note on cells that a result does not hold; `so` says what becomes of them: `are left out`.
pub fn note(missing: usize, cells: usize, of: &str, so: &str) -> Option<Box<Diagnostic>> {
    let note = || Diagnostic::note(format!("{} and {so}", headline(missing, cells, of)));
    (missing > 0).then(note)
}

/// The refusal where every cell needs a value; nothing if every cell has one.
pub fn refuse(missing: usize, cells: usize, key: &str, origin: &Origin) -> Result<(), Fault> {
    if missing == 0 {
        return Ok(());
    }
    let headline = headline(missing, cells, &format!("obs.{key}"));
    let said = Diagnostic::error(code::MISSING_VALUES, headline).at(origin);
    let help = format!("leave such cells out: filter adata (not is_missing({key}))");
    Err(said.help(help).into())
}

/// A column of obs as it is, with a note on the cells that have no value in it.
pub fn noted(scene: &Scene, data: &Dataset, key: &str, so: &'static str) -> Outcome<Lazy> {
    let column = scene.value(data, Place::Obs, key)?;
    let promise = column.promise();
    let of = format!("obs.{key}");
    Ok(scene.step(column, promise, move |value, cx| {
        if let Some(column) = value.column() {
            cx.remark(note(missing_in(column), column.len(), &of, so));
        }
        Ok(value)
    }))
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
    }
}

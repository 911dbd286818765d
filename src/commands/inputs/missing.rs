//! Cells without a value in a column of obs: noted by the commands that leave them out, and refused
//! in one way by those that need a value for every cell.

use crate::command::Scene;
use crate::command::missing::headline;
pub use crate::command::missing::{infinite_in, missing_in, note, note_of_infinite};
use crate::command::suggest::spelled;
use crate::data::{Dataset, Lazy, Place};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::Fault;
use crate::source::Origin;

/// The refusal where every cell needs a value; nothing if every cell has one.
pub fn refuse(missing: usize, cells: usize, key: &str, origin: &Origin) -> Result<(), Fault> {
    if missing == 0 {
        return Ok(());
    }
    let headline = headline(missing, cells, "cells", &format!("obs.{key}"));
    let said = Diagnostic::error(code::MISSING_VALUES, headline).at(origin);
    let key = spelled(key);
    let help = format!("leave such cells out: filter adata (not is_missing({key}))");
    Err(said.help(help).into())
}

/// A column of obs as it is, with a note on the cells that have no value in it.
pub fn noted(scene: &Scene, data: &Dataset, key: &str, so: &'static str) -> Outcome<Lazy> {
    let column = scene.value(data, Place::Obs, key)?;
    let promise = column.promise();
    let of = format!("obs.{key}");
    Ok(scene.light_step(column, promise, move |value, cx| {
        if let Some(column) = value.column() {
            cx.remark(note(missing_in(column), column.len(), &of, so));
        }
        Ok(value)
    }))
}

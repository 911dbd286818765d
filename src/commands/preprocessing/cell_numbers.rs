//! Columns of obs as numbers that a fit can use: numbers as they are, a category as one column
//! of 0 and 1 for each level.

use crate::command::Scene;
use crate::data::{Column, Dataset, Lazy, Place, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::plan::Fault;
use crate::source::Origin;

/// The columns of these names, promised.
pub fn promised(scene: &Scene, data: &Dataset, keys: &[String]) -> Outcome<Vec<Lazy>> {
    keys.iter()
        .map(|key| scene.value(data, Place::Obs, key))
        .collect()
}

/// One vector for each number column and level, by cell. An error names the first cell without a
/// value.
pub fn columns(values: &[Value], keys: &[String], origin: &Origin) -> Result<Vec<Vec<f64>>, Fault> {
    let mut found = Vec::new();
    for (value, key) in values.iter().zip(keys) {
        let Some(column) = value.column() else {
            continue;
        };
        let missing = |cell: usize| {
            Fault::Said(
                Diagnostic::error("E331", format!("cell {cell} has no value in obs.{key}"))
                    .at(origin)
                    .help(format!(
                        "leave such cells out: filter adata (not is_missing({key}))"
                    )),
            )
        };
        match &**column {
            Column::Number(numbers) => {
                if let Some(cell) = numbers.values.iter().position(|x| !x.is_finite()) {
                    return Err(missing(cell));
                }
                found.push(numbers.values.clone());
            }
            Column::Truth(truths) => found.push(truths.iter().map(|&t| f64::from(t)).collect()),
            other => {
                let category = other.to_category();
                if let Some(cell) = category.codes.iter().position(|&code| code < 0) {
                    return Err(missing(cell));
                }
                for level in 0..category.levels.len() as i32 {
                    let codes = category.codes.iter();
                    found.push(codes.map(|&code| f64::from(code == level)).collect());
                }
            }
        }
    }
    Ok(found)
}

//! Groups of cells by a column of obs: what several commands go by.

use crate::command::Scene;
use crate::data::{Dataset, Lazy, Names, Place, Promise, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::sums::NO_GROUP;
use std::sync::Arc;

/// A group for each cell.
#[derive(Debug, Clone)]
pub struct Groups {
    /// Index into `levels`; [`NO_GROUP`] where the column has no value.
    pub codes: Arc<[u32]>,
    pub levels: Arc<Names>,
}

impl Groups {
    /// Cells in each group.
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.levels.len()];
        for &code in self.codes.iter().filter(|&&code| code != NO_GROUP) {
            sizes[code as usize] += 1;
        }
        sizes
    }
}

/// The groups of a column, as [`Groups`].
pub fn groups(scene: &Scene, data: &Dataset, key: &str) -> Outcome<Lazy> {
    let column = scene.value(data, Place::Obs, key)?;
    let key = key.to_owned();
    Ok(scene.one(vec![column], Promise::Unknown, move |needs, _| {
        let Some(column) = needs[0].column() else {
            return Err(Diagnostic::error("E301", format!("obs.{key} is no column")).into());
        };
        let category = column.to_category();
        let codes = category
            .codes
            .iter()
            .map(|&code| u32::try_from(code).unwrap_or(NO_GROUP))
            .collect();
        Ok(Value::Inner(Arc::new(Groups {
            codes,
            levels: category.levels,
        })))
    }))
}

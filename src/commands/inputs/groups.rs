//! Groups of cells by a column of obs: what several commands go by.

use crate::command::{NamedGroups, Scene};
use crate::data::{Category, Dataset, Lazy, Names, Place, Promise, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::stats::sums::NO_GROUP;
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
    groups_with(scene, data, key, Vec::new())
}

/// The groups of a column, among which are those that arguments name.
pub fn groups_with(
    scene: &Scene,
    data: &Dataset,
    key: &str,
    named: Vec<NamedGroups>,
) -> Outcome<Lazy> {
    let column = scene.value(data, Place::Obs, key)?;
    let key = key.to_owned();
    Ok(scene.one(vec![column], Promise::Unknown, move |needs, _| {
        let Some(column) = needs[0].column() else {
            return Err(Diagnostic::error("E301", format!("obs.{key} is no column")).into());
        };
        let groups = in_use(&column.to_category());
        named.iter().try_for_each(|it| it.check(&groups.levels))?;
        Ok(Value::Inner(Arc::new(groups)))
    }))
}

/// The groups that have cells: those that a filter emptied are none.
pub fn in_use(category: &Category) -> Groups {
    let mut place = vec![NO_GROUP; category.levels.len()];
    let used: Vec<u32> = (0..)
        .zip(category.counts())
        .filter(|(_, cells)| *cells > 0)
        .map(|(code, _)| code)
        .collect();
    for (to, &code) in (0..).zip(&used) {
        place[code as usize] = to;
    }
    let code = |&code: &i32| usize::try_from(code).map_or(NO_GROUP, |code| place[code]);
    Groups {
        codes: category.codes.iter().map(code).collect(),
        levels: Arc::new(category.levels.pick(&used)),
    }
}

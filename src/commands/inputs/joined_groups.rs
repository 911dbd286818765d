//! Groups by several columns of obs: the combinations of their levels as one column, which figures
//! then draw like any other.

use crate::command::Scene;
use crate::commands::inputs::combinations::Combinations;
use crate::commands::inputs::groups::{Groups, groups_unnoted};
use crate::data::{Column, ColumnType, Dataset, Names, Place, Promise, SlotName, Value};
use crate::diagnostic::Outcome;
use crate::plan::Promised;
use std::sync::Arc;

/// The dataset, and the column of it that groups by all of `keys`: that of a single key itself. The
/// combinations that occur are named `B_stim`, in the order of the levels of the first key, then of
/// the next; a cell without a value in some column belongs to none.
pub fn joined_groups(scene: &Scene, data: &Dataset, keys: &[String]) -> Outcome<(Dataset, String)> {
    let joined = keys.join("_");
    if keys.len() < 2 {
        return Ok((data.clone(), joined));
    }
    let columns = keys.iter().map(|key| groups_unnoted(scene, data, key));
    let columns = columns.collect::<Outcome<Vec<Promised<Groups>>>>()?;
    let promise = Promise::Column(ColumnType::Category);
    let column = scene.light_step(columns, promise, |columns, _| {
        let (codes, names) = combinations(&columns);
        Ok(Value::Column(Arc::new(Column::category(codes, names))))
    });
    let mut data = data.clone();
    let from: Vec<SlotName> = keys
        .iter()
        .map(|key| SlotName::new(Place::Obs, key))
        .collect();
    scene.put(&mut data, Place::Obs, &joined, column, &from);
    Ok((data, joined))
}

/// The combination of each cell, and their names.
fn combinations(columns: &[Arc<Groups>]) -> (Vec<i32>, Names) {
    let found = Combinations::of(columns);
    let codes = found.of_cells();
    let codes = codes.map(|at| at.map_or(-1, |at| at as i32)).collect();
    // `a_b` and `c` would be called like `a` and `b_c`.
    let names = found.names("_");
    if names.duplicate().is_none() {
        (codes, names)
    } else {
        (codes, found.names(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::stats::sums::NO_GROUP;

    fn groups(codes: &[u32], levels: &[&str]) -> Arc<Groups> {
        Arc::new(Groups {
            codes: codes.into(),
            levels: Arc::new(levels.iter().collect()),
        })
    }

    #[test]
    fn combinations_that_occur_in_the_order_of_levels() {
        let a = groups(&[1, 0, 1, 0, NO_GROUP], &["x", "y"]);
        let b = groups(&[0, 1, 1, 1, 0], &["p", "q"]);
        let (codes, names) = combinations(&[a, b]);
        assert_eq!(codes, [1, 0, 2, 0, -1]);
        assert_eq!(names.iter().collect::<Vec<_>>(), ["x_q", "y_p", "y_q"]);
    }

    #[test]
    fn names_stay_distinct() {
        let a = groups(&[0, 1], &["a", "a_b"]);
        let b = groups(&[0, 1], &["b_c", "c"]);
        let (_, names) = combinations(&[a, b]);
        assert_eq!(names.iter().collect::<Vec<_>>(), ["a, b_c", "a_b, c"]);
    }
}

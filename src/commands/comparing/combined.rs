//! Groups of cells by several columns of obs at once, and the dataset that has them as its cells.

use crate::command::Scene;
use crate::commands::inputs::combinations::Combinations;
use crate::commands::inputs::groups::{Groups, groups_unnoted};
use crate::commands::inputs::missing;
use crate::data::{
    Axis, Column, ColumnType, Dataset, Lazy, Names, NumberType, Promise, Selection, Slot, Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::stats::sums::NO_GROUP;
use crate::plan::{Private, Promised};
use crate::source::Origin;
use std::sync::Arc;

/// Combinations of the levels of some columns.
pub struct Combined {
    /// The group of each cell; names are joined with `_`.
    pub groups: Promised<Groups>,
    /// How many there are at most, if all columns are known.
    at_most: Option<usize>,
    /// A dataset whose cells are the groups: with the columns, with what is known of genes, and
    /// with neither X nor layers.
    pub data: Dataset,
}

impl Combined {
    /// The groups, and how many there are at most, if that is known.
    pub fn counted(&self) -> (&Promised<Groups>, Option<usize>) {
        (&self.groups, self.at_most)
    }
}

/// Combinations of the levels of some columns that there are at most; `None` if a column is not
/// known yet.
fn at_most(scene: &Scene, data: &Dataset, keys: &[String]) -> Outcome<Option<usize>> {
    let mut most = 1_usize;
    for key in keys {
        let Some(column) = scene.known_column(data, key)?.value() else {
            return Ok(None);
        };
        most = most.saturating_mul(column.to_category().levels.len());
    }
    Ok(Some(most.min(data.cells.at_most())))
}

/// The groups that occur and have `min_cells` at least, in the order of the levels; a cell
/// without a value in some column belongs to none.
pub fn combined(
    scene: &Scene,
    data: &Dataset,
    keys: &[String],
    min_cells: usize,
) -> Outcome<Combined> {
    let columns = keys.iter();
    let columns = columns.map(|key| groups_unnoted(scene, data, key));
    let columns = columns.collect::<Outcome<Vec<_>>>()?;
    let promises = (
        (Private::new(), Private::new(), Private::new()),
        vec![Promise::Column(ColumnType::Category); keys.len()],
        Promise::Column(ColumnType::Number),
    );
    let (origin, named) = (scene.origin(), keys.join(" and "));
    let of = format!("obs.{}", keys.join(" or obs."));
    let ((groups, firsts, names), levels, n_cells) =
        scene.light_step(columns, promises, move |columns, cx| {
            let (found, largest) = combinations(&columns, min_cells);
            if (1..min_cells).contains(&largest) {
                let headline = format!("no group of {named} has {min_cells} cells");
                let help = format!("the largest has {largest}: min_cells={largest} or less");
                let said = Diagnostic::error(code::GROUPS_TOO_SMALL, headline).at(&origin);
                return Err(said.help(help).into());
            }
            cx.remark(left_out(&columns, &found.0.0, &of, min_cells));
            Ok(found)
        });
    // There are at most as many groups as cells: that bounds the root, its selection is exact.
    let cells = Axis::root(data.cells.at_most()).select(firsts.lazy().clone());
    // Rows of a new kind: nothing of them grows old when the cells' columns change.
    let stamp = scene.stamp(data, &[]);
    let slot = |value: &Lazy| Slot {
        value: value.clone(),
        rows: Some(cells.clone()),
        stamp: stamp.clone(),
    };
    let mut grouped = Dataset::empty(
        data.from.clone(),
        names.lazy().clone(),
        data.var_names.value.clone(),
        cells.clone(),
        data.genes.clone(),
    );
    grouped.obs_names = slot(names.lazy());
    grouped.var_names = data.var_names.clone();
    grouped.var_index = data.var_index.clone();
    grouped.var = data.var.clone();
    for (key, value) in keys.iter().zip(&levels) {
        grouped.obs.insert(key.clone(), slot(value));
    }
    grouped.obs.insert("n_cells".into(), slot(&n_cells));
    grouped.history = data.history.clone();
    Ok(Combined {
        at_most: at_most(scene, data, keys)?,
        groups,
        data: grouped,
    })
}

/// No group has enough cells.
pub fn no_group(origin: &Origin) -> Box<Diagnostic> {
    Diagnostic::error(code::GROUPS_TOO_SMALL, "no group has enough cells")
        .at(origin)
        .help("lower min_cells, or group by fewer columns")
}

/// How many cells are in no row, and why.
fn left_out(
    columns: &[Arc<Groups>],
    groups: &Groups,
    of: &str,
    min_cells: usize,
) -> Option<Box<Diagnostic>> {
    let n_cells = groups.codes.len();
    let without = |cell: &usize| columns.iter().any(|column| column.codes[*cell] == NO_GROUP);
    let missing = (0..n_cells).filter(without).count();
    let small = groups.ungrouped() - missing;
    let few = match small {
        0 => None,
        1 => Some("1 cell is in a group".to_owned()),
        n => Some(format!("{n} cells are in groups")),
    };
    let few = few.map(|few| format!("{few} of fewer than min_cells={min_cells} and left out"));
    match (missing::note(missing, n_cells, of, "are left out"), few) {
        (Some(mut note), Some(few)) => {
            note.headline += &format!("; {few}");
            Some(note)
        }
        (note, few) => note.or_else(|| few.map(Diagnostic::note)),
    }
}

/// Groups, positions and names; a category for each column; numbers of cells.
type Made = ((Groups, Selection, Names), Vec<Value>, Value);

/// What is made, and the cells of the largest combination, kept or not.
fn combinations(columns: &[Arc<Groups>], min_cells: usize) -> (Made, usize) {
    let all = Combinations::of(columns);
    let largest = all.sizes().max().unwrap_or(0);
    let kept = all.of_at_least(min_cells);
    let names = kept.names("_");
    let codes = kept.of_cells();
    let groups = Groups {
        codes: codes
            .map(|at| at.map_or(NO_GROUP, |at| at as u32))
            .collect(),
        levels: Arc::new(names.clone()),
    };
    let keep: Selection = (0..kept.count() as u32).collect();
    let level = |(i, column): (usize, &Arc<Groups>)| {
        let codes = kept.levels(i).map(|code| code as i32).collect();
        Value::of(Column::category(codes, (*column.levels).clone()))
    };
    let levels = columns.iter().enumerate().map(level).collect();
    let sizes = kept.sizes().map(|n| n as f64).collect();
    let sizes = Value::of(Column::numbers(sizes, NumberType::I64));
    (((groups, keep, names), levels, sizes), largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(codes: &[u32], levels: &[&str]) -> Arc<Groups> {
        Arc::new(Groups {
            codes: codes.into(),
            levels: Arc::new(levels.iter().collect()),
        })
    }

    #[test]
    fn combinations_that_occur_in_the_order_of_levels() {
        let a = groups(&[1, 0, 1, 0, NO_GROUP, 1], &["x", "y"]);
        let b = groups(&[0, 1, 0, 1, 0, 1], &["p", "q"]);
        let (((found, ..), ..), largest) = combinations(&[a.clone(), b.clone()], 1);
        assert_eq!(largest, 2);
        assert_eq!(
            found.levels.iter().collect::<Vec<_>>(),
            ["x_q", "y_p", "y_q"]
        );
        assert_eq!(found.codes[..], [1, 0, 1, 0, NO_GROUP, 2]);
        let (((found, _, names), levels, _), _) = combinations(&[a, b], 2);
        assert_eq!((names.len(), found.codes[5]), (2, NO_GROUP));
        assert_eq!(levels[1].column().unwrap().text(0), "q");
    }
}

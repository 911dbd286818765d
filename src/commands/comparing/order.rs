//! `order`: the order of the levels of a column in tables and figures.

use crate::command::params::{Data, GroupKey, Many, Text};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::groups::category_of;
use crate::data::{Category, Column, ColumnType, LevelType, Place, Promise, SlotName, Value};
use crate::diagnostic::Outcome;
use crate::params;
use std::cmp::Reverse;
use std::sync::Arc;

params! {
    Order {
        /// The dataset.
        adata: Data,
        /// Column of obs.
        #[also("groupby")]
        by: GroupKey = "leiden",
        /// Levels in the new order, followed by the others; by default ordered by number of cells.
        #[also("new_categories")]
        levels: Option<Many<Text>>,
    }
}

impl Command for Order {
    const SPEC: Spec = Spec {
        name: "order",
        summary: "Reorder the categories of a column.",
        keywords: "levels categories factor",
        about: "Tables, figures, and written files use this order.",
        writes: &[Write::Slot(Place::Obs, Key::Param("by"))],
        like: &["adata.obs.cat.reorder_categories", "factor"],
        examples: &[
            "order adata by=cell_type levels=[\"B\", \"NK\"]",
            "order adata by=cell_type",
        ],
        holds: "one label per cell",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let column = scene.value(&data, Place::Obs, &self.by.0)?;
        let levels: Option<Vec<String>> = self
            .levels
            .map(|levels| levels.0.into_iter().map(|level| level.0).collect());
        let names = levels.clone().unwrap_or_default();
        let named = scene.named_groups(&data, &self.by.0, "levels", names)?;
        let by = self.by.0.clone();
        let promise = Promise::Column(ColumnType::Category);
        let value = scene.light_step(column, promise, move |value, _| {
            let category = category_of(&value, &by)?;
            named.check(&category.levels)?;
            let ordered = ordered(&category, levels.as_deref());
            Ok(Value::Column(Arc::new(Column::Category(ordered))))
        });
        let from = [SlotName::new(Place::Obs, self.by.0.clone())];
        scene.put(&mut data, Place::Obs, &self.by.0, value, &from);
        Ok(Reply::Dataset(
            data,
            vec![SlotName::new(Place::Obs, self.by.0)],
        ))
    }
}

/// The same values; all that is wanted is a level.
fn ordered(category: &Category, wanted: Option<&[String]>) -> Category {
    let n = category.levels.len() as u32;
    let order: Vec<u32> = match wanted {
        None => {
            let counts = category.counts();
            let mut order: Vec<u32> = (0..n).collect();
            order.sort_by_key(|&level| Reverse(counts[level as usize]));
            order
        }
        Some(wanted) => {
            let position = |level: &String| category.levels.position(level);
            let found = wanted.iter().filter_map(position);
            let mut order: Vec<u32> = found.map(|at| at as u32).collect();
            let rest: Vec<u32> = (0..n).filter(|level| !order.contains(level)).collect();
            order.extend(rest);
            let mut seen = vec![false; n as usize];
            order.retain(|&level| !std::mem::replace(&mut seen[level as usize], true));
            order
        }
    };
    let mut place = vec![-1; n as usize];
    for (to, &level) in (0..).zip(&order) {
        place[level as usize] = to;
    }
    let code = |&code: &i32| usize::try_from(code).map_or(-1, |code| place[code]);
    Category {
        codes: category.codes.iter().map(code).collect(),
        levels: Arc::new(category.levels.pick(&order)),
        level_type: match category.level_type {
            // Only a category has an order of its levels.
            LevelType::MaskedTruth => LevelType::Bool,
            other => other,
        },
        ordered: category.ordered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay() {
        let column = Column::Category(Category {
            codes: vec![0, 2, -1, 2, 1],
            levels: Arc::new(["a", "b", "c"].iter().collect()),
            level_type: LevelType::Text,
            ordered: false,
        });
        let texts = |category: Category| -> Vec<String> {
            let column = Column::Category(category);
            (0..5).map(|i| column.text(i)).collect()
        };
        let category = column.to_category();
        let wanted = ["b".to_owned(), "b".to_owned()];
        let given = ordered(&category, Some(&wanted));
        assert_eq!(given.levels.iter().collect::<Vec<_>>(), ["b", "a", "c"]);
        assert_eq!(texts(given), texts(category.clone()));
        let by_size = ordered(&category, None);
        assert_eq!(by_size.levels.iter().collect::<Vec<_>>(), ["c", "a", "b"]);
    }
}

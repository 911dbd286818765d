//! `label`: new names for the levels of a column.

use crate::command::params::{Data, GroupKey, NewName, Pairs};
use crate::command::{Command, Key, Reply, Scene, Spec, Val, Write};
use crate::commands::inputs::groups::category_of;
use crate::commands::inputs::missing;
use crate::data::{
    Category, Column, ColumnType, LevelType, Names, Place, Promise, SlotName, Value,
};
use crate::diagnostic::{Outcome, code};
use crate::params;
use std::sync::Arc;

params! {
    Label {
        /// The dataset.
        adata: Data,
        /// Column of obs whose levels to rename.
        #[also("groupby")]
        by: GroupKey = "leiden",
        /// Column of obs to write.
        #[also("key_added")]
        to: NewName = "cell_type",
        /// New names of levels, as in map={"0": "CD4 T", "1": "B"}; others keep their names.
        #[also("names")]
        map: Pairs,
    }
}

impl Command for Label {
    const SPEC: Spec = Spec {
        name: "label",
        summary: "Rename the categories of a column, such as clusters to cell types.",
        keywords: "annotation cell types rename clusters relabel",
        about: "Levels given the same name are merged.",
        writes: &[Write::Slot(Place::Obs, Key::Param("to"))],
        like: &["adata.obs.map", "adata.rename_categories", "RenameIdents"],
        examples: &[
            "leiden adata; label adata by=leiden to=cell_type map={\"0\": \"CD4 T\", \"1\": \"Mono\"}",
            "label adata by=cell_type to=lineage map={\"CD4 T\": \"T\", \"CD8 T\": \"T\"}",
        ],
        method: "Groups of {by} were named by hand ({to}).",
        holds: "one label per cell",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let mut map: Vec<(String, String)> = Vec::new();
        for (level, name) in &self.map.0 {
            match name {
                Val::Text(name) => map.push((level.clone(), name.clone())),
                other => {
                    let what = format!("`{level}` is {}", other.described());
                    return Err(scene.error(
                        "map",
                        code::INVALID_VALUE,
                        "new names must be text",
                        what,
                    ));
                }
            }
        }
        let from = map.iter().map(|(level, _)| level.clone()).collect();
        let named = scene.named_groups(&data, &self.by.0, "map", from)?;
        let by = self.by.0.clone();
        let promise = Promise::Column(ColumnType::Category);
        let noted = missing::noted(scene, &data, &by, "get no label")?;
        let value = scene.light_step(noted, promise, move |value, _| {
            let category = category_of(&value, &by)?;
            named.check(&category.levels)?;
            let renamed = renamed(&category, &map);
            Ok(Value::Column(Arc::new(Column::Category(renamed))))
        });
        let from = [SlotName::new(Place::Obs, self.by.0)];
        scene.put(&mut data, Place::Obs, &self.to.0, value, &from);
        Ok(Reply::Dataset(
            data,
            vec![SlotName::new(Place::Obs, self.to.0)],
        ))
    }
}

/// New names, in the order in which the levels first give them.
fn renamed(category: &Category, map: &[(String, String)]) -> Category {
    let of = |level: &str| {
        let found = map.iter().find(|(from, _)| from == level);
        found.map_or(level.to_owned(), |(_, to)| to.clone())
    };
    let mut levels: Vec<String> = Vec::new();
    let mut places = Vec::new();
    for level in category.levels.iter() {
        let name = of(level);
        let place = levels.iter().position(|known| *known == name);
        places.push(place.unwrap_or(levels.len()) as i32);
        if place.is_none() {
            levels.push(name);
        }
    }
    let code = |&code: &i32| usize::try_from(code).map_or(-1, |code| places[code]);
    Category {
        codes: category.codes.iter().map(code).collect(),
        levels: Arc::new(levels.iter().collect::<Names>()),
        level_type: LevelType::Text,
        ordered: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_can_become_one() {
        let column = Column::Text(["2", "0", "1", ""].iter().collect::<Names>());
        let map = [("0".into(), "T".into()), ("2".into(), "T".into())];
        let named = Column::Category(renamed(&column.to_category(), &map));
        let texts: Vec<String> = (0..4).map(|i| named.text(i)).collect();
        assert_eq!(texts, ["T", "T", "1", ""]);
        assert_eq!(
            named.to_category().levels.iter().collect::<Vec<_>>(),
            ["T", "1"]
        );
    }
}

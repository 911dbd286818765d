//! `join` of another dataset's obs: its columns beside the cells of the same names.

use super::join_rows::{Joining, Rows};
use super::joined_features::{Wanted, not_taken};
use crate::command::{Scene, suggest};
use crate::data::{Column, Dataset, Lazy, Names, Place, Promise, SlotName, Value};
use crate::diagnostic::Outcome;
use std::sync::Arc;

/// Puts the columns into obs; gives their names. Cells are matched by name, or by the column `on`
/// of both.
///
/// # Errors
/// No such column; a column has the name already. When computed: no cell is in both.
pub fn join(
    scene: &mut Scene,
    data: &mut Dataset,
    other: &Dataset,
    on: Option<&str>,
    wanted: &Wanted,
) -> Outcome<Vec<String>> {
    let absent = |param: &str, key: &str| {
        let headline = format!("no column `{key}`");
        let help = suggest::nearest_or_list(key, other.obs.keys(), "obs");
        scene
            .error(param, "E032", headline, "does not exist")
            .help(help)
    };
    if let Some(on) = on
        && !(other.obs.contains_key(on) && data.obs.contains_key(on))
    {
        return Err(absent("on", on));
    }
    let others = other.obs.keys().filter(|key| Some(key.as_str()) != on);
    let keys: Vec<String> = match &wanted.columns {
        None => others.cloned().collect(),
        Some(columns) => columns.clone(),
    };
    if let Some(key) = keys.iter().find(|key| !other.obs.contains_key(*key)) {
        return Err(absent("columns", key));
    }
    let called: Vec<String> = keys
        .iter()
        .map(|key| format!("{}{key}", wanted.prefix))
        .collect();
    not_taken(scene, data, &called)?;
    let mut needs = match on {
        Some(on) => vec![
            scene.value(data, Place::Obs, on)?,
            scene.value(other, Place::Obs, on)?,
        ],
        None => vec![scene.cell_names(data), scene.cell_names(other)],
    };
    for key in &keys {
        needs.push(scene.value(other, Place::Obs, key)?);
    }
    let promises: Vec<Promise> = needs[2..].iter().map(Lazy::promise).collect();
    let heading = on.map_or("a cell".to_owned(), |on| format!("obs.{on}"));
    let cells = on.map_or("cells".to_owned(), |on| format!("obs.{on}"));
    let (from, origin, strict) = (other.from.clone(), scene.origin(), wanted.strict);
    let columns = scene.whole(needs, &promises, move |needs, _| {
        let columns = needs[2..]
            .iter()
            .filter_map(|value| value.column().cloned());
        let joining = Joining {
            rows: Rows::new(&texts(&needs[1]), &heading, &from).map_err(|it| it.at(&origin))?,
            columns: columns.collect::<Vec<Arc<Column>>>(),
            headings: keys.clone(),
            strict,
            keys: cells.clone(),
            from: from.clone(),
            origin: origin.clone(),
        };
        joining.joined(&needs[0])
    });
    let source: Vec<SlotName> = on
        .map(|on| SlotName::new(Place::Obs, on))
        .into_iter()
        .collect();
    for (name, value) in called.iter().zip(columns) {
        scene.put(data, Place::Obs, name, value, &source);
    }
    Ok(called)
}

/// Names, or a column.
fn texts(value: &Value) -> Column {
    match value {
        Value::Names(names) => Column::Text(Names::clone(names)),
        value => match value.column() {
            Some(column) => Column::clone(column),
            None => Column::Text(Names::default()),
        },
    }
}

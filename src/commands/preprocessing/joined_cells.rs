//! `join` of another dataset's obs: its columns, matched by cell name.

use super::joined_features::{Wanted, not_taken};
use super::joined_rows::{Joining, Rows, joined_type, with_levels};
use crate::command::{Scene, suggest};
use crate::data::{Column, Dataset, Lazy, Names, Place, Promise, SlotName, Value};
use crate::diagnostic::{Outcome, code};

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
    let keys = keys(scene, data, other, on, wanted)?;
    let called: Vec<String> = keys
        .iter()
        .map(|key| format!("{}{key}", wanted.prefix))
        .collect();
    not_taken(scene, data, &called)?;
    let names = match on {
        Some(on) => [
            scene.value(data, Place::Obs, on)?,
            scene.value(other, Place::Obs, on)?,
        ],
        None => [scene.cell_names(data), scene.cell_names(other)].map(|it| it.lazy().clone()),
    };
    let columns = keys.iter().map(|key| scene.value(other, Place::Obs, key));
    let columns = columns.collect::<Outcome<Vec<Lazy>>>()?;
    let joined_promise = |column: &Lazy| match column.promise() {
        Promise::Column(of) => Promise::Column(joined_type(of, wanted.strict)),
        other => other,
    };
    let promises: Vec<Promise> = columns.iter().map(joined_promise).collect();
    let wholes = columns.clone();
    let heading = on.map_or("a cell".to_owned(), |on| format!("obs.{on}"));
    let cells = on.map_or("cells".to_owned(), |on| format!("obs.{on}"));
    let (from, origin, strict) = (other.from.clone(), scene.origin(), wanted.strict);
    let needs = (names, columns);
    let joined = scene.step(needs, promises, move |([ours, theirs], columns), _| {
        let columns = columns.iter().filter_map(|value| value.column().cloned());
        let joining = Joining {
            rows: Rows::new(&texts(&theirs), &heading, &from).map_err(|it| it.at(&origin))?,
            columns: columns.collect(),
            strict,
            keys: cells.clone(),
            from: from.clone(),
            origin: origin.clone(),
        };
        joining.joined(&ours)
    });
    let source: Vec<SlotName> = on
        .map(|on| SlotName::new(Place::Obs, on))
        .into_iter()
        .collect();
    for ((name, value), whole) in called.iter().zip(joined).zip(&wholes) {
        let value = with_levels(value, whole);
        scene.put(data, Place::Obs, name, value, &source);
    }
    Ok(called)
}

/// The columns that are taken: those named, or all.
fn keys(
    scene: &Scene,
    data: &Dataset,
    other: &Dataset,
    on: Option<&str>,
    wanted: &Wanted,
) -> Outcome<Vec<String>> {
    let absent = |param: &str, key: &str| {
        let headline = format!("no column `{key}`");
        let help = suggest::nearest_or_list(key, other.obs.keys(), "obs");
        let label = "does not exist";
        scene
            .error(param, code::NO_SUCH_COLUMN, headline, label)
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
    match keys.iter().find(|key| !other.obs.contains_key(*key)) {
        Some(key) => Err(absent("columns", key)),
        None => Ok(keys),
    }
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

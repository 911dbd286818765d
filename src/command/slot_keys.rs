//! Which slot a declaration speaks of, with the arguments that were given.

use super::known::{MARKERS, markers_key, markers_of};
use super::{Args, Entry, Key, Val};
use crate::data::{Dataset, Place, SlotName};

/// The key that is not there, of those a declaration speaks of; a parameter may list several.
pub fn missing_key(
    entry: &Entry,
    args: &Args,
    place: Place,
    key: Key,
    data: &Dataset,
) -> Option<String> {
    if let Key::MarkersOf(by) = key {
        let by = first_key(entry, args, by);
        return markers_of(data, &by)
            .is_none()
            .then(|| markers_key(data, &by));
    }
    let missing = |key: &String| data.slot(&SlotName::new(place, key)).is_none();
    let listed = match key {
        Key::Param(name) => args.get(name),
        _ => None,
    };
    match listed {
        Some(Val::List(keys)) => {
            let keys = keys.iter().filter_map(|key| match key {
                Val::Text(text) => Some(text.clone()),
                _ => None,
            });
            keys.into_iter().find(missing)
        }
        _ => Some(slot_key(entry, args, key)).filter(missing),
    }
}

/// The first of several columns, which those of markers are.
pub fn first_key(entry: &Entry, args: &Args, param: &'static str) -> String {
    match args.get(param) {
        Some(Val::List(items)) => match items.first() {
            Some(Val::Text(text)) => text.clone(),
            _ => String::new(),
        },
        _ => slot_key(entry, args, Key::Param(param)),
    }
}

/// The key a declaration speaks of, with these arguments.
pub fn slot_key(entry: &Entry, args: &Args, key: Key) -> String {
    let value = |name: &str| match args.get(name) {
        Some(Val::Text(text)) => text.clone(),
        // The result of several columns is called after all of them.
        Some(Val::List(items)) => {
            let texts = items.iter().filter_map(|item| match item {
                Val::Text(text) => Some(text.as_str()),
                _ => None,
            });
            texts.collect::<Vec<_>>().join("_")
        }
        _ => match entry
            .param(name)
            .and_then(|param| param.default)
            .map(|default| default())
        {
            Some(Val::Text(text)) => text,
            _ => String::new(),
        },
    };
    match key {
        Key::Is(key) | Key::Pattern(key) => key.to_owned(),
        Key::Param(name) => value(name),
        Key::ParamOr(name, usual) => match value(name) {
            given if given.is_empty() => usual.to_owned(),
            given => given,
        },
        Key::Around(before, name, after) => format!("{before}{}{after}", value(name)),
        Key::MarkersOf(_) => MARKERS.to_owned(),
    }
}

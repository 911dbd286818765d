//! Levels of a column: where groups are chosen, where they are renamed, and after a comparison.

use super::super::symbols::{self, Symbols};
use super::Candidate;
use crate::command::{Param, Val};
use crate::data::{Column, Place};
use crate::lang::cursor::CursorContext;
use crate::lang::words::is_plain;
use crate::render::number::counted;

/// Parameters whose values are levels of the column that the cells are grouped by.
const LEVELS: [&str; 4] = ["groups", "levels", "reference", "path"];

/// Parameters whose values are records of the levels of the column that the cells are grouped by.
const MAPS: [&str; 2] = ["map", "palette"];

/// `map={B: …, ¦`: levels as keys.
pub fn level_keys(known: &Symbols, context: &CursorContext, text: &str) -> Vec<Candidate> {
    let asked = parameter(known, context).is_some_and(|it| MAPS.contains(&it.name));
    let found = if asked {
        levels_of_groups(known, context, text)
    } else {
        Vec::new()
    };
    let key = |mut candidate: Candidate| {
        if is_plain(&candidate.display) {
            candidate.text.clone_from(&candidate.display);
        }
        if context.quote.is_none() {
            candidate.text += ": ";
        }
        candidate
    };
    let given = context.list.as_deref().unwrap_or_default();
    let found = found.into_iter().filter(|it| !given.contains(&it.text));
    found.map(key).collect()
}

/// `groups=[B, ¦`: levels of the column of `by=`, or of the column that is named before.
pub fn of_groups(known: &Symbols, context: &CursorContext, text: &str) -> Vec<Candidate> {
    let asked = parameter(known, context).is_some_and(|it| LEVELS.contains(&it.name));
    if asked {
        levels_of_groups(known, context, text)
    } else {
        Vec::new()
    }
}

/// The levels of the column that the cells are grouped by: that of `by=` or `color=`, the one that
/// is named before, or the command's default.
fn levels_of_groups(known: &Symbols, context: &CursorContext, text: &str) -> Vec<Candidate> {
    let Some(data) = known.subject(context) else {
        return Vec::new();
    };
    let groups = |word: &&str| data.obs.get(*word).is_some_and(symbols::can_group);
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ')' | ']' | '[' | '"');
    let by = text.split(" by=").nth(1).unwrap_or_default();
    let key = by.split(ends).find(groups);
    let color = text.split(" color=").nth(1).unwrap_or_default();
    let key = key.or_else(|| color.split(ends).find(groups));
    let key = key.or_else(|| text.split(ends).find(groups));
    let usual = || {
        let entry = known.entry(&context.command.as_ref()?.name)?;
        match (entry.param("by")?.default?)() {
            Val::Text(key) => Some(key),
            _ => None,
        }
    };
    let key = key.map(str::to_owned).or_else(usual);
    let Some(column) = key.and_then(|key| symbols::column(data, Place::Obs, &key)) else {
        return Vec::new();
    };
    let bare = |mut candidate: Candidate| {
        if is_plain(&candidate.display) && known.session.get(&candidate.display).is_none() {
            candidate.text.clone_from(&candidate.display);
        }
        candidate
    };
    let given = context.list.as_deref().unwrap_or_default();
    of_column(&column, context)
        .into_iter()
        .map(bare)
        .filter(|candidate| !given.contains(&candidate.text))
        .collect()
}

pub fn of_column(column: &Column, context: &CursorContext) -> Vec<Candidate> {
    let category = column.to_category();
    let others = context.list.as_deref().unwrap_or_default();
    let levels = category.levels.iter().zip(category.counts());
    let quoted = |level: &str| crate::command::value::quoted(level);
    levels
        .filter(|(level, _)| !others.contains(&quoted(level)))
        .map(|(level, cells)| Candidate {
            text: quoted(level),
            display: level.to_owned(),
            description: counted(cells as u64, "cell"),
        })
        .collect()
}

/// The parameter whose value is being typed.
pub fn parameter(known: &Symbols, context: &CursorContext) -> Option<&'static Param> {
    known.parameter(context.command.as_ref()?)
}

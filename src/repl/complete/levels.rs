//! Levels of a column: where groups are chosen, where they are renamed, and behind a comparison.

use super::super::known::{self, Known};
use super::values::{of, parameter, variables};
use super::Candidate;
use crate::command::Val;
use crate::data::{Column, Dataset, Place};
use crate::lang::cursor::{CursorContext, Place as At};
use crate::lang::words::is_plain;
use crate::render::number::counted;
use std::sync::Arc;

/// Parameters whose values are levels of the column that the cells are grouped by.
const LEVELS: [&str; 4] = ["groups", "levels", "reference", "path"];

/// Parameters whose values are records of the levels of the column that the cells are grouped by.
const MAPS: [&str; 2] = ["map", "palette"];

/// `map={B: …, ¦`: levels as keys.
pub fn level_keys(known: &Known, context: &CursorContext, text: &str) -> Vec<Candidate> {
    let asked = parameter(known, context).is_some_and(|it| MAPS.contains(&it.name));
    let found = match asked {
        true => levels_of_groups(known, context, text),
        false => Vec::new(),
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
pub fn of_groups(known: &Known, context: &CursorContext, text: &str) -> Vec<Candidate> {
    let asked = parameter(known, context).is_some_and(|it| LEVELS.contains(&it.name));
    match asked {
        true => levels_of_groups(known, context, text),
        false => Vec::new(),
    }
}

/// The levels of the column that the cells are grouped by: that of `by=` or `color=`, the one that
/// is named before, or the command's default.
fn levels_of_groups(known: &Known, context: &CursorContext, text: &str) -> Vec<Candidate> {
    let Some(data) = known.subject(context) else {
        return Vec::new();
    };
    let groups = |word: &&str| data.obs.get(*word).is_some_and(known::can_group);
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
    let Some(column) = key.and_then(|key| known::column(data, Place::Obs, &key)) else {
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

/// Values that a column is compared with: its levels, with how often they occur.
pub fn levels(known: &Known, compared: &str, context: &CursorContext) -> Vec<Candidate> {
    let (data, key) = match column_of(known, compared, context) {
        Some(found) => found,
        None => return of_operand(known, context),
    };
    let Some(column) = known::column(data, Place::Obs, &key) else {
        return Vec::new();
    };
    match &*column {
        Column::Truth(_) => ["true", "false"].map(|it| Candidate::new(it, "")).into(),
        Column::Number(_) => variables(known, |it| matches!(it, Val::Number(_))).collect(),
        Column::Text(_) | Column::Category(_) => of_column(&column, context),
    }
}

fn of_operand(known: &Known, context: &CursorContext) -> Vec<Candidate> {
    let context = CursorContext {
        place: At::Operand,
        ..context.clone()
    };
    of(known, &context, "")
}

fn of_column(column: &Column, context: &CursorContext) -> Vec<Candidate> {
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

/// `leiden`, `obs.leiden`, `adata.obs.leiden`: the dataset and the key.
pub fn column_of<'a>(
    known: &Known<'a>,
    compared: &str,
    context: &CursorContext,
) -> Option<(&'a Arc<Dataset>, String)> {
    let (before, key) = match compared.rsplit_once('.') {
        Some((before, key)) => (Some(before), key),
        None => (None, compared),
    };
    let key = key.trim_matches('`').to_owned();
    let data = match before {
        None | Some("obs") => known.subject(context)?,
        Some(path) => known.dataset(path.strip_suffix(".obs")?)?,
    };
    known::has(data, Place::Obs, &key).then_some((data, key))
}

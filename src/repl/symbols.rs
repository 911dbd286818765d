//! Names known to the session and the table of commands, by context.

use crate::command::{Entry, Kind, Param, Registry, Val};
use crate::data::{Column, ColumnType, Dataset, Names, Place, Promise, Slot, Value};
use crate::lang::cursor::{CursorContext, Expected, InCommand};
use crate::lang::lexeme::{Kind as LexemeKind, lex};
use crate::plan::aligned;
use crate::session::{Session, names_last};
use std::sync::Arc;

#[derive(Clone, Copy)]
pub struct Symbols<'a> {
    pub session: &'a Session,
    pub registry: Registry,
}

/// What a word at a place may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wanted {
    /// A value for a parameter of a kind.
    Kind(Kind),
    /// A column of cells (`Obs`) or of genes (`Var`) in an expression.
    Column(Place),
    /// Any value.
    Operand,
}

impl<'a> Symbols<'a> {
    pub fn entry(&self, name: &str) -> Option<&'static Entry> {
        self.registry.get(name)
    }

    /// The dataset that a text names: a variable, or `last`.
    pub fn dataset(&self, text: &str) -> Option<&'a Arc<Dataset>> {
        let name = text.trim().trim_matches(['(', ')', '`']);
        let value = match (self.session.get(name), name) {
            (Some(value), _) => Some(value),
            (None, name) if names_last(name) => self.session.last.as_ref().map(|last| &last.value),
            _ => None,
        };
        match value {
            Some(Val::Dataset(data, _)) => Some(data),
            _ => None,
        }
    }

    /// The dataset whose columns a place is about.
    pub fn subject(&self, context: &CursorContext) -> Option<&'a Arc<Dataset>> {
        self.dataset(context.subject.as_deref()?)
    }

    /// The parameter that is being given: by its name, or by its position.
    pub fn parameter(&self, command: &InCommand) -> Option<&'static Param> {
        let entry = self.entry(&command.name)?;
        if let Some(name) = &command.parameter {
            return entry.param(name);
        }
        let headed = usize::from(command.piped);
        let mut free = entry
            .params
            .iter()
            .skip(headed)
            .filter(|param| !self.is_given(entry, command, param));
        free.nth(command.positional)
    }

    pub fn is_given(&self, entry: &Entry, command: &InCommand, param: &Param) -> bool {
        let given = |name: &String| entry.param(name).is_some_and(|it| it.name == param.name);
        command.given.iter().any(given)
    }

    /// What a word at a place may be; `None` where there is nothing to know.
    pub fn wanted(&self, context: &CursorContext) -> Option<Wanted> {
        let parameter = context.command.as_ref().and_then(|it| self.parameter(it));
        let kind = parameter.map(|param| param.kind);
        match &context.place {
            Expected::Index { place: 0 } => Some(Wanted::Column(Place::Obs)),
            Expected::Index { .. } => Some(Wanted::Column(Place::Var)),
            Expected::Value | Expected::Argument => {
                Some(kind.map_or(Wanted::Operand, Wanted::Kind))
            }
            // Inside of parentheses: `filter adata (pct¦`.
            Expected::Operand | Expected::Command { .. } => match kind {
                Some(Kind::Cells | Kind::Cell) => Some(Wanted::Column(Place::Obs)),
                Some(Kind::Genes) => Some(Wanted::Column(Place::Var)),
                _ => Some(Wanted::Operand),
            },
            _ => None,
        }
    }
}

/// Keys of a place, with the slots of those that have one.
pub fn keys(data: &Dataset, place: Place) -> Vec<(&String, Option<&Slot>)> {
    match place {
        Place::Layers => data.layers.keys().map(|key| (key, None)).collect(),
        place => data
            .slots(place)
            .into_iter()
            .flatten()
            .map(|(key, slot)| (key, Some(slot)))
            .collect(),
    }
}

pub fn has(data: &Dataset, place: Place, key: &str) -> bool {
    keys(data, place).iter().any(|(known, _)| *known == key)
}

/// The names of the genes, if they are known.
pub fn genes(data: &Dataset) -> Option<&Arc<Names>> {
    data.var_names.value.get()?.names()
}

/// The type of a column, as far as it is known.
pub fn column_type(slot: &Slot) -> Option<ColumnType> {
    match slot.value.promise() {
        Promise::Column(column_type) => Some(column_type),
        _ => None,
    }
}

/// Whether cells can be grouped by a column.
pub fn can_group(slot: &Slot) -> bool {
    column_type(slot) != Some(ColumnType::Number)
}

/// The column of a slot on the present cells or genes; one that is in the file is read now,
/// one that is still to be computed is not.
pub fn column(data: &Dataset, place: Place, key: &str) -> Option<Arc<Column>> {
    let slot = data.slots(place)?.get(key)?;
    let value = slot.value.known().ok()??;
    let present = aligned(slot, data.axis(place));
    let value = present.get().unwrap_or(value);
    value.column().cloned()
}

/// What a slot holds, in a few words.
pub fn described(slot: &Slot) -> String {
    let kind = match slot.value.get() {
        Some(Value::Column(column)) => match &**column {
            Column::Category(category) => {
                format!("category, {} levels", category.levels.len())
            }
            column => column.column_type().word().to_owned(),
        },
        Some(Value::Dense(dense)) => format!("{} columns", dense.ncols()),
        Some(Value::Graph(_)) => "graph".to_owned(),
        _ => match slot.value.promise() {
            Promise::Column(column_type) => column_type.word().to_owned(),
            Promise::Dense(Some(columns)) => format!("{columns} columns"),
            Promise::Graph => "graph".to_owned(),
            _ => String::new(),
        },
    };
    if slot.value.is_pending() {
        format!("{kind} (when computed)").trim_start().to_owned()
    } else {
        kind
    }
}

/// Names that a text itself binds: assigned, counted by `for`, parameters.
pub fn bound(text: &str) -> Vec<&str> {
    let lexemes: Vec<_> = lex(text)
        .into_iter()
        .filter(|it| it.significant())
        .collect();
    let is_name = |kind| matches!(kind, LexemeKind::Name | LexemeKind::Quoted);
    let in_def = lexemes.iter().any(|it| it.is(text, "def"));
    (0..lexemes.len())
        .filter(|&i| is_name(lexemes[i].kind))
        .filter(|&i| {
            let before = i.checked_sub(1).map_or("", |at| lexemes[at].text(text));
            let after = lexemes.get(i + 1).map_or("", |it| it.text(text));
            let begins = matches!(before, "" | ";" | "{" | "}") || lexemes[i].span.start == 0;
            ["for", "param", "def", "as"].contains(&before)
                || after == "=" && begins
                || in_def && (before == "(" || before == ",")
        })
        .map(|i| lexemes[i].text(text).trim_matches('`'))
        .collect()
}

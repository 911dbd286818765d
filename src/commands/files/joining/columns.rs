//! Columns of obs in concatenated datasets. A column whose type differs between the parts is reported.

use super::{Joining, compatible, lengths, put, ready, type_of};
use crate::command::Scene;
use crate::commands::files::joined_columns::{Kind, column_type, joined_column, of_two_kinds};
use crate::data::{
    Category, Column, ColumnType, Dataset, Lazy, LevelType, Names, Place, Promise, Slot, Value,
};
use crate::diagnostic::Diagnostic;
use crate::plan::{Promised, aligned};
use std::sync::Arc;

impl Joining {
    /// Columns of obs, and the label.
    pub(super) fn columns(&self, scene: &mut Scene, parts: &[Arc<Dataset>], data: &mut Dataset) {
        let lengths = lengths(scene, parts);
        for key in self.keys_of(parts, |part| part.obs.keys().collect()) {
            let column = self.column(scene, parts, &lengths, &key);
            put(data, Place::Obs, &key, column);
        }
        if let Some(label) = &self.label {
            let levels: Arc<Names> = Arc::new(self.keys.iter().collect());
            let promise = Promise::Column(ColumnType::Category);
            let column = super::at_once(scene, lengths, promise, move |n| {
                let codes = (0..)
                    .zip(n.iter().copied())
                    .flat_map(|(code, n)| std::iter::repeat_n(code, n));
                Value::Column(Arc::new(Column::Category(Category {
                    codes: codes.collect(),
                    levels: levels.clone(),
                    level_type: LevelType::Text,
                    ordered: false,
                })))
            });
            put(data, Place::Obs, label, column);
        }
    }

    /// A column of all parts. Where their types do not tell whether all hold the same kind of values, as
    /// categories may be booleans some of which are missing, the values do.
    fn column(
        &self,
        scene: &mut Scene,
        parts: &[Arc<Dataset>],
        lengths: &Promised<Vec<usize>>,
        key: &str,
    ) -> Lazy {
        let slots = parts.iter().map(|part| part.obs.get(key));
        let types: Vec<Option<ColumnType>> = slots.clone().map(|slot| slot.map(type_of)).collect();
        let called = (self.keys.iter().zip(parts)).map(|(key, part)| compatible::called(key, part));
        let unlike = Unlike {
            column: key.to_owned(),
            parts: called.collect(),
        };
        let told = unlike.note(types.iter().map(|of_type| of_type.map(Kind::of_type)));
        let is_told = told.is_some();
        told.into_iter().for_each(|note| scene.note(note));
        let of_part = |(slot, part): (Option<&Slot>, &Arc<Dataset>)| {
            slot.map(|slot| aligned(slot, Some(&part.cells)))
        };
        let columns: Vec<Option<Lazy>> = slots.zip(parts).map(of_part).collect();
        let needs = (lengths.clone(), columns);
        let of_type = column_type(&types);
        let make = move |(n, columns): (Arc<Vec<usize>>, Vec<Option<Value>>)| {
            let column = |value: &Option<Value>| value.as_ref()?.column().cloned();
            let columns: Vec<Option<Arc<Column>>> = columns.iter().map(column).collect();
            let kinds = columns.iter().map(|it| it.as_deref().map(Kind::of));
            let note = (!is_told).then(|| unlike.note(kinds)).flatten();
            (Value::of(joined_column(&columns, &n, of_type)), note)
        };
        let promise = Promise::Column(of_type);
        match ready(&needs) {
            Some(values) => {
                let (column, note) = make(values);
                note.into_iter().for_each(|note| scene.note(note));
                Lazy::ready(column)
            }
            None => scene.step(needs, promise, move |values, cx| {
                let (column, note) = make(values);
                cx.remark(note);
                Ok(column)
            }),
        }
    }
}

/// What the note on a column of several kinds says.
struct Unlike {
    column: String,
    /// What the parts are called.
    parts: Vec<String>,
}

impl Unlike {
    /// The note on a column that becomes names although it was none in all parts.
    fn note(&self, kinds: impl Iterator<Item = Option<Kind>>) -> Option<Box<Diagnostic>> {
        let [ours, theirs] = of_two_kinds(kinds)?
            .map(|(part, kind)| format!("{} in {}", kind.values(), self.parts[part]));
        let column = &self.column;
        Some(Diagnostic::note(format!(
            "obs.{column} holds {ours} and {theirs}: all become names"
        )))
    }
}

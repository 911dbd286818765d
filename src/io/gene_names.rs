//! Genes named by a column of var: CELLxGENE and others name them by Ensembl ids, and keep symbols beside these.

use super::features::now;
use crate::data::{Column, Dataset, FileError, Lazy, Names, Slot, Stamp, Value};
use std::path::Path;
use std::sync::Arc;

/// Names the genes, those of raw too, by a column of var; their old names become a column.
/// A gene without a value keeps its name. Names may repeat where there is no raw to keep apart.
///
/// # Errors
/// The column is missing; names cannot be read.
pub fn name_by(dataset: &mut Dataset, path: &Path, key: &str) -> Result<(), FileError> {
    // Scanpy's word for the names that a 10x file has anyway.
    if key == "gene_symbols"
        && !dataset.var.contains_key(key)
        && dataset.var.contains_key("gene_ids")
    {
        return Ok(());
    }
    let values = of_var(dataset.var.get(key), path)?.ok_or_else(|| {
        let there: Vec<&str> = dataset.var.keys().map(String::as_str).collect();
        let remedy = match there[..] {
            [] => "var has no columns: leave out var_names=".to_owned(),
            _ => format!("var has {}", there.join(", ")),
        };
        FileError::new(path, format!("var has no column {key:?}")).remedy(remedy)
    })?;
    let old = names(&dataset.var_names, path)?;
    let mut new = by_column(&old, &values);
    if let Some(raw) = &mut dataset.raw {
        let old_of_raw = names(&raw.var_names, path)?;
        let new_of_raw = match of_var(raw.var.get(key), path)? {
            Some(values) => by_column(&old_of_raw, &values),
            None => mapped(&old_of_raw, (&old, &new), &old_of_raw),
        };
        // Raw has more genes: a name that repeats among them is numbered in the same way in both.
        let new_of_raw = new_of_raw.made_unique();
        new = mapped(&old, (&old_of_raw, &new_of_raw), &new);
        raw.var_names.value = ready(new_of_raw);
        raw.var_index = None;
    }
    let free = [
        dataset.var_index.as_deref(),
        Some("gene_ids"),
        Some("gene_symbols"),
    ]
    .into_iter()
    .flatten()
    .find(|name| !dataset.var.contains_key(*name));
    if let Some(name) = free.map(str::to_owned) {
        let column = Slot {
            value: Lazy::ready(Value::Column(Arc::new(Column::Text((*old).clone())))),
            rows: Some(dataset.genes.clone()),
            stamp: Stamp::original(),
        };
        dataset.var.insert(name, column);
    }
    dataset.var_index = None;
    dataset.var_names.value = ready(new);
    Ok(())
}

fn ready(names: Names) -> Lazy {
    Lazy::ready(Value::Names(Arc::new(names)))
}

fn names(slot: &Slot, path: &Path) -> Result<Arc<Names>, FileError> {
    let names = now(slot)?.and_then(|value| value.names().cloned());
    names.ok_or_else(|| FileError::new(path, "has no names of genes"))
}

fn of_var(slot: Option<&Slot>, path: &Path) -> Result<Option<Arc<Column>>, FileError> {
    let Some(slot) = slot else { return Ok(None) };
    let column = now(slot)?.and_then(|value| value.column().cloned());
    let column = column.ok_or_else(|| FileError::new(path, "the column of var holds no names"));
    column.map(Some)
}

/// The value of each gene, or the name it has.
fn by_column(old: &Names, values: &Column) -> Names {
    let named = old.iter().enumerate().map(|(i, old)| match values.text(i) {
        value if value.is_empty() => old.to_owned(),
        value => value,
    });
    named.collect()
}

/// The names that replace `old` ones, or `otherwise` where none does.
fn mapped(old: &Names, (from, to): (&Names, &Names), otherwise: &Names) -> Names {
    let named = old.iter().enumerate().map(|(i, name)| {
        let found = from.position(name).map(|at| to.get(at));
        found.unwrap_or(otherwise.get(i))
    });
    named.collect()
}

//! The summary of a dataset: its shape, what each place holds, what is pending, what is stale.
//!
//! Nothing is evaluated. What is there is summarized, what is in the file or is still to be made
//! is named by its kind; `*` marks the pending, `≤` a number of cells that a filter may lower.

use super::harmless::shown;
use super::number::{count, counted, range};
use super::screen::Screen;
use crate::data::Value;
use crate::data::axis::compose;
use crate::data::{
    Axis, Column, ColumnType, Dataset, Lazy, Place, Promise, Selection, Slot, SlotName,
};
use owo_colors::Style;
use serde_json::{Map, json};
use unicode_width::UnicodeWidthStr;

/// Several lines under the name the person gave it.
pub fn draw(name: &str, dataset: &Dataset, screen: &Screen) -> String {
    let bold = if screen.has_color() {
        Style::new().bold()
    } else {
        Style::new()
    };
    let name = &*shown(name);
    let lead = name.width().max(6);
    let mut text = String::new();
    let mut line = |head: &str, items: &[String], separator: &str| {
        let room = screen.width.saturating_sub(lead + 2).max(20);
        let items: Vec<String> = items.iter().map(|item| shown(item).into_owned()).collect();
        for (i, row) in filled(&items, separator, room).iter().enumerate() {
            let head = if i == 0 { head } else { "" };
            let padding = " ".repeat(lead - head.width());
            text.push_str(&format!("{}{padding}  {row}\n", bold.style(head)));
        }
    };
    line(name, &shape(dataset), "   ");
    for (place, items) in places(dataset) {
        line(place, &items, " · ");
    }
    let summed = [(Place::Obs, "genes"), (Place::Var, "cells")];
    let older: Vec<&str> = summed
        .into_iter()
        .filter(|(place, _)| places_older(dataset, *place))
        .map(|(_, axis)| axis)
        .collect();
    if !older.is_empty() {
        let hint = format!("° made before {} were left out", older.join(" and "));
        line("", &[hint], "");
    }
    let pending = dataset.pending();
    if !pending.is_empty() {
        let hint = format!("* computed when needed; `compute {name}` computes it now");
        line("", &[hint], "");
    }
    text
}

/// Size, state, origin and what is owed.
fn shape(dataset: &Dataset) -> Vec<String> {
    let size = format!(
        "{} × {}",
        size_of(&dataset.cells, "cell"),
        size_of(&dataset.genes, "gene")
    );
    let mut items = vec![size];
    match &dataset.x {
        Some(matrix) => items.push(matrix.state.shown().to_owned()),
        None => items.push("no X".to_owned()),
    }
    let step = match dataset.history.len() {
        0 => String::new(),
        step => format!(", step {step}"),
    };
    items.push(format!("from {}{step}", dataset.from));
    let steps = dataset.pending_steps();
    if steps > 0 {
        items.push(format!("{} pending", counted(steps as u64, "step")));
    }
    items
}

fn size_of(axis: &Axis, thing: &str) -> String {
    match axis.len() {
        Some(len) => counted(len as u64, thing),
        None => format!("≤ {}", counted(axis.at_most() as u64, thing)),
    }
}

/// Every place that holds something, with its items.
fn places(dataset: &Dataset) -> Vec<(&'static str, Vec<String>)> {
    use Place::*;
    let mut places = Vec::new();
    for place in [Obs, Var, Obsm, Varm, Layers, Obsp, Varp, Uns] {
        let items: Vec<String> = match place {
            Layers => layers(dataset),
            _ => dataset
                .slots(place)
                .into_iter()
                .flatten()
                .map(|(key, slot)| item(dataset, place, key, slot))
                .collect(),
        };
        places.push((place.word(), items));
    }
    if let Some(raw) = &dataset.raw {
        places.push(("raw", vec![size_of(&raw.genes, "gene")]));
    }
    places.retain(|(_, items)| !items.is_empty());
    places
}

/// Whether some column there sums over cells or genes some of which were left out since.
fn places_older(dataset: &Dataset, place: Place) -> bool {
    let keys = dataset
        .slots(place)
        .into_iter()
        .flat_map(|slots| slots.keys());
    let mut stale = keys.map(|key| dataset.stale(&SlotName::new(place, key)));
    stale.any(|origin| origin.is_some_and(|origin| origin.is_axis()))
}

fn layers(dataset: &Dataset) -> Vec<String> {
    let item = |(key, matrix): (&String, &crate::data::Matrix)| match matrix.state.shown() {
        state if state == key || state == "unknown" => key.clone(),
        state => format!("{key} {state}"),
    };
    dataset.layers.iter().map(item).collect()
}

/// `leiden 8 levels`, `X_umap 2 (stale: X changed at step 9)`, `pct_counts_mt*`.
fn item(dataset: &Dataset, place: Place, key: &str, slot: &Slot) -> String {
    let mut text = key.to_owned();
    if slot.value.is_pending() {
        text.push('*');
    }
    if let Some(about) = about(dataset, place, slot) {
        text.push(' ');
        text.push_str(&about);
    }
    let name = SlotName::new(place, key);
    let stale = dataset.stale(&name);
    if stale.as_ref().is_some_and(SlotName::is_axis) {
        text.push('°');
    } else if let Some(origin) = stale {
        let step = dataset.stamp(&origin).map_or(0, |stamp| stamp.step);
        text.push_str(&format!(" (stale: {origin} changed at step {step})"));
    }
    text
}

/// What is known of a value without computing or reading anything.
fn about(dataset: &Dataset, place: Place, slot: &Slot) -> Option<String> {
    match slot.value.get() {
        Some(Value::Column(column)) => summary(column, selection(dataset, place, slot)?),
        Some(Value::Dense(dense)) => Some(dense.ncols().to_string()),
        Some(_) => None,
        None => match slot.value.promise() {
            Promise::Column(ColumnType::Category) => Some("(category)".to_owned()),
            Promise::Column(ColumnType::Bool) => Some("(boolean)".to_owned()),
            Promise::Column(ColumnType::Text) => Some("(text)".to_owned()),
            Promise::Dense(Some(columns)) => Some(columns.to_string()),
            _ => None,
        },
    }
}

/// The rows of a slot that this version shows: `Some(None)` is all, `None` is not known yet.
fn selection(dataset: &Dataset, place: Place, slot: &Slot) -> Option<Option<Selection>> {
    let (Some(rows), Some(axis)) = (&slot.rows, dataset.axis(place)) else {
        return Some(None);
    };
    let selections: Vec<Lazy> = axis.selections_from(rows)?;
    let keeps: Option<Vec<_>> = selections.iter().map(|lazy| lazy.get()?.keep()).collect();
    Some(compose(keeps?.into_iter().map(|keep| &**keep)))
}

/// `2 levels`, `212–3,400`, `2,000` (of a boolean: how many are true).
fn summary(column: &Column, keep: Option<Selection>) -> Option<String> {
    let rows: Box<dyn Iterator<Item = usize>> = match keep {
        Some(keep) => Box::new(keep.into_iter().map(|i| i as usize)),
        None => Box::new(0..column.len()),
    };
    match column {
        Column::Number(numbers) => {
            let (mut least, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
            for value in rows.map(|i| numbers.values[i]).filter(|v| v.is_finite()) {
                least = least.min(value);
                largest = largest.max(value);
            }
            (least <= largest).then(|| {
                if least == largest {
                    super::number::number(least)
                } else {
                    range(least, largest)
                }
            })
        }
        Column::Bool(values) => Some(count(rows.filter(|&i| values[i]).count() as u64)),
        Column::Text(_) => None,
        Column::Category(category) => Some(counted(category.levels.len() as u64, "level")),
    }
}

/// Items joined into lines no wider than `room`.
fn filled(items: &[String], separator: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for item in items {
        let line = lines.last_mut().expect("starts with one line");
        if line.is_empty() {
            line.push_str(item);
        } else if line.width() + separator.width() + item.width() <= room {
            line.push_str(separator);
            line.push_str(item);
        } else {
            lines.push(item.clone());
        }
    }
    lines
}

/// Shape, state, and for every slot its kind, whether it is pending and of what it is stale.
pub fn to_json(name: &str, dataset: &Dataset) -> serde_json::Value {
    use Place::*;
    let mut slots = Map::new();
    for place in [Obs, Var, Obsm, Varm, Obsp, Varp, Uns] {
        for (key, slot) in dataset.slots(place).into_iter().flatten() {
            let slot_name = SlotName::new(place, key.clone());
            slots.insert(
                slot_name.to_string(),
                json!({
                    "pending": slot.value.is_pending(),
                    "about": about(dataset, place, slot),
                    "stale": dataset.stale(&slot_name).map(|origin| origin.to_string()),
                }),
            );
        }
    }
    json!({
        "name": name,
        "n_obs": dataset.cells.len(),
        "n_obs_at_most": dataset.cells.at_most(),
        "n_vars": dataset.genes.len(),
        "n_vars_at_most": dataset.genes.at_most(),
        "state": dataset.x.as_ref().map(|matrix| matrix.state.word()),
        "layers": dataset.layers.keys().collect::<Vec<_>>(),
        "from": dataset.from,
        "step": dataset.history.len(),
        "pending_steps": dataset.pending_steps(),
        "slots": slots,
    })
}

#[cfg(test)]
mod tests {
    use super::super::screen::Depth;
    use super::*;
    use crate::data::{Names, NumberType, Stamp};
    use std::sync::{Arc, OnceLock};

    fn column(values: &[f64]) -> Lazy {
        let column = Column::numbers(values.to_vec(), NumberType::F64);
        Lazy::ready(Value::Column(Arc::new(column)))
    }

    fn promised(promise: Promise) -> Lazy {
        Lazy::promised(Arc::new(OnceLock::new()), Arc::new(()), promise)
    }

    fn slot(value: Lazy, rows: &Axis, stamp: Stamp) -> Slot {
        Slot {
            value,
            rows: Some(rows.clone()),
            stamp,
        }
    }

    /// Three cells, two of which are kept; a neighbor graph made again after the embedding.
    fn dataset() -> Dataset {
        let names = |n: usize| {
            Lazy::ready(Value::Names(Arc::new(
                (0..n).map(|i| i.to_string()).collect::<Names>(),
            )))
        };
        let (cells, genes) = (Axis::root(3), Axis::root(13_714));
        let mut dataset = Dataset::empty("pbmc.h5ad", names(3), names(3), cells.clone(), genes);
        dataset.obs.insert(
            "n_genes".into(),
            slot(column(&[212.0, 9000.0, 3400.0]), &cells, Stamp::original()),
        );
        let levels = Column::category(vec![0, 1, 0], ["a", "b"].into_iter().collect());
        dataset.obs.insert(
            "sample".into(),
            slot(
                Lazy::ready(Value::Column(Arc::new(levels))),
                &cells,
                Stamp::original(),
            ),
        );
        dataset.cells = cells.select(Lazy::ready(Value::Selection(Arc::new(vec![0, 2]))));
        dataset
    }

    #[test]
    fn what_is_there_is_summarized_for_the_cells_kept() {
        assert_eq!(
            draw("adata", &dataset(), &Screen::of(80, 24, Depth::None)),
            "adata   2 cells × 13,714 genes   no X   from pbmc.h5ad
obs     n_genes 212–3,400 · sample 2 levels
"
        );
    }

    #[test]
    fn what_is_owed_is_marked() {
        let mut dataset = dataset();
        let cells = dataset.cells.clone();
        let stamp = Stamp::new(4, Vec::new());
        dataset.obs.insert(
            "leiden".into(),
            slot(
                promised(Promise::Column(ColumnType::Category)),
                &cells,
                stamp,
            ),
        );
        dataset.cells = cells.select(promised(Promise::Unknown));
        assert_eq!(
            draw("adata", &dataset, &Screen::of(44, 24, Depth::None)),
            "adata   ≤ 2 cells × 13,714 genes   no X
        from pbmc.h5ad   2 steps pending
obs     n_genes · sample
        leiden* (category)
        * computed when needed; `compute adata` computes it now
"
        );
        let json = to_json("adata", &dataset);
        assert_eq!(json["n_obs"], serde_json::Value::Null);
        assert_eq!(json["n_obs_at_most"], 2);
        assert_eq!(json["slots"]["obs.leiden"]["pending"], true);
    }

    #[test]
    fn sums_over_cells_that_were_left_out_are_marked() {
        let mut dataset = dataset();
        let genes = dataset.genes.clone();
        let of_cells = |cells: &Axis| {
            let from = vec![(SlotName::cells(), cells.version())];
            slot(column(&[3.0]), &genes, Stamp::new(1, from))
        };
        let all = dataset.cells.outermost();
        let (older, now) = (of_cells(&all), of_cells(&dataset.cells));
        dataset.var.insert("n_cells".into(), older);
        dataset.var.insert("mean".into(), now);
        let text = draw("adata", &dataset, &Screen::of(100, 24, Depth::None));
        assert!(
            text.contains(
                "var     n_cells 3° · mean 3\n        ° made before cells were left out\n"
            ),
            "{text}"
        );
        let json = to_json("adata", &dataset);
        assert_eq!(json["slots"]["var.n_cells"]["stale"], "cells");
        assert_eq!(json["slots"]["var.mean"]["stale"], serde_json::Value::Null);
    }

    #[test]
    fn stale_slots_say_of_what() {
        let mut dataset = dataset();
        let cells = dataset.cells.clone();
        let graph = SlotName::new(Place::Obsp, "connectivities");
        let old = Stamp::new(3, Vec::new());
        let umap = Stamp::new(4, vec![(graph, old.version)]);
        let new = Stamp::new(9, Vec::new());
        dataset.obsp.insert(
            "connectivities".into(),
            slot(promised(Promise::Graph), &cells, new),
        );
        let dense = Lazy::ready(Value::Dense(Arc::new(ndarray::Array2::zeros((2, 2)))));
        dataset
            .obsm
            .insert("X_umap".into(), slot(dense, &cells, umap));
        let text = draw("adata", &dataset, &Screen::of(100, 24, Depth::None));
        assert!(
            text.contains("obsm    X_umap 2 (stale: obsp.connectivities changed at step 9)\n"),
            "{text}"
        );
    }
}

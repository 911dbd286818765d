//! What a step wrote, for people in one line and for programs: the slots it is used for, as they are in the new
//! version, and everything that is new in it.

use crate::command::{Args, Entry, Key, Kind, Val, Write};
use crate::data::history::{Step, StepKind};
use crate::data::quantity;
use crate::data::{Dataset, Place, SlotName, State, Written};
use crate::diagnostic::Diagnostic;

/// What the last step of a history wrote; `slots` are its main results.
pub(in crate::eval) fn written(step: &Step, dataset: Option<&str>, slots: &[SlotName]) -> Written {
    let results: Vec<String> = slots.iter().map(SlotName::to_string).collect();
    Written {
        command: match &step.kind {
            StepKind::Command(name) => name.clone(),
            StepKind::Selection | StepKind::Assignment => String::new(),
        },
        dataset: dataset.map(str::to_owned),
        // Cells or genes were selected.
        results: if results.is_empty() {
            step.writes.clone()
        } else {
            results
        },
        writes: step.writes.clone(),
        asked_by: None,
        line: None,
    }
}

/// Results that a status line names.
const MOST_NAMED: usize = 8;

/// `obs.S_score, G2M_score, phase`; `X (normalized); counts are kept in layers.counts`;
/// `cells (at most 2,700)` where no slots are named. `before` is the version the command was given.
pub(in crate::eval) fn line(
    before: Option<&Dataset>,
    after: &Dataset,
    slots: &[SlotName],
) -> String {
    if slots.is_empty() {
        return before.map_or(String::new(), |before| selected(before, after));
    }
    let mut line = String::new();
    let mut place = None;
    for (at, slot) in slots.iter().enumerate() {
        // `join` may add hundreds of columns.
        if at == MOST_NAMED && slots.len() > MOST_NAMED + 1 {
            line += &format!(", … {} more", slots.len() - at);
            break;
        }
        if !line.is_empty() {
            line += ", ";
        }
        // The place is not repeated.
        line += &if place == Some(slot.place) && slot.place != Place::X {
            slot.key.clone()
        } else {
            slot.to_string()
        };
        place = Some(slot.place);
        if let Some(matrix) = after.matrix(slot).filter(|_| has_state(before, slot)) {
            line += &format!(" ({})", matrix.state.shown());
        }
    }
    if slots.contains(&SlotName::x())
        && let Some(kept) = before.and_then(|before| kept(before, after))
    {
        line += &format!("; {kept}");
    }
    if let Some(groups) = before.and_then(|before| groups(before, after)) {
        line += &format!("; rows are groups of {groups}");
    }
    line
}

/// A column that another step made and this one replaces: a default name may be taken.
pub(in crate::eval) fn replaced(
    before: &Dataset,
    (entry, args): (&Entry, &Args),
    slots: &[SlotName],
) -> Option<Box<Diagnostic>> {
    // `order adata by=cell_type` is asked to change the column that it names.
    let is_read = |slot: &SlotName| {
        let mut read = entry
            .params
            .iter()
            .filter(|param| matches!(param.kind, Kind::Obs | Kind::Groups | Kind::Var));
        read.any(|param| matches!(args.get(param.name), Some(Val::Text(key)) if *key == slot.key))
    };
    let columns = slots
        .iter()
        .filter(|slot| matches!(slot.place, Place::Obs | Place::Var) && !is_read(slot));
    let steps = before.history.steps();
    let maker = |slot: &SlotName| {
        let step = before.slot(slot)?.stamp.step;
        let made = steps.iter().find(|made| made.number == step)?;
        let again = made.kind == StepKind::command(entry.spec.name);
        (!again).then_some((&made.kind, step))
    };
    let (slot, (kind, step)) = columns
        .filter_map(|slot| Some((slot, maker(slot)?)))
        .next()?;
    let maker = match kind {
        StepKind::Command(name) => format!("`{name}`"),
        kind => kind.to_string(),
    };
    let note = Diagnostic::note(format!("{slot} of {maker} at step {step} is replaced"));
    let named = entry.spec.writes.iter().find_map(|write| match write {
        Write::Slot(place, Key::Param(name)) if *place == slot.place => Some(name),
        _ => None,
    });
    Some(match named {
        Some(name) => note.help(format!("{name}= writes another column; undo goes back")),
        None => note.help("undo goes back"),
    })
}

/// The columns of the cells that rows are groups of, where they are no cells any more.
fn groups(before: &Dataset, after: &Dataset) -> Option<String> {
    if before.cells.outermost().same(&after.cells.outermost()) {
        return None;
    }
    let columns = after.obs.keys().filter(|key| before.obs.contains_key(*key));
    let columns: Vec<&str> = columns.map(String::as_str).collect();
    (!columns.is_empty()).then(|| columns.join(", "))
}

/// Which cells or genes are left is known when they are computed; how many there can be is known now.
fn selected(before: &Dataset, after: &Dataset) -> String {
    let sides = [
        ("cells", &before.cells, &after.cells),
        ("genes", &before.genes, &after.genes),
    ];
    let changed = sides
        .iter()
        .filter(|(_, before, after)| !after.same(before));
    let texts = changed.map(|(what, before, after)| match (before.len(), after.len()) {
        (Some(all), Some(left)) => {
            let (left, all) = (quantity::count(left as u64), quantity::count(all as u64));
            format!("{left} of {all} {what}")
        }
        _ => format!(
            "{what} (at most {})",
            quantity::count(after.at_most() as u64)
        ),
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// Whether a remark of a command says how many cells or genes it left, as its line does: `filter:
/// 300 → 24 cells`.
pub(in crate::eval) fn says_how_many(remark: &Diagnostic, command: &str) -> bool {
    let said = remark.headline.strip_prefix(command);
    let said = said.and_then(|it| it.strip_prefix(": "));
    said.is_some_and(|it| it.contains(" → "))
}

/// Layers of a dataset that is new are called by what they hold: `sum`, `mean`.
fn has_state(before: Option<&Dataset>, slot: &SlotName) -> bool {
    slot.place == Place::X || before.is_some_and(|before| before.matrix(slot).is_some())
}

/// The layer with the counts or log values that X held before.
fn kept(before: &Dataset, after: &Dataset) -> Option<String> {
    let (was, is) = (before.x.as_ref()?.state, after.x.as_ref()?.state);
    let state = match was {
        State::Counts | State::Log => was,
        // Taken for log values by what goes on from them.
        State::Unknown => State::Log,
        _ => return None,
    };
    if is == was {
        return None;
    }
    let holding = || {
        after
            .layers
            .iter()
            .filter(|(_, layer)| layer.state == state)
    };
    let is_new = |key: &str| {
        before
            .layers
            .get(key)
            .is_none_or(|layer| layer.state != state)
    };
    let (key, layer) = holding()
        .find(|(key, _)| is_new(key))
        .or_else(|| holding().next())?;
    let values = state.values();
    Some(if is_new(key) {
        format!("{values} are kept in layers.{key}")
    } else if layer.stamp.step == 0 {
        format!("layers.{key} of the file has {values}")
    } else {
        format!("layers.{key} has {values}")
    })
}

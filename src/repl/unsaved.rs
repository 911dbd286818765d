//! Whether leaving would lose work.

use crate::command::Val;
use crate::data::{Dataset, Lazy, Maker, Place, Slot, SlotName};
use crate::session::Session;

/// Names of datasets with computed results that were never written.
pub fn lost(session: &Session) -> Vec<String> {
    let computed = session.vars().filter_map(|(name, value)| match value {
        Val::Dataset(data, _) => Some((name, data)),
        _ => None,
    });
    computed
        .filter(|(_, data)| {
            let written = |slot: &SlotName| {
                let copies = session.written.values().flatten();
                copies.into_iter().any(|copy| holds(copy, data, slot))
            };
            slots(data).any(|(name, slot)| is_computed(&slot.value) && !written(&name))
        })
        .map(|(name, _)| name.clone())
        .collect()
}

fn is_computed(value: &Lazy) -> bool {
    value.get().is_some() && matches!(value.maker(), Some(Maker::Node(_)))
}

fn slots(data: &Dataset) -> impl Iterator<Item = (SlotName, &Slot)> {
    use Place::*;
    [Obs, Var, Obsm, Varm, Obsp, Varp, Uns]
        .into_iter()
        .flat_map(move |place| {
            let slots = data.slots(place).into_iter().flatten();
            slots.map(move |(key, slot)| (SlotName::new(place, key.clone()), slot))
        })
}

/// Whether a written copy has the same making of a slot.
fn holds(copy: &Dataset, data: &Dataset, name: &SlotName) -> bool {
    match (copy.stamp(name), data.stamp(name)) {
        (Some(there), Some(here)) => there.version == here.version,
        _ => false,
    }
}

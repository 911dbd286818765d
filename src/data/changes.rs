//! What a step has written: the slots that differ from those of the version before it.

use super::dataset::Dataset;
use super::slot::{Place, SlotName};
use std::collections::BTreeSet;

/// What one step of an analysis wrote.
#[derive(Debug, Clone)]
pub struct Written {
    /// The command; empty for an assignment.
    pub command: String,
    /// The variable that holds the dataset, where the statement names one.
    pub dataset: Option<String>,
    /// What it is used for, as the status line names it: slots, or `cells` or `genes` that were selected.
    pub results: Vec<String>,
    /// Everything that is new, as `history` lists it.
    pub writes: Vec<String>,
    /// The command that needed the step and planned it.
    pub asked_by: Option<&'static str>,
    /// The status line; none for a step that was planned unasked, which a note names.
    pub line: Option<String>,
}

impl Dataset {
    /// `cells` or `genes` where some were left out, then the slots that are new or made again: X, layers, and
    /// all others in their order.
    pub fn written_since(&self, before: &Dataset) -> Vec<String> {
        let mut written = Vec::new();
        if !self.cells.same(&before.cells) {
            written.push("cells".to_owned());
        }
        if !self.genes.same(&before.genes) {
            written.push("genes".to_owned());
        }
        let names = self.names().into_iter();
        let new = names.filter(|name| self.version_there(name) != before.version_there(name));
        written.extend(new.map(|name| name.to_string()));
        written
    }

    /// The slots that differ from those of `before`, in order; `None` if cells, genes or matrices do, too.
    pub fn slots_changed_since(&self, before: &Dataset) -> Option<Vec<SlotName>> {
        let same = self.cells.same(&before.cells)
            && self.genes.same(&before.genes)
            && self.raw.is_some() == before.raw.is_some();
        let names: BTreeSet<SlotName> = before.names().into_iter().chain(self.names()).collect();
        let differs = |name: &SlotName| self.version_there(name) != before.version_there(name);
        let changed: Vec<SlotName> = names.into_iter().filter(differs).collect();
        let slots_alone = |name: &SlotName| !matches!(name.place, Place::X | Place::Layers);
        (same && changed.iter().all(slots_alone)).then_some(changed)
    }

    /// The version of what is there under exactly this name.
    fn version_there(&self, name: &SlotName) -> Option<u64> {
        let slots = self.slots(name.place);
        let there =
            self.matrix(name).is_some() || slots.is_some_and(|slots| slots.contains_key(&name.key));
        let stamp = there.then(|| self.stamp(name)).flatten();
        stamp.map(|stamp| stamp.version)
    }

    /// Everything that has a name here.
    fn names(&self) -> Vec<SlotName> {
        use Place::*;
        let layers = self.layers.keys().map(|key| SlotName::new(Layers, key));
        let x = self.x.iter().map(|_| SlotName::x());
        let mut names: Vec<SlotName> = x.chain(layers).collect();
        for place in [Obs, Var, Obsm, Varm, Obsp, Varp, Uns] {
            let keys = self.slots(place).into_iter().flat_map(|slots| slots.keys());
            names.extend(keys.map(|key| SlotName::new(place, key)));
        }
        names
    }
}

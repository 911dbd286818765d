//! Whether a result is older than what it was made from: the versions of its sources are compared with
//! the present ones.

use super::dataset::Dataset;
use super::slot::{Place, SlotName};

impl Dataset {
    /// The origin of a slot, near or far, that has been made again since; `None` if it is fresh.
    pub fn stale(&self, name: &SlotName) -> Option<SlotName> {
        self.stale_path(name)?.pop()
    }

    /// The path from a stale slot to the origin that has been made again since.
    pub fn stale_path(&self, name: &SlotName) -> Option<Vec<SlotName>> {
        let mut path = vec![name];
        let origin = self.stale_along(&mut path)?;
        let path = path.into_iter().cloned();
        Some(path.chain([origin]).collect())
    }

    /// The origin of the last of `path`, which then leads there. What was made from an earlier making of
    /// itself, as a graph from a layout of the graph before it, is not stale for that.
    fn stale_along<'a>(&'a self, path: &mut Vec<&'a SlotName>) -> Option<SlotName> {
        let name = path.last()?;
        let stamp = self.stamp(name)?;
        // What a representation or a graph was made of is X as it was; columns and records are of
        // the counts or log values in it, which may be kept when X goes on.
        let of_present = match name.place {
            Place::Obsm | Place::Obsp | Place::Varm => true,
            // The record of a representation.
            Place::Uns => name.key == "pca",
            _ => false,
        };
        for (origin, version) in &stamp.from {
            if origin.is_axis() {
                match self.axis(origin.place) {
                    Some(axis) if !axis.is_making(*version) => return Some(origin.clone()),
                    _ => continue,
                }
            }
            let Some(now) = self.stamp(origin).filter(|_| !path.contains(&origin)) else {
                continue;
            };
            let kept = || !of_present && self.matrix(origin).is_some();
            if now.version != *version && !(kept() && self.holds_matrix(*version)) {
                return Some(origin.clone());
            }
            path.push(origin);
            let found = self.stale_along(path);
            if found.is_some() {
                return found;
            }
            path.pop();
        }
        None
    }

    /// Whether a making of `X` is still there: as `X`, kept as a layer, as counts are, or as raw.
    fn holds_matrix(&self, version: u64) -> bool {
        let raw = self.raw.as_ref().map(|raw| &raw.x);
        let mut all = self.layers.values().chain(&self.x).chain(raw);
        all.any(|matrix| matrix.stamp.version == version)
    }
}

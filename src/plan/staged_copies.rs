//! Compact copies of sources for passes after the first.

use super::fault::Fault;
use super::node::Node;
use super::pass::Watch;
use crate::data::{Blocks, Rows};
use crate::io::packed::{PackedBlocks, Packer, PartlyPacked};
use std::sync::{Arc, Mutex, Weak};

/// Part of the budget that staged copies take in memory.
pub(super) const STAGED: u64 = 4;

/// The copies that exist, by their sources. A copy is dropped with its source.
#[derive(Default)]
pub struct Staged {
    copies: Mutex<Vec<(Weak<dyn Blocks>, Arc<PackedBlocks>)>>,
    /// Sources that a pass has read without leaving a copy.
    seen: Mutex<Vec<Weak<dyn Blocks>>>,
}

impl Watch for Packer {
    fn grain(&self, number: usize, rows: &Rows) -> Result<(), Fault> {
        Ok(self.push(number, rows)?)
    }
}

impl Watch for PartlyPacked {
    fn grain(&self, number: usize, rows: &Rows) -> Result<(), Fault> {
        Ok(self.push(number, rows)?)
    }
}

impl Staged {
    /// Runs a pass over `blocks` or the copy of it. A copy is left by a pass that will be followed
    /// by another (`again`), or that follows one: packing costs a third of what decoding does, too
    /// much for a single look. Copies take `room` bytes of memory together at most, then go to a
    /// cache file.
    pub(super) fn read<T>(
        &self,
        blocks: &Arc<dyn Blocks>,
        room: u64,
        again: bool,
        pass: impl FnOnce(&dyn Blocks, Option<&dyn Watch>) -> Result<T, (Option<Arc<Node>>, Fault)>,
    ) -> Result<T, (Option<Arc<Node>>, Fault)> {
        if let Some(copy) = self.copy(blocks) {
            return pass(&*copy, None);
        }
        if !worthwhile(&**blocks) || !(self.saw(blocks) || again) {
            return pass(&**blocks, None);
        }
        let room = room.saturating_sub(self.memory());
        let packer = Packer::new(&**blocks, room).map_err(|error| (None, error.into()))?;
        let result = pass(&**blocks, Some(&packer))?;
        if let (Some(copy), Ok(mut copies)) = (packer.finish(), self.copies.lock()) {
            copies.push((Arc::downgrade(blocks), Arc::new(copy)));
        }
        Ok(result)
    }

    /// Gives the memory of all copies to something else: the next pass over a source reads it again.
    pub(super) fn clear(&self) {
        if let Ok(mut copies) = self.copies.lock() {
            copies.clear();
        }
    }

    /// Bytes of memory that copies take.
    pub fn memory(&self) -> u64 {
        let copies = self.copies.lock();
        copies.map_or(0, |copies| {
            copies.iter().map(|(_, copy)| copy.sizes().0).sum()
        })
    }

    /// Whether a pass has read this source before; from now on, one has.
    fn saw(&self, blocks: &Arc<dyn Blocks>) -> bool {
        let Ok(mut seen) = self.seen.lock() else {
            return false;
        };
        seen.retain(|source| source.strong_count() > 0);
        let is_it = |source: &Weak<dyn Blocks>| {
            source
                .upgrade()
                .is_some_and(|source| Arc::ptr_eq(&source, blocks))
        };
        let before = seen.iter().any(is_it);
        if !before {
            seen.push(Arc::downgrade(blocks));
        }
        before
    }

    fn copy(&self, blocks: &Arc<dyn Blocks>) -> Option<Arc<PackedBlocks>> {
        let mut copies = self.copies.lock().ok()?;
        copies.retain(|(source, _)| source.strong_count() > 0);
        let found = copies.iter().find(|(source, _)| {
            source
                .upgrade()
                .is_some_and(|source| Arc::ptr_eq(&source, blocks))
        });
        found.map(|(_, copy)| copy.clone())
    }
}

/// Sources in memory need no copy.
pub(super) fn worthwhile(blocks: &dyn Blocks) -> bool {
    !blocks.files().is_empty() || blocks.n_values().is_none()
}

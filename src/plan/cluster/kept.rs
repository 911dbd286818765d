//! Packed copies of what a worker has read, for later passes: it is mostly asked for the same ranges.

use crate::data::{Blocks, FileError};
use crate::io::packed::PartlyPacked;
use std::sync::{Arc, Weak};

/// Sources that passes have read, and the copies of their grains.
#[derive(Default)]
pub(super) struct Kept(Vec<(Weak<dyn Blocks>, Option<Arc<PartlyPacked>>)>);

impl Kept {
    /// The copy of a source, of which at most `room` bytes are in memory. There is one from the second pass on,
    /// or from the first if it will be read `again`: packing takes a third of what decoding does.
    ///
    /// # Errors
    /// The source does not say what its grains are.
    pub fn of(
        &mut self,
        blocks: &Arc<dyn Blocks>,
        again: bool,
        room: u64,
    ) -> Result<Option<Arc<PartlyPacked>>, FileError> {
        // A copy refers to its source, too.
        self.0
            .retain(|(source, copy)| source.strong_count() > usize::from(copy.is_some()));
        let is_it = |source: &Weak<dyn Blocks>| {
            let source = source.upgrade();
            source.is_some_and(|source| Arc::ptr_eq(&source, blocks))
        };
        let known = self.0.iter().position(|(source, _)| is_it(source));
        let at = known.unwrap_or(self.0.len());
        if known.is_none() {
            self.0.push((Arc::downgrade(blocks), None));
        }
        let copy = &mut self.0[at].1;
        if copy.is_none() && (known.is_some() || again) {
            *copy = Some(Arc::new(PartlyPacked::new(blocks, room)?));
        }
        Ok(copy.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{NumberType, Rows};
    use crate::io::memory::InMemory;

    fn source() -> Arc<dyn Blocks> {
        Arc::new(InMemory::new(Rows::zero((3, 2)), NumberType::F32))
    }

    #[test]
    fn a_single_look_is_not_packed() {
        let (mut kept, blocks, other) = (Kept::default(), source(), source());
        assert!(kept.of(&blocks, false, 0).unwrap().is_none());
        let copy = kept.of(&blocks, false, 0).unwrap().unwrap();
        let same = kept.of(&blocks, false, 0).unwrap().unwrap();
        assert!(Arc::ptr_eq(&copy, &same));
        assert!(kept.of(&other, true, 0).unwrap().is_some());
        // A copy goes with its source.
        drop((blocks, other, copy, same));
        assert!(kept.of(&source(), false, 0).unwrap().is_none());
        assert_eq!(kept.0.len(), 1);
    }
}

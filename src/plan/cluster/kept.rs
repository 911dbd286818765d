//! Packed copies of what a worker has read, for later passes: it is mostly asked for the same ranges.

use crate::data::{Blocks, FileError, InFile, NumberType, Rows};
use crate::io::packed::PartlyPacked;
use crate::plan::subset::GenePick;
use std::ops::Range;
use std::sync::{Arc, Weak};

/// Sources that passes have read.
#[derive(Default)]
pub(super) struct Kept(Vec<Known>);

struct Known {
    source: Weak<dyn Blocks>,
    copy: Option<Arc<PartlyPacked>>,
    /// A copy of some genes of the copy: `pca` reads its genes twice.
    picked: Option<(GenePick, Arc<PartlyPacked>)>,
}

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
            .retain(|known| known.source.strong_count() > usize::from(known.copy.is_some()));
        let at = self.0.iter().position(|known| known.is_of(blocks));
        let known = match at {
            Some(at) => &mut self.0[at],
            None => {
                self.0.push(Known {
                    source: Arc::downgrade(blocks),
                    copy: None,
                    picked: None,
                });
                let last = self.0.len() - 1;
                &mut self.0[last]
            }
        };
        if known.copy.is_none() && (at.is_some() || again) {
            known.copy = Some(Arc::new(PartlyPacked::new(blocks, room)?));
        }
        Ok(known.copy.clone())
    }

    /// The copy of some genes of the copy of a source, which is made where they will be read `again`; at most `room`
    /// bytes of it are in memory.
    ///
    /// # Errors
    /// As [`Kept::of`].
    pub fn picked(
        &mut self,
        blocks: &Arc<dyn Blocks>,
        genes: &GenePick,
        again: bool,
        room: u64,
    ) -> Result<Option<Arc<PartlyPacked>>, FileError> {
        let Some(known) = self.0.iter_mut().find(|known| known.is_of(blocks)) else {
            return Ok(None);
        };
        known.picked.take_if(|(of, _)| of != genes);
        if let (None, Some(copy), true) = (&known.picked, &known.copy, again) {
            let some: Arc<dyn Blocks> = Arc::new(SomeGenes(copy.clone(), genes.clone()));
            let picked = Arc::new(PartlyPacked::new(&some, room)?);
            known.picked = Some((genes.clone(), picked));
        }
        Ok(known.picked.as_ref().map(|(_, picked)| picked.clone()))
    }
}

impl Known {
    fn is_of(&self, blocks: &Arc<dyn Blocks>) -> bool {
        let source = self.source.upgrade();
        source.is_some_and(|source| Arc::ptr_eq(&source, blocks))
    }
}

/// Some genes of a source.
#[derive(Debug)]
struct SomeGenes(Arc<PartlyPacked>, GenePick);

impl Blocks for SomeGenes {
    fn n_cells(&self) -> usize {
        self.0.n_cells()
    }

    fn n_genes(&self) -> usize {
        self.1.n_genes
    }

    fn n_values(&self) -> Option<u64> {
        None
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        self.0.grains()
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        let rows = self.0.read(cells.clone())?;
        // Other passes read all genes.
        let grains = self.0.grains()?;
        let number = grains.partition_point(|&first| first < cells.start);
        if grains.get(number..number + 2) == Some(&[cells.start, cells.end][..]) {
            self.0.push(number, &rows)?;
        }
        Ok(self.1.rows(rows))
    }

    fn stored(&self) -> NumberType {
        self.0.stored()
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        self.0.sample()
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        // Some genes of it, while they are those of the pass before.
        let genes = GenePick::new(&vec![1], 2);
        assert!(kept.picked(&blocks, &genes, false, 0).unwrap().is_none());
        let some = kept.picked(&blocks, &genes, true, 0).unwrap().unwrap();
        let again = kept.picked(&blocks, &genes, false, 0).unwrap().unwrap();
        assert!(Arc::ptr_eq(&some, &again) && some.n_genes() == 1);
        assert_eq!(some.read(0..3).unwrap(), Rows::zero((3, 1)));
        let others = GenePick::new(&vec![0], 2);
        assert!(kept.picked(&blocks, &others, false, 0).unwrap().is_none());
        drop((some, again));
        // A copy goes with its source.
        drop((blocks, other, copy, same));
        assert!(kept.of(&source(), false, 0).unwrap().is_none());
        assert_eq!(kept.0.len(), 1);
    }
}

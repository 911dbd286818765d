//! A source with some packed grains: those that were read. Others are read as before.

use super::{Packed, Pile};
use crate::data::{Blocks, FileError, InFile, NumberType, Rows};
use crate::io::memory::read_grains;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// A source, and packed copies of some of its grains. Any thread may add some.
pub struct PartlyPacked {
    source: Arc<dyn Blocks>,
    grains: Arc<[usize]>,
    packed: Vec<OnceLock<Packed>>,
    pile: Pile,
}

impl PartlyPacked {
    /// At most `room` bytes go to memory.
    ///
    /// # Errors
    /// The source does not say what its grains are.
    pub fn new(source: &Arc<dyn Blocks>, room: u64) -> Result<Self, FileError> {
        let grains = source.grains()?;
        let n = grains.len().saturating_sub(1);
        Ok(PartlyPacked {
            source: source.clone(),
            grains,
            packed: (0..n).map(|_| OnceLock::new()).collect(),
            pile: Pile::new(room),
        })
    }

    /// Packs grain `number`, which is whole.
    ///
    /// # Errors
    /// The cache file cannot be made or written.
    pub fn push(&self, number: usize, rows: &Rows) -> Result<(), FileError> {
        if self.packed[number].get().is_none() {
            let _ = self.packed[number].set(self.pile.add(rows)?);
        }
        Ok(())
    }

    fn grain(&self, number: usize) -> Result<Rows, FileError> {
        let cells = self.grains[number]..self.grains[number + 1];
        match self.packed[number].get() {
            Some(packed) => {
                let extent = (cells.len(), self.n_genes());
                packed.place.rows(&self.pile.cache, extent)
            }
            None => self.source.read(cells),
        }
    }
}

impl Blocks for PartlyPacked {
    fn n_cells(&self) -> usize {
        self.source.n_cells()
    }

    fn n_genes(&self) -> usize {
        self.source.n_genes()
    }

    fn n_values(&self) -> Option<u64> {
        self.source.n_values()
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        Ok(self.grains.clone())
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        if cells.is_empty() {
            return Ok(Rows::zero((0, self.n_genes())));
        }
        read_grains(&self.grains, self.n_genes(), cells, |number| {
            self.grain(number).map(Cow::Owned)
        })
    }

    fn stored(&self) -> NumberType {
        self.source.stored()
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        self.source.sample()
    }

    fn in_file(&self) -> Option<InFile> {
        self.source.in_file()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.source.files()
    }

    fn are_counts(&self) -> bool {
        self.source.are_counts()
    }
}

impl fmt::Debug for PartlyPacked {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let packed = self.packed.iter().filter(|it| it.get().is_some()).count();
        write!(f, "PartlyPacked({packed} grains of {:?})", self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    /// Five cells in grains of two, and how often it is read.
    #[derive(Debug, Default)]
    struct Source(AtomicUsize);

    impl Blocks for Source {
        fn n_cells(&self) -> usize {
            5
        }
        fn n_genes(&self) -> usize {
            9
        }
        fn n_values(&self) -> Option<u64> {
            Some(5)
        }
        fn grains(&self) -> Result<Arc<[usize]>, FileError> {
            Ok([0, 2, 4, 5].into())
        }
        fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
            self.0.fetch_add(1, Relaxed);
            let n = cells.len();
            let values = cells.clone().map(|cell| cell as f32 + 0.5).collect();
            let genes = cells.map(|cell| cell as u32).collect();
            Ok(Rows::new((n, 9), (0..=n).collect(), genes, values))
        }
        fn stored(&self) -> NumberType {
            NumberType::F32
        }
        fn sample(&self) -> Result<Vec<f32>, FileError> {
            Ok(Vec::new())
        }
        fn in_file(&self) -> Option<InFile> {
            None
        }
    }

    #[test]
    fn what_came_by_is_not_read_again() {
        let counted = Arc::new(Source::default());
        let source: Arc<dyn Blocks> = counted.clone();
        for room in [0, 1 << 20] {
            let partly = PartlyPacked::new(&source, room).unwrap();
            let whole: Vec<_> = [0..2, 2..4, 4..5, 1..5, 3..3]
                .map(|cells| source.read(cells).unwrap().to_dense())
                .into();
            partly.push(0, &source.read(0..2).unwrap()).unwrap();
            partly.push(2, &source.read(4..5).unwrap()).unwrap();
            let before = counted.0.load(Relaxed);
            for (cells, expected) in [0..2, 2..4, 4..5, 1..5, 3..3].into_iter().zip(whole) {
                assert_eq!(partly.read(cells).unwrap().to_dense(), expected);
            }
            // The grain in the middle, alone and as a part.
            assert_eq!(counted.0.load(Relaxed) - before, 2);
        }
    }
}

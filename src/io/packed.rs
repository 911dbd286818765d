//! Staging: a compact private copy of a source for passes after the first.
//!
//! Decoding gzip is what a pass over an .h5ad waits for; unpacking bits is ten times faster. The
//! copy is made grain by grain while the first pass goes by, in memory as long as there is room,
//! then in a cache file. Gene indices are stored as differences, counts as whole numbers of few
//! bits, other values as they are. Frames of one width follow Lemire & Boytsov, Softw. Pract.
//! Exper. 45, 1 (2015), as BPCells uses them for single cells.

mod bits;
mod partly;

pub use partly::PartlyPacked;

use super::spill::{Overflow, takes};
use crate::data::{Blocks, FileError, InFile, NumberType, Rows};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

/// Gathers grains whose boundaries are known, in any order and from any thread.
pub struct Packer {
    grains: Arc<[usize]>,
    n_genes: usize,
    stored: NumberType,
    packed: Vec<OnceLock<Packed>>,
    pile: Pile,
}

/// Where grains are packed to: memory as long as there is room, then a cache file. Any thread
/// may add to it.
pub struct Pile {
    /// Bytes that may still go to memory.
    room: AtomicU64,
    cache: Arc<Overflow>,
}

/// A grain of a [`Pile`].
pub struct Packed {
    place: Storage,
    cells: usize,
    values: u64,
    counts: bool,
}

impl Packed {
    /// How many cells it has.
    pub fn cells(&self) -> usize {
        self.cells
    }
}

impl Pile {
    /// At most `room` bytes go to memory.
    pub fn new(room: u64) -> Self {
        Pile {
            room: AtomicU64::new(room),
            cache: Arc::default(),
        }
    }

    /// Packs a grain.
    pub fn add(&self, rows: &Rows) -> Result<Packed, FileError> {
        let words = pack(rows);
        let counts = words[0] == COUNTS;
        let bytes = 4 * words.len() as u64;
        let place = if takes(&self.room, bytes) {
            Storage::Memory(words.into_boxed_slice())
        } else {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            let offset = self.cache.append(&bytes)?;
            Storage::File {
                offset,
                words: words.len(),
            }
        };
        Ok(Packed {
            place,
            cells: rows.rows(),
            values: rows.nnz() as u64,
            counts,
        })
    }

    /// Some of its grains in this order, as one source.
    pub fn source(&self, packed: Vec<Packed>, n_genes: usize, stored: NumberType) -> PackedBlocks {
        let mut grains = vec![0];
        grains.extend(packed.iter().scan(0, |end, grain| {
            *end += grain.cells;
            Some(*end)
        }));
        PackedBlocks {
            grains: grains.into(),
            n_genes,
            stored,
            values: packed.iter().map(|grain| grain.values).sum(),
            counts: packed.iter().all(|grain| grain.counts),
            packed: packed.into_iter().map(|grain| grain.place).collect(),
            cache: self.cache.clone(),
        }
    }
}

/// Where a packed grain lies.
enum Storage {
    Memory(Box<[u32]>),
    File { offset: u64, words: usize },
}

impl Storage {
    /// So many cells × genes.
    fn rows(
        &self,
        cache: &Overflow,
        (n_cells, n_genes): (usize, usize),
    ) -> Result<Rows, FileError> {
        match self {
            Storage::Memory(words) => Ok(unpack(words, n_cells, n_genes)),
            Storage::File { offset, words } => {
                let bytes = cache.read(*offset, 4 * *words)?;
                let (words, _) = bytes.as_chunks::<4>();
                let words: Vec<u32> = words.iter().map(|&word| u32::from_le_bytes(word)).collect();
                Ok(unpack(&words, n_cells, n_genes))
            }
        }
    }
}

impl Packer {
    /// For the grains of `blocks`; at most `room` bytes go to memory.
    pub fn new(blocks: &dyn Blocks, room: u64) -> Result<Self, FileError> {
        let grains = blocks.grains()?;
        let n = grains.len().saturating_sub(1);
        Ok(Packer {
            grains,
            n_genes: blocks.n_genes(),
            stored: blocks.stored(),
            packed: (0..n).map(|_| OnceLock::new()).collect(),
            pile: Pile::new(room),
        })
    }

    /// Takes grain `number` whole.
    pub fn push(&self, number: usize, rows: &Rows) -> Result<(), FileError> {
        debug_assert_eq!(
            rows.rows(),
            self.grains[number + 1] - self.grains[number],
            "whole grains"
        );
        let _ = self.packed[number].set(self.pile.add(rows)?);
        Ok(())
    }

    /// The copy, if every grain has come by.
    pub fn finish(self) -> Option<PackedBlocks> {
        let packed: Option<Vec<Packed>> =
            self.packed.into_iter().map(OnceLock::into_inner).collect();
        Some(self.pile.source(packed?, self.n_genes, self.stored))
    }
}

/// A staged copy; its cache file goes with the last source that has grains in it.
pub struct PackedBlocks {
    grains: Arc<[usize]>,
    n_genes: usize,
    stored: NumberType,
    packed: Vec<Storage>,
    values: u64,
    /// All values are counts.
    counts: bool,
    cache: Arc<Overflow>,
}

impl PackedBlocks {
    /// Bytes in memory and in the cache file.
    pub fn sizes(&self) -> (u64, u64) {
        self.packed
            .iter()
            .fold((0, 0), |(memory, file), place| match place {
                Storage::Memory(words) => (memory + 4 * words.len() as u64, file),
                Storage::File { words, .. } => (memory, file + 4 * *words as u64),
            })
    }

    fn grain(&self, number: usize) -> Result<Rows, FileError> {
        let n_cells = self.grains[number + 1] - self.grains[number];
        self.packed[number].rows(&self.cache, (n_cells, self.n_genes))
    }
}

impl Blocks for PackedBlocks {
    fn n_cells(&self) -> usize {
        self.grains.last().copied().unwrap_or(0)
    }

    fn n_genes(&self) -> usize {
        self.n_genes
    }

    fn n_values(&self) -> Option<u64> {
        Some(self.values)
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        Ok(self.grains.clone())
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        if cells.is_empty() {
            return Ok(Rows::zero((0, self.n_genes)));
        }
        super::memory::read_grains(&self.grains, self.n_genes, cells, |number| {
            self.grain(number).map(Cow::Owned)
        })
    }

    fn stored(&self) -> NumberType {
        self.stored
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        if self.packed.is_empty() {
            Ok(Vec::new())
        } else {
            Ok(self.grain(0)?.data().iter().copied().take(1000).collect())
        }
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }

    fn are_counts(&self) -> bool {
        self.counts
    }
}

impl fmt::Debug for PackedBlocks {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "PackedBlocks({} grains, {:?} bytes)",
            self.packed.len(),
            self.sizes()
        )
    }
}

/// Counts up to here are packed as whole numbers: what f32 has no fractions above.
const LARGEST: f32 = 8_388_608.0;

/// The first word of a grain whose values are packed as whole numbers.
const COUNTS: u32 = 1;

/// Words of a grain: values kind, row lengths, gene differences, values. Genes of a cell ascend, so their
/// differences are smaller than they are.
fn pack(rows: &Rows) -> Vec<u32> {
    let starts = rows.indptr();
    let starts = starts.raw_storage();
    let (genes, values) = (rows.indices(), rows.data());
    let whole = values.iter().fold(true, |all, &x| all & is_count(x));
    let mut words = Vec::with_capacity(values.len() / 2 + rows.rows() + 64);
    words.push(u32::from(whole));
    bits::pack(rows.rows(), &mut words, |first, lengths| {
        let ends = starts[first..].windows(2);
        for (length, row) in lengths.iter_mut().zip(ends) {
            *length = (row[1] - row[0]) as u32;
        }
    });
    let mut row = 0;
    bits::pack(genes.len(), &mut words, |first, differences| {
        // As if all were one row, which is done in lanes; then the first gene of each row.
        let end = first + differences.len();
        let before = genes[first.saturating_sub(1)];
        differences[0] = genes[first].wrapping_sub(before);
        let pairs = genes[first..end].windows(2);
        for (difference, pair) in differences[1..].iter_mut().zip(pairs) {
            *difference = pair[1].wrapping_sub(pair[0]);
        }
        while starts[row] < end {
            differences[starts[row] - first] = genes[starts[row]];
            row += 1;
        }
    });
    if whole {
        bits::pack(values.len(), &mut words, |first, counts| {
            for (count, &x) in counts.iter_mut().zip(&values[first..]) {
                // The last bits of 2²³ + n are those of n; converting is not done in lanes. One less is
                // stored, since a zero never is: a frame of ones takes no bits.
                *count = (x - 1.0 + LARGEST).to_bits() & 0x007f_ffff;
            }
        });
    } else {
        words.extend(values.iter().map(|x| x.to_bits()));
    }
    words
}

/// A whole number from 1 to [`LARGEST`]. Adding and taking away 2²³ loses what is after the point.
fn is_count(x: f32) -> bool {
    (1.0..=LARGEST).contains(&x) & ((x + LARGEST) - LARGEST == x)
}

fn unpack(words: &[u32], n_cells: usize, n_genes: usize) -> Rows {
    let whole = words[0] == COUNTS;
    let mut indptr = Vec::with_capacity(n_cells + 1);
    indptr.push(0);
    let mut end = 0;
    let mut at = 1 + bits::unpack_with(&words[1..], n_cells, |lengths| {
        indptr.extend(lengths.iter().map(|&length| {
            end += length as usize;
            end
        }));
    });
    let (mut genes, used) = bits::unpack(&words[at..], end);
    at += used;
    for row in indptr.windows(2) {
        let mut gene = 0;
        for difference in &mut genes[row[0]..row[1]] {
            gene += *difference;
            *difference = gene;
        }
    }
    let mut values = Vec::with_capacity(end);
    if whole {
        bits::unpack_with(&words[at..], end, |counts| {
            // Signed numbers become floats in lanes; there is none above 2²³.
            values.extend(counts.iter().map(|&count| (count + 1) as i32 as f32));
        });
    } else {
        let bits = &words[at..at + end];
        values.extend(bits.iter().map(|&bits| f32::from_bits(bits)));
    }
    // SAFETY: lengths add up to the number of genes and values, and genes are those of a block
    // that was checked before it was packed (test `packing_keeps_every_value`).
    unsafe { Rows::new_unchecked(sprs::CSR, (n_cells, n_genes), indptr, genes, values) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn block(cells: &[Vec<(u32, f32)>]) -> Rows {
        let mut indptr = vec![0];
        let (mut genes, mut values) = (Vec::new(), Vec::new());
        for cell in cells {
            genes.extend(cell.iter().map(|(gene, _)| *gene));
            values.extend(cell.iter().map(|(_, value)| *value));
            indptr.push(genes.len());
        }
        Rows::new((cells.len(), 40_000), indptr, genes, values)
    }

    fn cell(counts: bool) -> impl Strategy<Value = Vec<(u32, f32)>> {
        let value = if counts {
            prop_oneof![9 => 1u32..3000, 1 => 8_388_000u32..8_388_700]
                .prop_map(|x| x as f32)
                .boxed()
        } else {
            any::<f32>().boxed()
        };
        proptest::collection::btree_map(0u32..40_000, value, 0..700)
            .prop_map(|cell| cell.into_iter().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn packing_keeps_every_value(
            cells in any::<bool>().prop_flat_map(|counts| proptest::collection::vec(cell(counts), 0..6))
        ) {
            let rows = block(&cells);
            let back = unpack(&pack(&rows), rows.rows(), rows.cols());
            prop_assert!(back.view().check_compressed_structure().is_ok());
            let starts = |rows: &Rows| rows.indptr().raw_storage().to_vec();
            prop_assert_eq!(starts(&back), starts(&rows));
            prop_assert_eq!(back.indices(), rows.indices());
            let bits = |rows: &Rows| rows.data().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&back), bits(&rows));
        }
    }

    #[derive(Debug)]
    struct Source(Rows);

    impl Blocks for Source {
        fn n_cells(&self) -> usize {
            self.0.rows()
        }
        fn n_genes(&self) -> usize {
            self.0.cols()
        }
        fn n_values(&self) -> Option<u64> {
            None
        }
        fn grains(&self) -> Result<Arc<[usize]>, FileError> {
            Ok((0..=self.0.rows()).collect())
        }
        fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
            Ok(self.0.slice_outer(cells).to_owned())
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
    fn what_has_no_room_goes_to_the_cache_file() {
        let source = Source(block(&[vec![(1, 2.0), (9, 1.0)], vec![], vec![(0, 7.0)]]));
        for room in [0, 40, 1 << 20] {
            let packer = Packer::new(&source, room).unwrap();
            for number in [2, 0, 1] {
                packer
                    .push(number, &source.read(number..number + 1).unwrap())
                    .unwrap();
            }
            let packed = packer.finish().unwrap();
            assert_eq!(packed.sizes().1 == 0, room == 1 << 20);
            for cell in 0..3 {
                let (a, b) = (
                    packed.read(cell..cell + 1).unwrap(),
                    source.read(cell..cell + 1).unwrap(),
                );
                assert_eq!(a.to_dense(), b.to_dense());
            }
        }
    }

    #[test]
    fn a_copy_with_a_hole_is_none() {
        let source = Source(block(&[vec![(1, 2.0)], vec![(3, 1.0)]]));
        let packer = Packer::new(&source, 1000).unwrap();
        packer.push(1, &source.read(1..2).unwrap()).unwrap();
        assert!(packer.finish().is_none());
    }
}

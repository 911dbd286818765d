//! Staging: a compact private copy of a matrix for passes that come again, in memory or in a
//! cache file.
//!
//! Genes are coded as steps from one stored value to the next, on through the rows (a matrix has
//! few gaps, so steps are small), and packed in frames of 128 by `io::bitpack`; so are counts.
//! Other values stay f32. The idea is that of BPCells' bit-packed matrices (Parks and
//! Greenleaf, 2025).

use super::bitpack::{FRAME, pack, packed_len, unpack, width};
use super::cache::CacheFile;
use super::memory::read_grains;
use crate::data::{Blocks, FileError, InFile, NumberType, Rows};
use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Takes the blocks of a matrix, from any thread and in any order.
#[derive(Debug)]
pub struct Packer {
    n_genes: usize,
    stored: NumberType,
    /// Bytes that may stay in memory.
    memory: u64,
    used: AtomicU64,
    grains: Vec<OnceLock<Grain>>,
    spill: Mutex<Option<Spill>>,
}

#[derive(Debug)]
struct Spill {
    file: Arc<CacheFile>,
    length: u64,
}

/// A packed block.
#[derive(Debug)]
struct Grain {
    n_cells: usize,
    n_values: usize,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Memory(Box<[u8]>),
    File { at: u64, length: usize },
}

impl Packer {
    /// A matrix of `n_grains` blocks with `n_genes` genes. Of the packed bytes, `memory` stay in
    /// memory; the rest goes to a cache file, which is made when needed.
    pub fn new(n_grains: usize, n_genes: usize, stored: NumberType, memory: u64) -> Self {
        Packer {
            n_genes,
            stored,
            memory,
            used: AtomicU64::new(0),
            grains: std::iter::repeat_with(OnceLock::new)
                .take(n_grains)
                .collect(),
            spill: Mutex::default(),
        }
    }

    /// Takes a block; a grain that is there already stays as it is. A block may have lost cells
    /// on its way, or all of them.
    ///
    /// # Errors
    /// The disk with the cache file is full.
    pub fn push(&self, grain: usize, rows: &Rows) -> Result<(), FileError> {
        debug_assert_eq!(rows.cols(), self.n_genes);
        let packed = encode(rows);
        let size = packed.len() as u64;
        let place = match self.used.fetch_add(size, Relaxed) + size <= self.memory {
            true => Place::Memory(packed.into_boxed_slice()),
            false => self.spill(&packed)?,
        };
        let _ = self.grains[grain].set(Grain {
            n_cells: rows.rows(),
            n_values: rows.nnz(),
            place,
        });
        Ok(())
    }

    fn spill(&self, packed: &[u8]) -> Result<Place, FileError> {
        let (file, at) = {
            let mut spill = self.spill.lock().unwrap_or_else(PoisonError::into_inner);
            let spill = match &mut *spill {
                Some(spill) => spill,
                none => none.insert(Spill {
                    file: Arc::new(CacheFile::create()?),
                    length: 0,
                }),
            };
            let at = spill.length;
            spill.length += packed.len() as u64;
            (Arc::clone(&spill.file), at)
        };
        file.write_at(packed, at)?;
        Ok(Place::File {
            at,
            length: packed.len(),
        })
    }

    /// Bytes packed so far, in memory and in the cache file.
    pub fn bytes(&self) -> u64 {
        self.used.load(Relaxed)
    }

    /// The staged matrix, once every grain was pushed; `None` if one is missing. Grains without
    /// cells are dropped.
    pub fn finish(self) -> Option<PackedBlocks> {
        let bytes = self.bytes();
        let mut ends = vec![0];
        let mut grains = Vec::new();
        for grain in self.grains {
            let grain = grain.into_inner()?;
            if grain.n_cells > 0 {
                ends.push(ends[ends.len() - 1] + grain.n_cells);
                grains.push(grain);
            }
        }
        let spill = self
            .spill
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Some(PackedBlocks {
            n_genes: self.n_genes,
            stored: self.stored,
            ends: ends.into(),
            n_values: grains.iter().map(|grain| grain.n_values as u64).sum(),
            grains,
            file: spill.map(|spill| spill.file),
            bytes,
        })
    }
}

/// A staged matrix. Its cache file, if any, goes away with it.
#[derive(Debug)]
pub struct PackedBlocks {
    n_genes: usize,
    stored: NumberType,
    ends: Arc<[usize]>,
    n_values: u64,
    grains: Vec<Grain>,
    file: Option<Arc<CacheFile>>,
    bytes: u64,
}

thread_local! {
    static FROM_FILE: RefCell<Vec<u8>> = RefCell::default();
}

impl PackedBlocks {
    /// Packed size.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn read_grain(&self, grain: usize) -> Result<Rows, FileError> {
        let grain = &self.grains[grain];
        match (&grain.place, &self.file) {
            (Place::Memory(packed), _) => Ok(decode(packed, grain, self.n_genes)),
            (Place::File { at, length }, Some(file)) => FROM_FILE.with_borrow_mut(|buffer| {
                buffer.resize(*length, 0);
                file.read_at(buffer, *at)?;
                Ok(decode(buffer, grain, self.n_genes))
            }),
            (Place::File { .. }, None) => unreachable!("a place in a file needs the file"),
        }
    }
}

impl Blocks for PackedBlocks {
    fn n_cells(&self) -> usize {
        self.ends[self.ends.len() - 1]
    }

    fn n_genes(&self) -> usize {
        self.n_genes
    }

    fn n_values(&self) -> Option<u64> {
        Some(self.n_values)
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        Ok(Arc::clone(&self.ends))
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        read_grains(&self.ends, self.n_genes, cells, |grain| {
            self.read_grain(grain).map(Cow::Owned)
        })
    }

    fn stored(&self) -> NumberType {
        self.stored
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        let mut values = match self.grains.is_empty() {
            true => Vec::new(),
            false => self.read_grain(0)?.data().to_vec(),
        };
        values.truncate(4096);
        Ok(values)
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }
}

/// How the values of a block are packed: as they are, or as wholes counted from 0 or 1.
const AS_F32: u8 = 2;

/// One byte for the kind of values, the number of values of each cell, the widths of all frames
/// of genes, those of values, then the frames.
fn encode(rows: &Rows) -> Vec<u8> {
    let values = rows.data();
    let kind = kind(values);
    let mut packed = vec![kind];
    for row in rows.indptr().iter_outer_sz() {
        packed.extend_from_slice(&(row.len() as u32).to_le_bytes());
    }
    let n_frames = values.len().div_ceil(FRAME);
    let widths = packed.len();
    packed.resize(widths + 2 * n_frames, 0);
    let mut frame = [0; FRAME];
    let mut steps = Steps::of(rows);
    for i in 0..n_frames {
        frame.fill(0);
        for (to, step) in frame.iter_mut().zip(&mut steps) {
            *to = step;
        }
        push_frame(&frame, &mut packed, widths + i);
    }
    for (i, values) in values.chunks(FRAME).enumerate() {
        if kind == AS_F32 {
            packed.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            continue;
        }
        frame.fill(0);
        for (to, &value) in frame.iter_mut().zip(values) {
            *to = value as u32 - u32::from(kind);
        }
        push_frame(&frame, &mut packed, widths + n_frames + i);
    }
    packed
}

/// Appends a frame, and notes its width at `width_at`.
fn push_frame(frame: &[u32; FRAME], packed: &mut Vec<u8>, width_at: usize) {
    packed[width_at] = width(frame);
    pack(frame, width(frame), packed);
}

/// 0 or 1 for wholes from there on, else [`AS_F32`]. -0.0 is no whole: its sign would be lost.
fn kind(values: &[f32]) -> u8 {
    let largest = (1 << 24) as f32;
    let whole = |value: f32| value.is_sign_positive() && value <= largest && value.fract() == 0.0;
    if !values.iter().all(|&value| whole(value)) {
        return AS_F32;
    }
    u8::from(values.iter().all(|&value| value >= 1.0))
}

/// Where each value lies, counted on through the rows, less where the last one lay. Modulo 2³²,
/// which loses nothing as a gene is less than that.
struct Steps<'a> {
    genes: std::slice::Iter<'a, u32>,
    rows: Vec<usize>,
    row: usize,
    at: usize,
    n_genes: u32,
    before: u32,
}

impl<'a> Steps<'a> {
    fn of(rows: &'a Rows) -> Self {
        Steps {
            genes: rows.indices().iter(),
            rows: rows.indptr().iter_outer_sz().map(|row| row.end).collect(),
            row: 0,
            at: 0,
            n_genes: rows.cols() as u32,
            before: 0,
        }
    }
}

impl Iterator for Steps<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let gene = *self.genes.next()?;
        while self.at >= self.rows[self.row] {
            self.row += 1;
        }
        self.at += 1;
        let position = (self.row as u32)
            .wrapping_mul(self.n_genes)
            .wrapping_add(gene);
        let step = position.wrapping_sub(self.before);
        self.before = position;
        Some(step)
    }
}

fn decode(packed: &[u8], grain: &Grain, n_genes: usize) -> Rows {
    let (kind, rest) = (packed[0], &packed[1..]);
    let (lengths, rest) = rest.split_at(4 * grain.n_cells);
    let n = grain.n_values;
    let n_frames = n.div_ceil(FRAME);
    let (gene_widths, rest) = rest.split_at(n_frames);
    let (value_widths, mut frames) = rest.split_at(n_frames);
    let indptr = row_ends(lengths);
    let genes = decode_genes(&mut frames, gene_widths, &indptr, n_genes);
    let values = match kind {
        AS_F32 => {
            let values = frames.chunks_exact(4);
            values
                .map(|v| f32::from_le_bytes([v[0], v[1], v[2], v[3]]))
                .collect()
        }
        base => decode_wholes(&mut frames, value_widths, n, f32::from(base)),
    };
    super::rows::trusted(n_genes, indptr, genes, values)
}

fn row_ends(lengths: &[u8]) -> Vec<usize> {
    let mut indptr = Vec::with_capacity(lengths.len() / 4 + 1);
    let mut end = 0;
    indptr.push(0);
    for n in lengths.chunks_exact(4) {
        end += u32::from_le_bytes([n[0], n[1], n[2], n[3]]) as usize;
        indptr.push(end);
    }
    indptr
}

fn decode_genes(frames: &mut &[u8], widths: &[u8], indptr: &[usize], n_genes: usize) -> Vec<u32> {
    let n = indptr[indptr.len() - 1];
    let mut genes = vec![0; n];
    let mut frame = [0; FRAME];
    let mut position = 0_u32;
    for (to, &width) in genes.chunks_mut(FRAME).zip(widths) {
        unpack(next_frame(frames, width), width, &mut frame);
        for (to, step) in to.iter_mut().zip(&frame) {
            position = position.wrapping_add(*step);
            *to = position;
        }
    }
    for (row, ends) in indptr.windows(2).enumerate() {
        let before = (row as u32).wrapping_mul(n_genes as u32);
        for gene in &mut genes[ends[0]..ends[1]] {
            *gene = gene.wrapping_sub(before);
        }
    }
    genes
}

fn decode_wholes(frames: &mut &[u8], widths: &[u8], n: usize, base: f32) -> Vec<f32> {
    let mut values = vec![0.0; n];
    let mut frame = [0; FRAME];
    for (to, &width) in values.chunks_mut(FRAME).zip(widths) {
        unpack(next_frame(frames, width), width, &mut frame);
        for (to, whole) in to.iter_mut().zip(&frame) {
            // Through i32: there is a vector instruction for it, and wholes end at 2^24.
            *to = *whole as i32 as f32 + base;
        }
    }
    values
}

fn next_frame<'a>(frames: &mut &'a [u8], width: u8) -> &'a [u8] {
    let (frame, rest) = frames.split_at(packed_len(width));
    *frames = rest;
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packed(blocks: &[Rows], n_genes: usize, memory: u64) -> PackedBlocks {
        let packer = Packer::new(blocks.len(), n_genes, NumberType::F32, memory);
        for (grain, rows) in blocks.iter().enumerate().rev() {
            packer.push(grain, rows).unwrap();
        }
        packer.finish().unwrap()
    }

    fn bits(rows: &Rows) -> (Vec<usize>, Vec<u32>, Vec<u32>) {
        let values = rows.data().iter().map(|value| value.to_bits()).collect();
        (
            rows.indptr().raw_storage().to_vec(),
            rows.indices().to_vec(),
            values,
        )
    }

    /// Rows with some of the genes each.
    fn any_rows() -> impl Strategy<Value = Rows> {
        let value = prop_oneof![
            4 => (1..200_u32).prop_map(|n| n as f32),
            1 => Just(0.0_f32),
        ];
        let value = prop_oneof![3 => value.boxed(), 1 => any::<f32>().boxed()];
        let row = prop::collection::btree_map(0..3000_u32, value, 0..300);
        prop::collection::vec(row, 0..20).prop_map(|rows| {
            let mut indptr = vec![0];
            let (mut genes, mut values) = (Vec::new(), Vec::new());
            for row in &rows {
                genes.extend(row.keys());
                values.extend(row.values());
                indptr.push(genes.len());
            }
            Rows::new((rows.len(), 3000), indptr, genes, values)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_bit_comes_back(blocks in prop::collection::vec(any_rows(), 1..4), memory in 0..3000_u64) {
            let packed = packed(&blocks, 3000, memory);
            let mut from = 0;
            for block in blocks.iter().filter(|block| block.rows() > 0) {
                let rows = packed.read(from..from + block.rows()).unwrap();
                prop_assert_eq!(bits(&rows), bits(block));
                from += block.rows();
            }
            prop_assert_eq!(packed.n_cells(), from);
        }
    }

    #[test]
    fn a_grain_that_is_missing_is_noticed() {
        let packer = Packer::new(2, 3, NumberType::F32, 0);
        packer.push(1, &Rows::zero((2, 3))).unwrap();
        assert!(packer.finish().is_none());
    }

    #[test]
    fn matrices_wider_than_u32_counts_survive() {
        let n_genes = 3_000_000_000_usize;
        let rows = Rows::new(
            (3, n_genes),
            vec![0, 1, 1, 3],
            vec![2_999_999_999, 0, 2_500_000_000],
            vec![1.0, 2.0, 3.0],
        );
        let packed = packed(std::slice::from_ref(&rows), n_genes, 1 << 20);
        assert_eq!(bits(&packed.read(0..3).unwrap()), bits(&rows));
    }
}

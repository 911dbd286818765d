//! A matrix turned over outside of memory: one pass counts the values of each cell, a second drops
//! every value into the region of a cache file that belongs to its grain. Genes come in ascending
//! order, so a grain needs no sorting but by cell.

use super::{count, zeros};
use crate::data::matrix::{StoredMatrix, cut_grains};
use crate::data::stored_sparse::Row;
use crate::data::{Blocks, ElementType, FileError, InFile, NumberType, Rows, StoredSparse};
use crate::io::cache::CacheFile;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// Genes of a matrix that is turned over.
pub trait Genes: Sync {
    type Block: Send;
    /// How a value lies in the cache file.
    fn element(&self) -> ElementType;
    fn blocks(&self) -> &dyn Blocks;
    fn read(&self, genes: Range<usize>) -> Result<Self::Block, FileError>;
    fn cells(block: &Self::Block) -> &[u32];
    /// Shows every value: the number of its gene in the block, its cell, its bytes.
    fn each(
        block: &Self::Block,
        show: impl FnMut(usize, usize, &[u8]) -> Result<(), FileError>,
    ) -> Result<(), FileError>;
}

/// Values as commands see them.
pub struct Singles<'a>(pub &'a dyn Blocks);

impl Genes for Singles<'_> {
    type Block = Rows;

    fn element(&self) -> ElementType {
        ElementType::Number(NumberType::F32)
    }

    fn blocks(&self) -> &dyn Blocks {
        self.0
    }

    fn read(&self, genes: Range<usize>) -> Result<Rows, FileError> {
        self.0.read(genes)
    }

    fn cells(block: &Rows) -> &[u32] {
        block.indices()
    }

    fn each(
        block: &Rows,
        mut show: impl FnMut(usize, usize, &[u8]) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        for (gene, row) in block.outer_iterator().enumerate() {
            for (cell, value) in row.iter() {
                show(gene, cell, &value.to_le_bytes())?;
            }
        }
        Ok(())
    }
}

/// Values with the type and all digits of the file.
pub struct Exact<'a>(pub &'a dyn StoredMatrix, pub &'a dyn Blocks);

impl Genes for Exact<'_> {
    type Block = StoredSparse;

    fn element(&self) -> ElementType {
        self.0.form().element
    }

    fn blocks(&self) -> &dyn Blocks {
        self.1
    }

    fn read(&self, genes: Range<usize>) -> Result<StoredSparse, FileError> {
        let lines = self.0.lines(genes)?;
        if lines.indices.is_some() {
            return Ok(lines);
        }
        let mut sparse = StoredSparse::empty(lines.values.element, lines.shape[1], false);
        for line in 0..lines.n_lines() {
            sparse.push_row(lines.row(line), |cell| Some(cell as u32));
        }
        Ok(sparse)
    }

    fn cells(block: &StoredSparse) -> &[u32] {
        block.indices.as_deref().unwrap_or_default()
    }

    fn each(
        block: &StoredSparse,
        mut show: impl FnMut(usize, usize, &[u8]) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        let size = block.values.element.size();
        for gene in 0..block.n_lines() {
            let row = block.row(gene);
            let cells = row.indices.unwrap_or_default();
            for (&cell, value) in cells.iter().zip(row.bytes.chunks_exact(size)) {
                show(gene, cell as usize, value)?;
            }
        }
        Ok(())
    }
}

/// Bytes of the place of a value in the cache file: cell within its grain, gene.
const PLACE: usize = 6;
/// Bytes collected for a grain before they are written.
const BUFFER: usize = 1 << 16;

/// A transposed matrix in a cache file: the values of each grain together, by gene.
#[derive(Debug)]
pub struct Spilled {
    file: CacheFile,
    n_genes: usize,
    stored: NumberType,
    element: ElementType,
    grains: Arc<[usize]>,
    /// Values before each grain.
    starts: Vec<u64>,
}

/// A grain's row pointers, genes and values.
type Grain<T> = (Vec<usize>, Vec<u32>, Vec<T>);

impl Spilled {
    pub fn of<G: Genes>(source: &G) -> Result<Self, FileError> {
        let blocks = source.blocks();
        let genes = blocks.grains()?;
        let counts = zeros(blocks.n_genes());
        genes.par_windows(2).try_for_each(|ends| {
            count(G::cells(&source.read(ends[0]..ends[1])?), &counts);
            Ok(())
        })?;
        let grains = cut_grains(counts.iter().map(|n| u64::from(n.load(Relaxed))));
        let mut starts = vec![0];
        for ends in grains.windows(2) {
            let cells = counts[ends[0]..ends[1]].iter();
            let n: u64 = cells.map(|n| u64::from(n.load(Relaxed))).sum();
            starts.push(starts[starts.len() - 1] + n);
        }
        let spilled = Spilled {
            file: CacheFile::create()?,
            n_genes: blocks.n_cells(),
            stored: blocks.stored(),
            element: source.element(),
            grains,
            starts,
        };
        spilled.fill(source, &genes)?;
        Ok(spilled)
    }

    /// Bytes of an entry of the cache file.
    fn entry(&self) -> usize {
        PLACE + self.element.size()
    }

    /// Decodes as many blocks of genes at once as there are threads, then drops their values.
    fn fill<G: Genes>(&self, source: &G, genes: &[usize]) -> Result<(), FileError> {
        let mut grain_of = vec![0_u32; source.blocks().n_genes()];
        for (grain, ends) in self.grains.windows(2).enumerate() {
            grain_of[ends[0]..ends[1]].fill(grain as u32);
        }
        let n_grains = self.grains.len() - 1;
        let mut buffers: Vec<Vec<u8>> = vec![Vec::new(); n_grains];
        let mut written: Vec<u64> = self.starts.clone();
        let ends: Vec<&[usize]> = genes.windows(2).collect();
        for batch in ends.chunks(rayon::current_num_threads()) {
            let blocks: Vec<G::Block> = batch
                .par_iter()
                .map(|ends| source.read(ends[0]..ends[1]))
                .collect::<Result<_, _>>()?;
            for (ends, block) in batch.iter().zip(&blocks) {
                G::each(block, |gene, cell, value| {
                    let grain = grain_of[cell] as usize;
                    let buffer = &mut buffers[grain];
                    let within = (cell - self.grains[grain]) as u16;
                    buffer.extend_from_slice(&within.to_le_bytes());
                    buffer.extend_from_slice(&((ends[0] + gene) as u32).to_le_bytes());
                    buffer.extend_from_slice(value);
                    if buffer.len() >= BUFFER {
                        self.drop_buffer(buffer, &mut written[grain])?;
                    }
                    Ok(())
                })?;
            }
        }
        for (buffer, written) in buffers.iter_mut().zip(&mut written) {
            self.drop_buffer(buffer, written)?;
        }
        Ok(())
    }

    fn drop_buffer(&self, buffer: &mut Vec<u8>, written: &mut u64) -> Result<(), FileError> {
        let entry = self.entry();
        self.file.write_at(buffer, *written * entry as u64)?;
        *written += (buffer.len() / entry) as u64;
        buffer.clear();
        Ok(())
    }

    /// A grain by cell; `value` reads one from its bytes.
    fn grain<T: Copy + Default>(
        &self,
        grain: usize,
        value: impl Fn(&[u8]) -> T,
    ) -> Result<Grain<T>, FileError> {
        let n_cells = self.grains[grain + 1] - self.grains[grain];
        let n = (self.starts[grain + 1] - self.starts[grain]) as usize;
        let size = self.entry();
        let mut bytes = vec![0; n * size];
        self.file
            .read_at(&mut bytes, self.starts[grain] * size as u64)?;
        let cell = |entry: &[u8]| usize::from(u16::from_le_bytes([entry[0], entry[1]]));
        let mut indptr = vec![0; n_cells + 1];
        for entry in bytes.chunks_exact(size) {
            indptr[cell(entry) + 1] += 1;
        }
        for i in 0..n_cells {
            indptr[i + 1] += indptr[i];
        }
        let mut next = indptr.clone();
        let (mut genes, mut values) = (vec![0; n], vec![T::default(); n]);
        for entry in bytes.chunks_exact(size) {
            let at = &mut next[cell(entry)];
            genes[*at] = u32::from_le_bytes([entry[2], entry[3], entry[4], entry[5]]);
            values[*at] = value(&entry[PLACE..]);
            *at += 1;
        }
        Ok((indptr, genes, values))
    }

    fn read_grain(&self, grain: usize) -> Result<Rows, FileError> {
        let value = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let (indptr, genes, values) = self.grain(grain, value)?;
        let shape = (indptr.len() - 1, self.n_genes);
        Ok(Rows::new(shape, indptr, genes, values))
    }

    /// Some cells with the type of the source.
    pub fn stored_cells(&self, cells: Range<usize>) -> Result<StoredSparse, FileError> {
        let mut all = StoredSparse::empty(self.element, self.n_genes, false);
        let size = self.element.size();
        let first = self.grains.partition_point(|&end| end <= cells.start);
        for grain in first.saturating_sub(1)..self.grains.len() - 1 {
            if self.grains[grain] >= cells.end {
                break;
            }
            let (indptr, genes, values) = self.grain(grain, |bytes| {
                let mut value = [0_u8; 8];
                value[..size].copy_from_slice(bytes);
                value
            })?;
            let start = self.grains[grain];
            for cell in cells.start.max(start)..cells.end.min(self.grains[grain + 1]) {
                let range = indptr[cell - start]..indptr[cell - start + 1];
                let bytes = values[range.clone()]
                    .iter()
                    .flat_map(|value| &value[..size]);
                let bytes: Vec<u8> = bytes.copied().collect();
                let row = Row {
                    indices: Some(&genes[range]),
                    bytes: &bytes,
                };
                all.push_row(row, |gene| Some(gene as u32));
            }
        }
        Ok(all)
    }
}

impl Blocks for Spilled {
    fn n_cells(&self) -> usize {
        self.grains[self.grains.len() - 1]
    }

    fn n_genes(&self) -> usize {
        self.n_genes
    }

    fn n_values(&self) -> Option<u64> {
        self.starts.last().copied()
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        Ok(Arc::clone(&self.grains))
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        crate::io::memory::read_grains(&self.grains, self.n_genes, cells, |grain| {
            self.read_grain(grain).map(std::borrow::Cow::Owned)
        })
    }

    fn stored(&self) -> NumberType {
        self.stored
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        Ok(Vec::new())
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }
}

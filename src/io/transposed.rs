//! Cells × genes from a source that has genes × cells: CSC matrices, loom files.
//!
//! Turned over when first read. In memory if there is room; else externally: one pass counts the
//! values of each cell, a second drops every value into the region of a cache file that belongs
//! to its grain. Genes come in ascending order, so a grain needs no sorting but by cell.

use super::cache::{self, CacheFile};
use super::memory::InMemory;
use super::once::Once;
use crate::data::matrix::{StoredForm, StoredMatrix, cut_grains};
use crate::data::{Blocks, FileError, InFile, NumberType, Rows, StoredSparse};
use rayon::prelude::*;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A gene-major source, seen as cells × genes.
#[derive(Debug)]
pub struct Transposed {
    /// Its rows are our genes.
    source: Arc<dyn Blocks>,
    made: Once<Arc<dyn Blocks>>,
}

impl Transposed {
    pub fn new(source: Arc<dyn Blocks>) -> Self {
        Transposed {
            source,
            made: Once::new(),
        }
    }

    fn made(&self) -> Result<&Arc<dyn Blocks>, FileError> {
        self.made.get_or(|| turn(&*self.source))
    }
}

impl Blocks for Transposed {
    fn n_cells(&self) -> usize {
        self.source.n_genes()
    }

    fn n_genes(&self) -> usize {
        self.source.n_cells()
    }

    fn n_values(&self) -> Option<u64> {
        self.source.n_values()
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        self.made()?.grains()
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        self.made()?.read(cells)
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

    fn as_stored(&self) -> Option<&dyn StoredMatrix> {
        // A dense matrix that lies the other way round is none that anndata knows.
        let form = self.source.as_stored()?.form();
        if form.dense || form.by_gene {
            None
        } else {
            Some(self)
        }
    }

    fn check(&self) -> Result<(), FileError> {
        self.source.check()
    }
}

impl Transposed {
    fn stored_source(&self) -> &dyn StoredMatrix {
        let source = self.source.as_stored();
        source.unwrap_or_else(|| unreachable!("asked for where there is one"))
    }
}

impl StoredMatrix for Transposed {
    fn form(&self) -> StoredForm {
        StoredForm {
            by_gene: true,
            ..self.stored_source().form()
        }
    }

    fn line_grains(&self) -> Result<Arc<[usize]>, FileError> {
        self.stored_source().line_grains()
    }

    fn lines(&self, range: Range<usize>) -> Result<StoredSparse, FileError> {
        let lines = self.stored_source().lines(range)?;
        let [genes, cells] = lines.shape;
        Ok(StoredSparse {
            shape: [cells, genes],
            by_column: true,
            ..lines
        })
    }
}

fn turn(source: &dyn Blocks) -> Result<Arc<dyn Blocks>, FileError> {
    // A source that must be read to be cut knows how much it has only then.
    source.grains()?;
    // While it is turned, the matrix is there twice, at eight bytes a value.
    let most = source.n_cells() as u64 * source.n_genes() as u64;
    let values = source.n_values().unwrap_or(most);
    if values.saturating_mul(16) <= cache::memory() {
        Ok(Arc::new(in_memory(source)?))
    } else {
        Ok(Arc::new(Spilled::of(source)?))
    }
}

fn in_memory(source: &dyn Blocks) -> Result<InMemory, FileError> {
    let grains = source.grains()?;
    let blocks: Vec<Rows> = grains
        .par_windows(2)
        .map(|ends| source.read(ends[0]..ends[1]))
        .collect::<Result<_, _>>()?;
    let counts: Vec<AtomicU32> = zeros(source.n_genes());
    blocks.par_iter().for_each(|block| count(block, &counts));
    let cells = cut_grains(counts.iter().map(|n| u64::from(n.load(Relaxed))));
    let turned: Vec<Rows> = cells
        .par_windows(2)
        .map(|ends| turn_cells(&blocks, ends[0]..ends[1], &counts, source.n_cells()))
        .collect();
    Ok(InMemory::of_blocks(
        turned,
        cells,
        source.n_cells(),
        source.stored(),
    ))
}

fn zeros(n: usize) -> Vec<AtomicU32> {
    std::iter::repeat_with(AtomicU32::default).take(n).collect()
}

/// Adds the number of values in each column of a block.
fn count(block: &Rows, counts: &[AtomicU32]) {
    for &cell in block.indices() {
        counts[cell as usize].fetch_add(1, Relaxed);
    }
}

/// The rows of some cells, from all blocks of genes.
fn turn_cells(blocks: &[Rows], cells: Range<usize>, counts: &[AtomicU32], n_genes: usize) -> Rows {
    let mut indptr = Vec::with_capacity(cells.len() + 1);
    let mut end = 0;
    indptr.push(0);
    for n in &counts[cells.clone()] {
        end += n.load(Relaxed) as usize;
        indptr.push(end);
    }
    let mut next = indptr.clone();
    let (mut genes, mut values) = (vec![0; end], vec![0.0; end]);
    let all_genes = blocks.iter().flat_map(|block| block.outer_iterator());
    for (gene, row) in all_genes.enumerate() {
        let from = row
            .indices()
            .partition_point(|&cell| (cell as usize) < cells.start);
        for (&cell, &value) in row.indices()[from..].iter().zip(&row.data()[from..]) {
            if cell as usize >= cells.end {
                break;
            }
            let at = &mut next[cell as usize - cells.start];
            (genes[*at], values[*at]) = (gene as u32, value);
            *at += 1;
        }
    }
    Rows::new((cells.len(), n_genes), indptr, genes, values)
}

/// Bytes of one value in the cache file: cell within its grain, gene, value.
const ENTRY: usize = 10;
/// Bytes collected for a grain before they are written.
const BUFFER: usize = 1 << 16;

/// A transposed matrix in a cache file: the values of each grain together, by gene.
#[derive(Debug)]
struct Spilled {
    file: CacheFile,
    n_genes: usize,
    stored: NumberType,
    grains: Arc<[usize]>,
    /// Values before each grain.
    starts: Vec<u64>,
}

impl Spilled {
    fn of(source: &dyn Blocks) -> Result<Self, FileError> {
        let genes = source.grains()?;
        let counts = zeros(source.n_genes());
        genes.par_windows(2).try_for_each(|ends| {
            count(&source.read(ends[0]..ends[1])?, &counts);
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
            n_genes: source.n_cells(),
            stored: source.stored(),
            grains,
            starts,
        };
        spilled.fill(source, &genes)?;
        Ok(spilled)
    }

    /// Decodes as many blocks of genes at once as there are threads, then drops their values.
    fn fill(&self, source: &dyn Blocks, genes: &[usize]) -> Result<(), FileError> {
        let mut grain_of = vec![0_u32; source.n_genes()];
        for (grain, ends) in self.grains.windows(2).enumerate() {
            grain_of[ends[0]..ends[1]].fill(grain as u32);
        }
        let n_grains = self.grains.len() - 1;
        let mut buffers: Vec<Vec<u8>> = vec![Vec::new(); n_grains];
        let mut written: Vec<u64> = self.starts.clone();
        let ends: Vec<&[usize]> = genes.windows(2).collect();
        for batch in ends.chunks(rayon::current_num_threads()) {
            let blocks: Vec<Rows> = batch
                .par_iter()
                .map(|ends| source.read(ends[0]..ends[1]))
                .collect::<Result<_, _>>()?;
            for (ends, block) in batch.iter().zip(&blocks) {
                for (row, gene) in block.outer_iterator().zip(ends[0] as u32..) {
                    for (cell, value) in row.iter() {
                        let grain = grain_of[cell] as usize;
                        let buffer = &mut buffers[grain];
                        let within = (cell - self.grains[grain]) as u16;
                        buffer.extend_from_slice(&within.to_le_bytes());
                        buffer.extend_from_slice(&gene.to_le_bytes());
                        buffer.extend_from_slice(&value.to_le_bytes());
                        if buffer.len() >= BUFFER {
                            self.drop_buffer(buffer, &mut written[grain])?;
                        }
                    }
                }
            }
        }
        for (buffer, written) in buffers.iter_mut().zip(&mut written) {
            self.drop_buffer(buffer, written)?;
        }
        Ok(())
    }

    fn drop_buffer(&self, buffer: &mut Vec<u8>, written: &mut u64) -> Result<(), FileError> {
        self.file.write_at(buffer, *written * ENTRY as u64)?;
        *written += (buffer.len() / ENTRY) as u64;
        buffer.clear();
        Ok(())
    }

    fn read_grain(&self, grain: usize) -> Result<Rows, FileError> {
        let n_cells = self.grains[grain + 1] - self.grains[grain];
        let n = (self.starts[grain + 1] - self.starts[grain]) as usize;
        let mut bytes = vec![0; n * ENTRY];
        self.file
            .read_at(&mut bytes, self.starts[grain] * ENTRY as u64)?;
        let cell = |entry: &[u8]| usize::from(u16::from_le_bytes([entry[0], entry[1]]));
        let mut indptr = vec![0; n_cells + 1];
        for entry in bytes.chunks_exact(ENTRY) {
            indptr[cell(entry) + 1] += 1;
        }
        for i in 0..n_cells {
            indptr[i + 1] += indptr[i];
        }
        let mut next = indptr.clone();
        let (mut genes, mut values) = (vec![0; n], vec![0.0; n]);
        for entry in bytes.chunks_exact(ENTRY) {
            let at = &mut next[cell(entry)];
            genes[*at] = u32::from_le_bytes([entry[2], entry[3], entry[4], entry[5]]);
            values[*at] = f32::from_le_bytes([entry[6], entry[7], entry[8], entry[9]]);
            *at += 1;
        }
        Ok(Rows::new((n_cells, self.n_genes), indptr, genes, values))
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
        super::memory::read_grains(&self.grains, self.n_genes, cells, |grain| {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn genes_by_cells() -> Arc<dyn Blocks> {
        let rows = Rows::new(
            (3, 4),
            vec![0, 2, 2, 5],
            vec![0, 3, 0, 1, 3],
            vec![1.0, 2.0, 3.0, 4.0, 5.0],
        );
        Arc::new(InMemory::new(rows, NumberType::F32))
    }

    #[test]
    fn both_ways_of_turning_agree() {
        let expected = Rows::new(
            (4, 3),
            vec![0, 2, 3, 3, 5],
            vec![0, 2, 2, 0, 2],
            vec![1.0, 3.0, 4.0, 2.0, 5.0],
        );
        let source = genes_by_cells();
        assert_eq!(
            in_memory(&*source).unwrap().read(0..4),
            Ok(expected.clone())
        );
        let spilled = Spilled::of(&*source).unwrap();
        assert_eq!(spilled.read(0..4), Ok(expected.clone()));
        let two = Rows::new((2, 3), vec![0, 1, 1], vec![2], vec![4.0]);
        assert_eq!(spilled.read(1..3), Ok(two));
    }
}

//! Large arrays written in chunks of about a megabyte, compressed on all cores.
//!
//! The library compresses on one core under its lock; here chunks are compressed in parallel and
//! handed over ready made.

use super::datatype::Kind;
use super::deflate::{Deflate, NumberDeflate};
use super::library::{Id, check};
use super::write::{NewFile, creation_properties};
use crate::data::FileError;
use crate::io::packing::{BATCH, CHUNK, Compression, Pieces, RecentChunks};
use crate::io::planes;
use hdf5::globals;
use hdf5_sys::h5d::{H5Dset_extent, H5Dwrite_chunk};
use hdf5_sys::h5p::{H5P_DEFAULT, H5Pset_chunk, H5Pset_deflate, H5Pset_shuffle};
use hdf5_sys::h5s::{H5S_UNLIMITED, H5Screate_simple};
use libdeflater::{CompressionLvl, Compressor};
use rayon::prelude::*;
use std::cell::RefCell;

/// The level of libdeflate, which files name.
const LEVEL: i32 = 1;

/// An array of one or two dimensions that grows by rows.
#[derive(Debug)]
pub struct GrowingArray {
    /// Made with the first chunk, which decides how it is packed.
    made: Option<Made>,
    path: String,
    kind: Kind,
    compression: Compression,
    /// Elements of a row; 0 for an array of one dimension.
    width: usize,
    row_bytes: usize,
    chunk_rows: usize,
    /// Rows handed over to the library, whole chunks.
    written: usize,
    /// Rows not handed over yet.
    waiting: Pieces,
    recent: Option<RecentChunks>,
}

/// The array in the file.
#[derive(Debug)]
struct Made {
    array: Id,
    way: Way,
}

impl GrowingArray {
    /// `width` is the number of columns, or 0 for an array of one dimension.
    pub fn new(path: &str, width: usize, kind: Kind, compression: Compression) -> Self {
        let row_bytes = width.max(1) * kind.size();
        GrowingArray {
            made: None,
            path: path.to_owned(),
            kind,
            compression,
            width,
            row_bytes,
            chunk_rows: (CHUNK / row_bytes).max(1),
            written: 0,
            waiting: Pieces::default(),
            recent: None,
        }
    }

    /// Chunks that are the same as those of another array with the same `recent` are packed once.
    pub fn sharing(self, recent: RecentChunks) -> Self {
        GrowingArray {
            recent: Some(recent),
            ..self
        }
    }

    /// Appends whole rows: their bytes, little endian.
    pub fn push(&mut self, file: &NewFile, bytes: Vec<u8>) -> Result<(), FileError> {
        self.waiting.push(bytes);
        // Whole batches, no more: the places of chunks in the file do not depend on how many rows
        // come at a time.
        let chunks = match self.compression {
            Compression::None => 1,
            Compression::Gzip | Compression::Zstd => BATCH,
        };
        while self.waiting.len() >= chunks * self.chunk_bytes() {
            self.write_chunks(file, chunks * self.chunk_rows)?;
        }
        Ok(())
    }

    /// Writes what is left. Must be called.
    pub fn finish(mut self, file: &NewFile) -> Result<(), FileError> {
        let rows = self.waiting.len() / self.row_bytes;
        let whole = rows.div_ceil(self.chunk_rows) * self.chunk_bytes();
        self.waiting.push(vec![0; whole - self.waiting.len()]);
        self.write_chunks(file, rows)
    }

    fn chunk_bytes(&self) -> usize {
        self.chunk_rows * self.row_bytes
    }

    /// Writes the chunks that this many waiting `rows` fill, and releases them.
    fn write_chunks(&mut self, file: &NewFile, rows: usize) -> Result<(), FileError> {
        let n_chunks = rows.div_ceil(self.chunk_rows);
        let together = &mut Vec::new();
        if self.made.is_none() {
            let first = self.chunk(0, together);
            self.made = Some(self.make(file, first)?);
        }
        let Some(made) = &self.made else {
            unreachable!("it was just made");
        };
        let wrong = |reason: String| file.fault(&self.path, &reason);
        let first = self.written;
        made.extend_to(first + rows, self.width).map_err(wrong)?;
        let row = |i: usize| first + i * self.chunk_rows;
        let packed: Vec<Vec<u8>> = match self.compression {
            Compression::None => Vec::new(),
            Compression::Gzip | Compression::Zstd => (0..n_chunks)
                .into_par_iter()
                .map(|i| self.packed(i, row(i), made.way))
                .collect(),
        };
        for i in 0..n_chunks {
            let bytes = match packed.get(i) {
                Some(bytes) => bytes,
                None => self.chunk(i, together),
            };
            made.write_chunk(row(i), bytes).map_err(wrong)?;
        }
        self.written = row(n_chunks);
        self.waiting.leave(n_chunks * self.chunk_bytes());
        Ok(())
    }

    /// The bytes of a chunk, of those that wait.
    fn chunk<'a>(&'a self, i: usize, together: &'a mut Vec<u8>) -> &'a [u8] {
        let n = self.chunk_bytes();
        self.waiting.get(i * n, n, together)
    }

    /// The array, packed as suits its first chunk.
    fn make(&self, file: &NewFile, first: &[u8]) -> Result<Made, FileError> {
        let way = match self.compression {
            Compression::None => Way::Plain,
            Compression::Zstd => {
                return Err(file.fault(&self.path, "HDF5 files are compressed with gzip"));
            }
            Compression::Gzip => Packer::default().way(first, self.kind.size()),
        };
        let rank = if self.width == 0 { 1 } else { 2 };
        let chunk = [self.chunk_rows as u64, self.width as u64];
        let array = file.named(&self.path, |name| {
            let start = [0, self.width as u64];
            let most = [H5S_UNLIMITED, self.width as u64];
            // SAFETY: both arrays and `chunk` have `rank` entries at least.
            let space =
                Id::made_by(|| unsafe { H5Screate_simple(rank, start.as_ptr(), most.as_ptr()) })?;
            let creation = creation_properties(*globals::H5P_DATASET_CREATE)?;
            check(|| unsafe { H5Pset_chunk(creation.raw(), rank, chunk.as_ptr()) })?;
            if way == Way::Shuffled {
                check(|| unsafe { H5Pset_shuffle(creation.raw()) })?;
            }
            if self.compression == Compression::Gzip {
                check(|| unsafe { H5Pset_deflate(creation.raw(), LEVEL as u32) })?;
            }
            let datatype = self.kind.datatype()?;
            file.new_array_with(name, &datatype, &space, &creation)
        })?;
        Ok(Made { array, way })
    }

    /// Chunk `i` of those that wait, whose first row is `row`.
    fn packed(&self, i: usize, row: usize, way: Way) -> Vec<u8> {
        let size = self.kind.size();
        SCRATCH.with_borrow_mut(|(together, packer)| {
            let chunk = self.chunk(i, together);
            let mut pack = || packer.packed(chunk, size, way);
            match &self.recent {
                None => pack(),
                Some(recent) => recent.packed(row, way == Way::Shuffled, chunk, pack),
            }
        })
    }
}

thread_local! {
    /// Kept from chunk to chunk: new pages for it would take as long as a part of the packing.
    static SCRATCH: RefCell<(Vec<u8>, Packer)> = RefCell::default();
}

/// How the chunks of an array are deflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// In planes of bytes, whose runs are matches.
    Shuffled,
    /// As they are, by numbers of four bytes.
    Numbers,
    /// As they are, by libdeflate.
    Plain,
}

/// What packs chunks, with the buffers it needs.
struct Packer {
    plain: Compressor,
    /// What `plain` fills.
    bound: Vec<u8>,
    numbers: NumberDeflate,
    shuffled: Deflate,
    planes: Vec<u8>,
}

impl Default for Packer {
    fn default() -> Self {
        Packer {
            plain: Compressor::new(CompressionLvl::new(LEVEL).unwrap_or_default()),
            bound: Vec::new(),
            numbers: NumberDeflate::default(),
            shuffled: Deflate::default(),
            planes: Vec::new(),
        }
    }
}

impl Packer {
    /// The way that suits an array with this first chunk: positions and counts become smaller if shuffled, logarithms
    /// larger, since those of a cell are few different ones.
    fn way(&mut self, first: &[u8], element: usize) -> Way {
        let mut size = |way| self.packed(first, element, way).len();
        let (shuffled, plain) = (size(Way::Shuffled), size(Way::Plain));
        let smallest = shuffled.min(plain);
        // Faster than libdeflate, which saves a few hundredths at best.
        if element == 4 && size(Way::Numbers) < smallest + smallest / 16 && plain < shuffled {
            Way::Numbers
        } else if shuffled <= plain {
            Way::Shuffled
        } else {
            Way::Plain
        }
    }

    /// A chunk in the zlib format, of elements of that many bytes.
    fn packed(&mut self, chunk: &[u8], element: usize, way: Way) -> Vec<u8> {
        match way {
            Way::Shuffled => {
                self.planes.resize(chunk.len(), 0);
                planes::apart(chunk, element, &mut self.planes);
                self.shuffled.zlib(&self.planes)
            }
            Way::Numbers => self.numbers.zlib(chunk),
            Way::Plain => {
                let bound = self.plain.zlib_compress_bound(chunk.len());
                self.bound.resize(bound, 0);
                // It fits: the bound says how much room the worst case needs.
                let size = self.plain.zlib_compress(chunk, &mut self.bound);
                self.bound[..size.unwrap_or(0)].to_vec()
            }
        }
    }
}

impl Made {
    fn extend_to(&self, rows: usize, width: usize) -> Result<(), String> {
        let dims = [rows as u64, width as u64];
        // SAFETY: as many lengths as the array has dimensions, at least.
        check(|| unsafe { H5Dset_extent(self.array.raw(), dims.as_ptr()) }).map(drop)
    }

    /// Hands over a chunk as it will be in the file, whose first row is `row`.
    fn write_chunk(&self, row: usize, bytes: &[u8]) -> Result<(), String> {
        let first = [row as u64, 0];
        let (array, size) = (self.array.raw(), bytes.len());
        // SAFETY: `first` has as many entries as the array dimensions; `size` bytes are there.
        check(|| unsafe {
            let (first, bytes) = (first.as_ptr(), bytes.as_ptr().cast());
            H5Dwrite_chunk(array, H5P_DEFAULT, 0, first, size, bytes)
        })
        .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::NumberType;

    /// Writes arrays of bytes given in pieces; gives whether each is shuffled, and what is read back.
    fn written(compression: Compression, bytes: &[u8], pieces: usize) -> (bool, Vec<u8>) {
        let name = format!(
            "sca-chunked-{}-{pieces}-{}.h5",
            std::process::id(),
            bytes.len()
        );
        let path = std::env::temp_dir().join(format!("{compression:?}-{name}"));
        let file = NewFile::create(&path, &path).unwrap();
        let mut array = GrowingArray::new("/x", 0, Kind::Number(NumberType::I32), compression);
        for piece in bytes.chunks(pieces) {
            array.push(&file, piece.to_vec()).unwrap();
        }
        array.finish(&file).unwrap();
        file.close().unwrap();
        let opened = hdf5::File::open(&path).unwrap();
        let array = opened.dataset("x").unwrap();
        let shuffled = array.filters().contains(&hdf5::filters::Filter::Shuffle);
        let back = array.read_raw::<i32>().unwrap();
        std::fs::remove_file(&path).unwrap();
        (
            shuffled,
            back.into_iter().flat_map(i32::to_le_bytes).collect(),
        )
    }

    fn bytes(numbers: impl Iterator<Item = u32>) -> Vec<u8> {
        numbers.flat_map(u32::to_le_bytes).collect()
    }

    #[test]
    fn arrays_are_shuffled_where_that_makes_them_smaller() {
        // Positions ascend by small steps; logarithms of a cell are few different ones.
        let positions = bytes((0..600_000).map(|i: u32| (i * 13 + i % 7) % 30_000));
        let few = [
            0x3f31_7218,
            0x4012_a5b3,
            0x3f8c_9f54,
            0x4023_9d41,
            0x3fdc_3c21_u32,
        ];
        let mixed = |i: u64| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize;
        let logs = bytes((0..600_000).map(|i| few[mixed(i) % 5]));
        let gzip = Compression::Gzip;
        assert_eq!(written(gzip, &positions, 4_000), (true, positions.clone()));
        assert_eq!(written(gzip, &logs, 4_000), (false, logs));
        assert_eq!(
            written(Compression::None, &positions, 4_000),
            (false, positions)
        );
    }

    #[test]
    fn pieces_of_any_size_are_written() {
        // Less than a chunk, two and a half, whole batches and a rest; four bytes a row.
        for n in [0, 10, 2 * CHUNK / 4 + 77, (BATCH * CHUNK) / 4 + 5] {
            let all = bytes(0..n as u32);
            for pieces in [4_000, CHUNK + 4, 3 * BATCH * CHUNK] {
                for compression in [Compression::None, Compression::Gzip] {
                    assert_eq!(written(compression, &all, pieces).1, all, "{n} by {pieces}");
                }
            }
        }
    }
}

//! How the chunks of an array that is written are compressed: zstd, after blosc has put first bytes beside first
//! bytes where that makes them smaller.
//!
//! Measured on counts of blood cells: positions of genes take 0.32 of their bytes with blosc and 0.41 without, at
//! four times the speed; counts 0.14 both ways; logarithms, which take few distinct values in a cell, 0.39 and 0.17.

use super::Version;
use super::new_kind::NewKind;
use crate::io::packing::Compression;
use libdeflater::{CompressionLvl, Compressor};
use serde_json::{Value, json};

/// The codec of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    None,
    Gzip,
    Zstd,
    /// With the size of an element.
    Blosc(usize),
}

/// Of all codecs. Higher ones take half as long again and save a few hundredths.
const LEVEL: i32 = 1;
/// Chunks below this are not worth a second try.
const SMALL: usize = 1 << 14;

impl Packing {
    /// The one that suits an array with this first chunk.
    pub fn of(compression: Compression, kind: &NewKind, first: &[u8]) -> Packing {
        match compression {
            Compression::None => Packing::None,
            Compression::Gzip => Packing::Gzip,
            Compression::Zstd => {
                let shuffled = match kind {
                    NewKind::Number(number) if number.size() > 1 => Packing::Blosc(number.size()),
                    _ => return Packing::Zstd,
                };
                let size = |packing: Packing| packing.pack(first).map_or(usize::MAX, |it| it.len());
                if first.len() >= SMALL && size(shuffled) < size(Packing::Zstd) {
                    shuffled
                } else {
                    Packing::Zstd
                }
            }
        }
    }

    pub fn is_shuffled(self) -> bool {
        matches!(self, Packing::Blosc(_))
    }

    /// The `compressor` of version 2, or a codec of version 3; null if there is none.
    pub fn metadata(self, version: Version) -> Value {
        match (self, version) {
            (Packing::None, _) => Value::Null,
            (Packing::Gzip, Version::V2) => json!({"id": "gzip", "level": LEVEL}),
            (Packing::Gzip, Version::V3) => {
                json!({"name": "gzip", "configuration": {"level": LEVEL}})
            }
            (Packing::Zstd, Version::V2) => json!({"id": "zstd", "level": LEVEL}),
            (Packing::Zstd, Version::V3) => {
                json!({"name": "zstd", "configuration": {"level": LEVEL, "checksum": false}})
            }
            (Packing::Blosc(_), Version::V2) => json!({
                "id": "blosc", "cname": "zstd", "clevel": LEVEL, "shuffle": 1, "blocksize": 0
            }),
            (Packing::Blosc(size), Version::V3) => json!({"name": "blosc", "configuration": {
                "typesize": size, "cname": "zstd", "clevel": LEVEL, "shuffle": "shuffle", "blocksize": 0
            }}),
        }
    }

    /// A chunk, compressed.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn pack(self, chunk: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            Packing::None => Ok(chunk.to_vec()),
            Packing::Gzip => {
                let mut gzip = Compressor::new(CompressionLvl::new(LEVEL).unwrap_or_default());
                let mut packed = vec![0; gzip.gzip_compress_bound(chunk.len())];
                let size = gzip.gzip_compress(chunk, &mut packed);
                packed.truncate(size.map_err(|error| error.to_string())?);
                Ok(packed)
            }
            Packing::Zstd => zstd::bulk::compress(chunk, LEVEL).map_err(|error| error.to_string()),
            Packing::Blosc(size) => blosc(chunk, size),
        }
    }
}

fn blosc(chunk: &[u8], element: usize) -> Result<Vec<u8>, String> {
    let mut packed = vec![0; chunk.len() + blosc_src::BLOSC_MAX_OVERHEAD as usize];
    // SAFETY: `packed` has room for what cannot be made smaller, and the name ends in NUL. One thread and a
    // context of its own: the bytes depend on the chunk alone.
    let size = unsafe {
        let (from, to) = (chunk.as_ptr().cast(), packed.as_mut_ptr().cast());
        let shuffle = blosc_src::BLOSC_SHUFFLE as i32;
        let (n, room) = (chunk.len(), packed.len());
        let zstd = c"zstd".as_ptr();
        blosc_src::blosc_compress_ctx(LEVEL, shuffle, element, n, from, to, room, zstd, 0, 1)
    };
    match usize::try_from(size) {
        Ok(size) if size > 0 => {
            packed.truncate(size);
            Ok(packed)
        }
        _ => Err(format!("blosc error {size}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::NumberType;
    use crate::io::chunks::{Codec, decompress_any};

    #[test]
    fn what_is_packed_is_unpacked() {
        let chunk: Vec<u8> = (0..9000_u32).flat_map(|i| (i * 7).to_le_bytes()).collect();
        let both = [
            (Packing::Gzip, Codec::Gzip),
            (Packing::Zstd, Codec::Zstd),
            (Packing::Blosc(4), Codec::Blosc),
        ];
        for bytes in [&chunk[..], &chunk[..4], &[]] {
            for (packing, codec) in both {
                let packed = packing.pack(bytes).unwrap();
                assert_eq!(decompress_any(codec, &packed, 1 << 20).unwrap(), bytes);
            }
        }
    }

    #[test]
    fn positions_are_shuffled_and_short_arrays_are_not() {
        let positions: Vec<u8> = (0..50_000_u32)
            .flat_map(|i| ((i * 13 + i % 7) % 30_000).to_le_bytes())
            .collect();
        let whole = NewKind::Number(NumberType::I32);
        let of = |bytes| Packing::of(Compression::Zstd, &whole, bytes);
        assert_eq!(of(&positions), Packing::Blosc(4));
        assert_eq!(of(&positions[..400]), Packing::Zstd);
    }
}

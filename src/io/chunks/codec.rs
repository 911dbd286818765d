//! The compressions that chunks come in, of HDF5 and of zarr.

use super::lzf;
use crate::io::reason::Reason;
use std::cell::RefCell;
use std::io::Read;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// With the header of zlib.
    Deflate,
    Gzip,
    Lzf,
    Zstd,
    Blosc,
}

/// Buffers and decoders of a thread, kept from chunk to chunk.
#[derive(Default)]
pub struct Scratch {
    pub stored: Vec<u8>,
    pub decoded: Vec<u8>,
    pub shuffled: Vec<u8>,
    inflate: Option<libdeflater::Decompressor>,
    zstd: Option<zstd::bulk::Decompressor<'static>>,
}

thread_local! {
    pub static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Undoes a compression; `out` has the size of what was compressed.
pub fn decompress(
    codec: Codec,
    stored: &[u8],
    out: &mut [u8],
    scratch: &mut Scratch,
) -> Result<(), Reason> {
    let inflate = &mut scratch.inflate;
    let size = match codec {
        Codec::Deflate => inflate
            .get_or_insert_with(libdeflater::Decompressor::new)
            .zlib_decompress(stored, out)
            .map_err(|error| error.to_string())?,
        Codec::Gzip => inflate
            .get_or_insert_with(libdeflater::Decompressor::new)
            .gzip_decompress(stored, out)
            .map_err(|error| error.to_string())?,
        Codec::Lzf => {
            lzf::decode(stored, out)?;
            out.len()
        }
        Codec::Zstd => {
            let decoder = match &mut scratch.zstd {
                Some(decoder) => decoder,
                none => none.insert(zstd::bulk::Decompressor::new().map_err(|e| e.to_string())?),
            };
            let size = decoder.decompress_to_buffer(stored, out);
            size.map_err(|error| error.to_string())?
        }
        Codec::Blosc => unblosc(stored, out)?,
    };
    if size == out.len() {
        Ok(())
    } else {
        Err(format!("{size} bytes instead of {}", out.len()).into())
    }
}

/// Undoes a compression where only the stream knows how much was compressed: up to `most` bytes.
pub fn decompress_any(codec: Codec, stored: &[u8], most: u64) -> Result<Vec<u8>, Reason> {
    let mut out = Vec::new();
    let sized = match codec {
        Codec::Blosc => Some(blosc_size(stored)?),
        Codec::Lzf => Some(lzf::decoded_size(stored).ok_or("it ends too early")?),
        _ => None,
    };
    if let Some(size) = sized {
        if size as u64 > most {
            return Err(UNFOLDS.into());
        }
        out.try_reserve_exact(size)
            .map_err(|_| format!("{size} bytes do not fit in memory"))?;
        out.resize(size, 0);
        return decompress(codec, stored, &mut out, &mut Scratch::default()).map(|()| out);
    }
    let read = match codec {
        Codec::Gzip => all(flate2::read::MultiGzDecoder::new(stored), &mut out, most),
        Codec::Zstd => zstd::Decoder::new(stored).and_then(|decoder| all(decoder, &mut out, most)),
        _ => all(flate2::read::ZlibDecoder::new(stored), &mut out, most),
    };
    if read.map_err(|error| error.to_string())? {
        Ok(out)
    } else {
        Err(UNFOLDS.into())
    }
}

const UNFOLDS: &str = "it unfolds to more than a chunk of its size can hold";

/// Whether all there is has come out, and no more than `most`.
fn all(decoder: impl Read, out: &mut Vec<u8>, most: u64) -> std::io::Result<bool> {
    let read = decoder.take(most + 1).read_to_end(out)?;
    Ok(read as u64 <= most)
}

/// Bytes that a zstd frame will decode to, if it says so.
pub fn zstd_size(stored: &[u8]) -> Option<usize> {
    let size = zstd::zstd_safe::get_frame_content_size(stored)
        .ok()
        .flatten();
    size.map(|size| size as usize)
}

/// Bytes that a blosc frame will decode to, once it proved consistent.
pub fn blosc_size(stored: &[u8]) -> Result<usize, String> {
    let mut size = 0;
    // SAFETY: reads at most `stored.len()` bytes.
    let wrong = unsafe {
        blosc_src::blosc_cbuffer_validate(stored.as_ptr().cast(), stored.len(), &mut size)
    };
    if wrong < 0 {
        return Err("not a blosc frame".to_owned());
    }
    Ok(size)
}

fn unblosc(stored: &[u8], out: &mut [u8]) -> Result<usize, Reason> {
    if blosc_size(stored)? != out.len() {
        return Err("a blosc frame of the wrong size".into());
    }
    // SAFETY: the frame was validated, and `out` has the size it says. One thread, own context.
    let size = unsafe {
        let (from, to) = (stored.as_ptr().cast(), out.as_mut_ptr().cast());
        blosc_src::blosc_decompress_ctx(from, to, out.len(), 1)
    };
    match usize::try_from(size) {
        Ok(size) => Ok(size),
        Err(_) if size == UNKNOWN_COMPRESSOR => Err(unknown_filter()),
        Err(_) => Err(format!("blosc error {size}").into()),
    }
}

/// What blosc gives for a compressor that it was built without.
const UNKNOWN_COMPRESSOR: i32 = -5;

/// An array of HDF5 was compressed in an unknown way.
pub fn unknown_filter() -> Reason {
    Reason::alone("is compressed in a way that sca does not support").remedy(
        "write it again with gzip, in Python with hdf5plugin imported, or with HDF5's own \
         h5repack -f GZIP=4 old.h5ad new.h5ad",
    )
}

/// The same of zarr, where codecs have names.
pub fn unknown_codec(name: &str) -> Reason {
    Reason::alone(format!(
        "is compressed with {name}, which sca does not support"
    ))
    .remedy("in Python: anndata.read_zarr(\"x.zarr\").write(\"x.h5ad\"), and read that")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn with_the_size_or_without() {
        let bytes: Vec<u8> = (0..5000_u32).flat_map(|i| (i % 77).to_le_bytes()).collect();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&bytes).unwrap();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(&bytes).unwrap();
        let packed = [
            (Codec::Gzip, gzip.finish().unwrap()),
            (Codec::Deflate, zlib.finish().unwrap()),
            (Codec::Zstd, zstd::encode_all(&bytes[..], 1).unwrap()),
        ];
        let mut scratch = Scratch::default();
        for (codec, packed) in packed {
            let mut out = vec![0; bytes.len()];
            assert_eq!(decompress(codec, &packed, &mut out, &mut scratch), Ok(()));
            assert_eq!(
                (&out, decompress_any(codec, &packed, 1 << 20)),
                (&bytes, Ok(bytes.clone()))
            );
            assert!(decompress(codec, &packed, &mut out[1..], &mut scratch).is_err());
            assert!(decompress_any(codec, &packed[..packed.len() / 2], 1 << 20).is_err());
            assert!(decompress_any(codec, &packed, 1000).is_err());
        }
    }
}

//! The filters that chunks of single-cell files use: shuffle, and one of gzip, LZF, zstd, blosc.
//! The library gets those it lacks registered, so that small arrays may have them too.

use super::codec::{Codec, Scratch, blosc_size, decompress, zstd_size};
use super::lzf;
use crate::io::planes;
use crate::io::reason::Reason;
use hdf5::filters::Filter;
use hdf5_sys::h5::{H5allocate_memory, H5free_memory};
use hdf5_sys::h5z::{H5Z_FLAG_REVERSE, H5Z_class2_t, H5Zregister};
use std::ffi::{CStr, c_uint, c_void};
use std::sync::Once;

const LZF: i32 = 32000;
const BLOSC: i32 = 32001;
const ZSTD: i32 = 32015;

/// What was done to a chunk: shuffled perhaps, then compressed perhaps.
#[derive(Debug)]
pub struct Pipeline {
    /// Position among the filters.
    shuffle: Option<usize>,
    codec: Option<(Codec, usize)>,
    element: usize,
}

impl Pipeline {
    /// `None` for filters that only the library may know.
    pub fn of(filters: &[Filter], element: usize) -> Option<Self> {
        let mut pipeline = Pipeline {
            shuffle: None,
            codec: None,
            element,
        };
        for (i, filter) in filters.iter().enumerate() {
            let codec = match filter {
                Filter::Shuffle if pipeline.shuffle.is_none() && pipeline.codec.is_none() => {
                    pipeline.shuffle = Some(i);
                    continue;
                }
                Filter::Deflate(_) => Codec::Deflate,
                Filter::User(LZF, _) => Codec::Lzf,
                Filter::User(BLOSC, _) => Codec::Blosc,
                Filter::User(ZSTD, _) => Codec::Zstd,
                _ => return None,
            };
            if pipeline.codec.replace((codec, i)).is_some() {
                return None;
            }
        }
        Some(pipeline)
    }

    /// Undoes the filters but those whose bit is set in `skipped`; `out` has the chunk's size.
    pub fn decode(
        &self,
        stored: &[u8],
        skipped: u32,
        scratch: &mut Scratch,
        out: &mut [u8],
    ) -> Result<(), Reason> {
        let used = |position: usize| skipped & (1 << position) == 0;
        let codec = self.codec.filter(|&(_, position)| used(position));
        let shuffled = self.shuffle.is_some_and(used) && self.element > 1;
        match (codec, shuffled) {
            (Some((codec, _)), false) => decompress(codec, stored, out, scratch),
            (Some((codec, _)), true) => {
                let mut shuffled = std::mem::take(&mut scratch.shuffled);
                shuffled.resize(out.len(), 0);
                let done = decompress(codec, stored, &mut shuffled, scratch);
                planes::together(&shuffled, self.element, out);
                scratch.shuffled = shuffled;
                done
            }
            (None, _) if stored.len() != out.len() => Err("it has the wrong size".into()),
            (None, true) => {
                planes::together(stored, self.element, out);
                Ok(())
            }
            (None, false) => {
                out.copy_from_slice(stored);
                Ok(())
            }
        }
    }
}

/// Gives the library the decoders it lacks. Call before a file is opened.
pub fn register_filters() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        register(LZF, c"lzf", decode_lzf);
        register(BLOSC, c"blosc", decode_blosc);
        register(ZSTD, c"zstd", decode_zstd);
    });
}

type Decoder = unsafe extern "C" fn(
    c_uint,
    usize,
    *const c_uint,
    usize,
    *mut usize,
    *mut *mut c_void,
) -> usize;

fn register(id: i32, name: &'static CStr, decoder: Decoder) {
    let class = H5Z_class2_t {
        version: 1,
        id,
        encoder_present: 0,
        decoder_present: 1,
        name: name.as_ptr(),
        can_apply: None,
        set_local: None,
        filter: Some(decoder),
    };
    // SAFETY: the library copies the class; the name is static. A failure leaves the filter unknown.
    hdf5::sync::sync(|| unsafe { H5Zregister((&raw const class).cast()) });
}

macro_rules! decoder {
    ($name:ident, $codec:expr, $size:expr) => {
        /// The library calls this with a buffer that it allocated, to be replaced by a larger one.
        unsafe extern "C" fn $name(
            flags: c_uint,
            n_settings: usize,
            settings: *const c_uint,
            n_bytes: usize,
            room: *mut usize,
            buffer: *mut *mut c_void,
        ) -> usize {
            if flags & H5Z_FLAG_REVERSE == 0 || n_bytes == 0 {
                return 0;
            }
            // SAFETY: the library passes `n_bytes` bytes and `n_settings` settings.
            let (stored, settings) = unsafe {
                let settings = match n_settings {
                    0 => &[][..],
                    n => std::slice::from_raw_parts(settings, n),
                };
                (
                    std::slice::from_raw_parts((*buffer).cast::<u8>(), n_bytes),
                    settings,
                )
            };
            let size: fn(&[u8], &[c_uint]) -> Option<usize> = $size;
            let Some(size) = size(stored, settings).filter(|&size| size > 0) else {
                return 0;
            };
            // SAFETY: allocated and freed by the library's own functions; `size` bytes are ours.
            unsafe {
                let fresh = H5allocate_memory(size, 1).cast::<u8>();
                if fresh.is_null() {
                    return 0;
                }
                let out = std::slice::from_raw_parts_mut(fresh, size);
                if decompress($codec, stored, out, &mut Scratch::default()).is_err() {
                    H5free_memory(fresh.cast());
                    return 0;
                }
                H5free_memory(*buffer);
                (*buffer, *room) = (fresh.cast(), size);
            }
            size
        }
    };
}

// LZF has the chunk's size as its third setting, but not for texts; the others know it themselves.
decoder!(decode_lzf, Codec::Lzf, |stored, settings| settings
    .get(2)
    .map(|&size| size as usize)
    .or_else(|| lzf::decoded_size(stored)));
decoder!(decode_blosc, Codec::Blosc, |stored, _| blosc_size(stored)
    .ok());
decoder!(decode_zstd, Codec::Zstd, |stored, _| zstd_size(stored));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skipped_filter_is_not_undone() {
        let pipeline = Pipeline::of(&[Filter::Shuffle, Filter::Deflate(4)], 2).unwrap();
        let mut out = [0; 4];
        let mut scratch = Scratch::default();
        assert_eq!(
            pipeline.decode(&[1, 3, 2, 4], 2, &mut scratch, &mut out),
            Ok(())
        );
        assert_eq!(out, [1, 2, 3, 4]);
        assert_eq!(
            pipeline.decode(&[1, 3, 2, 4], 3, &mut scratch, &mut out),
            Ok(())
        );
        assert_eq!(out, [1, 3, 2, 4]);
        assert!(
            pipeline
                .decode(&[1, 3, 2], 3, &mut scratch, &mut out)
                .is_err()
        );
        assert!(
            pipeline
                .decode(&[1, 3, 2], 0, &mut scratch, &mut out)
                .is_err()
        );
    }

    #[test]
    fn two_compressions_are_left_to_the_library() {
        assert!(Pipeline::of(&[Filter::Deflate(4), Filter::User(LZF, vec![])], 4).is_none());
        assert!(Pipeline::of(&[Filter::Fletcher32], 4).is_none());
    }
}

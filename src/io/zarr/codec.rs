//! Decodes chunks: the codecs that anndata's stores have.
//!
//! Zarr specification 2 (compressor and filters) and 3.1 (codecs; sharding in `shards`).

use crate::io::chunks::{Codec, Scratch, decompress, decompress_any, unknown_codec};
use crate::io::reason::Reason;
use serde_json::Value;

/// Undone from the last to the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    pub steps: Vec<Step>,
    /// The last dimension first, as in Fortran.
    pub reversed: bool,
    /// Numbers of any width in these are the other way round.
    pub big_endian: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Packed(Codec),
    /// Four bytes follow. They are not checked: a damaged chunk shows in its codec.
    Checksum,
}

impl Chain {
    /// The `compressor`, `filters` and `order` of an array of version 2.
    ///
    /// # Errors
    /// What is not known.
    pub fn v2(metadata: &Value) -> Result<Self, Reason> {
        let filters = metadata["filters"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let mut steps = Vec::new();
        for filter in filters.iter().filter(|filter| !is_of_texts(filter)) {
            steps.push(step(name(filter, "id"))?);
        }
        if !metadata["compressor"].is_null() {
            steps.push(step(name(&metadata["compressor"], "id"))?);
        }
        Ok(Chain {
            steps,
            reversed: metadata["order"] == "F",
            big_endian: false,
        })
    }

    /// The `codecs` of an array of version 3 with that number of dimensions, or those within a shard.
    ///
    /// # Errors
    /// What is not known.
    pub fn v3(codecs: &[Value], rank: usize) -> Result<Self, Reason> {
        let mut chain = Chain {
            steps: Vec::new(),
            reversed: false,
            big_endian: false,
        };
        for codec in codecs {
            match name(codec, "name") {
                "bytes" => chain.big_endian = codec["configuration"]["endian"] == "big",
                "vlen-utf8" => {}
                "transpose" => {
                    let order = codec["configuration"]["order"].as_array();
                    let order: Option<Vec<u64>> =
                        order.and_then(|order| order.iter().map(Value::as_u64).collect());
                    let is = |wanted: &mut dyn Iterator<Item = u64>| {
                        order
                            .as_ref()
                            .is_some_and(|order| wanted.eq(order.iter().copied()))
                    };
                    let rank = rank as u64;
                    if is(&mut (0..rank).rev()) {
                        chain.reversed = rank > 1;
                    } else if !is(&mut (0..rank)) {
                        return Err("its dimensions are transposed in an unusual way".into());
                    }
                }
                other => chain.steps.push(step(other)?),
            }
        }
        Ok(chain)
    }

    /// A chunk whose size is known: `out` has it.
    pub fn decode(
        &self,
        stored: &[u8],
        scratch: &mut Scratch,
        out: &mut [u8],
    ) -> Result<(), Reason> {
        match self.steps[..] {
            [] if stored.len() == out.len() => {
                out.copy_from_slice(stored);
                Ok(())
            }
            [] => Err("it has the wrong size".into()),
            [Step::Packed(codec)] => decompress(codec, stored, out, scratch),
            _ => {
                let bytes = self.decode_any(stored, out.len() as u64 + 64)?;
                if bytes.len() != out.len() {
                    return Err(format!("{} bytes instead of {}", bytes.len(), out.len()).into());
                }
                out.copy_from_slice(&bytes);
                Ok(())
            }
        }
    }

    /// A chunk of unknown size, up to `most` bytes: one of texts.
    pub fn decode_any(&self, stored: &[u8], most: u64) -> Result<Vec<u8>, Reason> {
        let mut bytes = stored.to_vec();
        for step in self.steps.iter().rev() {
            match step {
                Step::Packed(codec) => bytes = decompress_any(*codec, &bytes, most)?,
                Step::Checksum => {
                    let length = bytes.len().checked_sub(4).ok_or("it is cut short")?;
                    bytes.truncate(length);
                }
            }
        }
        Ok(bytes)
    }
}

/// Texts are told from the type of the array.
fn is_of_texts(filter: &Value) -> bool {
    name(filter, "id") == "vlen-utf8"
}

/// A codec is a record with its name, or the bare name.
pub fn name<'a>(codec: &'a Value, key: &str) -> &'a str {
    codec[key].as_str().or(codec.as_str()).unwrap_or("")
}

fn step(name: &str) -> Result<Step, Reason> {
    Ok(Step::Packed(match name {
        "blosc" => Codec::Blosc,
        "zstd" | "numcodecs.zstd" => Codec::Zstd,
        "gzip" | "numcodecs.gzip" => Codec::Gzip,
        "zlib" | "numcodecs.zlib" => Codec::Deflate,
        "crc32c" => return Ok(Step::Checksum),
        other => return Err(unknown_codec(other)),
    }))
}

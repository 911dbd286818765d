//! Values of arrays of a zarr store, or of one field of an array of records.
//!
//! Right for everything small. The large arrays of matrices go through `io::chunks`.

use super::array::{Array, positions};
use super::kind::{Field, Kind};
use crate::data::{Names, half, stop};
use crate::io::element::{Element, Number};
use crate::io::h5::Native;
use crate::io::reason::Reason;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub struct Values {
    array: Arc<Array>,
    field: Option<Field>,
}

impl Values {
    pub fn of(array: &Arc<Array>) -> Self {
        Values {
            array: Arc::clone(array),
            field: None,
        }
    }

    pub fn field(&self, name: &str) -> Option<Self> {
        let Kind::Record(fields) = &self.array.kind else {
            return None;
        };
        let field = fields.iter().find(|field| field.name == name)?;
        Some(Values {
            array: Arc::clone(&self.array),
            field: Some(field.clone()),
        })
    }

    fn kind(&self) -> &Kind {
        match &self.field {
            Some(field) => &field.kind,
            None => &self.array.kind,
        }
    }

    pub fn element(&self) -> Element {
        self.kind().element()
    }

    pub fn shape(&self) -> Vec<usize> {
        let mut shape = self.array.shape.clone();
        shape.extend(
            self.field
                .iter()
                .map(|f| f.width)
                .filter(|&width| width > 0),
        );
        shape
    }

    /// Numbers and booleans of some rows, or all.
    pub fn read<T: Native>(&self, rows: Option<Range<usize>>) -> Result<Vec<T>, Reason> {
        let bytes = self.bytes(rows)?;
        match self.kind() {
            Kind::Number(number) => Ok(numbers(*number, &bytes)),
            Kind::Bool => Ok(bytes.iter().map(|&byte| T::of_truth(byte != 0)).collect()),
            _ => Err("its values are not numbers".into()),
        }
    }

    pub fn texts(&self) -> Result<Names, Reason> {
        match self.kind() {
            Kind::Text => self.texts_of_any_length(),
            Kind::Bytes(n) => {
                let bytes = self.bytes(None)?;
                let texts = bytes.chunks_exact((*n).max(1)).map(|text| {
                    let end = text.iter().position(|&byte| byte == 0).unwrap_or(*n);
                    String::from_utf8_lossy(&text[..end])
                });
                Ok(texts.collect())
            }
            Kind::Characters { n, big_endian } => {
                let bytes = self.bytes(None)?;
                let texts = bytes.chunks_exact((4 * n).max(1));
                Ok(texts.map(|text| characters(text, *big_endian)).collect())
            }
            _ => Err("its values are not strings".into()),
        }
    }

    /// All bytes of the elements of some rows; of a field, those of the field.
    fn bytes(&self, rows: Option<Range<usize>>) -> Result<Vec<u8>, Reason> {
        let n = self.array.shape.first().copied().unwrap_or(1);
        let bytes = self.array.bytes(rows.unwrap_or(0..n))?;
        let Some(field) = &self.field else {
            return Ok(bytes);
        };
        let records = bytes.chunks_exact(self.array.kind.size().max(1));
        let parts = records.flat_map(|record| &record[field.at..field.at + field.size()]);
        Ok(parts.copied().collect())
    }

    fn texts_of_several_dimensions(&self) -> Result<Names, Reason> {
        let (shape, chunk) = (&self.array.shape, &self.array.chunk);
        if shape.len() != chunk.len() {
            return Err("its chunks have different dimensions".into());
        }
        let n = shape.iter().try_fold(1_usize, |n, &of| n.checked_mul(of));
        let n = n.filter(|&n| n <= u32::MAX as usize);
        let n = n.ok_or("more strings than fit in memory")?;
        let per_chunk: usize = chunk.iter().product();
        let mut all = Vec::new();
        all.try_reserve_exact(n)
            .map_err(|_| "more strings than fit in memory")?;
        all.resize(n, String::new());
        let along: Vec<Range<usize>> = shape
            .iter()
            .zip(chunk)
            .map(|(&n, &of)| 0..n.div_ceil(of.max(1)))
            .collect();
        for at in positions(&along) {
            let bytes = self.array.texts(&at)?;
            let found: Vec<Cow<str>> =
                texts(bytes.as_deref(), per_chunk).collect::<Result<_, _>>()?;
            scatter(found, &at, chunk, shape, &mut all);
        }
        Ok(all.into_iter().collect())
    }

    fn texts_of_any_length(&self) -> Result<Names, Reason> {
        let (n, per_chunk) = match (&self.array.shape[..], &self.array.chunk[..]) {
            ([], []) => (1, 1),
            (&[n], &[per_chunk]) => (n, per_chunk),
            _ => return self.texts_of_several_dimensions(),
        };
        let along = vec![0..n.div_ceil(per_chunk); self.array.shape.len()];
        let at = positions(&along);
        let chunks = at.map(|at| {
            if stop::is_asked() {
                Err(Reason::stopped())
            } else {
                self.array.texts(&at)
            }
        });
        let chunks: Vec<Option<Vec<u8>>> = chunks.collect::<Result<_, Reason>>()?;
        let wanted = |i: usize| per_chunk.min(n - i * per_chunk);
        let each = chunks.iter().enumerate();
        let all = each.flat_map(|(i, chunk)| texts(chunk.as_deref(), wanted(i)));
        Ok(all.collect::<Result<_, String>>()?)
    }
}

/// Puts the texts of a chunk, in row order, at their places of the whole array.
fn scatter(
    found: Vec<Cow<str>>,
    at: &[usize],
    chunk: &[usize],
    shape: &[usize],
    all: &mut [String],
) {
    for (i, text) in found.into_iter().enumerate() {
        let (mut rest, mut to, mut step, mut inside) = (i, 0, 1, true);
        for axis in (0..shape.len()).rev() {
            let along = at[axis] * chunk[axis] + rest % chunk[axis];
            rest /= chunk[axis];
            inside &= along < shape[axis];
            to += along * step;
            step *= shape[axis];
        }
        if inside {
            all[to] = text.into_owned();
        }
    }
}

const SHORT: &str = "a chunk of strings ends too early";

/// The first texts of a chunk, which has their number, then the length and the bytes of each. Empty
/// ones of a chunk that was never written.
fn texts(
    chunk: Option<&[u8]>,
    wanted: usize,
) -> impl Iterator<Item = Result<Cow<'_, str>, String>> {
    let written = chunk.is_some();
    let mut rest = chunk.and_then(|bytes| bytes.get(4..)).unwrap_or(&[]);
    (0..wanted).map(move |_| {
        if !written {
            return Ok(Cow::Borrowed(""));
        }
        let (length, after) = rest.split_first_chunk::<4>().ok_or(SHORT)?;
        let text = after.split_at_checked(u32::from_le_bytes(*length) as usize);
        let (text, after) = text.ok_or(SHORT)?;
        rest = after;
        Ok(String::from_utf8_lossy(text))
    })
}

/// Characters up to the first NUL; what is none is replaced.
fn characters(bytes: &[u8], big_endian: bool) -> String {
    let (characters, _) = bytes.as_chunks::<4>();
    let code = |&bytes: &[u8; 4]| {
        if big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    };
    let codes = characters.iter().map(code).take_while(|&code| code != 0);
    codes
        .map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn numbers<T: Native>(number: Number, bytes: &[u8]) -> Vec<T> {
    macro_rules! from {
        ($stored:ty, $into:expr) => {{
            let (parts, _) = bytes.as_chunks::<{ size_of::<$stored>() }>();
            let value = |&part: &[u8; size_of::<$stored>()]| {
                if number.big_endian {
                    <$stored>::from_be_bytes(part)
                } else {
                    <$stored>::from_le_bytes(part)
                }
            };
            parts.iter().map(|part| $into(value(part))).collect()
        }};
    }
    match (number.float, number.signed, number.size) {
        (true, _, 2) => from!(u16, |x| T::of_f64(half::of_bits(x).into())),
        (true, _, 4) => from!(f32, |x| T::of_f64(f64::from(x))),
        (true, ..) => from!(f64, T::of_f64),
        (_, true, 1) => from!(i8, |x| T::of_whole(i128::from(x))),
        (_, true, 2) => from!(i16, |x| T::of_whole(i128::from(x))),
        (_, true, 4) => from!(i32, |x| T::of_whole(i128::from(x))),
        (_, true, _) => from!(i64, |x| T::of_whole(i128::from(x))),
        (_, false, 1) => from!(u8, |x| T::of_whole(i128::from(x))),
        (_, false, 2) => from!(u16, |x| T::of_whole(i128::from(x))),
        (_, false, 4) => from!(u32, |x| T::of_whole(i128::from(x))),
        (_, false, _) => from!(u64, |x| T::of_whole(i128::from(x))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_a_chunk() {
        let bytes = [2, 0, 0, 0, 1, 0, 0, 0, b'a', 2, 0, 0, 0, 0xc3, 0xa9];
        let of = |chunk, n| texts(chunk, n).collect::<Result<Vec<_>, _>>();
        assert_eq!(of(Some(&bytes), 2).unwrap(), ["a", "é"]);
        assert_eq!(of(Some(&bytes), 1).unwrap(), ["a"]);
        assert_eq!(of(Some(&bytes), 3).unwrap_err(), SHORT);
        assert_eq!(of(Some(&bytes[..12]), 2).unwrap_err(), SHORT);
        assert_eq!(of(None, 2).unwrap(), ["", ""]);
    }

    #[test]
    fn texts_of_two_dimensions_go_to_their_places() {
        let mut all = vec![String::new(); 6];
        let chunk = ["a", "b", "c", "d"].map(Cow::from).to_vec();
        scatter(chunk, &[0, 1], &[2, 2], &[2, 3], &mut all);
        assert_eq!(all, ["", "", "a", "", "", "c"]);
    }

    #[test]
    fn characters_end_at_the_first_nul() {
        let bytes = [0x41, 0, 0, 0, 0, 0, 1, 0xf6, 0, 0, 0, 0];
        assert_eq!(characters(&bytes[..4], false), "A");
        assert_eq!(characters(&bytes[4..], true), "\u{1f6}".to_owned());
        assert_eq!(characters(&[0, 0, 0, 0, 0x41, 0, 0, 0], false), "");
        assert_eq!(characters(&[0, 0xd8, 0, 0], false), "\u{fffd}");
    }
}

//! Arrays as they lie in a file: no value is rounded on its way to another one.
//!
//! Commands look at places of cells as f32 and at numbers of `uns` as f64. What no command touches
//! is written with the type and the digits it was read with, also where only some rows are kept.

use super::column::NumberType;
use super::half;
use std::ops::Range;

/// What one element of an array is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementType {
    Number(NumberType),
    Bool,
}

impl ElementType {
    /// Bytes.
    pub fn size(self) -> usize {
        match self {
            ElementType::Number(number) => number.size(),
            ElementType::Bool => 1,
        }
    }

    /// Whether f32, in which commands see matrices, holds all values of this type.
    pub fn fits_f32(self) -> bool {
        match self {
            ElementType::Number(NumberType::F16 | NumberType::F32) | ElementType::Bool => true,
            ElementType::Number(number) => number.is_whole() && number.size() <= 2,
        }
    }

    /// An element as a number; `bytes` has [`ElementType::size`].
    pub fn number(self, bytes: &[u8]) -> f64 {
        use NumberType::*;
        macro_rules! of {
            ($number:ty) => {
                bytes
                    .first_chunk()
                    .map_or(f64::NAN, |bytes| <$number>::from_le_bytes(*bytes) as f64)
            };
        }
        match self {
            ElementType::Bool => f64::from(bytes[0]),
            ElementType::Number(number) => match number {
                F16 => bytes.first_chunk().map_or(f64::NAN, |two| {
                    half::of_bits(u16::from_le_bytes(*two)).into()
                }),
                F32 => of!(f32),
                F64 => of!(f64),
                I8 => of!(i8),
                I16 => of!(i16),
                I32 => of!(i32),
                I64 => of!(i64),
                U8 => of!(u8),
                U16 => of!(u16),
                U32 => of!(u32),
                U64 => of!(u64),
            },
        }
    }
}

/// Numbers or booleans of any shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredArray {
    /// Empty for a single value.
    pub shape: Vec<usize>,
    pub element: ElementType,
    /// Elements in row order, little endian.
    pub bytes: Vec<u8>,
    /// Both dimensions are the same cells or genes: `obsp`, `varp`.
    pub square: bool,
}

impl StoredArray {
    /// Bytes of an entry of the first dimension.
    fn row_size(&self) -> usize {
        self.element.size() * self.shape.iter().skip(1).product::<usize>()
    }

    /// The kept rows, and of a square array the same columns.
    pub fn pick(&self, keep: &[u32]) -> StoredArray {
        let row = self.row_size();
        let size = self.element.size();
        let part = |range: Range<usize>| self.bytes.get(range).unwrap_or(&[]);
        let mut bytes = Vec::new();
        for &i in keep {
            let start = i as usize * row;
            if self.square {
                keep.iter().for_each(|&j| {
                    let at = start + j as usize * size;
                    bytes.extend_from_slice(part(at..at + size));
                })
            } else {
                bytes.extend_from_slice(part(start..start + row))
            }
        }
        let mut shape = self.shape.clone();
        let picked = if self.square { 2 } else { 1 };
        shape.iter_mut().take(picked).for_each(|n| *n = keep.len());
        StoredArray {
            shape,
            bytes,
            element: self.element,
            square: self.square,
        }
    }

    /// The elements as numbers; integers beyond 2⁵³ are rounded.
    pub fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        let elements = self.bytes.chunks_exact(self.element.size());
        elements.map(|bytes| self.element.number(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_squares_are_picked_with_every_digit() {
        let large = 1_i64 << 60;
        let values = [large, large + 1, large + 2, large + 3];
        let mut array = StoredArray {
            shape: vec![2, 2],
            element: ElementType::Number(NumberType::I64),
            bytes: values.iter().flat_map(|x| x.to_le_bytes()).collect(),
            square: false,
        };
        let of = |array: &StoredArray| -> Vec<i64> {
            let (parts, _) = array.bytes.as_chunks::<8>();
            parts.iter().map(|part| i64::from_le_bytes(*part)).collect()
        };
        let rows = array.pick(&[1, 1, 0]);
        assert_eq!(rows.shape, [3, 2]);
        assert_eq!(
            of(&rows),
            [
                values[2], values[3], values[2], values[3], values[0], values[1]
            ]
        );
        array.square = true;
        let part = array.pick(&[1]);
        assert_eq!(
            (part.shape.as_slice(), of(&part)),
            ([1, 1].as_slice(), vec![values[3]])
        );
        let truths = StoredArray {
            shape: vec![3],
            element: ElementType::Bool,
            bytes: vec![1, 0, 1],
            square: false,
        };
        assert_eq!(truths.numbers().collect::<Vec<_>>(), [1.0, 0.0, 1.0]);
        assert!(ElementType::Number(NumberType::U16).fits_f32());
        assert!(!ElementType::Number(NumberType::I32).fits_f32());
    }
}

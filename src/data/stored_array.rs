//! Arrays as stored in a file: no value is rounded on its way to another one.
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
    /// The type of a sparse matrix of such values: scipy has none of f16.
    pub fn of_sparse(self) -> ElementType {
        match self {
            ElementType::Number(NumberType::F16) => ElementType::Number(NumberType::F32),
            other => other,
        }
    }

    /// Bytes.
    pub fn size(self) -> usize {
        match self {
            ElementType::Number(number) => number.size(),
            ElementType::Bool => 1,
        }
    }

    pub fn is_float(self) -> bool {
        matches!(self, ElementType::Number(number) if !number.is_whole())
    }

    /// The type that values of all these are stored as together, by numpy's rules.
    pub fn holding(types: &[ElementType]) -> ElementType {
        let numbers = types.iter().filter_map(|element| match element {
            ElementType::Number(number) => Some(*number),
            ElementType::Bool => None,
        });
        let numbers: Vec<NumberType> = numbers.collect();
        if numbers.is_empty() && !types.is_empty() {
            ElementType::Bool
        } else {
            ElementType::Number(NumberType::holding(&numbers))
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

    /// An element that is an integer or a truth, whatever its width.
    fn whole(self, bytes: &[u8]) -> Option<i128> {
        use NumberType::*;
        let signed = match self {
            ElementType::Bool => false,
            ElementType::Number(F16 | F32 | F64) => return None,
            ElementType::Number(number) => matches!(number, I8 | I16 | I32 | I64),
        };
        let negative = signed && bytes.last().is_some_and(|last| last & 0x80 != 0);
        let mut wide = [if negative { 0xFF } else { 0 }; 16];
        wide[..self.size()].copy_from_slice(bytes);
        Some(i128::from_le_bytes(wide))
    }

    /// An element that is a whole number, of whatever type, with all its digits.
    pub fn whole_number(self, bytes: &[u8]) -> Option<i128> {
        let of_float = || {
            let number = self.number(bytes);
            (number.fract() == 0.0).then_some(number as i128)
        };
        self.whole(bytes).or_else(of_float)
    }

    /// Appends an element to values of the type `to`, which [`ElementType::holding`] gave for both.
    fn put(self, bytes: &[u8], to: ElementType, into: &mut Vec<u8>) {
        let number = self.number(bytes);
        match (to, self.whole(bytes)) {
            (ElementType::Bool, _) => into.push(u8::from(number != 0.0)),
            (ElementType::Number(NumberType::F16), _) => {
                into.extend(half::bits(number as f32).to_le_bytes())
            }
            (ElementType::Number(NumberType::F32), _) => into.extend((number as f32).to_le_bytes()),
            (ElementType::Number(NumberType::F64), _) => into.extend(number.to_le_bytes()),
            (ElementType::Number(_), whole) => {
                let whole = whole.unwrap_or(number as i128);
                into.extend_from_slice(&whole.to_le_bytes()[..to.size()]);
            }
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
    /// Numbers one after the other.
    pub fn of_f32(values: &[f32]) -> StoredArray {
        StoredArray {
            shape: vec![values.len()],
            element: ElementType::Number(NumberType::F32),
            bytes: values.iter().flat_map(|x| x.to_le_bytes()).collect(),
            square: false,
        }
    }

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

    /// The same values as elements of a type that holds those of both.
    pub fn cast(self, to: ElementType) -> StoredArray {
        if self.element == to {
            return self;
        }
        let mut bytes = Vec::with_capacity(self.bytes.len() / self.element.size() * to.size());
        for element in self.bytes.chunks_exact(self.element.size()) {
            self.element.put(element, to, &mut bytes);
        }
        StoredArray {
            bytes,
            element: to,
            ..self
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
    fn types_together_follow_numpy() {
        use NumberType::*;
        let together = |types: &[ElementType]| ElementType::holding(types);
        let [byte, short, double] = [U8, I16, F64].map(ElementType::Number);
        assert_eq!(
            together(&[ElementType::Bool, ElementType::Bool]),
            ElementType::Bool
        );
        assert_eq!(together(&[ElementType::Bool, byte]), byte);
        assert_eq!(together(&[byte, short]), short);
        assert_eq!(together(&[short, double]), double);
        let array = |element, bytes: &[u8]| StoredArray {
            shape: vec![bytes.len()],
            element,
            bytes: bytes.to_vec(),
            square: false,
        };
        let cast = |to| array(ElementType::Number(I8), &[0xFF, 3]).cast(ElementType::Number(to));
        assert_eq!(cast(I32).bytes, [0xFF, 0xFF, 0xFF, 0xFF, 3, 0, 0, 0]);
        assert_eq!(cast(F64).numbers().collect::<Vec<_>>(), [-1.0, 3.0]);
        let truths = array(ElementType::Bool, &[1, 0]).cast(ElementType::Number(F16));
        assert_eq!(truths.numbers().collect::<Vec<_>>(), [1.0, 0.0]);
    }

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

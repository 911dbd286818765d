//! Partial results as bytes, so that another process can go on with them: little-endian numbers one
//! after the other, lists after their length. Bytes are read into an accumulator that was made for
//! the same data and has seen nothing, so what both sides know already is not sent.

use std::collections::BTreeMap;

/// What can be sent to another process and merged there.
pub trait Transfer {
    /// Appends what was accumulated.
    fn pack(&self, to: &mut Packing);
    /// Takes over what an accumulator of the same shape has [packed](Transfer::pack); this one has
    /// seen nothing.
    ///
    /// # Errors
    /// The bytes end early or do not fit the shape.
    fn unpack(&mut self, from: &mut Unpacking) -> Result<(), Torn>;
}

/// A result that other processes wait for, sent whole.
pub trait Sent: Sized + Send + Sync + 'static {
    fn pack(&self, to: &mut Packing);
    /// # Errors
    /// The bytes are damaged.
    fn unpack(from: &mut Unpacking) -> Result<Self, Torn>;
}

/// Bytes that are not what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a partial result is damaged")]
pub struct Torn;

/// Bytes in the making.
#[derive(Debug, Default)]
pub struct Packing(pub Vec<u8>);

/// Bytes that have not been read yet.
#[derive(Debug)]
pub struct Unpacking<'a>(pub &'a [u8]);

/// A number of a fixed width.
pub trait Fixed: Copy {
    const WIDTH: usize;
    fn put(self, to: &mut Vec<u8>);
    /// From [`Fixed::WIDTH`] bytes.
    fn get(bytes: &[u8]) -> Self;
}

macro_rules! fixed {
    ($($number:ty),*) => {$(
        impl Fixed for $number {
            const WIDTH: usize = size_of::<$number>();

            fn put(self, to: &mut Vec<u8>) {
                to.extend_from_slice(&self.to_le_bytes());
            }

            fn get(bytes: &[u8]) -> Self {
                let mut own = [0; size_of::<$number>()];
                own.copy_from_slice(bytes);
                <$number>::from_le_bytes(own)
            }
        }
    )*};
}

fixed!(u8, u16, u32, u64, i32, i64, i128, f32, f64);

impl Fixed for bool {
    const WIDTH: usize = 1;

    fn put(self, to: &mut Vec<u8>) {
        to.push(self.into());
    }

    fn get(bytes: &[u8]) -> Self {
        bytes[0] != 0
    }
}

impl Packing {
    pub fn number<T: Fixed>(&mut self, x: T) {
        x.put(&mut self.0);
    }

    /// A length or a position.
    pub fn size(&mut self, n: usize) {
        self.number(n as u64);
    }

    pub fn list<T: Fixed>(&mut self, all: &[T]) {
        self.size(all.len());
        self.0.reserve(all.len() * T::WIDTH);
        all.iter().for_each(|&x| x.put(&mut self.0));
    }

    pub fn text(&mut self, text: &str) {
        self.list(text.as_bytes());
    }
}

impl<'a> Unpacking<'a> {
    /// # Errors
    /// The bytes end early; so of all readers.
    pub fn bytes(&mut self, n: usize) -> Result<&'a [u8], Torn> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(Torn)?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn number<T: Fixed>(&mut self) -> Result<T, Torn> {
        self.bytes(T::WIDTH).map(T::get)
    }

    pub fn size(&mut self) -> Result<usize, Torn> {
        usize::try_from(self.number::<u64>()?).map_err(|_| Torn)
    }

    pub fn list<T: Fixed>(&mut self) -> Result<Vec<T>, Torn> {
        let n = self.size()?;
        let bytes = self.bytes(n.checked_mul(T::WIDTH).ok_or(Torn)?)?;
        Ok(bytes.chunks_exact(T::WIDTH).map(T::get).collect())
    }

    /// A list as long as `to`.
    pub fn fill<T: Fixed>(&mut self, to: &mut [T]) -> Result<(), Torn> {
        let found = self.list()?;
        if found.len() != to.len() {
            return Err(Torn);
        }
        to.copy_from_slice(&found);
        Ok(())
    }

    pub fn text(&mut self) -> Result<String, Torn> {
        String::from_utf8(self.list()?).map_err(|_| Torn)
    }

    /// Nothing may be left.
    pub fn end(&self) -> Result<(), Torn> {
        match self.0 {
            [] => Ok(()),
            _ => Err(Torn),
        }
    }
}

impl<T: Fixed> Transfer for Vec<T> {
    fn pack(&self, to: &mut Packing) {
        to.list(self);
    }

    fn unpack(&mut self, from: &mut Unpacking) -> Result<(), Torn> {
        *self = from.list()?;
        Ok(())
    }
}

impl<T: Fixed + Send + Sync + 'static> Sent for Vec<T> {
    fn pack(&self, to: &mut Packing) {
        to.list(self);
    }

    fn unpack(from: &mut Unpacking) -> Result<Self, Torn> {
        from.list()
    }
}

impl<T: Fixed> Transfer for Vec<Vec<T>> {
    fn pack(&self, to: &mut Packing) {
        to.size(self.len());
        self.iter().for_each(|list| to.list(list));
    }

    fn unpack(&mut self, from: &mut Unpacking) -> Result<(), Torn> {
        let n = from.size()?;
        *self = (0..n).map(|_| from.list()).collect::<Result<_, Torn>>()?;
        Ok(())
    }
}

/// Implements [`Transfer`] for a type by those of its fields that accumulate.
macro_rules! fields {
    ($accumulator:ty: $($field:tt),+) => {
        impl $crate::transfer::Transfer for $accumulator {
            fn pack(&self, to: &mut $crate::transfer::Packing) {
                $($crate::transfer::Transfer::pack(&self.$field, to);)+
            }

            fn unpack(
                &mut self,
                from: &mut $crate::transfer::Unpacking,
            ) -> Result<(), $crate::transfer::Torn> {
                $($crate::transfer::Transfer::unpack(&mut self.$field, from)?;)+
                Ok(())
            }
        }
    };
}

pub(crate) use fields;

/// Arrays many of which are missing: one byte each, and those that are.
pub fn pack_some<T: Fixed>(arrays: &[Option<Box<[T]>>], to: &mut Packing) {
    for array in arrays {
        to.number(array.is_some());
        if let Some(array) = array {
            to.list(array);
        }
    }
}

/// The same arrays, each of `n` entries.
///
/// # Errors
/// The bytes end early, or an array has another length.
pub fn unpack_some<T: Fixed>(
    arrays: &mut [Option<Box<[T]>>],
    n: usize,
    from: &mut Unpacking,
) -> Result<(), Torn> {
    for array in arrays {
        *array = None;
        if from.number::<bool>()? {
            let found = from.list()?;
            if found.len() != n {
                return Err(Torn);
            }
            *array = Some(found.into());
        }
    }
    Ok(())
}

/// Sums of the slots that were given NaN or an infinity.
pub fn pack_slots(slots: &BTreeMap<usize, f64>, to: &mut Packing) {
    let (places, sums): (Vec<u64>, Vec<f64>) =
        slots.iter().map(|(&slot, &sum)| (slot as u64, sum)).unzip();
    to.list(&places);
    to.list(&sums);
}

/// The same slots, all below `n`.
///
/// # Errors
/// The bytes end early, or a slot is not below `n`.
pub fn unpack_slots(n: usize, from: &mut Unpacking) -> Result<BTreeMap<usize, f64>, Torn> {
    let (places, sums): (Vec<u64>, Vec<f64>) = (from.list()?, from.list()?);
    if places.len() != sums.len() || places.iter().any(|&slot| slot >= n as u64) {
        return Err(Torn);
    }
    let places = places.into_iter().map(|slot| slot as usize);
    Ok(places.zip(sums).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        let mut to = Packing::default();
        to.number(-3i128);
        to.list(&[1.5f32, f32::NAN]);
        to.text("µ");
        to.number(true);
        let mut from = Unpacking(&to.0);
        assert_eq!(from.number::<i128>(), Ok(-3));
        let floats: Vec<f32> = from.list().unwrap();
        assert!(floats[0] == 1.5 && floats[1].is_nan());
        assert_eq!(from.text().unwrap(), "µ");
        assert_eq!(from.number::<bool>(), Ok(true));
        assert_eq!(from.end(), Ok(()));
    }

    #[test]
    fn torn_bytes_are_refused() {
        let mut to = Packing::default();
        to.list(&[1u64, 2, 3]);
        for end in 0..to.0.len() {
            assert_eq!(Unpacking(&to.0[..end]).list::<u64>(), Err(Torn));
        }
        // A length that no memory has room for.
        assert_eq!(Unpacking(&[255; 16]).list::<u64>(), Err(Torn));
        assert_eq!(Unpacking(&to.0).fill(&mut [0u64; 2]), Err(Torn));
    }
}

//! Results that are made part by part, each from all cells and some genes: here one part after the other, or
//! by workers, each of which reads the source for its parts alone. Ranks and medians are such: they want all
//! values of a gene, so cells cannot be cut.
//!
//! Workers plan a part when they are asked for it, from the same values as the whole, since how many parts
//! there are depends on how many workers there are.

use super::edge::Promised;
use super::fault::Fault;
use crate::data::{Blocks, Lazy, Value};
use crate::kernels::transfer::{Packing, Unpacking};
use std::any::Any;
use std::sync::Arc;

/// How results of parts become bytes, and bytes results.
pub trait Carried<T>: Send + Sync + 'static {
    /// # Errors
    /// It cannot be read where it is kept.
    fn pack(&self, made: &T, to: &mut Packing) -> Result<(), Fault>;
    /// # Errors
    /// The bytes are damaged, or it cannot be kept.
    fn unpack(&self, from: &mut Unpacking) -> Result<T, Fault>;
}

type Part = Box<dyn Fn(usize, usize) -> Vec<Lazy> + Send + Sync>;
type Pack = Box<dyn Fn(&Value, &mut Packing) -> Result<(), Fault> + Send + Sync>;
type Unpack = Box<dyn Fn(&mut Unpacking) -> Result<Value, Fault> + Send + Sync>;

/// A result in parts.
pub struct Divided {
    /// What all parts read.
    pub(super) blocks: Arc<dyn Blocks>,
    /// The results of the whole, as they are made in this process.
    pub(super) here: Vec<Lazy>,
    /// Parts at most.
    pub(super) most: usize,
    part: Part,
    pack: Pack,
    unpack: Unpack,
}

impl Divided {
    /// `part(i, n)` plans the results of part `i` of `n`, from nothing but what the node needs; one after the
    /// other those of all parts mean the same as `here`.
    pub fn new<T: Any + Send + Sync>(
        blocks: &Arc<dyn Blocks>,
        here: &[Promised<T>],
        most: usize,
        part: impl Fn(usize, usize) -> Vec<Promised<T>> + Send + Sync + 'static,
        carried: impl Carried<T>,
    ) -> Self {
        let carried = Arc::new(carried);
        let packed = carried.clone();
        let lazies = |all: &[Promised<T>]| all.iter().map(|it| it.lazy().clone()).collect();
        Divided {
            blocks: blocks.clone(),
            here: lazies(here),
            most,
            part: Box::new(move |i, n| lazies(&part(i, n))),
            pack: Box::new(
                move |value: &Value, to: &mut Packing| match value.typed::<T>() {
                    Some(made) => packed.pack(&made, to),
                    None => unreachable!("a promise of a type is kept with it"),
                },
            ),
            unpack: Box::new(move |from: &mut Unpacking| carried.unpack(from).map(Value::of)),
        }
    }

    /// Plans the results of part `i` of `n`.
    pub(super) fn part(&self, i: usize, n: usize) -> Vec<Lazy> {
        (self.part)(i, n)
    }

    /// The results of a part as bytes.
    pub(super) fn pack(&self, results: &[Value]) -> Result<Vec<u8>, Fault> {
        let mut to = Packing::default();
        to.size(results.len());
        for value in results {
            (self.pack)(value, &mut to)?;
        }
        Ok(to.0)
    }

    pub(super) fn unpack(&self, bytes: &[u8]) -> Result<Vec<Value>, Fault> {
        let mut from = Unpacking(bytes);
        let n = from.size()?;
        let values = (0..n)
            .map(|_| (self.unpack)(&mut from))
            .collect::<Result<_, Fault>>()?;
        from.end()?;
        Ok(values)
    }
}

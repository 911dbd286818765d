//! obsm of datasets that are put one below the other: as f32 for commands, and for a file that is
//! written with the type and all digits that the parts have.

use super::{Join, Joining, at_once, lengths, put};
use crate::command::Scene;
use crate::data::{
    Dataset, ElementType, Lazy, NumberType, Place, Promise, Slot, StoredArray, Uns, Value,
};
use crate::diagnostic::Diagnostic;
use crate::plan::aligned;
use ndarray::Array2;
use std::sync::Arc;

impl Joining {
    /// As wide as the narrowest, or the widest with what is missing as NaN.
    pub(super) fn representations(
        &self,
        scene: &mut Scene,
        parts: &[Arc<Dataset>],
        data: &mut Dataset,
    ) {
        let lengths = lengths(scene, parts);
        for key in self.keys_of(parts, |part| part.obsm.keys().collect()) {
            let slots: Vec<Option<&Slot>> = parts.iter().map(|part| part.obsm.get(&key)).collect();
            let dense = |slot: &&Slot| matches!(slot.value.promise(), Promise::Dense(_));
            if !slots.iter().flatten().all(dense) {
                let fact = format!("obsm.{key} is dropped: it is not a numeric array");
                scene.note(Diagnostic::note(fact));
                continue;
            }
            let blocks = |exact: bool| -> Vec<Option<Lazy>> {
                let of_part = |(slot, part): (&Option<&Slot>, &Arc<Dataset>)| {
                    let mut slot = (*slot)?.clone();
                    if exact {
                        slot.value = slot.value.exact();
                    }
                    Some(aligned(&slot, Some(&part.cells)))
                };
                slots.iter().zip(parts).map(of_part).collect()
            };
            let wide = self.join == Join::Outer;
            let needs = (lengths.clone(), blocks(false));
            let value = at_once(scene, needs, Promise::Dense(None), move |(n, blocks)| {
                let block = |value: &Option<Value>| value.as_ref()?.dense().cloned();
                let blocks: Vec<Option<Arc<Array2<f32>>>> = blocks.iter().map(block).collect();
                Value::of(stacked(&blocks, &n, wide))
            });
            let needs = (lengths.clone(), blocks(true));
            let exact = scene.step(needs, Promise::Dense(None), move |(n, blocks), _| {
                let blocks: Vec<Option<StoredArray>> =
                    blocks.iter().map(|value| stored(value.as_ref()?)).collect();
                let all = stacked_exactly(blocks, &n, wide);
                Ok(Value::Uns(Arc::new(Uns::Exact(Arc::new(all)))))
            });
            put(data, Place::Obsm, &key, value.written_as(exact));
        }
    }
}

fn stacked(blocks: &[Option<Arc<Array2<f32>>>], lengths: &[usize], wide: bool) -> Array2<f32> {
    let widths = blocks.iter().flatten().map(|block| block.ncols());
    let width = if wide { widths.max() } else { widths.min() }.unwrap_or(0);
    let mut all = Array2::from_elem((lengths.iter().sum(), width), f32::NAN);
    let mut first = 0;
    for (block, &n) in blocks.iter().zip(lengths) {
        if let Some(block) = block {
            let shared = block.ncols().min(width);
            all.slice_mut(ndarray::s![first..first + n, ..shared])
                .assign(&block.slice(ndarray::s![.., ..shared]));
        }
        first += n;
    }
    all
}

/// A representation as its file has it, or of f32 where a step made it.
fn stored(value: &Value) -> Option<StoredArray> {
    match value {
        Value::Dense(dense) => {
            let values: Vec<f32> = dense.iter().copied().collect();
            Some(StoredArray {
                shape: dense.shape().to_vec(),
                ..StoredArray::of_f32(&values)
            })
        }
        Value::Uns(uns) => match &**uns {
            Uns::Exact(array) => Some((**array).clone()),
            _ => None,
        },
        _ => None,
    }
}

fn stacked_exactly(blocks: Vec<Option<StoredArray>>, lengths: &[usize], wide: bool) -> StoredArray {
    let width_of = |block: &StoredArray| block.shape.get(1).copied().unwrap_or(1);
    let widths = blocks.iter().flatten().map(width_of);
    let width = if wide { widths.max() } else { widths.min() }.unwrap_or(0);
    let lacks = |block: &Option<StoredArray>| block.as_ref().is_none_or(|it| width_of(it) < width);
    let mut types: Vec<ElementType> = blocks.iter().flatten().map(|it| it.element).collect();
    // NaN is no integer.
    if blocks.iter().any(lacks) && !types.iter().all(|element| element.is_float()) {
        types.push(ElementType::Number(NumberType::F64));
    }
    let element = ElementType::holding(&types);
    let nothing = StoredArray {
        element: ElementType::Number(NumberType::F64),
        bytes: f64::NAN.to_le_bytes().to_vec(),
        shape: Vec::new(),
        square: false,
    };
    let nothing = nothing.cast(element).bytes;
    let size = element.size();
    let mut bytes = Vec::new();
    for (block, &n) in blocks.into_iter().zip(lengths) {
        let own = block.as_ref().map_or(0, width_of);
        let cells = block.map(|block| block.cast(element).bytes);
        for row in 0..n {
            let shared = own.min(width);
            if let Some(cells) = &cells {
                let start = row * own * size;
                bytes.extend_from_slice(&cells[start..start + shared * size]);
            }
            (shared..width).for_each(|_| bytes.extend_from_slice(&nothing));
        }
    }
    StoredArray {
        shape: vec![lengths.iter().sum(), width],
        element,
        bytes,
        square: false,
    }
}

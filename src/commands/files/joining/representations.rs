//! obsm of datasets that are put one below the other: as f32 for commands, and for a file that is
//! written with the type and all digits that the parts have.

use super::arrays::{stacked_exactly, stored};
use super::other_representations;
use super::{Join, Joining, at_once, lengths, put};
use crate::command::Scene;
use crate::data::{Dataset, Lazy, Place, Promise, Slot, StoredArray, Uns, Value};
use crate::diagnostic::{Diagnostic, code};
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
            let promised = |promise: Promise| {
                slots
                    .iter()
                    .flatten()
                    .any(|it| it.value.promise() == promise)
            };
            if promised(Promise::Unknown) {
                let fact = format!(
                    "obsm.{key} is dropped: it is stored in a way that sca copies but cannot read"
                );
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
            let dense = |slot: &&Slot| matches!(slot.value.promise(), Promise::Dense(_));
            if !slots.iter().flatten().all(dense) {
                let (needs, key) = ((lengths.clone(), blocks(true)), key.clone());
                let name = key.clone();
                let value = scene.step(needs, Promise::Uns, move |(n, values), _| {
                    let all = other_representations::stacked(&values, &n, wide);
                    all.map_err(|why| unlike(&key, &why).into())
                });
                put(data, Place::Obsm, &name, value);
                continue;
            }
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

/// Parts whose values under one key do not go together.
fn unlike(key: &str, why: &str) -> Box<Diagnostic> {
    let headline = format!("obsm.{key} cannot be concatenated: {why}");
    Diagnostic::error(code::UNEXPECTED_CONTENT, headline).help(
        "leave it out of each part: write a \"part.h5ad\" keep=[X, layers, obs, var], and concatenate these",
    )
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

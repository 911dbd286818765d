//! Arrays of datasets that are put one below the other, with the type and all digits that the parts
//! have.

use crate::data::{ElementType, NumberType, StoredArray, Uns, Value};

/// A representation as its file has it, or of f32 where a step made it.
pub fn stored(value: &Value) -> Option<StoredArray> {
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

/// Arrays whose dimensions after the second, if they have some, are the same.
pub fn stacked_exactly(
    blocks: Vec<Option<StoredArray>>,
    lengths: &[usize],
    wide: bool,
) -> StoredArray {
    let inner: Vec<usize> = blocks
        .iter()
        .flatten()
        .find_map(|block| block.shape.get(2..))
        .map_or(Vec::new(), <[usize]>::to_vec);
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
    let n_inner: usize = inner.iter().product();
    let nothing = nothing.cast(element).bytes.repeat(n_inner);
    let size = element.size() * n_inner;
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
        shape: [vec![lengths.iter().sum(), width], inner].concat(),
        element,
        bytes,
        square: false,
    }
}

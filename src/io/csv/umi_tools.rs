//! Counts as `umi_tools count` writes them: a line for each value.

use crate::data::{FileError, Lazy, NumberType, Value};
use crate::io::exact::{self, ExactValues};
use crate::io::memory::InMemory;
use crate::io::{Opened, rows, tenx};
use indexmap::IndexMap;
use std::path::Path;
use std::sync::Arc;

/// What `umi_tools count` writes: a line for each value.
pub fn open(path: &Path, lines: &[Vec<String>]) -> Result<Opened, FileError> {
    let (mut cells, mut genes) = (IndexMap::new(), IndexMap::new());
    let mut entries: Vec<(usize, u32, f32)> = Vec::new();
    let mut exact = Vec::new();
    for (row, line) in lines.iter().zip(2..) {
        super::check_width(path, line, row.len(), 3)?;
        let count = exact::number(&row[2], true);
        let place =
            |of: &mut IndexMap<String, ()>, name: &String| of.insert_full(name.clone(), ()).0;
        let (cell, gene) = (place(&mut cells, &row[1]), place(&mut genes, &row[0]));
        let count = match count {
            Some(exact::Number::Near(count)) => count,
            Some(exact::Number::Rounded(count, bytes)) => {
                exact.push((cell as u64, gene as u32, bytes));
                count
            }
            _ => return Err(FileError::new(path, format!("line {line}: no count"))),
        };
        entries.push((cell, gene as u32, count));
    }
    entries.sort_by_key(|&(cell, ..)| cell);
    let mut indptr = vec![0; cells.len() + 1];
    for &(cell, ..) in &entries {
        indptr[cell + 1] += 1;
    }
    for i in 0..cells.len() {
        indptr[i + 1] += indptr[i];
    }
    let (indices, values) = entries
        .iter()
        .map(|&(_, gene, count)| (gene, count))
        .unzip();
    let block = rows::block(genes.len(), indptr, indices, values)
        .map_err(|_| FileError::new(path, "contradicts itself"))?;
    let exact = ExactValues::new(exact, true);
    let blocks = InMemory::new(block, NumberType::I32).with_exact(exact);
    let obs = Lazy::ready(Value::Names(Arc::new(cells.keys().collect())));
    Ok(tenx::dataset(
        path,
        Arc::new(blocks),
        obs,
        genes.keys().collect(),
        IndexMap::new(),
    ))
}

//! From each cell's weights for its neighbors to one weight a pair.

use super::{CELLS, Error, Graph, Knn};
use crate::kernels::ticker::{Stopped, Ticker};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// Joins each pair's two weights (0 where one has not got the other as a neighbor); pairs joined
/// to 0 are left out.
pub fn symmetric(
    knn: Knn<'_>,
    weights: &[f32],
    join: impl Fn(f32, f32) -> f32 + Sync,
    ticker: &Ticker,
) -> Result<Graph, Error> {
    let reverse = Reverse::new(knn, weights, ticker)?;
    let n = knn.cells();
    let starts: Vec<usize> = (0..n).step_by(CELLS).collect();
    let blocks: Vec<Block> = starts
        .par_iter()
        .map(|&start| {
            ticker.check()?;
            let mut block = Block::default();
            for cell in start..n.min(start + CELLS) {
                let own = knn.sorted_row(cell, weights);
                block.add(&own, &reverse.row(cell), &join);
            }
            Ok(block)
        })
        .collect::<Result<_, Stopped>>()?;
    Ok(stack(n, blocks))
}

/// Who has a cell as a neighbor.
struct Reverse {
    starts: Vec<usize>,
    /// Cell in the upper half, bits of the weight in the lower; in no order within a cell.
    entries: Vec<AtomicU64>,
}

impl Reverse {
    fn new(knn: Knn<'_>, weights: &[f32], ticker: &Ticker) -> Result<Self, Stopped> {
        let n = knn.cells();
        let counts: Vec<AtomicU32> = (0..n).map(|_| AtomicU32::new(0)).collect();
        (0..n).into_par_iter().for_each(|cell| {
            for &j in knn.indices.row(cell) {
                counts[j as usize].fetch_add(1, Relaxed);
            }
        });
        ticker.check()?;
        let mut starts = vec![0];
        starts.extend(counts.iter().scan(0, |sum, count| {
            *sum += count.load(Relaxed) as usize;
            Some(*sum)
        }));
        let entries: Vec<AtomicU64> = weights.par_iter().map(|_| AtomicU64::new(0)).collect();
        (0..n).into_par_iter().for_each(|cell| {
            let row = &weights[cell * knn.width()..];
            for (&j, weight) in knn.indices.row(cell).iter().zip(row) {
                let place = counts[j as usize].fetch_sub(1, Relaxed) as usize - 1;
                let entry = (cell as u64) << 32 | u64::from(weight.to_bits());
                entries[starts[j as usize] + place].store(entry, Relaxed);
            }
        });
        Ok(Reverse { starts, entries })
    }

    /// In order of the cells: the order in which threads came is forgotten.
    fn row(&self, cell: usize) -> Vec<(u32, f32)> {
        let entries = &self.entries[self.starts[cell]..self.starts[cell + 1]];
        let mut row: Vec<u64> = entries.iter().map(|entry| entry.load(Relaxed)).collect();
        row.sort_unstable();
        row.iter()
            .map(|&entry| ((entry >> 32) as u32, f32::from_bits(entry as u32)))
            .collect()
    }
}

/// Rows of a graph, one after the other.
#[derive(Default)]
struct Block {
    lengths: Vec<usize>,
    indices: Vec<u32>,
    data: Vec<f32>,
}

impl Block {
    /// Merges the two sorted halves of a row.
    fn add(&mut self, own: &[(u32, f32)], others: &[(u32, f32)], join: impl Fn(f32, f32) -> f32) {
        let before = self.indices.len();
        let (mut own, mut others) = (own.iter().peekable(), others.iter().peekable());
        loop {
            let next = match (own.peek(), others.peek()) {
                (None, None) => break,
                (Some(a), Some(b)) => a.0.min(b.0),
                (Some(a), None) => a.0,
                (None, Some(b)) => b.0,
            };
            let a = own.next_if(|entry| entry.0 == next);
            let b = others.next_if(|entry| entry.0 == next);
            let joined = join(a.map_or(0.0, |a| a.1), b.map_or(0.0, |b| b.1));
            if joined != 0.0 {
                self.indices.push(next);
                self.data.push(joined);
            }
        }
        self.lengths.push(self.indices.len() - before);
    }
}

fn stack(n: usize, blocks: Vec<Block>) -> Graph {
    let total = blocks.iter().map(|block| block.data.len()).sum();
    let mut starts = vec![0];
    let (mut indices, mut data) = (Vec::with_capacity(total), Vec::with_capacity(total));
    for block in blocks {
        for length in &block.lengths {
            starts.push(starts[starts.len() - 1] + length);
        }
        indices.extend(block.indices);
        data.extend(block.data);
    }
    Graph::new((n, n), starts, indices, data)
}

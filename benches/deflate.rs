//! What packing the arrays of a sparse matrix takes: sca's deflate of runs beside libdeflate at its lowest level.
//!
//!     cargo run --release --example deflate
//!
//! Positions, counts and logarithms of made-up cells: 1,700 of 32,000 genes each, most counts 1. Arrays are packed in chunks
//! of a megabyte: with their bytes shuffled, which serves the first two best, and counts and logarithms as they are.
//! Best of eight runs.

use libdeflater::{CompressionLvl, Compressor};
use sca::io::{Deflate, NumberDeflate};
use sca::kernels::random::splitmix::Stream;
use std::time::Instant;

const CELLS: u64 = 10_000;
const VALUES: u64 = 1_700;
const GENES: u64 = 32_000;
const CHUNK: usize = 1 << 20;

fn main() {
    let (positions, counts, logs) = matrix();
    println!("| array | encoder | MB a second | share of the size |\n|---|---|---|---|");
    for (name, bytes) in [
        ("positions", shuffled(&positions)),
        ("counts", shuffled(&counts)),
        ("counts, not shuffled", counts),
        ("logarithms, not shuffled", logs),
    ] {
        if name.ends_with("not shuffled") {
            let mut own = NumberDeflate::default();
            measure(name, "numbers", &bytes, |chunk| own.zlib(chunk).len());
        } else {
            let mut own = Deflate::default();
            measure(name, "runs", &bytes, |chunk| own.zlib(chunk).len());
        }
        let mut general = Compressor::new(CompressionLvl::new(1).expect("a level"));
        let mut out = vec![0; general.zlib_compress_bound(CHUNK)];
        measure(name, "libdeflate 1", &bytes, |chunk| {
            general.zlib_compress(chunk, &mut out).expect("room")
        });
    }
}

fn measure(name: &str, encoder: &str, bytes: &[u8], mut pack: impl FnMut(&[u8]) -> usize) {
    let (mut best, mut packed) = (f64::INFINITY, 0);
    for _ in 0..8 {
        let start = Instant::now();
        packed = bytes.chunks(CHUNK).map(&mut pack).sum();
        best = best.min(start.elapsed().as_secs_f64());
    }
    let speed = bytes.len() as f64 / 1e6 / best;
    let share = packed as f64 / bytes.len() as f64;
    println!("| {name} | {encoder} | {speed:.0} | {share:.3} |");
}

/// Positions as i32, counts and logarithms as f32, little endian.
fn matrix() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let (mut positions, mut counts, mut logs) = (Vec::new(), Vec::new(), Vec::new());
    for cell in 0..CELLS {
        let mut stream = Stream::new(3, 0, cell);
        let step = 2.0 * GENES as f64 / VALUES as f64;
        let mut gene = 0.0;
        while gene < GENES as f64 {
            positions.extend((gene as i32).to_le_bytes());
            let count = 1.0 - (1.0 - stream.unit()).ln() / 1.5;
            counts.extend((count.floor() as f32).to_le_bytes());
            // As if the counts of the cells had different sums.
            let scaled = count.floor() * (2.0 + cell as f64 / CELLS as f64);
            logs.extend((scaled.ln_1p() as f32).to_le_bytes());
            gene += 1.0 + step * stream.unit();
        }
    }
    (positions, counts, logs)
}

/// Each chunk with the first bytes of all numbers, then the second ones, …
fn shuffled(bytes: &[u8]) -> Vec<u8> {
    let planes = |chunk: &[u8]| -> Vec<u8> {
        (0..4)
            .flat_map(|j| chunk.iter().skip(j).step_by(4).copied())
            .collect()
    };
    bytes.chunks(CHUNK).flat_map(planes).collect()
}

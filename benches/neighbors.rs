//! Time and recall of the approximate neighbor search on made-up components.
//!
//!     cargo run --release --example neighbors -- 100000 300000 1000000
//!
//! Points lie in 40 types of very different sizes, with three directions of variation within each
//! and noise in all 50 dimensions. Recall is of the 14 nearest others, over 400 points, against a
//! search through all. Seconds are of the processor, so that other work beside it does not count.

use ndarray::{Array2, Axis};
use rayon::prelude::*;
use sca::kernels::graph::knn::{Metric, Params, Search, neighbors, query};
use sca::kernels::random::splitmix::Stream;
use sca::kernels::ticker::Ticker;
use std::time::Instant;

const DIMENSIONS: usize = 50;
const TYPES: f64 = 40.0;
const SAMPLE: usize = 400;

fn main() {
    println!("| points | seconds | processor seconds | recall |\n|---|---|---|---|");
    for argument in std::env::args().skip(1) {
        let n = argument.parse().expect("numbers of points");
        measure(&points(n));
    }
}

fn points(n: usize) -> Array2<f32> {
    let mut x = Array2::zeros((n, DIMENSIONS));
    let rows = x.as_slice_mut().expect("standard layout");
    rows.par_chunks_mut(DIMENSIONS)
        .enumerate()
        .for_each(|(i, row)| {
            let mut own = Stream::new(7, 1, i as u64);
            let kind = (own.unit() * own.unit() * TYPES) as u64;
            let mut of_type = Stream::new(7, 0, kind);
            let along: [f64; 3] = std::array::from_fn(|_| own.roughly_normal());
            for (j, value) in row.iter_mut().enumerate() {
                let center = 12.0 / (1.0 + j as f64 * 0.25) * of_type.roughly_normal();
                let spread = 3.0 / (1.0 + j as f64 * 0.2);
                let within: f64 = along
                    .iter()
                    .map(|u| u * spread * of_type.roughly_normal())
                    .sum();
                *value = (center + within + own.roughly_normal()) as f32;
            }
        });
    x
}

fn measure(x: &Array2<f32>) {
    let params = Params {
        search: Search::Approximate,
        ..Params::default()
    };
    let (start, before) = (Instant::now(), processor());
    let found = neighbors(x.view(), &params, &Ticker::new()).expect("finite points");
    let (took, used) = (start.elapsed().as_secs_f64(), processor() - before);
    println!(
        "| {} | {took:.1} | {used:.1} | {:.4} |",
        x.nrows(),
        recall(x, &found.indices)
    );
}

fn recall(x: &Array2<f32>, found: &Array2<u32>) -> f64 {
    let n = x.nrows();
    let sample: Vec<usize> = (0..SAMPLE)
        .map(|i| (2 * i + 1) * n / (2 * SAMPLE))
        .collect();
    let queries = x.select(Axis(0), &sample);
    let count = found.ncols();
    let ticker = Ticker::new();
    let truth = query(
        x.view(),
        queries.view(),
        count + 1,
        Metric::Euclidean,
        Search::Exact,
        &ticker,
    );
    let truth = truth.expect("finite points").indices;
    let mut hits = 0;
    for (near, &i) in truth.rows().into_iter().zip(&sample) {
        let others = near.iter().filter(|&&j| j as usize != i).take(count);
        let others: Vec<u32> = others.copied().collect();
        hits += found.row(i).iter().filter(|j| others.contains(j)).count();
    }
    hits as f64 / (SAMPLE * count) as f64
}

/// Seconds that the processor worked for this process.
fn processor() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the clock exists on every Unix, and the struct is ours.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

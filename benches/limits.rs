//! What the machine can do with nothing else to do: decoding a file's blocks, copying memory,
//! multiplying matrices. Steps of an analysis are held against these.
//!
//! usage: cargo run --release --example limits FILE.h5ad

use rayon::prelude::*;
use sca::command::Val;
use sca::commands::COMMANDS;
use sca::eval::{Interpreter, Output};
use sca::plan::Engine;
use sca::session::Session;
use sca::source::Source;
use std::hint::black_box;
use std::time::Instant;

/// Products of matrices of this many rows and columns.
const SIZE: usize = 2048;
const COPIED: usize = 1 << 28;

fn main() {
    let file = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    println!("{} threads", rayon::current_num_threads());
    if let Some(file) = file {
        decode(&file);
    }
    copy();
    multiply();
}

/// Reads every grain once, on all threads, and throws it away.
fn decode(file: &str) {
    let source = Source::new("limits", format!("adata = read \"{file}\""));
    let parsed = sca::lang::parse(&source);
    let engine = Engine::new(None);
    let mut said = |_: Output| {};
    let mut interpreter = Interpreter::new(Session::default(), COMMANDS, &engine, &mut said);
    for statement in &parsed.statements {
        interpreter.run(&source, statement).expect("a file to read");
    }
    let Some(Val::Dataset(data, _)) = interpreter.session.get("adata") else {
        return;
    };
    let blocks = data.x.as_ref().expect("X").blocks.clone();
    let grains = blocks.grains().expect("grains");
    for _ in 0..2 {
        let start = Instant::now();
        let values: usize = grains
            .par_windows(2)
            .map(|ends| black_box(blocks.read(ends[0]..ends[1]).expect("a block")).nnz())
            .sum();
        let seconds = start.elapsed().as_secs_f64();
        let rate = values as f64 / seconds / 1e6;
        println!("decoding: {seconds:.2} s, {values} values, {rate:.0} M values/s");
    }
}

fn copy() {
    let from = vec![1u8; COPIED];
    let mut to = vec![0u8; COPIED];
    let start = Instant::now();
    let part = COPIED / rayon::current_num_threads();
    to.par_chunks_mut(part)
        .zip(from.par_chunks(part))
        .for_each(|(to, from)| to.copy_from_slice(black_box(from)));
    let seconds = start.elapsed().as_secs_f64();
    black_box(&to);
    println!("copying memory: {:.1} GB/s", COPIED as f64 / seconds / 1e9);
}

fn multiply() {
    let a = ndarray::Array2::<f32>::from_elem((SIZE, SIZE), 0.5);
    let b = ndarray::Array2::<f32>::from_elem((SIZE, SIZE), 0.25);
    let rows: Vec<usize> = (0..SIZE).step_by(256).collect();
    let start = Instant::now();
    let parts: Vec<_> = rows
        .par_iter()
        .map(|&row| a.slice(ndarray::s![row..row + 256, ..]).dot(&b))
        .collect();
    let seconds = start.elapsed().as_secs_f64();
    black_box(&parts);
    let rate = 2.0 * (SIZE as f64).powi(3) / seconds / 1e9;
    println!("multiplying f32 matrices: {rate:.0} Gflop/s");
}

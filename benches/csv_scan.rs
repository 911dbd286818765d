//! How fast lines of counts become sparse rows: our scanner beside fields found by memchr and by
//! csv-core, on one core and without reading the file.
//!
//! usage: cargo run --release --example csv_scan matrix.csv

use sca::io::csv_matrix::{Entries, Shape, read_row};
use std::io::Read;
use std::time::Instant;

const BYTES: u64 = 128 << 20;
const ROUNDS: usize = 5;

fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).expect("a matrix.csv");
    let mut text = Vec::new();
    std::fs::File::open(path)?
        .take(BYTES)
        .read_to_end(&mut text)?;
    let end = memchr::memrchr(b'\n', &text).expect("a line end");
    let start = memchr::memchr(b'\n', &text).expect("a line end") + 1;
    let n_columns = memchr::memchr_iter(b',', &text[..start]).count();
    let lines: Vec<&[u8]> = text[start..end].split(|&byte| byte == b'\n').collect();
    let bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
    println!(
        "{} lines of {n_columns} columns, {:.0} MB",
        lines.len(),
        bytes as f64 / 1e6
    );
    println!("| way | GB/s | values | sum |\n|---|---|---|---|");
    let shape = Shape {
        separator: b',',
        n_columns,
        n_texts: 1,
        counts: true,
    };
    let ours = |line: &[u8], entries: &mut Entries| {
        read_row(line, &shape, entries, &mut Vec::new()).expect("a good line");
    };
    let ways: [(&str, &dyn Fn(&[u8], &mut Entries)); 3] = [
        ("64 bytes at a time", &ours),
        ("memchr, field by field", &by_memchr),
        ("csv-core, field by field", &by_csv_core),
    ];
    for (name, way) in ways {
        let mut best = f64::INFINITY;
        let (mut values, mut sum) = (0, 0.0);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            (values, sum) = (0, 0.0);
            for line in &lines {
                let mut entries = Entries::default();
                way(line, &mut entries);
                values += entries.values.len();
                sum += entries.values.iter().map(|&x| f64::from(x)).sum::<f64>();
            }
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!(
            "| {name} | {:.2} | {values} | {sum} |",
            bytes as f64 / best / 1e9
        );
    }
    Ok(())
}

fn count(field: &[u8]) -> f32 {
    let number = field
        .iter()
        .fold(0_u32, |number, byte| number * 10 + u32::from(byte - b'0'));
    number as f32
}

fn by_memchr(line: &[u8], entries: &mut Entries) {
    let mut start = memchr::memchr(b',', line).map_or(line.len(), |end| end + 1);
    for column in 0.. {
        let end = memchr::memchr(b',', &line[start..]).map_or(line.len(), |end| start + end);
        push(entries, column, &line[start..end]);
        if end == line.len() {
            return;
        }
        start = end + 1;
    }
}

fn by_csv_core(line: &[u8], entries: &mut Entries) {
    let mut reader = csv_core::Reader::new();
    let (mut fields, mut ends) = (vec![0; line.len()], vec![0; line.len() / 2 + 2]);
    let (_, used, written, n) = reader.read_record(line, &mut fields, &mut ends);
    let (_, _, _, last) = reader.read_record(&line[used..], &mut fields[written..], &mut ends[n..]);
    let ends = &ends[..n + last];
    for (column, pair) in ends.windows(2).enumerate() {
        push(entries, column, &fields[pair[0]..pair[1]]);
    }
}

fn push(entries: &mut Entries, column: usize, field: &[u8]) {
    if field != b"0" {
        entries.columns.push(column as u32);
        entries.values.push(count(field));
    }
}

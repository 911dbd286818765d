//! Files of the shape of the Allen Brain Map's primary motor cortex: `matrix.csv`, counts with a
//! name before each line, and `metadata.csv`, a line for each cell in another order.
//!
//! usage: cargo run --release --example motor_cortex_files FOLDER [CELLS [GENES]]
//!
//! By default 76,533 cells and 50,281 genes, of which about 4,000 are seen in half of the cells
//! or more: about 8 GB. Subclasses and their shares are those of the original, counts are drawn.

use rayon::prelude::*;
use sca::kernels::methods::simulate::{Recipe, Simulator};
use sca::kernels::random::generators::Stream;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

/// Subclasses, their classes, and their shares of the cells.
const SUBCLASSES: &[(&str, &str, f64)] = &[
    ("L5 IT", "Glutamatergic", 0.27),
    ("L2/3 IT", "Glutamatergic", 0.20),
    ("Oligo", "Non-Neuronal", 0.04),
    ("L6 CT", "Glutamatergic", 0.06),
    ("L6 IT", "Glutamatergic", 0.05),
    ("Pvalb", "GABAergic", 0.09),
    ("Vip", "GABAergic", 0.07),
    ("Sst", "GABAergic", 0.06),
    ("Lamp5", "GABAergic", 0.05),
    ("L6b", "Glutamatergic", 0.03),
    ("L5/6 NP", "Glutamatergic", 0.02),
    ("L6 IT Car3", "Glutamatergic", 0.015),
    ("Sncg", "GABAergic", 0.012),
    ("L5 ET", "Glutamatergic", 0.012),
    ("OPC", "Non-Neuronal", 0.01),
    ("Astro", "Non-Neuronal", 0.007),
    ("Micro-PVM", "Non-Neuronal", 0.004),
    ("Sst Chodl", "GABAergic", 0.003),
    ("Endo", "Non-Neuronal", 0.003),
    ("VLMC", "Non-Neuronal", 0.002),
];

/// Clusters of a subclass.
const CLUSTERS: usize = 4;
/// Median counts of a cell: with this many, a twelfth of the genes is seen in half of the cells.
const DEPTH: f64 = 16_000.0;
/// How unequal genes are: the deviation of the logarithm of their weights.
const SPREAD: f64 = 2.0;
const SEED: u64 = 11;

fn main() -> Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let Some(folder) = given.first().map(Path::new) else {
        eprintln!("usage: motor_cortex_files FOLDER [CELLS [GENES]]");
        std::process::exit(2);
    };
    let number = |i: usize, default: usize| {
        given
            .get(i)
            .map_or(default, |text| text.parse().expect("a whole number"))
    };
    make(folder, number(1, 76_533), number(2, 50_281))
}

/// Writes both files into `folder`.
pub fn make(folder: &Path, cells: usize, genes: usize) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let simulator = Simulator::new(recipe(cells, genes));
    write_metadata(&simulator, &folder.join("metadata.csv"))?;
    write_matrix(&simulator, &folder.join("matrix.csv"))
}

fn recipe(cells: usize, genes: usize) -> Recipe {
    let mut draw = Stream::new(SEED, 0);
    let weights: Vec<f64> = (0..genes).map(|_| (SPREAD * draw.normal()).exp()).collect();
    let mut changed = |weights: &[f64], share: f64, spread: f64| -> Vec<f64> {
        let change = |&weight: &f64| {
            if draw.uniform() < share {
                weight * (spread * draw.normal()).exp()
            } else {
                weight
            }
        };
        weights.iter().map(change).collect()
    };
    let (mut profiles, mut shares) = (Vec::new(), Vec::new());
    for (_, _, share) in SUBCLASSES {
        let subclass = changed(&weights, 0.4, 0.7);
        for cluster in 0..CLUSTERS {
            profiles.push(vec![changed(&subclass, 0.1, 0.5)]);
            shares.push(share * (1 + cluster) as f64);
        }
    }
    let all: f64 = shares.iter().sum();
    Recipe {
        seed: SEED,
        n_cells: cells,
        profiles,
        shares: shares.iter().map(|share| share / all).collect(),
        mitochondrial: Vec::new(),
        depth: DEPTH * genes as f64 / 50_281.0,
        doublets: 0.0,
    }
}

fn name(cell: usize) -> String {
    let letters = (0..16).map(|i| b"ACGT"[(cell >> (2 * i)) & 3] as char);
    format!("{}-LKTX_190129_01_A01", letters.collect::<String>())
}

fn write_metadata(simulator: &Simulator, path: &Path) -> Result<()> {
    let mut to = BufWriter::new(File::create(path)?);
    writeln!(
        to,
        "sample_name,cluster_label,cluster_order,class_label,subclass_label,subclass_order,\
         donor_sex_label,region_label,outlier_call,total_counts_drawn"
    )?;
    for cell in (0..simulator.n_cells()).rev() {
        let truth = simulator.truth(cell);
        let (subclass, cluster) = (truth.cell_type / CLUSTERS, truth.cell_type % CLUSTERS);
        let (label, class, _) = SUBCLASSES[subclass];
        let sex = if cell % 3 == 0 { "F" } else { "M" };
        writeln!(
            to,
            "{},\"{label}, cluster {cluster}\",{},{class},{label},{subclass},{sex},M1,False,{}",
            name(cell),
            truth.cell_type,
            truth.counts
        )?;
    }
    to.flush()
}

fn write_matrix(simulator: &Simulator, path: &Path) -> Result<()> {
    let genes = simulator.n_genes();
    let mut to = BufWriter::with_capacity(8 << 20, File::create(path)?);
    let names: Vec<String> = (0..genes).map(|gene| format!("GENE{gene}")).collect();
    writeln!(to, "sample_name,{}", names.join(","))?;
    let zeros = ",0".repeat(genes);
    let starts: Vec<usize> = (0..simulator.n_cells()).step_by(64).collect();
    for batch in starts.chunks(4 * rayon::current_num_threads()) {
        let texts: Vec<String> = batch
            .par_iter()
            .map(|&start| lines(simulator, start, &zeros))
            .collect();
        for text in texts {
            to.write_all(text.as_bytes())?;
        }
    }
    to.flush()
}

/// The lines of 64 cells.
fn lines(simulator: &Simulator, start: usize, zeros: &str) -> String {
    let range = start..simulator.n_cells().min(start + 64);
    let rows = simulator.cells(range.clone());
    let mut text = String::with_capacity(range.len() * (zeros.len() + 4000));
    for (row, cell) in rows.outer_iterator().zip(range) {
        text += &name(cell);
        let mut next = 0;
        for (gene, count) in row.iter() {
            text += &zeros[2 * next..2 * gene];
            let _ = write!(text, ",{}", *count as u32);
            next = gene + 1;
        }
        text += &zeros[2 * next..];
        text.push('\n');
    }
    text
}

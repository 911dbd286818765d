//! `demo`: a simulated dataset that needs no download.

use crate::command::params::{Count, Fraction, Integer};
use crate::command::{Command, Reply, Scene, Spec, Val};
use crate::commands::comparing::cell_cycle::{G2M_GENES, S_GENES};
use crate::commands::files::demo_slide;
use crate::data::history::{Statement, Step, StepKind};
use crate::data::{
    Axis, Blocks, Column, Dataset, FileError, InFile, Lazy, Matrix, Names, NumberType, Rows, Slot,
    Stamp, State, Value,
};
use crate::diagnostic::{Outcome, code};
use crate::kernels::methods::simulate::{Recipe, Simulator, Truth};
use crate::kernels::random::generators::Stream;
use crate::math;
use crate::{params, words};
use std::ops::Range;
use std::sync::Arc;

words! {
    /// What is made.
    Kind {
        /// blood cells of eight types, in three batches
        Pbmc = "pbmc",
        /// the same types in the layers of a slide of tissue, with its image
        Visium = "visium",
    }
}

params! {
    Demo {
        /// What to simulate.
        kind: Kind = Kind::Pbmc,
        /// Number of cells.
        #[also("n_cells", "n_obs")]
        cells: Count = 1000,
        /// Number of genes.
        #[also("n_genes", "n_vars")]
        genes: Count = 2000,
        /// Fraction of cells that are doublets.
        doublets: Fraction = 0.04,
        /// Random seed; by default the session's seed.
        seed: Option<Integer>,
    }
}

impl Command for Demo {
    const SPEC: Spec = Spec {
        name: "demo",
        summary: "Simulate a small dataset with known cell types.",
        keywords: "example data tutorial test data simulate Visium spatial slide",
        about: "Cells are simulated when they are read, so a dataset of any size takes no memory.",
        like: &[
            "sc.datasets.pbmc3k",
            "sc.datasets.blobs",
            "sc.datasets.visium_sge",
        ],
        examples: &[
            "adata = demo pbmc",
            "adata = demo pbmc cells=300 seed=1",
            "s = demo visium cells=500; spatial s color=cell_type",
        ],
        method: "A dataset of {cells} cells and {genes} genes was simulated.",
        holds: "the true labels of each cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let seed = scene.seed(&self.seed);
        self.fits(scene)?;
        let names = gene_names(self.genes.0);
        let simulator = Arc::new(Simulator::new(recipe(
            &names,
            self.cells.0,
            self.doublets.0,
            seed,
        )));
        let mut data = dataset(simulator.clone(), names, self.kind);
        if self.kind == Kind::Visium {
            let types = (0..self.cells.0).map(|cell| simulator.truth(cell).cell_type);
            demo_slide::put(&mut data, &types.collect::<Vec<_>>(), seed);
        }
        data.history = data.history.and(Step {
            number: 0,
            kind: StepKind::command("demo"),
            statement: Statement::plain(format!(
                "demo {} cells={} genes={} doublets={} seed={seed}",
                self.kind.word(),
                self.cells.0,
                self.genes.0,
                self.doublets.0
            )),
            planned: false,
            writes: vec!["X (counts)".into()],
            at: None,
        });
        Ok(Reply::Value(Val::Dataset(Arc::new(data), None)))
    }
}

/// Bytes kept of a cell and of a gene.
const CELL_BYTES: f64 = 100.0;
const GENE_BYTES: f64 = 600.0;
/// Bytes that are there whatever the memory setting.
const SMALL: u64 = 100 << 20;

impl Demo {
    /// Names and what is true of each cell are made at once.
    fn fits(&self, scene: &Scene) -> Outcome<()> {
        let (of_cells, of_genes) = (
            self.cells.0 as f64 * CELL_BYTES,
            self.genes.0 as f64 * GENE_BYTES,
        );
        if of_cells + of_genes <= scene.settings.memory.max(SMALL) as f64 {
            return Ok(());
        }
        let param = if of_cells > of_genes {
            "cells"
        } else {
            "genes"
        };
        let headline = format!("too many {param} for the memory setting");
        let label = "their names alone exceed it";
        Err(scene
            .error(param, code::MEMORY, headline, label)
            .help(format!(
                "demo pbmc {param}=100000, or more memory: set memory=\"32 GB\""
            )))
    }
}

/// Cell types, their share of the blood, and genes that tell them.
const TYPES: &[(&str, f64, &[&str])] = &[
    (
        "CD4 T",
        0.33,
        &["CD3D", "CD3E", "IL7R", "LDHB", "CCR7", "TCF7"],
    ),
    (
        "CD14 Mono",
        0.21,
        &["LYZ", "CD14", "S100A8", "S100A9", "CST3", "FCN1"],
    ),
    (
        "CD8 T",
        0.15,
        &["CD3D", "CD3E", "CD8A", "CD8B", "GZMK", "CCL5"],
    ),
    ("B", 0.13, &["MS4A1", "CD79A", "CD79B", "CD74", "HLA-DRA"]),
    ("NK", 0.08, &["GNLY", "NKG7", "GZMB", "PRF1", "CCL5"]),
    (
        "FCGR3A Mono",
        0.05,
        &["FCGR3A", "MS4A7", "LST1", "CST3", "IFITM3"],
    ),
    (
        "DC",
        0.03,
        &["FCER1A", "CST3", "CD1C", "CLEC10A", "HLA-DRA"],
    ),
    ("Platelet", 0.02, &["PPBP", "PF4", "SDPR"]),
];

const BATCHES: usize = 3;
const MITOCHONDRIAL: &[&str] = &[
    "MT-ND1", "MT-ND2", "MT-CO1", "MT-CO2", "MT-ATP8", "MT-ATP6", "MT-CO3", "MT-ND3", "MT-ND4L",
    "MT-ND4", "MT-ND5", "MT-ND6", "MT-CYB",
];
const EVERYWHERE: &[&str] = &[
    "MALAT1", "B2M", "ACTB", "TMSB4X", "GAPDH", "FTL", "FTH1", "EEF1A1", "TPT1", "TMSB10",
];

/// Genes that are told apart by name first, then ribosomal ones and those of the cell cycle, then
/// as many as are wanted.
fn gene_names(n: usize) -> Names {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    MITOCHONDRIAL.iter().copied().for_each(&mut add);
    TYPES
        .iter()
        .flat_map(|(_, _, markers)| markers.iter().copied())
        .for_each(&mut add);
    EVERYWHERE.iter().copied().for_each(&mut add);
    (3..40).for_each(|i| add(&format!("RPL{i}")));
    (2..30).for_each(|i| add(&format!("RPS{i}")));
    // They have their names only: the cells that are made do not cycle.
    S_GENES.iter().chain(G2M_GENES).copied().for_each(&mut add);
    names.truncate(n);
    names.extend((names.len()..n).map(|i| format!("GENE{i:05}")));
    names.iter().collect()
}

fn recipe(names: &Names, n_cells: usize, doublets: f64, seed: u64) -> Recipe {
    let n = names.len();
    let at = |name: &str| names.position(name);
    let mut draw = Stream::new(seed, u64::MAX);
    let mut base: Vec<f64> = (0..n).map(|_| math::exp(1.3 * draw.normal())).collect();
    for (i, name) in names.iter().enumerate() {
        if name.starts_with("RPL") || name.starts_with("RPS") {
            base[i] = 30.0 * math::exp(0.4 * draw.normal());
        }
    }
    EVERYWHERE
        .iter()
        .filter_map(|name| at(name))
        .for_each(|i| base[i] = 80.0);
    TYPES
        .iter()
        .flat_map(|(_, _, markers)| markers.iter())
        .filter_map(|name| at(name))
        .for_each(|i| base[i] = 0.3);
    let mitochondrial: Vec<u32> = MITOCHONDRIAL
        .iter()
        .filter_map(|name| at(name))
        .map(|i| i as u32)
        .collect();
    mitochondrial.iter().for_each(|&i| base[i as usize] = 0.0);
    let batches: Vec<Vec<f64>> = (0..BATCHES)
        .map(|_| (0..n).map(|_| math::exp(0.12 * draw.normal())).collect())
        .collect();
    let profiles = TYPES
        .iter()
        .map(|(_, _, markers)| {
            let mut weights = base.clone();
            for _ in 0..n / 25 {
                let gene = draw.below(n as u64) as usize;
                weights[gene] *= math::exp(1.2 + 0.5 * draw.normal());
            }
            markers
                .iter()
                .filter_map(|name| at(name))
                .for_each(|i| weights[i] = 25.0);
            batches
                .iter()
                .map(|batch| weights.iter().zip(batch).map(|(w, b)| w * b).collect())
                .collect()
        })
        .collect();
    Recipe {
        seed,
        n_cells,
        profiles,
        shares: TYPES.iter().map(|(_, share, _)| *share).collect(),
        mitochondrial,
        depth: 2200.0,
        doublets,
    }
}

/// The columns of obs that say what is true of cells; a slide has one donor, and no doublets.
fn truths(simulator: &Simulator, kind: Kind) -> Vec<(&'static str, Column)> {
    let cells = 0..simulator.n_cells();
    let truths: Vec<_> = cells.map(|cell| simulator.truth(cell)).collect();
    let codes = |of: fn(&Truth) -> usize| truths.iter().map(|truth| of(truth) as i32).collect();
    let types: Names = TYPES.iter().map(|(name, ..)| *name).collect();
    let cell_type = Column::category(codes(|truth| truth.cell_type), types);
    if kind == Kind::Visium {
        return vec![("cell_type", cell_type)];
    }
    let batches: Names = (1..=BATCHES).map(|batch| format!("donor{batch}")).collect();
    let doublets = truths.iter().map(|truth| truth.doublet_with.is_some());
    vec![
        ("cell_type", cell_type),
        (
            "batch",
            Column::category(codes(|truth| truth.batch), batches),
        ),
        ("is_doublet", Column::Bool(doublets.collect())),
    ]
}

/// The dataset, with what is true of its cells in obs.
fn dataset(simulator: Arc<Simulator>, names: Names, kind: Kind) -> Dataset {
    let n = simulator.n_cells();
    let cell_names: Names = (0..n).map(|cell| format!("cell_{cell:06}")).collect();
    let (cells, genes) = (Axis::root(n), Axis::root(names.len()));
    let ready = |value| Lazy::ready(value);
    let mut data = Dataset::empty(
        match kind {
            Kind::Pbmc => "demo pbmc",
            Kind::Visium => "demo visium",
        },
        ready(Value::Names(Arc::new(cell_names))),
        ready(Value::Names(Arc::new(names))),
        cells.clone(),
        genes.clone(),
    );
    for (name, column) in truths(&simulator, kind) {
        let slot = Slot {
            value: ready(Value::Column(Arc::new(column))),
            rows: Some(cells.clone()),
            stamp: Stamp::original(),
        };
        data.obs.insert(name.to_owned(), slot);
    }
    data.x = Some(Matrix::of(
        Arc::new(Simulated { simulator }),
        cells,
        genes,
        State::Counts,
    ));
    data
}

/// Cells that are made when they are read.
#[derive(Debug)]
struct Simulated {
    simulator: Arc<Simulator>,
}

impl Blocks for Simulated {
    fn n_cells(&self) -> usize {
        self.simulator.n_cells()
    }

    fn n_genes(&self) -> usize {
        self.simulator.n_genes()
    }

    fn n_values(&self) -> Option<u64> {
        None
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        let n = self.n_cells();
        let starts = (0..n).step_by(crate::data::matrix::GRAIN_CELLS);
        Ok(starts.chain([n]).collect())
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        Ok(self.simulator.cells(cells))
    }

    fn stored(&self) -> NumberType {
        NumberType::F32
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        Ok(self
            .simulator
            .cells(0..self.n_cells().min(2))
            .data()
            .to_vec())
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }
}

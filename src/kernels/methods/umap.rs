//! UMAP: a layout of few dimensions in which neighbors in a graph are neighbors in space.
//!
//! McInnes, Healy & Melville, "UMAP: Uniform Manifold Approximation and Projection", arXiv
//! 1802.03426, section 4: points start from a spectral layout, then edges attract and random
//! points repel, less and less. Defaults and schedule are those of scanpy's `tl.umap`; the
//! descent differs in who sees whose moves when (see `descent.rs`), so that any number of threads
//! gives the same layout.

mod curve;
mod descent;
mod lanes;
mod schedule;
mod start;

pub use curve::find_ab;

use crate::kernels::graph::components::{BadGraph, GraphView, check, check_weights};
use crate::kernels::ticker::{Stopped, Ticker};
use descent::Descent;
use lanes::Forces;
use ndarray::{Array2, ArrayView2};
use schedule::Schedule;

/// Dimensions that a layout can have.
pub const MOST_COMPONENTS: usize = 32;

/// Parts of the points that move one after the other in an epoch.
const ROUNDS: usize = 2;

/// Cells up to which there are 500 epochs by default, not 200.
const FEW_CELLS: usize = 10_000;

/// Where points start from.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Init {
    /// [`layout`](crate::kernels::graph::spectral::layout).
    #[default]
    Spectral,
    Random,
    /// Cells × n_components; stretched over the same box as the others.
    Given(Array2<f32>),
}

/// How to lay out; the defaults are scanpy's.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// How near points may come: neither very near nor apart.
    pub min_dist: f64,
    /// The scale of distances in the layout.
    pub spread: f64,
    /// Parameters of the curve, in place of those fitted to `min_dist` and `spread`.
    pub ab: Option<(f64, f64)>,
    /// Dimensions.
    pub n_components: usize,
    /// `None`: 500 up to 10,000 cells, 200 beyond.
    pub n_epochs: Option<usize>,
    /// The learning rate at the start.
    pub alpha: f64,
    /// Weight of the repulsion.
    pub gamma: f64,
    /// Random points that repel, per edge that attracts.
    pub negative_sample_rate: usize,
    pub init: Init,
    pub seed: u64,
}

impl Default for Params {
    fn default() -> Self {
        Params {
            min_dist: 0.5,
            spread: 1.0,
            ab: None,
            n_components: 2,
            n_epochs: None,
            alpha: 1.0,
            gamma: 1.0,
            negative_sample_rate: 5,
            init: Init::Spectral,
            seed: 0,
        }
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("no curve has min_dist {min_dist} and spread {spread}")]
    NoCurve { min_dist: f64, spread: f64 },
    #[error("a layout has 1 to {MOST_COMPONENTS} dimensions, not {n_components}")]
    BadDimensions { n_components: usize },
    #[error("{name} is {value}, which is not a number from 0 on")]
    BadParameter { name: &'static str, value: f64 },
    #[error("positions are needed for {expected:?} cells and dimensions, not {found:?}")]
    BadShape {
        expected: (usize, usize),
        found: (usize, usize),
    },
    #[error("the position of cell {cell} is not finite")]
    BadPosition { cell: usize },
    #[error(transparent)]
    Graph(#[from] BadGraph),
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Positions of the cells, cells × n_components, from their symmetric connectivities. Cells
/// without edges stay where they start.
pub fn embed(
    connectivities: GraphView<'_>,
    params: &Params,
    ticker: &Ticker,
) -> Result<Array2<f32>, Error> {
    let forces = params.forces()?;
    check(connectivities)?;
    let mut positions = start::start(connectivities, params, ticker)?;
    let n_epochs = params.n_epochs_for(connectivities.rows(), 500, 200);
    let (schedule, begins) = Schedule::new(connectivities, n_epochs, ROUNDS);
    let schedule = schedule.by_place();
    let descent = params.descent(&schedule, forces, n_epochs, params.alpha);
    in_dimensions!(params.n_components, D, {
        let mut points = start::points::<D>(positions.view(), &schedule.rows);
        ticker.begin(n_epochs as u64);
        descent.run(&mut points, &begins, ticker)?;
        start::write(&points, &schedule.rows, &mut positions);
    });
    Ok(positions)
}

/// Positions of new cells in a layout that stays as it is: `weights` (new × reference cells) say
/// to whom they belong, see [`crate::kernels::graph::connectivities::to_reference`]. They start in the middle of
/// their neighbors. Cells without neighbors come to the middle of the layout.
///
/// By default a third of the epochs that umap-learn would take for the reference alone: 100 up to
/// 10,000 new cells, 30 beyond; the learning rate begins at a quarter of `alpha`.
pub fn transform(
    reference: ArrayView2<'_, f32>,
    weights: GraphView<'_>,
    params: &Params,
    ticker: &Ticker,
) -> Result<Array2<f32>, Error> {
    let forces = params.forces()?;
    let expected = (weights.cols(), params.n_components);
    start::check(reference, expected)?;
    check_weights(weights)?;
    let mut positions = start::among_neighbors(reference, weights);
    let n_epochs = params.n_epochs_for(weights.rows(), 100, 30);
    let (schedule, _) = Schedule::new(weights, n_epochs, 1);
    let descent = params.descent(&schedule, forces, n_epochs, params.alpha / 4.0);
    in_dimensions!(params.n_components, D, {
        let every: Vec<u32> = (0..weights.cols() as u32).collect();
        let fixed = start::points::<D>(reference, &every);
        let mut points = start::points::<D>(positions.view(), &schedule.rows);
        ticker.begin(points.len() as u64);
        descent.run_towards(&fixed, &mut points, ticker)?;
        start::write(&points, &schedule.rows, &mut positions);
    });
    Ok(positions)
}

/// Runs `$work` with the constant `$d` at least `$n`: coordinates beyond are 0 and stay it.
macro_rules! in_dimensions {
    ($n:expr, $d:ident, $work:block) => {
        match $n {
            ..=2 => {
                const $d: usize = 2;
                $work
            }
            3 => {
                const $d: usize = 3;
                $work
            }
            4..=8 => {
                const $d: usize = 8;
                $work
            }
            _ => {
                const $d: usize = MOST_COMPONENTS;
                $work
            }
        }
    };
}
use in_dimensions;

impl Params {
    fn forces(&self) -> Result<Forces, Error> {
        let n_components = self.n_components;
        if !(1..=MOST_COMPONENTS).contains(&n_components) {
            return Err(Error::BadDimensions { n_components });
        }
        for (name, value) in [("alpha", self.alpha), ("gamma", self.gamma)] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(Error::BadParameter { name, value });
            }
        }
        let (min_dist, spread) = (self.min_dist, self.spread);
        let (a, b) = match self.ab {
            Some(ab) => ab,
            None => find_ab(min_dist, spread).ok_or(Error::NoCurve { min_dist, spread })?,
        };
        for (name, value) in [("a", a), ("b", b)] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(Error::BadParameter { name, value });
            }
        }
        Ok(Forces {
            a: a as f32,
            b: b as f32,
            gamma: self.gamma as f32,
        })
    }

    fn n_epochs_for(&self, cells: usize, few: usize, many: usize) -> usize {
        let usual = if cells <= FEW_CELLS { few } else { many };
        self.n_epochs.unwrap_or(usual)
    }

    fn descent<'a>(
        &self,
        schedule: &'a Schedule,
        forces: Forces,
        n_epochs: usize,
        alpha: f64,
    ) -> Descent<'a> {
        Descent {
            schedule,
            forces,
            n_epochs,
            alpha: alpha as f32,
            negatives: self.negative_sample_rate,
            seed: self.seed,
        }
    }
}

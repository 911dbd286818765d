//! Harmony (Korsunsky et al. 2019, Nat. Methods 16:1289): moves the cells of several batches
//! together in principal-component space.
//!
//! Cells are softly clustered on the unit sphere, clusters being rewarded for holding every batch
//! in its overall proportion; then the part of each cell's position that its batch explains within
//! its clusters is taken away by ridge regression. Both repeat until the clusters settle.

mod assignment;
mod clusters;
mod correction;
mod design;
mod points;

use ndarray::{Array2, ArrayView2};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::kernels::ticker::{Stopped, Ticker};
use clusters::SoftClusters;
use correction::corrected;
use design::Design;
use points::Points;

/// The defaults are those of the R package.
#[derive(Debug, Clone, PartialEq)]
pub struct HarmonyParams {
    /// Weight of diversity: 0 ignores batches, larger mixes more. One for each batch variable, or one
    /// for all of them.
    pub theta: Vec<f64>,
    /// Ridge penalty: larger corrects less.
    pub lambda: f64,
    /// Width of soft clusters: smaller is harder.
    pub sigma: f64,
    /// Expected cells per cluster and batch below which theta is lowered; 0 never lowers it.
    pub tau: f64,
    /// `None`: one for 30 cells, at most 100.
    pub clusters: Option<usize>,
    pub max_iterations: usize,
    pub max_cluster_iterations: usize,
    /// Relative changes of the objective that end the iterations.
    pub epsilon: f64,
    pub epsilon_cluster: f64,
    pub seed: u64,
}

impl Default for HarmonyParams {
    fn default() -> Self {
        Self {
            theta: vec![2.0],
            lambda: 1.0,
            sigma: 0.1,
            tau: 0.0,
            clusters: None,
            max_iterations: 10,
            max_cluster_iterations: 20,
            epsilon: 1e-4,
            epsilon_cluster: 1e-5,
            seed: 0,
        }
    }
}

/// Corrected positions.
#[derive(Debug, Clone, PartialEq)]
pub struct Harmony {
    /// Cells × components.
    pub corrected: Array2<f32>,
    pub iterations: usize,
    pub converged: bool,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HarmonyError {
    #[error("no batches given")]
    NoBatches,
    #[error("{labels} batch labels for {cells} cells")]
    BadShape { labels: usize, cells: usize },
    #[error("component {component} of cell {cell} is not finite")]
    NotFinite { cell: usize, component: usize },
    #[error("{name} must be above 0, not {value}")]
    NotPositive { name: &'static str, value: f64 },
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Corrects `pcs` (cells × components) for one or more batch variables, each a label per cell.
pub fn harmony(
    pcs: ArrayView2<'_, f32>,
    batches: &[&[u32]],
    params: &HarmonyParams,
    ticker: &Ticker,
) -> Result<Harmony, HarmonyError> {
    check(pcs, batches, params)?;
    // Cells in random order, so that consecutive blocks of them are fair samples.
    let mut order: Vec<usize> = (0..pcs.nrows()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(params.seed));
    let cells = Points::select(pcs, &order);
    let design = Design::new(batches, &order);
    let (moved, iterations, converged) = iterate(&cells, &design, params, ticker)?;
    let mut place = vec![0; order.len()];
    for (i, &cell) in order.iter().enumerate() {
        place[cell] = i;
    }
    Ok(Harmony {
        corrected: Array2::from_shape_fn(pcs.dim(), |(cell, j)| moved.row(place[cell])[j]),
        iterations,
        converged,
    })
}

fn check(
    pcs: ArrayView2<'_, f32>,
    batches: &[&[u32]],
    params: &HarmonyParams,
) -> Result<(), HarmonyError> {
    if batches.is_empty() {
        return Err(HarmonyError::NoBatches);
    }
    let cells = pcs.nrows();
    if let Some(wrong) = batches.iter().find(|labels| labels.len() != cells) {
        let labels = wrong.len();
        return Err(HarmonyError::BadShape { labels, cells });
    }
    let positive = [("sigma", params.sigma), ("lambda", params.lambda)];
    if let Some(&(name, value)) = positive.iter().find(|(_, v)| !(*v > 0.0 && v.is_finite())) {
        return Err(HarmonyError::NotPositive { name, value });
    }
    match pcs.indexed_iter().find(|(_, x)| !x.is_finite()) {
        Some(((cell, component), _)) => Err(HarmonyError::NotFinite { cell, component }),
        None => Ok(()),
    }
}

/// Clusters and corrects in turn. Returns the corrected cells, the rounds and whether they settled.
fn iterate(
    cells: &Points,
    design: &Design,
    params: &HarmonyParams,
    ticker: &Ticker,
) -> Result<(Points, usize, bool), Stopped> {
    let mut moved = Points {
        width: cells.width,
        values: cells.values.clone(),
    };
    if cells.values.is_empty() {
        return Ok((moved, 0, true));
    }
    let mut clusters = SoftClusters::new(cells.directions(), design, params, ticker)?;
    let mut last = f64::INFINITY;
    for iteration in 1..=params.max_iterations {
        let objective = clusters.settle(ticker)?;
        moved = corrected(cells, &clusters, design, params.lambda, ticker)?;
        if last.is_finite() && last - objective < params.epsilon * last.abs() {
            return Ok((moved, iteration, true));
        }
        last = objective;
        clusters.directions = moved.directions();
    }
    Ok((moved, params.max_iterations, false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Two types of cells in two batches; the second batch is shifted sideways.
    fn two_batches() -> (Array2<f32>, Vec<u32>) {
        let batch: Vec<u32> = (0..600).map(|i| i % 2).collect();
        let chance = |i: usize, j: usize| ((i * 7919 + j * 104_729) % 1000) as f32 / 1000.0;
        let cells = Array2::from_shape_fn((600, 3), |(i, j)| match j {
            0 => chance(i, 0) + if i % 4 < 2 { 10.0 } else { -10.0 },
            1 => chance(i, 1) + 4.0 * batch[i] as f32,
            _ => 5.0 + chance(i, 2),
        });
        (cells, batch)
    }

    fn mean_by_batch(cells: &Array2<f32>, batch: &[u32]) -> [f32; 2] {
        [0, 1].map(|b| {
            let of_batch = (0..batch.len()).filter(|&i| batch[i] == b);
            let values: Vec<f32> = of_batch.map(|i| cells[[i, 1]]).collect();
            values.iter().sum::<f32>() / values.len() as f32
        })
    }

    fn run(cells: &Array2<f32>, batches: &[&[u32]], seed: u64) -> Harmony {
        let params = HarmonyParams {
            seed,
            ..Default::default()
        };
        harmony(cells.view(), batches, &params, &Ticker::new()).unwrap()
    }

    #[test]
    fn a_shift_is_taken_away_and_types_stay() {
        let (cells, batch) = two_batches();
        let found = run(&cells, &[&batch], 0);
        let [a, b] = mean_by_batch(&found.corrected, &batch);
        assert!((a - b).abs() < 0.4, "{a} {b}");
        let sides = found.corrected.column(0).into_iter().zip(cells.column(0));
        assert!(sides.into_iter().all(|(now, before)| (now * before) > 0.0));
    }

    #[test]
    fn threads_change_nothing_and_seeds_little() {
        let (cells, batch) = two_batches();
        let with_threads = |n| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n)
                .build()
                .unwrap();
            pool.install(|| run(&cells, &[&batch], 0))
        };
        assert_eq!(with_threads(1), with_threads(4));
        let other = run(&cells, &[&batch], 1).corrected;
        let difference = &with_threads(1).corrected - &other;
        assert!(difference.iter().all(|d| d.abs() < 1.0));
    }

    #[test]
    fn two_variables_at_once() {
        let (cells, batch) = two_batches();
        let other: Vec<u32> = (0..600).map(|i| i % 3).collect();
        let found = run(&cells, &[&batch, &other], 0);
        let [a, b] = mean_by_batch(&found.corrected, &batch);
        assert!((a - b).abs() < 0.4, "{a} {b}");
    }

    #[test]
    fn one_batch_or_few_cells_change_nothing() {
        let (cells, _) = two_batches();
        let found = run(&cells, &[&[7; 600]], 0);
        // The ridge keeps a level's effect from vanishing in the intercept by 1/mass.
        assert!((&found.corrected - &cells).iter().all(|d| d.abs() < 1.5));
        assert_eq!(
            run(&Array2::zeros((0, 2)), &[&[]], 0).corrected.dim(),
            (0, 2)
        );
        assert_eq!(
            run(&array![[0.0, 0.0]], &[&[0]], 0).corrected,
            array![[0.0, 0.0]]
        );
    }

    #[test]
    fn bad_input_is_refused() {
        let cells = array![[1.0, f32::NAN]];
        let run = |batches: &[&[u32]], sigma| {
            let params = HarmonyParams {
                sigma,
                ..Default::default()
            };
            harmony(cells.view(), batches, &params, &Ticker::new()).unwrap_err()
        };
        assert_eq!(run(&[], 0.1), HarmonyError::NoBatches);
        assert!(matches!(
            run(&[&[0, 1]], 0.1),
            HarmonyError::BadShape {
                labels: 2,
                cells: 1
            }
        ));
        assert!(matches!(
            run(&[&[0]], 0.0),
            HarmonyError::NotPositive { name: "sigma", .. }
        ));
        assert!(matches!(
            run(&[&[0]], 0.1),
            HarmonyError::NotFinite { component: 1, .. }
        ));
    }
}

//! Soft spherical k-means with a penalty on clusters that hold a batch out of proportion
//! (Korsunsky et al. 2019, algorithm 2). Cells are updated in blocks: the penalty that a cell meets
//! does not count its own block, or all would change sides at once.

use crate::math;
use std::ops::Range;

use ndarray::Axis;
use rayon::prelude::*;

use super::HarmonyParams;
use super::assignment::{Assignment, weighted_sums};
use super::design::Design;
use super::points::Points;
use crate::kernels::stats::kmeans::{KmeansParams, kmeans};
use crate::kernels::ticker::{Stopped, Ticker};

/// Blocks of cells that are updated one after the other.
const BLOCKS: usize = 20;

/// Cells of one task.
const TASK: usize = 1024;

/// Cells for each cluster among which the first centers are sought.
const CELLS_PER_CENTER: usize = 256;

/// Rounds whose objectives are compared with those one round before.
const WINDOW: usize = 3;

pub(super) struct SoftClusters<'a> {
    params: &'a HarmonyParams,
    design: &'a Design,
    /// Cells × components, of length 1.
    pub directions: Points,
    /// Cells × clusters; rows sum to 1.
    pub membership: Points,
    /// Of each block: membership summed by combination × cluster.
    blocks: Vec<Vec<f64>>,
    /// Clusters × components, of length 1.
    centers: Points,
}

/// What the update of some cells yields.
struct Sums {
    /// By combination × cluster.
    membership: Vec<f64>,
    /// Directions of members by cluster × component.
    directions: Vec<f64>,
    objective: f64,
}

impl Sums {
    fn add(&mut self, other: &Sums) {
        add(&mut self.membership, &other.membership);
        add(&mut self.directions, &other.directions);
        self.objective += other.objective;
    }
}

pub(super) fn add(sums: &mut [f64], others: &[f64]) {
    sums.iter_mut().zip(others).for_each(|(a, b)| *a += b);
}

impl<'a> SoftClusters<'a> {
    /// Centers by k-means, memberships without a penalty.
    pub fn new(
        directions: Points,
        design: &'a Design,
        params: &'a HarmonyParams,
        ticker: &Ticker,
    ) -> Result<Self, Stopped> {
        let cells = directions.rows();
        let default = ((cells as f64 / 30.0).round() as usize).min(100);
        let clusters = params.clusters.unwrap_or(default).clamp(1, cells);
        let seeding = KmeansParams {
            clusters,
            seed: params.seed,
            ..Default::default()
        };
        let sample = directions.head(cells.min(clusters * CELLS_PER_CENTER));
        let found = kmeans(sample.view(), &seeding, ticker)?;
        let all: Vec<usize> = (0..found.centers.len_of(Axis(0))).collect();
        let mut soft = Self {
            params,
            design,
            membership: Points::zeros(cells, clusters),
            directions,
            blocks: Vec::with_capacity(BLOCKS),
            centers: Points::select(found.centers.view(), &all).directions(),
        };
        let no_penalty = vec![0.0; soft.combinations() * clusters];
        for block in 0..BLOCKS {
            let sums = soft.update_cells(soft.cells_of(block), &no_penalty, ticker)?;
            soft.blocks.push(sums.membership);
        }
        Ok(soft)
    }

    /// Moves centers and updates memberships until the objective settles. Returns it.
    pub fn settle(&mut self, ticker: &Ticker) -> Result<f64, Stopped> {
        self.recenter(ticker)?;
        let mut objectives: Vec<f64> = Vec::new();
        for _ in 0..self.params.max_cluster_iterations.max(1) {
            objectives.push(self.update(ticker)?);
            if let Some(end) = objectives.len().checked_sub(WINDOW + 1) {
                let before: f64 = objectives[end..end + WINDOW].iter().sum();
                let now: f64 = objectives[end + 1..].iter().sum();
                if (before - now).abs() < self.params.epsilon_cluster * before.abs() {
                    break;
                }
            }
        }
        Ok(objectives.last().copied().unwrap_or(0.0))
    }

    /// Membership summed by combination × cluster.
    pub fn observed(&self) -> Vec<f64> {
        let mut total = vec![0.0; self.combinations() * self.membership.width];
        self.blocks.iter().for_each(|block| add(&mut total, block));
        total
    }

    fn combinations(&self) -> usize {
        self.design.levels.len()
    }

    fn cells_of(&self, block: usize) -> Range<usize> {
        let cells = self.membership.rows();
        cells * block / BLOCKS..cells * (block + 1) / BLOCKS
    }

    fn no_sums(&self) -> Sums {
        Sums {
            membership: vec![0.0; self.combinations() * self.membership.width],
            directions: vec![0.0; self.centers.values.len()],
            objective: 0.0,
        }
    }

    /// One round over all blocks; then the centers follow. Returns the objective.
    fn update(&mut self, ticker: &Ticker) -> Result<f64, Stopped> {
        let mut observed = self.observed();
        let mut total = self.no_sums();
        for block in 0..BLOCKS {
            for (sum, own) in observed.iter_mut().zip(&self.blocks[block]) {
                // Rounding may leave less than nothing.
                *sum = (*sum - own).max(0.0);
            }
            let penalty = self.penalty(&observed);
            let sums = self.update_cells(self.cells_of(block), &penalty, ticker)?;
            add(&mut observed, &sums.membership);
            total.add(&sums);
            self.blocks[block] = sums.membership;
        }
        self.center_on(&total.directions);
        let penalty = self.penalty(&observed);
        let diversity: f64 = penalty.iter().zip(&observed).map(|(p, o)| -p * o).sum();
        Ok(total.objective + self.params.sigma * diversity)
    }

    /// By combination × cluster: Σ theta·ln((expected + 1) / (observed + 1)) over the levels that
    /// make up the combination.
    fn penalty(&self, observed: &[f64]) -> Vec<f64> {
        let clusters = self.membership.width;
        let cells = self.membership.rows() as f64;
        let mut mass = vec![0.0; clusters];
        observed
            .chunks(clusters)
            .for_each(|row| add(&mut mass, row));
        let by_level = self.design.by_level(observed, clusters);
        let mut penalty = vec![0.0; observed.len()];
        for (levels, row) in self.design.levels.iter().zip(penalty.chunks_mut(clusters)) {
            for &level in levels {
                let (size, theta) = (self.design.sizes[level], self.theta(level));
                for (k, p) in row.iter_mut().enumerate() {
                    let expected = mass[k] * size / cells;
                    let observed = by_level[level * clusters + k];
                    *p += theta * math::ln((expected + 1.0) / (observed + 1.0));
                }
            }
        }
        penalty
    }

    fn theta(&self, level: usize) -> f64 {
        let (theta, tau) = (self.params.theta, self.params.tau);
        if tau <= 0.0 {
            return theta;
        }
        let clusters = self.membership.width as f64;
        theta * (1.0 - math::exp(-(self.design.sizes[level] / (clusters * tau)).powi(2)))
    }

    fn update_cells(
        &mut self,
        cells: Range<usize>,
        penalty: &[f64],
        ticker: &Ticker,
    ) -> Result<Sums, Stopped> {
        let mut total = self.no_sums();
        let assignment = Assignment {
            sigma: self.params.sigma as f32,
            components: self.centers.width,
            clusters: self.centers.rows(),
            centers: self.centers.transposed(),
            penalty: penalty.iter().map(|&p| p as f32).collect(),
        };
        let (width, clusters) = (assignment.components, assignment.clusters);
        let rows = |width: usize| cells.start * width..cells.end * width;
        let directions = &self.directions.values[rows(width)];
        let combinations = &self.design.combination[cells.clone()];
        let tasks: Vec<Sums> = self.membership.values[rows(clusters)]
            .par_chunks_mut(TASK * clusters)
            .zip(directions.par_chunks(TASK * width))
            .zip(combinations.par_chunks(TASK))
            .map(|((membership, directions), combinations)| {
                ticker.check()?;
                let mut sums = vec![0.0; penalty.len()];
                let objective = assignment.run(membership, directions, combinations, &mut sums);
                Ok(Sums {
                    membership: sums,
                    directions: weighted_sums(membership, clusters, directions, width),
                    objective,
                })
            })
            .collect::<Result<_, Stopped>>()?;
        tasks.iter().for_each(|sums| total.add(sums));
        Ok(total)
    }

    /// Centers for the memberships and directions as they are.
    fn recenter(&mut self, ticker: &Ticker) -> Result<(), Stopped> {
        let (width, clusters) = (self.centers.width, self.centers.rows());
        let membership = self.membership.values.par_chunks(TASK * clusters);
        let tasks: Vec<Vec<f64>> = membership
            .zip(self.directions.values.par_chunks(TASK * width))
            .map(|(membership, directions)| {
                ticker.check()?;
                Ok(weighted_sums(membership, clusters, directions, width))
            })
            .collect::<Result<_, Stopped>>()?;
        let mut total = vec![0.0; self.centers.values.len()];
        tasks.iter().for_each(|task| add(&mut total, task));
        self.center_on(&total);
        Ok(())
    }

    fn center_on(&mut self, directions: &[f64]) {
        let width = self.centers.width;
        let centers = self.centers.values.chunks_mut(width);
        for (center, sum) in centers.zip(directions.chunks(width)) {
            let length = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
            // A cluster without members keeps its center.
            if length > 0.0 {
                center
                    .iter_mut()
                    .zip(sum)
                    .for_each(|(c, x)| *c = (x / length) as f32);
            }
        }
    }
}

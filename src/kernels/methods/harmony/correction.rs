//! The linear correction (Korsunsky et al. 2019, algorithm 3): in each cluster, positions are
//! regressed on the batch levels, weighted by membership, with a ridge penalty on all but the
//! intercept; what the levels explain is subtracted, weighted by membership.

use rayon::prelude::*;

use super::assignment::weighted_sums;
use super::clusters::{SoftClusters, add};
use super::design::Design;
use super::points::Points;
use crate::kernels::ticker::{Stopped, Ticker};

/// Cells of one task.
const TASK: usize = 1024;

/// Clusters with less summed membership have no cells to correct.
const SMALLEST_MASS: f64 = 1e-6;

/// The cells (as they came) without what their batches explain.
pub(super) fn corrected(
    cells: &Points,
    clusters: &SoftClusters<'_>,
    design: &Design,
    lambda: f64,
    ticker: &Ticker,
) -> Result<Points, Stopped> {
    let (width, k) = (cells.width, clusters.membership.width);
    let sums = sums_by_combination(cells, &clusters.membership, design, ticker)?;
    let observed = clusters.observed();
    let effects: Vec<Vec<f64>> = (0..k)
        .into_par_iter()
        .map(|cluster| {
            let mass = |combination: usize| observed[combination * k + cluster];
            let sum = |combination: usize| &sums[combination][cluster * width..][..width];
            Regression::of(design, mass, sum, width).effects(design, lambda)
        })
        .collect();
    let mut moved = Points::zeros(cells.rows(), width);
    moved
        .values
        .par_chunks_mut(TASK * width)
        .enumerate()
        .try_for_each(|(task, rows)| {
            ticker.check()?;
            for (i, row) in rows.chunks_mut(width).enumerate() {
                let cell = task * TASK + i;
                let start = design.combination[cell] as usize * width;
                let mut shift = vec![0.0; width];
                for (effect, &m) in effects.iter().zip(clusters.membership.row(cell)) {
                    let pairs = shift.iter_mut().zip(&effect[start..start + width]);
                    pairs.for_each(|(s, e)| *s += f64::from(m) * e);
                }
                for ((x, &before), s) in row.iter_mut().zip(cells.row(cell)).zip(shift) {
                    *x = (f64::from(before) - s) as f32;
                }
            }
            Ok(())
        })?;
    Ok(moved)
}

/// Of each combination: positions summed by membership, clusters × components.
fn sums_by_combination(
    cells: &Points,
    membership: &Points,
    design: &Design,
    ticker: &Ticker,
) -> Result<Vec<Vec<f64>>, Stopped> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); design.levels.len()];
    for (cell, &combination) in design.combination.iter().enumerate() {
        members[combination as usize].push(cell);
    }
    let tasks: Vec<(usize, &[usize])> = members
        .iter()
        .enumerate()
        .flat_map(|(combination, of_it)| of_it.chunks(TASK).map(move |some| (combination, some)))
        .collect();
    let (clusters, width) = (membership.width, cells.width);
    let parts: Vec<Vec<f64>> = tasks
        .par_iter()
        .map(|(_, some)| {
            ticker.check()?;
            let rows = |of: &Points| -> Vec<f32> {
                some.iter()
                    .flat_map(|&cell| of.row(cell))
                    .copied()
                    .collect()
            };
            Ok(weighted_sums(
                &rows(membership),
                clusters,
                &rows(cells),
                width,
            ))
        })
        .collect::<Result<_, Stopped>>()?;
    let mut sums = vec![vec![0.0; clusters * width]; members.len()];
    for ((combination, _), part) in tasks.iter().zip(&parts) {
        add(&mut sums[*combination], part);
    }
    Ok(sums)
}

/// The normal equations of one cluster: unknowns are the intercept, then the levels.
struct Regression {
    size: usize,
    width: usize,
    /// size × size.
    left: Vec<f64>,
    /// size × width.
    right: Vec<f64>,
}

impl Regression {
    fn of<'s>(
        design: &Design,
        mass: impl Fn(usize) -> f64,
        sum: impl Fn(usize) -> &'s [f64],
        width: usize,
    ) -> Self {
        let size = 1 + design.sizes.len();
        let mut found = Self {
            size,
            width,
            left: vec![0.0; size * size],
            right: vec![0.0; size * width],
        };
        for (combination, levels) in design.levels.iter().enumerate() {
            let unknowns = || std::iter::once(0).chain(levels.iter().map(|level| 1 + level));
            for a in unknowns() {
                for b in unknowns() {
                    found.left[a * size + b] += mass(combination);
                }
                let right = &mut found.right[a * width..(a + 1) * width];
                right
                    .iter_mut()
                    .zip(sum(combination))
                    .for_each(|(r, s)| *r += s);
            }
        }
        found
    }

    /// What belongs to each combination's levels: combinations × components.
    fn effects(mut self, design: &Design, lambda: f64) -> Vec<f64> {
        let mut effects = vec![0.0; design.levels.len() * self.width];
        if self.left[0] < SMALLEST_MASS {
            return effects;
        }
        for unknown in 1..self.size {
            self.left[unknown * self.size + unknown] += lambda;
        }
        self.solve();
        for (levels, effect) in design.levels.iter().zip(effects.chunks_mut(self.width)) {
            for level in levels {
                let solution = &self.right[(1 + level) * self.width..];
                effect.iter_mut().zip(solution).for_each(|(e, s)| *e += s);
            }
        }
        effects
    }

    /// Gaussian elimination; a positive definite matrix needs no pivots.
    fn solve(&mut self) {
        let (n, width) = (self.size, self.width);
        // From the levels up: without interactions each touches the intercept only.
        for pivot in (0..n).rev() {
            for row in 0..pivot {
                let factor = self.left[row * n + pivot] / self.left[pivot * n + pivot];
                if factor != 0.0 {
                    for col in 0..=pivot {
                        self.left[row * n + col] -= factor * self.left[pivot * n + col];
                    }
                    for col in 0..width {
                        self.right[row * width + col] -= factor * self.right[pivot * width + col];
                    }
                }
            }
        }
        for row in 0..n {
            for col in 0..width {
                let known: f64 = (0..row)
                    .map(|i| self.left[row * n + i] * self.right[i * width + col])
                    .sum();
                let value = self.right[row * width + col] - known;
                self.right[row * width + col] = value / self.left[row * n + row];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regression_by_hand() {
        // Two batches of one cell each at 0 and 2, lambda 1: effects −1/3·... by symmetry ±a with
        // a = 1·(1 − a) → intercept 1, a = 1/2.
        let design = Design::new(&[&[0, 1]], &[0, 1]);
        let sums = [[0.0], [2.0]];
        let found = Regression::of(&design, |_| 1.0, |c| &sums[c], 1).effects(&design, 1.0);
        assert!((found[0] + 0.5).abs() < 1e-12 && (found[1] - 0.5).abs() < 1e-12);
    }

    #[test]
    fn an_empty_cluster_corrects_nothing() {
        let design = Design::new(&[&[0, 1]], &[0, 1]);
        let sums = [[0.0], [0.0]];
        let found = Regression::of(&design, |_| 0.0, |c| &sums[c], 1).effects(&design, 1.0);
        assert_eq!(found, [0.0, 0.0]);
    }
}

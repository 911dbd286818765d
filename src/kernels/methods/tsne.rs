//! t-SNE: a layout in which neighbors stay neighbors (van der Maaten & Hinton, J. Mach. Learn.
//! Res. 9, 2579, 2008), with the forces of far points put together (van der Maaten, J. Mach. Learn.
//! Res. 15, 3221, 2014).
//!
//! Defaults and schedule are scikit-learn's: 250 rounds with affinities exaggerated, then the rest;
//! the start is given by principal components, so nothing depends on chance (Kobak & Berens, Nat.
//! Commun. 10, 5416, 2019).

mod affinities;

use crate::kernels::graph::components::GraphView;
use crate::kernels::graph::knn::Neighbors;
use crate::kernels::graph::quadtree::Quadtree;
use crate::kernels::ticker::{Stopped, Ticker};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// Rounds with exaggerated affinities.
const EARLY: usize = 250;

/// Standard deviation of the start along its first axis.
const START: f64 = 1e-4;

/// Points that one task moves.
const BLOCK: usize = 256;

/// Steps never get smaller than this.
const LEAST_GAIN: f64 = 0.01;

#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Neighbors that count, smoothly.
    pub perplexity: f64,
    pub exaggeration: f64,
    /// `None`: points / exaggeration / 4, at least 50.
    pub learning_rate: Option<f64>,
    pub iterations: usize,
    /// How far away squares of points act as one: 0 never, larger is faster and less exact.
    pub theta: f64,
}

impl Default for Params {
    fn default() -> Self {
        Params {
            perplexity: 30.0,
            exaggeration: 12.0,
            learning_rate: None,
            iterations: 1000,
            theta: 0.5,
        }
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    #[error(
        "{cells} cells cannot have a perplexity of {perplexity}: it must be below a third of them"
    )]
    Perplexity { cells: usize, perplexity: f64 },
    #[error("the start has {0} columns, which must be 2 or more")]
    Start(usize),
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Neighbors (the cell itself counted, as for graphs) that a perplexity needs.
pub fn neighbors_for(perplexity: f64, cells: usize) -> usize {
    ((3.0 * perplexity) as usize + 1).min(cells)
}

/// Positions of the cells, cells × 2; `start` are cells × dimensions, of which the first two count.
pub fn embed(
    start: ArrayView2<'_, f32>,
    neighbors: &Neighbors,
    params: &Params,
    ticker: &Ticker,
) -> Result<Array2<f32>, Error> {
    let cells = start.nrows();
    let perplexity = params.perplexity;
    if perplexity < 1.0 || 3.0 * perplexity >= cells as f64 {
        return Err(Error::Perplexity { cells, perplexity });
    }
    if start.ncols() < 2 {
        return Err(Error::Start(start.ncols()));
    }
    let affinities = affinities::joint(neighbors, perplexity, ticker)?;
    let mut points = scaled(start);
    let rate = params
        .learning_rate
        .unwrap_or_else(|| (cells as f64 / params.exaggeration / 4.0).max(50.0));
    let mut moves = vec![Move::default(); cells];
    ticker.begin(params.iterations as u64);
    for round in 0..params.iterations {
        ticker.advance(1)?;
        let early = round < EARLY;
        let (exaggeration, momentum) = if early {
            (params.exaggeration, 0.5)
        } else {
            (1.0, 0.8)
        };
        let gradient = gradient(
            &points,
            affinities.view(),
            exaggeration,
            params.theta,
            ticker,
        )?;
        for ((point, it), slope) in points.iter_mut().zip(&mut moves).zip(&gradient) {
            it.take(point, *slope, rate, momentum);
        }
    }
    Ok(Array2::from_shape_fn((cells, 2), |(i, axis)| {
        points[i][axis] as f32
    }))
}

/// The first two columns around 0, their spread as small as it is usual.
fn scaled(start: ArrayView2<'_, f32>) -> Vec<[f64; 2]> {
    let n = start.nrows() as f64;
    let means = [0, 1].map(|axis| {
        let column = start.column(axis);
        column.iter().map(|&x| f64::from(x)).sum::<f64>() / n
    });
    let squares = start
        .column(0)
        .iter()
        .map(|&x| (f64::from(x) - means[0]).powi(2))
        .sum::<f64>();
    let deviation = (squares / n).sqrt();
    let factor = if deviation > 0.0 {
        START / deviation
    } else {
        0.0
    };
    start
        .rows()
        .into_iter()
        .map(|row| [0, 1].map(|axis| (f64::from(row[axis]) - means[axis]) * factor))
        .collect()
}

/// How a point moves: with momentum, and faster along an axis as long as it keeps its direction
/// (Jacobs, Neural Netw. 1, 295, 1988).
#[derive(Debug, Clone, Copy)]
struct Move {
    step: [f64; 2],
    gain: [f64; 2],
}

impl Default for Move {
    fn default() -> Self {
        Move {
            step: [0.0; 2],
            gain: [1.0; 2],
        }
    }
}

impl Move {
    fn take(&mut self, point: &mut [f64; 2], slope: [f64; 2], rate: f64, momentum: f64) {
        for axis in 0..2 {
            let gain = if self.step[axis] * slope[axis] < 0.0 {
                self.gain[axis] + 0.2
            } else {
                self.gain[axis] * 0.8
            };
            self.gain[axis] = gain.max(LEAST_GAIN);
            self.step[axis] = momentum * self.step[axis] - rate * self.gain[axis] * slope[axis];
            point[axis] += self.step[axis];
        }
    }
}

/// 4·Σ_j (p_ij − q_ij)·(y_i − y_j) / (1 + |y_i − y_j|²) for every point.
fn gradient(
    points: &[[f64; 2]],
    affinities: GraphView<'_>,
    exaggeration: f64,
    theta: f64,
    ticker: &Ticker,
) -> Result<Vec<[f64; 2]>, Stopped> {
    let tree = Quadtree::new(points, &vec![1.0; points.len()]);
    let ranks: Vec<usize> = (0..points.len()).collect();
    let blocks: Vec<Vec<([f64; 2], f64)>> = ranks
        .par_chunks(BLOCK)
        .map(|ranks| {
            ticker.check()?;
            let pushes = ranks.iter().map(|&rank| {
                let (mut push, mut total) = ([0.0; 2], 0.0);
                tree.around(rank, theta, |dx, dy, distance, mass| {
                    let q = 1.0 / (1.0 + distance);
                    let force = mass * q * q;
                    total += mass * q;
                    push[0] += force * dx;
                    push[1] += force * dy;
                });
                (push, total)
            });
            Ok(pushes.collect())
        })
        .collect::<Result<_, Stopped>>()?;
    let mut pushes = vec![[0.0; 2]; points.len()];
    let mut total = 0.0;
    for ((push, part), &i) in blocks.iter().flatten().zip(tree.order()) {
        pushes[i as usize] = *push;
        total += part;
    }
    let total = f64::max(total, f64::MIN_POSITIVE);
    let slope = |(i, push): (usize, &[f64; 2])| {
        let mut pull = [0.0; 2];
        let row = affinities.outer_view(i);
        for (j, &p) in row.iter().flat_map(|row| row.iter()) {
            let (dx, dy) = (points[i][0] - points[j][0], points[i][1] - points[j][1]);
            let force = f64::from(p) / (1.0 + dx * dx + dy * dy);
            pull[0] += force * dx;
            pull[1] += force * dy;
        }
        [0, 1].map(|axis| 4.0 * (exaggeration * pull[axis] - push[axis] / total))
    };
    Ok(pushes
        .par_iter()
        .with_min_len(BLOCK)
        .enumerate()
        .map(slope)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::graph::knn;
    use crate::kernels::random::splitmix::Stream;

    /// Three groups of 60 cells in five dimensions.
    fn groups() -> Array2<f32> {
        Array2::from_shape_fn((180, 5), |(cell, axis)| {
            let middle = if axis == cell / 60 { 12.0 } else { 0.0 };
            let mut stream = Stream::new(3, axis as u64, cell as u64);
            (middle + stream.roughly_normal()) as f32
        })
    }

    fn layout(perplexity: f64, iterations: usize) -> Result<Array2<f32>, Error> {
        let rows = groups();
        let params = knn::Params {
            n_neighbors: neighbors_for(perplexity, rows.nrows()),
            ..Default::default()
        };
        let neighbors = knn::neighbors(rows.view(), &params, &Ticker::new()).unwrap();
        let params = Params {
            perplexity,
            iterations,
            ..Default::default()
        };
        embed(rows.view(), &neighbors, &params, &Ticker::new())
    }

    #[test]
    fn groups_lie_apart() {
        let found = layout(15.0, 500).unwrap();
        let distance = |a: usize, b: usize| {
            let d = &found.row(a) - &found.row(b);
            d.dot(&d)
        };
        let nearest = (0..180).filter(|&cell| {
            let others = (0..180).filter(|&other| other != cell);
            let near = others.min_by(|&a, &b| distance(cell, a).total_cmp(&distance(cell, b)));
            near.is_some_and(|near| near / 60 == cell / 60)
        });
        assert_eq!(nearest.count(), 180);
        assert!(found.iter().all(|x| x.is_finite() && x.abs() < 200.0));
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| layout(10.0, 60).unwrap())
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn too_few_cells_are_refused() {
        let error = layout(60.0, 10).err();
        let expected = Error::Perplexity {
            cells: 180,
            perplexity: 60.0,
        };
        assert_eq!(error, Some(expected));
    }
}

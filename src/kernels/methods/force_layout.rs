//! Force-directed layouts: edges pull, all nodes push each other away.
//!
//! ForceAtlas2 (Jacomy, Venturini, Heymann & Bastian, PLoS ONE 9, e98679, 2014) with its steps that
//! adapt to how much nodes swing, and the layout of Fruchterman & Reingold (Softw. Pract. Exp. 21,
//! 1129, 1991) with a temperature that falls. The pushes of far nodes are put together.

use crate::kernels::graph::components::{BadGraph, GraphView, check};
use crate::kernels::graph::quadtree::Quadtree;
use crate::kernels::ticker::{Stopped, Ticker};
use crate::math;
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// Nodes that one task looks at.
const BLOCK: usize = 256;

/// How far away squares of nodes act as one, as in the usual settings of ForceAtlas2.
const THETA: f64 = 1.2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    #[default]
    ForceAtlas2,
    FruchtermanReingold,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    pub algorithm: Algorithm,
    pub iterations: usize,
    /// Strength of the pushes (ForceAtlas2).
    pub scaling: f64,
    /// Strength of the pull to the middle (ForceAtlas2).
    pub gravity: f64,
}

impl Default for Params {
    fn default() -> Self {
        Params {
            algorithm: Algorithm::ForceAtlas2,
            iterations: 500,
            scaling: 2.0,
            gravity: 1.0,
        }
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("the start is {0} × {1}, not a place in the plane for each node")]
    Start(usize, usize),
    #[error(transparent)]
    Graph(#[from] BadGraph),
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Places of the nodes of a symmetric graph, nodes × 2, from those at the start.
pub fn layout(
    graph: GraphView<'_>,
    start: ArrayView2<'_, f32>,
    params: &Params,
    ticker: &Ticker,
) -> Result<Array2<f32>, Error> {
    check(graph)?;
    let (rows, columns) = start.dim();
    if rows != graph.rows() || columns < 2 {
        return Err(Error::Start(rows, columns));
    }
    let places: Vec<[f64; 2]> = start
        .rows()
        .into_iter()
        .map(|row| [f64::from(row[0]), f64::from(row[1])])
        .collect();
    ticker.begin(params.iterations as u64);
    let places = match params.algorithm {
        Algorithm::ForceAtlas2 => force_atlas(graph, places, params, ticker)?,
        Algorithm::FruchtermanReingold => fruchterman_reingold(graph, places, params, ticker)?,
    };
    Ok(Array2::from_shape_fn((rows, 2), |(node, axis)| {
        places[node][axis] as f32
    }))
}

fn force_atlas(
    graph: GraphView<'_>,
    mut places: Vec<[f64; 2]>,
    params: &Params,
    ticker: &Ticker,
) -> Result<Vec<[f64; 2]>, Stopped> {
    // A node weighs one more than it has edges.
    let masses: Vec<f64> = (0..graph.rows())
        .map(|node| 1.0 + graph.outer_view(node).map_or(0, |row| row.nnz()) as f64)
        .collect();
    let mut before = vec![[0.0; 2]; places.len()];
    let mut pace = Pace::default();
    for _ in 0..params.iterations {
        ticker.advance(1)?;
        let mut forces = pushes(&places, &masses, ticker, |distance, mass| {
            if distance > 0.0 {
                params.scaling * mass / distance
            } else {
                0.0
            }
        })?;
        let pulls = pulls(graph, &places, |weight, _| weight);
        for (node, force) in forces.iter_mut().enumerate() {
            let [x, y] = places[node];
            let far = math::hypot(x, y);
            let home = if far > 0.0 {
                params.gravity * masses[node] / far
            } else {
                0.0
            };
            for axis in 0..2 {
                force[axis] =
                    masses[node] * force[axis] - pulls[node][axis] - home * places[node][axis];
            }
        }
        let speed = pace.after(&masses, &before, &forces);
        for (node, place) in places.iter_mut().enumerate() {
            let swing = masses[node] * apart(before[node], forces[node]);
            let factor = speed / (1.0 + (speed * swing).sqrt());
            place[0] += forces[node][0] * factor;
            place[1] += forces[node][1] * factor;
        }
        before = forces;
    }
    Ok(places)
}

fn apart(a: [f64; 2], b: [f64; 2]) -> f64 {
    math::hypot(a[0] - b[0], a[1] - b[1])
}

/// The speed of all nodes: high while forces keep their directions, low while nodes swing.
struct Pace {
    speed: f64,
    efficiency: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Pace {
            speed: 1.0,
            efficiency: 1.0,
        }
    }
}

impl Pace {
    const LEAST_EFFICIENCY: f64 = 0.05;

    fn after(&mut self, masses: &[f64], before: &[[f64; 2]], now: &[[f64; 2]]) -> f64 {
        let (mut swinging, mut traction) = (0.0, 0.0);
        for ((&mass, &a), &b) in masses.iter().zip(before).zip(now) {
            swinging += mass * apart(a, b);
            traction += 0.5 * mass * math::hypot(a[0] + b[0], a[1] + b[1]);
        }
        let n = masses.len() as f64;
        let usual = 0.05 * n.sqrt();
        let mut tolerance = usual.sqrt().max((usual * traction / (n * n)).min(10.0));
        if swinging > 2.0 * traction {
            if self.efficiency > Self::LEAST_EFFICIENCY {
                self.efficiency *= 0.5;
            }
            tolerance = tolerance.max(1.0);
        }
        let target = if swinging > 0.0 {
            tolerance * self.efficiency * traction / swinging
        } else {
            f64::MAX
        };
        if swinging > tolerance * traction {
            if self.efficiency > Self::LEAST_EFFICIENCY {
                self.efficiency *= 0.7;
            }
        } else if self.speed < 1000.0 {
            self.efficiency *= 1.3;
        }
        self.speed += (target - self.speed).min(0.5 * self.speed);
        self.speed
    }
}

fn fruchterman_reingold(
    graph: GraphView<'_>,
    mut places: Vec<[f64; 2]>,
    params: &Params,
    ticker: &Ticker,
) -> Result<Vec<[f64; 2]>, Stopped> {
    let masses = vec![1.0; places.len()];
    let hottest = (places.len() as f64).sqrt();
    for round in 0..params.iterations {
        ticker.advance(1)?;
        let push = |distance: f64, mass: f64| if distance > 0.0 { mass / distance } else { 0.0 };
        let forces = pushes(&places, &masses, ticker, push)?;
        let pulls = pulls(graph, &places, |weight, distance| weight * distance);
        let left = 1.0 - round as f64 / params.iterations as f64;
        let longest = 0.1 * hottest * left;
        for (place, (push, pull)) in places.iter_mut().zip(forces.iter().zip(&pulls)) {
            let step = [push[0] - pull[0], push[1] - pull[1]];
            let length = math::hypot(step[0], step[1]);
            let factor = if length > longest {
                longest / length
            } else {
                1.0
            };
            place[0] += factor * step[0];
            place[1] += factor * step[1];
        }
    }
    Ok(places)
}

/// Σ strength(distance², mass) · difference over all others, for each node.
fn pushes(
    places: &[[f64; 2]],
    masses: &[f64],
    ticker: &Ticker,
    strength: impl Fn(f64, f64) -> f64 + Sync,
) -> Result<Vec<[f64; 2]>, Stopped> {
    let tree = Quadtree::new(places, masses);
    let ranks: Vec<usize> = (0..places.len()).collect();
    let blocks: Vec<Vec<[f64; 2]>> = ranks
        .par_chunks(BLOCK)
        .map(|ranks| {
            ticker.check()?;
            let pushes = ranks.iter().map(|&rank| {
                let mut push = [0.0; 2];
                tree.around(rank, THETA, |dx, dy, distance, mass| {
                    let force = strength(distance, mass);
                    push[0] += force * dx;
                    push[1] += force * dy;
                });
                push
            });
            Ok(pushes.collect())
        })
        .collect::<Result<_, Stopped>>()?;
    let mut found = vec![[0.0; 2]; places.len()];
    for (push, &node) in blocks.iter().flatten().zip(tree.order()) {
        found[node as usize] = *push;
    }
    Ok(found)
}

/// Σ strength(weight, distance) · difference over the neighbors, for each node.
fn pulls(
    graph: GraphView<'_>,
    places: &[[f64; 2]],
    strength: impl Fn(f64, f64) -> f64 + Sync,
) -> Vec<[f64; 2]> {
    let pull = |node: usize| {
        let mut pull = [0.0; 2];
        let row = graph.outer_view(node);
        for (other, &weight) in row.iter().flat_map(|row| row.iter()) {
            let (dx, dy) = (
                places[node][0] - places[other][0],
                places[node][1] - places[other][1],
            );
            let force = strength(f64::from(weight), math::hypot(dx, dy));
            pull[0] += force * dx;
            pull[1] += force * dy;
        }
        pull
    };
    (0..places.len())
        .into_par_iter()
        .with_min_len(BLOCK)
        .map(pull)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::graph::components::graph_of;
    use crate::kernels::graph::spectral;

    /// Two cliques of 30 nodes, joined by one edge.
    fn cliques() -> sprs::CsMatI<f32, u32, usize> {
        let mut edges = vec![(0, 30, 0.2)];
        for i in 0..30 {
            for j in 0..i {
                edges.extend([(i, j, 1.0), (30 + i, 30 + j, 1.0)]);
            }
        }
        graph_of(60, &edges)
    }

    fn run(algorithm: Algorithm) -> Array2<f32> {
        let graph = cliques();
        let start = spectral::layout(graph.view(), 2, 0, &Ticker::new()).unwrap();
        let params = Params {
            algorithm,
            ..Default::default()
        };
        layout(graph.view(), start.view(), &params, &Ticker::new()).unwrap()
    }

    #[test]
    fn cliques_are_parted() {
        for algorithm in [Algorithm::ForceAtlas2, Algorithm::FruchtermanReingold] {
            let found = run(algorithm);
            let middle = |nodes: std::ops::Range<usize>| {
                let some = found.slice(ndarray::s![nodes, ..]);
                some.mean_axis(ndarray::Axis(0)).unwrap()
            };
            let (a, b) = (middle(0..30), middle(30..60));
            let between = (&a - &b).mapv(|x| x * x).sum().sqrt();
            let within = (0..30).map(|i| (&found.row(i) - &a).mapv(|x| x * x).sum().sqrt());
            let widest = within.fold(0.0f32, f32::max);
            assert!(between > widest, "{algorithm:?}: {between} and {widest}");
            assert!(found.iter().all(|x| x.is_finite()));
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| run(Algorithm::ForceAtlas2))
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn a_start_for_other_nodes_is_refused() {
        let start = Array2::zeros((3, 2));
        let error = layout(
            cliques().view(),
            start.view(),
            &Params::default(),
            &Ticker::new(),
        );
        assert_eq!(error.err(), Some(Error::Start(3, 2)));
    }
}

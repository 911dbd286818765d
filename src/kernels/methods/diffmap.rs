//! Diffusion maps: coordinates in which distance counts all paths of a random walk on the graph.
//!
//! Coifman & Lafon, Appl. Comput. Harmon. Anal. 21, 5 (2006), with the density taken out of the
//! kernel as in Haghverdi et al., Nat. Methods 13, 845 (2016): K_ij = W_ij / (q_i·q_j) with row
//! sums q, and the eigenvectors of T_ij = K_ij / (z_i·z_j) with z_i = √Σ_j K_ij. Those of the
//! value 1 are known beforehand, one for each component of the graph: z on its cells.

use crate::kernels::graph::components::{BadGraph, GraphView, check, connected_components};
use crate::kernels::linalg::eigen::{self, Operator, Which};
use crate::kernels::ticker::{Stopped, Ticker};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// Rows computed by one task.
const ROWS: usize = 256;

/// Coordinates of the cells, the trivial ones first.
#[derive(Debug, Clone)]
pub struct DiffusionMap {
    /// Of the symmetric transition matrix, descending from 1.
    pub values: Vec<f64>,
    /// Cells × components, of length 1; the entry furthest from zero is positive.
    pub vectors: Array2<f64>,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("a diffusion map needs at least 3 components, not {0}")]
    TooFewComponents(usize),
    #[error("{0} cells have no diffusion map: it needs at least 3")]
    TooFewCells(usize),
    #[error(transparent)]
    Graph(#[from] BadGraph),
    #[error("the graph has weights that are not finite")]
    NotFinite,
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// The `count` leading components of a symmetric graph, at most cells − 1.
pub fn diffusion_map(
    graph: GraphView<'_>,
    count: usize,
    ticker: &Ticker,
) -> Result<DiffusionMap, Error> {
    if count < 3 {
        return Err(Error::TooFewComponents(count));
    }
    if graph.rows() < 3 {
        return Err(Error::TooFewCells(graph.rows()));
    }
    check(graph)?;
    let count = count.min(graph.rows() - 1);
    let transitions = Transitions::new(graph);
    let (mut values, mut vectors) = transitions.stationary(count);
    if values.len() < count {
        let params = eigen::Params {
            which: Which::LargestMagnitude,
            ..eigen::Params::largest(count - values.len())
        };
        let found = eigen::eigenpairs(&transitions, Some(vectors.view()), &params, ticker);
        let found = found.map_err(|error| match error {
            eigen::Error::NotFinite => Error::NotFinite,
            eigen::Error::Stopped(stopped) => Error::Stopped(stopped),
        })?;
        let mut order: Vec<usize> = (0..found.values.len()).collect();
        order.sort_by(|&a, &b| found.values[b].total_cmp(&found.values[a]));
        let known = values.len();
        values.extend(order.iter().map(|&i| found.values[i]));
        let both = Array2::from_shape_fn((graph.rows(), values.len()), |(cell, j)| {
            if j < known {
                vectors[[cell, j]]
            } else {
                found.vectors[[cell, order[j - known]]]
            }
        });
        vectors = both;
    }
    vectors.columns_mut().into_iter().for_each(|mut vector| {
        let furthest = vector.iter().fold(
            0.0f64,
            |most, &x| if x.abs() > most.abs() { x } else { most },
        );
        if furthest < 0.0 {
            vector.mapv_inplace(|x| -x);
        }
    });
    Ok(DiffusionMap { values, vectors })
}

/// T = D·W·D with a diagonal D.
struct Transitions<'a> {
    graph: GraphView<'a>,
    /// 1 / (q_i·z_i); 0 for cells without edges.
    scale: Vec<f64>,
    /// z_i; 1 for cells without edges, which stay where they are.
    roots: Vec<f64>,
}

impl<'a> Transitions<'a> {
    fn new(graph: GraphView<'a>) -> Self {
        let row_sums = |weight: &(dyn Fn(usize) -> f64 + Sync)| -> Vec<f64> {
            (0..graph.rows())
                .into_par_iter()
                .map(|i| {
                    let row = graph.outer_view(i);
                    let edges = row.iter().flat_map(|row| row.iter());
                    edges.map(|(j, &w)| f64::from(w) * weight(j)).sum()
                })
                .collect()
        };
        let inverse = |x: f64| if x > 0.0 { 1.0 / x } else { 0.0 };
        let density = row_sums(&|_| 1.0);
        let kernel = row_sums(&|j| inverse(density[j]));
        let (mut scale, mut roots) = (Vec::new(), Vec::new());
        for (&q, &sum) in density.iter().zip(&kernel) {
            let z = (sum * inverse(q)).sqrt();
            scale.push(inverse(q * z));
            roots.push(if z > 0.0 { z } else { 1.0 });
        }
        Transitions {
            graph,
            scale,
            roots,
        }
    }

    /// The eigenvectors of the value 1, those of the largest components first.
    fn stationary(&self, at_most: usize) -> (Vec<f64>, Array2<f64>) {
        let (component, count) = connected_components(self.graph);
        let mut mass = vec![(0usize, 0.0f64); count];
        for (&c, z) in component.iter().zip(&self.roots) {
            mass[c as usize].0 += 1;
            mass[c as usize].1 += z * z;
        }
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|&c| std::cmp::Reverse(mass[c].0));
        order.truncate(at_most);
        let mut column = vec![usize::MAX; count];
        order.iter().enumerate().for_each(|(j, &c)| column[c] = j);
        let mut vectors = Array2::zeros((component.len(), order.len()));
        for (cell, &c) in component.iter().enumerate() {
            let j = column[c as usize];
            if j != usize::MAX {
                vectors[[cell, j]] = self.roots[cell] / mass[c as usize].1.sqrt();
            }
        }
        (vec![1.0; order.len()], vectors)
    }
}

impl Operator for Transitions<'_> {
    fn size(&self) -> usize {
        self.scale.len()
    }

    fn apply(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let width = x.ncols();
        let mut from = x.as_standard_layout().into_owned();
        for (mut row, scale) in from.rows_mut().into_iter().zip(&self.scale) {
            row.mapv_inplace(|x| x * scale);
        }
        let mut to = Array2::zeros(x.dim());
        let from = from.as_slice().expect("standard layout");
        let rows = to.as_slice_mut().expect("standard layout");
        let tasks = rows.par_chunks_mut(ROWS * width.max(1)).enumerate();
        tasks.for_each(|(task, rows)| {
            for (i, sums) in (task * ROWS..).zip(rows.chunks_exact_mut(width)) {
                let row = self.graph.outer_view(i);
                for (j, &weight) in row.iter().flat_map(|row| row.iter()) {
                    let weight = f64::from(weight) * self.scale[i];
                    let x = &from[j * width..][..width];
                    sums.iter_mut()
                        .zip(x)
                        .for_each(|(sum, x)| *sum += weight * x);
                }
            }
        });
        to
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::graph::components::graph_of;

    fn path(n: usize) -> Vec<(usize, usize, f32)> {
        (1..n).map(|i| (i - 1, i, 1.0)).collect()
    }

    /// ‖T·v − λ·v‖ of every pair.
    fn residuals(graph: GraphView<'_>, map: &DiffusionMap) -> Vec<f64> {
        let product = Transitions::new(graph).apply(map.vectors.view());
        let columns = product.columns().into_iter().zip(map.vectors.columns());
        columns
            .zip(&map.values)
            .map(|((tv, v), value)| (&tv - &(&v * *value)).mapv(|x| x * x).sum().sqrt())
            .collect()
    }

    #[test]
    fn a_path_is_ordered_by_the_first_component() {
        let graph = graph_of(200, &path(200));
        let map = diffusion_map(graph.view(), 6, &Ticker::new()).unwrap();
        assert!((map.values[0] - 1.0).abs() < 1e-12);
        assert!(map.values.windows(2).all(|pair| pair[0] >= pair[1]));
        assert!(residuals(graph.view(), &map).iter().all(|&r| r < 1e-7));
        // Relative to the stationary one the first component runs along the path.
        let walk: Vec<f64> = (0..200)
            .map(|i| map.vectors[[i, 1]] / map.vectors[[i, 0]])
            .collect();
        let up = walk.windows(2).filter(|pair| pair[1] > pair[0]).count();
        assert!(up == 0 || up == 199, "{up}");
    }

    #[test]
    fn every_component_has_its_value_of_one() {
        let mut edges = path(30);
        edges.extend((31..60).map(|i| (i - 1, i, 1.0)));
        edges.extend((61..65).map(|i| (i - 1, i, 0.5)));
        // Cell 65 has no edge.
        let graph = graph_of(66, &edges);
        let map = diffusion_map(graph.view(), 8, &Ticker::new()).unwrap();
        let ones = map.values.iter().filter(|&&v| (v - 1.0).abs() < 1e-9);
        assert_eq!(ones.count(), 4);
        assert_eq!(map.values.len(), 8);
        assert!(map.vectors.iter().all(|x| x.is_finite()));
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let mut edges = path(3000);
        edges.extend((7..3000).map(|i| (i - 7, i, 0.3)));
        let graph = graph_of(3000, &edges);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let map = pool
                .unwrap()
                .install(|| diffusion_map(graph.view(), 10, &Ticker::new()));
            map.unwrap().vectors
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn what_has_no_map() {
        let graph = graph_of(2, &path(2));
        let error = diffusion_map(graph.view(), 5, &Ticker::new()).err();
        assert_eq!(error, Some(Error::TooFewCells(2)));
        let graph = graph_of(5, &path(5));
        let error = diffusion_map(graph.view(), 2, &Ticker::new()).err();
        assert_eq!(error, Some(Error::TooFewComponents(2)));
        let stopped = diffusion_map(graph_of(500, &path(500)).view(), 5, &Ticker::stopping_at(1));
        assert_eq!(stopped.err(), Some(Error::Stopped(Stopped)));
    }
}

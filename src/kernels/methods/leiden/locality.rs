//! Checks a graph and renumbers its nodes so that neighbors are near each other in memory
//! ([`crate::kernels::graph::locality`]), which is also the order in which communities are first tried.

use rayon::prelude::*;

use super::LeidenError;
use super::network::Network;
use crate::kernels::graph::components::GraphView;
use crate::kernels::graph::locality;

/// Rows that one task copies.
const BLOCK: usize = 4096;

/// The network of a graph, and the new number of each node.
pub(super) fn renumbered(
    graph: GraphView<'_>,
    seed: u64,
) -> Result<(Network, Vec<u32>), LeidenError> {
    let (n, cols) = graph.shape();
    if n != cols {
        return Err(LeidenError::NotSquare { rows: n, cols });
    }
    let rows = Rows::of(&graph);
    let sums = rows.sums()?;
    // An odd multiplier spreads consecutive seeds over all nodes (Knuth's multiplicative hash).
    let first = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) as usize;
    let order = locality::order(&graph, first);
    let mut number = vec![0; n];
    for (new, &old) in order.iter().enumerate() {
        number[old as usize] = new as u32;
    }
    let mut indptr = vec![0];
    for &old in &order {
        indptr.push(indptr[indptr.len() - 1] + sums.kept[old as usize] as usize);
    }
    let (neighbors, weights) = rows.copy(&order, &number, &indptr);
    let strength: Vec<f64> = order
        .iter()
        .map(|&old| sums.strength[old as usize])
        .collect();
    let network = Network {
        indptr,
        neighbors,
        weights,
        total: strength.iter().sum(),
        strength,
    };
    Ok((network, number))
}

struct Rows<'a> {
    indptr: std::borrow::Cow<'a, [usize]>,
    indices: &'a [u32],
    weights: &'a [f32],
}

struct Sums {
    strength: Vec<f64>,
    /// Entries of each row that are neither 0 nor on the diagonal.
    kept: Vec<u32>,
}

impl<'a> Rows<'a> {
    fn of(graph: &'a GraphView<'a>) -> Self {
        Self {
            indptr: graph.proper_indptr(),
            indices: graph.indices(),
            weights: graph.data(),
        }
    }

    fn row(&self, node: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let row = self.indptr[node]..self.indptr[node + 1];
        let weights = self.weights[row.clone()].iter().copied();
        self.indices[row].iter().copied().zip(weights)
    }

    /// Column sums must equal the row sums, or the graph is not symmetric.
    fn sums(&self) -> Result<Sums, LeidenError> {
        let n = self.indptr.len() - 1;
        let (mut strength, mut columns, mut kept) = (vec![0.0; n], vec![0.0; n], vec![0; n]);
        for node in 0..n {
            for (neighbor, weight) in self.row(node) {
                let neighbor = neighbor as usize;
                if !(weight >= 0.0 && weight.is_finite()) {
                    return Err(LeidenError::BadWeight {
                        node,
                        neighbor,
                        weight,
                    });
                }
                strength[node] += f64::from(weight);
                columns[neighbor] += f64::from(weight);
                kept[node] += u32::from(weight > 0.0 && neighbor != node);
            }
        }
        match (0..n).find(|&i| (strength[i] - columns[i]).abs() > 1e-5 * (strength[i] + columns[i]))
        {
            Some(node) => Err(LeidenError::NotSymmetric { node }),
            None => Ok(Sums { strength, kept }),
        }
    }

    /// The rows in a new order with new numbers, without the diagonal and without zeros.
    fn copy(&self, order: &[u32], number: &[u32], indptr: &[usize]) -> (Vec<u32>, Vec<f32>) {
        let entries = indptr[order.len()];
        let (mut neighbors, mut weights) = (vec![0; entries], vec![0.0; entries]);
        let (mut u, mut w): (&mut [u32], &mut [f32]) = (&mut neighbors, &mut weights);
        let mut tasks = Vec::new();
        for (block, nodes) in order.chunks(BLOCK).enumerate() {
            let start = block * BLOCK;
            let size = indptr[start + nodes.len()] - indptr[start];
            let (here, rest) = (u.split_at_mut(size), w.split_at_mut(size));
            tasks.push((nodes, here.0, rest.0));
            (u, w) = (here.1, rest.1);
        }
        tasks
            .into_par_iter()
            .for_each(|(nodes, neighbors, weights)| {
                let edges = nodes.iter().flat_map(|&node| {
                    self.row(node as usize)
                        .filter(move |&(neighbor, weight)| weight > 0.0 && neighbor != node)
                });
                for ((u, w), (neighbor, weight)) in neighbors.iter_mut().zip(weights).zip(edges) {
                    *u = number[neighbor as usize];
                    *w = weight;
                }
            });
        (neighbors, weights)
    }
}

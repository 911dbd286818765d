//! Batch-balanced neighbors (Polański et al., Bioinformatics 36:964, 2020): every cell gets the
//! same number of neighbors in each batch, so that the graph ties the batches together; then the
//! graph is trimmed to the strongest links of each cell.

use crate::kernels::graph::connectivities::Graph;
use crate::kernels::graph::knn::{self, Neighbors};
use crate::kernels::ticker::Ticker;
use ndarray::{Array2, ArrayView2, Axis};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("batch {batch} has {cells} cells, fewer than the {wanted} neighbors asked for")]
    BatchTooSmall {
        batch: usize,
        cells: usize,
        wanted: usize,
    },
    #[error(transparent)]
    Knn(#[from] knn::Error),
}

/// The `params.n_neighbors` nearest cells of each batch for every cell (`x`: cells × dimensions;
/// `batches`: one label a cell, below `n_batches`), nearest first. A cell counts as one of its own
/// batch, as everywhere, and is left out: rows have `n_neighbors × n_batches − 1` entries.
pub fn neighbors(
    x: ArrayView2<'_, f32>,
    batches: &[u32],
    n_batches: usize,
    params: &knn::Params,
    ticker: &Ticker,
) -> Result<Neighbors, Error> {
    let members: Vec<Vec<usize>> = (0..n_batches as u32)
        .map(|batch| {
            (0..batches.len())
                .filter(|&i| batches[i] == batch)
                .collect()
        })
        .collect();
    let wanted = params.n_neighbors;
    for (batch, cells) in members.iter().map(Vec::len).enumerate() {
        if cells < wanted {
            return Err(Error::BatchTooSmall {
                batch,
                cells,
                wanted,
            });
        }
    }
    let mut found: Vec<Vec<(f32, u32)>> = vec![Vec::new(); batches.len()];
    for to in &members {
        let targets = x.select(Axis(0), to);
        for from in &members {
            let rows = if std::ptr::eq(from, to) {
                knn::neighbors(targets.view(), params, ticker)?
            } else {
                let queries = x.select(Axis(0), from);
                let (metric, search) = (params.metric, params.search);
                knn::query(
                    targets.view(),
                    queries.view(),
                    wanted,
                    metric,
                    search,
                    ticker,
                )?
            };
            for (row, &cell) in from.iter().enumerate() {
                let pairs = rows
                    .distances
                    .row(row)
                    .into_iter()
                    .zip(rows.indices.row(row));
                found[cell].extend(pairs.map(|(&d, &i)| (d, to[i as usize] as u32)));
            }
        }
    }
    Ok(in_order(found, (wanted * n_batches).saturating_sub(1)))
}

/// Rows by distance, ties by index.
fn in_order(mut found: Vec<Vec<(f32, u32)>>, width: usize) -> Neighbors {
    for row in &mut found {
        row.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    }
    let shape = (found.len(), width);
    Neighbors {
        indices: Array2::from_shape_fn(shape, |(cell, j)| found[cell][j].1),
        distances: Array2::from_shape_fn(shape, |(cell, j)| found[cell][j].0),
    }
}

/// Keeps links that are among the `most` strongest of both of their cells; ties with the weakest
/// kept one stay. `graph` is symmetric, and so is what is left.
pub fn trim(graph: &Graph, most: usize) -> Graph {
    let least: Vec<f32> = graph
        .outer_iterator()
        .map(|row| {
            if row.nnz() <= most || most == 0 {
                return 0.0;
            }
            let mut weights = row.data().to_vec();
            weights.sort_unstable_by(f32::total_cmp);
            weights[weights.len() - most]
        })
        .collect();
    let (mut starts, mut indices, mut weights) = (vec![0], Vec::new(), Vec::new());
    for (cell, row) in graph.outer_iterator().enumerate() {
        for (other, &weight) in row.iter() {
            if weight >= least[cell] && weight >= least[other] {
                indices.push(other as u32);
                weights.push(weight);
            }
        }
        starts.push(indices.len());
    }
    Graph::new(graph.shape(), starts, indices, weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn run(x: &Array2<f32>, batches: &[u32], k: usize) -> Result<Neighbors, Error> {
        let params = knn::Params {
            n_neighbors: k,
            ..knn::Params::default()
        };
        let n = batches.iter().max().map_or(0, |&b| b as usize + 1);
        neighbors(x.view(), batches, n, &params, &Ticker::new())
    }

    #[test]
    fn every_batch_gives_as_many() {
        // Batch 0 at 0 1 2, batch 1 far off at 10 11 12: plain neighbors would never cross.
        let x = array![[0.0], [10.0], [1.0], [11.0], [2.0], [12.0]];
        let found = run(&x, &[0, 1, 0, 1, 0, 1], 2).unwrap();
        assert_eq!(found.indices.row(0).to_vec(), [2, 1, 3]);
        assert_eq!(found.distances.row(0).to_vec(), [1.0, 10.0, 11.0]);
        assert_eq!(found.indices.row(5).to_vec(), [3, 4, 2]);
    }

    #[test]
    fn one_batch_is_plain_neighbors() {
        let x = Array2::from_shape_fn((40, 3), |(i, j)| ((i * 37 + j * 11) % 17) as f32);
        let params = knn::Params {
            n_neighbors: 5,
            ..knn::Params::default()
        };
        let plain = knn::neighbors(x.view(), &params, &Ticker::new()).unwrap();
        assert_eq!(run(&x, &[0; 40], 5).unwrap().distances, plain.distances);
    }

    #[test]
    fn a_batch_can_be_too_small() {
        let x = array![[0.0], [1.0], [2.0]];
        let error = run(&x, &[0, 0, 1], 2).unwrap_err();
        let expected = Error::BatchTooSmall {
            batch: 1,
            cells: 1,
            wanted: 2,
        };
        assert_eq!(error, expected);
    }

    #[test]
    fn trimming_keeps_the_strongest_of_both() {
        // Cell 0 has three links, of which one must go; the others have fewer.
        let graph = Graph::new(
            (4, 4),
            vec![0, 3, 4, 5, 6],
            vec![1, 2, 3, 0, 0, 0],
            vec![0.9, 0.5, 0.7, 0.9, 0.5, 0.7],
        );
        let left = trim(&graph, 2);
        assert_eq!(left.outer_view(0).unwrap().indices(), [1, 3]);
        assert_eq!(left.outer_view(2).unwrap().nnz(), 0);
        assert_eq!(trim(&graph, 0), graph);
        assert_eq!(trim(&graph, 3), graph);
    }
}

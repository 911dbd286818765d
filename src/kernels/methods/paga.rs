//! PAGA (Wolf et al. 2019, Genome Biol. 20:59), model 1.2: how strongly groups of cells are
//! connected, relative to a random assignment of the edges of the nearest-neighbor graph.
//!
//! With e_i the directed edges that begin in group i (inside ones included) and n_i its cells,
//! connectivity(i, j) = edges between both / ((e_i·n_j + e_j·n_i) / (n − 1)), at most 1.

use ndarray::{Array2, ArrayView2};
use sprs::CsMatI;

use crate::kernels::graph::components::GraphView;
use crate::kernels::random::splitmix::Stream;
use crate::kernels::ticker::{Stopped, Ticker};

/// Cells between two looks at the ticker.
const CELLS_PER_CHECK: usize = 1 << 16;

/// The abstracted graph of groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Paga {
    /// Groups × groups, symmetric, 0 to 1, no diagonal; only pairs with an edge are stored.
    pub connectivities: CsMatI<f64, u32, usize>,
    /// The spanning forest of strongest connectivities: (i, j, connectivity), i < j, ascending.
    pub tree: Vec<(u32, u32, f64)>,
    /// Cells of each group.
    pub sizes: Vec<u64>,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PagaError {
    #[error("{labels} labels for a graph of {rows} rows and {cols} columns")]
    BadShape {
        labels: usize,
        rows: usize,
        cols: usize,
    },
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// PAGA of the directed nearest-neighbor graph (the matrix of distances: one stored entry for each
/// neighbor; the diagonal is ignored). Cells with a label of `n_groups` or more belong to no group
/// and are left out with their edges.
pub fn paga(
    neighbors: GraphView<'_>,
    labels: &[u32],
    n_groups: usize,
    ticker: &Ticker,
) -> Result<Paga, PagaError> {
    let (rows, cols) = neighbors.shape();
    if rows != cols || rows != labels.len() {
        return Err(PagaError::BadShape {
            labels: labels.len(),
            rows,
            cols,
        });
    }
    let edges = Edges::count(neighbors, labels, n_groups, ticker)?;
    let connectivities = edges.connectivities();
    Ok(Paga {
        tree: strongest_tree(&connectivities),
        connectivities,
        sizes: edges.sizes,
    })
}

/// Where cells start that are to be laid out by their groups: around the place of their group
/// (groups × 2), in a box that reaches half the way to the group it is connected with most. Cells
/// without group start in the middle of all.
pub fn start(
    places: ArrayView2<'_, f64>,
    connectivities: &[(u32, u32, f64)],
    labels: &[u32],
    seed: u64,
) -> Array2<f32> {
    let n = places.nrows();
    let mut nearest: Vec<Option<(f64, usize)>> = vec![None; n];
    for &(i, j, weight) in connectivities {
        for (of, other) in [(i as usize, j as usize), (j as usize, i as usize)] {
            if of < n && other < n && nearest[of].is_none_or(|(most, _)| weight > most) {
                nearest[of] = Some((weight, other));
            }
        }
    }
    Array2::from_shape_fn((labels.len(), 2), |(cell, axis)| {
        let group = labels[cell] as usize;
        if group >= n {
            return (places.column(axis).sum() / n.max(1) as f64) as f32;
        }
        let place = places[[group, axis]];
        let reach = nearest[group].map_or(0.0, |(_, other)| place - places[[other, axis]]);
        let chance = Stream::new(seed, axis as u64, cell as u64).unit() - 0.5;
        (place + reach * chance) as f32
    })
}

/// Directed edges of the neighbor graph by groups.
struct Edges {
    sizes: Vec<u64>,
    /// All that begin in a group.
    from: Vec<u64>,
    /// Between two groups, in either direction: (i, j, edges) for i < j, ascending.
    between: Vec<(u32, u32, u64)>,
}

impl Edges {
    fn count(
        neighbors: GraphView<'_>,
        labels: &[u32],
        n_groups: usize,
        ticker: &Ticker,
    ) -> Result<Self, Stopped> {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); n_groups];
        for (cell, &label) in labels.iter().enumerate() {
            if let Some(group) = members.get_mut(label as usize) {
                group.push(cell);
            }
        }
        let mut from = vec![0; n_groups];
        let mut pairs: Vec<(u32, u32, u64)> = Vec::new();
        let mut to = vec![0u64; n_groups];
        for (i, cells) in members.iter().enumerate() {
            for (count, &cell) in cells.iter().enumerate() {
                if count % CELLS_PER_CHECK == 0 {
                    ticker.check()?;
                }
                let row = neighbors.outer_view(cell);
                let others = row
                    .iter()
                    .flat_map(|row| row.indices())
                    .map(|&u| u as usize);
                for label in others.filter(|&u| u != cell).map(|u| labels[u] as usize) {
                    if label < n_groups {
                        to[label] += 1;
                    }
                }
            }
            for (j, edges) in to.iter_mut().enumerate().filter(|(_, edges)| **edges > 0) {
                from[i] += *edges;
                if j != i {
                    pairs.push((i.min(j) as u32, i.max(j) as u32, *edges));
                }
                *edges = 0;
            }
        }
        pairs.sort_unstable();
        pairs.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            kept.2 += if same { next.2 } else { 0 };
            same
        });
        Ok(Self {
            sizes: members.iter().map(|cells| cells.len() as u64).collect(),
            from,
            between: pairs,
        })
    }

    fn connectivities(&self) -> CsMatI<f64, u32, usize> {
        let n = self.sizes.len();
        let others = self.sizes.iter().sum::<u64>().saturating_sub(1) as f64;
        let mut triplets = sprs::TriMatI::new((n, n));
        for &(i, j, edges) in &self.between {
            let (a, b) = (i as usize, j as usize);
            let chances = self.from[a] * self.sizes[b] + self.from[b] * self.sizes[a];
            let expected = chances as f64 / others;
            let connectivity = (edges as f64 / expected).min(1.0);
            triplets.add_triplet(a, b, connectivity);
            triplets.add_triplet(b, a, connectivity);
        }
        triplets.to_csr()
    }
}

/// Kruskal's algorithm on decreasing connectivities, equals in order.
fn strongest_tree(connectivities: &CsMatI<f64, u32, usize>) -> Vec<(u32, u32, f64)> {
    let mut edges: Vec<(u32, u32, f64)> = connectivities
        .iter()
        .filter(|(_, (i, j))| i < j)
        .map(|(&connectivity, (i, j))| (i, j, connectivity))
        .collect();
    edges.sort_by(|a, b| b.2.total_cmp(&a.2));
    let mut tree_of: Vec<u32> = (0..connectivities.rows() as u32).collect();
    edges.retain(|&(i, j, _)| {
        let (keep, merge) = (tree_of[i as usize], tree_of[j as usize]);
        for tree in tree_of.iter_mut().filter(|tree| **tree == merge) {
            *tree = keep;
        }
        keep != merge
    });
    edges.sort_by_key(|&(i, j, _)| (i, j));
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Directed edges with distance 1.
    fn graph(cells: usize, edges: &[(usize, usize)]) -> CsMatI<f32, u32, usize> {
        let mut triplets = sprs::TriMatI::new((cells, cells));
        for &(i, j) in edges {
            triplets.add_triplet(i, j, 1.0);
        }
        triplets.to_csr()
    }

    fn run(cells: usize, edges: &[(usize, usize)], labels: &[u32], groups: usize) -> Paga {
        paga(graph(cells, edges).view(), labels, groups, &Ticker::new()).unwrap()
    }

    #[test]
    fn connectivity_relates_to_chance() {
        // e = (3, 2), n = (2, 2), one edge each way: 2 / ((3·2 + 2·2) / 3)
        let found = run(
            4,
            &[(0, 1), (1, 0), (1, 2), (2, 1), (2, 3)],
            &[0, 0, 1, 1],
            2,
        );
        assert_eq!(found.connectivities.get(0, 1), Some(&(2.0 / (10.0 / 3.0))));
        assert_eq!(
            found.connectivities.get(1, 0),
            found.connectivities.get(0, 1)
        );
        assert_eq!(found.sizes, [2, 2]);
    }

    #[test]
    fn self_edges_do_not_count() {
        let edges = [(0, 1), (1, 2), (2, 3), (3, 0)];
        let labels = [0, 0, 1, 1];
        let looped: Vec<_> = edges
            .iter()
            .copied()
            .chain((0..4).map(|i| (i, i)))
            .collect();
        assert_eq!(run(4, &looped, &labels, 2), run(4, &edges, &labels, 2));
    }

    #[test]
    fn the_tree_takes_the_strongest() {
        let mut edges = vec![(0, 1), (1, 0), (2, 3), (3, 2), (4, 5), (5, 4)];
        edges.extend([(0, 2), (2, 0), (1, 3), (2, 4), (4, 2), (1, 5)]);
        let found = run(6, &edges, &[0, 0, 1, 1, 2, 2], 3);
        let ends: Vec<_> = found.tree.iter().map(|&(i, j, _)| (i, j)).collect();
        assert_eq!(ends, [(0, 1), (1, 2)]);
    }

    #[test]
    fn unconnected_groups_and_cells_without_group() {
        let found = run(
            4,
            &[(0, 1), (1, 0), (2, 3), (1, 3)],
            &[0, 0, 1, u32::MAX],
            3,
        );
        assert_eq!((found.connectivities.nnz(), found.tree.len()), (0, 0));
        assert_eq!(found.sizes, [2, 1, 0]);
    }

    #[test]
    fn cells_start_around_their_group() {
        let places = ndarray::array![[0.0, 0.0], [4.0, 2.0], [9.0, 9.0]];
        let labels = [0, 0, 1, 2, u32::MAX];
        let found = start(places.view(), &[(0, 1, 0.5)], &labels, 1);
        for cell in 0..2 {
            assert!(found[[cell, 0]].abs() <= 2.0 && found[[cell, 1]].abs() <= 1.0);
        }
        assert_ne!(found.row(0), found.row(1));
        assert_eq!(found.row(3).to_vec(), [9.0, 9.0]);
        assert_eq!(found[[4, 0]], 13.0 / 3.0);
    }

    #[test]
    fn nothing_at_all_and_bad_shapes() {
        assert!(run(0, &[], &[], 0).tree.is_empty());
        let wrong = paga(graph(2, &[]).view(), &[0], 1, &Ticker::new());
        assert!(matches!(wrong, Err(PagaError::BadShape { labels: 1, .. })));
    }
}

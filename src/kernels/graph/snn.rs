//! Graphs for clustering made of nearest-neighbor lists.
//!
//! *Shared neighbors*: two cells are joined if their neighborhoods, each with the cell itself,
//! overlap; weighted by the Jaccard index (Seurat's FindNeighbors; Levine et al. 2015), by the best
//! rank of a shared neighbor (Xu & Su 2015), or by their number. *Union*: two cells are joined with
//! weight 1 if either is a neighbor of the other; sparser by far, and on simulated cells with known
//! types no worse for Leiden.

use rayon::prelude::*;
use sprs::CsMatI;

use crate::kernels::ticker::{Stopped, Ticker};

/// Rows that one task makes.
const BLOCK: usize = 512;

/// The weight of an edge between two cells with shared neighbors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SharedWeight {
    /// Shared / all of both neighborhoods.
    #[default]
    Jaccard,
    /// k − r/2, at least 1e-6: r is the smallest sum of the ranks of a shared neighbor, the cell
    /// itself having rank 0.
    Rank,
    /// The number of shared neighbors.
    Count,
}

/// The defaults are Seurat's (with k = 20 neighbors, the cell itself among them).
#[derive(Debug, Clone, PartialEq)]
pub struct SnnParams {
    pub weight: SharedWeight,
    /// Edges of a Jaccard index below this are dropped, whatever their weight.
    pub prune: f64,
    /// Join only cells one of which is a neighbor of the other.
    pub linked_only: bool,
}

impl Default for SnnParams {
    fn default() -> Self {
        Self {
            weight: SharedWeight::Jaccard,
            prune: 1.0 / 15.0,
            linked_only: false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SnnError {
    #[error("{len} neighbors do not divide into rows of {k}")]
    BadShape { len: usize, k: usize },
    #[error("cell {cell} has neighbor {neighbor}, but there are {cells} cells")]
    NoSuchCell {
        cell: usize,
        neighbor: u32,
        cells: usize,
    },
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// The shared-neighbor graph: symmetric, no diagonal. `neighbors` has k columns, nearest first;
/// the cell itself may be among them or not.
pub fn shared_neighbors(
    neighbors: &[u32],
    k: usize,
    params: &SnnParams,
    ticker: &Ticker,
) -> Result<CsMatI<f32, u32, usize>, SnnError> {
    let hoods = Neighborhoods::new(neighbors, k)?;
    rows_in_parallel(&hoods, ticker, |row, cell, out| {
        let before = out.len();
        row.meet(&hoods, cell);
        for &other in &row.touched {
            let meeting = std::mem::take(&mut row.meetings[other as usize]);
            let all = hoods.of(cell).len() + hoods.of(other).len() - meeting.shared as usize;
            let jaccard = f64::from(meeting.shared) / all as f64;
            if other == cell || jaccard < params.prune || (params.linked_only && !meeting.linked) {
                continue;
            }
            let weight = match params.weight {
                SharedWeight::Jaccard => jaccard,
                SharedWeight::Rank => (k as f64 - f64::from(meeting.rank) / 2.0).max(1e-6),
                SharedWeight::Count => f64::from(meeting.shared),
            };
            out.push((other, weight as f32));
        }
        out[before..].sort_unstable_by_key(|edge| edge.0);
    })
}

/// The graph of neighbors in either direction: symmetric, weights 1, no diagonal.
pub fn neighbor_union(
    neighbors: &[u32],
    k: usize,
    ticker: &Ticker,
) -> Result<CsMatI<f32, u32, usize>, SnnError> {
    let hoods = Neighborhoods::new(neighbors, k)?;
    rows_in_parallel(&hoods, ticker, |row, cell, out| {
        row.touched.clear();
        row.touched.extend(hoods.of(cell));
        row.touched
            .extend(hoods.with(cell).iter().map(|&(other, _)| other));
        row.touched.sort_unstable();
        row.touched.dedup();
        let others = row.touched.iter().filter(|&&other| other != cell);
        out.extend(others.map(|&other| (other, 1.0)));
    })
}

/// Other cells with weights.
type Edges = Vec<(u32, f32)>;

/// Calls `make` for every cell; blocks of rows are put together in order.
fn rows_in_parallel(
    hoods: &Neighborhoods,
    ticker: &Ticker,
    make: impl Fn(&mut Row, u32, &mut Edges) + Sync,
) -> Result<CsMatI<f32, u32, usize>, SnnError> {
    let n = hoods.starts.len() - 1;
    let starts: Vec<usize> = (0..n).step_by(BLOCK).collect();
    let blocks: Vec<(Vec<usize>, Edges)> = starts
        .par_iter()
        .map_init(
            || Row::new(n),
            |row, &start| {
                ticker.check()?;
                let (mut sizes, mut edges) = (Vec::with_capacity(BLOCK), Vec::new());
                for cell in start..n.min(start + BLOCK) {
                    let before = edges.len();
                    make(row, cell as u32, &mut edges);
                    sizes.push(edges.len() - before);
                }
                Ok((sizes, edges))
            },
        )
        .collect::<Result<_, Stopped>>()?;
    let mut indptr = vec![0];
    for size in blocks.iter().flat_map(|block| &block.0) {
        indptr.push(indptr[indptr.len() - 1] + size);
    }
    let edges = || blocks.iter().flat_map(|block| &block.1);
    let indices = edges().map(|edge| edge.0).collect();
    let weights = edges().map(|edge| edge.1).collect();
    Ok(CsMatI::new((n, n), indptr, indices, weights))
}

/// Neighbors of every cell, the cell itself first, and the same the other way round.
struct Neighborhoods {
    starts: Vec<usize>,
    members: Vec<u32>,
    reverse_starts: Vec<usize>,
    /// Cells whose neighborhood holds a cell, with its rank there.
    reverse: Vec<(u32, u32)>,
}

impl Neighborhoods {
    fn new(neighbors: &[u32], k: usize) -> Result<Self, SnnError> {
        if !neighbors.len().is_multiple_of(k) {
            let len = neighbors.len();
            return Err(SnnError::BadShape { len, k });
        }
        let cells = neighbors.len().checked_div(k).unwrap_or(0);
        let mut starts = vec![0];
        let mut members = Vec::with_capacity(neighbors.len() + cells);
        let mut reverse_starts = vec![0; cells + 1];
        for (cell, row) in neighbors.chunks(k.max(1)).enumerate() {
            if let Some(&neighbor) = row.iter().find(|&&u| u as usize >= cells) {
                return Err(SnnError::NoSuchCell {
                    cell,
                    neighbor,
                    cells,
                });
            }
            members.push(cell as u32);
            members.extend(row.iter().filter(|&&u| u as usize != cell));
            for &member in &members[starts[cell]..] {
                reverse_starts[member as usize + 1] += 1;
            }
            starts.push(members.len());
        }
        for cell in 0..cells {
            reverse_starts[cell + 1] += reverse_starts[cell];
        }
        let mut hoods = Self {
            reverse: vec![(0, 0); members.len()],
            starts,
            members,
            reverse_starts,
        };
        hoods.fill_reverse();
        Ok(hoods)
    }

    fn fill_reverse(&mut self) {
        let mut next = self.reverse_starts.clone();
        for cell in 0..self.starts.len() - 1 {
            let members = &self.members[self.starts[cell]..self.starts[cell + 1]];
            for (rank, &member) in members.iter().enumerate() {
                let slot = &mut next[member as usize];
                self.reverse[*slot] = (cell as u32, rank as u32);
                *slot += 1;
            }
        }
    }

    fn of(&self, cell: u32) -> &[u32] {
        &self.members[self.starts[cell as usize]..self.starts[cell as usize + 1]]
    }

    /// Cells ascending, and the rank of `member` with each.
    fn with(&self, member: u32) -> &[(u32, u32)] {
        let range = self.reverse_starts[member as usize]..self.reverse_starts[member as usize + 1];
        &self.reverse[range]
    }
}

/// Scratch for one row of the graph.
struct Row {
    meetings: Vec<Meeting>,
    touched: Vec<u32>,
}

/// What a cell shares with another.
#[derive(Clone, Copy, Default)]
struct Meeting {
    shared: u32,
    /// The smallest sum of ranks.
    rank: u32,
    linked: bool,
}

impl Row {
    fn new(cells: usize) -> Self {
        Self {
            meetings: vec![Meeting::default(); cells],
            touched: Vec::new(),
        }
    }

    /// Finds everybody who shares a neighbor with `cell`.
    fn meet(&mut self, hoods: &Neighborhoods, cell: u32) {
        self.touched.clear();
        for (rank, &member) in (0u32..).zip(hoods.of(cell)) {
            for &(other, other_rank) in hoods.with(member) {
                let meeting = &mut self.meetings[other as usize];
                let sum = rank + other_rank;
                if meeting.shared == 0 {
                    self.touched.push(other);
                    meeting.rank = sum;
                }
                meeting.shared += 1;
                meeting.rank = meeting.rank.min(sum);
                // Rank 0 is the cell itself: what they share is one of the two.
                meeting.linked |= rank == 0 || other_rank == 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(neighbors: &[u32], k: usize, params: &SnnParams) -> CsMatI<f32, u32, usize> {
        shared_neighbors(neighbors, k, params, &Ticker::new()).unwrap()
    }

    /// 0 → 1, 1 → 0, 2 → 1, 3 → 2
    const CHAIN: [u32; 4] = [1, 0, 1, 2];

    #[test]
    fn jaccard_of_neighborhoods_with_the_cell_itself() {
        let found = graph(&CHAIN, 1, &SnnParams::default());
        // {0,1} and {0,1}; {0,1} and {2,1}; {2,1} and {3,2}; {0,1} and {3,2} share nothing
        assert_eq!(found.get(0, 1), Some(&1.0));
        assert_eq!(found.get(1, 2), Some(&(1.0 / 3.0)));
        assert_eq!(found.get(3, 2), Some(&(1.0 / 3.0)));
        assert_eq!((found.get(0, 3), found.get(0, 0)), (None, None));
        assert!(sprs::is_symmetric(&found));
    }

    #[test]
    fn the_cell_itself_may_be_given() {
        let with_self = [0, 1, 1, 0, 2, 1, 3, 2];
        let params = SnnParams::default();
        assert_eq!(graph(&with_self, 2, &params), graph(&CHAIN, 1, &params));
    }

    #[test]
    fn pruning_and_links() {
        let pruned = SnnParams {
            prune: 0.5,
            ..Default::default()
        };
        assert_eq!(graph(&CHAIN, 1, &pruned).nnz(), 2);
        let linked = SnnParams {
            linked_only: true,
            ..Default::default()
        };
        let found = graph(&CHAIN, 1, &linked);
        assert_eq!((found.get(0, 2), found.get(1, 2).is_some()), (None, true));
    }

    #[test]
    fn ranks_count_from_the_cell_itself() {
        let params = SnnParams {
            weight: SharedWeight::Rank,
            prune: 0.0,
            linked_only: false,
        };
        let found = graph(&CHAIN, 1, &params);
        // 0 and 1 share 1 at ranks 1 + 0; 0 and 2 share 1 at ranks 1 + 1
        assert_eq!(
            (found.get(0, 1), found.get(0, 2)),
            (Some(&0.5), Some(&1e-6))
        );
    }

    #[test]
    fn union_has_both_directions() {
        let found = neighbor_union(&CHAIN, 1, &Ticker::new()).unwrap();
        assert_eq!(found.indices(), [1, 0, 2, 1, 3, 2]);
        assert!(found.data().iter().all(|&weight| weight == 1.0));
    }

    #[test]
    fn no_cells_and_bad_input() {
        assert_eq!(graph(&[], 15, &SnnParams::default()).shape(), (0, 0));
        assert_eq!(graph(&[0], 1, &SnnParams::default()).nnz(), 0);
        let run = |neighbors: &[u32], k| {
            shared_neighbors(neighbors, k, &SnnParams::default(), &Ticker::new()).unwrap_err()
        };
        assert_eq!(run(&[1, 0, 0], 2), SnnError::BadShape { len: 3, k: 2 });
        assert_eq!(run(&[0], 0), SnnError::BadShape { len: 1, k: 0 });
        assert!(matches!(
            run(&[1, 2], 1),
            SnnError::NoSuchCell { cell: 1, .. }
        ));
    }
}

//! Nearest neighbors of cells in a representation (usually principal components).
//!
//! Up to [`EXACT_CELLS`] points every pair is compared (`exact`); beyond, points are grouped
//! first and each query looks only into groups near it (`grouped`); points of very many
//! dimensions are narrowed down by their principal directions (`high_dim`). Scores that find candidates are f32 matrix
//! products; the distances of the candidates are then computed in f64, so the exact way gives
//! what brute force in f64 would, ties going to the lower index. A cell is never its own
//! neighbor: it is left out by its index, not by its place in the list.

mod best;
mod compact;
mod exact;
mod finder;
mod grouped;
mod groups;
mod high_dim;
mod metric;
mod packed_groups;
mod points;
mod ranked;
mod sample;

pub use metric::Metric;

use crate::kernels::ticker::{Stopped, Ticker};
use ndarray::{Array2, ArrayView1, ArrayView2};
use points::{Coordinates, Points};
use ranked::Wish;

/// Points up to which all pairs are compared by default.
pub const EXACT_CELLS: usize = 20_000;

/// Whether all pairs are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Search {
    /// Up to [`EXACT_CELLS`] points.
    #[default]
    Auto,
    Exact,
    Approximate,
}

impl Search {
    fn is_exact(self, points: usize) -> bool {
        match self {
            Search::Auto => points <= EXACT_CELLS,
            Search::Exact => true,
            Search::Approximate => false,
        }
    }
}

/// The parameters of `pp.neighbors`, with scanpy's defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Neighbors of a cell, the cell itself counted: 15 means 14 others.
    pub n_neighbors: usize,
    pub metric: Metric,
    pub search: Search,
}

impl Default for Params {
    fn default() -> Self {
        Params {
            n_neighbors: 15,
            metric: Metric::Euclidean,
            search: Search::Auto,
        }
    }
}

/// The nearest of the other points to each query point, nearest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbors {
    /// Points × others.
    pub indices: Array2<u32>,
    /// Points × others, ascending in each row.
    pub distances: Array2<f32>,
}

/// The same of some points, in any order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SomeNeighbors {
    pub points: Vec<u32>,
    /// Equally many others of each point, the nearest first.
    pub indices: Vec<u32>,
    pub distances: Vec<f32>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the representation of cell {cell} has a value that is not finite")]
    NotFinite { cell: usize },
    #[error("the reference has {reference} dimensions, the query {query}")]
    Dimensions { reference: usize, query: usize },
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// scanpy's rule for more neighbors than cells: 1 + half of the cells.
pub fn possible_neighbors(n_neighbors: usize, cells: usize) -> usize {
    if n_neighbors > cells {
        1 + cells / 2
    } else {
        n_neighbors
    }
}

/// The neighbors of each cell among the others; `x` is cells × dimensions.
///
/// Rows have `n_neighbors − 1` entries, or as many as there are other cells.
pub fn neighbors(
    x: ArrayView2<'_, f32>,
    params: &Params,
    ticker: &Ticker,
) -> Result<Neighbors, Error> {
    let count = params.n_neighbors.min(x.nrows()).saturating_sub(1);
    let is_wide = params.metric == Metric::Euclidean && high_dim::is_wide(x.ncols());
    if is_wide && !params.search.is_exact(x.nrows()) {
        return high_dim::neighbors(x, count, ticker);
    }
    let points = Points::new(x, params.metric)?;
    let wish = Wish {
        reference: &points,
        queries: &points,
        same: true,
        count,
    };
    nearest(wish, params.search, ticker)
}

/// Part `i` of `n` of the same: every part groups all points, and looks up those of some groups. Where there are no
/// groups, the first part has all.
pub fn part(
    x: ArrayView2<'_, f32>,
    params: &Params,
    (i, n): (usize, usize),
    ticker: &Ticker,
) -> Result<SomeNeighbors, Error> {
    let mut some = SomeNeighbors::default();
    let is_wide = params.metric == Metric::Euclidean && high_dim::is_wide(x.ncols());
    if params.search.is_exact(x.nrows()) || is_wide {
        if i == 0 {
            let all = neighbors(x, params, ticker)?;
            some.points = (0..x.nrows() as u32).collect();
            some.indices = all.indices.into_raw_vec_and_offset().0;
            some.distances = all.distances.into_raw_vec_and_offset().0;
        }
        return Ok(some);
    }
    let points = Points::new(x, params.metric)?;
    let wish = Wish {
        reference: &points,
        queries: &points,
        same: true,
        count: params.n_neighbors.min(x.nrows()).saturating_sub(1),
    };
    ticker.begin((x.nrows() / n) as u64);
    grouped::part(wish, (i, n), ticker, &mut |point, found| {
        some.points.push(point);
        some.indices.extend(found.iter().map(|&(_, other)| other));
        let distances = found.iter().map(|&(distance, _)| distance as f32);
        some.distances.extend(distances);
    })?;
    Ok(some)
}

/// All parts, in the order of the points.
pub fn together<'a>(parts: impl Iterator<Item = &'a SomeNeighbors> + Clone) -> Neighbors {
    let points: usize = parts.clone().map(|part| part.points.len()).sum();
    let each = |part: &SomeNeighbors| part.indices.len() / part.points.len().max(1);
    let count = parts.clone().map(each).max().unwrap_or(0);
    let mut all = Neighbors {
        indices: Array2::zeros((points, count)),
        distances: Array2::zeros((points, count)),
    };
    for part in parts {
        for (i, &point) in part.points.iter().enumerate() {
            let own = i * count..(i + 1) * count;
            let row = point as usize;
            let indices = ArrayView1::from(&part.indices[own.clone()]);
            all.indices.row_mut(row).assign(&indices);
            let distances = ArrayView1::from(&part.distances[own]);
            all.distances.row_mut(row).assign(&distances);
        }
    }
    all
}

/// The `count` nearest of `reference` for each of `queries`; both are points × dimensions.
pub fn query(
    reference: ArrayView2<'_, f32>,
    queries: ArrayView2<'_, f32>,
    count: usize,
    metric: Metric,
    search: Search,
    ticker: &Ticker,
) -> Result<Neighbors, Error> {
    let (r, q) = (reference.ncols(), queries.ncols());
    if r != q {
        return Err(Error::Dimensions {
            reference: r,
            query: q,
        });
    }
    let reference = Points::new(reference, metric)?;
    let queries = Points::with_center_of(&reference, queries)?;
    let count = count.min(reference.count());
    let wish = Wish {
        reference: &reference,
        queries: &queries,
        same: false,
        count,
    };
    nearest(wish, search, ticker)
}

fn nearest(wish: Wish<'_>, search: Search, ticker: &Ticker) -> Result<Neighbors, Error> {
    ticker.begin(wish.queries.count() as u64);
    if search.is_exact(wish.reference.count()) {
        exact::neighbors(wish, ticker)
    } else {
        grouped::neighbors(wish, ticker)
    }
}

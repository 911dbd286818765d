//! Which centroid a point is nearest to. Many centroids lie in cells: a point is compared with the
//! centroids of the [`NEAR`] cells nearest to it (the tree of Nistér & Stewénius, CVPR 2006, of
//! depth two), so that sorting n points into n / 500 groups costs n·√n and not n².

use super::metric::{self, Metric};
use super::points::{Coordinates, Stripe};
use super::{Error, best::Best};
use crate::kernels::ticker::Ticker;
use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

/// Cells of the first level whose groups a point is compared with.
const NEAR: usize = 4;

/// Points per tile of scores.
pub const TILE: usize = 512;

/// Numbers from one row of a tile of scores to the next: rows that are a power of two apart would fight for a
/// few lines of the cache.
pub const ROW: usize = TILE + 16;

/// The first level.
#[derive(Clone)]
pub struct Cells {
    pub centroids: Array2<f32>,
    /// The first group of each cell; the groups of a cell follow each other.
    pub starts: Vec<usize>,
}

/// Finds the nearest centroid of a point, or, among many, nearly always the nearest.
pub struct Finder {
    /// Empty where all groups are looked through.
    cells: Vec<Stripe>,
    /// Cells near each cell, itself first.
    near: Vec<Vec<u32>>,
    /// The first group of each cell.
    firsts: Vec<usize>,
    /// The centroids of the groups of each cell.
    groups: Vec<Vec<Stripe>>,
    /// Of all cells together.
    pub count: usize,
}

impl Finder {
    pub fn new(cells: Cells, centroids: &Array2<f32>, geometry: Metric) -> Self {
        if cells.starts.len() == 2 {
            return Finder::flat(centroids, geometry);
        }
        let of =
            |bounds: &[usize]| stripes(centroids.slice(s![bounds[0]..bounds[1], ..]), geometry);
        Finder {
            cells: stripes(cells.centroids.view(), geometry),
            near: nearest_rows(&cells.centroids, NEAR),
            groups: cells.starts.windows(2).map(of).collect(),
            firsts: cells.starts,
            count: centroids.nrows(),
        }
    }

    pub fn flat(centroids: &Array2<f32>, geometry: Metric) -> Self {
        Finder {
            cells: Vec::new(),
            near: Vec::new(),
            firsts: vec![0],
            groups: vec![stripes(centroids.view(), geometry)],
            count: centroids.nrows(),
        }
    }

    /// The group of each of `points`.
    pub fn find(&self, points: &impl Coordinates, ticker: &Ticker) -> Result<Vec<u32>, Error> {
        if self.cells.is_empty() {
            return nearest(points, &with_firsts(0, &self.groups[0]), ticker);
        }
        let cells = with_firsts(0, &self.cells);
        let (starts, order) = by_group(&nearest(points, &cells, ticker)?, self.groups.len());
        let bounds = starts.windows(2).enumerate();
        let tasks: Vec<(usize, &[u32])> = bounds
            .flat_map(|(cell, bounds)| {
                let places = order[bounds[0]..bounds[1]].chunks(TILE);
                places.map(move |places| (cell, places))
            })
            .collect();
        let found: Vec<Vec<u32>> = tasks
            .par_iter()
            .map(|&(cell, places)| {
                let near = self.near[cell].iter();
                let among: Vec<_> = near
                    .flat_map(|&cell| {
                        let cell = cell as usize;
                        with_firsts(self.firsts[cell], &self.groups[cell])
                    })
                    .collect();
                let mut found = vec![0; places.len()];
                nearest_of_tile(points.pick(places).view(), &among, &mut found);
                ticker.check()?;
                Ok(found)
            })
            .collect::<Result<_, Error>>()?;
        let mut groups = vec![0; points.count()];
        for (&place, group) in order.iter().zip(found.into_iter().flatten()) {
            groups[place as usize] = group;
        }
        Ok(groups)
    }
}

/// Stripes that follow each other, each with the group of its first centroid.
fn with_firsts(first: usize, stripes: &[Stripe]) -> Vec<(usize, &Stripe)> {
    let mut next = first;
    let place = |stripe| {
        let first = next;
        next += Stripe::count(stripe);
        (first, stripe)
    };
    stripes.iter().map(place).collect()
}

/// For each of few rows the `count` nearest, itself first.
fn nearest_rows(rows: &Array2<f32>, count: usize) -> Vec<Vec<u32>> {
    let row = |i: usize| rows.row(i).to_slice().expect("standard layout");
    let around = |i: usize| {
        let mut best = Best::new(count.min(rows.nrows()));
        for j in 0..rows.nrows() {
            best.offer(metric::squared_euclidean(row(i), row(j)) as f32, j as u32);
        }
        best.sorted().iter().map(|found| found.1).collect()
    };
    (0..rows.nrows()).into_par_iter().map(around).collect()
}

/// Consecutive points, packed by at most [`TILE`].
pub fn stripes(points: ArrayView2<'_, f32>, metric: Metric) -> Vec<Stripe> {
    let tiles = points.axis_chunks_iter(Axis(0), TILE);
    tiles.map(|tile| Stripe::new(tile, metric)).collect()
}

/// The nearest centroid of each point; each stripe comes with the group of its first centroid.
fn nearest(
    points: &impl Coordinates,
    among: &[(usize, &Stripe)],
    ticker: &Ticker,
) -> Result<Vec<u32>, Error> {
    let mut found = vec![0; points.count()];
    found
        .par_chunks_mut(TILE)
        .enumerate()
        .try_for_each(|(block, found)| {
            let rows = block * TILE..block * TILE + found.len();
            nearest_of_tile(points.range(rows).view(), among, found);
            Ok::<(), Error>(ticker.check()?)
        })?;
    Ok(found)
}

/// The same for at most [`TILE`] points.
fn nearest_of_tile(points: ArrayView2<'_, f32>, among: &[(usize, &Stripe)], found: &mut [u32]) {
    let mut scores = Array2::zeros((found.len(), ROW));
    let mut lowest = vec![f32::INFINITY; found.len()];
    for (first, stripe) in among {
        stripe.score(points, &mut scores.view_mut());
        let rows = scores.rows().into_iter().zip(&mut *found).zip(&mut lowest);
        for ((row, found), lowest) in rows {
            for (j, &score) in row.iter().take(stripe.count()).enumerate() {
                if score < *lowest {
                    (*lowest, *found) = (score, (first + j) as u32);
                }
            }
        }
    }
}

/// Where each group begins and the last one ends, and the points in that order, ascending within
/// a group.
pub fn by_group(of_point: &[u32], groups: usize) -> (Vec<usize>, Vec<u32>) {
    let mut starts = vec![0; groups + 1];
    of_point
        .iter()
        .for_each(|&group| starts[group as usize + 1] += 1);
    for group in 0..groups {
        starts[group + 1] += starts[group];
    }
    let mut next = starts.clone();
    let mut order = vec![0; of_point.len()];
    for (point, &group) in of_point.iter().enumerate() {
        let to = &mut next[group as usize];
        order[*to] = point as u32;
        *to += 1;
    }
    (starts, order)
}

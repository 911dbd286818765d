//! Points sorted into groups around centroids (Lloyd's k-means on a sample), so that a search
//! need only look into groups near the query.

use super::metric::{self, Metric};
use super::points::{Points, Stripe};
use super::{Error, best::Best};
use crate::kernels::ticker::Ticker;
use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;
use std::ops::Range;

/// Points per group, roughly.
const GROUP: usize = 250;

/// Most groups: comparing every point with every centroid must stay cheap.
const MOST_GROUPS: usize = 4096;

/// Most points that the centroids are learned from.
const SAMPLE: usize = 1 << 17;

/// Rounds of k-means.
const ROUNDS: usize = 4;

/// Points per tile of scores.
pub const TILE: usize = 512;

/// Points in the order of the groups they are nearest to.
pub struct Sorted {
    /// Where each group begins, and the last one ends.
    starts: Vec<usize>,
    /// Which point is at each place; ascending within a group.
    pub order: Vec<u32>,
    /// Coordinates in that order.
    pub coordinates: Array2<f32>,
}

pub struct Groups {
    /// Groups × dimensions.
    pub centroids: Array2<f32>,
    pub members: Sorted,
    /// The members of each group, packed.
    pub stripes: Vec<Vec<Stripe>>,
    packed_centroids: Vec<Stripe>,
}

/// Centroids of unit vectors are shorter than those: they are compared by distance.
fn geometry(metric: Metric) -> Metric {
    match metric {
        Metric::Manhattan => Metric::Manhattan,
        _ => Metric::Euclidean,
    }
}

impl Groups {
    pub fn new(points: &Points<'_>, ticker: &Ticker) -> Result<Self, Error> {
        let geometry = geometry(points.metric());
        let count = (points.count() / GROUP).clamp(1, MOST_GROUPS);
        let sample = evenly_spaced(points.coordinates.view(), SAMPLE);
        let mut centroids = evenly_spaced(sample.view(), count);
        for _ in 0..ROUNDS {
            let sorted = Sorted::new(sample.view(), &stripes(centroids.view(), geometry), ticker)?;
            centroids = sorted.means(centroids);
        }
        let learned = stripes(centroids.view(), geometry);
        let members = Sorted::new(points.coordinates.view(), &learned, ticker)?;
        // Points of the sample must not be nearer to their centroids than the others are.
        let centroids = members.means(centroids);
        let packed = |group| stripes(members.of(group), points.metric());
        Ok(Groups {
            stripes: (0..count).into_par_iter().map(packed).collect(),
            packed_centroids: stripes(centroids.view(), geometry),
            centroids,
            members,
        })
    }

    /// Other points (of the same metric) by the groups they are nearest to.
    pub fn sort(&self, points: &Points<'_>, ticker: &Ticker) -> Result<Sorted, Error> {
        Sorted::new(points.coordinates.view(), &self.packed_centroids, ticker)
    }

    /// How far each of `queries` (coordinates) is from each centroid, as scores of the groups'
    /// own geometry: queries × groups.
    pub fn scores(&self, queries: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut scores = Array2::zeros((queries.nrows(), self.centroids.nrows()));
        for (i, stripe) in self.packed_centroids.iter().enumerate() {
            stripe.score(queries, &mut scores.slice_mut(s![.., i * TILE..]));
        }
        scores
    }
}

impl Sorted {
    fn new(
        points: ArrayView2<'_, f32>,
        centroids: &[Stripe],
        ticker: &Ticker,
    ) -> Result<Self, Error> {
        let groups = centroids.iter().map(Stripe::count).sum();
        let (starts, order) = by_group(&nearest(points, centroids, ticker)?, groups);
        let mut coordinates = Array2::zeros(points.dim());
        for (&point, mut to) in order.iter().zip(coordinates.rows_mut()) {
            to.assign(&points.row(point as usize));
        }
        Ok(Sorted {
            starts,
            order,
            coordinates,
        })
    }

    /// The mean of each group; a group without points keeps its `old` centroid.
    fn means(&self, old: Array2<f32>) -> Array2<f32> {
        let mean = |group| {
            let points = self.of(group);
            let mut sums = vec![0.0; points.ncols()];
            for row in points.rows() {
                sums.iter_mut()
                    .zip(row)
                    .for_each(|(sum, &x)| *sum += f64::from(x));
            }
            sums.into_iter()
                .map(|sum| (sum / points.nrows() as f64) as f32)
                .collect()
        };
        let each: Vec<Vec<f32>> = (0..old.nrows()).into_par_iter().map(mean).collect();
        let mut means = old;
        for (group, mean) in each
            .into_iter()
            .enumerate()
            .filter(|x| !self.range(x.0).is_empty())
        {
            means.row_mut(group).assign(&ndarray::aview1(&mean));
        }
        means
    }

    /// The places of a group's points.
    pub fn range(&self, group: usize) -> Range<usize> {
        self.starts[group]..self.starts[group + 1]
    }

    /// The coordinates of a group's points.
    pub fn of(&self, group: usize) -> ArrayView2<'_, f32> {
        self.coordinates.slice(s![self.range(group), ..])
    }

    /// The group of each point.
    pub fn groups(&self) -> Vec<u32> {
        let mut groups = vec![0; self.order.len()];
        for group in 0..self.starts.len() - 1 {
            for &point in &self.order[self.range(group)] {
                groups[point as usize] = group as u32;
            }
        }
        groups
    }

    /// Where each point is.
    pub fn places(&self) -> Vec<u32> {
        let mut places = vec![0; self.order.len()];
        for (place, &point) in self.order.iter().enumerate() {
            places[point as usize] = place as u32;
        }
        places
    }
}

/// Consecutive points, packed by at most [`TILE`].
pub fn stripes(points: ArrayView2<'_, f32>, metric: Metric) -> Vec<Stripe> {
    let tiles = points.axis_chunks_iter(Axis(0), TILE);
    tiles.map(|tile| Stripe::new(tile, metric)).collect()
}

/// `count` rows of `x`, or all.
fn evenly_spaced(x: ArrayView2<'_, f32>, count: usize) -> Array2<f32> {
    let count = count.min(x.nrows());
    Array2::from_shape_fn((count, x.ncols()), |(i, j)| x[[i * x.nrows() / count, j]])
}

/// The place of the nearest centroid for each point.
fn nearest(
    points: ArrayView2<'_, f32>,
    centroids: &[Stripe],
    ticker: &Ticker,
) -> Result<Vec<u32>, Error> {
    let mut places = vec![0; points.nrows()];
    places
        .par_chunks_mut(TILE)
        .enumerate()
        .try_for_each(|(block, places)| {
            let rows = s![block * TILE..block * TILE + places.len(), ..];
            let mut scores = Array2::zeros((places.len(), TILE));
            let mut lowest = vec![f32::INFINITY; places.len()];
            for (i, stripe) in centroids.iter().enumerate() {
                stripe.score(points.slice(rows), &mut scores.view_mut());
                for ((row, place), lowest) in
                    scores.rows().into_iter().zip(&mut *places).zip(&mut lowest)
                {
                    for (j, &score) in row.iter().take(stripe.count()).enumerate() {
                        if score < *lowest {
                            (*lowest, *place) = (score, (i * TILE + j) as u32);
                        }
                    }
                }
            }
            Ok::<(), Error>(ticker.check()?)
        })?;
    Ok(places)
}

fn by_group(of_point: &[u32], groups: usize) -> (Vec<usize>, Vec<u32>) {
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

/// For each centroid the `count` nearest of all, the nearest (itself) first.
pub fn around_each(centroids: &Array2<f32>, count: usize) -> Vec<Vec<u32>> {
    let row = |i: usize| centroids.row(i).to_slice().expect("standard layout");
    let around = |i: usize| {
        let mut best = Best::new(count.min(centroids.nrows()));
        for j in 0..centroids.nrows() {
            best.offer(metric::squared_euclidean(row(i), row(j)) as f32, j as u32);
        }
        best.sorted().iter().map(|found| found.1).collect()
    };
    (0..centroids.nrows()).into_par_iter().map(around).collect()
}

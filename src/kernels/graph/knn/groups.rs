//! Points sorted into groups around centroids, so that a search need only look into groups near
//! the query.
//!
//! Centroids are learned by Lloyd's k-means on a sample. Beyond [`FLAT`] groups it is done in two
//! levels: a few cells first, then the groups of each cell among its own points.

use super::finder::{Cells, Finder, ROW, TILE, by_group, stripes};
use super::metric::Metric;
use super::points::{Coordinates, Points};
use super::{Error, best::Best};
use crate::kernels::ticker::Ticker;
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use rayon::prelude::*;
use std::ops::Range;

/// Points per group, roughly.
const GROUP: usize = 500;

/// Most groups that are learned, and looked through, all at once.
const FLAT: usize = 1024;

/// Points that centroids are learned from: in all at least, and for each group. Centroids need not be good,
/// only the search fast: how many a query looks into is learned afterwards for whatever groups there are.
const SAMPLE: usize = 1 << 17;
const SAMPLE_OF_GROUP: usize = 32;

/// Rounds of k-means; later ones move few points to another group.
const ROUNDS: usize = 4;

/// Points in the order of the groups they are nearest to.
pub struct Sorted {
    /// Where each group begins, and the last one ends.
    starts: Vec<usize>,
    /// Which point is at each place; ascending within a group.
    pub order: Vec<u32>,
}

pub struct Groups {
    /// Groups × dimensions.
    pub centroids: Array2<f32>,
    pub members: Sorted,
    finder: Finder,
    geometry: Metric,
}

/// Centroids of unit vectors are shorter than those: they are compared by distance. Among unit vectors that
/// gives the same order as the cosine, |x − y|² = 2 − 2 cos.
fn geometry(metric: Metric) -> Metric {
    match metric {
        Metric::Manhattan => Metric::Manhattan,
        _ => Metric::Euclidean,
    }
}

impl Groups {
    pub fn new(points: &Points<'_>, ticker: &Ticker) -> Result<Self, Error> {
        let geometry = geometry(points.metric());
        let count = (points.count() / GROUP).max(1);
        let sample = SAMPLE.max(count.saturating_mul(SAMPLE_OF_GROUP));
        let sample = evenly_spaced(points, sample);
        let (cells, centroids) = learn(sample, count, geometry, ticker)?;
        let learned = Finder::new(cells.clone(), &centroids, geometry);
        let members = Sorted::new(points, &learned, ticker)?;
        // Points of the sample must not be nearer to their centroids than the others are.
        let centroids = members.means(points, centroids);
        Ok(Groups {
            finder: Finder::new(cells, &centroids, geometry),
            centroids,
            members,
            geometry,
        })
    }

    /// Other points (of the same metric) by the groups they are nearest to.
    pub fn sort(&self, points: &Points<'_>, ticker: &Ticker) -> Result<Sorted, Error> {
        Sorted::new(points, &self.finder, ticker)
    }

    /// The group that each of some other points is nearest to.
    pub fn group_of_each(&self, points: &Points<'_>, ticker: &Ticker) -> Result<Vec<u32>, Error> {
        self.finder.find(points, ticker)
    }

    /// Scores of the centroids of some groups for each query, in the groups' own geometry: queries × groups.
    pub fn centroid_distances(&self, which: &[u32], queries: ArrayView2<'_, f32>) -> Array2<f32> {
        let picked: Vec<usize> = which.iter().map(|&group| group as usize).collect();
        let centroids = self.centroids.select(Axis(0), &picked);
        let mut distances = Array2::zeros((queries.nrows(), which.len()));
        for (i, stripe) in stripes(centroids.view(), self.geometry).iter().enumerate() {
            stripe.score(queries, &mut distances.slice_mut(s![.., i * TILE..]));
        }
        distances
    }

    /// For each group the `count` nearest of all, the nearest (itself) first.
    pub fn around_each(&self, count: usize, ticker: &Ticker) -> Result<Vec<Vec<u32>>, Error> {
        let packed = stripes(self.centroids.view(), Metric::Euclidean);
        let blocks: Vec<ArrayView2<'_, f32>> =
            self.centroids.axis_chunks_iter(Axis(0), TILE).collect();
        let around = blocks.into_par_iter().map(|block| {
            let mut best: Vec<Best> = (0..block.nrows()).map(|_| Best::new(count)).collect();
            let mut scores = Array2::zeros((block.nrows(), ROW));
            for (i, stripe) in packed.iter().enumerate() {
                ticker.check()?;
                stripe.score(block, &mut scores.view_mut());
                for (row, best) in scores.rows().into_iter().zip(&mut best) {
                    let row = &row.to_slice().expect("standard layout")[..stripe.count()];
                    best.offer_row(row, (i * TILE) as u32);
                }
            }
            let sorted = |best: &mut Best| best.sorted().iter().map(|found| found.1).collect();
            Ok(best.iter_mut().map(sorted).collect())
        });
        let around: Result<Vec<Vec<Vec<u32>>>, Error> = around.collect();
        Ok(around?.concat())
    }
}

/// The cells, and the centroids of all groups.
fn learn(
    sample: Array2<f32>,
    count: usize,
    geometry: Metric,
    ticker: &Ticker,
) -> Result<(Cells, Array2<f32>), Error> {
    if count <= FLAT {
        let centroids = k_means(&sample, count, geometry, ticker)?;
        let cells = Cells {
            centroids: Array2::zeros((1, sample.ncols())),
            starts: vec![0, centroids.nrows()],
        };
        return Ok((cells, centroids));
    }
    let few = (count as f64).sqrt().ceil() as usize;
    let first = k_means(&evenly_spaced(&sample, SAMPLE), few, geometry, ticker)?;
    let by_cell = Sorted::new(&sample, &Finder::flat(&first, geometry), ticker)?;
    let mut starts = vec![0];
    let mut parts = Vec::with_capacity(few);
    for cell in 0..few {
        let points = sample.pick(by_cell.of(cell));
        let share = (points.nrows() * count).div_ceil(by_cell.order.len());
        let part = k_means(&points, share, geometry, ticker)?;
        starts.push(starts[cell] + part.nrows());
        parts.push(part);
    }
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    let centroids = concatenate(Axis(0), &views).expect("whole rows");
    let cells = Cells {
        centroids: first,
        starts,
    };
    Ok((cells, centroids))
}

/// At most `count` centroids of `points`, which start at points evenly spaced.
fn k_means(
    points: &Array2<f32>,
    count: usize,
    geometry: Metric,
    ticker: &Ticker,
) -> Result<Array2<f32>, Error> {
    let mut centroids = evenly_spaced(points, count);
    for _ in 0..ROUNDS {
        let sorted = Sorted::new(points, &Finder::flat(&centroids, geometry), ticker)?;
        centroids = sorted.means(points, centroids);
    }
    Ok(centroids)
}

impl Sorted {
    fn new(points: &impl Coordinates, finder: &Finder, ticker: &Ticker) -> Result<Self, Error> {
        let (starts, order) = by_group(&finder.find(points, ticker)?, finder.count);
        Ok(Sorted { starts, order })
    }

    /// The mean of each group of `points`; a group without any keeps its `old` centroid.
    fn means(&self, points: &impl Coordinates, old: Array2<f32>) -> Array2<f32> {
        let mean = |group| {
            let points = points.pick(self.of(group));
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

    /// How many groups there are.
    pub fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The places of a group's points.
    pub fn range(&self, group: usize) -> Range<usize> {
        self.starts[group]..self.starts[group + 1]
    }

    /// The group of the point at a place.
    pub fn group_of(&self, place: u32) -> u32 {
        (self
            .starts
            .partition_point(|&start| start <= place as usize)
            - 1) as u32
    }

    /// A group's points.
    pub fn of(&self, group: usize) -> &[u32] {
        &self.order[self.range(group)]
    }
}

/// `count` rows of `x`, or all.
fn evenly_spaced(x: &impl Coordinates, count: usize) -> Array2<f32> {
    let count = count.min(x.count());
    let rows: Vec<u32> = (0..count).map(|i| (i * x.count() / count) as u32).collect();
    x.pick(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::random::splitmix::Stream;

    #[test]
    fn two_levels_find_nearly_always_the_nearest_centroid() {
        let x = Array2::from_shape_fn((6000, 6), |(i, j)| {
            let mut center = Stream::new(3, 0, (i % 12 * 6 + j) as u64);
            let mut noise = Stream::new(3, 1, (i * 6 + j) as u64);
            (8.0 * center.unit() + noise.roughly_normal()) as f32
        });
        let ticker = Ticker::new();
        let (cells, centroids) = learn(x.clone(), FLAT + 300, Metric::Euclidean, &ticker).unwrap();
        assert!(cells.starts.len() > 30);
        assert_eq!(cells.starts.last(), Some(&centroids.nrows()));
        assert!(centroids.nrows().abs_diff(FLAT + 300) < 50);
        let tree = Finder::new(cells, &centroids, Metric::Euclidean);
        let flat = Finder::flat(&centroids, Metric::Euclidean);
        let found = tree.find(&x, &ticker).unwrap();
        let nearest = flat.find(&x, &ticker).unwrap();
        let same = found.iter().zip(&nearest).filter(|(a, b)| a == b).count();
        assert!(same > 5800, "{same}");
    }
}

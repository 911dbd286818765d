//! Neighbors among many points of very many dimensions: genes themselves, without components.
//!
//! Such points are mostly noise, and noise is nearly orthogonal to other noise. So a distance is
//! that along a few principal directions plus what both points have outside of them, but for a
//! small product: |x − y|² = |p − q|² + |x − p|² + |y − q|² − 2 (x − p)·(y − q). Without the last
//! term it costs a fortieth and is wrong by little; how much, is learned from a sample of points
//! whose true neighbors are looked up. Points that may be among the nearest by that measure are
//! then compared in all dimensions, for many queries at once, as matrix products.
//!
//! The subspace is found by subspace iteration (Halko, Martinsson & Tropp, SIAM Review 53, 2011)
//! on a sample. Nothing is kept beside the points but their components.

use super::best::Best;
use super::groups::Groups;
use super::points::Points;
use super::{Error, Metric, Neighbors, metric};
use crate::kernels::linalg::eigen::basis;
use crate::kernels::linalg::gemm::{self, Packed};
use crate::kernels::ticker::Ticker;
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;
use std::ops::Range;

/// Dimensions from which on points are wide.
const WIDE: usize = 512;

/// Principal directions.
const DIRECTIONS: usize = 96;

/// Points that the directions are learned from, and rounds of learning.
const LEARNED: usize = 2048;
const ROUNDS: usize = 4;

/// Queries whose true neighbors are looked up to learn how wrong the measure is.
const SAMPLE: usize = 512;

/// Share of the sample's true neighbors that must be within the margin.
const RECALL: f64 = 0.995;

/// Queries that are compared together.
const QUERIES: usize = 512;

/// Queries whose measures of all points are held at once.
const MEASURED: usize = 64;

/// Points that are compared with the queries at once.
const TILE: usize = 96;

/// Candidates kept beyond the neighbors wanted, for rounding of the scores.
const SPARE: usize = 4;

/// Whether points of this number of dimensions are compared this way.
pub fn is_wide(dimensions: usize) -> bool {
    dimensions >= WIDE
}

/// The `count` nearest others of each point, nearly all of them, by Euclidean distance.
pub fn neighbors(
    x: ArrayView2<'_, f32>,
    count: usize,
    ticker: &Ticker,
) -> Result<Neighbors, Error> {
    let n = x.nrows();
    let shape = (n, count);
    let mut found = Neighbors {
        indices: Array2::zeros(shape),
        distances: Array2::zeros(shape),
    };
    if count == 0 {
        return Ok(found);
    }
    let wide = Wide::new(x, count, ticker)?;
    let margin = wide.learn_margin(ticker)?;
    let order = wide.order(ticker)?;
    ticker.begin(n as u64);
    let blocks: Vec<&[u32]> = order.chunks(QUERIES).collect();
    let nearest: Vec<Vec<Vec<(f64, u32)>>> = blocks
        .par_iter()
        .map(|queries| {
            let candidates = wide.candidates(queries, margin, ticker)?;
            let nearest = wide.nearest(queries, &candidates, ticker)?;
            ticker.advance(queries.len() as u64)?;
            Ok(nearest)
        })
        .collect::<Result<_, Error>>()?;
    for (queries, nearest) in blocks.iter().zip(nearest) {
        for (&query, nearest) in queries.iter().zip(nearest) {
            for (k, (distance, other)) in nearest.into_iter().enumerate() {
                found.indices[[query as usize, k]] = other;
                found.distances[[query as usize, k]] = distance as f32;
            }
        }
    }
    Ok(found)
}

struct Wide<'a> {
    x: ArrayView2<'a, f32>,
    count: usize,
    /// Half the squared length of each point.
    own: Vec<f32>,
    /// Points × directions.
    components: Array2<f32>,
    /// Minus the components, packed: directions × points.
    packed: Packed<f32>,
    /// Half the squared distance of each point from the center.
    measured_own: Vec<f32>,
    /// Length of what a point has outside of the directions.
    outside: Vec<f32>,
}

impl<'a> Wide<'a> {
    fn new(x: ArrayView2<'a, f32>, count: usize, ticker: &Ticker) -> Result<Self, Error> {
        let center = center(x, ticker)?;
        let directions = directions(x, &center, ticker)?;
        let packed = Packed::new(directions.mapv(|x| x as f32).view());
        let width = directions.ncols();
        let mut components = Array2::zeros((x.nrows(), width));
        let mut lengths = vec![(0.0, 0.0); x.nrows()];
        let blocks = components.as_slice_mut().expect("standard layout");
        let blocks = blocks.par_chunks_mut(TILE * width.max(1));
        blocks
            .zip(lengths.par_chunks_mut(TILE))
            .enumerate()
            .try_for_each(|(block, (to, lengths))| {
                let first = block * TILE;
                let rows = x.slice(s![first..first + lengths.len(), ..]);
                let mut to =
                    ArrayViewMut2::from_shape((lengths.len(), width), to).expect("whole rows");
                let centered = centered(rows, &center).mapv(|x| x as f32);
                gemm::add_product_serial(centered.view(), &packed, to.view_mut());
                let both = rows.rows().into_iter().zip(centered.rows());
                for ((raw, row), lengths) in both.zip(lengths) {
                    *lengths = (square(raw.iter()), square(row.iter()));
                }
                Ok::<(), Error>(ticker.check()?)
            })?;
        let outside = lengths.iter().zip(components.rows());
        let outside = outside.map(|(&(_, all), row)| {
            let inside = square(row.iter());
            (all - inside).max(0.0).sqrt() as f32
        });
        Ok(Wide {
            x,
            count,
            own: lengths.iter().map(|l| (0.5 * l.0) as f32).collect(),
            outside: outside.collect(),
            measured_own: lengths.iter().map(|l| (0.5 * l.1) as f32).collect(),
            // Negative, since a product is only ever added to what is there.
            packed: Packed::new(components.mapv(|x| -x).t()),
            components,
        })
    }

    /// The measure of all points for each of some queries, less the part of the query alone:
    /// queries × points.
    fn measures(&self, queries: &[u32]) -> Array2<f32> {
        let picked: Vec<usize> = queries.iter().map(|&i| i as usize).collect();
        let components = self.components.select(Axis(0), &picked);
        let mut measures = Array2::zeros((queries.len(), self.x.nrows()));
        for mut row in measures.rows_mut() {
            let row = row.as_slice_mut().expect("contiguous rows");
            row.copy_from_slice(&self.measured_own);
        }
        gemm::add_product_serial(components.view(), &self.packed, measures.view_mut());
        measures
    }

    /// The measure of the last point that would be a neighbor by it. The point itself, which is
    /// not the nearest by it, makes no difference worth a thought.
    fn last(&self, measures: &[f32]) -> f32 {
        let mut best = Best::new(self.count);
        best.offer_row(measures, 0);
        best.lowest().1
    }

    /// How far beyond that measure true neighbors of a sample are, in lengths of what the query
    /// has outside of the directions.
    fn learn_margin(&self, ticker: &Ticker) -> Result<f32, Error> {
        let n = self.x.nrows();
        let size = n.min(SAMPLE);
        let sample: Vec<u32> = (0..size).map(|i| (i * n / size) as u32).collect();
        let everything: Vec<u32> = (0..n as u32).collect();
        let blocks: Vec<&[u32]> = sample.chunks(MEASURED).collect();
        let needed: Vec<Vec<f32>> = blocks
            .par_iter()
            .map(|queries| {
                let nearest = self.nearest(queries, &everything, ticker)?;
                let measures = self.measures(queries);
                let mut needed = Vec::new();
                for ((row, nearest), &query) in
                    measures.rows().into_iter().zip(nearest).zip(*queries)
                {
                    let last = self.last(row.as_slice().expect("contiguous rows"));
                    let unit = self.unit(query);
                    needed.extend(
                        nearest
                            .iter()
                            .map(|&(_, j)| (row[j as usize] - last) / unit),
                    );
                }
                Ok(needed)
            })
            .collect::<Result<_, Error>>()?;
        let mut needed = needed.concat();
        needed.sort_unstable_by(f32::total_cmp);
        let place = (needed.len() as f64 * RECALL) as usize;
        Ok(needed.get(place).copied().unwrap_or(f32::INFINITY).max(0.0))
    }

    /// The term that the measure neglects grows with what the query has outside of the directions. In
    /// this unit one margin fits all queries.
    fn unit(&self, query: u32) -> f32 {
        self.outside[query as usize].max(f32::MIN_POSITIVE)
    }

    /// All points, those near to each other together: queries of one block then share most of their
    /// candidates, which are compared with all of them in one product.
    fn order(&self, ticker: &Ticker) -> Result<Vec<u32>, Error> {
        let points = Points::new(self.components.view(), Metric::Euclidean)?;
        let groups = Groups::new(&points, ticker)?;
        let chain = chain(&groups.centroids);
        let members = chain
            .into_iter()
            .flat_map(|group| &groups.members.order[groups.members.range(group)]);
        Ok(members.copied().collect())
    }

    /// Points that may be among the neighbors of any of the queries, ascending.
    fn candidates(&self, queries: &[u32], margin: f32, ticker: &Ticker) -> Result<Vec<u32>, Error> {
        let mut may_be = vec![false; self.x.nrows()];
        for queries in queries.chunks(MEASURED) {
            let measures = self.measures(queries);
            ticker.check()?;
            for (row, &query) in measures.rows().into_iter().zip(queries) {
                let row = row.to_slice().expect("contiguous rows");
                let bound = self.last(row) + margin * self.unit(query);
                let marks = may_be.iter_mut().zip(row);
                marks.for_each(|(mark, &measure)| *mark |= measure <= bound);
            }
        }
        let chosen = (0..).zip(may_be).filter(|(_, may_be)| *may_be);
        Ok(chosen.map(|(j, _)| j).collect())
    }

    /// The nearest of the candidates for each query, in all dimensions.
    fn nearest(
        &self,
        queries: &[u32],
        candidates: &[u32],
        ticker: &Ticker,
    ) -> Result<Vec<Vec<(f64, u32)>>, Error> {
        let packed = Packed::new(self.rows(queries).t());
        let limit = self.count + SPARE + 1;
        let mut best: Vec<Best> = queries.iter().map(|_| Best::new(limit)).collect();
        let mut products = Array2::zeros((TILE, queries.len()));
        for tile in candidates.chunks(TILE) {
            let mut products = products.slice_mut(s![..tile.len(), ..]);
            products.fill(0.0);
            gemm::add_product_serial(self.rows(tile).view(), &packed, products.view_mut());
            for (row, &j) in products.rows().into_iter().zip(tile) {
                let own = self.own[j as usize];
                let offers = best.iter_mut().zip(row);
                offers.for_each(|(best, &product)| best.offer(own - product, j));
            }
            ticker.check()?;
        }
        let ranked = queries.iter().zip(&mut best);
        Ok(ranked
            .map(|(&query, best)| self.rank(query, best))
            .collect())
    }

    fn rank(&self, query: u32, best: &mut Best) -> Vec<(f64, u32)> {
        let row = |i: u32| self.x.row(i as usize).to_slice().expect("contiguous rows");
        let others = best.lowest().0.iter().map(|found| found.1);
        let others = others.filter(|&j| j != query);
        let mut nearest: Vec<(f64, u32)> = others
            .map(|j| (metric::squared_euclidean(row(query), row(j)).sqrt(), j))
            .collect();
        nearest.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        nearest.truncate(self.count);
        nearest
    }

    fn rows(&self, which: &[u32]) -> Array2<f32> {
        let mut rows = Array2::zeros((which.len(), self.x.ncols()));
        for (mut to, &from) in rows.rows_mut().into_iter().zip(which) {
            to.assign(&self.x.row(from as usize));
        }
        rows
    }
}

fn square<'a>(row: impl Iterator<Item = &'a f32>) -> f64 {
    row.map(|&x| f64::from(x) * f64::from(x)).sum()
}

/// The mean of each dimension.
fn center(x: ArrayView2<'_, f32>, ticker: &Ticker) -> Result<Array1<f64>, Error> {
    const ROWS: usize = 1024;
    let starts: Vec<usize> = (0..x.nrows()).step_by(ROWS).collect();
    let mut sum = Array1::zeros(x.ncols());
    for starts in starts.chunks(64) {
        let partial = |&start: &usize| -> Result<Array1<f64>, Error> {
            let mut sum = Array1::<f64>::zeros(x.ncols());
            for i in start..x.nrows().min(start + ROWS) {
                let row = x.row(i);
                if row.iter().any(|x| !x.is_finite()) {
                    return Err(Error::NotFinite { cell: i });
                }
                sum.zip_mut_with(&row, |sum, &x| *sum += f64::from(x));
            }
            ticker.check()?;
            Ok(sum)
        };
        let parts: Vec<_> = starts.par_iter().map(partial).collect();
        for part in parts {
            sum += &part?;
        }
    }
    Ok(sum / x.nrows().max(1) as f64)
}

fn centered(rows: ArrayView2<'_, f32>, center: &Array1<f64>) -> Array2<f64> {
    let mut centered = rows.mapv(f64::from);
    centered
        .rows_mut()
        .into_iter()
        .for_each(|mut row| row -= center);
    centered
}

/// Orthonormal directions along which a sample of the points differs most, as columns.
fn directions(
    x: ArrayView2<'_, f32>,
    center: &Array1<f64>,
    ticker: &Ticker,
) -> Result<Array2<f64>, Error> {
    let size = x.nrows().min(LEARNED);
    let chosen: Vec<usize> = (0..size).map(|i| i * x.nrows() / size).collect();
    let sample = centered(x.select(Axis(0), &chosen).view(), center);
    let width = DIRECTIONS.min(x.ncols()).min(size);
    let mut found = Array2::zeros((x.ncols(), width));
    (0..width).for_each(|j| basis::random_column(&mut found, j, 0));
    for round in 0..ROUNDS as u64 {
        ticker.check()?;
        basis::orthonormalize(&[], &mut found, 0.0, round);
        let along = basis::times(sample.view(), found.view());
        found = basis::cross(sample.view(), along.view());
    }
    basis::orthonormalize(&[], &mut found, 0.0, ROUNDS as u64);
    Ok(found)
}

/// Groups one after the other, each followed by the nearest of those left (the nearest-neighbor tour of the
/// traveling salesman); good enough, since only neighboring blocks gain by it.
fn chain(centroids: &Array2<f32>) -> Vec<usize> {
    let row = |i: usize| centroids.row(i).to_slice().expect("standard layout");
    let mut left: Range<usize> = 0..centroids.nrows();
    let Some(mut at) = left.next() else {
        return Vec::new();
    };
    let mut left: Vec<usize> = left.collect();
    let mut chain = vec![at];
    while !left.is_empty() {
        let distance = |&group: &usize| metric::squared_euclidean(row(at), row(group));
        let distances: Vec<f64> = left.iter().map(distance).collect();
        let nearest = (0..left.len()).min_by(|&a, &b| distances[a].total_cmp(&distances[b]));
        at = left.remove(nearest.unwrap_or(0));
        chain.push(at);
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::super::{Error, Metric, Params, Search, neighbors};
    use crate::kernels::random::splitmix::Stream;
    use crate::kernels::ticker::Ticker;
    use ndarray::Array2;

    /// Types of cells in many dimensions, with more noise than difference.
    fn noisy(points: usize, dimensions: usize) -> Array2<f32> {
        let mut x = Array2::zeros((points, dimensions));
        for (i, mut row) in x.rows_mut().into_iter().enumerate() {
            let mut kind = Stream::new(1, 0, (i % 12) as u64);
            let mut noise = Stream::new(1, 1, i as u64);
            let depth = 0.7 + 0.6 * noise.unit();
            row.mapv_inplace(|_: f32| {
                let mean = 1.0 + 0.4 * kind.roughly_normal();
                (depth * mean + 0.6 * noise.roughly_normal()) as f32
            });
        }
        x
    }

    fn found(x: &Array2<f32>, search: Search) -> super::Neighbors {
        let params = Params {
            n_neighbors: 20,
            metric: Metric::Euclidean,
            search,
        };
        neighbors(x.view(), &params, &Ticker::new()).unwrap()
    }

    #[test]
    fn finds_nearly_all_in_many_dimensions_on_any_number_of_threads() {
        let x = noisy(2400, 600);
        let run = |threads, search| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| found(&x, search))
        };
        let (truth, near) = (run(2, Search::Exact), run(2, Search::Approximate));
        let rows = truth.indices.rows().into_iter().zip(near.indices.rows());
        let hits = rows.map(|(a, b)| a.iter().filter(|j| b.iter().any(|k| k == *j)).count());
        let recall = hits.sum::<usize>() as f64 / truth.indices.len() as f64;
        assert!(recall > 0.99, "{recall}");
        let firsts = |found: &super::Neighbors| found.distances.column(0).to_vec();
        let pairs = firsts(&truth).into_iter().zip(firsts(&near));
        assert!(pairs.filter(|(a, b)| a == b).count() > 2370);
        assert!(
            near.indices
                .rows()
                .into_iter()
                .enumerate()
                .all(|(i, row)| { row.iter().all(|&j| j as usize != i) })
        );
        assert_eq!(run(1, Search::Approximate), near);
        assert_eq!(run(3, Search::Approximate), near);
    }

    #[test]
    fn what_is_not_finite_is_named() {
        let mut x = noisy(700, 600);
        x[[511, 3]] = f32::NAN;
        let params = Params {
            search: Search::Approximate,
            ..Params::default()
        };
        let error = neighbors(x.view(), &params, &Ticker::new()).unwrap_err();
        assert_eq!(error, Error::NotFinite { cell: 511 });
        assert_eq!(
            found(&noisy(1, 600), Search::Approximate).indices.dim(),
            (1, 0)
        );
    }
}

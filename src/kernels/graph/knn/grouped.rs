//! Neighbors among very many points: each query looks into the groups nearest to it, as far as
//! a sample says that neighbors are to be found.
//!
//! An inverted file (Jégou, Douze and Schmid, "Product quantization for nearest neighbor search",
//! TPAMI 2011, without the quantization). How far a query looks is not a fixed number of groups:
//! a group is left out if it is further than the nearest one by more than [`Reach`] times what
//! the neighbors found so far are away. The reach is the smallest that finds [`RECALL`] of the
//! true neighbors of a sample. Among descent on neighbor lists, navigable graphs and
//! fixed numbers of groups this was the cheapest way to the same recall on clustered data of 50
//! dimensions, and it is the only one that promises a recall.

use super::best::Best;
use super::exact;
use super::finder::TILE;
use super::groups::{Groups, Sorted};
use super::points::Coordinates;
use super::ranked::Wish;
use super::{Error, Metric, Neighbors};
use crate::kernels::ticker::Ticker;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis, s};
use rayon::prelude::*;
use std::collections::HashSet;

/// Share of a sample's true neighbors that must be found.
const RECALL: f64 = 0.992;

/// Queries whose true neighbors are looked up to learn the reach.
const SAMPLE: usize = 512;

/// From here on a wider reach is not tried: every group around is looked into.
const LARGEST_REACH: f32 = 16.0;

/// Halvings of the interval that the reach is looked for in.
const STEPS: usize = 7;

/// Groups around a group that are considered for its points. Among 4,000 groups the true
/// neighbors of a point lie in the nearest 256 but for one in 10,000.
const AROUND: usize = 256;

/// Candidates kept beyond the neighbors wanted, for rounding of the scores.
const SPARE: usize = 3;

/// Queries that are looked up together.
const QUERIES: usize = 256;

/// Results that are held before they are put in the order of the points.
const HELD: usize = 512;

/// The nearest points of the reference for each query, nearly all of them.
pub fn neighbors(wish: Wish<'_>, ticker: &Ticker) -> Result<Neighbors, Error> {
    let groups = Groups::new(wish.reference, ticker)?;
    let around = groups.around_each(AROUND.min(groups.members.count()), ticker)?;
    let reach = learn_reach(wish, &groups, &around, ticker)?;
    let others = if wish.same {
        None
    } else {
        Some(groups.sort(wish.queries, ticker)?)
    };
    Search {
        wish,
        groups: &groups,
        queries: others.as_ref().unwrap_or(&groups.members),
        reach,
        around: &around,
    }
    .all(ticker)
}

/// How much further than the nearest group (as a score) a group may be to be looked into, in
/// units of the score-distance of the furthest neighbor found so far.
type Reach = f32;

/// What turns a query's scores into (half squared) distances: they leave out its own part.
fn own_part(query: ArrayView1<'_, f32>, metric: Metric) -> f32 {
    match metric {
        Metric::Euclidean => 0.5 * query.dot(&query),
        Metric::Cosine | Metric::Correlation => 1.0,
        Metric::Manhattan => 0.0,
    }
}

/// The smallest reach with which a sample of the queries finds its true neighbors. By bisection, since a
/// wider reach looks into the same groups and more: what was found stays found.
fn learn_reach(
    wish: Wish<'_>,
    groups: &Groups,
    around: &[Vec<u32>],
    ticker: &Ticker,
) -> Result<Reach, Error> {
    let size = wish.queries.count().min(SAMPLE);
    let sample: Vec<usize> = (0..size).map(|i| i * wish.queries.count() / size).collect();
    let queries = wish.queries.select(&sample);
    let wish = Wish {
        queries: &queries,
        same: false,
        count: (wish.count + usize::from(wish.same)).min(wish.reference.count()),
        ..wish
    };
    let truth = exact::neighbors(wish, &Ticker::new())?;
    ticker.check()?;
    let queries = groups.sort(wish.queries, ticker)?;
    let recall = |reach| -> Result<f64, Error> {
        let search = Search {
            wish,
            groups,
            queries: &queries,
            reach,
            around,
        };
        ticker.check()?;
        Ok(shared(&truth, &search.all(&Ticker::new())?))
    };
    let (mut low, mut high) = (0.0, 1.0);
    while high < LARGEST_REACH && recall(high)? < RECALL {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..STEPS {
        let middle = 0.5 * (low + high);
        if recall(middle)? < RECALL {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(high)
}

/// The share of the true neighbors that were found.
fn shared(truth: &Neighbors, found: &Neighbors) -> f64 {
    let rows = truth.indices.rows().into_iter().zip(found.indices.rows());
    let hits = rows.map(|(truth, found)| {
        let found: HashSet<u32> = found.iter().copied().collect();
        truth.iter().filter(|j| found.contains(j)).count()
    });
    hits.sum::<usize>() as f64 / truth.indices.len().max(1) as f64
}

struct Search<'a> {
    wish: Wish<'a>,
    groups: &'a Groups,
    queries: &'a Sorted,
    reach: Reach,
    /// For each group those around it, the nearest first.
    around: &'a [Vec<u32>],
}

impl Search<'_> {
    /// Looks up all queries, group by group, and puts the results in the order of the points.
    fn all(&self, ticker: &Ticker) -> Result<Neighbors, Error> {
        let shape = (self.wish.queries.count(), self.wish.count);
        let mut all = Neighbors {
            indices: Array2::zeros(shape),
            distances: Array2::zeros(shape),
        };
        let mut tasks = Vec::new();
        for group in 0..self.queries.count() {
            let range = self.queries.range(group);
            let firsts = range.clone().step_by(QUERIES);
            tasks.extend(firsts.map(|first| (group, first..range.end.min(first + QUERIES))));
        }
        for tasks in tasks.chunks(HELD) {
            let found = tasks
                .par_iter()
                .map(|(group, places)| self.nearest(*group, places.clone(), ticker));
            let found: Vec<Vec<(f64, u32)>> = found.collect::<Result<_, Error>>()?;
            for ((_, places), found) in tasks.iter().zip(found) {
                let queries = self.queries.order[places.clone()].iter();
                for (&query, found) in queries.zip(found.chunks(self.wish.count.max(1))) {
                    for (k, &(distance, other)) in found.iter().enumerate() {
                        all.indices[[query as usize, k]] = other;
                        all.distances[[query as usize, k]] = distance as f32;
                    }
                }
            }
        }
        Ok(all)
    }

    /// The neighbors of some queries of one group, one after the other.
    fn nearest(
        &self,
        group: usize,
        places: std::ops::Range<usize>,
        ticker: &Ticker,
    ) -> Result<Vec<(f64, u32)>, Error> {
        let coordinates = self.wish.queries.pick(&self.queries.order[places.clone()]);
        let mut best = self.look_around(group, coordinates.view(), ticker)?;
        let mut all = Vec::with_capacity(places.len() * self.wish.count);
        for (best, place) in best.iter_mut().zip(places.clone()) {
            let query = self.queries.order[place] as usize;
            let order = &self.groups.members.order;
            let candidates = best.lowest().0.iter().map(|found| order[found.1 as usize]);
            let mut nearest = self.wish.nearest(query, candidates);
            if nearest.len() < self.wish.count {
                nearest = self
                    .wish
                    .nearest(query, 0..self.wish.reference.count() as u32);
            }
            all.extend(nearest);
        }
        ticker.advance(places.len() as u64)?;
        Ok(all)
    }

    /// The lowest scores for some `queries` of one group.
    fn look_around(
        &self,
        group: usize,
        queries: ArrayView2<'_, f32>,
        ticker: &Ticker,
    ) -> Result<Vec<Best>, Error> {
        let limit = self.wish.count + SPARE + usize::from(self.wish.same);
        let mut best: Vec<Best> = (0..queries.nrows()).map(|_| Best::new(limit)).collect();
        let metric = self.wish.reference.metric();
        let own = |row: ArrayView1<'_, f32>| own_part(row, metric);
        let own: Vec<f32> = queries.rows().into_iter().map(own).collect();
        let beyond = self.beyond_nearest(group, queries);
        let mut scores = Array2::zeros((queries.nrows(), TILE));
        for (&other, beyond) in self.around[group].iter().zip(beyond.rows()) {
            // The nearest groups come first, so the threshold falls before far ones are asked about. Until
            // as many as are wanted were seen it is infinite, and every group is looked into.
            let asks = |&i: &usize| beyond[i] <= self.reach * (best[i].threshold() + own[i]);
            let asking: Vec<usize> = (0..queries.nrows()).filter(asks).collect();
            if asking.is_empty() {
                continue;
            }
            ticker.check()?;
            let coordinates = queries.select(Axis(0), &asking);
            let mut start = self.groups.members.range(other as usize).start;
            for stripe in &self.groups.stripes[other as usize] {
                stripe.score(coordinates.view(), &mut scores.view_mut());
                for (row, &i) in scores.rows().into_iter().zip(&asking) {
                    let row = &row.to_slice().expect("standard layout")[..stripe.count()];
                    best[i].offer_row(row, |j| (start + j) as u32);
                }
                start += stripe.count();
            }
        }
        Ok(best)
    }

    /// How much further each group around is than the nearest of them: groups × queries.
    fn beyond_nearest(&self, group: usize, queries: ArrayView2<'_, f32>) -> Array2<f32> {
        let around = &self.around[group];
        let mut beyond = Array2::zeros((queries.nrows(), around.len()));
        let packed = self.groups.packed_centroids(around);
        for (i, stripe) in packed.iter().enumerate() {
            stripe.score(queries, &mut beyond.slice_mut(s![.., i * TILE..]));
        }
        for mut row in beyond.rows_mut() {
            let nearest = row.fold(f32::INFINITY, |least, &x| least.min(x));
            row.mapv_inplace(|x| x - nearest);
        }
        beyond.reversed_axes().as_standard_layout().into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Metric, Params, Search, neighbors, query};
    use crate::kernels::random::splitmix::Stream;
    use crate::kernels::ticker::Ticker;
    use ndarray::{Array2, s};

    /// Ten clouds in eight dimensions.
    fn clouds(points: usize) -> Array2<f32> {
        let mut x = Array2::zeros((points, 8));
        for (i, mut row) in x.rows_mut().into_iter().enumerate() {
            let mut center = Stream::new(1, 0, (i % 10) as u64);
            let mut noise = Stream::new(1, 1, i as u64);
            row.mapv_inplace(|_: f32| (6.0 * center.unit() + 0.5 * noise.roughly_normal()) as f32);
        }
        x
    }

    fn shared(a: &Array2<u32>, b: &Array2<u32>) -> f64 {
        let rows = a.rows().into_iter().zip(b.rows());
        let hits = rows.map(|(a, b)| a.iter().filter(|j| b.iter().any(|k| k == *j)).count());
        hits.sum::<usize>() as f64 / a.len() as f64
    }

    #[test]
    fn finds_nearly_all_in_every_metric() {
        let x = clouds(6000);
        for metric in [
            Metric::Euclidean,
            Metric::Cosine,
            Metric::Correlation,
            Metric::Manhattan,
        ] {
            let run = |search| {
                let params = Params {
                    search,
                    metric,
                    ..Params::default()
                };
                neighbors(x.view(), &params, &Ticker::new()).unwrap()
            };
            let (found, truth) = (run(Search::Approximate), run(Search::Exact));
            let recall = shared(&found.indices, &truth.indices);
            assert!(recall > 0.98, "{metric:?}: {recall}");
            let itself = |(i, row): (usize, ndarray::ArrayView1<'_, u32>)| {
                row.iter().any(|&j| j as usize == i)
            };
            assert!(!found.indices.rows().into_iter().enumerate().any(itself));
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same() {
        let x = clouds(3000);
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let params = Params {
                search: Search::Approximate,
                ..Params::default()
            };
            pool.install(|| neighbors(x.view(), &params, &Ticker::new()).unwrap())
        };
        assert_eq!(run(1), run(3));
    }

    #[test]
    fn queries_and_more_neighbors_than_a_group_has() {
        let x = clouds(2000);
        let queries = x.slice(s![..300, ..]);
        for count in [5, 700] {
            let run = |search| {
                query(
                    x.view(),
                    queries,
                    count,
                    Metric::Euclidean,
                    search,
                    &Ticker::new(),
                )
                .unwrap()
            };
            let recall = shared(
                &run(Search::Approximate).indices,
                &run(Search::Exact).indices,
            );
            assert!(recall > 0.97, "{count}: {recall}");
        }
    }
}

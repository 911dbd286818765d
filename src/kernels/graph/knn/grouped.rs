//! Neighbors among very many points: each query looks into the groups nearest to it, as far as
//! a sample says that neighbors are to be found.
//!
//! An inverted file (Jégou, Douze and Schmid, "Product quantization for nearest neighbor search",
//! TPAMI 2011, without the quantization). How far a query looks is not a fixed number of groups:
//! a group is left out if it is further than the nearest one by more than [`Reach`] times what
//! the neighbors found so far are away. Among descent on neighbor lists, navigable graphs and
//! fixed numbers of groups this was the cheapest way to the same recall on clustered data of 50
//! dimensions, and it is the only one that promises a recall.

use super::best::Best;
use super::exact;
use super::groups::{Groups, Sorted, TILE, around_each};
use super::ranked::Wish;
use super::{Error, Metric, Neighbors};
use crate::kernels::ticker::Ticker;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis, s};
use rayon::prelude::*;

/// Share of the sample's true neighbors that must be within reach. More than that is found where
/// neighbors come late; 30,000 simulated cells had just what 0.985 promised.
const RECALL: f64 = 0.993;

/// Queries whose true neighbors are looked up to learn the reach.
const SAMPLE: usize = 512;

/// Most groups that are considered around a group.
const AROUND: usize = 1024;

/// Candidates kept beyond the neighbors wanted, for rounding of the scores.
const SPARE: usize = 3;

/// Queries that are looked up together.
const QUERIES: usize = 256;

/// The nearest points of the reference for each query, nearly all of them.
pub fn neighbors(wish: Wish<'_>, ticker: &Ticker) -> Result<Neighbors, Error> {
    let groups = Groups::new(wish.reference, ticker)?;
    let reach = learn_reach(wish, &groups, ticker)?;
    if wish.same {
        search(wish, &groups, &groups.members, reach, ticker)
    } else {
        search(
            wish,
            &groups,
            &groups.sort(wish.queries, ticker)?,
            reach,
            ticker,
        )
    }
}

/// How much further than the nearest group (as a score) a group may be to be looked into, in
/// units of the score-distance of the furthest neighbor wanted.
type Reach = f32;

/// What turns a query's scores into (half squared) distances: they leave out its own part.
fn own_part(query: ArrayView1<'_, f32>, metric: Metric) -> f32 {
    match metric {
        Metric::Euclidean => 0.5 * query.dot(&query),
        Metric::Cosine | Metric::Correlation => 1.0,
        Metric::Manhattan => 0.0,
    }
}

/// The reach within which a sample of the queries has its true neighbors.
fn learn_reach(wish: Wish<'_>, groups: &Groups, ticker: &Ticker) -> Result<Reach, Error> {
    let size = wish.queries.count().min(SAMPLE);
    let sample: Vec<usize> = (0..size).map(|i| i * wish.queries.count() / size).collect();
    let queries = wish.queries.select(&sample);
    let count = (wish.count + usize::from(wish.same)).min(wish.reference.count());
    let sampled = Wish {
        queries: &queries,
        same: false,
        count,
        ..wish
    };
    let truth = exact::neighbors(sampled, &Ticker::new())?;
    ticker.check()?;
    let group_of = groups.members.groups();
    let scores = groups.scores(queries.coordinates.view());
    let mut needed = Vec::new();
    for (i, near) in truth.indices.rows().into_iter().enumerate() {
        let furthest = truth.distances[[i, count - 1]];
        let unit = unit_of(furthest, wish.reference.metric());
        let nearest = scores.row(i).fold(f32::INFINITY, |least, &x| least.min(x));
        let beyond = |&j: &u32| scores[[i, group_of[j as usize] as usize]] - nearest;
        needed.extend(near.iter().map(|j| beyond(j) / unit.max(f32::MIN_POSITIVE)));
    }
    needed.sort_unstable_by(f32::total_cmp);
    let place = (needed.len() as f64 * RECALL) as usize;
    Ok(needed.get(place).copied().unwrap_or(f32::INFINITY))
}

/// A distance as scores measure it.
fn unit_of(distance: f32, metric: Metric) -> f32 {
    match metric {
        Metric::Euclidean => 0.5 * distance * distance,
        _ => distance,
    }
}

/// Looks up all `queries`, group by group, and puts the results in the order of the points.
fn search(
    wish: Wish<'_>,
    groups: &Groups,
    queries: &Sorted,
    reach: Reach,
    ticker: &Ticker,
) -> Result<Neighbors, Error> {
    let around = around_each(&groups.centroids, AROUND);
    let search = Search {
        wish,
        groups,
        queries,
        reach,
        around,
    };
    let mut tasks = Vec::new();
    for group in 0..search.around.len() {
        let range = queries.range(group);
        let firsts = range.clone().step_by(QUERIES);
        tasks.extend(firsts.map(|first| (group, first..range.end.min(first + QUERIES))));
    }
    let found = tasks
        .into_par_iter()
        .map(|(group, places)| search.nearest(group, places, ticker));
    let found: Result<Vec<Vec<(f64, u32)>>, Error> = found.collect();
    let found = found?.concat();
    let places = queries.places();
    wish.collect(QUERIES, &Ticker::new(), |first, size| {
        let row = |&place: &u32| found[place as usize * wish.count..][..wish.count].to_vec();
        Ok(places[first..first + size].iter().map(row).collect())
    })
}

struct Search<'a> {
    wish: Wish<'a>,
    groups: &'a Groups,
    queries: &'a Sorted,
    reach: Reach,
    /// For each group those around it, the nearest first.
    around: Vec<Vec<u32>>,
}

impl Search<'_> {
    /// The neighbors of some queries of one group, one after the other.
    fn nearest(
        &self,
        group: usize,
        places: std::ops::Range<usize>,
        ticker: &Ticker,
    ) -> Result<Vec<(f64, u32)>, Error> {
        let coordinates = self.queries.coordinates.slice(s![places.clone(), ..]);
        let mut best = self.look_around(group, coordinates, ticker)?;
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
        let beyond = self.beyond_nearest(queries);
        let mut scores = Array2::zeros((queries.nrows(), TILE));
        for &other in &self.around[group] {
            let beyond = beyond.row(other as usize);
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

    /// How much further each group is than the nearest one: groups × queries.
    fn beyond_nearest(&self, queries: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut beyond = self.groups.scores(queries);
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

//! Neighbors among very many points: each query looks into the groups nearest to it, as many as
//! a sample says are needed.
//!
//! An inverted file (Jégou, Douze and Schmid, "Product quantization for nearest neighbor search",
//! TPAMI 2011, without the quantization). Queries of one group are looked up together: the groups
//! around theirs are known, and each query takes those whose centroids are nearest to itself. It is this order
//! that counts: among a million points in 50 noisy dimensions, the 16,000 in the groups nearest to a query hold as
//! many of its neighbors as the 64,000 in the groups nearest to its group.
//!
//! How many groups a query looks into is read off a sample of queries whose true neighbors are known. Tried
//! and left: groups as far as a multiple of the distance of the neighbors found so far (a twelfth fewer points),
//! and fewer groups with lists completed from the neighbors of neighbors, which is cheaper up to nine neighbors
//! in ten and dearer beyond (`benches/runs/2026-11-30-large.md`).

use super::groups::{Groups, Sorted};
use super::packed_groups::{Look, PackedGroups};
use super::points::Coordinates;
use super::ranked::Wish;
use super::sample::Sample;
use super::{Error, Neighbors};
use crate::kernels::ticker::Ticker;
use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;
use std::ops::Range;

/// Share of a sample's true neighbors that must be found.
const RECALL: f64 = 0.987;

/// Groups around a group that are considered for its points: a quarter of all, within these bounds. Too few of
/// them, and no number of groups finds the share.
const LEAST_AROUND: usize = 256;
const MOST_AROUND: usize = 1024;

/// Candidates kept beyond the neighbors wanted, for rounding of the scores.
const SPARE: usize = 3;

/// Queries that are looked up together.
const QUERIES: usize = 512;

/// Results that are held before they are put in the order of the points.
const HELD: usize = 256;

/// The nearest points of the reference for each query, nearly all of them.
pub fn neighbors(wish: Wish<'_>, ticker: &Ticker) -> Result<Neighbors, Error> {
    let shape = (wish.queries.count(), wish.count);
    let mut all = Neighbors {
        indices: Array2::zeros(shape),
        distances: Array2::zeros(shape),
    };
    part(wish, (0, 1), ticker, &mut |query, found| {
        for (k, &(distance, other)) in found.iter().enumerate() {
            all.indices[[query as usize, k]] = other;
            all.distances[[query as usize, k]] = distance as f32;
        }
    })?;
    Ok(all)
}

/// Hands the same to `put` for the queries of some groups: those of part `i` of `n`, one after the other.
pub fn part(
    wish: Wish<'_>,
    part: (usize, usize),
    ticker: &Ticker,
    put: &mut dyn FnMut(u32, &[(f64, u32)]),
) -> Result<(), Error> {
    let groups = Groups::new(wish.reference, ticker)?;
    let all = groups.members.count();
    let around = (all / 4).clamp(LEAST_AROUND, MOST_AROUND).min(all);
    let around = groups.around_each(around, ticker)?;
    let sample = Sample::new(wish, &groups, ticker)?;
    let looks = sample.groups_needed(RECALL, &groups, &around);
    let packed = PackedGroups::new(wish, &groups, sample.near());
    let others = if wish.same {
        None
    } else {
        Some(groups.sort(wish.queries, ticker)?)
    };
    Search {
        wish,
        groups: &groups,
        packed: &packed,
        queries: others.as_ref().unwrap_or(&groups.members),
        around: &around,
        looks,
    }
    .part(part, ticker, put)
}

struct Search<'a> {
    wish: Wish<'a>,
    groups: &'a Groups,
    packed: &'a PackedGroups,
    queries: &'a Sorted,
    /// For each group those around it, the nearest first.
    around: &'a [Vec<u32>],
    /// Groups that each query looks into.
    looks: usize,
}

impl Search<'_> {
    /// Looks up the queries of a part, group by group.
    fn part(
        &self,
        (i, n): (usize, usize),
        ticker: &Ticker,
        put: &mut dyn FnMut(u32, &[(f64, u32)]),
    ) -> Result<(), Error> {
        let mut tasks = Vec::new();
        for group in 0..self.queries.count() {
            let range = self.queries.range(group);
            let firsts = range.clone().step_by(QUERIES);
            tasks.extend(firsts.map(|first| (group, first..range.end.min(first + QUERIES))));
        }
        let own = tasks.len() * i / n..tasks.len() * (i + 1) / n;
        for tasks in tasks[own].chunks(HELD) {
            let found = tasks
                .par_iter()
                .map(|(group, places)| self.nearest(*group, places.clone(), ticker));
            let found: Vec<Vec<(f64, u32)>> = found.collect::<Result<_, Error>>()?;
            for ((_, places), found) in tasks.iter().zip(found) {
                let queries = self.queries.order[places.clone()].iter();
                for (&query, found) in queries.zip(found.chunks(self.wish.count.max(1))) {
                    put(query, found);
                }
            }
        }
        Ok(())
    }

    /// The neighbors of some queries of one group, one after the other.
    fn nearest(
        &self,
        group: usize,
        places: Range<usize>,
        ticker: &Ticker,
    ) -> Result<Vec<(f64, u32)>, Error> {
        let coordinates = self.wish.queries.pick(&self.queries.order[places.clone()]);
        let limit = self.wish.count + SPARE + usize::from(self.wish.same);
        let looks = self.looks(group, coordinates.view(), limit);
        let found =
            self.packed
                .candidates(self.groups, coordinates.view(), &looks, limit, ticker)?;
        let order = &self.groups.members.order;
        let mut all = Vec::with_capacity(places.len() * self.wish.count);
        for (found, place) in found.iter().zip(places.clone()) {
            let query = self.queries.order[place] as usize;
            let candidates = found.iter().map(|&found| order[found as usize]);
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

    /// Which of the queries look into each group around theirs.
    fn looks(&self, group: usize, queries: ArrayView2<'_, f32>, limit: usize) -> Vec<Look> {
        let around = &self.around[group];
        let none = |&group: &u32| Look {
            group: group as usize,
            queries: Vec::new(),
        };
        let mut looks: Vec<Look> = around.iter().map(none).collect();
        let distances = self.groups.centroid_distances(around, queries);
        for (query, distances) in distances.rows().into_iter().enumerate() {
            for at in self.nearest_groups(around, distances, limit) {
                looks[at].queries.push(query);
            }
        }
        looks
    }

    /// Which of the groups `around` are nearest to a query: as many as are looked into, and more of them if
    /// they do not hold `limit` points.
    fn nearest_groups(
        &self,
        around: &[u32],
        distances: ArrayView1<'_, f32>,
        limit: usize,
    ) -> Vec<usize> {
        let by_distance =
            |&a: &usize, &b: &usize| distances[a].total_cmp(&distances[b]).then(a.cmp(&b));
        let mut order: Vec<usize> = (0..around.len()).collect();
        let mut looks = self.looks.min(order.len());
        if looks < order.len() {
            order.select_nth_unstable_by(looks, by_distance);
        }
        let size = |at: usize| self.groups.members.range(around[at] as usize).len();
        let mut points: usize = order[..looks].iter().map(|&at| size(at)).sum();
        if points < limit {
            order[looks..].sort_unstable_by(by_distance);
            while points < limit && looks < order.len() {
                points += size(order[looks]);
                looks += 1;
            }
        }
        order.truncate(looks);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Metric, Params, Search, neighbors, part, query, together};
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

    /// The share of the true neighbors that are found.
    fn recall(x: &Array2<f32>, metric: Metric) -> f64 {
        let run = |search| {
            let params = Params {
                search,
                metric,
                ..Params::default()
            };
            neighbors(x.view(), &params, &Ticker::new()).unwrap()
        };
        let (found, truth) = (run(Search::Approximate), run(Search::Exact));
        let itself =
            |(i, row): (usize, ndarray::ArrayView1<'_, u32>)| row.iter().any(|&j| j as usize == i);
        assert!(!found.indices.rows().into_iter().enumerate().any(itself));
        shared(&found.indices, &truth.indices)
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
            let recall = recall(&x, metric);
            assert!(recall > 0.98, "{metric:?}: {recall}");
        }
    }

    /// Hardly any point is nearer than the others, and neighbors lie in many groups.
    #[test]
    fn finds_nearly_all_in_noise() {
        let x = Array2::from_shape_fn((24_000, 30), |(i, j)| {
            Stream::new(2, j as u64, i as u64).roughly_normal() as f32
        });
        let queries = x.slice(s![..300, ..]);
        let run = |search| {
            let metric = Metric::Euclidean;
            query(x.view(), queries, 15, metric, search, &Ticker::new()).unwrap()
        };
        let (found, truth) = (run(Search::Approximate), run(Search::Exact));
        let recall = shared(&found.indices, &truth.indices);
        assert!(recall > 0.97, "{recall}");
    }

    /// One point so far away that 16 bits would not tell the others apart.
    #[test]
    fn a_point_far_away_costs_no_neighbors() {
        let mut x = clouds(6000);
        x.row_mut(17).fill(1e6);
        let recall = recall(&x, Metric::Euclidean);
        assert!(recall > 0.98, "{recall}");
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
    fn parts_are_the_whole() {
        let x = clouds(3000);
        for search in [Search::Approximate, Search::Exact] {
            let params = Params {
                search,
                ..Params::default()
            };
            let whole = neighbors(x.view(), &params, &Ticker::new()).unwrap();
            for n in [1, 2, 7] {
                let found = |i| part(x.view(), &params, (i, n), &Ticker::new()).unwrap();
                let parts: Vec<_> = (0..n).map(found).collect();
                assert_eq!(together(parts.iter()), whole);
            }
        }
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

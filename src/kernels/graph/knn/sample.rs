//! Queries whose true neighbors are known, to learn from them how far the search must look.

use super::Error;
use super::best::Best;
use super::finder::ROW;
use super::groups::Groups;
use super::points::Coordinates;
use super::ranked::Wish;
use crate::kernels::ticker::Ticker;
use ndarray::Array2;
use rayon::prelude::*;

/// Queries in the sample.
const SIZE: usize = 1024;

/// Queries that are compared with all points together.
const QUERIES: usize = 64;

/// Candidates kept beyond the neighbors wanted, for rounding of the scores.
const SPARE: usize = 4;

struct Known {
    /// The group that it belongs to.
    group: usize,
    /// Its coordinates.
    coordinates: Vec<f32>,
    /// Places of its true neighbors.
    neighbors: Vec<u32>,
}

/// Some of the queries, evenly spaced, each with its true neighbors.
pub struct Sample {
    known: Vec<Known>,
}

impl Sample {
    pub fn new(wish: Wish<'_>, groups: &Groups, ticker: &Ticker) -> Result<Self, Error> {
        let all = wish.queries.count();
        let size = all.min(SIZE);
        let queries: Vec<u32> = (0..size)
            .map(|i| ((2 * i + 1) * all / (2 * size)) as u32)
            .collect();
        let places = places(&groups.members.order);
        let own_groups = if wish.same {
            let group = |&query: &u32| groups.members.group_of(places[query as usize]);
            queries.iter().map(group).collect()
        } else {
            let picked: Vec<usize> = queries.iter().map(|&query| query as usize).collect();
            groups.group_of_each(&wish.queries.select(&picked), ticker)?
        };
        let blocks: Vec<&[u32]> = queries.chunks(QUERIES).collect();
        let true_neighbors: Vec<Vec<Vec<u32>>> = blocks
            .par_iter()
            .map(|queries| true_neighbors(wish, groups, queries, ticker))
            .collect::<Result<_, Error>>()?;
        let known = queries
            .iter()
            .zip(own_groups)
            .zip(true_neighbors.into_iter().flatten());
        let known = known.map(|((&query, group), neighbors)| Known {
            group: group as usize,
            coordinates: wish.queries.pick(&[query]).into_iter().collect(),
            neighbors: neighbors.iter().map(|&j| places[j as usize]).collect(),
        });
        Ok(Sample {
            known: known.collect(),
        })
    }

    /// How many of the groups around its own, the nearest to it first, a query must look into for `share` of
    /// the true neighbors to be found: at least 1, at most as many as are around.
    pub fn groups_needed(&self, share: f64, groups: &Groups, around: &[Vec<u32>]) -> usize {
        let most = around.first().map_or(1, Vec::len);
        let ranks = self.known.par_iter().flat_map_iter(|known| {
            let around = &around[known.group];
            let query = ndarray::aview1(&known.coordinates).insert_axis(ndarray::Axis(0));
            let distances = groups.centroid_distances(around, query);
            let distances = distances.row(0).to_vec();
            let rank = move |&place: &u32| {
                let group = groups.members.group_of(place);
                let at = around.iter().position(|&other| other == group)?;
                Some(
                    distances
                        .iter()
                        .filter(|&&distance| distance < distances[at])
                        .count(),
                )
            };
            known.neighbors.iter().map(rank).collect::<Vec<_>>()
        });
        let mut found: Vec<usize> = vec![0; most];
        let ranks: Vec<Option<usize>> = ranks.collect();
        ranks.iter().flatten().for_each(|&rank| found[rank] += 1);
        let wanted = share * ranks.len() as f64;
        let mut sum = 0;
        let enough = found.iter().position(|&count| {
            sum += count;
            sum as f64 >= wanted
        });
        enough.map_or(most, |rank| rank + 1)
    }
}

/// Where each point is in the order of the groups.
fn places(order: &[u32]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    for (place, &point) in (0..).zip(order) {
        places[point as usize] = place;
    }
    places
}

/// The nearest of all points for each of some queries.
fn true_neighbors(
    wish: Wish<'_>,
    groups: &Groups,
    queries: &[u32],
    ticker: &Ticker,
) -> Result<Vec<Vec<u32>>, Error> {
    let coordinates = wish.queries.pick(queries);
    let limit = wish.count + SPARE + usize::from(wish.same);
    let mut best: Vec<Best> = queries.iter().map(|_| Best::new(limit)).collect();
    let mut scores = Array2::zeros((queries.len(), ROW));
    let mut start = 0;
    for stripe in groups.stripes.iter().flatten() {
        stripe.score(coordinates.view(), &mut scores.view_mut());
        for (row, best) in scores.rows().into_iter().zip(&mut best) {
            let row = &row.to_slice().expect("standard layout")[..stripe.count()];
            best.offer_row(row, start as u32);
        }
        start += stripe.count();
        ticker.check()?;
    }
    let nearest = queries.iter().zip(&mut best).map(|(&query, best)| {
        let candidates = best.lowest().0.iter();
        let candidates = candidates.map(|found| groups.members.order[found.1 as usize]);
        let nearest = wish.nearest(query as usize, candidates);
        nearest.into_iter().map(|(_, other)| other).collect()
    });
    Ok(nearest.collect())
}

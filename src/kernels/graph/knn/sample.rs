//! Queries whose true neighbors are known, to learn from them how far the search must look.

use super::Error;
use super::best::Best;
use super::finder::{ROW, TILE};
use super::groups::Groups;
use super::points::{Coordinates, Stripe};
use super::ranked::Wish;
use crate::kernels::ticker::Ticker;
use ndarray::Array2;
use rayon::prelude::*;

/// Queries in the sample.
const SIZE: usize = 1024;

/// Queries that are compared with all points together.
const QUERIES: usize = 64;

/// Points that are packed for the comparison at a time.
const PACKED: usize = 64 * TILE;

/// Candidates kept beyond the neighbors wanted, for rounding of the scores.
const SPARE: usize = 4;

struct Known {
    /// The group that it belongs to.
    group: usize,
    /// Its coordinates.
    coordinates: Vec<f32>,
    /// Places of its true neighbors.
    neighbors: Vec<u32>,
    /// How far the last of them is, between coordinates.
    reach: f64,
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
        let found = true_neighbors(wish, groups, &queries, ticker)?;
        let known = queries.iter().zip(own_groups).zip(found);
        let known = known.map(|((&query, group), neighbors)| Known {
            group: group as usize,
            coordinates: wish.queries.pick(&[query]).into_iter().collect(),
            reach: neighbors.last().map_or(0.0, |&(distance, _)| {
                wish.reference.metric().between_coordinates(distance)
            }),
            neighbors: neighbors.iter().map(|&(_, j)| places[j as usize]).collect(),
        });
        Ok(Sample {
            known: known.collect(),
        })
    }

    /// How far the last neighbor is, between coordinates, where points are dense: all but a twentieth of the
    /// queries reach further.
    pub fn near(&self) -> f64 {
        let mut reaches: Vec<f64> = self.known.iter().map(|known| known.reach).collect();
        reaches.sort_unstable_by(f64::total_cmp);
        reaches.get(reaches.len() / 20).copied().unwrap_or_default()
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

/// The nearest of all points for each of some queries, with their distances.
fn true_neighbors(
    wish: Wish<'_>,
    groups: &Groups,
    queries: &[u32],
    ticker: &Ticker,
) -> Result<Vec<Vec<(f64, u32)>>, Error> {
    let limit = wish.count + SPARE + usize::from(wish.same);
    let mut best: Vec<Best> = queries.iter().map(|_| Best::new(limit)).collect();
    let order = &groups.members.order;
    // Many points are packed at a time, by all threads, and then compared with the queries, a few by each thread.
    for (first, points) in (0..).step_by(PACKED).zip(order.chunks(PACKED)) {
        let stripe = |points: &[u32]| {
            Stripe::new(wish.reference.pick(points).view(), wish.reference.metric())
        };
        let stripes: Vec<Stripe> = points.par_chunks(TILE).map(stripe).collect();
        let blocks = queries
            .par_chunks(QUERIES)
            .zip(best.par_chunks_mut(QUERIES));
        blocks.try_for_each(|(queries, best)| {
            ticker.check()?;
            let coordinates = wish.queries.pick(queries);
            let mut scores = Array2::zeros((queries.len(), ROW));
            for (stripe, first) in stripes.iter().zip((first..).step_by(TILE)) {
                stripe.score(coordinates.view(), &mut scores.view_mut());
                for (row, best) in scores.rows().into_iter().zip(&mut *best) {
                    let row = &row.to_slice().expect("standard layout")[..stripe.count()];
                    best.offer_row(row, first);
                }
            }
            Ok::<(), Error>(())
        })?;
    }
    let nearest = queries.par_iter().zip(&mut best).map(|(&query, best)| {
        let candidates = best.lowest().0.iter();
        let candidates = candidates.map(|found| order[found.1 as usize]);
        wish.nearest(query as usize, candidates)
    });
    Ok(nearest.collect())
}

//! Neighbours among very many points: look into the nearest groups, then ask the neighbours for
//! theirs until little changes ([`links`](super::links)).
//!
//! The first step is an inverted file (Jégou, Douze and Schmid, "Product quantization for nearest
//! neighbor search", TPAMI 2011, without the quantization).

use super::best::Best;
use super::groups::{self, Groups, Sorted, TILE};
use super::links::{self, Link, Links};
use super::ranked::Wish;
use super::{Error, Neighbors};
use crate::kernels::ticker::Ticker;
use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

/// Groups each point looks into before its neighbours are asked.
const PROBES: usize = 12;

/// Groups each query looks into where no neighbours can be asked.
const QUERY_PROBES: usize = 48;

/// Groups around a point's own among which it chooses, per group looked into.
const CHOICE: usize = 3;

/// Neighbours listed beyond those wanted: more ways to better ones.
const SPARE: usize = 6;

/// Queries that are looked up together.
const QUERIES: usize = 96;

/// The nearest others of each point.
pub fn neighbors(wish: Wish<'_>, ticker: &Ticker) -> Result<Neighbors, Error> {
    let groups = Groups::new(wish.reference, ticker)?;
    let probe = Probe::new(&groups, PROBES, wish.count + SPARE);
    let first = probe.links(&groups.members, true, ticker)?;
    let links = links::refine(&groups, first, wish.count, ticker)?;
    rank(wish, &groups, &groups.members, &links, ticker)
}

/// The nearest points of the reference for each query.
pub fn query(wish: Wish<'_>, ticker: &Ticker) -> Result<Neighbors, Error> {
    let groups = Groups::new(wish.reference, ticker)?;
    let homes = groups.sort(wish.queries, ticker)?;
    let probe = Probe::new(&groups, QUERY_PROBES, wish.count + SPARE);
    let links = probe.links(&homes, false, ticker)?;
    rank(wish, &groups, &homes, &links, ticker)
}

/// By true distances. Where too few points were found (tiny groups), all are compared.
fn rank(
    wish: Wish<'_>,
    groups: &Groups,
    homes: &Sorted,
    links: &Links,
    ticker: &Ticker,
) -> Result<Neighbors, Error> {
    let places = homes.places();
    let everyone = wish.reference.count() as u32;
    wish.rank(
        |query| {
            let found = links.of(places[query] as usize);
            let enough = found.len() >= wish.count;
            let found = found
                .iter()
                .map(|link| groups.members.order[link.to() as usize]);
            let all = if enough { 0..0 } else { 0..everyone };
            found.take(if enough { usize::MAX } else { 0 }).chain(all)
        },
        ticker,
    )
}

/// A search that looks into the groups nearest to each query.
struct Probe<'a> {
    groups: &'a Groups,
    probes: usize,
    /// Links to be found for each query.
    length: usize,
    /// For each group those around it, the nearest first.
    around: Vec<Vec<u32>>,
}

impl<'a> Probe<'a> {
    fn new(groups: &'a Groups, probes: usize, length: usize) -> Self {
        let around = groups::around_each(&groups.centroids, CHOICE * probes);
        Probe {
            groups,
            probes,
            length,
            around,
        }
    }

    /// The nearest points found for each of `queries`; with `same`, the queries are the members
    /// of the groups and not linked to themselves.
    fn links(&self, queries: &Sorted, same: bool, ticker: &Ticker) -> Result<Links, Error> {
        let mut tasks = Vec::new();
        for group in 0..self.around.len() {
            let range = queries.range(group);
            let firsts = range.clone().step_by(QUERIES);
            tasks.extend(firsts.map(|first| (group, first..range.end.min(first + QUERIES))));
        }
        let found = tasks.into_par_iter().map(|(group, places)| {
            ticker.check()?;
            let coordinates = queries.coordinates.slice(s![places.clone(), ..]);
            let best = self.look_around(group, coordinates);
            let links = |(mut best, place): (Best, usize)| {
                let own = same.then_some(place as u32);
                Links::row(best.sorted(), own, self.length)
            };
            Ok(best.into_iter().zip(places).flat_map(links).collect())
        });
        let found: Result<Vec<Vec<Link>>, Error> = found.collect();
        Ok(Links::new(found?.concat(), self.length))
    }

    /// The lowest scores for some `queries` of one group.
    fn look_around(&self, group: usize, queries: ArrayView2<'_, f32>) -> Vec<Best> {
        let fresh = |_| Best::new(self.length + 1);
        let mut best: Vec<Best> = (0..queries.nrows()).map(fresh).collect();
        let mut scores = Array2::zeros((queries.nrows(), TILE));
        let around = &self.around[group];
        for (&other, asking) in around.iter().zip(self.asking(around, queries)) {
            if asking.is_empty() {
                continue;
            }
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
        best
    }

    /// For each group `around`, the queries that look into it.
    fn asking(&self, around: &[u32], queries: ArrayView2<'_, f32>) -> Vec<Vec<usize>> {
        let rows: Vec<usize> = around.iter().map(|&group| group as usize).collect();
        let centroids = self.groups.centroids.select(Axis(0), &rows);
        let stripes = groups::stripes(centroids.view(), self.groups.metric());
        let mut best: Vec<Best> = (0..queries.nrows())
            .map(|_| Best::new(self.probes))
            .collect();
        let mut scores = Array2::zeros((queries.nrows(), TILE));
        for (i, stripe) in stripes.iter().enumerate() {
            stripe.score(queries, &mut scores.view_mut());
            for (row, best) in scores.rows().into_iter().zip(&mut best) {
                let row = &row.to_slice().expect("standard layout")[..stripe.count()];
                best.offer_row(row, |j| (i * TILE + j) as u32);
            }
        }
        let mut asking = vec![Vec::new(); around.len()];
        for (query, best) in best.iter_mut().enumerate() {
            best.lowest()
                .0
                .iter()
                .for_each(|found| asking[found.1 as usize].push(query));
        }
        asking
    }
}

//! The members of groups, packed to be compared with many queries: in 16 bits where these are enough to tell
//! neighbors apart.

use super::best::{Best, Score};
use super::compact::{Members, Queries, Scale};
use super::finder::{ROW, stripes};
use super::groups::Groups;
use super::metric::Metric;
use super::points::{Coordinates, Stripe};
use super::{Error, ranked::Wish};
use crate::kernels::ticker::Ticker;
use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

/// Steps of 16-bit coordinates that the distance of a neighbor has at least. Rounding changes a distance by
/// 0.4 steps, and the fourteenth neighbor is a hundredth nearer than the seventeenth, which is kept, too, where points fill
/// twenty dimensions.
const STEPS: f64 = 200.0;

/// The members of each group.
pub enum PackedGroups {
    Floats(Vec<Vec<Stripe>>),
    Integers(Scale, Vec<Members>),
}

/// A group, and the queries that look into it.
pub struct Look {
    pub group: usize,
    pub queries: Vec<usize>,
}

impl PackedGroups {
    /// `near` is how far from each other neighbors are that are nearer than most.
    pub fn new(wish: Wish<'_>, groups: &Groups, near: f64) -> Self {
        let points = wish.reference;
        let mut longest = points.longest();
        if !wish.same {
            longest = longest.max(wish.queries.longest());
        }
        let scale = Scale::new(longest);
        let each = (0..groups.members.count()).into_par_iter();
        let coordinates = |group| points.pick(groups.members.of(group));
        let fits = points.metric() != Metric::Manhattan && points.dimensions() > 0;
        if fits && STEPS * scale.step() <= near {
            let squares = points.metric() == Metric::Euclidean;
            let members = |group| Members::new(coordinates(group).view(), scale, squares);
            PackedGroups::Integers(scale, each.map(members).collect())
        } else {
            let stripes = |group| stripes(coordinates(group).view(), points.metric());
            PackedGroups::Floats(each.map(stripes).collect())
        }
    }

    /// For each query the places of the `limit` points with the lowest scores in the groups that it looks into.
    pub fn candidates(
        &self,
        groups: &Groups,
        queries: ArrayView2<'_, f32>,
        looks: &[Look],
        limit: usize,
        ticker: &Ticker,
    ) -> Result<Vec<Vec<u32>>, Error> {
        let looks = looks.iter().filter(|look| !look.queries.is_empty());
        let first = |group: usize| groups.members.range(group).start as u32;
        match self {
            PackedGroups::Integers(scale, members) => {
                let queries = Queries::new(queries, *scale);
                let mut best: Vec<Best<i32>> = none(queries.count(), limit);
                for Look {
                    group,
                    queries: asking,
                } in looks
                {
                    ticker.check()?;
                    members[*group].offer(&queries, asking, first(*group), &mut best);
                }
                Ok(best.iter_mut().map(places).collect())
            }
            PackedGroups::Floats(members) => {
                let mut best: Vec<Best> = none(queries.nrows(), limit);
                let mut scores = Array2::zeros((queries.nrows(), ROW));
                for Look {
                    group,
                    queries: asking,
                } in looks
                {
                    ticker.check()?;
                    let coordinates = queries.select(Axis(0), asking);
                    let mut start = first(*group);
                    for stripe in &members[*group] {
                        stripe.score(coordinates.view(), &mut scores.view_mut());
                        for (row, &i) in scores.rows().into_iter().zip(asking) {
                            let row = &row.to_slice().expect("standard layout")[..stripe.count()];
                            best[i].offer_row(row, start);
                        }
                        start += stripe.count() as u32;
                    }
                }
                Ok(best.iter_mut().map(places).collect())
            }
        }
    }
}

fn none<S: Score>(queries: usize, limit: usize) -> Vec<Best<S>> {
    (0..queries).map(|_| Best::new(limit)).collect()
}

fn places<S: Score>(best: &mut Best<S>) -> Vec<u32> {
    best.lowest().0.iter().map(|found| found.1).collect()
}

//! All pairs, in tiles: queries × a stripe of the reference at a time.
//!
//! Scores are products of f32 and only choose candidates; the distances of these are computed in f64 from
//! the values that were given. A few more candidates are kept than are wanted, and how wrong a score can be
//! at most is known from the lengths of the points: where that could have cost a neighbor, the query is
//! compared with all points once more.

use super::best::Best;
use super::finder::{ROW, TILE, stripes};
use super::points::{Coordinates, Stripe};
use super::ranked::Wish;
use super::{Error, Neighbors};
use crate::kernels::ticker::Ticker;
use ndarray::Array2;

/// Queries per tile.
const QUERIES: usize = 96;

/// Candidates kept beyond the neighbors wanted, so that rounding of the scores cannot matter.
const SPARE: usize = 12;

/// The nearest of all reference points for each query.
pub fn neighbors(wish: Wish<'_>, ticker: &Ticker) -> Result<Neighbors, Error> {
    let scan = Scan {
        wish,
        stripes: stripes(
            wish.reference.range(0..wish.reference.count()).view(),
            wish.reference.metric(),
        ),
        longest: wish.reference.longest(),
    };
    wish.collect(QUERIES, ticker, |first, size| {
        scan.block(first, size, ticker)
    })
}

struct Scan<'a> {
    wish: Wish<'a>,
    stripes: Vec<Stripe>,
    longest: f64,
}

impl Scan<'_> {
    /// The neighbors of a block of queries.
    fn block(
        &self,
        first: usize,
        size: usize,
        ticker: &Ticker,
    ) -> Result<Vec<Vec<(f64, u32)>>, Error> {
        let coordinates = self.wish.queries.range(first..first + size);
        let limit = self.wish.count + SPARE + usize::from(self.wish.same);
        let mut best: Vec<Best> = (0..size).map(|_| Best::new(limit)).collect();
        let mut scores = Array2::zeros((size, ROW));
        for (i, stripe) in self.stripes.iter().enumerate() {
            stripe.score(coordinates.view(), &mut scores.view_mut());
            for (row, best) in scores.rows().into_iter().zip(&mut best) {
                let row = &row.to_slice().expect("standard layout")[..stripe.count()];
                best.offer_row(row, (i * TILE) as u32);
            }
            if i % 64 == 63 {
                ticker.check()?;
            }
        }
        Ok(best
            .iter_mut()
            .enumerate()
            .map(|(i, best)| self.nearest(first + i, best))
            .collect())
    }

    /// The nearest of the candidates by their true distances; of all points, should a score that
    /// was left out be too close to call.
    fn nearest(&self, query: usize, best: &mut Best) -> Vec<(f64, u32)> {
        let (candidates, threshold) = best.lowest();
        let nearest = self.wish.nearest(query, candidates.iter().map(|c| c.1));
        let Some(&(last, _)) = nearest.last() else {
            return nearest;
        };
        let queries = self.wish.queries;
        let margin = queries.score_error(query, self.longest);
        if f64::from(threshold) - margin > queries.score_of(query, last) {
            nearest
        } else {
            self.wish
                .nearest(query, 0..self.wish.reference.count() as u32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Error, Metric, Params, Search, neighbors, query};
    use crate::kernels::random::splitmix::Stream;
    use crate::kernels::ticker::Ticker;
    use ndarray::{Array2, Axis, array};

    fn random(points: usize, dimensions: usize, seed: u64) -> Array2<f32> {
        let mut stream = Stream::new(seed, 7, 0);
        Array2::from_shape_simple_fn((points, dimensions), || {
            (stream.unit() * 9.0 + 100.0) as f32
        })
    }

    fn brute(x: &Array2<f32>, i: usize, metric: Metric) -> Vec<u32> {
        let row = |i: usize| x.row(i).mapv(f64::from);
        let distance = |j: usize| {
            let (mut a, mut b) = (row(i), row(j));
            if metric == Metric::Correlation {
                a -= a.mean().unwrap();
                b -= b.mean().unwrap();
            }
            match metric {
                Metric::Euclidean => (&a - &b).mapv(|x| x * x).sum(),
                Metric::Manhattan => (&a - &b).mapv(f64::abs).sum(),
                _ => 1.0 - a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt(),
            }
        };
        let mut all: Vec<(f64, u32)> = (0..x.nrows())
            .filter(|&j| j != i)
            .map(|j| (distance(j), j as u32))
            .collect();
        all.sort_by(|a, b| a.partial_cmp(b).unwrap());
        all.into_iter().map(|x| x.1).collect()
    }

    #[test]
    fn equals_brute_force_in_every_metric() {
        let x = random(700, 11, 1);
        for metric in [
            Metric::Euclidean,
            Metric::Cosine,
            Metric::Correlation,
            Metric::Manhattan,
        ] {
            let params = Params {
                n_neighbors: 9,
                metric,
                ..Params::default()
            };
            let found = neighbors(x.view(), &params, &Ticker::new()).unwrap();
            assert_eq!(found.indices.dim(), (700, 8));
            for i in (0..700).step_by(31) {
                assert_eq!(
                    found.indices.row(i).to_vec(),
                    brute(&x, i, metric)[..8],
                    "{metric:?}"
                );
            }
            assert!(
                found
                    .distances
                    .rows()
                    .into_iter()
                    .all(|row| row.to_vec().is_sorted())
            );
        }
    }

    #[test]
    fn duplicates_leave_out_the_cell_itself_and_ties_go_by_index() {
        let mut x = random(60, 3, 2);
        for i in 10..50 {
            let same = x.row(5).to_owned();
            x.row_mut(i).assign(&same);
        }
        let params = Params {
            n_neighbors: 6,
            ..Params::default()
        };
        let found = neighbors(x.view(), &params, &Ticker::new()).unwrap();
        assert_eq!(found.indices.row(12).to_vec(), [5, 10, 11, 13, 14]);
        assert_eq!(found.indices.row(5).to_vec(), [10, 11, 12, 13, 14]);
        assert!(found.distances.row(12).iter().all(|&d| d == 0.0));
    }

    #[test]
    fn queries_find_the_reference() {
        let reference = random(300, 5, 3);
        let queries = reference.select(Axis(0), &[7, 200]);
        let found = query(
            reference.view(),
            queries.view(),
            1,
            Metric::Euclidean,
            Search::Exact,
            &Ticker::new(),
        );
        assert_eq!(found.unwrap().indices, array![[7], [200]]);
        let other = query(
            reference.view(),
            random(2, 4, 1).view(),
            1,
            Metric::Cosine,
            Search::Exact,
            &Ticker::new(),
        );
        assert_eq!(
            other.unwrap_err(),
            Error::Dimensions {
                reference: 5,
                query: 4
            }
        );
    }

    #[test]
    fn few_points_and_bad_numbers() {
        let ticker = Ticker::new();
        let none = neighbors(Array2::zeros((0, 4)).view(), &Params::default(), &ticker).unwrap();
        assert_eq!(none.indices.dim(), (0, 0));
        let one = neighbors(Array2::zeros((1, 4)).view(), &Params::default(), &ticker).unwrap();
        assert_eq!(one.indices.dim(), (1, 0));
        let three = neighbors(random(3, 2, 4).view(), &Params::default(), &ticker).unwrap();
        assert_eq!(three.indices.dim(), (3, 2));
        let bad = array![[0.0, 1.0], [f32::NAN, 2.0]];
        let error = neighbors(bad.view(), &Params::default(), &ticker).unwrap_err();
        assert_eq!(error, Error::NotFinite { cell: 1 });
        let stopped = neighbors(
            random(500, 3, 1).view(),
            &Params::default(),
            &Ticker::stopping_at(2),
        );
        assert!(matches!(stopped, Err(Error::Stopped(_))));
    }
}

//! Scores from coordinates of 16 bits: an instruction multiplies twice as many of them as of 32-bit floats, and
//! they take half the memory.
//!
//! Coordinates are multiplied by one factor for all points and rounded, so that a product of two points, and
//! a score, fit into 32 bits whatever the number of dimensions: by Cauchy and Schwarz it is at most the product
//! of their lengths. Scores are sums of integers and therefore exact, the same on every processor. The only
//! error is the rounding of the coordinates ([`Scale::step`]): callers check that it is small compared with the
//! distances of interest, and rank the candidates by their true distances.

use super::best::Best;
use crate::kernels::processor::{Instructions, has};
use ndarray::{ArrayView1, ArrayView2};

/// The largest length of a point after scaling: half its square and a product together stay below 2³¹.
const LONGEST: f64 = 32_000.0;

/// Points that are compared at once.
const LANES: usize = 16;

/// Queries that are compared with them at once.
const QUERIES: usize = 4;

/// Panels that a few queries after the other are compared with: they stay in the nearest cache.
const PANELS: usize = 8;

/// From coordinates to integers.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    factor: f64,
}

impl Scale {
    /// For points whose distance from the origin is at most `longest`.
    pub fn new(longest: f64) -> Self {
        let factor = if longest > 0.0 {
            LONGEST / longest
        } else {
            1.0
        };
        Scale { factor }
    }

    /// The difference of coordinates that is one in integers.
    pub fn step(self) -> f64 {
        1.0 / self.factor
    }

    /// A point in pairs of dimensions, the first of a pair in the lower 16 bits.
    fn pairs(self, point: ArrayView1<'_, f32>) -> impl Iterator<Item = i32> + '_ {
        let whole = move |x: f32| (f64::from(x) * self.factor).round_ties_even() as i16;
        let dimension = move |at: usize| point.get(at).map_or(0, |&x| whole(x));
        (0..point.len().div_ceil(2)).map(move |pair| {
            let (low, high) = (dimension(2 * pair), dimension(2 * pair + 1));
            i32::from(high) << 16 | i32::from(low as u16)
        })
    }
}

/// The halves of a pair.
#[inline(always)]
fn halves(pair: i32) -> (i32, i32) {
    (i32::from(pair as i16), pair >> 16)
}

/// Points that are looked up.
pub struct Queries {
    count: usize,
    /// Pairs of dimensions of a point.
    pairs: usize,
    all: Vec<i32>,
}

impl Queries {
    /// `coordinates` are points × dimensions.
    pub fn new(coordinates: ArrayView2<'_, f32>, scale: Scale) -> Self {
        Queries {
            count: coordinates.nrows(),
            pairs: coordinates.ncols().div_ceil(2),
            all: coordinates
                .rows()
                .into_iter()
                .flat_map(|row| scale.pairs(row))
                .collect(),
        }
    }

    pub fn count(&self) -> usize {
        self.count
    }

    fn query(&self, at: usize) -> &[i32] {
        &self.all[at * self.pairs..][..self.pairs]
    }
}

/// Points that queries are compared with.
pub struct Members {
    /// Pairs of dimensions of a point.
    pairs: usize,
    /// Panels of [`LANES`] points: the first pair of each of them, then the second, negated.
    panels: Vec<[i32; LANES]>,
    /// Half the square of each point, or nothing where lengths do not count; the highest integer after the last.
    own: Vec<[i32; LANES]>,
}

impl Members {
    /// `coordinates` are points × dimensions; `squares`: whether their lengths count, as in Euclidean scores.
    pub fn new(coordinates: ArrayView2<'_, f32>, scale: Scale, squares: bool) -> Self {
        let pairs = coordinates.ncols().div_ceil(2);
        let panels = coordinates.nrows().div_ceil(LANES);
        let mut members = Members {
            pairs,
            panels: vec![[0; LANES]; panels * pairs],
            own: vec![[i32::MAX; LANES]; panels],
        };
        for (i, row) in coordinates.rows().into_iter().enumerate() {
            let (panel, lane) = (i / LANES, i % LANES);
            let mut square = 0;
            for (pair, value) in scale.pairs(row).enumerate() {
                let (low, high) = halves(value);
                square += low * low + high * high;
                let negated = -high << 16 | i32::from(-low as i16 as u16);
                members.panels[panel * pairs + pair][lane] = negated;
            }
            members.own[panel][lane] = if squares { square / 2 } else { 0 };
        }
        members
    }

    /// Offers all points, of which `first` is the place of the first, to the `best` of those queries that ask.
    pub fn offer(&self, queries: &Queries, asking: &[usize], first: u32, best: &mut [Best<i32>]) {
        #[cfg(target_arch = "x86_64")]
        if has(Instructions::Avx2) {
            #[target_feature(enable = "avx2")]
            fn wide(
                members: &Members,
                queries: &Queries,
                asking: &[usize],
                first: u32,
                best: &mut [Best<i32>],
            ) {
                members.offer_with::<std::arch::x86_64::__m256i, 2>(queries, asking, first, best);
            }
            // SAFETY: the processor has AVX2, as was just asked.
            return unsafe { wide(self, queries, asking, first, best) };
        }
        self.offer_with::<[i32; 4], 4>(queries, asking, first, best);
    }

    #[inline(always)]
    fn offer_with<V: Integers, const WIDTH: usize>(
        &self,
        queries: &Queries,
        asking: &[usize],
        first: u32,
        best: &mut [Best<i32>],
    ) {
        let blocks = self.panels.chunks(PANELS * self.pairs.max(1));
        for (block, own) in blocks.zip(self.own.chunks(PANELS)).enumerate() {
            let (panels, own) = own;
            let start = first + (block * PANELS * LANES) as u32;
            for asking in asking.chunks(QUERIES) {
                // The last few are filled up with the first of them.
                let rows: [&[i32]; QUERIES] =
                    std::array::from_fn(|i| queries.query(*asking.get(i).unwrap_or(&asking[0])));
                let panels = panels.chunks_exact(self.pairs.max(1));
                for ((panel, own), at) in panels.zip(own).zip((start..).step_by(LANES)) {
                    let scores = scores::<V, WIDTH>(panel, own, rows);
                    for (&query, scores) in asking.iter().zip(&scores) {
                        let best = &mut best[query];
                        if V::any_below(scores, best.threshold()) {
                            best.offer_each(&V::all(scores), at);
                        }
                    }
                }
            }
        }
    }
}

/// A register of integers; [`LANES`] of them are `WIDTH` registers.
trait Integers: Copy {
    fn load<const WIDTH: usize>(from: &[i32; LANES]) -> [Self; WIDTH];
    fn splat(pair: i32) -> Self;
    /// `self` and the products of the lower and of the upper halves.
    fn add_products(self, a: Self, b: Self) -> Self;
    fn any_below<const WIDTH: usize>(scores: &[Self; WIDTH], limit: i32) -> bool;
    fn all<const WIDTH: usize>(scores: &[Self; WIDTH]) -> [i32; LANES];
}

/// The scores of the points of a panel for each query.
#[inline(always)]
fn scores<V: Integers, const WIDTH: usize>(
    panel: &[[i32; LANES]],
    own: &[i32; LANES],
    queries: [&[i32]; QUERIES],
) -> [[V; WIDTH]; QUERIES] {
    let queries = queries.map(|query| &query[..panel.len()]);
    let mut sums = [V::load::<WIDTH>(own); QUERIES];
    for (pair, points) in panel.iter().enumerate() {
        let points: [V; WIDTH] = V::load(points);
        for (sums, query) in sums.iter_mut().zip(queries) {
            let query = V::splat(query[pair]);
            for (sum, &points) in sums.iter_mut().zip(&points) {
                *sum = sum.add_products(points, query);
            }
        }
    }
    sums
}

/// What the compiler makes vectors of by itself where it may.
impl Integers for [i32; 4] {
    #[inline(always)]
    fn load<const WIDTH: usize>(from: &[i32; LANES]) -> [Self; WIDTH] {
        std::array::from_fn(|at| std::array::from_fn(|lane| from[4 * at + lane]))
    }

    #[inline(always)]
    fn splat(pair: i32) -> Self {
        [pair; 4]
    }

    #[inline(always)]
    fn add_products(self, a: Self, b: Self) -> Self {
        std::array::from_fn(|lane| {
            let ((a, b), (c, d)) = (halves(a[lane]), halves(b[lane]));
            self[lane] + a * c + b * d
        })
    }

    #[inline(always)]
    fn any_below<const WIDTH: usize>(scores: &[Self; WIDTH], limit: i32) -> bool {
        let scores = scores.as_flattened().iter();
        scores.fold(false, |any, &score| any | (score < limit))
    }

    #[inline(always)]
    fn all<const WIDTH: usize>(scores: &[Self; WIDTH]) -> [i32; LANES] {
        std::array::from_fn(|lane| scores[lane / 4][lane % 4])
    }
}

/// Only used below `wide`, which has asked whether there is AVX2.
#[cfg(target_arch = "x86_64")]
impl Integers for std::arch::x86_64::__m256i {
    #[inline(always)]
    fn load<const WIDTH: usize>(from: &[i32; LANES]) -> [Self; WIDTH] {
        let (registers, _) = from.as_chunks::<8>();
        // SAFETY: a chunk has the eight integers that are read, which need not be aligned.
        std::array::from_fn(|at| unsafe {
            std::arch::x86_64::_mm256_loadu_si256(registers[at].as_ptr().cast())
        })
    }

    #[inline(always)]
    fn splat(pair: i32) -> Self {
        // SAFETY: the processor has AVX2.
        unsafe { std::arch::x86_64::_mm256_set1_epi32(pair) }
    }

    #[inline(always)]
    fn add_products(self, a: Self, b: Self) -> Self {
        use std::arch::x86_64::{_mm256_add_epi32, _mm256_madd_epi16};
        // SAFETY: as above.
        unsafe { _mm256_add_epi32(self, _mm256_madd_epi16(a, b)) }
    }

    #[inline(always)]
    fn any_below<const WIDTH: usize>(scores: &[Self; WIDTH], limit: i32) -> bool {
        use std::arch::x86_64::{
            _mm256_cmpgt_epi32, _mm256_movemask_epi8, _mm256_or_si256, _mm256_setzero_si256,
        };
        let limit = Self::splat(limit);
        // SAFETY: as above.
        unsafe {
            let below = scores.iter().fold(_mm256_setzero_si256(), |any, &scores| {
                _mm256_or_si256(any, _mm256_cmpgt_epi32(limit, scores))
            });
            _mm256_movemask_epi8(below) != 0
        }
    }

    #[inline(always)]
    fn all<const WIDTH: usize>(scores: &[Self; WIDTH]) -> [i32; LANES] {
        let mut all = [0; LANES];
        let (registers, _) = all.as_chunks_mut::<8>();
        for (to, &scores) in registers.iter_mut().zip(scores) {
            // SAFETY: a chunk has room for the eight integers that are written.
            unsafe { std::arch::x86_64::_mm256_storeu_si256(to.as_mut_ptr().cast(), scores) };
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::random::splitmix::Stream;
    use ndarray::Array2;

    fn points(count: usize, dimensions: usize, seed: u64) -> Array2<f32> {
        Array2::from_shape_fn((count, dimensions), |(i, j)| {
            Stream::new(seed, i as u64, j as u64).roughly_normal() as f32
        })
    }

    fn longest(points: &Array2<f32>) -> f64 {
        let length = |row: ArrayView1<'_, f32>| row.dot(&row).sqrt();
        points.rows().into_iter().map(length).fold(0.0, f32::max) as f64
    }

    /// The scores of every query in plain arithmetic.
    fn plainly(points: &Array2<f32>, queries: &Array2<f32>, scale: Scale) -> Vec<Vec<(i32, u32)>> {
        let whole = |x: f32| (f64::from(x) * scale.factor).round_ties_even() as i64;
        let score = |query: ArrayView1<'_, f32>, point: ArrayView1<'_, f32>| {
            let square: i64 = point.iter().map(|&x| whole(x) * whole(x)).sum();
            let product: i64 = point
                .iter()
                .zip(query)
                .map(|(&x, &y)| whole(x) * whole(y))
                .sum();
            i32::try_from(square / 2 - product).unwrap()
        };
        let of = |query| {
            let scores = points.rows().into_iter().map(|point| score(query, point));
            let mut all: Vec<(i32, u32)> = scores.zip(0..).collect();
            all.sort_unstable();
            all
        };
        queries.rows().into_iter().map(of).collect()
    }

    #[test]
    fn scores_are_exact_on_every_path() {
        for (count, dimensions) in [(1, 1), (16, 2), (37, 5), (300, 50), (129, 7)] {
            let (x, q) = (points(count, dimensions, 1), points(11, dimensions, 2));
            let scale = Scale::new(longest(&x).max(longest(&q)));
            let (members, queries) = (
                Members::new(x.view(), scale, true),
                Queries::new(q.view(), scale),
            );
            let asking: Vec<usize> = (0..11).filter(|i| i % 5 != 1).collect();
            let expected = plainly(&x, &q, scale);
            let offer = |portable: bool| {
                let mut best: Vec<Best<i32>> = (0..11).map(|_| Best::new(9)).collect();
                if portable {
                    members.offer_with::<[i32; 4], 4>(&queries, &asking, 0, &mut best);
                } else {
                    members.offer(&queries, &asking, 0, &mut best);
                }
                best
            };
            for portable in [true, false] {
                for (i, mut best) in offer(portable).into_iter().enumerate() {
                    let wanted = if asking.contains(&i) { count.min(9) } else { 0 };
                    assert_eq!(best.sorted(), &expected[i][..wanted]);
                }
            }
        }
    }

    /// All points as far from the origin as may be, in one direction and in the opposite one.
    #[test]
    fn the_largest_scores_fit() {
        for dimensions in [1, 3, 400] {
            let x =
                Array2::from_shape_fn((2, dimensions), |(i, _)| if i == 0 { 7.0f32 } else { -7.0 });
            let scale = Scale::new(7.0 * (dimensions as f64).sqrt());
            let members = Members::new(x.view(), scale, true);
            let mut best = vec![Best::new(2)];
            members.offer(&Queries::new(x.view(), scale), &[0], 0, &mut best);
            assert_eq!(best[0].sorted(), plainly(&x, &x, scale)[0]);
        }
    }

    #[test]
    fn points_without_extent() {
        let x = Array2::zeros((3, 4));
        let scale = Scale::new(0.0);
        let mut best = vec![Best::new(2)];
        let members = Members::new(x.view(), scale, false);
        members.offer(&Queries::new(x.view(), scale), &[0], 5, &mut best);
        assert_eq!(best[0].sorted(), [(0, 5), (0, 6)]);
    }
}
